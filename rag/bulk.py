"""Bulk articles: `.jsonl`, one article a line, each line a page of its own.

Form: {"id", "title", "body", "date", "newspaper", "page_no"}; only `body` is required, null counts as
absent, line breaks in `body` are paragraph breaks and the text stays verbatim.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rag.dates import newspaper_day
from rag.errors import PageFormatError, PageReadError
from rag.messages import say
from rag.types import Article, Page

# No article is as long; a file without line breaks must not fill memory.
MAX_LINE_BYTES = 16 * 2**20
FIRST_WORDS_CHARS = 24
_PIECE_BYTES = 2**16  # in which the rest of a line that is too long is read


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLine:
    """One line of a bulk file: the unit of change."""

    number: int  # 1-based
    data: bytes
    too_long: bool = False  # for an article; its data is left out


def read_lines(path: Path) -> Iterator[BulkLine]:
    """The lines of a bulk file that are not blank, one at a time.

    Raises:
        PageReadError: The file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while data := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(data) > MAX_LINE_BYTES and not data.endswith(b"\n"):
                    _read_on(file)
                    yield BulkLine(number=number, data=b"", too_long=True)
                elif data.strip():
                    yield BulkLine(number=number, data=data.strip())
    except OSError as error:
        raise PageReadError(
            say(
                f"{path}：无法读取（{error.strerror}）。请检查文件和权限。",
                f"{path}: cannot be read ({error.strerror}). Check the file and its permissions.",
            )
        ) from error


def _read_on(file: IO[bytes]) -> None:
    """Goes on to the next line: the number of every later line depends on it."""
    while (piece := file.readline(_PIECE_BYTES)) and not piece.endswith(b"\n"):
        pass


def read_line(line: BulkLine, source: str) -> Page:
    """One line as a page with one article.

    Raises:
        PageFormatError: It is too long, no JSON object, has no body, or a field has the wrong form.
    """
    if line.too_long:
        size = f"{MAX_LINE_BYTES >> 20} MB"
        raise _bad(line, source, f"超过 {size}", f"is longer than {size}")
    try:
        row = json.loads(line.data)
    except (ValueError, RecursionError) as error:
        raise _bad(line, source, "不是 JSON", "is not JSON") from error
    if not isinstance(row, dict):
        raise _bad(line, source, "不是 JSON 对象", "is not a JSON object")
    body = _text(row, "body", line, source)
    if not body.strip():
        raise _bad(line, source, "没有 body", "has no body")
    title = " ".join(_text(row, "title", line, source).split())
    given = _text(row, "id", line, source, number=True).strip()
    article_id = given or "a" + hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:16]
    article = Article(
        article_id=article_id,
        kind="article",
        title=title,
        label=title or first_words(body),
        paragraphs=tuple(body.split("\n")),
    )
    return Page(
        source=source,
        page_id="b" + hashlib.sha256(article_id.encode("utf-8", "replace")).hexdigest()[:16],
        articles=(article,),
        newspaper=_text(row, "newspaper", line, source).strip() or None,
        date=_date(row, line, source),
        page_no=_page_no(row, line, source),
    )


def first_words(body: str) -> str:
    """A short name for a text: its own first words."""
    first = " ".join(body.split())
    return first if len(first) <= FIRST_WORDS_CHARS else first[: FIRST_WORDS_CHARS - 1] + "…"


def _text(
    row: dict[str, Any], name: str, line: BulkLine, source: str, *, number: bool = False
) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if number and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _bad(line, source, f"的 {name} 不是文字", f"has a {name} that is no text")
    # A lone surrogate (an escape like \ud800) is no character and cannot be stored.
    return value.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")


def _date(row: dict[str, Any], line: BulkLine, source: str) -> str | None:
    value = _text(row, "date", line, source).strip()
    if not value:
        return None
    try:
        return newspaper_day(datetime.date.fromisoformat(value[:10])).isoformat()
    except ValueError as error:
        raise _bad(
            line,
            source,
            f"的 date 不是 YYYY-MM-DD 的报纸日期（{value[:20]}）",
            f"has a date that is no newspaper's, YYYY-MM-DD ({value[:20]})",
        ) from error


def _page_no(row: dict[str, Any], line: BulkLine, source: str) -> int | None:
    value = row.get("page_no")
    if value is None:
        return None
    digits = "" if isinstance(value, bool) else str(value).strip()
    if not digits.isdecimal() or len(digits) > 9:
        raise _bad(line, source, "的 page_no 不是整数", "has a page_no that is no whole number")
    return int(digits)


def _bad(line: BulkLine, source: str, chinese: str, english: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 第 {line.number} 行{chinese}，已跳过。请改正这一行后再收录。",
            f"{source}, line {line.number} {english}; skipped. Correct the line and index again.",
        )
    )

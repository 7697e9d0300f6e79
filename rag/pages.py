"""A file → pages: bytes, encoding, pages in it, articles in them.

A page flows from here: `load` the bytes, `read_bytes` into pages. Both are apart because an index
keeps the bytes and reads them again when it is rebuilt.
"""

import codecs
import datetime
import hashlib
import os
import re
import unicodedata
from pathlib import Path

from rag.articles import split
from rag.errors import PageFormatError, PageReadError
from rag.messages import say
from rag.types import Page

MAX_BYTES = 256 * 2**20  # of one file
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD_LINES = 6  # where a masthead stands, if there is one
_DATE = re.compile(r"(?<!\d)(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})(?!\d)")
_PAPER = re.compile(
    r"[《\s]?([\u4e00-\u9fff]{2,8}(?:日报|晚报|早报|时报|周报|商报|晨报|都市报|新闻报|青年报|工人报|法制报))"
)
_PAGE_NO = re.compile(r"第\s*0*(\d{1,3})\s*版|(?<![A-Za-z0-9])[A-D]0*(\d{1,2})\s*版")


def load(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        PageReadError: It is missing, a folder, not allowed, or larger than 256 MB.
    """
    try:
        if path.is_dir():
            raise PageReadError(
                say(f"{path} 是文件夹。请给出文件。", f"{path} is a folder. Name a file.")
            )
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise PageReadError(
                say(
                    f"{path} 有 {size >> 20} MB，超过 256 MB。请分成几个文件。",
                    f"{path} has {size >> 20} MB, more than 256 MB. Split it into several files.",
                )
            )
        return path.read_bytes()
    except OSError as error:
        raise PageReadError(
            say(
                f"{path}：无法读取（{error.strerror}）。请检查文件和权限。",
                f"{path}: cannot be read ({error.strerror}). Check the file and its permissions.",
            )
        ) from error


def read_pages(path: str | os.PathLike[str]) -> tuple[Page, ...]:
    """All pages of a file.

    Raises:
        PageReadError: The file cannot be read.
        PageFormatError: It is no page: empty, binary or garbled.
    """
    place = Path(path)
    return read_bytes(load(place), str(path))


def read_page(path: str | os.PathLike[str]) -> Page:
    """The page of a file that holds one; the first of several.

    Raises:
        PageReadError: The file cannot be read.
        PageFormatError: It is no page: empty, binary or garbled.
    """
    return read_pages(path)[0]


def read_bytes(data: bytes, source: str) -> tuple[Page, ...]:
    """The pages in a file's bytes; a form feed separates pages.

    Raises:
        PageFormatError: There is no page: empty, binary or garbled.
    """
    text = decode(data, source)
    parts = [part for part in text.split("\f") if part.strip()]
    if not parts:
        raise PageFormatError(
            say(
                f"{source} 是空的。请换一个有文字的文件。",
                f"{source} is empty. Use a file with text.",
            )
        )
    return tuple(_page(part, source) for part in parts)


def decode(data: bytes, source: str) -> str:
    """Text in whatever encoding Chinese pages come: UTF-8, UTF-16, UTF-32, GB18030, Big5.

    Raises:
        PageFormatError: It is binary, or in none of these.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _cleaned(_decoded(data, name, source))
    if not data.strip():
        return ""
    if b"\0" in data[:4096]:
        wide = _wide_encoding(data)
        if wide is None:
            raise _binary(source)
        return _cleaned(_decoded(data, wide, source))
    try:
        return _cleaned(data.decode("utf8"))
    except UnicodeDecodeError:
        pass
    options = []
    for name in ("gb18030", "big5", "big5hkscs"):
        try:
            options.append((_plausible(data.decode(name)), name))
        except UnicodeDecodeError:
            continue
    if options and max(options)[0] > 0.5:
        return _cleaned(data.decode(max(options, key=lambda option: option[0])[1]))
    return _cleaned(_guessed(data, source))


def _decoded(data: bytes, name: str, source: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise _garbled(source) from error


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark: zero bytes at every other place, or characters that make sense."""
    even = data[: len(data) & ~1][:65536]
    best = None
    for name in ("utf-16-le", "utf-16-be"):
        try:
            share = _plausible(even.decode(name))
        except UnicodeDecodeError:
            continue
        if share > 0.9 and (best is None or share > best[0]):
            best = (share, name)
    return best[1] if best and len(data) % 2 == 0 else None


def _guessed(data: bytes, source: str) -> str:
    """Damaged text: whatever encoding leaves most of it readable."""
    from charset_normalizer import from_bytes

    found = from_bytes(data[:65536]).best()
    name = found.encoding if found is not None else "gb18030"
    best = max(
        (data.decode(option, "replace") for option in dict.fromkeys(("utf8", "gb18030", name))),
        key=_plausible,
    )
    if _plausible(best) < 0.7:
        raise _garbled(source)
    return best


def _plausible(text: str) -> float:
    """Share of characters that Chinese pages are made of; rare ideographs speak against a guess."""
    sample = text[:20_000]
    good = 0.0
    for char in sample:
        if char in "的一是在有人不了国中大和年市工会上月日这為與個們來時國說":
            good += 1.5
        elif "\u4e00" <= char <= "\u9fff" or char.isspace() or "\u3000" <= char <= "\u303f":
            good += 1.0
        elif char.isascii():
            good += 1.0 if char.isprintable() else -1.0
        elif "\uff00" <= char <= "\uffef" or char in "“”‘’—…·●":
            good += 1.0
        elif char == "\ufffd" or unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs"):
            good -= 1.0
        else:
            good -= 0.2
    return good / max(1, len(sample))


def _cleaned(text: str) -> str:
    """One kind of line break; no byte-order marks, no NUL."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("[\x0b\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return text.replace("\ufeff", "").replace("\0", "")


def _page(text: str, source: str) -> Page:
    articles, rest = split(text)
    newspaper, date, page_no = _masthead(text, source)
    digest = hashlib.sha256("".join(text.split()).encode("utf-8", "replace")).hexdigest()[:16]
    return Page(
        source=source,
        page_id=f"p{digest}",
        articles=articles,
        rest=rest,
        newspaper=newspaper,
        date=date,
        page_no=page_no,
    )


def _masthead(text: str, source: str) -> tuple[str | None, str | None, int | None]:
    """Newspaper, day and page number, where short lines at the top or the file's name say so."""
    top = [line.strip() for line in text.split("\n") if line.strip()][:_HEAD_LINES]
    places = [line for line in top if len(line) <= 40] + [Path(source).stem]
    newspaper, date, page_no = None, None, None
    for line in places:
        paper = _PAPER.search(line)
        if (
            newspaper is None
            and paper
            and len(line) <= len(paper.group(1)) + 24
            and "。" not in line
        ):
            newspaper = paper.group(1) if _alone(line, paper) else None
        day = _DATE.search(line) or re.search(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)", line)
        if date is None and day:
            date = _day(day)
        number = _PAGE_NO.search(line)
        if page_no is None and number:
            page_no = int(number.group(1) or number.group(2))
    return newspaper, date, page_no


def _alone(line: str, paper: re.Match[str]) -> bool:
    """Whether a newspaper's name is a masthead and not part of a sentence: nothing but facts beside it."""
    rest = line[: paper.start(1)] + line[paper.end(1) :]
    return not re.search(r"[\u4e00-\u9fff]", re.sub(r"[年月日第版星期一二三四五六叠张]", "", rest))


def _day(match: re.Match[str]) -> str | None:
    try:
        day = datetime.date(*map(int, match.groups()))
    except ValueError:
        return None
    return day.isoformat() if 1850 <= day.year <= 2200 else None


def _binary(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 不是文本（含二进制内容）。请先导出为文本文件。",
            f"{source} is binary, not text. Export it as a text file first.",
        )
    )


def _garbled(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 的编码认不出来。请另存为 UTF-8 再试。",
            f"{source} is in no encoding that is known here. Save it as UTF-8 and try again.",
        )
    )

"""A file → pages: bytes, encoding, pages in it, articles in them.

A page flows from here: `load` the bytes, `read_bytes` into pages. Both are apart because an index
keeps the bytes and reads them again when it is rebuilt.
"""

import datetime
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from rag import bulk
from rag.articles import PAPER, split
from rag.dates import day_given_away, newspaper_day
from rag.encodings import decode
from rag.errors import PageFormatError, PageReadError
from rag.geometry import Printed, blocks_of
from rag.jumps import stitched
from rag.messages import say
from rag.outline import Marked, articles_of
from rag.types import Article, Page

PAGE_SUFFIXES = (
    ".txt", ".pdf", ".html", ".htm", ".docx", ".md", ".jsonl", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp",
)  # fmt: skip
MAX_BYTES = 256 * 2**20  # of one file
MAX_TEXT_BYTES = 16 * 2**20  # of a file that is text: some thousand pages
MAX_PAGE_CHARS = 100_000  # a dump without form feeds that is longer is read in stretches
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8")
# Nothing of it is looked at twice: a page may begin with any number of comments.
_HTML = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype html|html|head|body)\b",
    re.I | re.S,
)
_HEAD_LINES = 6  # where a masthead stands, if there is one
_DATE = re.compile(r"(?<!\d)(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})(?!\d)")
_PAPER = re.compile(rf"[《\s]?({PAPER})")
_PAGE_NO = re.compile(
    r"第\s*0*(\d{1,3})\s*版|(?<![A-Za-z0-9])[A-D](?:0*(\d{1,2})\s*版|0(\d)(?![A-Za-z0-9.]))"
)
# What a page is about (要闻, 社会) stands beside its number, or as 文化版 on a line of its own.
_SECTION_AFTER = re.compile(
    r"版[\s:：·|/\]】_-]*([\u4e00-\u9fff]{2,6}(?:·[\u4e00-\u9fff]{2,6})?)(?![\u4e00-\u9fff])"
)
_SECTION_BEFORE = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,6})[\s:：·|/_-]+$")
_SECTION_ALONE = re.compile(r"(?!第|本|改|原|新)([\u4e00-\u9fff]{2,4})版")
_NO_SECTION = re.compile(rf"星期|农历|[主责]?编|总第|今[日天]|出版|共.*版|[年月日号]$|本刊|{PAPER}")


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


def read_pages(
    path: str | os.PathLike[str], on_bad_line: Callable[[PageFormatError], None] | None = None
) -> tuple[Page, ...]:
    """All pages of a file.

    Args:
        path: The file.
        on_bad_line: Is told of each line of a bulk file that is skipped; None raises the first one.

    Raises:
        PageReadError: The file cannot be read.
        PageFormatError: It is no page: empty, binary or garbled.
    """
    place = Path(path)
    if place.suffix.lower() == ".jsonl":
        return _bulk_pages(place, str(path), on_bad_line)
    return read_bytes(load(place), str(path))


def _bulk_pages(
    path: Path, source: str, on_bad_line: Callable[[PageFormatError], None] | None
) -> tuple[Page, ...]:
    """The articles of a bulk file, each as a page."""
    found: list[Page] = []
    bad = False
    for line in bulk.read_lines(path):
        try:
            found.append(bulk.read_line(line, source))
        except PageFormatError as error:
            if on_bad_line is None:
                raise
            on_bad_line(error)
            bad = True
    if not found and not bad:
        raise _empty(source)
    return tuple(found)


def read_page(path: str | os.PathLike[str]) -> Page:
    """The page of a file that holds one; the first of several.

    Raises:
        PageReadError: The file cannot be read.
        PageFormatError: It is no page: empty, binary or garbled.
    """
    return read_pages(path)[0]


def drawn(path: str | os.PathLike[str]) -> str:
    """The pages of a file as an HTML document for people.

    Raises:
        PageReadError: The file cannot be read.
        PageFormatError: It is no page: empty, binary or garbled.
    """
    from rag.page_view import page_html

    found = read_pages(path)
    dump = any(article.lines for page in found for article in page.articles)
    return page_html(found, _parts(decode(load(Path(path)), str(path))) if dump else [])


def read_bytes(data: bytes, source: str) -> tuple[Page, ...]:
    """The pages in a file's bytes, of whatever format they are.

    What a file is, its bytes say; only Markdown and HTML without a head go by the file's name.

    Raises:
        PageFormatError: There is no page: empty, damaged, locked, binary or garbled.
    """
    try:
        return _read(data, source)
    except ImportError as error:
        extra = "ocr" if _is_image(data) else "documents"
        raise PageFormatError(
            say(
                f"{source} 这种格式需要另装：pip install 'wenbao[{extra}]'（缺 {error.name}）",
                f"{source} is of a format that needs: pip install 'wenbao[{extra}]' ({error.name} is missing)",
            )
        ) from error


def _is_image(data: bytes) -> bool:
    # Texts may begin with BM, too; a bitmap has four zeros after its size.
    bitmap = data[:2] == b"BM" and data[6:10] == bytes(4)
    return data.startswith(_IMAGES) or bitmap or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _read(data: bytes, source: str) -> tuple[Page, ...]:
    if data[:1024].find(b"%PDF-") >= 0:
        return _pdf_pages(data, source)
    if data.startswith(b"PK\x03\x04"):
        from rag.word_document import read_docx

        return (_marked_page(read_docx(data, source), source),)
    if _is_image(data):
        from rag.scans import read_scan

        return stitched([_printed_page(part, source) for part in read_scan(data, source) if part])
    if len(data) > MAX_TEXT_BYTES:
        raise PageFormatError(
            say(
                f"{source} 是 {len(data) >> 20} MB 的文本，超过 {MAX_TEXT_BYTES >> 20} MB。"
                "请按版面拆开，或改成 .jsonl。",
                f"{source} is a text of {len(data) >> 20} MB, more than {MAX_TEXT_BYTES >> 20} MB. "
                "Split it into pages, or make it a .jsonl.",
            )
        )
    text = decode(data, source)
    suffix = Path(source).suffix.lower()
    if _HTML.match(text) or (suffix in (".html", ".htm", ".xhtml") and "<" in text):
        from rag.markup import read_html

        return (_marked_page(read_html(text, source), source),)
    if suffix in (".md", ".markdown"):
        from rag.markup import read_markdown

        marked = read_markdown(text)
        return (_marked_page(marked, source),) if marked.blocks else (_page(text, source),)
    parts = _parts(text)
    if not parts:
        raise _empty(source)
    return stitched([_page(part, source) for part in parts])


def _empty(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 是空的。请换一个有文字的文件。",
            f"{source} is empty. Use a file with text.",
        )
    )


def _parts(text: str) -> list[str]:
    """The pages of a dump: a form feed separates them; what is far too long is cut at blank lines."""
    out = []
    for part in text.split("\f"):
        while len(part) > MAX_PAGE_CHARS and (
            cut := part.rfind("\n\n", MAX_PAGE_CHARS // 2, MAX_PAGE_CHARS) + 1
        ):
            out.append(part[:cut])
            part = part[cut:]
        out.append(part)
    return [part for part in out if part.strip()]


def _pdf_pages(data: bytes, source: str) -> tuple[Page, ...]:
    from rag.pdf import read_pdf

    found = [_printed_page(lines, source) for lines in read_pdf(data, source) if lines]
    if not found:
        raise PageFormatError(
            say(
                f"{source} 里没有文字，可能是扫描件。请把每页存成图片再试（需要 wenbao[ocr]）。",
                f"{source} holds no text; it may be a scan. Save its pages as images (needs wenbao[ocr]).",
            )
        )
    return stitched(found)


def _printed_page(lines: Sequence[Printed], source: str) -> Page:
    """A page whose lines have places."""
    blocks, opening = blocks_of(lines)
    marked = Marked(blocks=blocks)
    marked.facts = [line.text for line in sorted(lines, key=lambda line: line.top)]
    return _marked_page(marked, source, opening)


def _marked_page(marked: Marked, source: str, opening: int | None = None) -> Page:
    """A page whose headings and paragraphs are known."""
    articles, rest = articles_of(marked.blocks, opening)
    text = "\n".join([*(block.text for block in marked.blocks), *marked.around])
    return _as_page(text, "\n".join(marked.facts), (articles, (*rest, *marked.around)), source)


def _page(text: str, source: str) -> Page:
    return _as_page(text, text, split(text), source)


def _as_page(
    text: str, facts: str, parts: tuple[tuple[Article, ...], tuple[str, ...]], source: str
) -> Page:
    """Articles and rest with the page's own facts; its id is made from all of its words."""
    articles, rest = parts
    newspaper, date, page_no, section = _masthead(facts, source)
    if date is None and (why := day_given_away("".join(text.split()))):
        articles = tuple(
            replace(article, inferred={**article.inferred, "date": why}) for article in articles
        )
    digest = hashlib.sha256("".join(text.split()).encode("utf-8", "replace")).hexdigest()[:16]
    return Page(
        source=source,
        page_id=f"p{digest}",
        articles=articles,
        rest=rest,
        newspaper=newspaper,
        date=date,
        page_no=page_no,
        section=section,
    )


def _masthead(text: str, source: str) -> tuple[str | None, str | None, int | None, str | None]:
    """Newspaper, day, page number and section, where short lines at the top or the file's name say so."""
    top = [line.strip() for line in text.split("\n") if line.strip()][:_HEAD_LINES]
    # Where sentences end there is text, and a day below it is that of a letter.
    top = list(takewhile(lambda line: not line.endswith(("。", "！", "？")), top))
    places = [line for line in top if len(line) <= 40] + [Path(source).stem]
    newspaper, date, page_no, section = None, None, None, None
    for line in places:
        number = _PAGE_NO.search(line)
        here = _section(line, number)
        section = section or here
        paper = _PAPER.search(line)
        if (
            newspaper is None
            and paper
            and len(line) <= len(paper.group(1)) + 24
            and "。" not in line
        ):
            newspaper = paper.group(1) if _alone(line, paper, here or "") else None
        day = _DATE.search(line) or re.search(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)", line)
        if date is None and day:
            date = _day(day)
        if page_no is None and number:
            page_no = int(next(filter(None, number.groups())))
    return newspaper, date, page_no, section


def _section(line: str, number: re.Match[str] | None) -> str | None:
    """The section that a line of the masthead names."""
    if number is None:
        found = [_SECTION_ALONE.fullmatch(line)]
    else:
        after = _SECTION_AFTER.match(line, number.end() - 1)
        # A name before the number may be the editor's.
        before = None if "编" in line else _SECTION_BEFORE.search(line[: number.start()])
        found = [after, before]
    named = (match.group(1) for match in found if match and not _NO_SECTION.search(match.group(1)))
    return next(named, None)


def _alone(line: str, paper: re.Match[str], section: str) -> bool:
    """Whether a newspaper's name is a masthead and not part of a sentence: nothing but facts beside it."""
    rest = (line[: paper.start(1)] + line[paper.end(1) :]).replace(section, "")
    rest = re.sub(r"[责主美]?任?编辑?[\s:：]*[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff])", "", rest)
    return not re.search(
        r"[\u4e00-\u9fff]", re.sub(r"[年月日第版星期今一二三四五六叠张]", "", rest)
    )


def _day(match: re.Match[str]) -> str | None:
    try:
        return newspaper_day(datetime.date(*map(int, match.groups()))).isoformat()
    except ValueError:
        return None

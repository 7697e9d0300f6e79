"""PDF → printed lines with their places. The only importer of pypdfium2."""

import re
from collections.abc import Iterator
from contextlib import closing
from threading import Lock
from typing import Any

from rag.errors import PageFormatError
from rag.geometry import Printed
from rag.messages import say

MAX_PAGES = 2000
_ONE_AT_A_TIME = Lock()  # PDFium is not made for several threads


def read_pdf(data: bytes, source: str) -> list[list[Printed]]:
    """The printed lines of each page; a page without text has none.

    Raises:
        PageFormatError: The file is damaged, locked with a password, or has too many pages.
    """
    import pypdfium2

    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise PageFormatError(
                    say(
                        f"{source} 有密码保护。请先解除密码再试。",
                        f"{source} is locked with a password. Remove it and try again.",
                    )
                ) from error
            raise PageFormatError(
                say(
                    f"{source} 不是完好的 PDF 文件。请重新导出或换一个文件。",
                    f"{source} is no sound PDF file. Export it again or use another file.",
                )
            ) from error
        try:
            if len(document) > MAX_PAGES:
                raise PageFormatError(
                    say(
                        f"{source} 有 {len(document)} 页，超过 {MAX_PAGES} 页。请拆成几个文件。",
                        f"{source} has {len(document)} pages, more than {MAX_PAGES}. "
                        "Split it into several files.",
                    )
                )
            return [_lines(document, at) for at in range(len(document))]
        finally:
            document.close()


def _lines(document: Any, number: int) -> list[Printed]:
    import pypdfium2

    try:
        with closing(document[number]) as page, closing(page.get_textpage()) as text_page:
            return list(_gathered(list(_chars(text_page, page.get_height()))))
    except pypdfium2.PdfiumError:
        return []  # a damaged page; the others are read


def _chars(text_page: Any, height: float) -> Iterator[Printed]:
    """Characters with their places, in the order of the file; no spaces."""
    import pypdfium2.raw as pdfium

    matrix, cell = pdfium.FS_MATRIX(), pdfium.FS_RECTF()
    for at in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, at)
        if code < 32 or pdfium.FPDFText_IsGenerated(text_page, at) == 1:
            continue
        char = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        # The cell, not the ink: the ink of a quotation mark leaves half of its cell empty.
        pdfium.FPDFText_GetLooseCharBox(text_page, at, cell)
        # The size is that before the page's matrix.
        scale = 1.0
        if pdfium.FPDFText_GetMatrix(text_page, at, matrix):
            scale = max(abs(matrix.d), abs(matrix.b)) or 1.0
        size = pdfium.FPDFText_GetFontSize(text_page, at) * scale
        bold = pdfium.FPDFText_GetFontWeight(text_page, at) >= 600
        yield Printed(
            char, cell.left, height - cell.top, cell.right, height - cell.bottom, size, bold
        )


def _gathered(chars: list[Printed]) -> Iterator[Printed]:
    """Characters as lines: a line ends where the next character is not beside the last one."""
    line: list[Printed] = []
    for char in chars:
        if line and not _beside(line, char):
            yield from _as_line(line)
            line = []
        line.append(char)
    yield from _as_line(line)


def _beside(line: list[Printed], char: Printed) -> bool:
    last = next((c for c in reversed(line) if not c.text.isspace()), line[-1])
    size = max(last.size, 1.0)
    baseline = (
        abs(char.bottom - last.bottom) < 0.75 * size or abs(char.middle - last.middle) < 0.4 * size
    )
    return (
        abs(char.size - last.size) < 0.12 * size
        and baseline
        and -0.6 * size < char.left - last.right < 1.3 * size
    )


def _as_line(chars: list[Printed]) -> Iterator[Printed]:
    text = "".join(char.text for char in chars)
    seen = [char for char in chars if not char.text.isspace()]
    if not seen:
        return
    size = max(char.size for char in seen)
    middle = sorted(char.middle for char in seen)[len(seen) // 2]
    # Marks are low and small: the line is as high as its letters are large.
    yield Printed(
        re.sub(r"[ \u00a0]+", " ", text).strip(),
        min(char.left for char in seen),
        middle - size / 2,
        max(char.right for char in seen),
        middle + size / 2,
        size,
        sum(char.bold for char in seen) > len(seen) / 2,
    )

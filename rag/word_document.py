"""A Word document (DOCX) → headings and paragraphs, told by styles and type sizes. The only importer of docx.

Its page headers, footers and table of contents are no articles but are kept beside them.
"""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Set
from typing import Any

from rag.articles import PAPER
from rag.errors import PageFormatError
from rag.markup import MAX_HEADING, no_text
from rag.messages import say
from rag.outline import Block, Marked

MAX_UNPACKED = 256 * 2**20  # bytes of a DOCX: what unpacks to more is no newspaper page
MAX_BASES = 16  # styles that one may be based on, one on the other
MAX_NESTED = 8  # tables in one another; what is deeper has no rows, for each level copies its text
MAX_RUNNING = 4  # lines of page headers that facts are read from: those below them must have room

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH, _TABLE, _ROW, _CELL, _BOX = (
    _W + name for name in ("p", "tbl", "tr", "tc", "txbxContent")
)
_LETTERS = {_W + "tab": "\t", _W + "ptab": "\t", _W + "cr": "\n", _W + "noBreakHyphen": "-"}
_WORDS = frozenset([_W + "t", _W + "br", *_LETTERS])
# What was deleted or moved away, how a character is spoken, and a text box told a second time.
_UNREAD = frozenset(
    [
        *(_W + name for name in ("pPr", "rPr", "sdtPr", "del", "moveFrom", "rt")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    ]
)
_CONTENTS = re.compile(r"toc (?:heading|[1-9])", re.IGNORECASE)  # styles
_TELLS = re.compile(rf"\d|版|{PAPER}")  # what a line with a newspaper, day or page number holds


def read_docx(data: bytes, source: str) -> Marked:
    """The text of a Word document.

    Raises:
        PageFormatError: It is damaged, locked, or unpacks to more than a page can be.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from docx.oxml.exceptions import XmlchemyError
    from docx.text.paragraph import Paragraph

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(info.file_size for info in packed.infolist()) > MAX_UNPACKED:
                raise PageFormatError(
                    say(
                        f"{source} 解压后超过 {MAX_UNPACKED >> 20} MB，不像报纸。请换一个文件。",
                        f"{source} unpacks to more than {MAX_UNPACKED >> 20} MB. Use another file.",
                    )
                )
        document = docx.Document(io.BytesIO(data))
        out = Marked()
        flow = [
            (None if element is None else Paragraph(element, document), text)
            for element, text in _flow(document.element.body)
        ]
        sizes = _DocxSizes(flow)
        for paragraph, text in flow:
            level = 0 if paragraph is None else sizes.level(paragraph, text)
            lines = [text.replace("\n", " ")] if level else text.split("\n")
            lines = [line.strip() for line in lines if line.strip()]
            if lines and paragraph is not None and sizes.is_contents(paragraph):
                out.around += lines
            else:
                out.blocks += [Block(line, level) for line in lines]
        running = _running(document)
    except PageFormatError:
        raise
    except (
        OpcError,
        XmlchemyError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        SyntaxError,
        EOFError,
        RuntimeError,  # a locked member
        zlib.error,
    ) as error:
        raise _damaged(source) from error
    if not out.blocks:
        raise no_text(source)
    out.around += running
    telling = [line for line in running if len(line) <= MAX_HEADING and _TELLS.search(line)]
    out.facts = telling[:MAX_RUNNING]
    out.facts += [block.text for block in out.blocks if len(block.text) <= MAX_HEADING]
    return out


def _flow(container: Any, depth: int = 0) -> Iterator[tuple[Any, str]]:
    """Paragraphs and their text in reading order; a line of a table's row has no paragraph.

    Text boxes follow the paragraph that they hang on. A cell that is merged with others is one element
    and read once. No element is nested deeper than the parser allows, 256.
    """
    wanted = {_PARAGRAPH, _TABLE} if depth <= MAX_NESTED else {_PARAGRAPH}
    for part in _nearest(container, wanted):
        if part.tag == _TABLE:
            for row in _nearest(part, {_ROW}):
                cells = [
                    "\n".join(text for _, text in _flow(cell, depth + 1)).strip()
                    for cell in _nearest(row, {_CELL})
                ]
                yield from ((None, line) for line in " ".join(filter(None, cells)).split("\n"))
            continue
        inside = list(_nearest(part, _WORDS | {_BOX}))
        yield part, "".join(_letters(element) for element in inside)
        for element in inside:
            if element.tag == _BOX:
                yield from _flow(element, depth)


def _nearest(element: Any, wanted: Set[str]) -> Iterator[Any]:
    """The outermost elements of some names, through whatever they are wrapped in."""
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag not in _UNREAD:
            yield from _nearest(child, wanted)


def _letters(element: Any) -> str:
    if element.tag == _W + "t":
        return element.text or ""
    if element.tag == _W + "br":  # or the end of a column or page, which may be inside a sentence
        return "\n" if element.get(_W + "type", "textWrapping") == "textWrapping" else ""
    return _LETTERS.get(element.tag, "")


def _running(document: Any) -> list[str]:
    """The lines of page headers, then of footers; those of first and even pages may repeat them."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.part import XmlPart

    lines: dict[str, None] = {}
    for kind in (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER):
        for relation in document.part.rels.values():
            if relation.reltype != kind or relation.is_external:
                continue
            if isinstance(relation.target_part, XmlPart):
                for _, text in _flow(relation.target_part.element):
                    lines.update((line.strip(), None) for line in text.split("\n"))
    return [line for line in lines if line]


class _DocxSizes:
    """Which paragraphs of a document are headings: by style, else by larger or bold letters."""

    def __init__(self, flow: list[tuple[Any, str]]) -> None:
        self._styles_of: dict[str | None, list[Any]] = {}
        counts: Counter[float] = Counter()
        for paragraph, text in flow:
            if paragraph is not None:
                counts[self._size(paragraph)] += len(text)
        self._body = counts.most_common(1)[0][0] if counts else 0.0
        larger = sorted((size for size in counts if size > self._body * 1.12), reverse=True)
        self._levels = {size: at + 1 for at, size in enumerate(larger)}

    def is_contents(self, paragraph: Any) -> bool:
        """Whether it is a line of the table of contents."""
        return any(_CONTENTS.fullmatch(style.name or "") for style in self._styles(paragraph))

    def level(self, paragraph: Any, text: str) -> int:
        """0 for a paragraph, else the level of a heading."""
        text = text.strip()
        if not text or len(text) > MAX_HEADING:
            return 0
        for style in self._styles(paragraph):
            named = re.fullmatch(r"(?:heading|标题)\s*([1-9])", style.name or "", re.IGNORECASE)
            if named:
                return int(named.group(1))
            if (style.name or "").lower() in ("title", "标题"):
                return 1
            if (style.name or "").lower() in ("subtitle", "副标题"):
                return 9
        size = self._size(paragraph)
        if size in self._levels:
            return self._levels[size]
        written = [run for run in paragraph.runs if run.text.strip()]
        bold = bool(written) and all(run.bold for run in written)
        return len(self._levels) + 1 if bold and not re.search(r"[。！？；]$", text) else 0

    def _size(self, paragraph: Any) -> float:
        sizes: Counter[float] = Counter()
        for run in paragraph.runs:
            if run.font.size is not None:
                sizes[run.font.size.pt] += len(run.text)
        if not sizes:
            given = (style.font.size for style in self._styles(paragraph))
            if (size := next(filter(None, given), None)) is not None:
                sizes[size.pt] = 1
        return sizes.most_common(1)[0][0] if sizes else 0.0

    def _styles(self, paragraph: Any) -> list[Any]:
        """A paragraph's style and those that it is based on, looked up once: it takes milliseconds."""
        name = paragraph._p.style
        if name not in self._styles_of:
            self._styles_of[name] = list(_based(paragraph.style))
        return self._styles_of[name]


def _based(style: Any) -> Iterator[Any]:
    """A style and those that it is based on; a damaged file may base one on itself."""
    for _ in range(MAX_BASES):
        if style is None:
            return
        yield style
        style = style.base_style


def _damaged(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 不是完好的 DOCX 文件。请重新导出或换一个文件。",
            f"{source} is no sound DOCX file. Export it again or use another file.",
        )
    )

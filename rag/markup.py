"""HTML editions, DOCX and Markdown → headings and paragraphs. The only importer of lxml, docx and markdown_it.

Menus, link lists and footers of an HTML page, and a Word document's page headers, footers and table of
contents, are no articles but are kept beside them; scripts and styles are no text.
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
from rag.messages import say
from rag.outline import Block, Marked
from rag.types import Kind

MAX_UNPACKED = 256 * 2**20  # bytes of a DOCX: what unpacks to more is no newspaper page
MAX_HEADING = 80  # characters; a longer one is set large but is a paragraph
MAX_BASES = 16  # styles that one may be based on, one on the other
MAX_NESTED = 8  # tables in one another; what is deeper has no rows, for each level copies its text
MAX_RUNNING = 4  # lines of page headers that facts are read from: those below them must have room

_NO_TEXT = frozenset(["script", "style", "noscript", "template", "svg", "iframe", "object", "math"])
_AROUND = frozenset(["nav", "footer", "form", "button", "select", "head", "menu", "aside", "title"])
_INLINE = frozenset(
    [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd",
        "label", "mark", "q", "ruby", "s", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    ]
)  # fmt: skip
_TITLE = re.compile(
    r"(?:^|[-_ ])(?:founder-)?(?:title|headline|biaoti|bt)(?:$|[-_ ])", re.IGNORECASE
)
_SIDE_TITLE = re.compile(r"subtitle|pretitle|introtitle|kicker|yinti|futi|subhead", re.IGNORECASE)
_DATE_NAMES = ("date", "pubdate", "publishdate", "article:published_time", "dc.date", "date.issued")
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
_LINKS = 0.6  # share of a block's characters in links, from which on it is a menu


def read_html(text: str, source: str) -> Marked:
    """The text of an HTML page.

    Raises:
        PageFormatError: It has none.
    """
    import lxml.etree
    import lxml.html

    # A declaration of another encoding than the one it came in is refused by the parser.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        root = lxml.html.document_fromstring(text)
    except (ValueError, lxml.etree.LxmlError) as error:
        raise _no_text(source) from error
    out = Marked(facts=_meta(root))
    reader = _HtmlReader(out)
    reader.walk(root, 0, "article", around=False)
    reader.flush(0, "article", around=False)
    if not out.blocks and not out.around:
        raise _no_text(source)
    if not any(block.level for block in out.blocks):
        _raise_title(out, root)
    return out


class _HtmlReader:
    """Walks a tree of elements and gathers its text, block by block."""

    def __init__(self, out: Marked) -> None:
        self.out = out
        self._text: list[str] = []
        self._size = 0  # characters of it
        self._linked = 0

    def walk(self, node: Any, level: int, kind: Kind, *, around: bool) -> None:
        """Reads an element and what is in it; its tail belongs to its parent."""
        tag = node.tag.lower() if isinstance(node.tag, str) else ""
        if not tag or tag in _NO_TEXT or _hidden(node):
            return
        if tag in ("br", "hr"):
            if level:
                self._add(" ")
            else:
                self.flush(level, kind, around=around)
            return
        inline = tag in _INLINE
        inner = (
            (level, kind, around) if inline else self._within(node, tag, level, kind, around=around)
        )
        if not inline:
            self.flush(level, kind, around=around)
        before = self._size
        self._add(node.text or "")
        for child in node:
            self.walk(child, inner[0], inner[1], around=inner[2])
            self._add(child.tail or "")
        if tag == "a":  # a block within it may have ended what it began in
            self._linked += max(0, self._size - before)
        if not inline:
            self.flush(inner[0], inner[1], around=inner[2])

    def _add(self, text: str) -> None:
        self._text.append(text)
        self._size += len(text)

    def _within(
        self, node: Any, tag: str, level: int, kind: Kind, *, around: bool
    ) -> tuple[int, Kind, bool]:
        """Level, kind and place of what is inside a block element."""
        names = f"{node.get('class') or ''} {node.get('id') or ''} {tag}"
        heading = re.fullmatch(r"h([1-6])", tag)
        if heading:
            level = int(heading.group(1))
        elif _SIDE_TITLE.search(names) and len(node.text_content()) <= MAX_HEADING:
            level = 3
        elif (
            _TITLE.search(names)
            and len(node.text_content()) <= MAX_HEADING
            and not node.xpath(".//h1|.//h2|.//h3")
        ):
            level = 1
        if tag in ("figcaption", "figure", "caption"):
            kind = "photo"
        return level, kind, around or tag in _AROUND

    def flush(self, level: int, kind: Kind, *, around: bool) -> None:
        """Ends a block."""
        text = " ".join("".join(self._text).split())
        linked = self._linked
        self._text.clear()
        self._size = self._linked = 0
        if not re.search(r"\w", text):
            return
        if len(text) <= MAX_HEADING and not around:
            self.out.facts.append(text)
        if around or (not level and linked > _LINKS * len(text) and len(text) <= MAX_HEADING):
            self.out.around.append(text)
        else:
            self.out.blocks.append(Block(text, level if len(text) <= MAX_HEADING else 0, kind))


def _hidden(node: Any) -> bool:
    style = (node.get("style") or "").replace(" ", "").lower()
    return node.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style


def _meta(root: Any) -> list[str]:
    """Day and name that the page's head gives."""
    found = []
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
        if name in _DATE_NAMES or name == "og:site_name":
            found.append(" ".join((meta.get("content") or "").split()))
    return found


def _raise_title(out: Marked, root: Any) -> None:
    """Where nothing is marked as a heading, a paragraph that the page's own title repeats is one."""
    title = " ".join("".join(root.xpath("string(//title)")).split())
    for at, block in enumerate(out.blocks):
        if 4 <= len(block.text) <= MAX_HEADING and block.text in title:
            out.blocks[at] = Block(block.text, 1)
            return


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
        raise _damaged(source, "DOCX") from error
    if not out.blocks:
        raise _no_text(source)
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


def read_markdown(text: str) -> Marked:
    """The text of a Markdown file."""
    from markdown_it import MarkdownIt

    out = Marked()
    level = 0
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "inline":
            words = "".join(_markdown_words(token.children or []))
            lines = [words.replace("\n", " ")] if level else words.split("\n")
            out.blocks += [Block(line.strip(), level) for line in lines if line.strip()]
        elif token.type in ("code_block", "fence", "html_block"):
            out.blocks += [
                Block(line.strip()) for line in token.content.split("\n") if line.strip()
            ]
        elif token.type == "heading_close":
            level = 0
    out.facts = [block.text for block in out.blocks if len(block.text) <= MAX_HEADING]
    return out


def _markdown_words(tokens: list[Any]) -> Iterator[str]:
    for token in tokens:
        yield "\n" if token.type in ("softbreak", "hardbreak") else token.content


def _no_text(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 里没有文字。请换一个有文字的文件。",
            f"{source} holds no text. Use a file with text.",
        )
    )


def _damaged(source: str, kind: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 不是完好的 {kind} 文件。请重新导出或换一个文件。",
            f"{source} is no sound {kind} file. Export it again or use another file.",
        )
    )

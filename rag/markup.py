"""HTML editions and Markdown → headings and paragraphs. The only importer of lxml and markdown_it.

Menus, link lists and footers of an HTML page are no articles but are kept beside them; scripts and
styles are no text.
"""

import re
from collections.abc import Iterator
from typing import Any

from rag.errors import PageFormatError
from rag.messages import say
from rag.outline import Block, Marked
from rag.types import Kind

MAX_HEADING = 80  # characters; a longer one is set large but is a paragraph
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
        raise no_text(source) from error
    out = Marked(facts=_meta(root))
    reader = _HtmlReader(out)
    reader.walk(root, 0, "article", around=False)
    reader.flush(0, "article", around=False)
    if not out.blocks and not out.around:
        raise no_text(source)
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


def no_text(source: str) -> PageFormatError:
    """What to raise for a file without text."""
    return PageFormatError(
        say(
            f"{source} 里没有文字。请换一个有文字的文件。",
            f"{source} holds no text. Use a file with text.",
        )
    )

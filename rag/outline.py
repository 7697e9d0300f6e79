"""Headings and paragraphs in reading order → articles: for files that say what is a heading.

HTML, DOCX and Markdown say it by name, PDF by the size of its letters. Levels count from 1, the
largest; only their order matters.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.articles import EDGE, PAPER, is_furniture
from rag.composing import composed, numbered
from rag.types import Article, Kind


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or paragraph as it stands in a file."""

    text: str
    level: int = 0  # 0 a paragraph, 1 the largest heading
    kind: Kind = "article"  # "photo" for a caption that is marked as one


@dataclass(slots=True)
class Marked:
    """What a file holds that tells headings from paragraphs."""

    blocks: list[Block] = field(default_factory=list)
    around: list[str] = field(default_factory=list)  # menus, footers: text that is in no article
    facts: list[str] = field(default_factory=list)  # lines that may name paper, day and page number


def articles_of(
    blocks: Sequence[Block], opening: int | None = None
) -> tuple[tuple[Article, ...], tuple[str, ...]]:
    """The articles, and what belongs to none: headings of the whole page, and of nothing.

    Args:
        blocks: In reading order.
        opening: The level up to which a heading after a paragraph opens an article; None finds out.
    """
    blocks = [block for block in blocks if block.text.strip()]
    last = len(blocks) - EDGE
    around = [_is_masthead(block, edge=not EDGE <= at < last) for at, block in enumerate(blocks)]
    rest = [block.text for block, is_around in zip(blocks, around, strict=True) if is_around]
    blocks = [block for block, is_around in zip(blocks, around, strict=True) if not is_around]
    level = _article_level(blocks) if opening is None else opening
    names = level if opening is None else 1  # of headings above it the page takes its name
    found: list[Article] = []
    heads: list[Block] = []
    body: list[str] = []
    photos: list[Article] = []

    def close() -> None:
        if body:
            title, subtitle, above = _named(heads, names)
            rest.extend(above)
            found.append(composed(title, subtitle, body))
        else:
            rest.extend(head.text for head in heads)
        heads.clear()
        body.clear()
        found.extend(photos)
        photos.clear()

    for block in blocks:
        if block.kind == "photo":
            photos.append(composed("", "", [block.text], "photo"))
        elif block.level and (block.level <= level or not body):
            if body:
                close()
            heads.append(block)
        else:
            body.append(block.text)  # subheads are paragraphs
    close()
    return numbered(found), tuple(rest)


def _is_masthead(block: Block, *, edge: bool) -> bool:
    named = block.level and re.fullmatch(PAPER, "".join(block.text.split()))
    return bool(named) or is_furniture(block.text, edge=edge)


def _article_level(blocks: Sequence[Block]) -> int:
    """The level of the headings that open articles.

    The largest that occurs more than once; a single one above it is the name of the whole page,
    unless paragraphs follow it at once: then it opens the only article, and the others are subheads.
    """
    counts = Counter(block.level for block in blocks if block.level)
    levels = sorted(counts)
    if len(levels) < 2 or counts[levels[0]] > 1:
        return levels[0] if levels else 0
    at = next(i for i, block in enumerate(blocks) if block.level == levels[0])
    follows = next((block.level for block in blocks[at + 1 :] if block.kind == "article"), None)
    several = [level for level in levels[1:] if counts[level] > 1]
    return several[0] if several and follows else levels[0]


def _named(heads: Sequence[Block], level: int) -> tuple[str, str, list[str]]:
    """Title, kicker and deck, and headings of the page that stood before them."""
    own = [head for head in heads if head.level >= level]
    above = [head.text for head in heads if head.level < level]
    if not own:
        # Its only heading was that of the page.
        return (above[-1], "", above[:-1]) if above else ("", "", [])
    top = min(range(len(own)), key=lambda at: (own[at].level, at))
    beside = [head.text for at, head in enumerate(own) if at != top]
    return own[top].text, "\n".join(beside), above

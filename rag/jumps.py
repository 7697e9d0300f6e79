"""Articles that go on on another page: 下转第4版 where one breaks off, 上接第1版 where it comes from."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.composing import numbered
from rag.cues import JUMP_IN, JUMP_OUT
from rag.tokens import character_pairs
from rag.types import Article, Page
from rag.wording import numeral

NAMED_AGAIN = 0.6  # least share of a headline's pairs of characters that the other half has, too
_Jump = tuple[Article, int, Article]  # what goes on, on which page, and in which article


def stitched(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages of one issue, what jumps from one to another (下转第4版, 上接第1版) put together.

    An article goes on where the page that it names has one that says it comes from there, and there on
    as well. The marks go to the rest; lines of the other pages are not among the article's own.
    """
    onward = _jumps(pages)
    tails = {id(other) for _, other in onward.values()}
    wholes: dict[int, Article] = {}
    gone: set[int] = set()
    rest = [list(page.rest) for page in pages]
    for here, page in enumerate(pages):
        for article in page.articles:
            if id(article) in tails:
                continue
            at, part = here, article
            while id(part) in onward:
                there, other = onward[id(part)]
                whole, (left, came) = _joined(wholes.get(id(article), article), other)
                wholes[id(article)] = whole
                gone.add(id(other))
                rest[at].append(left)
                rest[there] += [*(name for name in (other.title, other.subtitle) if name), came]
                at, part = there, other
    out = []
    for page, around in zip(pages, rest, strict=True):
        if len(around) > len(page.rest):
            kept = [wholes.get(id(one), one) for one in page.articles if id(one) not in gone]
            page = replace(page, articles=numbered(kept), rest=tuple(around))
        out.append(page)
    return tuple(out)


def _jumps(pages: Sequence[Page]) -> dict[int, tuple[int, Article]]:
    """By the id of an object: on which page an article goes on, and in which article, where that is sure."""
    found = [
        (article, there, other)
        for here, page in enumerate(pages)
        for article in page.articles
        if (target := _page_named(JUMP_OUT.search(article.text.rpartition("\n")[2])))
        for there, candidate in enumerate(pages)
        if there != here and target == (candidate.page_no or there + 1)
        for other in candidate.articles
        if _page_named(JUMP_IN.match(other.text.partition("\n")[0])) == (page.page_no or here + 1)
    ]
    sure = _one_to_one(found)
    # Where several go the same way, the headline that is said again tells which is which.
    sure += _one_to_one([jump for jump in found if _named_again(jump[0], jump[2])])
    taken = {id(one) for article, _, other in sure for one in (article, other)}
    left = [jump for jump in found if not taken & {id(jump[0]), id(jump[2])}]
    sure += _one_to_one(left)
    return {id(article): (there, other) for article, there, other in sure}


def _one_to_one(found: Sequence[_Jump]) -> list[_Jump]:
    """The jumps of articles that may go on nowhere else, to what may come from nowhere else."""
    leaving = Counter(id(article) for article, _, _ in found)
    coming = Counter(id(other) for _, _, other in found)
    return [jump for jump in found if leaving[id(jump[0])] == coming[id(jump[2])] == 1]


def _named_again(article: Article, other: Article) -> bool:
    """Whether what goes on has most of the headline of an article, or of its own from that one's words."""
    words = set(character_pairs(f"{article.title}{article.text}"))
    said = set(character_pairs(other.title))
    return bool(said) and len(said & words) >= NAMED_AGAIN * len(said)


def jumps(page: Page) -> bool:
    """Whether something on a page goes on elsewhere, or comes from there, or did before it was stitched."""
    texts = (*(article.text for article in page.articles), *page.rest)
    return any(JUMP_OUT.search(text) or JUMP_IN.match(text) for text in texts)


def _joined(article: Article, other: Article) -> tuple[Article, tuple[str, str]]:
    """An article with what goes on on another page, and both marks."""
    first, then = list(article.paragraphs), list(other.paragraphs)
    marks = []
    for parts, at, pattern in ((first, -1, JUMP_OUT), (then, 0, JUMP_IN)):
        mark = pattern.search(parts[at])
        assert mark is not None
        marks.append(mark.group().strip())
        parts[at] = (parts[at][: mark.start()] + parts[at][mark.end() :]).strip()
    first, then = [p for p in first if p], [p for p in then if p]
    if first and then and not first[-1].endswith(tuple("。！？…”）")):
        first[-1] += then.pop(0)
    length = len("\n".join(first))
    return replace(
        article,
        paragraphs=(*first, *then),
        byline=other.byline or article.byline,
        inferred={**article.inferred, "order": marks[0].strip("（）()")},
        lines=tuple(span for span in article.lines if span.end <= length),
    ), (marks[0], marks[1])


def _page_named(mark: re.Match[str] | None) -> int | None:
    """The page that a jump line names, if it is one."""
    return numeral(mark.group(1)) if mark else None

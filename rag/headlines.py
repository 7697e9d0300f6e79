"""Headings → kicker, title and subtitle; torn headlines → the articles that they belong to."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from rag.heading_model import join_odds, kicker_odds
from rag.layout import Line

LEAST = 0.12  # a heading that shares less with an article is not its headline
KICKER_PRIOR = 0.6  # log odds of a kicker against a deck where nothing marks either
JOIN, JOIN_PRIOR = 0.5, -0.75  # how much the learned odds count that a line goes on in the next
WRAPPED = 3.2
BESIDE = 0.35  # what it counts that a heading stands right above an article
# 王沪宁出席: who came and who spoke stands below a headline.
_ATTENDED = re.compile(
    r"(?:[一-鿿]{2,4}[ 、]?){1,8}(?:出席|主持|参加|讲话|致辞|参加会见)(?: [一-鿿]{2,4}主持)?"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A headline with what stands above and below it."""

    title: str
    subtitle: str  # kicker and deck, joined by a line break
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """All of its words."""
        return "\n".join(part for part in (self.title, self.subtitle) if part)


def heading_of(lines: Sequence[Line]) -> Heading:
    """Takes a heading apart: of all ways to join its lines to one, two or three parts the likeliest."""
    count = len(lines)
    _, parts = min(
        (_cost(cuts, lines), cuts)
        for size in range(min(3, count))
        for cuts in combinations(range(1, count), size)
    )
    texts = _texts(parts, lines)
    sizes = [end - begin for begin, end in pairwise((0, *parts, count))]
    at = _title_at(texts, sizes)
    return Heading(texts[at], "\n".join(texts[:at] + texts[at + 1 :]), tuple(lines))


def _cost(cuts: tuple[int, ...], lines: Sequence[Line]) -> float:
    """How unlikely it is that the parts of a heading begin at these lines."""
    cost = (0.0, 0.7, 2.6)[len(cuts)]
    for at in range(1, len(lines)):
        above, line = lines[at - 1], lines[at]
        joined = _joins(above, line)
        if at in cuts:
            cost += max(0.0, joined)
        else:
            cost += max(0.0, -joined)
    for begin, end in pairwise((0, *cuts, len(lines))):
        # The lines of a wrapped part but its last are of one width.
        full = [line.width for line in lines[begin : end - 1]]
        if full:
            cost += 0.4 * max(0, max(full) - min(full) - 3) + 0.15 * max(0, max(full) - 30)
            cost += 0.3 * max(0, lines[end - 1].width - max(full) - 1)
    return cost


def _joins(above: Line, line: Line) -> float:
    """How much speaks for a line of a heading to go on in the next one; negative: against."""
    left, right = above.text, line.text
    if left.endswith(("——", "：", "。")) or right.startswith(("——", "—")):
        return -6.0
    if _open_brackets(left) > 0:
        return 6.0
    if left.endswith(("、", "，", ",", "·")) or above.goes_on:
        return 3.0
    if right.startswith(("（", "(")) or line.width <= 6:
        return 3.0
    if _ATTENDED.fullmatch(right):
        return -3.0
    return max(-4.0, min(4.0, JOIN * join_odds(left, right) + JOIN_PRIOR))


def _texts(cuts: tuple[int, ...], lines: Sequence[Line]) -> list[str]:
    texts = []
    for begin, end in pairwise((0, *cuts, len(lines))):
        text = lines[begin].text
        for line in lines[begin + 1 : end]:
            text = _joined(text, line.text)
        texts.append(text)
    return texts


def _joined(left: str, right: str) -> str:
    words = (
        left[-1:].isascii() and right[:1].isascii() and left[-1:].isalpha() and right[:1].isalpha()
    )
    return f"{left} {right}" if words else left + right


def _open_brackets(text: str) -> int:
    return sum(text.count(char) for char in "（《“「(") - sum(
        text.count(char) for char in "）》”」)"
    )


def _title_at(parts: Sequence[str], sizes: Sequence[int]) -> int:
    """Which part of a heading is the title; `sizes` counts the lines of each part."""
    if len(parts) == 1:
        return 0
    if parts[-1].startswith("——"):
        return len(parts) - 2
    for at, part in enumerate(parts[:-1]):
        if part.endswith("——"):
            return at + 1
    if len(parts) == 3:
        return 1
    if _series(parts[0]) != _series(parts[1]):
        return 0 if _series(parts[0]) else 1
    odds = kicker_odds(parts[0], parts[1]) + KICKER_PRIOR
    # The largest type is the first to need a second line.
    odds += WRAPPED * ((sizes[1] > 1) - (sizes[0] > 1))
    return 1 if odds > 0 else 0


def _series(text: str) -> bool:
    """Whether a line carries the name of a series in brackets, as titles do."""
    return bool(re.search(r".{3}[（(][^（）()]{2,24}[）)]$", text))


def assign(
    headings: Sequence[Heading], articles: Sequence[str], beside: Sequence[int | None]
) -> list[int | None]:
    """For each heading the article that it belongs to, or None; each article gets one at most.

    Args:
        headings: h headings.
        articles: Texts of n articles.
        beside: For each heading the article right below it.
    """
    if not headings or not articles:
        return [None] * len(headings)
    scores = likeness([heading.text for heading in headings], articles)
    for at, place in enumerate(beside):
        if place is not None:
            scores[at, place] += BESIDE
    chosen = _matching(scores)
    return [
        int(place) if place is not None and scores[at, place] >= LEAST else None
        for at, place in enumerate(chosen)
    ]


def likeness(headings: Sequence[str], articles: Sequence[str]) -> NDArray[np.float64]:
    """How much of a heading's rare character pairs an article holds, [h, n], 0 to 1.

    Early mentions count more: a headline sums up the lead.
    """
    bags = [Counter(_pairs(text)) for text in articles]
    leads = [set(_pairs(text[:200])) for text in articles]
    spread = Counter(pair for bag in bags for pair in bag)
    n = len(articles)
    out = np.zeros((len(headings), n))
    for row, heading in enumerate(headings):
        pairs = set(_pairs(heading))
        weight = {p: math.log1p((n + 1) / (spread[p] + 0.5)) for p in pairs}
        total = sum(weight.values()) or 1.0
        for column, (bag, lead) in enumerate(zip(bags, leads, strict=True)):
            held = sum(
                weight[p] * (0.75 + 0.25 * (p in lead)) * (1 + min(bag[p] - 1, 3) * 0.1)
                for p in pairs
                if p in bag
            )
            out[row, column] = held / total
    return out


def _pairs(text: str) -> list[str]:
    text = re.sub(r"[^\w]", " ", text.lower())
    return [left + right for left, right in pairwise(text) if left != " " != right]


def _matching(scores: NDArray[np.float64]) -> list[int | None]:
    """The assignment of rows to columns with the greatest sum (Kuhn 1955, by shortest paths)."""
    h, n = scores.shape
    size = max(h, n)
    cost = np.zeros((size + 1, size + 1))
    cost[1 : h + 1, 1 : n + 1] = -scores
    rows, columns = np.zeros(size + 1), np.zeros(size + 1)
    match = np.zeros(size + 1, dtype=np.int64)
    for row in range(1, size + 1):
        match[0] = row
        column = 0
        least = np.full(size + 1, np.inf)
        came = np.zeros(size + 1, dtype=np.int64)
        used = np.zeros(size + 1, dtype=bool)
        while True:
            used[column] = True
            here = match[column]
            reach = cost[here] - rows[here] - columns
            better = ~used & (reach < least)
            least[better] = reach[better]
            came[better] = column
            open_ = np.where(used, np.inf, least)
            open_[0] = np.inf
            following = int(np.argmin(open_))
            step = open_[following]
            rows[match[used]] += step
            columns[used] -= step
            least[~used] -= step
            column = following
            if match[column] == 0:
                break
        while column:
            match[column] = match[came[column]]
            column = int(came[column])
    out: list[int | None] = [None] * h
    for column in range(1, n + 1):
        if 1 <= match[column] <= h:
            out[int(match[column]) - 1] = column - 1
    return out

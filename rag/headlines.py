"""Headings → kicker, title and subtitle; torn headlines → the articles that they belong to."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.layout import Line
from rag.tokens import tag

LEAST = 0.12  # a heading that shares less with an article is not its headline
BESIDE = 0.35  # what it counts that a heading stands right above an article

_KICKER_END = re.compile(
    r"(?:——|强调|指出|要求|会议|会上|举行|主持召开|主持|召开|印发|发布|发布通知|作出批示|出席|致辞|发表讲话|回信|通知"
    r"|报告|意见|指导|座谈|会见|表示|认为|提出|[：:])$"
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
    """Takes a heading apart: wrapped lines are joined, then one part is the title."""
    parts = [lines[0].text]
    for before, line in pairwise(lines):
        if _wrapped(before, line, parts[-1]):
            parts[-1] = _joined(parts[-1], line.text)
        else:
            parts.append(line.text)
    at = _title_at(parts)
    return Heading(parts[at], "\n".join(parts[:at] + parts[at + 1 :]), tuple(lines))


def _joined(left: str, right: str) -> str:
    space = (
        left[-1:].isascii() and right[:1].isascii() and left[-1:].isalpha() and right[:1].isalpha()
    )
    return left + (" " if space else "") + right


def _wrapped(before: Line, line: Line, part: str) -> bool:
    """Whether a line of a heading goes on in the next one."""
    left, right = before.text, line.text
    if left.endswith(("——", "：", "。")) or right.startswith(("——", "—")):
        return False
    if _open_brackets(part) > 0:
        return True
    if right.startswith(("（", "(")) and not left.endswith(("）", ")")):
        return True
    if left.endswith(("、", "，", ",", "·")):
        return True
    if line.width > before.width + 2:
        return False
    # A word that runs across the border was cut by it.
    border = len(left)
    at = 0
    for word, _ in tag(left[-12:] + right[:12]):
        if at < min(border, 12) < at + len(word):
            return True
        at += len(word)
    # A last line of one or two words was pushed down.
    return line.width <= 8


def _open_brackets(text: str) -> int:
    return sum(text.count(char) for char in "（《“「(") - sum(
        text.count(char) for char in "）》”」)"
    )


def _title_at(parts: Sequence[str]) -> int:
    """Which part of a heading is the title."""
    if len(parts) == 1:
        return 0
    if parts[0].startswith("——"):
        return len(parts) - 1
    if parts[0].endswith("——"):
        return 1
    if parts[1].startswith("——") or _series(parts[0]):
        return 0
    if _series(parts[1]) or _KICKER_END.search(parts[0]):
        return 1
    if len(parts) >= 3:
        return 1
    # A kicker is more frequent than a deck; a deck is mostly longer than its title and full of figures.
    return 0 if re.search(r"\d", parts[1]) and not re.search(r"\d", parts[0]) else 1


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
    scores = _likeness([heading.text for heading in headings], articles)
    for at, place in enumerate(beside):
        if place is not None:
            scores[at, place] += BESIDE
    chosen = _matching(scores)
    return [
        int(place) if place is not None and scores[at, place] >= LEAST else None
        for at, place in enumerate(chosen)
    ]


def _likeness(headings: Sequence[str], articles: Sequence[str]) -> NDArray[np.float64]:
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
    return [text[at : at + 2] for at in range(len(text) - 1) if " " not in text[at : at + 2]]


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

"""Headings of a page → its items: which heading is of which, where two articles of one width are split for it.

What the headings and the articles say and where they stand is weighed in `rag/torn.py`; here one assignment over the
whole page is made of it, and made anew where a heading gains by a cut.
"""

from bisect import bisect, bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from rag.composing import MARK, Item
from rag.cues import POINTS
from rag.headlines import Heading, heading_of, heaped
from rag.layout import Floats
from rag.lines import Line, slack_of
from rag.opening import own_odds
from rag.parting import meeting_odds
from rag.torn import (
    NEVER,
    Names,
    Pieces,
    Place,
    assign,
    held_alone,
    never_headline,
    odds_of,
    pieces_of,
    said_odds,
    stood_odds,
    total,
)

# What log odds that the page's headings gain, up to so many, count for two articles to meet at a line.
GAIN, MOST_GAIN = 0.9, 6.0
MOST_HEAPS = 8  # on a page; more are no headlines
# Log odds, by hand, that the page's headings gain where one more headline is taken out of a heap.
TAKEN_OUT = 1.0


def taken_apart(items: list[Item], headings: Sequence[Heading], said: str) -> list[Heading]:
    """The headings of a page, those cut that are the headlines of several articles, heaped without a gap.

    Args:
        items: Of the page.
        headings: Of the page, in order.
        said: The words of the page's columns.
    """
    heaps = [heading for heading in headings if items and heaped(heading.lines, said)]
    if len(heaps) > MOST_HEAPS:
        return list(headings)
    out = [heading for heading in headings if heading not in heaps]
    for heap in heaps:
        out += _headlines_of(heap, items, out, said)
    return sorted(out, key=lambda heading: heading.lines[0].number)


def _headlines_of(
    heap: Heading, items: list[Item], others: Sequence[Heading], said: str
) -> list[Heading]:
    """A heap as headings: it is cut once more while the page's headings explain more by it, where they do most.

    Not where one of them would be nobody's.
    """
    count = len(heap.lines)
    stretches = list(combinations(range(count + 1), 2))
    parts = [heading_of(heap.lines[begin:end], said) for begin, end in stretches]
    every = [*others, *parts]
    names = Names(every)
    odds = odds_of(every, names, pieces_of_items(items, names), places_of(every, items))
    row = {stretch: len(others) + at for at, stretch in enumerate(stretches)}

    def rows(bounds: Sequence[int]) -> list[int]:
        return [row[one] for one in pairwise(bounds)]

    def explained(bounds: Sequence[int]) -> float:
        return total(odds[[*range(len(others)), *rows(bounds)]])

    bounds = [0, count]
    while True:
        ways = [sorted((*bounds, at)) for at in range(1, count) if at not in bounds]
        best = max(ways, key=explained, default=bounds)
        if explained(best) <= explained(bounds) + TAKEN_OUT:
            break
        bounds = best
    chosen = assign(odds[[*range(len(others)), *rows(bounds)]])
    if None in chosen[len(others) :]:
        return [heap]
    return [every[at] for at in rows(bounds)]


def assigned(items: list[Item], headings: Sequence[Heading]) -> list[int | None]:
    """For each heading its item; items in which two articles of one width meet are split before."""
    if not headings or not items:
        return [None] * len(headings)
    names = Names(headings)
    pieces = pieces_of_items(items, names)
    while True:
        odds = odds_of(headings, names, pieces, places_of(headings, items))
        split = _two_articles(items, headings, names, pieces, odds)
        if split is None:
            chosen = assign(np.vstack([odds, _own_odds(items)]))[: len(headings)]
            return _left_over(items, headings, chosen)
        at, place, cut = split
        item = items[at]
        items[at : at + 1] = [
            Item(item.lines[:cut], item.width, item.subheads, parted=item.parted),
            Item(item.lines[cut:], item.width, item.subheads),
        ]
        pieces[at : at + 1] = pieces[at].cut(place)


def _own_odds(items: Sequence[Item]) -> Floats:
    """Log odds that items open with their headline, [k, n]: k headings that only their own items can have."""
    found = [(at, odds) for at, item in enumerate(items) if (odds := own_odds(item)[0]) > 0]
    out = np.full((len(found), len(items)), NEVER)
    for row, (at, odds) in enumerate(found):
        out[row, at] = odds
    return out


def _left_over(
    items: Sequence[Item], headings: Sequence[Heading], chosen: Sequence[int | None]
) -> list[int | None]:
    """The items of headings once more: what no item wanted is the headline of the one beside it that has none.

    That is the one below, where no text ends right above: what stands there may be a note to it. A heading of
    several lines is none, and is of the text above it.
    """
    out = list(chosen)
    for at, place in enumerate(places_of(headings, items)):
        heading = headings[at]
        near = place.below if place.above is None else place.above
        if (
            out[at] is None
            and near is not None
            and near not in out
            and not place.fills
            and not never_headline(heading)
            and "。" not in heading.text
            and not items[near].lines[0].text.startswith((MARK, *POINTS))
            and (near != place.above or len(heading.lines) > 1)
        ):
            out[at] = near
    return out


def pieces_of_items(items: Sequence[Item], names: Names) -> list[Pieces]:
    """What the items of a page say, in pieces between the lines at which they may be cut."""
    texts = [_pieces(item) for item in items]
    return pieces_of(texts, [bool(item.subheads) for item in items], names.vocabulary)


def _pieces(item: Item) -> list[str]:
    """The item's text between the lines at which it may be cut."""
    bounds = pairwise((0, *_cuts(item), len(item.lines)))
    return ["".join(line.text for line in item.lines[begin:end]) for begin, end in bounds]


def _two_articles(
    items: Sequence[Item],
    headings: Sequence[Heading],
    names: Names,
    pieces: Sequence[Pieces],
    odds: Floats,
) -> tuple[int, int, int] | None:
    """The item, the piece and the line with which another article begins, if a heading gains by it."""
    now = total(odds)
    stands = stood_odds(headings, places_of(headings, items), len(items))
    alone = held_alone(pieces)
    found: tuple[float, int, int, int] | None = None
    for at, item in enumerate(items):
        for place, cut in enumerate(_cuts(item), 1):
            alike = pieces[at].alike(place)
            speaks = meeting_odds(item, cut, alike, under_one_head=bool(names.standing.any()))
            if speaks + GAIN * MOST_GAIN < 0:
                continue
            halves = said_odds(names, pieces[at].cut(place), alone)
            halves[:, 0] += stands[:, at]
            gain = total(np.hstack([np.delete(odds, at, axis=1), halves])) - now
            speaks += GAIN * min(MOST_GAIN, gain)
            if found is None or speaks > found[0] + 1e-9:
                found = (speaks, at, place, cut)
    return found[1:] if found and found[0] >= 0 else None


def _cuts(item: Item) -> list[int]:
    """The lines of an item with which another article may begin."""
    return [
        at
        for at in range(2, len(item.lines) - 1)
        if (item.lines[at - 1].final or item.lines[at - 1].credit)
        and item.lines[at].gap
        and item.lines[at].number not in item.subheads
    ]


def places_of(headings: Sequence[Heading], items: Sequence[Item]) -> list[Place]:
    """Which items stand around each heading."""
    starts = {item.lines[0].number: at for at, item in enumerate(items)}
    ends = {item.lines[-1].number: at for at, item in enumerate(items)}
    widths = {item.width for item in items}
    # What is no headline (核心阅读) is passed over: the headline above touches the text or not as it does.
    notes = {line.number for h in headings if never_headline(h) for line in h.lines}
    lines = (line.number for h in headings for line in h.lines if line.number not in notes)
    taken = sorted([*starts, *ends, *lines])
    begins = sorted(starts)
    between = [bisect(begins, heading.lines[0].number) for heading in headings]
    together = Counter(
        gap for heading, gap in zip(headings, between, strict=True) if not never_headline(heading)
    )
    most = max(together.values(), default=0)
    out = []
    for heading, gap in zip(headings, between, strict=True):
        first, last = heading.lines[0].number, heading.lines[-1].number
        behind, ahead = bisect(taken, last), bisect_left(taken, first)
        after = taken[behind] if behind < len(taken) else None
        before = taken[ahead - 1] if ahead else None
        below = starts.get(after) if after is not None else None
        touches = after is not None and notes.issuperset(range(last + 1, after))
        out.append(
            Place(
                touching=below if touches else None,
                below=None if touches else below,
                above=ends.get(before) if before is not None else None,
                fills=any(_fills(heading.lines, width) for width in widths),
                several=together[gap] > 1,
                most=together[gap] == most,
            )
        )
    return out


def _fills(lines: Sequence[Line], width: int) -> bool:
    """Whether several lines are set in a column of a width as a paragraph is."""
    slacks = [slack_of(line, width) for line in lines]
    return len(lines) > 1 and not any(slacks[:-1]) and slacks[-1] >= 0

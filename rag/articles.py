"""The text of a page → its articles. No character is lost: what is in no article is in `rest`."""

import re
from bisect import bisect, bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rag.composing import MARK, Item, article_of, numbered
from rag.cues import POINTS, START
from rag.heading_model import heading_odds
from rag.headlines import STANDING_HEAD, Heading, heading_of
from rag.layout import Floats, Run, runs
from rag.lines import Line, Sounds, lines_of, slack_of
from rag.opening import PREFACE, own_heading, rest_of_heading
from rag.parting import meeting_odds, parted_odds
from rag.torn import (
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
from rag.types import Article

LISTED = 8  # lines that end no sentence, from which on they are a list, and that an article
NAMELESS = 1.0  # log odds below which an item without a headline goes on from the one above
UNDER_STANDING_HEAD = 2  # lines below one that are no headline of another article
# What log odds that the page's headings gain, up to so many, count for two articles to meet at a line.
GAIN, MOST_GAIN = 0.9, 6.0
# Names of newspapers, as far as they can be told from other words.
PAPER = (
    r"[\u4e00-\u9fff]{2,8}(?:日报|晚报|早报|时报|周报|商报|晨报|都市报|新闻报|青年报|工人报|法制报)"
)
_FURNITURE = re.compile(
    rf"^(?:《?{PAPER}》?|"
    r"第?\s*(?!0\s*版)[0-9A-Za-z]{1,3}\s*版|版面?\s*[:：].*|责任?编辑?\s*[:：].*"
    r"|(?:责编|美编|校对|本版编辑)(?:\s*[:：/／\s][^。]*)?"
    r"|(?:版式|组版|主编|(?:值班|责任)?编辑)\s*[:：/／]\s*[一-鿿]{2,4}(?:[ 　、/／][^。！]*)?"
    r"|\d{4}年\d{1,2}月\d{1,2}日\s*星期.*"
    r"|[^。，]{0,16}\d{4}年\d{1,2}月\d{1,2}日[^。，]{0,12}(?:(?<!出)版|星期.)[^。，]{0,12})$"
)
_CONTACT = re.compile(r"^.{0,12}(?:电话|热线|邮箱|邮编|网址|广告)\s*[:：].*[^。]$")
EDGE = 4  # lines at a page's ends that tell how to reach the paper; elsewhere an article tells


def is_furniture(text: str, *, edge: bool = False) -> bool:
    """Whether a line is the page's own: its number, day or editors, at its edges its address too."""
    text = text.strip()
    return _FURNITURE.match(text) is not None or (edge and _CONTACT.match(text) is not None)


@dataclass(frozen=True, slots=True)
class Laid:
    """A page as it is laid out, before it is known which heading is of which article."""

    items: list[Item]
    headings: list[Heading]
    lines: Sequence[Line]  # without what is the page's own
    furniture: Sequence[Line]
    said: str  # the words of all columns


def laid_out(text: str, sounds: Sounds = heading_odds) -> Laid:
    """Columns and headings of a page; `sounds` as in `rag.lines.lines_of`."""
    kept, furniture = own_lines(lines_of(text, sounds))
    found = runs(kept)
    said = "\n".join("".join(line.text for line in run.lines) for _, _, run in columns(found))
    items, headings = _items(found, said)
    if kept and not items:
        # No line closes a sentence: a list, a poem, a page of headlines. It is what there is to read.
        items, headings = [Item(kept, max(line.width for line in kept))], []
    return Laid(items, headings, kept, furniture, said)


def own_lines(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The lines of the articles of a page, and those that are the page's own."""
    kept: list[Line] = []
    furniture: list[Line] = []
    for at, line in enumerate(lines):
        edge = not EDGE <= at < len(lines) - EDGE
        (furniture if is_furniture(line.text, edge=edge) else kept).append(line)
    return kept, furniture


def columns(found: Sequence[Run]) -> Iterator[tuple[Run | None, list[Run], Run]]:
    """Each column of a page below the one above it, if any, and the headings between them."""
    above: Run | None = None
    between: list[Run] = []
    for run in found:
        if run.kind == "heading":
            between.append(run)
        else:
            yield above, between, run
            above, between = run, []


def split(text: str) -> tuple[tuple[Article, ...], tuple[str, ...]]:
    """The articles of a page in the order in which their bodies stand, and what is in none."""
    laid = laid_out(text)
    items, headings, said = laid.items, laid.headings, laid.said
    chosen = assigned(items, headings)
    for at, item in enumerate(items):
        if at not in chosen and (own := own_heading(item)):
            item.heading = heading_of(own, said)
            item.lines = item.lines[len(own) :]
    chosen = _merge_nameless(items, headings, chosen)
    rest = [line.text for line in laid.furniture]
    places = places_of(headings, items)
    for heading, number, place in zip(headings, chosen, places, strict=True):
        if number is None:
            continue
        item = items[number]
        item.heading = heading
        item.torn = number not in (place.touching, place.below)
        if number == place.touching and (more := rest_of_heading(heading.lines, item)):
            item.heading = heading_of([*heading.lines, *more], said)
            item.lines = item.lines[len(more) :]
    unassigned = [
        (heading, place)
        for heading, number, place in zip(headings, chosen, places, strict=True)
        if number is None
    ]
    for stretch in _stretches(unassigned, laid.lines):
        body = [line for heading, _ in stretch for line in heading.lines]
        if len(stretch) > 1 and len(body) >= LISTED:
            items.append(Item(body, max(line.width for line in body)))
            continue
        for heading, place in stretch:
            if not _given_back(heading, place, items):
                rest += [line.text for line in heading.lines]
    items.sort(key=lambda item: item.lines[0].number)
    return numbered([article_of(item) for item in items]), tuple(rest)


def _stretches(
    found: Sequence[tuple[Heading, Place]], kept: Sequence[Line]
) -> list[list[tuple[Heading, Place]]]:
    """Headings that belong to nobody, those together that stand together on the page."""
    at = {line.number: place for place, line in enumerate(kept)}
    out: list[list[tuple[Heading, Place]]] = []
    for heading, place in found:
        before = at[heading.lines[0].number] - 1
        if out and at[out[-1][-1][0].lines[-1].number] == before:
            out[-1].append((heading, place))
        else:
            out.append([(heading, place)])
    return out


def _given_back(heading: Heading, place: Place, items: Sequence[Item]) -> bool:
    """Whether what looked like a heading and belongs to no article went into the column beside it."""
    below = place.touching if place.touching is not None else place.below
    opens = below is not None and PREFACE.match(heading.text)
    number = below if opens or place.touching is not None or place.above is None else place.above
    if number is None:
        return False
    item = items[number]
    item.subheads |= {line.number for line in heading.lines}
    item.lines = sorted([*item.lines, *heading.lines], key=lambda line: line.number)
    return True


def _merge_nameless(
    items: list[Item], headings: Sequence[Heading], chosen: Sequence[int | None]
) -> list[int | None]:
    """Joins items without a headline to the one above that they go on from; gives the new places."""
    places = list(chosen)
    numbers = [heading.lines[0].number for heading in headings]
    for at in range(len(items) - 1, 0, -1):
        above, item = items[at - 1], items[at]
        low, high = above.lines[-1].number, item.lines[0].number
        if (
            at in places
            or item.heading is not None
            or item.parted is None
            or item.parted > NAMELESS
            or any(low < number < high for number in numbers)
        ):
            continue
        above.lines += item.lines
        above.subheads |= item.subheads
        del items[at]
        places = [place - 1 if place is not None and place >= at else place for place in places]
    return places


def _items(found: Sequence[Run], said: str) -> tuple[list[Item], list[Heading]]:
    """Columns as items, and the headings that stand in none; `said` are the words of all columns."""
    items: list[Item] = []
    headings: list[Heading] = []
    for above, between, run in columns(found):
        parted = parted_odds(above, between, run) if above else None
        if parted is not None and parted < 0:
            item = items[-1]
            item.subheads |= {line.number for heading in between for line in heading.lines}
            item.lines += [*(line for heading in between for line in heading.lines), *run.lines]
        else:
            over, under = _at_standing_head(between)
            headings += _joined_headings(over, said)
            heads = {line.number for line in under}
            items.append(Item([*under, *run.lines], run.width, heads, parted=parted))
    last = max((at for at, run in enumerate(found, 1) if run.kind == "column"), default=0)
    return items, [*headings, *_joined_headings(found[last:], said)]


def _at_standing_head(between: Sequence[Run]) -> tuple[list[Run], list[Line]]:
    """The headings before a column, up to a standing head, and the lines below it that its text opens with."""
    lines = [(run, line) for run in between for line in run.lines]
    for at, (run, line) in enumerate(lines):
        under = [line for _, line in lines[at + 1 :]]
        if STANDING_HEAD.fullmatch(line.text) and len(under) <= UNDER_STANDING_HEAD:
            before = [*between[: between.index(run)]]
            if first := run.lines[: run.lines.index(line)]:
                before.append(replace(run, lines=first))
            return [*before, replace(run, lines=(line,))], under
    return list(between), []


def _joined_headings(found: Sequence[Run], said: str) -> list[Heading]:
    """Headings, those joined that belong together whatever gap is between: a deck that ends in a dash."""
    lines: list[list[Line]] = []
    for run in found:
        if not (lines and lines[-1][-1].text.endswith("——")):
            lines.append([])
        for line in run.lines:
            # What opens a text stands below its headline, with or without a gap.
            if lines[-1] and (PREFACE.fullmatch(line.text) or START.match(line.text)):
                lines.append([])
            lines[-1].append(line)
    return [heading_of(part, said) for part in lines]


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
            return _left_over(items, headings, assign(odds))
        at, place, cut = split
        item = items[at]
        items[at : at + 1] = [
            Item(item.lines[:cut], item.width, item.subheads, parted=item.parted),
            Item(item.lines[cut:], item.width, item.subheads),
        ]
        pieces[at : at + 1] = pieces[at].cut(place)


def _left_over(
    items: Sequence[Item], headings: Sequence[Heading], chosen: Sequence[int | None]
) -> list[int | None]:
    """The items of headings once more: what no item wanted is the headline of the one below it that has none.

    Not right below a text: what stands there may be a note to it.
    """
    out = list(chosen)
    for at, place in enumerate(places_of(headings, items)):
        below = place.below
        if (
            out[at] is None
            and below is not None
            and place.above is None
            and below not in out
            and not place.fills
            and not never_headline(headings[at])
            and "。" not in headings[at].text
            and not items[below].lines[0].text.startswith((MARK, *POINTS))
        ):
            out[at] = below
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
            speaks = meeting_odds(item, cut, pieces[at].alike(place))
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

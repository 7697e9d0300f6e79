"""The text of a page → its articles. No character is lost: what is in no article is in `rest`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.assigning import assigned, places_of, taken_apart
from rag.composing import Item, article_of, numbered
from rag.cues import START
from rag.heading_model import heading_odds
from rag.headlines import STANDING_HEAD, Heading, heading_of
from rag.layout import Run, runs
from rag.lines import Line, Sounds, lines_of
from rag.opening import PREFACE, own_heading, rest_of_heading
from rag.parting import parted_odds
from rag.torn import Place
from rag.types import Article

LISTED = 8  # lines that end no sentence, from which on they are a list, and that an article
NAMELESS = 1.0  # log odds below which an item without a headline goes on from the one above
# Log odds, by hand, against an article going on behind another, and for it where it breaks off within a sentence.
# On pages with such articles .942 instead of .940 are exact; of 680 other pages no more and no fewer are.
BEHIND, CUT = 2.0, 6.0
UNDER_STANDING_HEAD = 2  # lines below one that are no headline of another article
# Log odds below which a column goes on below a standing head: several pieces stand under one. Set on the months for
# building: up to 2.5 titles are better, from 4 on the article below is swallowed, too.
SEVERAL_PIECES = 2.0
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
    items, said = laid.items, laid.said
    headings = taken_apart(items, laid.headings, said)
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
    return numbered([article_of(item) for item in _rejoined(items)]), tuple(rest)


def _rejoined(items: Sequence[Item]) -> list[Item]:
    """The items, those that go on behind another one joined: a photo or a brief stood in between."""
    out = list(items)
    for at in range(len(out) - 1, 1, -1):
        above, below = out[at - 2], out[at]
        if below.heading is None and _goes_on_behind(above, below):
            above.lines += below.lines
            above.subheads |= below.subheads
            del out[at]
    return out


def _goes_on_behind(above: Item, below: Item) -> bool:
    """Whether an item without a headline goes on from one that does not stand right above it."""
    last, first = above.lines[-1], below.lines[0]
    if below.lines[-1].credit or START.match(first.text):
        return False
    upper, lower = (Run("column", tuple(item.lines), item.width) for item in (above, below))
    ends = last.final or last.credit or last.signed or last.signs
    cut = not ends and last.number not in above.subheads
    return parted_odds(upper, [], lower) + BEHIND - CUT * cut < 0


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
    several = False
    for above, between, run in columns(found):
        parted = parted_odds(above, between, run) if above else None
        if parted is not None and parted < several * SEVERAL_PIECES:
            item = items[-1]
            item.subheads |= {line.number for heading in between for line in heading.lines}
            item.lines += [*(line for heading in between for line in heading.lines), *run.lines]
        else:
            over, under = _at_standing_head(between)
            several = any(
                STANDING_HEAD.fullmatch(line.text) for head in over for line in head.lines
            )
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

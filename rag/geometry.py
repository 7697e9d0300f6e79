"""Printed lines with their places on a page → headings and paragraphs in reading order.

For pages whose geometry is known: PDF, and scans after character recognition. A page is cut along
its gutters; where a headline spans columns it is cut above the headline first (recursive X-Y cut,
Nagy and Seth 1984). Larger letters make a heading, an indent or a short line ends a paragraph.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from rag.outline import Block

HEADING = 1.15  # times the size of the body's letters
OPENING = 1.22  # a smaller heading in the middle of an article is its subhead
GUTTER = 0.3  # least width of a gutter, in letters of the body
SCRAP = 0.55  # the same between few lines, where a gap may be chance
FEW = 6
MAX_HEADING = 80  # characters


@dataclass(frozen=True, slots=True)
class Printed:
    """A line of one column; places in points from the page's left upper corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float  # of its letters
    bold: bool = False

    @property
    def middle(self) -> float:
        """Its height on the page."""
        return (self.top + self.bottom) / 2


def blocks_of(lines: Sequence[Printed]) -> tuple[list[Block], int]:
    """Headings and paragraphs of a page, and the level up to which a heading opens an article."""
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        return [], 0
    body = _body_size(lines)
    sizes = sorted({_rounded(line.size) for line in lines if _is_large(line, body)}, reverse=True)
    levels = {size: at + 1 for at, size in enumerate(sizes)}
    opening = max((at for size, at in levels.items() if size >= OPENING * body), default=0)
    out: list[Block] = []
    open_end = False  # the last paragraph may go on in the next column
    for column in _ordered(_widened(lines, body), body):
        for level, large in groupby(
            column,
            key=lambda line: levels.get(_rounded(line.size), 0) if _is_large(line, body) else 0,
        ):
            piece = list(large)
            if level:
                out += [Block(text, level) for text in _headings(piece)]
                open_end = False
                continue
            paragraphs, begins, ends = _paragraphs(piece, body)
            if open_end and not begins and out and not out[-1].level:
                out[-1] = Block(_joined(out[-1].text, paragraphs.pop(0)), 0)
            out += [Block(text) for text in paragraphs]
            open_end = not ends
    return out, opening


def _body_size(lines: Sequence[Printed]) -> float:
    """The size in which most is set."""
    counts: Counter[float] = Counter()
    for line in lines:
        counts[_rounded(line.size)] += len(line.text)
    return max(counts, key=lambda size: (counts[size], -size))


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _is_large(line: Printed, body: float) -> bool:
    return _rounded(line.size) >= HEADING * body and len(line.text) <= MAX_HEADING


def _widened(lines: Sequence[Printed], body: float) -> list[Printed]:
    """The lines, each headline as wide as the columns that begin side by side below it."""
    large = sorted((line for line in lines if _is_large(line, body)), key=lambda line: line.top)
    small = [line for line in lines if not _is_large(line, body)]
    out = list(small)
    while large:
        group = [large.pop(0)]
        for line in list(large):
            apart = line.top - max(one.bottom for one in group)
            across = any(one.left < line.right and line.left < one.right for one in group)
            if across and apart < 1.2 * line.size:
                group.append(line)
                large.remove(line)
        left, right = _extent(group, lines, small, body)
        out += [
            replace(line, left=min(line.left, left), right=max(line.right, right)) for line in group
        ]
    return out


def _extent(
    group: Sequence[Printed], lines: Sequence[Printed], small: Sequence[Printed], body: float
) -> tuple[float, float]:
    """Left and right edge of the columns whose first lines stand in one row below a headline."""
    left, right = min(line.left for line in group), max(line.right for line in group)
    top, bottom = min(line.top for line in group), max(line.bottom for line in group)
    under = [
        line
        for line in small
        if line.left < right and left < line.right and -0.5 * body < line.top - bottom < 2.5 * body
    ]
    if not under:
        return left, right
    first = min(under, key=lambda line: line.middle).middle
    near = [line for line in small if -0.5 * body < line.top - bottom < 10 * body]
    edges = [
        (min(line.left for line in column), max(line.right for line in column))
        for column in _columns(near)
        if abs(min(line.middle for line in column) - first) < 0.6 * body
    ]
    beside = [
        line for line in lines if line.top < bottom and top < line.bottom and line not in group
    ]

    def free(start: float, end: float) -> bool:
        return not any(line.left < end and start < line.right for line in beside)

    for start, end in edges:
        if end > right and start - right < 4 * body and free(right, end):
            right = end
    for start, end in reversed(edges):
        if start < left and left - end < 4 * body and free(start, left):
            left = start
    return left, right


def _columns(lines: Sequence[Printed]) -> list[list[Printed]]:
    """Lines that stand above each other, from left to right."""
    out: list[list[Printed]] = []
    reach = float("-inf")
    for line in sorted(lines, key=lambda line: line.left):
        if line.left > reach or not out:
            out.append([])
        out[-1].append(line)
        reach = max(reach, line.right)
    return out


def _ordered(lines: Sequence[Printed], body: float) -> Iterator[list[Printed]]:
    """The page's columns in reading order, each from its top down."""
    gutters = _gutters(lines, body)
    if gutters:
        edges = [float("-inf"), *gutters, float("inf")]
        for left, right in pairwise(edges):
            inside = [line for line in lines if left < (line.left + line.right) / 2 <= right]
            if inside:
                yield from _ordered(inside, body)
        return
    spanning = _spanning(lines, body)
    if not spanning:
        yield _rows(lines)
        return
    # Bands: what is above the first spanning line, then each run of them with what is below it.
    cuts = sorted(spanning, key=lambda line: line.top)
    rest = [line for line in lines if line not in spanning]
    above = [line for line in rest if line.middle < cuts[0].top]
    if above:
        yield from _ordered(above, body)
    at = 0
    while at < len(cuts):
        run = [cuts[at]]
        at += 1
        while at < len(cuts) and not any(
            run[-1].middle < line.middle < cuts[at].middle for line in rest
        ):
            run.append(cuts[at])
            at += 1
        yield run
        floor = cuts[at].top if at < len(cuts) else float("inf")
        below = [line for line in rest if run[-1].middle <= line.middle and line.middle < floor]
        if below:
            yield from _ordered(below, body)


def _rows(lines: Sequence[Printed]) -> list[Printed]:
    """A column's lines from its top down; pieces that stand in one row are one line."""
    out: list[Printed] = []
    for line in sorted(lines, key=lambda line: line.middle):
        last = out[-1] if out else None
        if (
            last
            and line.middle - last.middle < 0.35 * last.size
            and abs(line.size - last.size) < 0.1 * last.size
        ):
            first, second = sorted((last, line), key=lambda piece: piece.left)
            if second.left >= first.right - 0.5 * first.size:
                text = f"{first.text} {second.text}"
                out[-1] = replace(first, text=text, right=max(first.right, second.right))
                continue
        out.append(line)
    return out


def _gutters(lines: Sequence[Printed], body: float) -> list[float]:
    """Middles of the upright strips that no line reaches into."""
    least = (SCRAP if len(lines) < FEW else GUTTER) * body
    out: list[float] = []
    reach = float("-inf")
    for line in sorted(lines, key=lambda line: line.left):
        if line.left - reach >= least and reach > float("-inf"):
            out.append((reach + line.left) / 2)
        reach = max(reach, line.right)
    return out


def _spanning(lines: Sequence[Printed], body: float) -> list[Printed]:
    """The lines that stand in the way of a gutter between the columns of the others.

    Found by leaving out the widest lines, one after another, until a gutter opens.
    """
    widest = sorted(lines, key=lambda line: line.left - line.right)
    for count in range(1, max(2, len(lines) // 2)):
        rest = widest[count:]
        gutters = _gutters(rest, body)
        if not gutters:
            continue
        # A gutter with nothing but a scrap on one side is the end of a short line.
        sides = [sum(line.right < gutter for line in rest) for gutter in gutters]
        if not any(min(side, len(rest) - side) >= 2 for side in sides):
            continue
        crossing = [
            line
            for line in widest[:count]
            if any(line.left < gutter < line.right for gutter in gutters)
        ]
        if crossing:
            return crossing
    return []


def _headings(lines: Sequence[Printed]) -> list[str]:
    """Headlines of one size in a column: lines that touch are one headline in several lines."""
    out: list[str] = []
    before: Printed | None = None
    for line in lines:
        if before is not None and line.top - before.bottom < 0.9 * line.size:
            out[-1] = _joined(out[-1], line.text)
        else:
            out.append(line.text.strip())
        before = line
    return out


def _paragraphs(lines: Sequence[Printed], body: float) -> tuple[list[str], bool, bool]:
    """Paragraphs of a column, whether the first one begins in it and whether the last one ends."""
    left = median(sorted(line.left for line in lines)[: max(1, len(lines) // 2)])
    left = min(left, min(line.left for line in lines) + 0.6 * body)
    right = max(line.right for line in lines)
    steps = [b.middle - a.middle for a, b in pairwise(lines)]
    step = median(steps) if steps else 0.0
    out: list[str] = []
    for at, line in enumerate(lines):
        indented = line.left - left > 0.9 * body
        apart = at > 0 and step > 0 and steps[at - 1] > 1.45 * step
        before = lines[at - 1] if at else None
        short = before is not None and right - before.right > 1.6 * body
        ended = before is not None and re.search(r"[。！？!?…：:”’」』）)]$", before.text.strip())
        if (
            before is None
            or apart
            or indented
            or (short and ended)
            or (short and right - before.right > 4 * body)
        ):
            out.append(line.text.strip())
        else:
            out[-1] = _joined(out[-1], line.text)
    begins = lines[0].left - left > 0.9 * body
    last = lines[-1]
    ends = right - last.right > 1.6 * body and bool(
        re.search(r"[。！？!?…”’」』）)]$", last.text.strip())
    )
    return out, begins, ends


def _joined(left: str, right: str) -> str:
    """Two lines as one: with a space only between Latin words."""
    left, right = left.rstrip(), right.strip()
    latin = (
        left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalpha()
    )
    return f"{left} {right}" if latin else left + right

"""Lines of a dump → runs: which lines are an article's column, which are headlines between columns.

A dump has no geometry but one: every article is set in a column of its own width, and all its lines
but the last of a paragraph fill it. So each line is explained either as part of a column of some width
or as a headline, and the cheapest explanation of the whole page is taken (Viterbi 1967). Costs are in units
of surprise; they were set on pages typeset from training articles (vectors/train/typeset.py).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.cues import (
    AUTHOR,
    BRACKETED,
    JUMP_OUT,
    LABEL,
    NOTICE,
    POINTS,
    SIGNED,
    SIGNED_ABOVE,
    SOFT_START,
    START,
)
from rag.lines import SHORT, Line
from rag.tokens import character_pairs

Floats = NDArray[np.float64]

MAX_WIDTHS = 64  # column widths considered on a page, the most frequent ones
LONG_LINE = (
    400  # characters of a line that tell its subject; a file without line breaks has no columns
)
# Lines, and cells of each, that may be a headline though they end a sentence.
CALLING, CALLED = 3, 60
LONGEST_LEAD = 6  # lines without an end to a sentence that may still be part of a heading
NEAR_LINES = 12  # on either side of a boundary, to tell whether the subject changes
BLOCK = 512  # lines whose words are counted at a time

_STOPS = tuple("。！？!?…”’」』")
_TOLD = re.compile(r"。|记者|电[）)]|^[0-9●]")  # in what is no headline


@dataclass(frozen=True, slots=True)
class Costs:
    """What explanations cost."""

    short: float = 0.525  # a paragraph's last line
    short_signed: float = 0.533  # a signature or credit
    short_open: float = 2.8  # a short line that ends no sentence: a subhead, a list
    short_first: float = 1.5  # a column that begins with a short line
    full_3: float = 0.6  # three cells left free: a closing mark was pushed down
    full_4: float = 0.8
    indented: float = 0.375
    alone: float = 2.4  # a first line that stands alone between gaps
    over_1: float = 0.6  # cells too many
    over_2: float = 1.0
    cue: float = 3.0  # going on in spite of 本报讯
    byline: float = 3.0  # or of 本报记者 below the lines of a headline
    label: float = 3.0  # or of 读者来信 or 招聘启事 alone on a line; a heading begins so
    cue_share: float = 0.333
    cue_in_sentence: float = 5.0
    brief: float = 7.0
    soft_cue: float = 0.5
    soft_start: float = 3.0  # going on within a sentence with 近日， or the like
    cut_word: float = 2.0  # an article or heading that ends within a word
    signs: float = 4.0  # parting a document from who signs it, or from its day
    no_gap: float = 0.5  # paragraphs without a blank line between
    gap_full: float = 0.3
    gap_in_sentence: float = 1.5
    gap_in_word: float = 0.6
    article: float = 2.8  # another article without a heading
    article_no_gap: float = 1.667
    subject: float = 1.2
    heading: float = 2.25
    heading_no_gap: float = 0.889
    heading_line: float = 1.6
    heading_sound: float = 0.8
    heading_goes_on: float = 0.45
    heading_wide: float = 0.03  # a cell beyond 40
    heading_comma: float = 3.0
    heading_stop: float = 6.0
    heading_start: float = 2.667
    heading_point: float = 4.0  # a line that begins with ■
    down: float = 0.3
    down_gap: float = 0.8
    dash: float = 4.0  # a kicker that ends in a dash leads to a headline, not to a column
    onward: float = 0.4
    end_full: float = 0.5
    end_short_open: float = 1.5
    end_open: float = 5.0


COSTS = Costs()


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that belong together: a column of one article, or headlines without a gap between them."""

    kind: Literal["column", "heading"]
    lines: tuple[Line, ...]
    width: int = 0  # cells, of a column


def runs(lines: Sequence[Line]) -> list[Run]:
    """The runs of a page, in order; each line is in exactly one."""
    if not lines:
        return []
    widths = _widths(lines)
    path = _cheapest(lines, widths, COSTS)
    out: list[Run] = []
    begin = 0
    for at in range(1, len(lines) + 1):
        if at < len(lines) and not path[at][1]:
            continue
        state = path[at - 1][0]
        part = tuple(lines[begin:at])
        if _heads(part) and at < len(lines) and path[at][0] != len(widths):
            continue
        above = out and out[-1].kind == "column" and _is_byline(part)
        if above and (not part[0].gap or (at < len(lines) and START.match(lines[at].text))):
            out[-1] = replace(out[-1], lines=(*out[-1].lines, *part))
            begin = at
            continue
        goes_on = at < len(lines) and path[at][0] == state != len(widths)
        if goes_on and not _tells(part):
            continue  # a lead without a full stop, above its own column
        headed = bool(out) and out[-1].kind == "heading"
        apart = headed and at < len(lines) and path[at][0] != state
        if state == len(widths) or _calls(part) or not _tells(part) or _leads(part, alone=apart):
            if headed and not part[0].gap:
                part = (*out.pop().lines, *part)  # what looked like a column goes on as a heading
            out += _headings(part)
        else:
            body, below = _without_tail(part)
            out += [Run("column", text, int(widths[state])) for text in _by_author(body)]
            out += _headings(below)
        begin = at
    return out


def _tells(part: Sequence[Line]) -> bool:
    """Whether it is an article: some line closes it, or it has a full stop and is long or begins as reports do."""
    return any(map(_closes, part)) or (
        (len(part) > LONGEST_LEAD or START.match(part[0].text) is not None)
        and any("。" in line.text for line in part)
    )


def _closes(line: Line) -> bool:
    """Whether a sentence, a caption or a report ends here, or goes on on another page."""
    return (
        line.final
        or line.credit
        or line.signed
        or line.signs
        or JUMP_OUT.search(line.text) is not None
    )


def _is_byline(part: Sequence[Line]) -> bool:
    """Whether it is nothing but who wrote something, with a blank line after it."""
    line = part[0]
    return len(part) == 1 and line.last and (line.signed or BRACKETED.match(line.text) is not None)


def _heads(part: Sequence[Line]) -> bool:
    """Whether it is nothing but who wrote the text below."""
    return len(part) == 1 and part[0].signed and SIGNED_ABOVE.search(part[0].text) is not None


def _leads(part: Sequence[Line], *, alone: bool) -> bool:
    """Whether it is who wrote the text below, below lines that close nothing, or `alone`."""
    above = part[:-1]
    if not part[-1].signed or (part[-1].gap and above) or len(above) > CALLING:
        return False
    return not any(_closes(line) or "。" in line.text for line in above) and (alone or bool(above))


def _calls(part: Sequence[Line]) -> bool:
    """Whether it is a few lines without a full stop: a headline calls out or asks (宝贝，回家！), an article tells."""
    return (
        len(part) <= CALLING
        and part[0].gap
        and not any(
            line.credit
            or line.signed
            or line.signs
            or line.width > CALLED
            or _TOLD.search(line.text)
            for line in part
        )
    )


def _without_tail(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """A column, and lines at its end that close nothing: headlines that stand below it."""
    begin = max((at for at, line in enumerate(lines) if line.gap), default=0)
    if begin and len(lines) - begin > 1 and _leads(lines[begin:], alone=False):
        return lines[:begin], lines[begin:]
    last = max((at for at, line in enumerate(lines) if _closes(line)), default=len(lines) - 1) + 1
    below = lines[last:]
    apart = below and below[0].gap and not any("。" in line.text for line in below)
    return (lines[:last], below) if apart else (lines, ())


def _by_author(lines: tuple[Line, ...]) -> list[tuple[Line, ...]]:
    """A column, cut where who wrote the text below stands between two texts without a headline."""
    cuts = [
        at
        for at in range(1, len(lines) - 1)
        if AUTHOR.match(lines[at].text)
        and lines[at].gap
        and lines[at - 1].final
        and (_is_of_below(lines, at) or not (lines[at].last or lines[at].goes_on))
    ]
    return [lines[begin:end] for begin, end in pairwise((0, *cuts, len(lines)))]


def _is_of_below(lines: Sequence[Line], at: int) -> bool:
    """Whether who wrote a text, named between two of them, is surely the lower one's author."""
    signed = not lines[at - 1].text.endswith(_STOPS)  # the upper one has its author
    return signed or SIGNED_ABOVE.search(lines[at].text) is not None


def _headings(lines: Sequence[Line]) -> list[Run]:
    """Heading lines, one run between two gaps."""
    out: list[Run] = []
    begin = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or lines[at].gap:
            out.append(Run("heading", tuple(lines[begin:at])))
            begin = at
    return out


def _widths(lines: Sequence[Line]) -> NDArray[np.int64]:
    """Column widths that may occur: those that several lines have."""
    counts = Counter(line.width for line in lines)
    # A column of width w shows up in lines of w and, where punctuation or digits forced it, w - 1.
    support = {w: n + counts.get(w - 1, 0) * 0.5 for w, n in counts.items() if w >= 12}
    best = sorted(support, key=lambda w: (-support[w], w))[:MAX_WIDTHS]
    return np.array(sorted(best) or [max(12, *counts)], dtype=np.int64)


def _cheapest(
    lines: Sequence[Line], widths: NDArray[np.int64], costs: Costs
) -> list[tuple[int, bool]]:
    """For each line its state and whether it begins a run.

    A state is a column of widths[state] or, the last one, a heading.
    """
    n, k = len(lines), len(widths)
    slack = _slacks(lines, widths)
    short = _is_short(lines, slack)
    within, opening = _emissions(lines, slack, costs)
    ends = _end_costs(lines, short, costs)
    named = _named(lines)
    steps = [
        _step(before, line, costs, below_headline=named[at])
        for at, (before, line) in enumerate(pairwise(lines), 1)
    ]
    shifts = costs.subject * _subject_changes(lines)
    # 1. the same column goes on, or the same heading
    stay = np.zeros((n, k + 1))
    if steps:
        full_cost = np.array([step.full for step in steps])[:, None]
        short_cost = np.array([step.short for step in steps])[:, None]
        stay[1:, :k] = np.where(short[:-1], short_cost, full_cost)
        stay[1:, k] = [step.heading for step in steps]
    stay += within
    cost = opening[0]
    back = np.zeros((n, 2), dtype=np.int64)  # where a run that begins here came from
    fresh = np.ones((n, k + 1), dtype=bool)
    for at, step in enumerate(steps, 1):
        left = cost[:k] + ends[at - 1]
        column = int(left.argmin())
        # 2. from a column into another article, or from a heading to its column
        leave = left[column] + step.leave - shifts[at]
        down = cost[k] + step.down
        # 3. from a column to a heading, or from one to the next
        to_heading = left[column] + step.to_heading
        onward = cost[k] + step.onward
        new = opening[at] + min(leave, down)
        new[k] = opening[at, k] + min(to_heading, onward)
        back[at] = column if leave <= down else k, column if to_heading <= onward else k
        kept = cost + stay[at]
        fresh[at] = new < kept
        cost = np.minimum(kept, new)
    cost[:k] += ends[-1]
    state = int(np.argmin(cost))
    path = [(state, True)]
    for at in range(n - 1, 0, -1):
        path[-1] = (state, bool(fresh[at, state]))
        if fresh[at, state]:
            state = int(back[at, int(state == k)])
        path.append((state, True))
    return path[::-1]


@dataclass(frozen=True, slots=True)
class _Step:
    """What it costs to come from one line to the next, apart from how the first one ends."""

    short: float  # on in a column, after a line that ends a paragraph there
    full: float  # on in a column, after any other
    heading: float  # on in a heading
    leave: float  # from a column into another
    down: float  # from a heading to its column
    to_heading: float  # from a column to a heading
    onward: float  # from a heading to another


def _named(lines: Sequence[Line]) -> list[bool]:
    """For each line whether it says who wrote what stands below, under two or three lines that close nothing.

    Below a single line it may as well stand within an article whose parts have an author each.
    """
    out, open_lines = [], 0
    for line in lines:
        open_lines = 0 if line.gap else open_lines
        out.append(line.signed and 1 < open_lines < 4)
        open_lines = 9 if line.final else open_lines + 1
    return out


def _step(before: Line, line: Line, costs: Costs, *, below_headline: bool) -> _Step:
    label = cue = 0.0
    if LABEL.match(line.text) or NOTICE.match(line.text):
        label = costs.label * before.final
    elif line.text.startswith("●"):
        cue = costs.brief
    elif START.match(line.text):
        cue = costs.cue
    elif below_headline:
        cue = costs.byline
    soft = bool(SOFT_START.match(line.text))
    cut = costs.cut_word if before.goes_on else 0.0
    cut += costs.signs * line.signs
    on = cue + costs.brief * ("版" in before.text and JUMP_OUT.search(before.text) is not None)
    if before.final:
        short = 0.0 if line.gap else costs.no_gap
        full = costs.gap_full if line.gap else 0.0
    else:
        across = costs.gap_in_word if before.goes_on else costs.gap_in_sentence
        short = full = across if line.gap else 0.0
        on += costs.soft_start * (soft and not before.goes_on)
        on += costs.cue_in_sentence * (cue > 0 and not before.credit)
    return _Step(
        short=short + on + label,
        full=full + on + label,
        heading=(9.0 if line.gap else costs.heading_goes_on) + cue,
        leave=cut + costs.article - costs.cue_share * cue - costs.soft_cue * soft
        + (0.0 if line.gap else costs.article_no_gap),
        down=(costs.down_gap if line.gap else costs.down) - 0.2 * cue + cut
        + costs.dash * before.text.endswith("——"),
        to_heading=cut + costs.heading + (0.0 if line.gap else costs.heading_no_gap) - label,
        onward=costs.onward if line.gap else 9.0,
    )  # fmt: skip


def _slacks(lines: Sequence[Line], widths: NDArray[np.int64]) -> NDArray[np.int64]:
    """`slack_of` for every line and width."""
    wide = np.array([line.width for line in lines])[:, None]
    base = np.array([line.base for line in lines])[:, None]
    need = np.array([line.need for line in lines])[:, None]
    loose = np.array([line.loose for line in lines])[:, None]
    free = widths[None, :] - wide
    over = widths[None, :] - base
    printed = np.where(free >= 0, free, np.minimum(0, free + loose))
    broken = np.where(over < 0, over, np.where(free >= need, SHORT, 0))
    return np.where(need > 0, broken, printed)


def _is_short(lines: Sequence[Line], slack: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a line ends a paragraph because it leaves its column free, per column."""
    indented = np.array([line.opens and not line.final for line in lines])[:, None]
    short: NDArray[np.bool_] = (slack > 3) & ~((slack <= 7) & indented)
    return short


def _emissions(
    lines: Sequence[Line], slack: NDArray[np.int64], costs: Costs
) -> tuple[Floats, Floats]:
    """Cost of each line in each column and as a heading: within an article, and as its first line."""
    short = np.array(
        [
            costs.short if line.final else costs.short_signed if _closes(line) else costs.short_open
            for line in lines
        ]
    )[:, None]  # fmt: skip
    lead = costs.short_first * np.array([not line.text.startswith("●") for line in lines])[:, None]
    full = np.array([0.0, 0.05, 0.15, costs.full_3, costs.full_4])[_within(slack, 4)]
    over = np.array([costs.over_1, costs.over_2, 7.0])[_within(-slack - 1, 2)]
    # Dumps drop the indent of a paragraph's first line: it seems two characters short.
    alone = np.array([costs.alone * (line.last and not line.goes_on) for line in lines])[:, None]
    indented = (costs.indented + np.array([9, 9, 9, 0.2, 0, 0.1, 0.3, 0.5, 9]))[_within(slack, 8)]
    open_ = np.array([not line.final for line in lines])[:, None]
    opens = np.array([line.opens for line in lines])[:, None]
    heading = np.array([_heading_cost(line, costs) for line in lines])[:, None]
    out = []
    for first in (False, True):
        cost = np.where(slack > 4, short + lead * first, full)
        cost = np.where(open_ & (opens | first), np.minimum(cost, indented + alone), cost)
        out.append(np.hstack([np.where(slack < 0, over, cost), heading]))
    return out[0], out[1]


def _within(values: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The values, at least 0 and at most `most`."""
    return np.clip(values, 0, most)


def _heading_cost(line: Line, costs: Costs) -> float:
    """Cost of a line as (part of) a heading."""
    text = line.text
    cost = costs.heading_line - costs.heading_sound * max(-3.2, min(6.0, line.sounds))
    cost += max(0.0, line.width - 40) * costs.heading_wide
    if text.startswith(POINTS):
        cost += costs.heading_point
    if text.endswith(("。", "；", ";")):
        cost += 5.0
    elif text.endswith(("，", "、", "：", ",")):
        cost += costs.heading_comma
    if "。" in text[:-1]:
        cost += costs.heading_stop
    if (
        (START.match(text) and not LABEL.match(text))
        or line.credit
        or line.signs
        or (line.gap and re.fullmatch(r"[（(].*[）)]", text))
    ):
        cost += costs.heading_start
    return cost


def _end_costs(lines: Sequence[Line], short: NDArray[np.bool_], costs: Costs) -> Floats:
    """Cost of an article ending with each line, per column."""
    closed = [_closes(line) or bool(SIGNED.match(line.text.rpartition(" ")[2])) for line in lines]
    at_short = np.where(closed, 0.0, costs.end_short_open)[:, None]
    at_full = np.where(closed, costs.end_full, costs.end_open)[:, None]
    return np.where(short, at_short, at_full)


def _subject_changes(lines: Sequence[Line]) -> Floats:
    """For each line how surprisingly little the lines before and after it share, 0 to 2."""
    grams = [character_pairs(line.text[:LONG_LINE]) for line in lines]
    spread = Counter(gram for line in grams for gram in set(line))
    out = np.zeros(len(lines))
    for first in range(0, len(lines), BLOCK):
        begin = max(0, first - NEAR_LINES)
        part = grams[begin : first + BLOCK + NEAR_LINES]
        ids: dict[str, int] = {}
        # What a single line says is said on one side only.
        said = [[ids.setdefault(g, len(ids)) for g in line if spread[g] > 1] for line in part]
        flat = np.array([gram for line in said for gram in line], dtype=np.int64)
        ends = np.cumsum([0, *map(len, said)]).tolist()
        worth = 1.0 / np.array([spread[gram] for gram in ids])
        for at in range(max(1, first), min(len(lines), first + BLOCK)):
            if not (lines[at].gap or lines[at - 1].final):
                continue
            here = at - begin
            left = flat[ends[max(0, here - NEAR_LINES)] : ends[here]]
            right = flat[ends[here] : ends[min(len(said), here + NEAR_LINES)]]
            both = np.minimum(*(np.bincount(side, minlength=len(ids)) for side in (left, right)))
            out[at] = 2.0 / (1.0 + 3.0 * float(both @ worth))
    return out

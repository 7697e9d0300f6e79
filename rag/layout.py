"""Lines of a dump → runs: which lines are an article's column, which are headlines between columns.

A dump has no geometry but one: every article is set in a column of its own width, and all its lines
but the last of a paragraph fill it. So each line is explained either as part of a column of some width
or as a headline, and the cheapest explanation of the whole page is taken (Viterbi 1967). Widths are in
cells: a Chinese character takes two, a digit or Latin letter one. Costs are in units of surprise; they
were set on pages typeset from training articles (vectors/train/typeset.py).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.heading_model import heading_odds
from rag.tokens import tag

Floats = NDArray[np.float64]

MAX_WIDTHS = 64  # column widths considered on a page, the most frequent ones
NEAR_LINES = 12  # on either side of a boundary, to tell whether the subject changes

START = re.compile(
    r"●|[■◆▲★]|[（(]?本报讯|[据]?新华社.{0,14}[0-9]{1,2}日?[^，。]{0,8}电|据新华社|本报[^，。]{2,14}电"
    r"|中新社.{0,14}电|据[^，。]{2,10}[报电]道?[:：]|（?记者[^，。）]{2,16}）|核心阅读|编者按|内容提要"
)
SOFT_START = re.compile(
    r"(?:近日|日前|连日来|近年来|近期|昨[天日晚]|今[天日]|当前|当地时间|今年|去年|随着|[0-9]{1,2}月[0-9]{1,2}日)[^。，]{0,12}，"
)
CREDIT = re.compile(
    r"(?:摄影?(?:报道)?|供图|绘|制图|图片?|摄影|新华社发|资料图片?|影像中国|人民视觉)[）)]?\s*$"
)
SIGNED = re.compile(r"^(?:本报|新华社)?(?:通讯员|记者|实习生|见习记者|特约记者)[\s　].{2,30}$")
_SIGNING = r"作者|本报|新华|记者|据|原载|完|本刊|本版|翻译|整理|文字|采写|参与"
_FINAL = "。！？!?…"
_SQUEEZED = "“”‘’（）《》、"
_CLOSING = "”’」』）)】》〉"


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
    cue_share: float = 0.333
    cue_in_sentence: float = 5.0
    brief: float = 7.0
    soft_cue: float = 0.5
    soft_start: float = 3.0  # going on within a sentence with 近日， or the like
    cut_word: float = 2.0  # an article or heading that ends within a word
    no_gap: float = 0.5  # paragraphs without a blank line between
    gap_full: float = 0.3
    gap_in_sentence: float = 1.5
    gap_in_word: float = 0.6
    article: float = 2.8  # another article without a heading
    article_no_gap: float = 1.667
    subject: float = 1.2
    heading: float = 2.25
    heading_no_gap: float = 0.889
    heading_line: float = 1.8
    heading_sound: float = 0.6
    heading_goes_on: float = 0.45
    heading_wide: float = 0.03  # a cell beyond 40
    heading_comma: float = 3.0
    heading_stop: float = 3.0
    heading_start: float = 2.667
    down: float = 0.3
    down_gap: float = 0.8
    onward: float = 0.4
    end_full: float = 0.5
    end_short_open: float = 1.5
    end_open: float = 5.0


COSTS = Costs()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page that is not blank."""

    number: int  # 1-based line of the file
    text: str
    width: int  # cells
    loose: int  # cells that printers squeeze out where quotation marks and brackets meet the line's end
    gap: bool  # whether a blank line stands before it
    opens: bool  # whether a paragraph may begin with it
    goes_on: bool  # whether a word runs on into the next line
    last: bool  # whether a blank line stands after it
    sounds: float  # log odds that it is of a headline, by its words

    @property
    def final(self) -> bool:
        """Whether a sentence ends here."""
        bare = self.text.rstrip(_CLOSING + " ")
        if bare.endswith(tuple(_FINAL)):
            return True
        # A bracket ends a paragraph as （作者…） or （新华社电）, or where it was opened lines before.
        bracket = re.search(r"[（(]([^（）()]*)[）)]$", self.text)
        if bracket is None:
            return self.text.endswith(("）", ")"))
        return bracket.start() == 0 or re.match(_SIGNING, bracket.group(1)) is not None


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that belong together: a column of one article, or headlines without a gap between them."""

    kind: Literal["column", "heading"]
    lines: tuple[Line, ...]
    width: int = 0  # cells, of a column


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a page that are not blank."""
    numbered = [(n, raw.strip()) for n, raw in enumerate(text.split("\n"), 1)]
    kept = [(n, line) for n, line in numbered if line]
    odds = heading_odds([line for _, line in kept])
    measure = _measure([line for _, line in kept])
    out: list[Line] = []
    for at, (number, line) in enumerate(kept):
        gap = at == 0 or kept[at - 1][0] < number - 1
        following = kept[at + 1] if at + 1 < len(kept) else (number + 2, "")
        out.append(
            Line(
                number,
                line,
                measure(line),
                sum(line.count(mark) for mark in _SQUEEZED),
                gap,
                opens=gap or out[-1].final,
                goes_on=_goes_on(line, following[1]),
                last=following[0] > number + 1,
                sounds=float(odds[at]),
            )
        )
    return tuple(out)


def _measure(lines: Sequence[str]) -> Callable[[str], int]:
    """How this dump counts a line's width: in cells, or, where a program broke the lines, in characters."""
    by_cells = by_characters = 0
    for left, right in pairwise(lines):
        halves = [2 * len(line) - cells(line) for line in (left, right)]
        if (
            abs(halves[0] - halves[1]) < 3
            or left.endswith(tuple(_FINAL))
            or right.endswith(tuple(_FINAL))
        ):
            continue
        by_cells += abs(cells(left) - cells(right)) <= 2
        by_characters += len(left) == len(right)
    return _twice_the_length if by_characters > 3 + by_cells else cells


def _twice_the_length(text: str) -> int:
    return 2 * len(text)


def _goes_on(left: str, right: str) -> bool:
    """Whether a word is cut by the border between two lines."""
    left, right = left[-6:], right[:6]
    if not left[-1:].isalnum() or not right[:1].isalnum():
        return left.endswith(("，", "、", "（", "“", "《"))
    at = 0
    for word, _ in tag(left + right):
        if at < len(left) < at + len(word):
            return True
        at += len(word)
    return False


@lru_cache(maxsize=8192)
def _cell(char: str) -> int:
    # "Ambiguous" characters (quotes, dashes) are set full width in Chinese.
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1


def cells(text: str) -> int:
    """Width of a text in half-width cells."""
    return sum(map(_cell, text))


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
        state = path[begin][0]
        part = tuple(lines[begin:at])
        if state == len(widths) or not any(_closes(line) for line in part):
            out += _headings(part)
        else:
            body, below = _without_tail(part)
            out += [Run("column", body, int(widths[state])), *_headings(below)]
        begin = at
    return out


def _closes(line: Line) -> bool:
    """Whether a sentence, a caption or a report ends here; what has no such line is no article."""
    return line.final or bool(CREDIT.search(line.text) or SIGNED.match(line.text))


def _without_tail(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """A column, and lines at its end that close nothing: headlines that stand below it."""
    last = max(at for at, line in enumerate(lines) if _closes(line)) + 1
    below = lines[last:]
    apart = below and below[0].gap and not any("。" in line.text for line in below)
    return (lines[:last], below) if apart else (lines, ())


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


def slack_of(line: Line, width: int) -> int:
    """Cells that a line leaves free in a column; less than 0 where it is too long for it."""
    free = width - line.width
    return free if free >= 0 else min(0, free + line.loose)


def _cheapest(
    lines: Sequence[Line], widths: NDArray[np.int64], costs: Costs
) -> list[tuple[int, bool]]:
    """For each line its state and whether it begins a run.

    A state is a column of widths[state] or, the last one, a heading.
    """
    n, k = len(lines), len(widths)
    shift = _subject_changes(lines)
    slack = _slacks(lines[0], widths)
    cost = _emission(lines[0], slack, costs)[1]
    back = np.zeros((n, k + 1), dtype=np.int64)
    fresh = np.ones((n, k + 1), dtype=bool)
    for at in range(1, n):
        before, line = lines[at - 1], lines[at]
        is_short = _is_short(before, slack)
        slack = _slacks(line, widths)
        inside, opening = _emission(line, slack, costs)
        cue = costs.brief if line.text.startswith("●") else costs.cue * bool(START.match(line.text))
        cut = costs.cut_word if before.goes_on else 0.0
        ends = cut + _end_cost(before, is_short, costs)
        # 1. the same column goes on, or the same heading
        across = costs.gap_in_word if before.goes_on else costs.gap_in_sentence
        if before.final:
            stay = np.where(
                is_short, 0.0 if line.gap else costs.no_gap, costs.gap_full if line.gap else 0.0
            )
        else:
            stay = np.full(k, across if line.gap else 0.0)
        if not before.final and not before.goes_on and SOFT_START.match(line.text):
            stay = stay + costs.soft_start
        if cue and not before.final and not CREDIT.search(before.text):
            stay = stay + costs.cue_in_sentence
        stay = np.append(stay + cue, 9.0 if line.gap else costs.heading_goes_on)
        # 2. from a column into another article
        leave = cost[:k] + ends + costs.article - costs.cue_share * cue - costs.subject * shift[at]
        leave += 0.0 if line.gap else costs.article_no_gap
        if SOFT_START.match(line.text):
            leave -= costs.soft_cue
        from_column = int(np.argmin(leave))
        # 3. from a column to a heading
        to_heading = cost[:k] + ends + costs.heading
        to_heading += 0.0 if line.gap else costs.heading_no_gap
        into = int(np.argmin(to_heading))
        # 4. from a heading to a column or, after a gap, to the next heading
        down = cost[k] + (costs.down_gap if line.gap else costs.down) - 0.2 * cue + cut
        onward = cost[k] + (costs.onward if line.gap else 9.0)
        new = np.full(k + 1, min(leave[from_column], down))
        source = np.full(k + 1, from_column if leave[from_column] <= down else k)
        new[k] = min(to_heading[into], onward)
        source[k] = into if to_heading[into] <= onward else k
        step = cost + stay + inside
        new += opening
        fresh[at] = new < step
        back[at] = np.where(fresh[at], source, np.arange(k + 1))
        cost = np.minimum(step, new)
    last = lines[-1]
    cost[:k] += _end_cost(last, _is_short(last, _slacks(last, widths)), costs)
    state = int(np.argmin(cost))
    path = [(state, True)]
    for at in range(n - 1, 0, -1):
        path[-1] = (state, bool(fresh[at, state]))
        state = int(back[at, state])
        path.append((state, True))
    return path[::-1]


def _slacks(line: Line, widths: NDArray[np.int64]) -> NDArray[np.int64]:
    """`slack_of` for every width."""
    free = widths - line.width
    return np.where(free >= 0, free, np.minimum(0, free + line.loose))


def _is_short(line: Line, slack: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a line ends a paragraph because it leaves its column free, per column."""
    indented = line.opens and not line.final
    return (slack > 3) & ~((slack <= 7) & indented)


def _emission(line: Line, slack: NDArray[np.int64], costs: Costs) -> tuple[Floats, Floats]:
    """Cost of a line in each column and as a heading: within an article, and as its first line."""
    if line.final:
        short = costs.short
    elif CREDIT.search(line.text) or SIGNED.match(line.text):
        short = costs.short_signed
    else:
        short = costs.short_open
    lead = 0.0 if line.text.startswith("●") else costs.short_first
    full = np.array([0.0, 0.05, 0.15, costs.full_3, costs.full_4])[_within(slack, 4)]
    over = np.array([costs.over_1, costs.over_2, 7.0])[_within(-slack - 1, 2)]
    # Dumps drop the indent of a paragraph's first line: it seems two characters short.
    alone = costs.alone if line.last and not line.goes_on else 0.0
    indented = (costs.indented + np.array([9, 9, 9, 0.2, 0, 0.1, 0.3, 0.5, 9]))[_within(slack, 8)]
    as_heading = _heading_cost(line, costs)
    out = []
    for first in (False, True):
        cost = np.where(slack > 4, short + lead * first, full)
        if not line.final and (line.opens or first):
            cost = np.minimum(cost, indented + alone)
        out.append(np.append(np.where(slack < 0, over, cost), as_heading))
    return out[0], out[1]


def _within(values: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The values, at least 0 and at most `most`; np.clip takes five times as long for so few."""
    return np.minimum(np.maximum(values, 0), most)


def _heading_cost(line: Line, costs: Costs) -> float:
    """Cost of a line as (part of) a heading."""
    text = line.text
    cost = costs.heading_line - costs.heading_sound * max(-3.2, min(6.0, line.sounds))
    cost += max(0.0, line.width - 40) * costs.heading_wide
    if text.endswith(("。", "；", ";")):
        cost += 5.0
    elif text.endswith(("，", "、", "：", ",")):
        cost += costs.heading_comma
    if "。" in text[:-1]:
        cost += costs.heading_stop
    if START.match(text) or CREDIT.search(text) or re.fullmatch(r"[（(].*[）)]", text):
        cost += costs.heading_start
    return cost


def _end_cost(before: Line, is_short: NDArray[np.bool_], costs: Costs) -> Floats:
    """Cost of an article ending with this line, per column."""
    signed = SIGNED.match(before.text) or SIGNED.match(before.text.rpartition(" ")[2])
    if before.final or signed or CREDIT.search(before.text):
        return np.where(is_short, 0.0, costs.end_full)
    return np.where(is_short, costs.end_short_open, costs.end_open)


def _subject_changes(lines: Sequence[Line]) -> Floats:
    """For each line how surprisingly little the lines before and after it share, 0 to 2."""
    grams = [_bigrams(line.text) for line in lines]
    spread = Counter(gram for line in grams for gram in set(line))
    out = np.zeros(len(lines))
    for at in range(1, len(lines)):
        if not (lines[at].gap or lines[at - 1].final):
            continue
        left = Counter(chain.from_iterable(grams[max(0, at - NEAR_LINES) : at]))
        right = Counter(chain.from_iterable(grams[at : at + NEAR_LINES]))
        shared = sum(
            min(left[gram], right[gram]) / spread[gram] for gram in left.keys() & right.keys()
        )
        out[at] = 2.0 / (1.0 + 3.0 * shared)
    return out


def _bigrams(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1) if text[at : at + 2].isalnum()]

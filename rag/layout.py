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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_WIDTHS = 28  # column widths considered on a page, the most frequent ones
INDENT = 4  # cells
INDENT_COST = 0.25
NEAR_LINES = 12  # on either side of a boundary, to tell whether the subject changes

START = re.compile(
    r"●|[■◆▲★]|[（(]?本报讯|[据]?新华社.{0,14}[0-9]{1,2}日?[^，。]{0,8}电|据新华社|本报[^，。]{2,14}电"
    r"|中新社.{0,14}电|据[^，。]{2,10}[报电]道?[:：]|（?记者[^，。）]{2,16}）|核心阅读|编者按|内容提要"
)
CREDIT = re.compile(
    r"(?:摄影?(?:报道)?|供图|绘|制图|图片?|摄影|新华社发|资料图片?|影像中国|人民视觉)[）)]?\s*$"
)
SIGNED = re.compile(r"^(?:本报|新华社)?(?:通讯员|记者|实习生|见习记者|特约记者)[\s　].{2,30}$")
_FINAL = "。！？!?…"
_SQUEEZED = "“”‘’（）《》、"
_CLOSING = "”’」』）)】》〉"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page that is not blank."""

    number: int  # 1-based line of the file
    text: str
    width: int  # cells
    loose: int  # cells that printers squeeze out where quotation marks and brackets meet the line's end
    gap: bool  # whether a blank line stands before it
    opens: bool  # whether a paragraph may begin with it

    @property
    def final(self) -> bool:
        """Whether a sentence ends here."""
        bare = self.text.rstrip(_CLOSING + " ")
        return bare.endswith(tuple(_FINAL)) or (
            self.text.endswith(("）", ")")) and self.text.count("（") <= self.text.count("）")
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that belong together: a column of one article, or headlines without a gap between them."""

    kind: Literal["column", "heading"]
    lines: tuple[Line, ...]
    width: int = 0  # cells, of a column


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a page that are not blank."""
    out: list[Line] = []
    gap = True
    for number, raw in enumerate(text.split("\n"), 1):
        text = raw.strip()
        if text:
            opens = gap or not out or out[-1].final
            loose = sum(text.count(mark) for mark in _SQUEEZED)
            out.append(Line(number, text, cells(text), loose, gap, opens))
        gap = not text
    return tuple(out)


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
    path = _cheapest(lines, widths)
    out: list[Run] = []
    begin = 0
    for at in range(1, len(lines) + 1):
        if at < len(lines) and not path[at][1]:
            continue
        state = path[begin][0]
        kind: Literal["column", "heading"] = "heading" if state == len(widths) else "column"
        width = 0 if kind == "heading" else int(widths[state])
        out.append(Run(kind, tuple(lines[begin:at]), width))
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


def full(slack: int) -> bool:
    """Whether a line that leaves so many cells free may still fill its column."""
    return slack <= 3


def _cheapest(lines: Sequence[Line], widths: NDArray[np.int64]) -> list[tuple[int, bool]]:
    """For each line its state (a column of widths[state], or the last: a heading) and whether it begins a run."""
    n, k = len(lines), len(widths)
    emit = np.stack([_emission(line, widths) for line in lines])
    shift = _subject_changes(lines)
    cost = emit[0].copy()
    cost[k] += 0.0
    back = np.zeros((n, k + 1), dtype=np.int64)
    fresh = np.ones((n, k + 1), dtype=bool)
    for at in range(1, n):
        before, line = lines[at - 1], lines[at]
        slack = _slacks(before, widths)
        is_short = (slack > 3) & ~_indented(before, slack)
        ends = _end_cost(before, is_short)
        cue = _cue(line)
        # 1. the same column goes on
        stay = np.append(
            np.where(is_short, 0.0 if line.gap else 0.5, 0.0)
            + (0.3 if line.gap and not before.final else 0.0)
            + cue,
            0.1 if not line.gap else 9.0,
        )
        # 2. from a column into another article
        leave = cost[:k] + ends + (0.0 if line.gap else 2.5) + 4.2 - 0.5 * cue - shift[at]
        from_column = int(np.argmin(leave))
        # 3. from a column to a heading
        to_heading = cost[:k] + ends + (0.0 if line.gap else 2.0) + 1.5
        into = int(np.argmin(to_heading))
        # 4. from a heading to a column or, after a gap, to the next heading
        down = cost[k] + (0.8 if line.gap else 0.2) - 0.2 * cue
        onward = cost[k] + (0.4 if line.gap else 9.0)
        step = cost + stay
        new = np.full(k + 1, min(leave[from_column], down))
        source = np.full(k + 1, from_column if leave[from_column] <= down else k)
        new[k] = min(to_heading[into], onward)
        source[k] = into if to_heading[into] <= onward else k
        fresh[at] = new < step
        back[at] = np.where(fresh[at], source, np.arange(k + 1))
        cost = np.minimum(step, new) + emit[at]
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


def _indented(line: Line, slack: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a line may be a paragraph's first, its indent dropped, per column."""
    may = line.opens and not line.final
    return may & (slack >= INDENT - 1) & (slack <= INDENT + 1)


def _emission(line: Line, widths: NDArray[np.int64]) -> Floats:
    """Cost of a line in each column and as a heading."""
    slack = _slacks(line, widths)
    table = np.array([0.0, 0.0, 0.15, 0.6, 1.2])
    cost = np.where(slack >= 0, table[np.clip(slack, 0, 4)], 0.0)
    short = (
        0.35 if line.final else 0.8 if CREDIT.search(line.text) or SIGNED.match(line.text) else 3.4
    )
    cost = np.where(slack > 4, short, cost)
    if line.opens and not line.final:
        # Dumps drop the indent of a paragraph's first line: it seems two characters short.
        cost = np.where((slack >= INDENT - 1) & (slack <= INDENT + 1), INDENT_COST, cost)
    cost = np.where(slack < 0, np.array([0.4, 1.5, 7.0])[np.clip(-slack - 1, 0, 2)], cost)
    heading = 0.9
    text = line.text.rstrip()
    if text.endswith(("。", "；", ";")):
        heading += 5.0
    elif text.endswith(("，", "、", "：", ",")):
        heading += 2.0
    if START.match(text) or CREDIT.search(text):
        heading += 4.0
    heading += max(0.0, line.width - 56) * 0.05
    return np.append(cost, heading)


def _end_cost(before: Line, is_short: NDArray[np.bool_]) -> Floats:
    """Cost of an article ending with this line, per column."""
    if before.final or CREDIT.search(before.text):
        return np.where(is_short, 0.0, 0.5)
    if SIGNED.match(before.text) or SIGNED.match(before.text.rpartition(" ")[2]):
        return np.where(is_short, 0.0, 0.5)
    return np.where(is_short, 1.0, 5.0)


def _cue(line: Line) -> float:
    """How much a line looks like the first of an article, in cost units."""
    if line.text.startswith("●"):
        return 7.0
    return 3.0 if START.match(line.text) else 0.0


def _subject_changes(lines: Sequence[Line]) -> Floats:
    """For each line how surprisingly little the lines before and after it share, 0 to 2."""
    bags = [Counter(_bigrams(line.text)) for line in lines]
    spread = Counter(gram for bag in bags for gram in bag)
    out = np.zeros(len(lines))
    for at in range(1, len(lines)):
        if not (lines[at].gap or lines[at - 1].final):
            continue
        left = sum(bags[max(0, at - NEAR_LINES) : at], Counter())
        right = sum(bags[at : at + NEAR_LINES], Counter())
        shared = sum(
            min(left[gram], right[gram]) / spread[gram] for gram in left.keys() & right.keys()
        )
        out[at] = 2.0 / (1.0 + 3.0 * shared)
    return out


def _bigrams(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1) if text[at : at + 2].isalnum()]

"""A dump's text → its lines, each with its width and what it tells, and the way in which they were broken.

Widths are in cells: a Chinese character takes two, a digit or Latin letter one.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.cues import CREDIT, JUMP_OUT, OF_REPORTERS, SIGNED
from rag.heading_model import heading_odds
from rag.tokens import tag

Sounds = Callable[[Sequence[str]], list[float]]

SHORT = 9  # cells free in a line that surely ends a paragraph
BROKEN = 0.87  # of a page's lines that a way to break them explains: then a program did it so
SURELY_BROKEN = 0.96
LEAST_BREAKS = 6  # lines in a row that tell anything about it

# The day below a document or a letter, and who signs above it.
_DAY = re.compile(
    r"(?:[12][0-9]{3}|[一二][〇○零一二三四五六七八九]{3})年[0-9一二三四五六七八九十]{1,3}月[0-9一二三四五六七八九十]{1,3}日$"
)
_SIGNER = re.compile(r"[^，。、；：！？…]{2,24}$")
_SIGNING = rf"作者|本报|新华|记者(?!{OF_REPORTERS})|据|原载|完|本刊|本版|翻译|整理|文字|采写|参与"
_FINAL = "。！？!?…"
# What may stand behind the last stop of a paragraph: a note's mark, a name in brackets, who wrote it.
_BEHIND = re.compile(
    r"[。！？…][”’」』]?\s*(?:[\[［〔（(][^。，；\[\]［］〔〕（）()]{1,16}[\]］〕）)]|[①-⑳]"
    r"|(?:本报|新华社)?(?:通讯员|记者)\s[^，。；：]{2,20})\s*$"
)
# A name alone behind it, where the text has ended: within one it may be a word (。 目前).
_NAME_BEHIND = re.compile(r"[。！？…][”’」』]?\s+[一-鿿]{2,4}$")
# A line that ends within who wrote something; what stands below goes on with it.
_SIGNING_ON = re.compile(
    r"(?:^|[。！？…”’）)\s])(?:本报|新华社)?(?:通讯员|记者)(?:\s[一-鿿 ]{0,12})?$"
)
_NAMED = re.compile(r"[一-鿿](?: ?[一-鿿]){0,7}$")
# A headline that calls out or asks (食用野生动物，重罚！), and what stands right below it: its deck, a series.
_CALLS = re.compile(r"[^。]*[！？!?][”’」』]?$")
_CALLS_IN_SERIES = re.compile(
    rf"[^。；]{{3,30}}[！？!?][（(](?!{_SIGNING})([^（）()，。：；]{{3,12}})[）)]$"
)
_BELOW_IT = re.compile(rf"——(?!编\s*者)|[（(](?!{_SIGNING}|执笔|完)")
# A note to the word that the line above ends with (蔬菜|（净菜）售卖车).
_NOTED = re.compile(rf"[（(](?!{_SIGNING}|通讯员)[^（）()，。；]{{1,12}}[）)][一-鿿]")
FULL = 3  # cells that a line may leave before its column's edge and yet go on
_SERIES = re.compile(rf"^[^（）()。；：]{{4,40}}[（(](?!{_SIGNING})[^（）()，。：；]{{2,12}}[）)]$")
_SQUEEZED = frozenset("“”‘’（）《》、")
_CLOSING = "”’」』）)】》〉"
_HANGING = "，。、；：！？）》”’」』】％…—"
_OPENING = "（《“‘「『【"
_HANGING_ENDS, _OPENING_STARTS = tuple(_HANGING), tuple(_OPENING)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page that is not blank."""

    number: int  # 1-based line of its page's text
    text: str
    width: int  # cells
    loose: int  # cells that printers squeeze out where quotation marks and brackets meet the line's end
    base: int  # cells without closing marks, which may stand beyond the column
    need: int  # cells that the next line's first unit takes; 0 where print, not a program, broke lines
    gap: bool  # whether a blank line stands before it
    opens: bool  # whether a paragraph may begin with it
    goes_on: bool  # whether a word runs on into the next line
    last: bool  # whether a blank line stands after it
    sounds: float  # log odds that it is of a headline, by its words
    final: bool  # whether a sentence ends here
    credit: bool  # whether it ends with who took the photo
    signed: bool  # whether it names who wrote the article
    signs: bool  # whether it is the day below a document, or who signs above it


def lines_of(text: str, sounds: Sounds = heading_odds) -> tuple[Line, ...]:
    """The lines of a page that are not blank; `sounds` gives log odds that lines are of a headline."""
    raw = text.lstrip().split("\n")
    before = len(text.split("\n")) - len(raw)
    numbered = [(n, line.strip()) for n, line in enumerate(raw, before + 1)]
    kept = [(n, line) for n, line in numbered if line]
    odds = sounds([line for _, line in kept])
    breaking = _breaking([line for _, line in numbered])
    # Where an article goes on is set into what is left of its last line, or beyond it.
    sizes = [breaking.measured(JUMP_OUT.sub("", line) or line) for _, line in kept]
    needs = [*(need for *_, need in sizes[1:]), 1]
    out: list[Line] = []
    signs_on = False
    for at, (number, line) in enumerate(kept):
        wrote = signs_on
        gap = at == 0 or kept[at - 1][0] < number - 1
        following = kept[at + 1] if at + 1 < len(kept) else (number + 2, "")
        widths = [width for width, *_ in sizes[max(0, at - 3) : at + 1]]
        touches = following[0] == number + 1
        signs_on = touches and _signs_on(line, following[1], widths)
        calls = gap and _calls(line, following[1] if touches else "")
        # A program counted the space with which a line begins, too.
        space = breaking.indent(raw[number - before - 1]) if breaking.by_program else 0
        width, base, _ = sizes[at]
        out.append(
            Line(
                number,
                line,
                space + width,
                0 if breaking.by_program else sum(map(_SQUEEZED.__contains__, line)),
                space + base,
                needs[at] if breaking.by_program else 0,
                gap,
                opens=gap or out[-1].final,
                goes_on=_goes_on(line, following[1]),
                last=following[0] > number + 1,
                sounds=odds[at],
                final=not (signs_on or calls)
                and (
                    wrote
                    or _is_final(line, "" if gap else out[-1].text)
                    or (not touches and _NAME_BEHIND.search(line) is not None)
                ),
                credit=CREDIT.search(line) is not None,
                signed=wrote or SIGNED.match(line) is not None,
                signs=_signs(line, following[1], out),
            )
        )
    return tuple(out)


def _signs(line: str, following: str, above: Sequence[Line]) -> bool:
    """Whether a line is the day below a document, or who signs above it."""
    if not above:
        return False
    if _DAY.match(line):
        return above[-1].final or above[-1].signs
    return above[-1].final and _DAY.match(following) is not None and _SIGNER.match(line) is not None


def _signs_on(line: str, following: str, widths: Sequence[int]) -> bool:
    """Whether who wrote something stands on both lines; `widths` are those of the line and of some above it."""
    full = widths[-1] >= max(widths) - FULL
    return full and _NAMED.match(following) is not None and _SIGNING_ON.search(line) is not None


def _calls(line: str, below: str) -> bool:
    """Whether a line is a headline though it ends as a sentence does; `below` touches it."""
    if _CALLS.match(line) and _BELOW_IT.match(below):
        return True
    series = _CALLS_IN_SERIES.match(line)
    return series is not None and [flag for _, flag in tag(series[1])] != ["nr"]  # who wrote a text


def _is_final(text: str, above: str = "") -> bool:
    """Whether a sentence ends with a line; `above` is the line that it may go on from."""
    if text.rstrip(_CLOSING + " ").endswith(tuple(_FINAL)) or _BEHIND.search(text[-40:]):
        return True
    # A bracket ends a paragraph as （作者…） or （新华社电）, or where it was opened lines before. A few words in one
    # name the series of a headline.
    bracket = re.search(r"[（(]([^（）()]*)[）)]$", text)
    if bracket is None:
        return text.endswith(("）", ")")) and _SERIES.search(above + text) is None
    return bracket.start() == 0 or re.match(_SIGNING, bracket.group(1)) is not None


@dataclass(frozen=True, slots=True)
class _Breaking:
    """How a dump's lines were broken.

    A program fills each line until the next character does not fit: then a line that leaves more room
    than that ends a paragraph, however full it is. Print squeezes and spaces lines; there only a line
    that is clearly short tells.
    """

    size: Callable[[str], int]  # cells of a character
    hangs: bool = True  # closing marks stand beyond the column, or take a character down with them
    by_program: bool = False

    def width(self, line: str) -> int:
        return sum(map(self.size, line))

    def indent(self, line: str) -> int:
        return self.width(line[: len(line) - len(line.lstrip())])

    def measured(self, line: str) -> tuple[int, int, int]:
        """Cells of a line, of it without the marks that hang, and of its first unit."""
        width = base = sum(map(self.size, line))
        if self.hangs and line.endswith(_HANGING_ENDS):
            base -= self.width(line[len(line.rstrip(_HANGING)) :])
        return width, base, self.need(line)

    def need(self, line: str) -> int:
        """Cells of a line's first unit: opening marks never stand at a line's end."""
        if self.hangs and not line.startswith(_OPENING_STARTS):
            return self.size(line[0]) if line else 1
        bare = line.lstrip(_OPENING)
        first = len(line) - len(bare) + 1
        if not self.hangs and bare[1:2] and bare[1] in _HANGING:
            first += 1
        return max(1, self.width(line[:first]))

    def share(self, lines: Sequence[str]) -> float:
        """How many of three lines in a row have a column in which a program broke them so."""
        fits = count = 0
        ranges: list[tuple[int, int] | None] = []
        measured = map(self.measured, lines)
        for (line, following), ((width, base, _), (*_, need)) in zip(
            pairwise(lines), pairwise(measured), strict=True
        ):
            if not line or not following or line[-1] in _FINAL or line[-1] in _CLOSING:
                ranges.append(None)
            else:
                ranges.append((base, width + need - 1))
        for one, other in pairwise(ranges):
            if one and other:
                count += 1
                fits += max(one[0], other[0]) <= min(one[1], other[1])
        return fits / count if count >= LEAST_BREAKS else 0.0


def _breaking(lines: Sequence[str]) -> _Breaking:
    """The way in which a page's lines were broken: the one that explains most of them."""
    ways = [
        _Breaking(_cell, by_program=True),
        _Breaking(_two, by_program=True),
        _Breaking(_narrow_digit, by_program=True),
        _Breaking(_cell, hangs=False, by_program=True),
    ]
    best, share = ways[0], 0.0
    for way in ways:
        found = way.share(lines)
        if found > share:
            best, share = way, found
        if share > SURELY_BROKEN:
            break
    return best if share >= BROKEN else _Breaking(_cell)


def _goes_on(left: str, right: str) -> bool:
    """Whether a word is cut by the border between two lines."""
    if left[-1:].isalnum() and _NOTED.match(right):
        return True
    left, right = left[-6:], right[:6]
    if not left[-1:].isalnum() or not right[:1].isalnum():
        return left.endswith(("，", "、", "（", "“", "《"))
    at = 0
    for word, _ in tag(left + right):
        if at < len(left) < at + len(word):
            return True
        at += len(word)
    return False


class _Sizes(dict[str, int]):
    """Cells of characters, looked up once each; a page has some hundred different ones."""

    def __init__(self, size: Callable[[str], int]) -> None:
        self._size = size

    def __missing__(self, char: str) -> int:
        size = self[char] = self._size(char)
        return size


# "Ambiguous" characters (quotes, dashes) are set full width in Chinese.
_cell = _Sizes(lambda char: 2 if unicodedata.east_asian_width(char) in "WFA" else 1).__getitem__
_two = _Sizes(lambda _: 2).__getitem__
_narrow_digit = _Sizes(lambda char: 1 if "０" <= char <= "９" else _cell(char)).__getitem__


def cells(text: str) -> int:
    """Width of a text in half-width cells."""
    return sum(map(_cell, text))


def slack_of(line: Line, width: int) -> int:
    """Cells that a line leaves free in a column; less than 0 where it is too long for it.

    Where a program broke the lines it is either full or short.
    """
    free = width - line.width
    if line.need:
        over = width - line.base
        return over if over < 0 else SHORT if free >= line.need else 0
    return free if free >= 0 else min(0, free + line.loose)

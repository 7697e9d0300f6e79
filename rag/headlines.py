"""Headings → kicker, title and subtitle."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from rag.answer_types import SURNAMES
from rag.cues import BRACKETED, LABEL
from rag.encoder import Encoder, open_encoder
from rag.heading_model import LEAD, WHOLE, join_odds, title_odds
from rag.lines import Line
from rag.tokens import tag

MOST_ATTENDED = 60  # characters: more are looked at in too many ways
MOST_PARTS = 3  # kicker, title and deck
MOST_LINES = 16  # of a heading in which its parts are looked for: what is longer is a list
# Log odds that a line of a heading goes on in the next, as (weight of how both sound, prior), and by what is
# printed across their border elsewhere on the page. Fitted on pages of the months for building, but that
# sounds count for a third less where a program may have broken the line: other papers sound otherwise.
PRINTED = (0.5, -2.5)  # where print broke the line, set by hand: pages of a program have none
BROKEN = (0.8, -3.2)  # where a program may have
SAID, NEARLY_SAID = 3.0, 1.0
KICKERS = -0.5  # log odds of a kicker: other papers than the one learned from have more decks
AFTER_DASH = 3.0  # what begins with a dash is a deck: nothing stands below it
# Cells: so short a line is what a line above, twice as wide, has left over. Of 5,900 articles of the months for
# building two have a kicker, title or deck as short below another, but for who came.
REST = 8
# Log odds from which the third part of a heading is no deck of the second, by hand: of 54 headings of kicker, title and
# deck in the months for building none is above it whose kicker could be a title.
DECK_OF_SECOND = -1.5
APART = -1.0  # log odds below which two lines of a part are rather two decks than one title in large type, by hand
WRAPPED = 3.2  # log odds of a part that took a second line: the title's type is the largest
# 王沪宁出席: who came and who spoke stands below a headline.
_ATTENDED = re.compile(
    r"(?:[一-鿿]{2,4}[ 、]?){1,8}(?:出席|主持|参加|讲话|致辞|参加会见)(?: [一-鿿]{2,4}主持)?"
)
# What leads up to a title or stands below it, and is none: who said, signed or read something, who came, on what
# occasion, in what months, what a dash joins to it, what it is (贺 信), a note in brackets. Of 5,900 titles of the
# months for building four are so, of their kickers and decks 1,244.
_NEVER_TITLE = re.compile(
    r"[（(][^（()）]*[）)]|.+(?:强调|表示|署名文章|[：:])|.*宣读.*|[一-鿿 、]{2,24}出席.*(?:讲话|致辞|发言|演讲|报告)"
    r"|就(?![业近是要医读此地])(?!.*(?:发表|答记者|致)).+|截[至止].+|.+之[一二三四五六七八九十]"
    r"|[一-鿿 、]{2,24}(?:出席|主持|参加)(?:会议|开幕式|仪式|活动)?(?:并|、|，)?"
    r"(?:作?(?:主旨)?(?:讲话|致辞|发言|演讲|报告))?"
    r"|——.*|.*——"
    r"|(?:[贺唁致回来去][ \u3000]{1,4}[信电函词辞]|[讣公通][ \u3000]{1,4}告|声[ \u3000]{1,4}明|更[ \u3000]{1,4}正)"
    r"|(?:[今去]年|[0-9]{4}年)?(?:前.{1,2}(?:季度|个?月)|[一二三四]季度|[上下]半年|[0-9]{1,2}(?:[—至-][0-9]{1,2})?月份?|以来)"
)
# What somebody said is a title: 88 such titles, 3 such kickers or decks.
_SAID_WHOLE = re.compile(r"“[^“”]*”")
# The day of a speech, of a law or of a document stands below its title, in brackets. What a document is stands above
# its text, spaced out: 贺 信.
_BELOW = re.compile(
    r"[（(][12一二][0-9〇○零一二三四五六七八九]{3}年[^（()）]{2,60}(?:[)）]|$)|[一-鿿][ \u3000]{1,4}[一-鿿]$"
)
# What stands below a standing head has headings of its own, which are no headlines.
STANDING_HEAD = re.compile(
    r"(?:[\u4e00-\u9fff]{2})?(?:资讯|速递|速览|速读|短波|短讯|简讯|快讯|动态|集萃)(?:·.{2,6})?"
    r"|(?:来论|微阅读|数读|建议|反馈|身边事|国际回声)(?:·.{2,6})?"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A headline with what stands above and below it."""

    parts: tuple[str, ...]  # one to three, from above: kicker, title, deck
    printed: tuple[int, ...]  # lines that each part took in print
    lines: tuple[Line, ...]
    byline: str = ""  # who wrote the article, below its headline

    @property
    def text(self) -> str:
        """All of its words, but who wrote the article."""
        return "\n".join(self.parts)

    def told(self, body: str) -> tuple[str, str]:
        """The title, and the other parts joined by a line break, as the heading of this article."""
        at = _title_at(self.parts, self.printed, body)
        return self.parts[at], "\n".join(self.parts[:at] + self.parts[at + 1 :])


def heading_of(lines: Sequence[Line], said: str) -> Heading:
    """Takes a heading apart: of all ways to join its lines to one, two or three parts the likeliest.

    Args:
        lines: Of the heading.
        said: The words of the page's columns.
    """
    kept, byline = _without_author(lines)
    return replace(_parts_of(kept, said), lines=tuple(lines), byline=byline)


def _without_author(lines: Sequence[Line]) -> tuple[Sequence[Line], str]:
    """The lines of a heading that do not say who wrote its article, and what the others say."""
    signed = [line.signed or BRACKETED.match(line.text) is not None for line in lines]
    kept = [line for line, named in zip(lines, signed, strict=True) if not named]
    if not kept:
        return lines, ""
    if len(kept) > 1 and names_author(kept[-1].text):
        signed[lines.index(kept.pop())] = True
    return kept, " ".join(line.text for line, named in zip(lines, signed, strict=True) if named)


def _parts_of(lines: Sequence[Line], said: str) -> Heading:
    count = len(lines)
    joins = _joins(lines, said)
    _, parts = min(
        (_cost(cuts, lines, joins), cuts)
        for size in range(min(3, count))
        for cuts in combinations(range(1, min(count, MOST_LINES)), size)
    )
    texts = _texts(parts, lines)
    sizes = [
        _printed_lines(lines[begin:end], joins[begin : end - 1])
        for begin, end in pairwise((0, *parts, count))
    ]
    return Heading(tuple(texts), tuple(sizes), tuple(lines))


def _attended(text: str) -> bool:
    """Whether a line of a heading says who came and who spoke."""
    return len(text) <= MOST_ATTENDED and _ATTENDED.fullmatch(text) is not None


def heaped(lines: Sequence[Line], said: str) -> bool:
    """Whether lines are too many parts for one heading: headlines of several articles stand there without a gap."""
    # The lines of a long deck are many, and so are those of who came to a meeting.
    decked = any(line.text.startswith("——") or _attended(line.text) for line in lines)
    if decked or len(lines) > MOST_LINES:
        return False
    return sum(odds < 0 for odds in _joins(lines, said)) >= MOST_PARTS


def names_author(text: str) -> bool:
    """Whether a line is nothing but somebody's name (严 实): who wrote the commentary that it stands above."""
    name = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[一-鿿]{2,3}", name) or name[0] not in SURNAMES:
        return False
    if tag(name) != [(name, "nr")] or _NEVER_TITLE.fullmatch(text):
        return False
    known = tag(name, coin=False)  # 温 暖 is a word, whoever is called so
    # 洪森 below a line that is full is what the headline has left over.
    return (len(known) > 1 or known[0][1] == "nr") and (name != text or len(name) == 3)


def _cost(cuts: tuple[int, ...], lines: Sequence[Line], joins: Sequence[float]) -> float:
    """How unlikely it is that the parts of a heading begin at these lines."""
    cost = (0.0, 0.7, 2.6)[len(cuts)]
    for at, joined in enumerate(joins, start=1):
        cost += max(0.0, joined) if at in cuts else max(0.0, -joined)
    for begin, end in pairwise((0, *cuts, len(lines))):
        if end < len(lines) and lines[begin].text.startswith("——"):
            cost += AFTER_DASH
        # The lines of a wrapped part but its last are of one width.
        full = [line.width for line in lines[begin : end - 1]]
        if full:
            cost += 0.4 * max(0, max(full) - min(full) - 3) + 0.15 * max(0, max(full) - 30)
            cost += 0.3 * max(0, lines[end - 1].width - max(full) - 1)
    return cost


def _joins(lines: Sequence[Line], said: str) -> list[float]:
    """How much speaks for each line of a heading but the last to go on in the next; negative: against."""
    out = []
    open_brackets = 0
    for above, line in pairwise(lines):
        open_brackets = max(0, open_brackets + _open_brackets(above.text))
        out.append(6.0 if open_brackets else _join(above, line, said))
    return out


def _join(above: Line, line: Line, said: str) -> float:
    left, right = above.text, line.text
    if left.endswith(("——", "：", "。")) or right.startswith(("——", "—")):
        return -6.0
    attended = _attended(right)
    # 促发展之稳|何建平: a name may seem to be a word with what stands above it, two who spoke and chaired do not.
    cut_word = above.goes_on and not (attended and " " in right)
    if left.endswith(("、", "，", ",", "·")) or cut_word:
        return 3.0
    if _BELOW.match(right):
        return -6.0
    if attended:
        return -3.0
    if right.startswith(("（", "(")) or line.width <= REST < above.width / 2:
        return 3.0
    by_program = above.need and line.base < above.width + above.need
    weight, prior = BROKEN if by_program else PRINTED
    odds = weight * join_odds(left, right) + prior
    if left[-2:] + right[:2] in said:
        odds += SAID
    else:
        border = (left[-2:] + right[:1], left[-1:] + right[:2], left[-1:] + right[:1])
        odds += NEARLY_SAID * any(word.isalnum() and word in said for word in border)
    return max(-4.0, min(4.0, odds))


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


def _printed_lines(lines: Sequence[Line], joins: Sequence[float]) -> int:
    """How many lines a part of a heading had in print; a program breaks any part, to any width.

    Two lines that do not sound as one are rather two decks than a title in large type.
    """
    by_program = len(lines) > 1 and all(
        line.need and following.base < line.width + line.need for line, following in pairwise(lines)
    )
    return 1 if by_program or any(odds < APART for odds in joins) else len(lines)


def _title_at(parts: Sequence[str], sizes: Sequence[int], body: str) -> int:
    """Which part of a heading is the title; `sizes` counts the lines of each part as they were printed."""
    if len(parts) == 1:
        return 0
    if parts[-1].startswith("——"):
        return len(parts) - 2
    for at, part in enumerate(parts[:-1]):
        if part.endswith("——"):
            return at + 1
    if sum(map(of_series, parts)) == 1:
        return [of_series(part) for part in parts].index(True)
    may_be = [
        at
        for at, part in enumerate(parts)
        if not _NEVER_TITLE.fullmatch(part) and not LABEL.match(part)
    ]
    if len(may_be) == 1:
        return may_be[0]
    body = "".join(body.split())
    if len(parts) == 3:
        two_decks = 0 in may_be and _above_two_decks(parts, body)
        return 0 if two_decks else 1 if 1 in may_be or not may_be else may_be[0]
    said = [_SAID_WHOLE.fullmatch(part) is not None for part in parts]
    if sum(said) == 1:
        return said.index(True)
    above, below = parts
    odds = _kicker_odds(above, below, body)
    odds += WRAPPED * ((sizes[1] > 1) - (sizes[0] > 1))
    return 1 if odds > 0 else 0


def _kicker_odds(above: str, below: str, body: str) -> float:
    """Log odds that of two parts the upper is a kicker and the lower the title, not title and deck."""
    vectors = meanings([above, below, body[:LEAD], body[:WHOLE]])
    return KICKERS + title_odds(above, below, body, vectors)


def _above_two_decks(parts: Sequence[str], body: str) -> bool:
    """Whether the first of three parts is the title, and the third no more a deck of the second than of the first."""
    upper, lower = pairwise(parts)
    if _attended(parts[-1]):
        return False
    return _kicker_odds(*upper, body) < 0 and _kicker_odds(*lower, body) > DECK_OF_SECOND


def of_series(text: str) -> bool:
    """Whether a line carries the name of a series in brackets, as titles do."""
    return bool(re.search(r".{3}[（(][^（）()]{2,24}[）)]$", text))


def meanings(texts: Sequence[str]) -> NDArray[np.float64]:
    """What texts mean, as vectors of length one."""
    return _encoder().encode_passages(texts).astype(np.float64)


@cache
def _encoder() -> Encoder:
    return open_encoder()

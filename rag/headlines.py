"""Headings → kicker, title and subtitle; torn headlines → the articles that they belong to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from rag.encoder import Encoder, open_encoder
from rag.heading_model import LEAD, WHOLE, join_odds, title_odds
from rag.layout import POINTS, START, Line

# Log odds that a heading belongs to an article, fitted on pages of the months for building.
LIKE_BODY, LIKE_WORDS, AFFINITY_PRIOR = 8.9, 3.9, -6.1  # by cosine, by the share of words
TOUCHING, BELOW, ABOVE = 3.0, 1.4, -0.8  # by where the heading stands
SOUNDS = 0.17  # by how its lines sound on the average
FILLS = -0.55  # where it fills a column of the page as body text does
STOPS = -0.9  # where a sentence ends in it
NEVER = -99.0  # a note (核心阅读, 制图), a point of a list
LEAST = -4.5  # below, it is not its headline
MOST_LINES = 16  # of a heading in which its parts are looked for: what is longer is a list
NEAR = 300  # characters on either side of a cut
# Log odds that a line of a heading goes on in the next, as (weight of how both sound, prior), and by what is
# printed across their border elsewhere on the page. Fitted on pages of the months for building, but that
# sounds count for a third less where a program may have broken the line: other papers sound otherwise.
PRINTED = (0.5, -2.5)  # where print broke the line, set by hand: pages of a program have none
BROKEN = (0.8, -3.2)  # where a program may have
SAID, NEARLY_SAID = 3.0, 1.0
KICKERS = -0.5  # log odds of a kicker: other papers than the one learned from have more decks
AFTER_DASH = 3.0  # what begins with a dash is a deck: nothing stands below it
WRAPPED = 3.2  # log odds of a part that took a second line: the title's type is the largest
# 王沪宁出席: who came and who spoke stands below a headline.
_ATTENDED = re.compile(
    r"(?:[一-鿿]{2,4}[ 、]?){1,8}(?:出席|主持|参加|讲话|致辞|参加会见)(?: [一-鿿]{2,4}主持)?"
)
# The name of a series tells nothing of an article, and several on a page may have it.
_SERIES_NAME = re.compile(r"[（(][^（）()\n]{2,40}[）)](?=\n|$)")
_NOTE = re.compile(
    r"(?:核心阅读|内容提要|人物小传|开栏的话|——.*|(?:——)?编\s*者(?:的话|按)?|【[^】]*】"
    r"|.{0,4}(?:制图|图片来源|数据来源|版式设计|资料整理|统筹).*)$"
)
# A figure that is set large beside the text. Its digits are not given back (*+): a line of a thousand would
# be taken apart in every way there is.
_FIGURE = re.compile(
    r"(?:\d[\d.,]*+[余多]?[十百千万亿]*[余多]?(?:[%％个件起元分名家项次吨亩户]|人次?)?)+$"
)
# What stands alone within a text: its sections and points, who wrote or spoke, where it was sent from. None of
# them is the headline of any article of the months for building.
_WITHIN = re.compile(
    r"[^，]{2,24}[:：]$|●|[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十百]{1,4}[章条节]\s|\S\s+\S$"
    r"|[（(](?:执笔|作者|记者|原载)|.{0,8}(?:传真|电话|邮编)[:：]|(?:本报|新华社)(?:记者|通讯员).{2,20}$"
    r"|[一-鿿]{2,4}[:：]\s?[一-鿿]\s?[一-鿿]{1,2}$"
)
# Who wrote a letter to the paper, and where to write to.
_LETTER = re.compile(
    r"[^\s@]+@\S+$|.{0,8}邮箱[:：]?$|(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东"
    r"|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆)"
    r"[\u4e00-\u9fff]{0,8}\s+[\u4e00-\u9fff]\s?[\u4e00-\u9fff]{1,2}$"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A headline with what stands above and below it."""

    parts: tuple[str, ...]  # one to three, from above: kicker, title, deck
    printed: tuple[int, ...]  # lines that each part took in print
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """All of its words."""
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
    count = len(lines)
    joins = _joins(lines, said)
    _, parts = min(
        (_cost(cuts, lines, joins), cuts)
        for size in range(min(3, count))
        for cuts in combinations(range(1, min(count, MOST_LINES)), size)
    )
    texts = _texts(parts, lines)
    sizes = [_printed_lines(lines[begin:end]) for begin, end in pairwise((0, *parts, count))]
    return Heading(tuple(texts), tuple(sizes), tuple(lines))


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
    if left.endswith(("、", "，", ",", "·")) or above.goes_on:
        return 3.0
    if right.startswith(("（", "(")) or line.width <= 6:
        return 3.0
    if _ATTENDED.fullmatch(right):
        return -3.0
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


def _printed_lines(lines: Sequence[Line]) -> int:
    """How many lines a part of a heading had in print; a program breaks any part, to any width."""
    by_program = len(lines) > 1 and all(
        line.need and following.base < line.width + line.need for line, following in pairwise(lines)
    )
    return 1 if by_program else len(lines)


def _title_at(parts: Sequence[str], sizes: Sequence[int], body: str) -> int:
    """Which part of a heading is the title; `sizes` counts the lines of each part as they were printed."""
    if len(parts) == 1:
        return 0
    if parts[-1].startswith("——"):
        return len(parts) - 2
    for at, part in enumerate(parts[:-1]):
        if part.endswith("——"):
            return at + 1
    if sum(map(_series, parts)) == 1:
        return [_series(part) for part in parts].index(True)
    if len(parts) == 3:
        return 1
    above, below = parts
    body = "".join(body.split())
    odds = title_odds(above, below, body, meanings([above, below, body[:LEAD], body[:WHOLE]]))
    odds += KICKERS + WRAPPED * ((sizes[1] > 1) - (sizes[0] > 1))
    return 1 if odds > 0 else 0


def _series(text: str) -> bool:
    """Whether a line carries the name of a series in brackets, as titles do."""
    return bool(re.search(r".{3}[（(][^（）()]{2,24}[）)]$", text))


@dataclass(frozen=True, slots=True)
class Place:
    """Which articles, by number, stand around a heading."""

    touching: int | None = None  # begins in the next line
    below: int | None = None  # begins after a gap
    above: int | None = None  # ends right before
    fills: bool = False  # whether its lines fill a column of the page


class Names:
    """What the headings of a page say: what each means, and the pairs of characters in it."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        texts = [_SERIES_NAME.sub("", heading.text) or heading.text for heading in headings]
        self.vectors = meanings(texts)  # [h, dim]
        self.vocabulary: dict[str, int] = {}
        met = [
            [self.vocabulary.setdefault(pair, len(self.vocabulary)) for pair in _pairs(text)]
            for text in texts
        ]
        self.pairs = np.zeros((len(texts), len(self.vocabulary)))
        for at, known in enumerate(met):
            self.pairs[at, known] = 1.0


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1) if text[at : at + 2].isalnum()]


def odds_of(
    headings: Sequence[Heading],
    names: Names,
    articles: Sequence["Pieces"],
    places: Sequence[Place],
) -> NDArray[np.float64]:
    """Log odds that headings [h] belong to articles [n], by what they say and where they stand."""
    return affinity(names, articles, rarity(articles)) + standing(headings, places, len(articles))


def rarity(articles: Sequence["Pieces"]) -> NDArray[np.float64]:
    """What each pair of the headings' counts: the more, the fewer of a page's articles hold it."""
    holding = np.sum([article.held for article in articles], axis=0)
    weights: NDArray[np.float64] = np.log((len(articles) + 0.5) / (holding + 0.5))
    return weights


def standing(
    headings: Sequence[Heading], places: Sequence[Place], count: int
) -> NDArray[np.float64]:
    """What it counts how headings look and where they stand, for each of the page's articles."""
    out = np.zeros((len(places), count))
    for at, (heading, place) in enumerate(zip(headings, places, strict=True)):
        out[at] = _looks(heading) + FILLS * place.fills
        for number, weight in (
            (place.touching, TOUCHING),
            (place.below, BELOW),
            (place.above, ABOVE),
        ):
            if number is not None:
                out[at, number] += weight
    return out


def _looks(heading: Heading) -> float:
    """What it counts how a heading sounds, whatever article it may belong to."""
    sounds = [max(-6.0, min(8.0, line.sounds)) for line in heading.lines]
    text = "".join(line.text for line in heading.lines)
    kinds = (_NOTE, _LETTER, _FIGURE, _WITHIN, START)
    if text.startswith(POINTS) or any(kind.match(text) for kind in kinds):
        return NEVER
    stops = "。" in text or text.endswith(("；", "，"))
    return SOUNDS * sum(sounds) / len(sounds) + STOPS * stops


def assign(odds: NDArray[np.float64]) -> list[int | None]:
    """For each heading the article that it belongs to, or None; each article gets one at most."""
    if not odds.size:
        return [None] * len(odds)
    chosen = _matching(np.maximum(odds - LEAST, 0.0))
    return [
        int(number) if number is not None and odds[at, number] > LEAST else None
        for at, number in enumerate(chosen)
    ]


def total(odds: NDArray[np.float64]) -> float:
    """How well the best assignment explains all headings together."""
    gains = np.maximum(odds - LEAST, 0.0)
    return sum(
        float(gains[at, number]) for at, number in enumerate(_matching(gains)) if number is not None
    )


def affinity(
    names: Names, articles: Sequence["Pieces"], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log odds that headings [h] belong to articles [n], by what both mean and by the words they share."""
    bodies = np.array([article.body for article in articles])
    held = np.array([article.held for article in articles])
    weighted = names.pairs * weights
    shared = weighted @ held.T / np.maximum(weighted.sum(1, keepdims=True), 1e-9)
    found: NDArray[np.float64] = (
        LIKE_BODY * names.vectors @ bodies.T + LIKE_WORDS * shared + AFFINITY_PRIOR
    )
    return found


def meanings(texts: Sequence[str]) -> NDArray[np.float64]:
    """What texts mean, as vectors of length one."""
    return _encoder().encode_passages(texts).astype(np.float64)


class Pieces:
    """The pieces of an article between the places where it may be cut, and what they say together."""

    def __init__(
        self,
        texts: Sequence[str],
        vectors: NDArray[np.float64],
        pairs: NDArray[np.bool_],
    ) -> None:
        """`vectors` [pieces, dim] weigh as much as their texts are long; `pairs` [pieces, vocabulary]."""
        self.texts = texts
        self.vectors = vectors
        self.pairs = pairs
        self._ends = np.cumsum([0, *map(len, texts)])
        self._sums = np.vstack([np.zeros((1, vectors.shape[1])), vectors]).cumsum(axis=0)

    @property
    def body(self) -> NDArray[np.float64]:
        """What the article means, as a vector of length one."""
        return self._between(0, len(self.texts))

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which pairs of the headings' it holds, [vocabulary]."""
        return np.asarray(self.pairs.any(axis=0))

    def cut(self, place: int) -> tuple["Pieces", "Pieces"]:
        """What stands before and after a cut."""
        return (
            Pieces(self.texts[:place], self.vectors[:place], self.pairs[:place]),
            Pieces(self.texts[place:], self.vectors[place:], self.pairs[place:]),
        )

    def alike(self, place: int) -> float:
        """Cosine of what stands closely before and after a cut."""
        here = self._ends[place]
        begin = max(0, int(np.searchsorted(self._ends, here - NEAR, side="right")) - 1)
        end = min(len(self.texts), int(np.searchsorted(self._ends, here + NEAR)))
        return float(self._between(begin, place) @ self._between(place, end))

    def _between(self, begin: int, end: int) -> NDArray[np.float64]:
        total = self._sums[end] - self._sums[begin]
        unit: NDArray[np.float64] = total / (np.linalg.norm(total) or 1.0)
        return unit


def pieces_of(articles: Sequence[Sequence[str]], vocabulary: dict[str, int]) -> list[Pieces]:
    """What the pieces of articles say; all are encoded together."""
    texts = [text for article in articles for text in article]
    vectors = meanings(texts) * np.array([[len(text)] for text in texts])
    pairs = np.zeros((len(texts), len(vocabulary)), dtype=np.bool_)
    for at, text in enumerate(texts):
        pairs[at, [vocabulary[pair] for pair in _pairs(text) if pair in vocabulary]] = True
    ends = np.cumsum([0, *map(len, articles)])
    return [
        Pieces(article, vectors[begin:end], pairs[begin:end])
        for article, (begin, end) in zip(articles, pairwise(ends), strict=True)
    ]


@cache
def _encoder() -> Encoder:
    return open_encoder()


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

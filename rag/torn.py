"""Headings of a page → the articles that they belong to, wherever they stand.

Dumps tear headlines off and heap them. Each heading is laid beside every article of its page: what both say,
and where it stands. A conditional logit model (McFadden 1974) over the articles and "none of them" turns the
facts into log odds, and one assignment over the whole page (Kuhn 1955) gives each article one heading at most.
Weights are from `vectors/train/torn.py`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.cues import DATED, POINTS, START
from rag.heading_model import LEAD
from rag.headlines import STANDING_HEAD, Heading, meanings, of_series
from rag.matching import matching
from rag.settings import shipped
from rag.tokens import character_pairs, tag

# What speaks for a heading and an article.
BELONGS = (
    "cosine",  # of what both mean
    "lead_pairs",  # share of the heading's pairs of characters in the article's lead
    "alone",  # of those that one article of the page holds, the share that this one does
    "alone_often",  # and, logarithmically, how many these are
    "lead_names",  # share of the names in the heading that stand in the lead; a half where it has none
    "dated",  # the article opens with where it was sent from
    "subheads",  # stand in the article
    "standing",  # the heading is a standing head (资讯), over an article without subheads
    "standing_subheads",  # over one with subheads
    "touching",  # the article begins in the next line
    "below",  # after a gap
    "below_several",  # of several headings that stand together, this one last
)
# What speaks for a heading that is of none of the page's articles.
NOBODY = (
    "always",
    "sounds",  # how its lines sound on the average
    "below",  # an article begins below it, after a gap
    "one_line_touching",  # it has one line, and an article begins in the next
    "most",  # it stands among the most headings that stand together
    "wide",  # width of its widest line
    "fills",  # where it fills a column of the page as body text does
    "short",  # has a few characters only
    "series",  # carries the name of a series
)
# Facts that what both say tells; the others of BELONGS tell where the heading stands.
SAID = BELONGS.index("touching")
# Log odds that a heading gains on a page: fitted by itself, it does not know that others take the wrong articles.
# Moved by hand: from 1.0 to 1.9, titles are as good within .001.
AMONG_OTHERS = 1.3
# Log odds, by hand, of a standing head to stand over several signed reports: no other headline does.
OVER_REPORTS = 6.0
# Of a note (核心阅读, 制图), of a point of a list; over several reports, of the headline of the first.
NEVER = -99.0
NEAR = 300  # characters on either side of a cut
SHORT = 6  # characters of a heading
WIDE = 60  # cells; a line that is wider tells no more
# The name of a series tells nothing of an article, and several on a page may have it.
_SERIES_NAME = re.compile(r"[（(][^（）()\n]{2,40}[）)](?=\n|$)")
_NOTE = re.compile(
    r"(?:核心阅读|内容提要|人物小传|开栏的话|——.*|(?:——)?编\s*者(?:的话|按)?|【[^】]*】"
    r"|.{0,4}(?:制图|图片来源|数据来源|版式设计|资料整理|统筹)(?:[:：\s].*)?)$"
)
# A figure that is set large beside the text. Its digits are not given back (*+): a line of a thousand would
# be taken apart in every way there is.
_FIGURE = re.compile(
    r"(?:\d[\d.,]*+[余多]?[十百千万亿]*[余多]?(?:[%％个件起元分名家项次吨亩户]|人次?)?)+$"
)
# What stands alone within a text: its sections and points, who wrote or spoke, where it was sent from. None of
# them is the headline of any article of the months for building.
_WITHIN = re.compile(
    r"[^，]{2,24}[:：]$|●|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十0-9]{1,3}[)）]|第[一二三四五六七八九十百]{1,4}[章条节]\s|\S\s+\S$"
    r"|[（(](?:执笔|作者|记者|原载)|[（(][一-鿿 \u3000、]{2,12}[）)]$"
    r"|.{0,8}(?:传真|电话|邮编)[:：]|(?:本报|新华社)(?:记者|通讯员).{2,20}$"
    r"|[一-鿿]{2,4}[:：]\s?[一-鿿]\s?[一-鿿]{1,2}$"
)
# Who wrote a letter to the paper, and where to write to.
_LETTER = re.compile(
    r"[^\s@]+@\S+$|.{0,8}邮箱[:：]?$|(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东"
    r"|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆)"
    r"[\u4e00-\u9fff]{0,8}\s+[\u4e00-\u9fff]\s?[\u4e00-\u9fff]{1,2}$"
)

_SENT = re.compile(r"本报[电讯]|本报[^，。]{2,8}电[ \u3000]")
_SIGNED_OFF = re.compile(r"。[（(][一-鿿 \u3000、]{2,12}[）)]")
# （据新华社东京电）, （新华社莫斯科电 记者吴刚）: where a short report was sent from, at its end.
_SENT_OFF = re.compile(
    r"[。！？…”][（(](?:据|本报|新华社|中新社)[^（()）。]{1,16}[电讯](?:[ \u3000]?记者[^（）()。]{2,16})?[)）]"
)
_NAMES = frozenset({"nr", "ns", "nt", "nz", "nrt", "nrfg"})


@dataclass(frozen=True, slots=True)
class Place:
    """Which articles, by number, stand around a heading."""

    touching: int | None = None  # begins in the next line
    below: int | None = None  # begins after a gap
    above: int | None = None  # ends right before
    fills: bool = False  # whether its lines fill a column of the page
    several: bool = False  # whether other headings stand with it, no column between
    most: bool = False  # whether nowhere on the page more stand together


class Names:
    """What the headings of a page say: what each means, the pairs of characters and the names in it."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        texts = [_SERIES_NAME.sub("", heading.text) or heading.text for heading in headings]
        self.vectors = meanings(texts)  # [h, dim]
        self.vocabulary: dict[str, int] = {}
        met = [
            [
                self.vocabulary.setdefault(pair, len(self.vocabulary))
                for pair in character_pairs(text)
            ]
            for text in texts
        ]
        self.pairs = np.zeros((len(texts), len(self.vocabulary)))
        for at, known in enumerate(met):
            self.pairs[at, known] = 1.0
        self.named = [
            [word for word, flag in tag(text) if flag in _NAMES and len(word) > 1]
            for text in (_words(heading) for heading in headings)
        ]
        self.standing = np.array(
            [STANDING_HEAD.fullmatch(_words(heading)) is not None for heading in headings]
        )


def _words(heading: Heading) -> str:
    return "".join(line.text for line in heading.lines)


def odds_of(
    headings: Sequence[Heading],
    names: Names,
    articles: Sequence["Pieces"],
    places: Sequence[Place],
) -> NDArray[np.float64]:
    """Log odds that headings [h] belong to articles [n] rather than to none."""
    said = said_odds(names, articles, held_alone(articles))
    odds = said + stood_odds(headings, places, len(articles))
    if names.standing.any():
        for number in (number for number, article in enumerate(articles) if article.reports):
            odds[names.standing, number] += OVER_REPORTS
            # The first of several reports has a headline of its own, which is not that of them all.
            above = np.array([number in (place.touching, place.below) for place in places])
            odds[above & ~names.standing, number] = NEVER
    return odds


def held_alone(articles: Sequence["Pieces"]) -> NDArray[np.bool_]:
    """Which pairs of the headings' one article of the page holds, and only one, [vocabulary]."""
    held: NDArray[np.bool_] = np.sum([article.held for article in articles], axis=0) == 1
    return held


def said_odds(
    names: Names, articles: Sequence["Pieces"], alone: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What it counts what both say, for headings [h] and articles [n]."""
    return said_facts(names, articles, alone) @ _weights(BELONGS[:SAID])


def said_facts(
    names: Names, articles: Sequence["Pieces"], alone: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The first SAID facts of BELONGS, [h, n, SAID]."""
    bodies = np.array([article.body for article in articles])
    leads = [article.lead for article in articles]
    in_leads = np.zeros((len(articles), len(names.vocabulary)))
    for at, lead in enumerate(leads):
        known = [names.vocabulary[p] for p in character_pairs(lead) if p in names.vocabulary]
        in_leads[at, known] = 1.0
    rare = names.pairs * alone
    here = rare @ np.array([article.held for article in articles], dtype=np.float64).T
    dated = np.array([DATED.match(article.texts[0]) is not None for article in articles])
    headed = np.array([article.headed for article in articles])
    facts = {
        "cosine": names.vectors @ bodies.T,
        "lead_pairs": names.pairs @ in_leads.T / np.maximum(names.pairs.sum(1), 1.0)[:, None],
        "alone": here / np.maximum(rare.sum(1), 1.0)[:, None],
        "alone_often": np.log1p(here),
        "lead_names": [[_share_of(named, lead) for lead in leads] for named in names.named],
        "dated": np.broadcast_to(dated, here.shape),
        "subheads": np.broadcast_to(headed, here.shape),
        "standing": names.standing[:, None] & ~headed,
        "standing_subheads": names.standing[:, None] & headed,
    }
    return np.stack([np.asarray(facts[name], dtype=np.float64) for name in BELONGS[:SAID]], axis=2)


def _share_of(words: Sequence[str], text: str) -> float:
    return sum(word in text for word in words) / len(words) if words else 0.5


def stood_odds(
    headings: Sequence[Heading], places: Sequence[Place], count: int
) -> NDArray[np.float64]:
    """What it counts how headings look and where they stand, for each of the page's articles, [h, count]."""
    out = stood_facts(places, count) @ _weights(BELONGS[SAID:])
    out -= (nobody_facts(headings, places) @ _weights(NOBODY, "nobody"))[:, None]
    out += AMONG_OTHERS
    out[[never_headline(heading) for heading in headings]] = NEVER
    return out


def stood_facts(places: Sequence[Place], count: int) -> NDArray[np.float64]:
    """The other facts of BELONGS, [h, count, len(BELONGS) - SAID]."""
    out = np.zeros((len(places), count, len(BELONGS) - SAID))
    at = {name: number for number, name in enumerate(BELONGS[SAID:])}
    for heading, place in enumerate(places):
        if place.touching is not None:
            out[heading, place.touching, at["touching"]] = 1.0
        if place.below is not None:
            out[heading, place.below, at["below"]] = 1.0
            out[heading, place.below, at["below_several"]] = place.several
    return out


def nobody_facts(headings: Sequence[Heading], places: Sequence[Place]) -> NDArray[np.float64]:
    """The facts of NOBODY, [h, len(NOBODY)]."""
    out = np.zeros((len(headings), len(NOBODY)))
    for at, (heading, place) in enumerate(zip(headings, places, strict=True)):
        lines = [line for line in heading.lines if not line.signed] or heading.lines
        sounds = [max(-6.0, min(8.0, line.sounds)) for line in lines]
        facts = {
            "always": 1.0,
            "sounds": sum(sounds) / len(sounds),
            "below": place.below is not None,
            "one_line_touching": place.touching is not None and len(lines) == 1,
            "most": place.most,
            "wide": min(WIDE, max(line.width for line in lines)) / WIDE,
            "fills": place.fills,
            "short": len(_words(heading)) <= SHORT,
            "series": of_series(heading.parts[-1]),
        }
        out[at] = [facts[name] for name in NOBODY]
    return out


def never_headline(heading: Heading) -> bool:
    """Whether it is no article's headline, whatever stands around it: none of its parts is."""
    kinds = (_NOTE, _LETTER, _FIGURE, _WITHIN, START)
    return all(
        part.startswith(POINTS) or any(kind.match(part) for kind in kinds) for part in heading.parts
    )


def _weights(names: Sequence[str], of: str = "belongs") -> NDArray[np.float64]:
    found = _model()[of]
    return np.array([found[name] for name in names])


@cache
def _model() -> Mapping[str, Any]:
    data: dict[str, Any] = json.loads((shipped("model") / "torn.json").read_text("utf8"))
    return data


def assign(odds: NDArray[np.float64]) -> list[int | None]:
    """For each heading the article that it belongs to, or None; each article gets one at most."""
    if not odds.size:
        return [None] * len(odds)
    chosen = matching(np.maximum(odds, 0.0))
    return [
        int(number) if number is not None and odds[at, number] > 0 else None
        for at, number in enumerate(chosen)
    ]


def total(odds: NDArray[np.float64]) -> float:
    """How well the best assignment explains all headings together."""
    gains = np.maximum(odds, 0.0)
    return sum(
        float(gains[at, number]) for at, number in enumerate(matching(gains)) if number is not None
    )


class Pieces:
    """The pieces of an article between the places where it may be cut, and what they say together."""

    def __init__(
        self,
        texts: Sequence[str],
        vectors: NDArray[np.float64],
        pairs: NDArray[np.bool_],
        *,
        headed: bool,
    ) -> None:
        """`vectors` [pieces, dim] weigh as much as their texts are long; `pairs` [pieces, vocabulary]."""
        self.texts = texts
        self.vectors = vectors
        self.pairs = pairs
        self.headed = headed  # whether subheads stand in the article
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

    @property
    def reports(self) -> bool:
        """Whether it holds several short reports, each sent from somewhere and signed."""
        text = "".join(self.texts)
        if len(_SENT_OFF.findall(text)) > 1:
            return True
        return len(_SENT.findall(text)) > 1 and len(_SIGNED_OFF.findall(text)) > 1

    @property
    def lead(self) -> str:
        """How it begins, up to LEAD characters."""
        text = ""
        for piece in self.texts:
            if len(text) >= LEAD:
                break
            text += piece
        return text[:LEAD]

    def cut(self, place: int) -> tuple["Pieces", "Pieces"]:
        """What stands before and after a cut."""
        return (
            Pieces(
                self.texts[:place],
                self.vectors[:place],
                self.pairs[:place],
                headed=self.headed,
            ),
            Pieces(
                self.texts[place:],
                self.vectors[place:],
                self.pairs[place:],
                headed=self.headed,
            ),
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


def pieces_of(
    articles: Sequence[Sequence[str]], headed: Sequence[bool], vocabulary: dict[str, int]
) -> list[Pieces]:
    """What the pieces of articles say, and in which subheads stand; all are encoded together."""
    texts = [text for article in articles for text in article]
    vectors = meanings(texts) * np.array([[len(text)] for text in texts])
    pairs = np.zeros((len(texts), len(vocabulary)), dtype=np.bool_)
    for at, text in enumerate(texts):
        pairs[at, [vocabulary[pair] for pair in character_pairs(text) if pair in vocabulary]] = True
    ends = np.cumsum([0, *map(len, articles)])
    return [
        Pieces(article, vectors[begin:end], pairs[begin:end], headed=with_subheads)
        for article, with_subheads, (begin, end) in zip(
            articles, headed, pairwise(ends), strict=True
        )
    ]

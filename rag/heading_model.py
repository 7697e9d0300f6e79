"""How headlines sound: three small linear models over hashed n-grams and words, and one over measures.

`line` tells a line of a headline from a line of a column, `order` tells "kicker, title" from "title,
deck", `join` tells whether a line goes on in the next; `title` tells what `order` does with the article
at hand: a title is nearer to how it begins, and says less of it word for word. Weights are from
`vectors/train/headings.py`, learned on real newspaper articles.
"""

import zlib
from collections.abc import Sequence
from functools import cache, lru_cache
from math import fsum
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.settings import shipped
from rag.tokens import character_pairs, tag

BUCKETS = 1 << 17
LEAD, WHOLE = 200, 1600  # characters with which an article begins, and of it altogether
_PUNCTUATION = frozenset("，。、；：！？“”（）《》")
_LINE_KINDS = ("1", "2", "")  # what tells the grams of `line_grams` apart


def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "replace")) % BUCKETS


def line_features(text: str) -> list[int]:
    """Buckets of a line's grams."""
    kinds = zip(_LINE_KINDS, line_grams(text), strict=True)
    grams = (f"{kind}{gram}" for kind, found in kinds for gram in found)
    return [_bucket(gram) for gram in sorted(grams)]


def line_grams(text: str) -> tuple[set[str], set[str], set[str]]:
    """A line's characters, its pairs of them, and its ends, length and marks."""
    text = text[:60]
    chars = set(text)
    look = {
        f"s{text[:1]}",
        f"t{text[:2]}",
        f"e{text[-1:]}",
        f"f{text[-2:]}",
        f"n{min(len(text), 40)}",
    }
    look |= {f"p{mark}{text.count(mark)}" for mark in _PUNCTUATION & chars}
    return chars, set(map(add, text, text[1:])), look


def order_features(above: str, below: str) -> list[int]:
    """Buckets of two parts of a heading, one above the other: n-grams, words, what they begin and end with."""
    grams = set()
    for side, text in (("a", above[:60]), ("b", below[:60])):
        words = tag(text) or [("", "")]
        flags = [flag[:1] for _, flag in words]
        grams |= {f"{side}1{char}" for char in text}
        grams |= {f"{side}2{text[at : at + 2]}" for at in range(len(text) - 1)}
        grams |= {f"{side}e{text[-2:]}", f"{side}f{text[-3:]}", f"{side}n{min(len(text), 30) // 3}"}
        grams |= {f"{side}w{word}" for word, _ in words}
        grams |= {f"{side}F{''.join(flags[:2])}", f"{side}L{''.join(flags[-2:])}"}
        grams |= {f"{side}B{words[0]}", f"{side}E{words[-1]}"}
        grams |= {f"{side}p{mark}" for mark in "，“" if mark in text}
        grams |= {f"{side}v{'v' in flags}", f"{side}d{any(char.isdecimal() for char in text)}"}
    grams.add(f"d{max(-8, min(8, (len(below) - len(above)) // 3))}")
    return [_bucket(gram) for gram in sorted(grams)]


def join_features(above: str, below: str) -> list[int]:
    """Buckets of two lines of a heading: what meets at their border, and how wide the upper one is."""
    left, right = tag(above) or [("", "")], tag(below) or [("", "")]
    (last, last_flag), (first, first_flag) = left[-1], right[0]
    left_flags, right_flags = ([flag[:1] for _, flag in words] for words in (left, right))
    wide = _cells(above)
    grams = {f"a{above[-size:]}" for size in (1, 2, 3)} | {f"b{below[:size]}" for size in (1, 2, 3)}
    grams |= {f"j{above[-size:]}|{below[:other]}" for size, other in ((1, 1), (2, 1), (1, 2))}
    grams |= {f"l{last}", f"r{first}", f"L{last_flag}", f"R{first_flag}"}
    grams |= {f"m{one}|{other}" for one in (last, last_flag) for other in (first, first_flag)}
    grams |= {f"p{''.join(left_flags[-2:])}", f"q{''.join(right_flags[:2])}"}
    grams |= {f"s{''.join(left_flags[-2:])}|{''.join(right_flags[:2])}"}
    grams.add(f"w{wide // 2}")  # how wide the next line is hangs on the paper
    grams |= {f"V{'v' in left_flags}{'v' in right_flags}", f"W{'v' in left_flags}{wide // 4}"}
    grams |= {
        f"k{above.count('“') - above.count('”')}",
        f"c{'，' in above}{' ' in above}{' ' in below}",
    }
    return [_bucket(gram) for gram in sorted(grams)]


def _cells(text: str) -> int:
    return sum(2 if ord(char) > 0x2000 else 1 for char in text)


def heading_odds(lines: Sequence[str]) -> list[float]:
    """Log odds that lines are of a headline, at equal priors."""
    of_chars, of_pairs, of_look = (_line_weights(kind).__getitem__ for kind in _LINE_KINDS)
    bias = _model("line")[1]
    out = []
    for line in lines:
        chars, pairs, look = line_grams(line)
        # Exact, because a set has no order.
        out.append(bias + fsum([*map(of_chars, chars), *map(of_pairs, pairs), *map(of_look, look)]))
    return out


class _Weights(dict[str, float]):
    """What grams of one kind count, looked up once: most of a page's are met again on the next."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._weights = _model("line")[0]

    def __missing__(self, gram: str) -> float:
        if len(self) >= BUCKETS:
            self.clear()
        weight = self[gram] = float(self._weights[_bucket(f"{self._kind}{gram}")])
        return weight


_line_weights = cache(_Weights)


def title_measures(above: str, below: str, body: str, vectors: NDArray[Any]) -> list[float]:
    """How two parts of a heading compare with the article below them.

    Args:
        above: The upper part.
        below: The lower part.
        body: The article's text without spaces.
        vectors: What both parts, its LEAD and its WHOLE mean, [4, dim], of length one.
    """
    upper, lower, lead, whole = vectors
    begins, says = body[:LEAD], body[:WHOLE]
    return [
        len(above),
        len(below),
        abs(len(above) - len(below)),
        *(_share(part, text) for text in (begins, says) for part in (above, below)),
        *(_run(part, begins) for part in (above, below)),
        *(float(part @ text) for text in (lead, whole) for part in (upper, lower)),
        float(upper @ lower),
    ]


def _share(part: str, text: str) -> float:
    """How much of a part of a heading the text repeats, in pairs of characters."""
    pairs = character_pairs(part)
    return sum(pair in text for pair in pairs) / max(1, len(pairs))


def _run(part: str, text: str) -> float:
    """How much of it the text repeats in one go."""
    longest = 0
    for at in range(len(part)):
        while at + longest < len(part) and part[at : at + longest + 1] in text:
            longest += 1
    return longest / max(1, len(part))


def title_odds(above: str, below: str, body: str, vectors: NDArray[Any]) -> float:
    """Log odds that of two parts the lower one is the title; arguments as in `title_measures`."""
    weights, bias = _model("order")
    odds = float(weights[order_features(above, below)].sum() + bias)
    weights, bias = _model("title")
    return float(weights @ [odds, *title_measures(above, below, body, vectors)] + bias)


@lru_cache(maxsize=1 << 12)
def join_odds(above: str, below: str) -> float:
    """Log odds that a line of a heading goes on in the next one, at equal priors."""
    weights, bias = _model("join")
    return float(weights[join_features(above, below)].sum() + bias)


@cache
def _model(name: str) -> tuple[NDArray[np.float64], float]:
    with np.load(shipped("model") / "headings.npz") as data:
        return data[name].astype(np.float64), float(data[f"{name}_bias"])

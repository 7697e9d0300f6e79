"""How headlines sound: two small linear models over hashed character n-grams.

`line` tells a line of a headline from a line of a column, `order` tells "kicker, title" from "title,
deck". Weights are from `vectors/train/headings.py`, learned on real newspaper articles.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.settings import shipped

BUCKETS = 8192
_PUNCTUATION = "，。、；：！？“”（）《》"


def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "replace")) % BUCKETS


def line_features(text: str) -> list[int]:
    """Buckets of a line's grams."""
    return [_bucket(gram) for gram in sorted(line_grams(text))]


def line_grams(text: str) -> set[str]:
    """A line's n-grams, ends, marks and length."""
    text = text[:60]
    grams = {f"1{char}" for char in text} | {f"2{text[at : at + 2]}" for at in range(len(text) - 1)}
    grams |= {
        f"s{text[:1]}",
        f"t{text[:2]}",
        f"e{text[-1:]}",
        f"f{text[-2:]}",
        f"n{min(len(text), 40)}",
    }
    grams |= {f"p{mark}{text.count(mark)}" for mark in _PUNCTUATION if mark in text}
    return grams


def order_features(above: str, below: str) -> list[int]:
    """Buckets of the n-grams of two parts of a heading, one above the other."""
    grams = set()
    for side, text in (("a", above[:60]), ("b", below[:60])):
        grams |= {f"{side}1{char}" for char in text}
        grams |= {f"{side}2{text[at : at + 2]}" for at in range(len(text) - 1)}
        grams |= {f"{side}e{text[-2:]}", f"{side}f{text[-3:]}", f"{side}n{min(len(text), 30) // 3}"}
    grams.add(f"d{max(-5, min(5, (len(below) - len(above)) // 3))}")
    return [_bucket(gram) for gram in sorted(grams)]


def join_features(above: str, below: str) -> list[int]:
    """Buckets of two lines of a heading: their n-grams and how wide they are beside each other."""
    wide = (_cells(above), _cells(below))
    shape = {
        f"w{min(wide[0], 60) // 2}",
        f"v{min(wide[1], 60) // 2}",
        f"x{max(-10, min(10, (wide[1] - wide[0]) // 2))}",
        f"y{wide[0] <= 28}{wide[1] <= wide[0] + 1}",
        f"z{above[-2:]}{below[:1]}",
        f"z{above[-1:]}{below[:1]}",
    }
    return [*order_features(above, below), *(_bucket(gram) for gram in sorted(shape))]


def _cells(text: str) -> int:
    return sum(2 if ord(char) > 0x2000 else 1 for char in text)


def heading_odds(lines: Sequence[str]) -> list[float]:
    """Log odds that lines are of a headline, at equal priors."""
    weight, bias = _weight_of(), _model("line")[1]
    return [bias + sum(map(weight, sorted(line_grams(line)))) for line in lines]


@cache
def _weight_of() -> Callable[[str], float]:
    """What a gram of a line counts; most of a page's are met again on the next."""
    weights = _model("line")[0].tolist()

    @lru_cache(maxsize=1 << 17)
    def weight(gram: str) -> float:
        return weights[_bucket(gram)]  # type: ignore[no-any-return]

    return weight


def kicker_odds(above: str, below: str) -> float:
    """Log odds that of two parts the lower one is the title."""
    weights, bias = _model("order")
    return float(weights[order_features(above, below)].sum() + bias)


def join_odds(above: str, below: str) -> float:
    """Log odds that a line of a heading goes on in the next one, at equal priors."""
    weights, bias = _model("join")
    return float(weights[join_features(above, below)].sum() + bias)


@cache
def _model(name: str) -> tuple[NDArray[np.float64], float]:
    with np.load(shipped("model") / "headings.npz") as data:
        return data[name].astype(np.float64), float(data[f"{name}_bias"])

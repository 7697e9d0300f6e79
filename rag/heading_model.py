"""How headlines sound: three small linear models over hashed n-grams and words.

`line` tells a line of a headline from a line of a column, `order` tells "kicker, title" from "title,
deck", `join` tells whether a line goes on in the next. Weights are from `vectors/train/headings.py`,
learned on real newspaper articles.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.settings import shipped
from rag.tokens import tag

BUCKETS = 1 << 17
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


@lru_cache(maxsize=1 << 12)
def kicker_odds(above: str, below: str) -> float:
    """Log odds that of two parts the lower one is the title."""
    weights, bias = _model("order")
    return float(weights[order_features(above, below)].sum() + bias)


@lru_cache(maxsize=1 << 12)
def join_odds(above: str, below: str) -> float:
    """Log odds that a line of a heading goes on in the next one, at equal priors."""
    weights, bias = _model("join")
    return float(weights[join_features(above, below)].sum() + bias)


@cache
def _model(name: str) -> tuple[NDArray[np.float64], float]:
    with np.load(shipped("model") / "headings.npz") as data:
        return data[name].astype(np.float64), float(data[f"{name}_bias"])

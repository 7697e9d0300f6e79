"""The lines with which an article opens → its headline, where they are one and not its first sentence.

A headline right above its text that is as wide as the column looks like the text's first line. Where a page has no
other headline for an article, its first lines are looked at again: a conditional logit model (McFadden 1974) tells
how many of them are its headline, or none. Weights are from `vectors/train/opening.py`.
"""

import json
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.composing import MARK, Item
from rag.cues import DATED, SOFT_START
from rag.lines import Line, slack_of
from rag.settings import shipped
from rag.tokens import character_pairs

MOST_LINES = 3  # of a headline that is taken for the first paragraph of its article
FACTS = (
    "one", "two", "three",  # lines
    "sounds",  # how they sound on the average
    "least",  # how the one sounds that sounds least like a headline
    "room",  # the last leaves room for more
    "wide",  # one is wider than the column
    "goes_on",  # a word goes on into the next line
    "dash",  # a kicker above ends with a dash, or a deck begins with one
    "series",  # the last ends with the name of a series
    "opens",  # what follows opens as a text does
    "quoted",  # the last is all quoted
    "ends",  # the last ends a sentence or a part of one
    "few",  # they have a few characters only
    "said",  # share of their pairs of characters in what follows
)  # fmt: skip
# Log odds from which they are one. Moved by hand on the months for building: from -0.5 three titles more are right
# than from 0 or from -1.
LIKELY = -0.5
FEW = 14  # cells
# Opens a text, and is no headline.
PREFACE = re.compile(r"核心阅读|内容提要|开栏的话|编\s*者\s*(?:按|的话)|阅读提示|人物小传")
COLUMN_NAME = re.compile(r"[（(][^（()）]{2,16}[)）]$")  # a headline's, never a subhead's
_EDITOR = re.compile(r"——编\s*者")  # signs what stands above
# Opens one report of several below a headline, too: it parts no articles, as what is DATED does.
_SENT = re.compile(r"本报电[ \u3000]")
_QUOTED = re.compile(r"“[^“”。]+”")


def own_heading(item: Item) -> list[Line]:
    """The lines with which an article opens and which are its headline; none where it has none."""
    odds, count = own_odds(item)
    return item.lines[:count] if odds > LIKELY else []


def own_odds(item: Item) -> tuple[float, int]:
    """Log odds that an article opens with its headline, and of how many lines that likely is."""
    weights = _weights()
    options = [
        (float(facts @ weights), count)
        for count in range(1, MOST_LINES + 1)
        if (facts := opening_facts(item, count)) is not None
    ]
    return max(options, default=(LIKELY, 0))


def rest_of_heading(heading: Sequence[Line], item: Item) -> list[Line]:
    """The first line of an article, where its form tells that it is still of the heading right above it."""
    first = item.lines[0]
    if (
        len(item.lines) == 1
        or first.goes_on
        or first.credit
        or first.signed
        or DATED.match(first.text)
    ):
        return []
    below_kicker = heading[-1].text.endswith("——") and not first.text.endswith("。")
    deck = first.text.startswith("——") and not _EDITOR.match(first.text)
    named = COLUMN_NAME.search(first.text) and not any(COLUMN_NAME.search(h.text) for h in heading)
    return [first] if below_kicker or deck or named else []


def opening_facts(item: Item, count: int) -> NDArray[np.float64] | None:
    """FACTS of the first lines as a headline; None where they cannot be one."""
    lines = item.lines[:count]
    first, last = lines[0], lines[-1]
    if (
        len(item.lines) <= count
        or first.text.startswith(MARK)
        or DATED.match(first.text)
        or PREFACE.match(first.text)
        or any(line.credit or line.signed for line in lines)
        or last.text.endswith("——")
    ):
        return None
    following = item.lines[count]
    said = set(character_pairs(COLUMN_NAME.sub("", "".join(line.text for line in lines))))
    rest = "".join(line.text for line in item.lines[count:])
    sounds = [line.sounds for line in lines]
    facts = {
        "one": count == 1,
        "two": count == 2,
        "three": count == 3,
        "sounds": sum(sounds) / count,
        "least": min(sounds),
        "room": slack_of(last, item.width) > 2,
        "wide": any(line.width > item.width + 1 for line in lines),
        "goes_on": last.goes_on,
        "dash": any(line.text.endswith("——") for line in lines[:-1])
        or any(line.text.startswith("——") for line in lines[1:]),
        "series": COLUMN_NAME.search(last.text) is not None,
        "opens": any(how.match(following.text) for how in (DATED, _SENT, SOFT_START, PREFACE)),
        "quoted": _QUOTED.fullmatch(last.text) is not None,
        "ends": last.text.endswith(("。", "；", "，", "、", "：")),
        "few": sum(line.width for line in lines) < FEW,
        "said": sum(pair in rest for pair in said) / len(said) if said else 0.0,
    }
    return np.array([facts[name] for name in FACTS], dtype=np.float64)


@cache
def _weights() -> NDArray[np.float64]:
    found = json.loads((shipped("model") / "opening.json").read_text("utf8"))
    return np.array([found[name] for name in FACTS])

"""Where two columns of one width meet → whether they are two articles or one with a subhead.

What stands between them may be the lower one's headline or a subhead of both: a logit model tells, whose weights
are from `vectors/train/parting.py`.
"""

import json
import math
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.composing import MARK, Item
from rag.cues import (
    AUTHOR,
    BRACKETED,
    DATED,
    JUMP_IN,
    JUMP_OUT,
    LABEL,
    LETTER,
    NOTICE,
    POINTS,
    SOFT_START,
)
from rag.heading_model import LEAD
from rag.headlines import STANDING_HEAD, meanings, names_author
from rag.layout import Run
from rag.lines import Line, slack_of
from rag.opening import COLUMN_NAME, PREFACE
from rag.settings import shipped
from rag.tokens import character_pairs
from rag.torn import NEAR

FACTS = (
    "always",
    "alike",  # cosine of what stands closely above and below
    "above", "below",  # logarithms of the characters of both columns
    "ends",  # a sentence ends above
    "dated", "soon",  # the lower column opens with where it was sent from; with 近日， and the like
    "touching",  # what stands between stands right above the lower column
    "gaps",  # what stands between has gaps in it
    "sounds",  # how the line of it sounds that sounds most like a headline
    "wide",  # a line of it is wider than the columns
    "spaced",  # a line of it has a space in it, as headlines have
    "dash",  # a deck that begins with a dash stands below another line
    "series",  # it carries the name of a series
    "standing",  # it is a standing head
    "noted",  # it begins with what is noted below an article, or with who wrote that
    "says",  # its cosine to the lower column
    "said",  # share of its pairs of characters in what the lower column begins with
)  # fmt: skip
LIST_WIDTH = 4  # or those of the points of a list
SAME_WIDTH = 1  # cells by which the columns of one article may seem to differ
SHORT_ITEM = "▲"  # before each of several short items of news
SURE = 9.0  # log odds
# Log odds from which a heading parts two columns. Moved by hand on the months for building: two articles
# read as one are worse than one read as two.
LIKELY = -0.7
OWN_REPORT = 3.0  # log odds, by hand: the paper learned from hardly says 本报讯
CAPTION = 3.4  # log odds that a caption is no part of the article above, by hand
CAPTION_CHARS = 260  # of the text below a photo
BRIEF_CHARS = 240  # a brief is no longer; what is, is a point of the article above, if as wide
_SIGNED_OFF = re.compile(r"[（(](?:作者|摘自|原载)[^（()）]{2,60}[)）]$")
# 。（蓝 雨）, 。 夏天: nothing but a name behind the last stop.
_NAMED_OFF = re.compile(
    r"[。！？”][ \u3000]*[（(][一-鿿][ \u3000]?[一-鿿]{1,2}(?:[ \u3000、][一-鿿][ \u3000]?[一-鿿]{1,2}){0,3}[)）]$"
    r"|[。！？”][ \u3000]+[一-鿿]{2,3}$"
)
# Who sent or wrote a report, at its beginning or end. Those who took part in another's do not part it.
_OWN_BEGIN = re.compile(r"^[^。，]{0,24}[（(](?:本报|见习)?(?:通讯员|记者)[^。（）()]{2,24}")
_OWN_END = re.compile(
    r"[。！？”][ \u3000]*[（(](?:本报|见习)?(?:通讯员|记者)[^，。（）()与]{2,16}[）)]$"
)
_NOTE = re.compile(r"^(?:(?:数据|资料)?来源|版式设计|制图|责编|本版.{2,4}).{0,4}[:：]")
# What an article ends with: who wrote it, or where it was sent from.
_CLOSED = re.compile(
    r"^[（(](?:作者|记者|本报|新华|据|原载|执笔|完)[^（()）]{0,40}[)）]$|^(?:通讯员|记者)\s"
)


def parted_odds(above: Run, between: Sequence[Run], below: Run) -> float:
    """Log odds that two columns are two articles.

    Args:
        above: The upper column.
        between: The headings between them.
        below: The lower column.
    """
    sure = settled(above, between, below)
    if sure is not None:
        return SURE if sure else -SURE
    last, first = above.lines[-1], below.lines[0]
    own = OWN_REPORT * first.text.startswith("本报讯")
    if between:
        own += CAPTION * _is_caption(below.lines)
        return own - LIKELY + float(parting_facts(above, between, below) @ _weights())
    upper, lower = meanings(_near(above, below))
    # The longer two halves of one article are, the more they are alike. Fitted once on the months for building.
    odds = -4.9 - 10.7 * float(upper @ lower)
    odds += 0.67 * _log_chars(above.lines) + 0.5 * _log_chars(below.lines)
    odds += 3.3 * bool(_CLOSED.search(last.text) or last.credit)
    return own + odds + 2.2 * bool(DATED.match(first.text)) - 2.4 * (not first.gap)


def settled(above: Run, between: Sequence[Run], below: Run) -> bool | None:
    """Whether two columns are surely two articles, or surely one; None where it is open."""
    first = below.lines[0].text
    listed = any(line.text[0] == first[0] for line in above.lines[1:])
    point = first.startswith((*POINTS, MARK)) and (listed or above.lines[0].text[0] == first[0])
    # Each point of a list is as wide as its longest line.
    wide = LIST_WIDTH if point and not between and not first.startswith(MARK) else SAME_WIDTH
    if abs(above.width - below.width) > wide:
        return True
    heads = (LABEL, NOTICE)
    if any(how.match(line.text) for line in _lines(between) for how in heads) or LETTER.match(
        first
    ):
        return True
    if between:
        named = below.lines[0].signed and len(_lines(between)) > 1 and between[0].lines[0].gap
        named = named or BRACKETED.match(first) is not None
    else:
        named = AUTHOR.match(first) is not None
    if named or any(_with_author(run, last=run is between[-1]) for run in between):
        return True  # each has its author; parts of one article have but a line above theirs
    if _OWN_BEGIN.match(above.lines[0].text) and _OWN_END.search(
        "".join(line.text for line in below.lines[-2:])
    ):
        return True  # two reports, each with its reporter
    if any(PREFACE.match(text) for text in (*(line.text for line in _lines(between)), first)):
        return True
    brief = sum(len(line.text) for line in below.lines) <= BRIEF_CHARS
    if first.startswith(MARK) and not listed and brief:
        return True
    if between and above.lines[0].text.startswith(SHORT_ITEM) and not first.startswith(SHORT_ITEM):
        return True  # below the last of several short items
    if JUMP_OUT.search(above.lines[-1].text) or JUMP_IN.match(first):
        return True  # it goes on elsewhere, or comes from there
    return False if point else None


def _with_author(heading: Run, *, last: bool) -> bool:
    """Whether it is a headline of two lines, or one that others stand below, with who wrote its article."""
    line = heading.lines[-1]
    if not line.signed:
        return len(heading.lines) > 1 and heading.lines[0].gap and names_author(line.text)
    return len(heading.lines) > (2 if last else 1)


def parting_facts(above: Run, between: Sequence[Run], below: Run) -> NDArray[np.float64]:
    """FACTS of two columns with headings between them."""
    first = below.lines[0]
    lines = _lines(between)
    texts = [line.text for line in lines]
    upper, lower, heading = meanings([*_near(above, below), "".join(texts)])
    said = character_pairs("".join(texts))
    begins = "".join(line.text for line in below.lines)[:LEAD]
    facts = {
        "always": 1.0,
        "alike": float(upper @ lower),
        "above": _log_chars(above.lines),
        "below": _log_chars(below.lines),
        "ends": above.lines[-1].final,
        "dated": any(DATED.match(text) for text in (texts[-1], first.text)),
        "soon": SOFT_START.match(first.text) is not None,
        "touching": not first.gap,
        "gaps": len(between) > 1,
        "sounds": max(line.sounds for line in lines),
        "wide": any(line.width > above.width for line in lines),
        "spaced": any(" " in text for text in texts),
        "dash": any(text.startswith("——") for text in texts[1:]),
        "series": any(COLUMN_NAME.search(text) for text in texts),
        "standing": any(map(STANDING_HEAD.fullmatch, texts)),
        "noted": lines[0].signed or any(how.search(texts[0]) for how in (_NOTE, _CLOSED)),
        "says": float(heading @ lower),
        "said": sum(pair in begins for pair in said) / max(1, len(said)),
    }
    return np.array([facts[name] for name in FACTS], dtype=np.float64)


def meeting_odds(item: Item, cut: int, alike: float, *, under_one_head: bool) -> float:
    """Log odds that two articles meet at a line of an item, but for what headings say.

    Fitted on pages of October 2019, which the encoder has not read; the prior, and what headings count
    beside it, moved on other days.

    Args:
        item: Of the page.
        cut: The number of lines before the one at which they may meet.
        alike: Cosine of what stands closely before and after it.
        under_one_head: Whether the page has a standing head: below it stand several reports, each with its author.
    """
    last, first = item.lines[cut - 1], item.lines[cut]
    before, after = (_log_chars(lines) for lines in (item.lines[:cut], item.lines[cut:]))
    odds = -11.1 - 15.9 * alike + 0.75 * before + 0.85 * after
    closed = last.credit or _CLOSED.search(last.text) or _signed_off(item.lines[:cut])
    each_signed = _named_off(item.lines[:cut]) and _named_off(item.lines[cut:])
    odds += 4.5 * bool(closed or (each_signed and not under_one_head))
    odds += CAPTION * _is_caption(item.lines[cut:])
    odds += 7.5 * bool(DATED.match(first.text)) + 1.5 * bool(SOFT_START.match(first.text))
    return odds + 0.9 * (slack_of(last, item.width) > 0)


def _is_caption(lines: Sequence[Line]) -> bool:
    """Whether lines are a short text that ends with who took the photo."""
    return lines[-1].credit and sum(len(line.text) for line in lines) < CAPTION_CHARS


def _named_off(lines: Sequence[Line]) -> bool:
    """Whether lines end with nothing but a name behind their last stop."""
    return _NAMED_OFF.search("".join(line.text for line in lines[-2:])) is not None


def _signed_off(lines: Sequence[Line]) -> bool:
    """Whether lines end with who wrote them or where they are taken from, in brackets, over several lines too."""
    return _SIGNED_OFF.search("".join(line.text for line in lines[-3:])) is not None


def _near(above: Run, below: Run) -> tuple[str, str]:
    return (
        "".join(line.text for line in above.lines)[-NEAR:],
        "".join(line.text for line in below.lines)[:NEAR],
    )


def _lines(found: Sequence[Run]) -> list[Line]:
    return [line for run in found for line in run.lines]


def _log_chars(lines: Sequence[Line]) -> float:
    return math.log(max(1, sum([len(line.text) for line in lines])))


@cache
def _weights() -> NDArray[np.float64]:
    found = json.loads((shipped("model") / "parting.json").read_text("utf8"))
    return np.array([found[name] for name in FACTS])

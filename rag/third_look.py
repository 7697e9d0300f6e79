"""The reader's word on the first candidates, where two looks leave it open which of them answers.

`rag.ranking` and `rag.second_look` compare words. Whether 扩建后的体育馆能坐八千人 tells what was asked, or what
stood beside it, `rag.reader` knows better; but it takes longer to read a passage than to rank a hundred. So
only the first are read that are CLOSE to one another, of each only its sentences that say most of what the
question says, and only where the first may answer but is not sure to. Reading four of every question left
open puts three times as many right ones first, and takes the slowest searches beyond what they may take. What a
reading counts was fitted by `vectors/train/third_look.py`.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.network import Network, probability
from rag.passages import sentences
from rag.ranking import stated
from rag.reader import Reader
from rag.settings import shipped
from rag.tokens import fold
from rag.types import Hit

READ = 3  # passages, at most
EXCERPT = 60  # characters of a passage that are read: as good as all of it, in a third of the time
LONGEST = 80  # characters of a sentence that is longer by itself
HOPELESS, SURE = 0.06, 0.5  # probability of the first, below and from which on nothing is read
CLOSE = 1.5  # log odds below the first up to which another may be the better one
FEATURES = ("odds", "odds_lead", "read", "read_lead")
_DOUBT = 1e-3  # a reader that is surer than this, either way, says no more by it


def ordered(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits as they are once the first are read: best first, with the probability that each answers.

    Args:
        question: What is asked.
        hits: Best first, their scores the probability so far.
    """
    scores = np.clip([hit.score for hit in hits], 1e-6, 1 - 1e-6)
    odds = np.log(scores / (1 - scores))
    count = to_read(odds)
    if not count:
        return list(hits)
    read, others = hits[:count], hits[count:]
    facts = described(question, odds[:count], [hit.text for hit in read])
    again = probability(shipped_third().logit(facts)).tolist()
    order = sorted(range(len(read)), key=lambda at: (-again[at], at))
    # What was not read passes nothing that was.
    least = min(again)
    return [
        *(replace(read[at], score=again[at]) for at in order),
        *(replace(hit, score=min(hit.score, least)) for hit in others),
    ]


def to_read(odds: NDArray[np.float64]) -> int:
    """How many of the first candidates are worth reading, by their log odds, [n], best first: none, or several."""
    if len(odds) < 2 or not HOPELESS <= 1 / (1 + np.exp(-odds[0])) < SURE:
        return 0
    close = int((odds[:READ] >= odds[0] - CLOSE).sum())
    return close if close > 1 else 0


def described(
    question: str, odds: NDArray[np.float64], texts: Sequence[str]
) -> NDArray[np.float64]:
    """FEATURES of candidates that are compared with one another, [n, len(FEATURES)]."""
    said = np.clip(
        Reader.open().answering(question, [excerpt(question, t) for t in texts]), _DOUBT, 1 - _DOUBT
    )
    read = np.log(said / (1 - said)).astype(np.float64)
    return np.stack([odds, _lead(odds), read, _lead(read)], axis=1)


def _lead(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each value is above the best of the others, [n]."""
    others = np.where(np.eye(len(values), dtype=bool), -np.inf, values).max(1, initial=-np.inf)
    return np.where(np.isfinite(others), values - others, 0.0)


def excerpt(question: str, text: str) -> str:
    """The sentences of a text that say most of what the question says, EXCERPT characters or one sentence."""
    if len(text) <= EXCERPT:
        return text
    ranges = sentences(text)
    wanted = _pairs(stated(question))
    said = [len(wanted & _pairs(fold(text[start:end]))) for start, end in ranges]
    first = last = said.index(max(said))
    while True:
        # What follows a sentence rather tells more of it than what stands before.
        wider = [
            (said[at] + 0.5 * (at > last), at)
            for at in (first - 1, last + 1)
            if 0 <= at < len(ranges)
            and ranges[max(at, last)][1] - ranges[min(at, first)][0] <= EXCERPT
        ]
        if not wider:
            return text[ranges[first][0] : ranges[last][1]][:LONGEST]
        _, at = max(wider)
        first, last = min(first, at), max(last, at)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


@cache
def shipped_third() -> Network:
    """The weights of a reading, over FEATURES."""
    return Network.read(
        json.loads((shipped("model") / "third_look.json").read_text("utf8")), FEATURES
    )

"""A closer look at the first candidates, where the ranker is unsure which of them answers.

The facts of `rag.ranking` know a word of the question only where the passage repeats it. Here each of
its words is laid beside every word of a passage, as the static encoder's rows have them: 薪资 comes
near 工资, 事故 near 车祸 (soft matching, as in Kusner et al. 2015 and Khattab and Zaharia 2020,
arXiv:2004.12832, without their transformer). Cutting passages into pieces takes time, so only the
first LOOKED_AT are looked at, and only where none of them is sure to answer; a second network, fitted
by `vectors/train/ranker.py`, has as much say in their order as the ranker: alone it would be misled by
questions of few words.
"""

import json
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag import ranking
from rag.encoder import StaticEncoder, open_encoder
from rag.network import Network, probability
from rag.passages import sentences
from rag.settings import shipped
from rag.tokens import simplified

LOOKED_AT = 6
SURE = 0.6  # probability of the first from which on nothing is looked at again
SOFT = (
    "soft",  # how near the passage comes to each word of the question, the weighty ones first
    "soft_squared",  # the same, where near misses count for little
    "soft_sentence",  # in its best sentence
    "soft_least",  # to the word that it comes least near to
)
FEATURES = (*ranking.FEATURES, *SOFT, *(f"{name}_lead" for name in SOFT))


def logits(question: str, facts: NDArray[np.float64], texts: Sequence[str]) -> NDArray[np.float64]:
    """Log odds that candidates answer, [n].

    Args:
        question: What is asked.
        facts: What `rag.ranking.describe` tells of them, [n, len(ranking.FEATURES)].
        texts: Their words, without headlines.
    """
    return ordered(question, facts, texts, ranking.shipped_ranker(), shipped_second())


def ordered(
    question: str,
    facts: NDArray[np.float64],
    texts: Sequence[str],
    ranker: Network,
    second: Network,
) -> NDArray[np.float64]:
    """`logits` by two networks: one over `ranking.FEATURES`, one over `FEATURES`."""
    out: NDArray[np.float64] = ranker.logit(facts)
    if not len(out) or probability(out).max() >= SURE:
        return out
    first = np.argsort(-out, kind="stable")[:LOOKED_AT]
    second_odds = second.logit(described(question, facts[first], [texts[at] for at in first]))
    again = (out[first] + second_odds) / 2
    out = np.minimum(out, again.min())
    out[first] = again
    return out


def described(
    question: str, facts: NDArray[np.float64], texts: Sequence[str]
) -> NDArray[np.float64]:
    """The facts with what soft matching adds, [n, len(FEATURES)]."""
    soft = nearness(question, texts)
    return np.hstack([facts, soft, soft - soft.max(0, initial=-1.0)])


def nearness(question: str, texts: Sequence[str]) -> NDArray[np.float64]:
    """SOFT of each text, [n, len(SOFT)], between 0 and 1."""
    encoder = _encoder()
    out = np.zeros((len(texts), len(SOFT)))
    (ids,) = encoder.pieces([simplified(ranking.stated(question))])
    ids = list(dict.fromkeys(ids))
    if not ids:
        return out
    rows, lengths = encoder.rows(ids)
    weights = lengths / lengths.sum()
    spoken = [(at, text[a:b]) for at, text in enumerate(texts) for a, b in sentences(text)]
    cut = encoder.pieces([simplified(sentence) for _, sentence in spoken])
    said = [(at, pieces) for (at, _), pieces in zip(spoken, cut, strict=True) if pieces]
    if not said:
        return out
    kept, first = np.unique([at for at, _ in said], return_index=True)
    begins = np.cumsum([0, *(len(pieces) for _, pieces in said[:-1])])
    # All passages as one: most of their pieces are the same.
    known, number = np.unique(np.concatenate([pieces for _, pieces in said]), return_inverse=True)
    near = np.maximum(rows @ encoder.rows(known)[0].T, 0.0)[:, number]  # [question, pieces]
    of_sentence = np.maximum.reduceat(near, begins, axis=1)
    best = np.maximum.reduceat(of_sentence, first, axis=1)
    out[kept] = np.stack(
        [
            weights @ best,
            weights @ best**2,
            np.maximum.reduceat(weights @ of_sentence, first),
            best.min(0),
        ],
        axis=1,
    )
    return out


@cache
def shipped_second() -> Network:
    """The network of the second look, over `FEATURES`."""
    return Network.read(
        json.loads((shipped("model") / "second_look.json").read_text("utf8")), FEATURES
    )


@cache
def _encoder() -> StaticEncoder:
    encoder = open_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder

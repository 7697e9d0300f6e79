"""Candidates from both indexes → one ranking whose scores are probabilities.

Ranks and raw scores of two engines do not mix: reciprocal rank fusion was measured to make things
worse. So every candidate, wherever it came from, is described by the same few facts (how much of the
question it covers, how close together, how near in meaning, how that compares with the others), and a
logistic regression fitted on training questions turns them into the probability that the passage
answers. Pure functions over arrays; weights come from `vectors/train/ranker.py`.
"""

import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.passages import sentences
from rag.settings import shipped
from rag.tokens import fold, tokenize
from rag.types import Scores, Vectors

FEATURES = (
    "bm25_share",  # BM25 as a share of what a passage full of the query's tokens could reach
    "bm25_lead",  # BM25 relative to the best candidate
    "coverage",  # idf mass of the query's tokens that occur in headline or passage
    "title_coverage",  # the same, headline alone
    "sentence_coverage",  # the same, best single sentence
    "rarest",  # whether the query's rarest token occurs
    "cosine",  # of question and passage vectors
    "cosine_lead",  # cosine less that of the best candidate
)
BACKGROUND = 20_000  # passages of general news that every index counts as holding
_K1, _B = 1.2, 0.75  # BM25's usual constants, as tantivy has them
_MEAN_TOKENS = 330.0  # of a full passage; only relative length matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A passage that may answer, with the words that ranking reads."""

    title: str
    text: str


def idf(documents: int, frequency: int, token: str) -> float:
    """BM25's weight of a token that occurs in `frequency` of `documents` passages; > 0.

    A small index knows little about words: 多少 is rare on one page and says nothing. So it counts as
    if BACKGROUND passages of general news were in it.
    """
    documents += BACKGROUND
    total = frequency + BACKGROUND * _general_frequencies().get(zlib.crc32(token.encode()), 0.0)
    return float(np.log1p((documents - total + 0.5) / (total + 0.5)))


@cache
def _general_frequencies() -> dict[int, float]:
    """Share of general passages that hold a token, by its hash; rare tokens are left out."""
    with np.load(shipped("model") / "frequencies.npz") as data:
        return dict(
            zip(data["tokens"].tolist(), data["shares"].astype(float).tolist(), strict=True)
        )


def describe(
    weights: Mapping[str, float], candidates: Sequence[Candidate], cosines: Scores
) -> NDArray[np.float64]:
    """Facts about each candidate, by which it is ranked.

    Args:
        weights: idf of the query's distinct tokens.
        candidates: n passages with their headlines.
        cosines: Of the question's vector with theirs, [n].

    Returns:
        [n, len(FEATURES)]; all but the cosines lie in [0, 1].
    """
    total = sum(weights.values()) or 1.0
    rarest = max(weights, key=lambda token: weights[token], default="")
    out = np.zeros((len(candidates), len(FEATURES)))
    for at, candidate in enumerate(candidates):
        title = set(tokenize(candidate.title)) & weights.keys()
        tokens = tokenize(candidate.text)
        counts = Counter(token for token in tokens if token in weights)
        length = _K1 * (1 - _B + _B * len(tokens) / _MEAN_TOKENS)
        bm25 = sum(weights[t] * n / (n + length) for t, n in counts.items())
        bm25 += sum(weights[t] / (1 + length) for t in title - counts.keys())
        here = counts.keys() | title
        out[at, 0] = bm25 / total
        out[at, 2] = sum(weights[t] for t in here) / total
        out[at, 3] = sum(weights[t] for t in title) / total
        out[at, 4] = _best_sentence(weights, counts, candidate.text) / total
        out[at, 5] = rarest in here
    out[:, 1] = out[:, 0] / max(float(out[:, 0].max(initial=0.0)), 1e-9)
    out[:, 6] = cosines
    out[:, 7] = cosines - cosines.max(initial=-1.0)
    return out


def _best_sentence(weights: Mapping[str, float], here: Mapping[str, int], text: str) -> float:
    """The largest idf mass that one sentence holds; membership by substring, which tokens allow."""
    best = 0.0
    for start, end in sentences(text):
        sentence = fold(text[start:end])
        best = max(best, sum(weights[token] for token in here if token in sentence))
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranker:
    """Logistic regression over `FEATURES`, their squares and pairwise products."""

    weights: NDArray[np.float64]
    bias: float

    @classmethod
    def load(cls, path: Path) -> "Ranker":
        """Reads the weights that `vectors/train/ranker.py` wrote."""
        data = json.loads(path.read_text("utf8"))
        if tuple(data["features"]) != FEATURES:
            raise ValueError(f"{path} was fitted on other features: {data['features']}")
        return cls(weights=np.array(data["weights"]), bias=float(data["bias"]))

    def probability(self, facts: NDArray[np.float64]) -> Scores:
        """P(passage answers) of each row of `describe`, [n]."""
        logits = expand(facts) @ self.weights + self.bias
        return (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)


def expand(facts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The facts with their squares and products: [n, f + f (f + 1) / 2]."""
    left, right = np.triu_indices(facts.shape[1])
    return np.hstack([facts, facts[:, left] * facts[:, right]])


@cache
def shipped_ranker() -> Ranker:
    """The ranker that ships."""
    return Ranker.load(shipped("model") / "ranker.json")


def cosine(question: Vectors, passages: Vectors) -> Scores:
    """Inner products of one unit vector [dim] with rows [n, dim]."""
    return (passages @ question).astype(np.float32)

"""Fits what decides whether a span answers (rag/evidence.py): the last word before "not in these pages".

    nice python -m vectors.train.answers --data DATA

Held-out questions are asked of the ranker's pool three times: with their own context in it, without
it, and with only those of its passages that do not hold the answer; and the same with little else
beside, as in an index of one page. A finding is right when its words are those of an accepted answer. Needs
the encoder, the ranker and the reader.
"""

import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rag.evidence import FEATURES, Finding, find
from rag.index import Index
from rag.measures import bare, overlap_f1
from rag.questions import analyse
from rag.reader import Reader
from rag.types import StoredArticle
from vectors.train.data import MODEL, arguments, is_validation, rows
from vectors.train.ranker import pool

KEPT = 4  # findings a question
SMALL = 60  # passages of an index that holds a page or two
L2 = 1.0
FACTS = ("person", "time", "place", "number", "which", "what")

Sample = tuple[
    NDArray[np.float64], NDArray[np.bool_], bool
]  # features, right, whether it can be answered


def is_right(finding: Finding, answers: list[str]) -> bool:
    """Whether the words are those of an answer, or hold them, or most of them."""
    said = bare(finding.text)
    return any(
        overlap_f1(said, answer) >= 0.6 or (len(bare(answer)) > 1 and bare(answer) in said)
        for answer in answers
    )


def samples(
    index: Index, reader: Reader, asked: list[dict[str, object]], own: dict[str, str]
) -> list[Sample]:
    """Findings of each question, with and without its own context in the pool."""
    out: list[Sample] = []
    article_of: Callable[[str], StoredArticle] = index.article
    large = index.info().passages
    for row in asked:
        question = analyse(str(row["question"]))
        if question.kind not in FACTS:
            continue
        hits = index.search(question.text, top_k=10)
        home = own[str(row["context"])]
        answers: list[str] = row["answers"]  # type: ignore[assignment]
        with_home = [hit for hit in hits if hit.article_id == home]
        near = [hit for hit in with_home if not any(answer in hit.text for answer in answers)]
        away = [hit for hit in hits if hit.article_id != home]
        weak = away[4:]
        for kept, there, passages in (
            (hits, True, large),
            (away, False, large),
            (near + away if near else [], False, large),
            # A page or two: nothing else there comes near.
            (with_home + weak, True, SMALL),
            (weak, False, SMALL),
            (near + weak if near else [], False, SMALL),
        ):
            found = find(question, kept, article_of, reader, passages)[:KEPT] if kept else []
            if not found:
                continue
            right = [there and f.hit.article_id == home and is_right(f, answers) for f in found]
            out.append((np.array([f.features for f in found]), np.array(right), there))
    return out


def fit(data: list[Sample]) -> tuple[NDArray[np.float64], float]:
    """Logistic regression by Newton's method."""
    x = np.concatenate([features for features, _, _ in data])
    y = np.concatenate([right for _, right, _ in data]).astype(float)
    x = np.hstack([x, np.ones((len(x), 1))])
    w = np.zeros(x.shape[1])
    penalty = np.diag([L2] * (len(w) - 1) + [0.0])
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        w -= np.linalg.solve(hessian, x.T @ (p - y) + penalty @ w)
    return w[:-1], float(w[-1])


def report(data: list[Sample], weights: NDArray[np.float64], bias: float) -> float:
    """Answered right and refused right at several thresholds, beside always answering.

    Gives the threshold with the best mean of both.
    """
    best = [(f @ weights + bias) for f, _, _ in data]
    means = {}
    for threshold in (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        told = [1 / (1 + np.exp(-z.max())) >= threshold for z in best]
        right = [
            bool(t and r[int(z.argmax())])
            for t, z, (_, r, there) in zip(told, best, data, strict=True)
            if there
        ]
        refused = [not t for t, (_, _, there) in zip(told, data, strict=True) if not there]
        shares = float(np.mean(right)), float(np.mean(refused))
        means[threshold] = sum(shares) / 2
        print(
            f"  threshold {threshold}: answered right {shares[0]:.3f}, refused right {shares[1]:.3f}"
        )
    return max(means, key=lambda threshold: means[threshold])


def main() -> None:
    """Fits and writes `vectors/model/answers.json`."""
    parser = arguments("Fit the decision to answer.")
    parser.add_argument("--questions", type=int, default=700)
    options = parser.parse_args()
    contexts = dict.fromkeys(row["context"] for row in rows(options.data, "qa_train"))
    own = {context: f"c{at}" for at, context in enumerate(contexts)}
    held = [row for row in rows(options.data, "qa_train") if is_validation(row["context"])]
    order = np.random.default_rng(options.seed).permutation(len(held))[: options.questions]
    with pool(options.data) as index:
        data = samples(index, Reader.open(), [held[at] for at in order], own)
    half = len(data) // 2
    for train, test in ((data[:half], data[half:]), (data[half:], data[:half])):
        report(test, *fit(train))
    weights, bias = fit(data)
    print("on all of it")
    threshold = report(data, weights, bias)
    model = {
        "threshold": threshold,
        "features": list(FEATURES),
        "weights": [round(float(w), 4) for w in weights],
        "bias": round(bias, 4),
    }
    print(model)
    (MODEL / "answers.json").write_text(json.dumps(model) + "\n", "utf8")


if __name__ == "__main__":
    main()

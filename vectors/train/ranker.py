"""Fits the shipped ranker: what makes a candidate passage the one that answers.

    nice python -m vectors.train.ranker --data DATA

The pool is an index of the training contexts and of news. Questions come from the validation split
only, because the encoder has seen the answers of the others; figures are cross-validated by context.
Every question also counts a second time without its own context in the pool, so that the best of what
is there does not pass for an answer. Needs `vectors/model/encoder`.
"""

import json
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import ranking
from rag.index import Index
from rag.passages import cut
from rag.tokens import tokenize
from vectors.train.data import MODEL, WORK, arguments, is_validation, rows

NEWS = 12_000  # articles in the pool beside the contexts
FOLDS = 5
L2 = 1e-3

Facts = NDArray[np.float64]


@dataclass(slots=True)
class Asked:
    """A question's candidates: their facts, which answer, which stand in the question's own context."""

    context: str
    facts: Facts
    right: NDArray[np.bool_]
    own: NDArray[np.bool_]
    by_words: int | None  # place of the first right one by BM25 alone


def pool(folder: Path) -> Index:
    """An index of all contexts and NEWS articles; made once."""
    place = WORK / "ranker-pool"
    index = Index.open(place)
    if not index.exists:
        source = WORK / "ranker-pool.jsonl"
        with source.open("w", encoding="utf8") as file:
            contexts = dict.fromkeys(row["context"] for row in rows(folder, "qa_train"))
            for at, context in enumerate(contexts):
                file.write(json.dumps({"id": f"c{at}", "body": context}, ensure_ascii=False) + "\n")
            for at, row in enumerate(rows(folder, "news_bulk")):
                if at == NEWS:
                    break
                file.write(
                    json.dumps({"id": f"n{at}", "body": row["body"]}, ensure_ascii=False) + "\n"
                )
        index.update([source])
    return index


def count_tokens(index: Index) -> None:
    """Writes `vectors/model/frequencies.npz`: the share of news passages that hold each common token."""
    counts: Counter[str] = Counter()
    total = 0
    for stored in index.articles():
        if stored.article.article_id.startswith("n"):
            for passage in cut(stored.article.text):
                counts.update(set(tokenize(passage.text)))
                total += 1
    common = sorted((token, n) for token, n in counts.items() if n >= 12)
    np.savez_compressed(
        MODEL / "frequencies.npz",
        tokens=np.array([zlib.crc32(token.encode()) for token, _ in common], dtype=np.uint32),
        shares=np.array([n / total for _, n in common], dtype=np.float16),
    )
    print(f"{len(common)} tokens of {total} news passages")


def gather(index: Index, folder: Path) -> list[Asked]:
    """The candidates of every held-out question."""
    numbers = {
        context: at
        for at, context in enumerate(
            dict.fromkeys(row["context"] for row in rows(folder, "qa_train"))
        )
    }
    out = []
    for row in rows(folder, "qa_train"):
        if not is_validation(row["context"]):
            continue
        found, facts = index.described(row["question"])
        own = np.array(
            [f.stored.article.article_id == f"c{numbers[row['context']]}" for f in found]
        )
        holds = np.array([any(answer in f.text for answer in row["answers"]) for f in found])
        hits = index.search(row["question"], top_k=50, mode="lexical")
        place = next(
            (
                at
                for at, hit in enumerate(hits)
                if hit.article_id == f"c{numbers[row['context']]}"
                and any(answer in hit.text for answer in row["answers"])
            ),
            None,
        )
        out.append(Asked(row["context"], facts, own & holds, own, place))
    return out


def without_own(asked: Asked) -> Facts:
    """The same candidates as if the question's context were not in the pool."""
    facts = asked.facts[~asked.own].copy()
    if len(facts):
        facts[:, 1] = facts[:, 0] / max(float(facts[:, 0].max()), 1e-9)
        facts[:, 7] = facts[:, 6] - facts[:, 6].max()
    return facts


def fit(asked: list[Asked]) -> tuple[NDArray[np.float64], float]:
    """Weights of the expanded facts and the bias, by Newton's method on the regularised likelihood."""
    parts = [(a.facts, a.right) for a in asked if a.right.any()]
    parts += [(facts, np.zeros(len(facts), bool)) for facts in map(without_own, asked)]
    x = ranking.expand(np.concatenate([facts for facts, _ in parts]))
    y = np.concatenate([right for _, right in parts]).astype(float)
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    w = np.zeros(z.shape[1])
    penalty = np.diag([L2 * len(z)] * (z.shape[1] - 1) + [0.0])
    penalty *= 0.01
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        hessian = (z * (p * (1 - p))[:, None]).T @ z + penalty + 1e-9 * np.eye(len(w))
        move = np.linalg.solve(hessian, z.T @ (p - y) + penalty @ w)
        w -= move
        if np.abs(move).max() < 1e-6:
            break
    weights = w[:-1] / spread
    return weights, float(w[-1] - (weights * mean).sum())


def hits(asked: list[Asked], score: NDArray[np.float64], bias: float) -> list[int | None]:
    """Place of the first right candidate of each question, None for none."""
    out: list[int | None] = []
    for one in asked:
        order = np.argsort(-(ranking.expand(one.facts) @ score + bias), kind="stable")
        right = np.flatnonzero(one.right[order])
        out.append(int(right[0]) if len(right) else None)
    return out


def shares(places: list[int | None]) -> str:
    """hit@1 and hit@5."""
    return " ".join(
        f"hit@{k} {np.mean([p is not None and p < k for p in places]):.4f}" for k in (1, 5)
    )


def main() -> None:
    """Fits, reports and writes `vectors/model/ranker.json`."""
    options = arguments("Fit the shipped ranker.").parse_args()
    WORK.mkdir(exist_ok=True)
    with pool(options.data) as index:
        count_tokens(index)
        asked = gather(index, options.data)
    contexts = sorted({one.context for one in asked})
    fold = {
        context: at % FOLDS
        for at, context in enumerate(np.random.default_rng(options.seed).permutation(contexts))
    }
    places: list[int | None] = []
    said: list[NDArray[np.float64]] = []
    truth: list[NDArray[np.bool_]] = []
    for number in range(FOLDS):
        weights, bias = fit([one for one in asked if fold[one.context] != number])
        held = [one for one in asked if fold[one.context] == number]
        places += hits(held, weights, bias)
        for one in held:
            said.append(1 / (1 + np.exp(-(ranking.expand(one.facts) @ weights + bias))))
            truth.append(one.right)
    probabilities, right = np.concatenate(said), np.concatenate(truth)
    print(
        f"{len(asked)} questions; candidates hold the answer: {np.mean([one.right.any() for one in asked]):.4f}"
    )
    print(f"words alone  {shares([one.by_words for one in asked])}")
    print(f"ranked       {shares(places)}")
    for low in np.arange(0, 1, 0.2):
        chosen = (probabilities >= low) & (probabilities < low + 0.2)
        if chosen.any():
            print(
                f"  says {probabilities[chosen].mean():.3f}, is {right[chosen].mean():.3f} ({chosen.sum()})"
            )
    weights, bias = fit(asked)
    data = {
        "features": list(ranking.FEATURES),
        "weights": [round(float(w), 5) for w in weights],
        "bias": round(bias, 5),
    }
    (MODEL / "ranker.json").write_text(json.dumps(data) + "\n", "utf8")


if __name__ == "__main__":
    main()

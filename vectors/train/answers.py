"""Fits what decides whether a span answers (rag/evidence.py): the last word before "not in these pages".

    nice python -m vectors.train.answers --data DATA

Questions are asked three times: with their own article in the index, without it, and with only those
of its passages that do not hold the answer. They are held-out questions of `qa_train`, asked of the
ranker's pool, and questions made from one sentence of an article (vectors/train/cloze.py), asked of
its newspaper page, where that sentence is missing. A finding is right when its words are those of an
accepted answer. Needs the encoder, the ranker and the reader.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.evidence import FEATURES, Finding, find
from rag.index import Index
from rag.measures import bare, overlap_f1
from rag.questions import analyse
from rag.reader import Reader
from rag.types import StoredArticle
from vectors.train import cloze
from vectors.train.data import MODEL, WORK, arguments, is_validation, rows
from vectors.train.ranker import pool

KEPT = 12  # findings a question; all compete when it is asked
PAGES = 120
MONTHS = ("2019-02", "2019-10")  # whose pages are asked
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
    index: Index, reader: Reader, asked: list[dict[str, Any]], own: dict[str, str]
) -> list[Sample]:
    """Findings of each question, with and without its own context in the pool."""
    out: list[Sample] = []
    article_of: Callable[[str], StoredArticle] = index.article
    passages = index.info().passages
    for row in asked:
        question = analyse(str(row["question"]))
        if question.kind not in FACTS:
            continue
        hits = index.search(question.text, top_k=10)
        home = own[str(row["context"])]
        answers: list[str] = row["answers"]
        with_home = [hit for hit in hits if hit.article_id == home]
        near = [hit for hit in with_home if not any(answer in hit.text for answer in answers)]
        away = [hit for hit in hits if hit.article_id != home]
        for kept, there in ((hits, True), (away, False), (near + away if near else [], False)):
            found = find(question, kept, article_of, reader, passages)[:KEPT] if kept else []
            if not found:
                continue
            right = [there and f.hit.article_id == home and is_right(f, answers) for f in found]
            out.append((np.array([f.features for f in found]), np.array(right), there))
    return out


def pages(folder: Path, seed: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Newspaper pages as rows of articles, with questions about them.

    A question is made from a sentence that its article then lacks.
    """
    random = np.random.default_rng(seed)
    found = [row for row in rows(folder, "newspaper_pages") if row["date"].startswith(MONTHS)]
    grouped = [list(page) for _, page in groupby(found, lambda row: (row["date"], row["page"]))]
    for at in random.permutation(len(grouped))[:PAGES]:
        articles, asked = [], []
        for row in grouped[at]:
            made = next(cloze.questions("", row["body"], random), None)
            body = made["context"] if made else row["body"]
            articles.append({"id": row["id"], "title": row["title"], "body": body})
            if made:
                asked.append(made)
        yield articles, asked


def page_samples(folder: Path, seed: int, reader: Reader) -> list[Sample]:
    """Findings of the questions about each page, each page in an index of its own."""
    out: list[Sample] = []
    for articles, asked in pages(folder, seed):
        with tempfile.TemporaryDirectory() as place:
            source = Path(place) / "page.jsonl"
            lines = (json.dumps(row, ensure_ascii=False) for row in articles)
            source.write_text("\n".join(lines), "utf8")
            own = {row["body"]: row["id"] for row in articles}
            with Index.open(Path(place) / "index") as index:
                index.update([source])
                out += samples(index, reader, asked, own)
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

    Gives the lowest threshold whose mean of both is within a point of the best: of two that are as
    good, the one that tells more.
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
    return min(threshold for threshold, mean in means.items() if mean > max(means.values()) - 0.01)


def main() -> None:
    """Fits and writes `vectors/model/answers.json`."""
    parser = arguments("Fit the decision to answer.")
    parser.add_argument("--questions", type=int, default=700)
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    contexts = dict.fromkeys(row["context"] for row in rows(options.data, "qa_train"))
    own = {context: f"c{at}" for at, context in enumerate(contexts)}
    held = [row for row in rows(options.data, "qa_train") if is_validation(row["context"])]
    order = np.random.default_rng(options.seed).permutation(len(held))[: options.questions]
    # Findings are collected in the reader's own order, whatever was fitted before.
    write([1.0, *([0.0] * (len(FEATURES) - 1))], 0.0, 0.5)
    with pool(options.data) as index:
        data = samples(index, Reader.open(), [held[at] for at in order], own)
    papers = page_samples(options.data, options.seed, Reader.open())
    for one, other, name in ((data, papers, "pages"), (papers, data, "encyclopaedia")):
        print(f"fitted without {name}, asked of it")
        report(other, *fit(one))
    data = [sample for pair in zip_longest(data, papers) for sample in pair if sample]
    half = len(data) // 2
    for train, test in ((data[:half], data[half:]), (data[half:], data[:half])):
        report(test, *fit(train))
    weights, bias = fit(data)
    print("on all of it")
    threshold = report(data, weights, bias)
    write(weights.tolist(), bias, threshold)


def write(weights: list[float], bias: float, threshold: float) -> None:
    """Writes the model that `rag.evidence` reads."""
    rounded = [round(weight, 4) for weight in weights]
    model = {"threshold": threshold, "features": list(FEATURES), "weights": rounded}
    model["bias"] = round(bias, 4)
    print(model)
    (MODEL / "answers.json").write_text(json.dumps(model) + "\n", "utf8")


if __name__ == "__main__":
    main()

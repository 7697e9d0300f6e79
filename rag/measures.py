"""How good an answer is: the measures by which Wenbao judges itself.

White space, punctuation and width never count. `overlap_f1` follows the CMRC 2018 evaluation (Cui et
al. 2019, arXiv:1810.07366).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

DEPTH = 20  # hits that count
DRAWINGS = 1000

Row = Mapping[str, Any]


def bare(text: str | None) -> str:
    """Letters, digits and ideographs only; full width folded, lower case."""
    return re.sub(r"[^\w]", "", unicodedata.normalize("NFKC", text or "")).lower()


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether a text contains one of the answers."""
    return any(bare(answer) in bare(text) for answer in answers if bare(answer))


def overlap_f1(said: str | None, answer: str) -> float:
    """F1 over the longest common run of characters."""
    a, b = bare(said), bare(answer)
    if not a or not b:
        return 0.0
    best, previous = 0, [0] * (len(b) + 1)
    for x in a:
        current = [0]
        for j, y in enumerate(b):
            current.append(previous[j] + 1 if x == y else 0)
        best, previous = max(best, *current), current
    return 2 * best / (len(a) + len(b))


def finding(right: Sequence[Sequence[bool]]) -> dict[str, Any]:
    """How early right passages come, from which of each question's first DEPTH hits are right.

    hit@k, MRR and nDCG (of binary gains, against the best order of what was found), each with the
    range that 95 % of drawings of as many questions give.
    """
    n = max(1, len(right))
    discount = 1 / np.log2(np.arange(2, DEPTH + 2))
    table = np.zeros((n, DEPTH))
    for at, row in enumerate(right):
        table[at, : len(row[:DEPTH])] = row[:DEPTH]
    place = np.where(table.any(1), table.argmax(1), DEPTH)
    ideal = np.sort(table, axis=1)[:, ::-1] @ discount
    scores = {f"hit@{k}": (place < k).astype(float) for k in (1, 5, 20)}
    scores["mrr"] = np.where(place < DEPTH, 1 / (place + 1), 0.0)
    scores["ndcg"] = table @ discount / np.maximum(ideal, 1e-9)
    drawn = np.random.default_rng(0).integers(n, size=(DRAWINGS, n))
    out: dict[str, Any] = {"n": len(right)}
    for name, values in scores.items():
        low, high = np.quantile(values[drawn].mean(1), [0.025, 0.975])
        out[name] = mean(values.tolist())
        out[f"{name} 95%"] = [round(float(low), 4), round(float(high), 4)]
    return out


def reading(rows: Sequence[Row], said: Sequence[str | None]) -> dict[str, float]:
    """EM and F1 in percent over the answerable questions; a refusal scores 0."""
    pairs = [
        (row, text) for row, text in zip(rows, said, strict=True) if row.get("answerable", True)
    ]
    exact = [any(bare(text) == bare(a) for a in row["answers"]) for row, text in pairs]
    f1 = [max(overlap_f1(text, a) for a in row["answers"]) for row, text in pairs]
    return {"n": len(pairs), "em": percent(exact), "f1": percent(f1)}


def refusing(rows: Sequence[Row], said: Sequence[bool]) -> dict[str, float]:
    """Shares of answerable questions answered and unanswerable ones refused, and their mean."""
    kept = [yes for row, yes in zip(rows, said, strict=True) if row["answerable"]]
    refused = [not yes for row, yes in zip(rows, said, strict=True) if not row["answerable"]]
    yes, no = mean(kept), mean(refused)
    return {"n": len(rows), "answered": yes, "refused": no, "balanced": round((yes + no) / 2, 4)}


def answering(rows: Sequence[Row], answers: Sequence[Row]) -> dict[str, Any]:
    """Shares of questions answered right, by kind; kind "none" is right when it is refused.

    A factual answer is right when its first span holds an accepted answer, a list when every entry is
    in the spans or the text.
    """
    right: dict[str, list[bool]] = {}
    wrong = []
    for row, said in zip(rows, answers, strict=True):
        spans = [span["text"] for span in said["spans"]]
        whole = " ".join([said["text"], *spans])
        if row["kind"] == "none":
            good = said["status"] == "no_evidence"
        else:
            good = said["status"] == "answered" and all(bare(x) in bare(whole) for x in row["all"])
            if row["answers"]:
                loose = row["kind"] in ("why", "multi", "list")
                good = good and holds(whole if loose else (spans or [""])[0], row["answers"])
        right.setdefault(row["kind"], []).append(good)
        if not good:
            wrong.append(row["id"])
    told = [good for kind, part in right.items() if kind != "none" for good in part]
    return {
        "n": len(rows),
        "answered_right": mean(told),
        "refused_right": mean(right.get("none", [])),
        "kinds": {kind: f"{sum(part)}/{len(part)}" for kind, part in right.items()},
        "wrong": wrong,
    }


def paging(gold: Sequence[Row], read: Mapping[str, Row]) -> dict[str, float]:
    """Articles of pages against what they should be.

    Item F1 over runs of 6 characters, share of exact items (F1 >= .97) and of right titles, F1 of
    paragraph ends, share of characters lost, and of characters that belong to no gold item.
    """
    f1s, titles, ends, lost, extra = [], [], [], [], []
    for page in gold:
        got = read.get(page["file"], {"articles": [], "rest": []})
        bags = [_runs("".join(item["paragraphs"])) for item in got["articles"]]
        said: Counter[str] = sum(bags, Counter())
        meant: Counter[str] = Counter()
        for item in page["articles"]:
            want = _runs("".join(item["paragraphs"]))
            meant += want
            best, at = max(((_f1(bag, want), -i) for i, bag in enumerate(bags)), default=(0.0, 1))
            match = got["articles"][-at] if best else {"title": None, "paragraphs": []}
            f1s.append(best)
            lost.append(1 - (said & want).total() / want.total())
            titles.append(best > 0 and bare(match["title"]) == bare(item["title"]))
            if item["kind"] == "article":
                left, right = ({bare(p)[-12:] for p in x["paragraphs"]} for x in (item, match))
                ends.append(2 * len(left & right) / max(1, len(left) + len(right)))
        rest = sum(len("".join(piece.split())) for piece in got["rest"])
        extra.append(((said - meant).total() + rest) / max(1, said.total() + rest))
    return {
        "items": len(f1s), "f1": mean(f1s), "exact": mean([f >= 0.97 for f in f1s]), "title": mean(titles),
        "paragraph_f1": mean(ends), "lost": mean(lost), "extra": mean(extra),
    }  # fmt: skip


def mean(values: Sequence[float]) -> float:
    """The mean, 0 of nothing, to four digits."""
    return round(sum(values) / max(1, len(values)), 4)


def percent(values: Sequence[float]) -> float:
    """The mean in percent, to one digit."""
    return round(100 * sum(values) / max(1, len(values)), 1)


def _runs(text: str, size: int = 6) -> Counter[str]:
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    return Counter(text[at : at + size] for at in range(max(1, len(text) - size + 1)))


def _f1(bag: Counter[str], want: Counter[str]) -> float:
    return 2 * (bag & want).total() / (bag.total() + want.total())

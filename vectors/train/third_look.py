"""Fits what it counts how the reader finds the first candidates (`rag/third_look.py`).

    nice python -m vectors.train.third_look --data DATA

Reads `work/looked.jsonl`, which `vectors.train.ranker` writes: questions whose first candidates two networks
that had not seen them left open. Needs `vectors/model/reader`, which has learned from none of these texts but
the pages of two months (its card says why).
Figures are of each fifth of the texts by weights that were fitted on the others.
"""

import json
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rag import third_look as reading
from rag.network import Network
from vectors.train.data import MODEL, WORK, arguments

PATH = WORK / "looked.jsonl"
FOLDS = 5
DECAY = 1e-3  # of weights, on the mean loss


@dataclass(slots=True)
class Read:
    """A question's first candidates as the reader found them."""

    kind: str
    fold: int
    facts: NDArray[np.float64]  # [candidates, FEATURES]
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]  # to be right or wrong


def load() -> list[Read]:
    """Reads the first candidates of every question."""
    out = []
    with PATH.open(encoding="utf8") as file:
        for line in file:
            row = json.loads(line)
            odds = np.array(row["odds"])
            out.append(
                Read(
                    kind=row["kind"],
                    fold=zlib.crc32(row["context"].encode()) % FOLDS,
                    facts=reading.described(row["question"], odds, row["texts"]),
                    right=np.array(row["right"], dtype=np.bool_),
                    known=np.array(row["known"], dtype=np.bool_),
                )
            )
            if len(out) % 1000 == 0:
                print(f"{len(out)} questions", flush=True)
    return out


def fit(known: list[Read]) -> Network:
    """A linear model by two losses: each candidate right or wrong, and the right ones before the others."""
    every = np.concatenate([one.facts for one in known])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    pad = torch.nn.utils.rnn.pad_sequence
    facts = pad([torch.from_numpy((one.facts - mean) / spread) for one in known], batch_first=True)
    right = pad([torch.from_numpy(one.right) for one in known], batch_first=True)
    told = pad([torch.from_numpy(one.known) for one in known], batch_first=True)
    answered = right.any(1)
    weights = torch.zeros(len(mean) + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = facts @ weights[:-1] + weights[-1]
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            logits[told], right[told].double(), reduction="sum"
        )
        among = torch.logsumexp(logits.masked_fill(~told, -1e9), 1)
        first = (among - torch.logsumexp(logits.masked_fill(~right, -1e9), 1))[answered].sum()
        total = (each + first) / len(known) + DECAY * weights[:-1].square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[arg-type]
    found = weights.detach().numpy()
    weight = found[:-1] / spread
    bias = np.array([found[-1] - weight @ mean])
    return Network(low=every.min(0), high=every.max(0), layers=((weight[:, None], bias),))


def main() -> None:
    """Fits, reports and writes `vectors/model/third_look.json`."""
    arguments("Fit what it counts how the reader finds the first candidates.").parse_args()
    read = load()
    networks = [fit([one for one in read if one.fold != fold]) for fold in range(FOLDS)]
    for kind in dict.fromkeys(one.kind for one in read):
        chosen = [one for one in read if one.kind == kind]
        before = np.mean([one.right[0] for one in chosen])
        after = np.mean([one.right[networks[one.fold].logit(one.facts).argmax()] for one in chosen])
        print(
            f"{kind}: {len(chosen)} left open; the first was right in {before:.4f}, now in {after:.4f}"
        )
    found = fit(read).written(reading.FEATURES)
    (MODEL / "third_look.json").write_text(json.dumps(found) + "\n", "utf8")


if __name__ == "__main__":
    main()

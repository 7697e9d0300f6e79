"""Conditional logit (McFadden 1974): which of several options is right, by the facts of each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray


def fit(
    options: Sequence[NDArray[np.float64]],
    right: Sequence[int],
    spread: NDArray[np.float64],
    decay: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Weights of the facts, [facts].

    Args:
        options: Of each choice its options, [options, facts].
        right: Of each choice the right option.
        spread: Of each fact what counts as much as one, [facts].
        decay: Of each fact what its weight costs, squared and at this spread, beside the mean loss, [facts].
    """
    most = max(map(len, options))
    facts = np.zeros((len(options), most, len(spread)))
    there = np.zeros((len(options), most), dtype=np.bool_)
    for at, one in enumerate(options):
        facts[at, : len(one)] = one / spread
        there[at, : len(one)] = True
    scaled, present = torch.from_numpy(facts), torch.from_numpy(there)
    chosen, costs = torch.tensor(right), torch.from_numpy(decay)
    weights = torch.zeros(len(spread), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = (scaled @ weights).masked_fill(~present, -1e9)
        total = torch.nn.functional.cross_entropy(scores, chosen)
        total = total + (costs * weights.square()).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[arg-type]
    found: NDArray[np.float64] = weights.detach().numpy() / spread
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page of a month left open; the first option is that it is nothing special."""

    month: str
    options: NDArray[np.float64]  # [options, facts], zeros first
    right: int


def fit_choices(known: Sequence[Choice], names: Sequence[str], decay: float) -> NDArray[np.float64]:
    """Weights of the named facts; "always" costs nothing and counts as it is."""
    spread = np.concatenate([one.options[1:] for one in known]).std(0) + 1e-6
    costs = np.full(len(names), decay)
    for at, name in enumerate(names):
        if name == "always":
            spread[at], costs[at] = 1.0, 0.0
    return fit([one.options for one in known], [one.right for one in known], spread, costs)


def write(path: Path, known: Sequence[Choice], names: Sequence[str], decay: float) -> None:
    """Writes the weights, and reports how right each month is by those fitted on the others."""
    for month in dict.fromkeys(one.month for one in known):
        weights = fit_choices([one for one in known if one.month != month], names, decay)
        asked = [one for one in known if one.month == month]
        right = [int((one.options @ weights).argmax()) == one.right for one in asked]
        special = [said for said, one in zip(right, asked, strict=True) if one.right]
        print(
            f"{month}: {len(asked)} places, right {np.mean(right):.4f}; "
            f"{len(special)} with a headline, found {np.mean(special):.4f}"
        )
    found = dict(zip(names, fit_choices(known, names, decay).round(4).tolist(), strict=True))
    path.write_text(json.dumps(found, indent=1) + "\n", "utf8")

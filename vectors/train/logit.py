"""Conditional logit (McFadden 1974): which of several options is right, by the facts of each."""

from collections.abc import Sequence

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

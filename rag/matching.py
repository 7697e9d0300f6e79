"""Rows and columns → who goes with whom: one assignment over all (Kuhn 1955, by shortest paths)."""

import numpy as np
from numpy.typing import NDArray


def matching(scores: NDArray[np.float64]) -> list[int | None]:
    """For each row its column in the assignment with the greatest sum, or None; scores [rows, columns]."""
    h, n = scores.shape
    size = max(h, n)
    cost = np.zeros((size + 1, size + 1))
    cost[1 : h + 1, 1 : n + 1] = -scores
    rows, columns = np.zeros(size + 1), np.zeros(size + 1)
    match = np.zeros(size + 1, dtype=np.int64)
    for row in range(1, size + 1):
        match[0] = row
        column = 0
        least = np.full(size + 1, np.inf)
        came = np.zeros(size + 1, dtype=np.int64)
        used = np.zeros(size + 1, dtype=bool)
        while True:
            used[column] = True
            here = match[column]
            reach = cost[here] - rows[here] - columns
            better = ~used & (reach < least)
            least[better] = reach[better]
            came[better] = column
            open_ = np.where(used, np.inf, least)
            open_[0] = np.inf
            following = int(np.argmin(open_))
            step = open_[following]
            rows[match[used]] += step
            columns[used] -= step
            least[~used] -= step
            column = following
            if match[column] == 0:
                break
        while column:
            match[column] = match[came[column]]
            column = int(came[column])
    out: list[int | None] = [None] * h
    for column in range(1, n + 1):
        if 1 <= match[column] <= h:
            out[int(match[column]) - 1] = column - 1
    return out

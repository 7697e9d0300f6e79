"""Rows and columns → who goes with whom: one assignment over all (Kuhn 1955, by shortest paths)."""

import numpy as np
from numpy.typing import NDArray


def matching(scores: NDArray[np.float64]) -> list[int | None]:
    """For each row its column in the assignment with the greatest sum, or None; scores [rows, columns].

    The shorter side looks for the longer one, so that many headlines above one article cost little.
    """
    if scores.shape[0] <= scores.shape[1]:
        return list(_columns_of(scores))
    out: list[int | None] = [None] * len(scores)
    for column, row in enumerate(_columns_of(scores.T)):
        out[row] = column
    return out


def _columns_of(scores: NDArray[np.float64]) -> list[int]:
    """`matching` where there are no more rows than columns: every row has a column."""
    h, n = scores.shape
    cost = np.zeros((h + 1, n + 1))
    cost[1:, 1:] = -scores
    rows, columns = np.zeros(h + 1), np.zeros(n + 1)
    match = np.zeros(n + 1, dtype=np.int64)
    for row in range(1, h + 1):
        match[0] = row
        column = 0
        least = np.full(n + 1, np.inf)
        came = np.zeros(n + 1, dtype=np.int64)
        used = np.zeros(n + 1, dtype=bool)
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
    out = [0] * h
    for column in range(1, n + 1):
        if match[column]:
            out[int(match[column]) - 1] = column - 1
    return out

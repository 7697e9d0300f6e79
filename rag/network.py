"""A small network over named facts, in numpy: what ranks passages and what judges answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Layers over facts, with ReLU between them; the last gives log odds.

    Facts beyond what it was fitted on count as the nearest that it knows: it cannot guess further.
    """

    low: NDArray[np.float64]  # [facts]
    high: NDArray[np.float64]  # [facts]
    layers: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]  # weight [in, out], bias

    @classmethod
    def read(cls, data: dict[str, Any], features: Sequence[str]) -> "Network":
        """What `written` gave.

        Raises:
            ValueError: It was fitted on other features.
        """
        if tuple(data["features"]) != tuple(features):
            raise ValueError(f"the weights were fitted on other features: {data['features']}")
        return cls(
            low=np.array(data["low"]),
            high=np.array(data["high"]),
            layers=tuple(
                (np.array(layer["weight"]), np.array(layer["bias"])) for layer in data["layers"]
            ),
        )

    def written(self, features: Sequence[str]) -> dict[str, Any]:
        """The network as JSON can hold it, rounded to what matters."""
        return {
            "features": list(features),
            "low": self.low.round(4).tolist(),
            "high": self.high.round(4).tolist(),
            "layers": [
                {"weight": weight.round(4).tolist(), "bias": bias.round(4).tolist()}
                for weight, bias in self.layers
            ],
        }

    def logit(self, facts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds of each row of facts, [n]."""
        values = np.clip(facts, self.low, self.high)
        for weight, bias in self.layers[:-1]:
            values = np.maximum(values @ weight + bias, 0.0)
        weight, bias = self.layers[-1]
        return (values @ weight + bias)[:, 0]

    def probability(self, facts: NDArray[np.float64]) -> Scores:
        """The probability of each row of facts, [n]."""
        return probability(self.logit(facts))


def probability(logits: NDArray[np.float64]) -> Scores:
    """Log odds as probabilities, [n]."""
    return (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)

"""Fakes for tests of programs that embed Wenbao: deterministic, and meaningful enough to reason about."""

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from rag.types import Vectors


class HashEncoder:
    """Hashes character bigrams into `dim` columns, so that texts that share bigrams are near.

    A bigram adds one to column crc32(bigram) % dim; rows then get length one. `calls` counts the
    texts that were encoded.
    """

    def __init__(self, dim: int = 64) -> None:
        self.name = f"hash-{dim}"
        self.fingerprint = self.name
        self.dim = dim
        self.calls = 0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts, [n, dim]."""
        self.calls += len(texts)
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for left, right in pairwise(text):
                row[zlib.crc32((left + right).encode()) % self.dim] += 1
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        return (out / np.where(norms > 0, norms, 1)).astype(np.float32)

    encode_questions = encode_passages

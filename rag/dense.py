"""Nearest passages by meaning: FAISS. The only importer of faiss.

Every vector is looked at (no training, no lost neighbours), in one byte a number: a quarter of a million
of 256 dimensions are 62 MB and take 3 ms, where half precision takes 11. What is found is scored again
with the vectors as the store keeps them. Derived from the store; a small file beside it
carries the number of the change it contains and the digest of its bytes, because FAISS loads many
damaged files without a word.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from rag.types import RowIds, Scores, Vectors

FILE_NAME = "dense.faiss"
_NO_CHANGE = -1
_CODES = "int8"  # how numbers are kept; a file that keeps them otherwise is made anew
_WIDEST = 6.0  # standard deviations of a unit vector's numbers that a byte reaches


class DenseIndex:
    """Passages by their vectors; ids are the store's row ids."""

    def __init__(self, dim: int) -> None:
        """An empty index for vectors of `dim` columns."""
        import faiss

        self.dim = dim
        self.change = _NO_CHANGE
        codes = faiss.IndexScalarQuantizer(
            dim, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        self._index: Any = faiss.IndexIDMap2(codes)
        self._scale = 127.0 / min(1.0, _WIDEST / dim**0.5)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @classmethod
    def load(cls, folder: Path, dim: int) -> "DenseIndex":
        """The index saved in `folder`; an empty one (change -1) if there is none or it is damaged."""
        import faiss

        loaded = cls(dim)
        try:
            facts = json.loads((folder / "dense.json").read_text("utf8"))
            path = folder / FILE_NAME
            if _digest(path) != facts["sha256"]:
                return loaded
            index = faiss.read_index(str(path))
            if (index.d, index.ntotal, _CODES) != (dim, facts["count"], facts["codes"]):
                return loaded
            loaded._index, loaded.change = index, int(facts["change"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return cls(dim)
        return loaded

    def save(self, folder: Path, *, change: int) -> None:
        """Writes beside and replaces, vectors first: a stop between leaves a digest that does not fit."""
        import faiss

        target = folder / FILE_NAME
        beside = folder / f"{FILE_NAME}.new"
        faiss.write_index(self._index, str(beside))
        digest = _digest(beside)
        _replace(beside, target)
        facts = {"change": change, "count": len(self), "codes": _CODES, "sha256": digest}
        beside = folder / "dense.json.new"
        beside.write_text(json.dumps(facts), "utf8")
        _replace(beside, folder / "dense.json")
        self.change = change

    def add(self, rows: RowIds, vectors: Vectors) -> None:
        """Adds vectors [n, dim] under new row ids [n].

        Raises:
            ValueError: Shapes do not fit.
        """
        if vectors.shape != (len(rows), self.dim):
            raise ValueError(f"vectors {vectors.shape} for {len(rows)} rows of {self.dim}")
        if len(rows):
            self._index.add_with_ids(self._codes(vectors), np.ascontiguousarray(rows))

    def _codes(self, vectors: Vectors) -> Vectors:
        """Whole numbers from -127 to 127: FAISS multiplies bytes with bytes."""
        scaled = np.rint(vectors.astype(np.float32) * np.float32(self._scale))
        return np.ascontiguousarray(scaled.clip(-127, 127))

    def remove(self, rows: RowIds) -> None:
        """Takes vectors out; unknown row ids are ignored."""
        import faiss

        if len(rows) and len(self):
            self._index.remove_ids(faiss.IDSelectorBatch(np.ascontiguousarray(rows)))

    def search(
        self, vector: Vectors, limit: int, only: RowIds | None = None
    ) -> tuple[RowIds, Scores]:
        """The passages whose vectors have the largest inner product with `vector` [dim].

        Returns:
            Row ids and scores (about the cosines, as all rows have length one), best first; equal
            scores in order of row ids.
        """
        import faiss

        if not len(self) or limit < 1 or (only is not None and not len(only)):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        chosen = None
        if only is not None:
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(only))
            chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        query = self._codes(vector).reshape(1, self.dim)
        # One query is one thread's work; the others would only wait for it, and cost as much.
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            scores, rows = self._index.search(query, min(limit, len(self)), params=chosen)
        finally:
            faiss.omp_set_num_threads(threads)
        real = rows[0] >= 0  # FAISS fills empty places with -1
        found, values = rows[0][real], scores[0][real] / self._scale**2
        order = np.lexsort((found, -values))
        return found[order], values[order]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(beside: Path, target: Path) -> None:
    """Moves a finished file over the old one, bytes on the disk first."""
    with beside.open("rb+") as file:
        os.fsync(file.fileno())
    beside.replace(target)

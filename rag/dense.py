"""Nearest passages by meaning: FAISS. The only importer of faiss.

Every vector is looked at, in one byte a number. Of a quarter of a million that is 62 MB, which no
cache holds between two questions: it takes 7 ms. So large indexes are first looked through in coarse
codes of two bits a number (product quantisation, Jégou et al. 2011; laid out for vector instructions,
André et al. 2015), and only what comes nearest there in bytes: 2 ms, all of the true first ten and 97 of
a hundred of the first 64. What is found is scored again with the vectors as the store keeps them. Derived
from the store; a small file beside them carries the number of the change that they contain and the digest
of their bytes, because FAISS loads many damaged files without a word.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from rag.types import RowIds, Scores, Vectors

FILE_NAME = "dense.faiss"
COARSE_NAME = "dense-coarse.faiss"
COARSE_FROM = 32_768  # vectors; fewer are looked through in bytes at once
OVERSAMPLED, AT_LEAST = 4, 256  # vectors looked at again: so many times as many as wanted
LEARNED_FROM = 8_192  # vectors from which the coarse codes are learned; more gain nothing
_AT_ONCE = 32_768  # vectors that are coded together
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
        self._coarse: Any = None  # the same vectors in coarse codes, where there are many
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
            indexes = []
            for name, digest in facts["sha256"].items():
                if _digest(folder / name) != digest:
                    return loaded
                indexes.append(index := faiss.read_index(str(folder / name)))
                if (index.d, index.ntotal, _CODES) != (dim, facts["count"], facts["codes"]):
                    return loaded
            loaded._index, loaded._coarse = indexes[0], indexes[1] if indexes[1:] else None
            loaded.change = int(facts["change"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
            return cls(dim)
        return loaded

    def save(self, folder: Path, *, change: int) -> None:
        """Writes beside and replaces, vectors first: a stop between leaves a digest that does not fit."""
        import faiss

        self._learn_coarse()
        digests = {}
        for name, index in ((FILE_NAME, self._index), (COARSE_NAME, self._coarse)):
            if index is not None:
                beside = folder / f"{name}.new"
                faiss.write_index(index, str(beside))
                digests[name] = _digest(beside)
                _replace(beside, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        facts = {"change": change, "count": len(self), "codes": _CODES, "sha256": digests}
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
            codes, ids = self._codes(vectors), np.ascontiguousarray(rows)
            self._index.add_with_ids(codes, ids)
            if self._coarse is not None:
                self._coarse.add_with_ids(codes, ids)

    def _learn_coarse(self) -> None:
        """Codes all vectors coarsely, where there are many and none is yet."""
        import faiss

        if self._coarse is not None or len(self) < COARSE_FROM or self.dim % 2:
            return
        ids = faiss.vector_to_array(self._index.id_map)
        coarse = faiss.IndexPQFastScan(self.dim, self.dim // 2, 4, faiss.METRIC_INNER_PRODUCT)
        coarse.train(self._index.reconstruct_batch(ids[:: -(-len(ids) // LEARNED_FROM)]))
        named = faiss.IndexIDMap(coarse)
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            named.add_with_ids(self._index.reconstruct_batch(some), some)
        self._coarse = named

    def _codes(self, vectors: Vectors) -> Vectors:
        """Whole numbers from -127 to 127: FAISS multiplies bytes with bytes."""
        scaled = np.rint(vectors.astype(np.float32) * np.float32(self._scale))
        return np.ascontiguousarray(scaled.clip(-127, 127))

    def remove(self, rows: RowIds) -> None:
        """Takes vectors out; unknown row ids are ignored."""
        import faiss

        if len(rows) and len(self):
            gone = faiss.IDSelectorBatch(np.ascontiguousarray(rows))
            for index in filter(None, (self._index, self._coarse)):
                index.remove_ids(gone)

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
        query = self._codes(vector).reshape(1, self.dim)
        wanted = max(AT_LEAST, OVERSAMPLED * limit)
        # One query is one thread's work; the others would only wait for it, and cost as much.
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            if only is None and self._coarse is not None and wanted < len(self):
                _, near = self._coarse.search(query, wanted)
                found = near[0][near[0] >= 0]
                values = self.products(vector, found)
            else:
                chosen = None
                if only is not None:
                    selector = faiss.IDSelectorBatch(np.ascontiguousarray(only))
                    chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
                scores, rows = self._index.search(query, min(limit, len(self)), params=chosen)
                real = rows[0] >= 0  # FAISS fills empty places with -1
                found, values = rows[0][real], scores[0][real] / np.float32(self._scale**2)
        finally:
            faiss.omp_set_num_threads(threads)
        order = np.lexsort((found, -values))[:limit]
        return found[order], values[order]

    def products(self, vector: Vectors, rows: RowIds) -> Scores:
        """Inner products of `vector` [dim] with the vectors of row ids [n], to about 0.003.

        Raises:
            RuntimeError: A row id is unknown.
        """
        if not len(rows):
            return np.zeros(0, np.float32)
        vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows))
        return (vectors @ self._codes(vector) / self._scale**2).astype(np.float32)  # type: ignore[no-any-return]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(beside: Path, target: Path) -> None:
    """Moves a finished file over the old one, bytes on the disk first."""
    with beside.open("rb+") as file:
        os.fsync(file.fileno())
    beside.replace(target)

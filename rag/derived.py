"""What is derived from the store: the vector index and the full-text index of one state.

Both carry the number of the store's change that they contain. Where they are behind, missing or
damaged they are filled anew from the store; nothing here is ever the only copy of anything.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from rag.dense import DenseIndex
from rag.lexical import TextIndex, TextRow
from rag.store import Store
from rag.tokens import token_lines
from rag.types import RowIds

BATCH_PASSAGES = 8192  # vectors held in memory at a time while filling


class Derived:
    """The two search structures of one state folder."""

    def __init__(self, folder: Path, store: Store) -> None:
        """Opens what is there; `fits` tells whether it is up to date."""
        self._folder = folder
        self._store = store
        self.dense = DenseIndex.load(folder, int(store.meta("dim")))
        self.text = TextIndex(folder / "text")

    def fits(self, change: int) -> bool:
        """Whether both hold exactly the store's `change`, with every passage in each."""
        passages = self._store.count("passages")
        return (
            self.dense.change == self.text.change == change
            and len(self.dense) == len(self.text) == passages
        )

    @property
    def whole(self) -> bool:
        """Whether both hold one change, if an earlier one: between their two commits they do not."""
        return self.dense.change == self.text.change >= 0

    def advance(self, *, added_after: int, removed: RowIds) -> None:
        """Takes in the store's last change: passages after a row id are new, `removed` are gone."""
        change = self._store.change
        self.dense.remove(removed)
        rows = self._taking_vectors(self._store.each_passage(after=added_after))
        self.text.update(add=rows, remove=removed, change=change)
        self.dense.save(self._folder, change=change)

    def refill(self) -> None:
        """Makes both anew from the store."""
        self.text.clear()
        self.dense = DenseIndex(self.dense.dim)
        self.advance(added_after=0, removed=np.zeros(0, np.int64))

    def _taking_vectors(
        self, passages: Iterable[tuple[int, str, str, bytes, str | None, str | None]]
    ) -> Iterator[TextRow]:
        """Passes rows on to the full-text index and their vectors to the vector index, in one pass."""
        walk = iter(passages)
        while batch := list(islice(walk, BATCH_PASSAGES)):
            vectors = np.frombuffer(b"".join(row[3] for row in batch), dtype=np.float16)
            self.dense.add(
                np.array([row[0] for row in batch], dtype=np.int64),
                vectors.reshape(len(batch), self.dense.dim).astype(np.float32),
            )
            lines = token_lines([f"{row[1]}\n{row[2]}" for row in batch])
            for row, tokens in zip(batch, lines, strict=True):
                yield TextRow(row[0], tokens, newspaper=row[4], date=row[5])

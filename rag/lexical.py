"""Full-text search over our own tokens: BM25 by tantivy. The only importer of tantivy.

Derived from the store: each commit carries the number of the change it contains, in a document of
its own, so that tokens and number become visible in one moment. A folder that is missing, damaged or
behind is made anew from the store.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.types import RowIds, Scores

HEAP_BYTES = 128 * 2**20  # of the writer; more makes fewer, larger segments
_NO_CHANGE = -1


class TextRow(NamedTuple):
    """A passage on its way into the index."""

    passage: int
    tokens: str  # with spaces between them
    newspaper: str | None
    date: str | None  # YYYY-MM-DD


class Filter(NamedTuple):
    """What a search is limited to; days are inclusive, YYYY-MM-DD."""

    since: str | None = None
    until: str | None = None
    newspaper: str | None = None
    kind: str | None = None  # of article; not in the full-text index, which leaves it to the caller

    @property
    def active(self) -> bool:
        """Whether anything is filtered at all."""
        return any(value is not None for value in self)


EVERYTHING = Filter()


class TextIndex:
    """Passages by their tokens."""

    def __init__(self, path: Path) -> None:
        """Opens the index at `path`, or makes an empty one.

        What cannot be opened is empty, too, but stays where it is: only who writes may clear it.
        """
        self._path = path
        try:
            self._index = _open(path)
        except Exception:  # noqa: BLE001  tantivy raises many kinds for damage; all mean: fill anew
            self._index = _open(None)
        self._searcher = self._index.searcher()

    @property
    def change(self) -> int:
        """Number of the store's change that this index contains; -1 when it is empty or damaged."""
        import tantivy

        query = tantivy.Query.range_query(
            self._index.schema, "change", tantivy.FieldType.Unsigned, 0, 2**62
        )
        try:
            hits = self._searcher.search(query, 1).hits
            return int(self._searcher.doc(hits[0][1])["change"][0]) if hits else _NO_CHANGE
        except Exception:  # noqa: BLE001  a damaged segment shows only when it is read
            return _NO_CHANGE

    def __len__(self) -> int:
        return max(0, int(self._searcher.num_docs) - 1)

    def clear(self) -> None:
        """Drops everything, so that the index can be filled anew."""
        shutil.rmtree(self._path, ignore_errors=True)
        self._index = _open(self._path)
        self._searcher = self._index.searcher()

    def update(self, *, add: Iterable[TextRow], remove: RowIds, change: int) -> None:
        """Adds and removes passages in one commit that also carries the change's number."""
        import tantivy

        # One thread: documents then lie in the order in which they came, on every run.
        writer = self._index.writer(HEAP_BYTES, 1)
        for passage in remove:
            # By query: deletion by term takes the number for a signed one and finds nothing.
            writer.delete_documents_by_query(
                tantivy.Query.term_query(self._index.schema, "passage", int(passage), "basic")
            )
        for row in add:
            document = tantivy.Document()
            document.add_unsigned("passage", row.passage)
            document.add_text("tokens", row.tokens)
            if row.newspaper is not None:
                document.add_text("newspaper", row.newspaper)
            if row.date is not None:
                document.add_unsigned("day", _day(row.date))
            writer.add_document(document)
        writer.delete_documents_by_query(
            tantivy.Query.range_query(
                self._index.schema, "change", tantivy.FieldType.Unsigned, 0, 2**62
            )
        )
        marker = tantivy.Document()
        marker.add_unsigned("change", change)
        writer.add_document(marker)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(
        self, tokens: Sequence[str], limit: int, only: Filter = EVERYTHING
    ) -> tuple[RowIds, Scores]:
        """The best passages by BM25.

        Args:
            tokens: Of the query; a repeated token counts as often as it occurs.
            limit: At most so many.
            only: Passages outside this filter are not considered.

        Returns:
            Row ids and scores (float32, > 0), best first; equal scores in order of row ids.
        """
        import tantivy

        schema = self._index.schema
        words: list[tuple[Any, Any]] = []
        for token, times in Counter(tokens).items():
            term = tantivy.Query.term_query(schema, "tokens", token, "freq")
            words.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, float(times))))
        if not words or limit < 1:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        query = tantivy.Query.boolean_query(words)
        if only.active:
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    *((tantivy.Occur.Must, q) for q in self._limits(only)),
                ]
            )
        hits = self._searcher.search(query, limit, count=False).hits
        found = self._searcher.fast_field_values("passage", [address for _, address in hits])
        rows = np.array(found, dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def document_frequency(self, token: str) -> int:
        """In how many passages a token occurs (removed ones may count until segments merge)."""
        return int(self._searcher.doc_freq("tokens", token))

    def _limits(self, only: Filter) -> list[Any]:
        import tantivy

        schema, limits = self._index.schema, []
        if only.since is not None or only.until is not None:
            first, last = _day(only.since or "0001-01-01"), _day(only.until or "9999-12-31")
            if first > last:
                return [tantivy.Query.empty_query()]
            limits.append(
                tantivy.Query.range_query(schema, "day", tantivy.FieldType.Unsigned, first, last)
            )
        if only.newspaper is not None:
            term = tantivy.Query.term_query(schema, "newspaper", only.newspaper, "basic")
            limits.append(tantivy.Query.const_score_query(term, 0.0))
        return [tantivy.Query.const_score_query(limit, 0.0) for limit in limits]


def _day(date: str) -> int:
    return int(date.replace("-", ""))


def _open(path: Path | None) -> Any:
    """The index in a folder; None is one in memory."""
    import tantivy

    if path is not None:
        path.mkdir(parents=True, exist_ok=True)
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage", indexed=True, fast=True)
    builder.add_text_field("tokens", tokenizer_name="tokens", index_option="freq")
    builder.add_text_field("newspaper", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("day", indexed=True, fast=True)
    builder.add_unsigned_field("change", stored=True, indexed=True, fast=True)
    index = tantivy.Index(builder.build(), path=str(path) if path else None, reuse=True)
    # Registered at each opening: tantivy keeps only the name.
    spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("tokens", spaces)
    index.reload()
    return index

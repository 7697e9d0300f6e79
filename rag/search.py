"""A question → candidates of both indexes → ranked passages."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag import ranking
from rag.derived import Derived
from rag.encoder import Encoder
from rag.errors import QuestionError, SettingsError
from rag.lexical import Filter
from rag.messages import say
from rag.store import PassageRow, Store
from rag.tokens import simplified, tokenize
from rag.types import Hit, Mode, RowIds, Scores, Vectors

MAX_QUESTION_CHARS = 2000  # a question; longer texts are pasted pages
CANDIDATES = 64  # taken from each index before ranking; 50 miss twice as many answers as 80


@dataclass(frozen=True, slots=True)
class Searcher:
    """Finds in one snapshot of an index."""

    store: Store
    derived: Derived
    encoder: Encoder

    def hits(self, question: str, limit: int, mode: Mode, only: Filter) -> list[Hit]:
        """The best passages, best first; equal scores keep the order in which pages came."""
        rows, scores = self._scored(question, limit, mode, only)
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        found = self.store.passage_rows(rows.tolist())
        return [hit_of(row, score_of[row.passage]) for row in found]

    def described(
        self, question: str, limit: int = CANDIDATES, only: Filter | None = None
    ) -> tuple[RowIds, NDArray[np.float64]]:
        """The candidates of a question and the facts [n, features] by which they are ranked."""
        only = only or Filter()
        text, dense = self.derived.text, self.derived.dense
        vector = self._vector(question)
        by_words, scores = text.search(_terms(question), limit, only)
        by_meaning, _ = dense.search(vector, limit, self._allowed(only))
        found = self.store.surroundings(
            np.union1d(by_words, by_meaning).tolist(), reach=ranking.REACH
        )
        rows = np.array([one.passage for one in found], dtype=np.int64)
        lexical = np.zeros(len(rows), dtype=np.float32)
        known = np.isin(by_words, rows)
        lexical[np.searchsorted(rows, by_words[known])] = scores[known]
        documents = max(1, len(text))
        asked = ranking.asked(
            question,
            lambda token: ranking.idf(documents, text.document_frequency(token), token),
        )
        return rows, ranking.describe(asked, found, lexical, self._cosines(vector, rows))

    def _scored(self, question: str, limit: int, mode: Mode, only: Filter) -> tuple[RowIds, Scores]:
        if mode == "lexical":
            return self.derived.text.search(_terms(question), limit, only)
        if mode == "dense":
            vector = self._vector(question)
            rows, _ = self.derived.dense.search(vector, limit, self._allowed(only))
            scores = self._cosines(vector, rows)
        else:
            rows, facts = self.described(question, max(CANDIDATES, limit), only)
            scores = ranking.shipped_ranker().probability(facts)
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def _vector(self, question: str) -> Vectors:
        # Traditional characters are matched as simplified ones; the encoder knows only these.
        vectors: Vectors = self.encoder.encode_questions([simplified(question)])
        return vectors[0]  # type: ignore[no-any-return]

    def _cosines(self, vector: Vectors, rows: RowIds) -> Scores:
        return ranking.cosine(vector, self.store.vectors(rows.tolist(), self.derived.dense.dim))

    def _allowed(self, only: Filter) -> RowIds | None:
        return self.store.passages_where(**only._asdict()) if only.active else None


def _terms(question: str) -> list[str]:
    """Tokens to search for: words that ask are in every interview and in no answer."""
    return tokenize(ranking.stated(question))


def checked_question(question: str) -> str:
    """The question without control characters and outer space.

    Raises:
        QuestionError: It is empty, or longer than 2,000 characters.
    """
    cleaned = "".join(c if c.isprintable() else " " for c in question).strip()
    if not cleaned:
        raise QuestionError(
            say(
                "问题是空的。请输入想问的话。", "The question is empty. Type what you want to know."
            )
        )
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise QuestionError(
            say(
                f"问题有 {len(cleaned)} 个字，超过 {MAX_QUESTION_CHARS} 字。请缩短后再问。",
                f"The question has {len(cleaned)} characters, more than {MAX_QUESTION_CHARS}. Shorten it.",
            )
        )
    return cleaned


def checked_filter(since: str | None, until: str | None, newspaper: str | None) -> Filter:
    """The filter.

    Raises:
        SettingsError: A day is no date.
    """
    for day in (since, until):
        try:
            if day is not None and datetime.date.fromisoformat(day).isoformat() != day:
                raise ValueError(day)
        except (ValueError, TypeError) as error:
            raise SettingsError(
                say(
                    f"“{day}”不是日期。请写成 YYYY-MM-DD。",
                    f"{day!r} is no date. Write YYYY-MM-DD.",
                )
            ) from error
    return Filter(since, until, newspaper)


def hit_of(row: PassageRow, score: float) -> Hit:
    """A stored passage as a hit."""
    stored = row.stored
    return Hit(
        passage_id=row.passage_id,
        article_id=stored.article.article_id,
        page_id=stored.page_id,
        title=stored.article.title,
        label=stored.article.label,
        text=row.text,
        start=row.start,
        end=row.end,
        score=score,
        newspaper=stored.newspaper,
        date=stored.date,
        page_no=stored.page_no,
    )


def grouped(hits: Sequence[Hit], alike: float = 0.6) -> list[Hit]:
    """Folds near-duplicates into the best of them: passages that share most of their bigrams."""
    kept: list[tuple[Hit, set[tuple[str, str]], list[str]]] = []
    for hit in hits:
        bigrams = set(pairwise(hit.text))
        for first, others, also in kept:
            if len(bigrams & others) >= alike * min(len(bigrams), len(others)):
                if hit.article_id != first.article_id and hit.article_id not in also:
                    also.append(hit.article_id)
                break
        else:
            kept.append((hit, bigrams, []))
    return [replace(hit, also=tuple(also)) for hit, _, also in kept]

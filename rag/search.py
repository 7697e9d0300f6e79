"""A question → candidates of both indexes → ranked passages."""

import datetime
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from rag import ranking, second_look, third_look
from rag.dates import Period, unlimited
from rag.derived import Derived
from rag.encoder import Encoder
from rag.errors import QuestionError, SettingsError
from rag.lexical import Filter
from rag.messages import say
from rag.network import probability
from rag.store import PassageRow, Store, Surroundings
from rag.tokens import simplified, tokenize
from rag.types import Hit, Kind, Mode, RowIds, Scores, Vectors

MAX_QUESTION_CHARS = 2000  # a question; longer texts are pasted pages
CANDIDATES = 64  # taken from each index before ranking; 50 miss twice as many answers as 80
RANKED = 64  # of these 110 or so, by what both indexes say of them; ranking all finds no more
# What a cosine, and having no place in the full-text index, count beside the best score there.
MEANING, NOT_BY_WORDS = 1.25, 0.3
# A token of more passages takes long to look for and tells little, where so many rarer ones are left.
COMMON, LEFT = 20_000, 4


@dataclass(frozen=True, slots=True)
class Searcher:
    """Finds in one snapshot of an index."""

    store: Store
    derived: Derived
    encoder: Encoder

    def hits(
        self, question: str, limit: int, mode: Mode, only: Filter, meant: Period | None = None
    ) -> list[Hit]:
        """The best passages, best first; equal scores keep the order in which pages came.

        Args:
            question: Plain words.
            limit: At most so many.
            mode: Which index, or both and the ranker.
            only: Where to look.
            meant: The days that the question speaks of: firm ones limit what is looked at, others
                raise the probability of what was printed about then (hybrid only), unless `only`
                says which days are looked at.
        """
        about = None
        if meant is not None and meant.firm:
            only = _within(only, meant)
            # What says where to look is not what is looked for.
            rest = unlimited(simplified(question))
            question = rest if any(map(str.isalnum, rest)) else question
        elif meant is not None and only.since is None and only.until is None:
            about = meant
        wanted = max(limit, third_look.READ) if mode == "hybrid" else limit
        rows, scores = self._scored(question, wanted, mode, only, about)
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        found = self.store.passage_rows(rows.tolist())
        hits = [hit_of(row, score_of[row.passage]) for row in found]
        return (third_look.ordered(question, hits) if mode == "hybrid" else hits)[:limit]

    def described(self, question: str) -> tuple[RowIds, NDArray[np.float64]]:
        """The candidates of a question and the facts [n, features] by which they are ranked."""
        found, facts = self._described(question, 1, Filter(), None)
        return np.array([one.passage for one in found], dtype=np.int64), facts

    def _described(
        self, question: str, limit: int, only: Filter, about: Period | None
    ) -> tuple[list[Surroundings], NDArray[np.float64]]:
        """At least `limit` candidates, as far as there are so many, and their facts [n, features]."""
        text, dense = self.derived.text, self.derived.dense
        ranked, limit = max(RANKED, limit), max(CANDIDATES, limit)
        vector = self._vector(question)
        near = _beside().submit(dense.search, vector, limit, self._allowed(only))
        frequency = cache(text.document_frequency)
        terms = _terms(question)
        rare = [term for term in terms if frequency(term) <= COMMON]
        terms = rare if len(rare) >= LEFT else terms
        by_words, scores = self._by_words(terms, limit, only)
        of_the_day = np.zeros(0, dtype=np.int64)
        if about is not None:
            # What many pages tell of, those of the day may not be among the first.
            first, last = about.about
            then = only._replace(since=first.isoformat(), until=last.isoformat())
            of_the_day, more_scores = self._by_words(terms, limit, then)
            fresh = ~np.isin(of_the_day, by_words)
            by_words = np.concatenate([by_words, of_the_day[fresh]])
            scores = np.concatenate([scores, more_scores[fresh]])
        documents = max(1, len(text))
        asked = ranking.asked(
            question,
            lambda token: ranking.idf(documents, frequency(token), token),
        )
        by_meaning, _ = near.result()
        rows = np.union1d(by_words, by_meaning)
        lexical = np.zeros(len(rows), dtype=np.float32)
        lexical[np.searchsorted(rows, by_words)] = scores
        cosines = dense.products(vector, rows)
        kept = _promising(lexical, cosines, ranked) | np.isin(rows, of_the_day)
        found = self.store.surroundings(
            rows[kept].tolist(), reach=ranking.REACH, opening=ranking.OPENING
        )
        there = np.isin(rows, [one.passage for one in found])
        around = _with_neighbours(found, cosines[there], partial(dense.products, vector))
        return found, ranking.describe(asked, found, lexical[there], cosines[there], around)

    def _scored(
        self, question: str, limit: int, mode: Mode, only: Filter, about: Period | None
    ) -> tuple[RowIds, Scores]:
        if mode == "lexical":
            return self._by_words(_terms(question), limit, only)
        if mode == "dense":
            vector = self._vector(question)
            rows, _ = self.derived.dense.search(vector, limit, self._allowed(only))
            scores = self._cosines(vector, rows)
        else:
            found, facts = self._described(question, limit, only, about)
            rows = np.array([one.passage for one in found], dtype=np.int64)
            texts = [one.text[one.start : one.end] for one in found]
            logits = second_look.logits(question, facts, texts)
            logits = ranking.spread(logits, [one.article for one in found])
            if about is not None:
                logits += ranking.TIMELY * timely([one.date for one in found], about)
            scores = probability(logits)
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def _by_words(self, terms: Sequence[str], limit: int, only: Filter) -> tuple[RowIds, Scores]:
        """The best by BM25. The full-text index knows no kinds: it is asked for more until enough fit."""
        text = self.derived.text
        allowed = self._allowed(only) if only.kind is not None else None
        wanted = limit
        while True:
            rows, scores = text.search(terms, wanted, only)
            if allowed is None:
                return rows, scores
            fits = np.isin(rows, allowed)
            if fits.sum() >= limit or len(rows) < wanted:
                return rows[fits][:limit], scores[fits][:limit]
            wanted *= 8

    def _vector(self, question: str) -> Vectors:
        # Traditional characters are matched as simplified ones; the encoder knows only these.
        vectors: Vectors = self.encoder.encode_questions([simplified(question)])
        return vectors[0]  # type: ignore[no-any-return]

    def _cosines(self, vector: Vectors, rows: RowIds) -> Scores:
        return ranking.cosine(vector, self.store.vectors(rows.tolist(), self.derived.dense.dim))

    def _allowed(self, only: Filter) -> RowIds | None:
        return self.store.passages_where(**only._asdict()) if only.active else None


def _with_neighbours(
    found: Sequence[Surroundings], cosines: Scores, cosine_of: Callable[[RowIds], Scores]
) -> Scores:
    """The mean cosine of each passage, the one before it and the one after it in its article, [n]."""
    rows = np.array([one.passage for one in found], dtype=np.int64)
    total, count = cosines.astype(np.float64), np.ones(len(found))
    beside = np.array([one.beside for one in found], dtype=np.bool_).reshape(-1, 2)
    for step, there in ((-1, beside[:, 0]), (1, beside[:, 1])):
        total[there] += cosine_of(rows[there] + step)
        count[there] += 1
    mean: Scores = (total / count).astype(np.float32)
    return mean


def _promising(lexical: Scores, cosines: Scores, limit: int) -> NDArray[np.bool_]:
    """Which `limit` candidates to rank, by their scores in both indexes, [n]; 0 in `lexical` is none."""
    shares = np.where(lexical > 0, lexical / max(float(lexical.max(initial=0)), 1e-9), NOT_BY_WORDS)
    first = np.argsort(-(shares + MEANING * cosines), kind="stable")[:limit]
    kept = np.zeros(len(lexical), dtype=np.bool_)
    kept[first] = True
    return kept


@cache
def _beside() -> ThreadPoolExecutor:
    """Threads that look through the vectors while the full-text index is searched: neither holds the GIL."""
    return ThreadPoolExecutor(thread_name_prefix="dense")


if hasattr(os, "register_at_fork"):  # threads do not live on in a child
    os.register_at_fork(after_in_child=_beside.cache_clear)


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


def checked_filter(
    since: str | None, until: str | None, newspaper: str | None, kind: str | None = None
) -> Filter:
    """The filter.

    Raises:
        SettingsError: A day is no date, there is no such kind, or no newspaper can be called so.
    """
    kinds = get_args(Kind)
    if kind is not None and kind not in kinds:
        raise SettingsError(
            say(
                f"没有“{kind}”这种文章。可用 {'、'.join(kinds)}。",
                f"No kind {kind!r}. Use {', '.join(kinds)}.",
            )
        )
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
    if newspaper is not None and not _is_text(newspaper):
        raise SettingsError(
            say(
                "报纸名里有不成字的字符。请重新输入。",
                "The newspaper's name holds what is no character. Type it again.",
            )
        )
    return Filter(since, until, newspaper, kind)


def _is_text(text: str) -> bool:
    """Whether it can be written down: half of a surrogate pair cannot."""
    return text.encode("utf-8", "replace").decode() == text


def _within(only: Filter, meant: Period) -> Filter:
    """The filter, and these days at most."""
    since, until = meant.since.isoformat(), meant.until.isoformat()
    return only._replace(
        since=max(since, only.since or since), until=min(until, only.until or until)
    )


def timely(days: Sequence[str | None], about: Period) -> NDArray[np.float64]:
    """1 for what was printed when papers tell of a period, else 0, [n]."""
    first, last = (day.isoformat() for day in about.about)
    return np.array([day is not None and first <= day <= last for day in days], dtype=np.float64)


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


@dataclass(frozen=True, slots=True)
class _Story:
    """What tells a story from another: runs of characters of its text, and its numbers."""

    runs: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Story":
        """Reads an article's text."""
        bare = re.sub(r"[^\w]", "", unicodedata.normalize("NFKC", text))
        runs = (bare[at : at + RUN_CHARS] for at in range(max(1, len(bare) - RUN_CHARS + 1)))
        return cls(frozenset(runs), frozenset(re.findall(r"\d+", bare)))

    def same(self, other: "_Story") -> bool:
        """Whether one is the other, perhaps shortened or edited.

        Reports that come in one form every day (weather, markets) differ in their numbers.
        """
        short, long = sorted((self, other), key=lambda story: len(story.runs))
        alike = len(short.runs & long.runs)
        return (
            alike >= COPIED * len(short.runs)
            and len(short.runs) >= SHORTENED * len(long.runs)
            and len(short.numbers - long.numbers) <= OTHER_NUMBERS * len(short.numbers)
        )


RUN_CHARS = 5
# Tried on the news of the training files: see tests/unit/test_search.py for what they tell apart.
COPIED = 0.6  # share of the shorter text that stands in the longer
SHORTENED = 0.3  # a brief of two sentences does not stand for a report
OTHER_NUMBERS = 0.34  # share of its numbers that the other may not have


def grouped(hits: Sequence[Hit], text_of: Callable[[str], str]) -> list[Hit]:
    """Leaves out what other articles copied: each story keeps the passages of its best article.

    Args:
        hits: Best first.
        text_of: Gives the text of an article id.

    Returns:
        The hits that are left, each with the ids of the articles that tell the same story.
    """
    told: dict[str, _Story] = {}  # by the article that tells it best
    copies: dict[str, list[str]] = {}
    first_of: dict[str, str] = {}
    for hit in hits:
        key = hit.article_id
        if key in first_of:
            continue
        story = _Story.of(text_of(key))
        first = next((known for known, other in told.items() if story.same(other)), key)
        first_of[key] = first
        if first == key:
            told[key], copies[key] = story, []
        else:
            copies[first].append(key)
    return [
        replace(hit, also=tuple(copies[hit.article_id]))
        for hit in hits
        if first_of[hit.article_id] == hit.article_id
    ]

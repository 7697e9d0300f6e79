"""A question → an answer that can be checked, or "not in these pages"."""

import datetime
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypedDict, cast

from rag import notices
from rag.answering import Part, answer_part, overview
from rag.citations import MARKER, check
from rag.dates import Period, period, today_of
from rag.errors import LlmError
from rag.evidence import Material, SpanReader, page_words
from rag.followups import parts, stand_alone
from rag.homophones import Correction, corrected
from rag.index import Index
from rag.llm import Llm
from rag.made_questions import made_questions
from rag.messages import say
from rag.overviews import Scope, scope_of
from rag.prose import Evidence, Growing, numbered, prompt
from rag.questions import Question, analyse, misses
from rag.quoting import quoted_answer
from rag.reader import Reader
from rag.search import checked_filter, checked_question
from rag.settings import Settings
from rag.tokens import simplified
from rag.types import Answer, Hit
from rag.wording import in_words_of

HITS = 12
NEAREST = 3
WORDED_LIKE = 6  # articles in whose words a question is asked again
OVERVIEW_ARTICLES = 24  # named in one overview
COUNTED_ARTICLES = 1000  # looked at and counted; of more it is said that there are more
SUGGESTED = 2  # of the nearest articles
MOST_SINGLES = 8  # questions in one that are answered; a pasted page is hundreds
SAID = 0.3  # probability from which on prose is taken to answer a question


class Filters(TypedDict):
    """Where a question is looked for; None is everywhere."""

    since: str | None
    until: str | None
    newspaper: str | None


_PIECE = re.compile(r".{1,24}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Single:
    """One single question: what was read for it, what it means, and its answer."""

    asked: str
    question: Question
    part: Part | None
    hits: tuple[Hit, ...]
    days: Period | None
    correction: Correction | None = None


class Assistant:
    """Answers questions from one index. Safe to use from many threads.

    With a language model the answer is its prose, of which every sentence was held against what it
    cites; when that comes to nothing, and without a model, the answer is quoted.
    """

    def __init__(
        self, index: Index, reader: SpanReader | None = None, llm: Llm | None = None
    ) -> None:
        """Uses an index and what answers from it; nothing is loaded before the first question.

        Args:
            index: Where to look.
            reader: Points at answers; None is the shipped one.
            llm: Writes prose; None is the one that WENBAO_LLM_BASE_URL names, if any.
        """
        self.index = index
        self._reader = reader
        self._llm = llm or Llm.of(Settings.from_env())

    def ask(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        *,
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
    ) -> Answer:
        """One answer with citations.

        Args:
            question: What was typed.
            history: Earlier (question, answer) pairs, oldest first.
            since: First day to look at, YYYY-MM-DD, inclusive.
            until: Last day, inclusive.
            newspaper: Only this newspaper.

        Raises:
            QuestionError: The question is empty or too long.
            SettingsError: A day is no date, or no newspaper can be called so.
            IndexMissingError: There is no index.
        """
        query = _query(question, history)
        filters = _filters(since, until, newspaper)
        return _last(self._pieces(query, filters, live=False, llm=self._llm))

    def stream(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        *,
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
    ) -> Iterator[str | Answer]:
        """The same, as pieces of the text and then the Answer; the pieces joined are its text.

        Of a language model's prose each sentence comes as soon as it is checked. A sentence that was
        given out stays: when the model then breaks off, the answer is what was said so far.
        """
        query = _query(question, history)
        filters = _filters(since, until, newspaper)
        yield from self._pieces(query, filters, live=True, llm=self._llm)

    def suggestions(self, count: int = 4) -> tuple[str, ...]:
        """Questions about the newest articles that this assistant answers, each checked by asking it."""
        out: list[str] = []
        for stored in self.index.articles(newest=True, limit=200):
            for question, expected in made_questions(stored):
                answer = self._plain(question)
                if (
                    answer.spans
                    and answer.spans[0].text in expected
                    and answer.citations[0].article_id == stored.article.article_id
                ):
                    out.append(question)
                    break
            if len(out) == count:
                break
        return tuple(out)

    # Inside

    def _pieces(
        self, query: str, filters: Filters, *, live: bool, llm: Llm | None
    ) -> Iterator[str | Answer]:
        """The text in pieces, then the answer; only of a `live` one a reader has seen the pieces."""
        scope = self._scope(query) if analyse(query).kind == "page" else None
        if scope and not scope.topic:
            singles, answer = [], self._overview(query, filters, scope)
        else:
            singles = self._about(query, filters, scope) if scope else self._singles(query, filters)
            answer = self._quoted(query, singles)
        check(answer, self.index.article)
        evidence = self._evidence(singles) if llm else []
        if llm and evidence:
            answer = yield from self._written(llm, answer, singles, evidence, live=live)
            check(answer, self.index.article)
        else:
            yield from _PIECE.findall(answer.text)
        yield answer

    def _written(
        self,
        llm: Llm,
        quoted: Answer,
        singles: Sequence[_Single],
        evidence: Sequence[Evidence],
        *,
        live: bool,
    ) -> Generator[str, None, Answer]:
        """The model's prose as it passes its check, or the quoted answer and why it is that."""
        growing = Growing(quoted.query, [one.part for one in singles if one.part], evidence)
        try:
            yield from growing.follow(llm.reply(prompt(quoted.query, evidence), stream=live))
            if not growing.text and not growing.declined:
                raise llm.unusable(say("没有一句通过核对", "no sentence passed its check"))
        except LlmError as error:
            if not (growing.text and live):
                why = f"{error}{say('以下是原文摘录。', ' The answer is quoted.')}"
                yield from _PIECE.findall(quoted.text)
                return replace(quoted, notice=notices.joined(why, quoted.notice))
            why = f"{error}{say('以上各句都已核对。', ' What was said was checked.')}"
            return growing.answer(
                notices.joined(why, self._left_open(singles, growing.text), _meant(singles))
            )
        if growing.declined:
            hits = [hit for one in singles for hit in one.hits]
            refusal = replace(self._refusal(quoted.query, hits), answerer="llm")
            yield from _PIECE.findall(refusal.text)
            return refusal
        open_ = self._left_open(singles, growing.text)
        return growing.answer(
            notices.joined(notices.dropped(growing.dropped), open_, _meant(singles))
        )

    def _left_open(self, singles: Sequence[_Single], prose: str) -> str | None:
        """Which of several questions neither the pages' words answer nor, as the reader sees it, the prose."""
        open_ = [one for one in singles if one.part is None] if len(singles) > 1 else []
        text = MARKER.sub("", prose)
        found = self._open_reader().candidates_many([(one.asked, text) for one in open_], 1)
        return notices.left_open(
            [
                one.asked
                for one, spans in zip(open_, found, strict=True)
                if not spans or spans[0].score < SAID
            ]
        )

    def _evidence(self, singles: Sequence[_Single]) -> list[Evidence]:
        """The best hits of each single question in turn, of articles that hold what it insists on."""
        rounds = zip_longest(*(one.hits for one in singles))
        held = [
            (hit, self.index.article(hit.article_id))
            for hits in rounds
            for one, hit in zip(singles, hits, strict=True)
            if hit is not None
            and not misses(one.question, page_words(self.index.article(hit.article_id)))
        ]
        return numbered(held)

    def _quoted(self, query: str, singles: Sequence[_Single]) -> Answer:
        """The answer in the articles' own words."""
        told = [one.part for one in singles if one.part is not None]
        others = notices.left_out(len(parts(query)) - MOST_SINGLES, MOST_SINGLES)
        if not told:
            refusal = self._refusal(query, [hit for one in singles for hit in one.hits])
            return replace(refusal, notice=notices.joined(others, _meant(singles)))
        missing = [one.asked for one in singles if one.part is None]
        differing = any(part.differing for part in told)
        differ = say("两篇报道说法不同。", "Two articles differ.") if differing else None
        return quoted_answer(
            query, told, notices.joined(differ, notices.left_open(missing), others, _meant(singles))
        )

    def _singles(self, query: str, filters: Filters) -> list[_Single]:
        """The single questions of a query.

        One that is not answered is asked again in the words of the pages, then without its typing error.
        """
        out = []
        for asked in parts(query)[:MOST_SINGLES]:
            single = self._single(asked, filters)
            if single.part is None:
                articles = dict.fromkeys(hit.article_id for hit in single.hits)
                texts = [page_words(self.index.article(article)) for article in articles]
                single = self._again(single, texts, filters) or single
            out.append(single)
        return out

    def _again(self, single: _Single, texts: Sequence[str], filters: Filters) -> _Single | None:
        """The same asked in the words of the texts, then without its typing error; None if neither answers."""
        if single.question.guessed:
            return None  # were it asked as a question, it would be taken for one
        printed = in_words_of(single.question.text, texts[:WORDED_LIKE])
        if printed != single.question.text:
            again = self._single(printed, filters)
            if again.part is not None:
                return replace(again, asked=single.asked)
        if correction := corrected(single.question, texts):
            again = self._single(correction.question, filters)
            if again.part is not None:
                return replace(again, asked=single.asked, correction=correction)
        return None

    def _single(self, single: str, filters: Filters) -> _Single:
        """A single question, looked for first in the days that it means."""
        question = analyse(single)
        info = self.index.info()
        days = period(single, today_of(Settings.from_env().today, info.until))
        if days and days.told and days.since == days.until:
            question = replace(question, day=f"{days.since.month}月{days.since.day}日")
        if days and days.told and (days.until - days.since).days > 360:
            question = replace(question, year=f"{days.since.year}")
        narrow = filters
        if (
            days
            and days.until - days.since < datetime.timedelta(days=40)
            and not any(filters.values())
        ):
            after = days.until + datetime.timedelta(days=1)
            narrow = {**filters, "since": days.since.isoformat(), "until": after.isoformat()}
        part: Part | None = None
        hits: list[Hit] = []
        for where in (narrow, filters) if narrow is not filters else (filters,):
            hits = list(self.index.search(question.text, top_k=HITS, **where))
            material = Material(
                hits=hits,
                article_of=self.index.article,
                reader=self._open_reader(),
                passages=info.passages,
            )
            part = answer_part(question, material)
            if part is not None:
                break
        return _Single(asked=single, question=question, part=part, hits=tuple(hits), days=days)

    def _open_reader(self) -> SpanReader:
        if self._reader is None:
            self._reader = Reader.open()
        return self._reader

    def _plain(self, query: str) -> Answer:
        """An answer without a language model, which has better things to do than to try examples."""
        filters: Filters = {"since": None, "until": None, "newspaper": None}
        return _last(self._pieces(query, filters, live=False, llm=None))

    def _scope(self, query: str) -> Scope:
        """What an overview is of."""
        info = self.index.info()
        return scope_of(query, info.newspapers, today_of(Settings.from_env().today, info.until))

    def _about(self, query: str, filters: Filters, scope: Scope) -> list[_Single]:
        """What some pages say about a topic."""
        told = self._singles(f"讲讲{scope.topic}", _within(filters, scope))
        return [replace(one, asked=query, days=scope.days) for one in told]

    def _overview(self, query: str, filters: Filters, scope: Scope) -> Answer:
        """Names the articles of some pages: of the newest day where no other is asked for."""
        found = self.index.articles(newest=True, limit=COUNTED_ARTICLES, **_within(filters, scope))
        more, last = len(found) == COUNTED_ARTICLES, found[-1].date if found else None
        if scope.page_no is not None:
            found = tuple(one for one in found if one.page_no == scope.page_no)
        if found and not (scope.days or filters["since"] or filters["until"]):
            # The newest day was counted to its end where another one follows.
            more = more and last == found[0].date
            found = tuple(one for one in found if one.date == found[0].date)
        understood = notices.days_meant([scope.days])
        if not found:
            return replace(self._refusal(query, []), notice=understood)
        part = overview(found[:OVERVIEW_ARTICLES], len(found), more=more)
        return quoted_answer(query, [part], understood)

    def _refusal(self, query: str, hits: Sequence[Hit]) -> Answer:
        nearest = dict.fromkeys((hit.article_id, hit.label) for hit in hits)
        if not nearest:  # of no day that was asked for there is a page
            newest = self.index.articles(newest=True, limit=NEAREST)
            nearest = {(one.article.article_id, one.article.label): None for one in newest}
        info = self.index.info()
        days = f"{info.since} – {info.until}" if info.since else say("未标日期", "no dates printed")
        text = say(
            f"这些页面没有提到。（现有 {info.pages} 页、{info.articles} 篇文章，日期：{days}）",
            f"These pages do not say. ({info.pages} pages, {info.articles} articles, dates: {days})",
        )
        return Answer(
            status="no_evidence",
            text=text,
            query=query,
            nearest=tuple(nearest)[:NEAREST],
            # What the nearest articles tell is told; a label cut short names nothing.
            suggestions=tuple(
                f"讲讲{label}" for _, label in tuple(nearest)[:SUGGESTED] if label[-1:] != "…"
            ),
        )


def _query(question: str, history: Sequence[tuple[str, str]]) -> str:
    """What is searched: the question as it would be asked without the conversation before it."""
    # Patterns know simplified characters only; what was typed is what is shown.
    typed = simplified(checked_question(question))
    return checked_question(stand_alone(typed, [(simplified(q), a) for q, a in history]))


def _filters(since: str | None, until: str | None, newspaper: str | None) -> Filters:
    """What was asked to keep to; raises SettingsError where it cannot be meant, whatever the question."""
    checked_filter(since, until, newspaper)
    return {"since": since, "until": until, "newspaper": newspaper}


def _last(pieces: Iterator[str | Answer]) -> Answer:
    *_, answer = pieces
    assert isinstance(answer, Answer)
    return answer


def _meant(singles: Sequence[_Single]) -> str | None:
    """How relative days and mistyped words were understood."""
    return notices.meant([one.days for one in singles], [one.correction for one in singles])


def _within(filters: Filters, scope: Scope) -> Filters:
    """The filters, and what an overview is of where they leave it open."""
    out = {**filters, "newspaper": filters["newspaper"] or scope.newspaper}
    if scope.days:
        since, until = scope.days.since.isoformat(), scope.days.until.isoformat()
        out["since"] = max(since, filters["since"] or since)
        out["until"] = min(until, filters["until"] or until)
    return cast(Filters, out)

"""A question → an answer that can be checked, or "not in these pages"."""

import datetime
import re
from collections.abc import Iterator, Sequence

from rag.answering import Part, Quote, answer_part, overview
from rag.citations import ANSWER_CHARS, MARKER, check, cite, shown
from rag.dates import Period, period, today_of
from rag.evidence import SpanReader
from rag.followups import parts, stand_alone
from rag.index import Index
from rag.messages import say
from rag.passages import sentences
from rag.questions import analyse
from rag.reader import Reader
from rag.search import checked_question
from rag.settings import Settings
from rag.tokens import simplified
from rag.types import Answer, Citation, Hit, Span, StoredArticle

HITS = 12
NEAREST = 3
OVERVIEW_ARTICLES = 24
_PIECE = re.compile(r".{1,24}", re.DOTALL)


class Assistant:
    """Answers questions from one index. Safe to use from many threads."""

    def __init__(self, index: Index, reader: SpanReader | None = None) -> None:
        """Uses an index and a reader; None is the shipped reader, opened at the first question."""
        self.index = index
        self._reader = reader

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
            SettingsError: A day is no date.
            IndexMissingError: There is no index.
        """
        typed = checked_question(question)
        # Patterns know simplified characters only; what was typed is what is shown.
        query = checked_question(
            stand_alone(simplified(typed), [(simplified(q), a) for q, a in history])
        )
        filters = {"since": since, "until": until, "newspaper": newspaper}
        overall = analyse(query).kind == "page"
        answer = self._overview(query, filters) if overall else self._answer(query, filters)
        check(answer, self.index.article)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        *,
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
    ) -> Iterator[str | Answer]:
        """The same, as pieces of the text and then the Answer; the pieces joined are its text."""
        answer = self.ask(question, history, since=since, until=until, newspaper=newspaper)
        yield from _PIECE.findall(answer.text)
        yield answer

    def suggestions(self, count: int = 4) -> tuple[str, ...]:
        """Questions about the newest articles that this assistant answers, each checked by asking it."""
        out: list[str] = []
        articles = self.index.articles(limit=200)
        for stored in sorted(articles, key=lambda s: s.date or "", reverse=True):
            for question, expected in _made_questions(stored):
                answer = self.ask(question)
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

    def _answer(self, query: str, filters: dict[str, str | None]) -> Answer:
        singles = parts(query)
        found: list[tuple[str, Part | None]] = []
        hits: list[Hit] = []
        meant: list[Period] = []
        for single in singles:
            part, here, days = self._part(single, filters)
            found.append((single, part))
            hits += here
            meant += [days] if days else []
        told = [part for _, part in found if part is not None]
        if not told:
            return self._refusal(query, hits)
        return _composed(query, told, _notice([q for q, part in found if part is None], meant))

    def _part(
        self, single: str, filters: dict[str, str | None]
    ) -> tuple[Part | None, list[Hit], Period | None]:
        """The answer to a single question, the hits that were read, and the days that it means."""
        question = analyse(single)
        info = self.index.info()
        days = period(single, today_of(Settings.from_env().today, info.until))
        narrow = filters
        if (
            days
            and days.until - days.since < datetime.timedelta(days=40)
            and not any(filters.values())
        ):
            after = days.until + datetime.timedelta(days=1)
            narrow = filters | {"since": days.since.isoformat(), "until": after.isoformat()}
        part, hits = None, []
        for where in (narrow, filters) if narrow is not filters else (filters,):
            hits = list(self.index.search(single, top_k=HITS, **where))  # type: ignore[arg-type]
            part = answer_part(
                question, hits, self.index.article, self._open_reader(), info.passages
            )
            if part is not None:
                break
        return part, hits, days

    def _open_reader(self) -> SpanReader:
        if self._reader is None:
            self._reader = Reader.open()
        return self._reader

    def _overview(self, query: str, filters: dict[str, str | None]) -> Answer:
        articles = [stored for stored in self.index.articles() if _within(stored, filters)]
        if not articles:
            return self._refusal(query, [])
        newest = max((stored.date or "" for stored in articles), default="")
        shown_articles = [s for s in articles if (s.date or "") == newest][:OVERVIEW_ARTICLES]
        return _composed(query, [overview(shown_articles, len(shown_articles))], None)

    def _refusal(self, query: str, hits: Sequence[Hit]) -> Answer:
        nearest = dict.fromkeys((hit.article_id, hit.label) for hit in hits)
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
            nearest=tuple((key, label) for key, label in list(nearest)[:NEAREST]),
        )


def _notice(missing: Sequence[str], meant: Sequence[Period]) -> str | None:
    """Which parts are not answered, and how relative days were understood."""
    told = []
    if missing:
        asked = "、".join(f"“{single}”" for single in missing)
        told.append(say(f"这些页面没有回答：{asked}", f"These pages do not answer: {asked}"))
    told += [
        say(f"“{days.word}”指 {days.shown}。", f"“{days.word}” means {days.shown}.")
        for days in dict.fromkeys(meant)
    ]
    return " ".join(told) or None


def _within(stored: StoredArticle, filters: dict[str, str | None]) -> bool:
    since, until, newspaper = filters["since"], filters["until"], filters["newspaper"]
    if (since or until) and stored.date is None:
        return False
    day = stored.date or ""
    return (
        (since is None or day >= since)
        and (until is None or day <= until)
        and newspaper in (None, stored.newspaper)
    )


def _composed(query: str, told: Sequence[Part], notice: str | None) -> Answer:
    """Parts as one text, the quotes numbered in the order in which they are said."""
    citations: list[Citation] = []
    spans: list[Span] = []
    said: list[str] = []
    room = ANSWER_CHARS - 20
    for part in told:
        lead = shown(part.lead)
        pieces = []
        for quote in part.quotes:
            marker = _marker(citations, quote)
            body = quote.stored.article.label if part.overview else quote.text
            if not part.overview and len(told) * (len(lead) + len(body)) > room - 40:
                body = "" if lead else body[: max(40, room // len(told) - 30)] + "…"
            pieces.append(f"{shown(MARKER.sub('', body) if part.overview else body)}[{marker}]")
        if part.overview:
            said.append(lead + "；".join(pieces) + "。")
        elif lead:
            stop = "" if lead.endswith(("。", "！", "？")) else "。"
            said.append(f"{lead}{stop}{''.join(pieces)}")
        else:
            said.append("".join(pieces))
        spans += part.spans
    text = "\n".join(said)
    return Answer(
        status="answered",
        text=text,
        query=query,
        spans=tuple(spans),
        citations=tuple(citations),
        notice=notice,
    )


def _marker(citations: list[Citation], quote: Quote) -> int:
    """The number of a quote, the same for the same words."""
    for citation in citations:
        same = citation.article_id == quote.stored.article.article_id
        if same and (citation.start, citation.end) == (quote.start, quote.end):
            return citation.marker
    citations.append(cite(len(citations) + 1, quote.stored, quote.start, quote.end))
    return len(citations)


_PLACE_OF = re.compile(
    r"(?:^|，)(?P<what>[\u4e00-\u9fff“”]{6,26}?)在(?P<where>[^，。“”]{3,20}?)(?P<did>举行|举办|召开|开幕|启动|开工|揭牌)"
)
_COUNT_OF = re.compile(
    r"^(?P<what>[\u4e00-\u9fff“”]{6,24}?)(?P<number>\d[\d.]*[万亿]?)(?P<unit>[\u4e00-\u9fff]{1,2})$"
)


def _made_questions(stored: StoredArticle) -> Iterator[tuple[str, str]]:
    """Questions whose answer stands in the article, each with the words that hold it."""
    text = stored.article.text
    for start, end in sentences(text)[:16]:
        sentence = text[start:end].strip()
        for match in _PLACE_OF.finditer(sentence):
            yield f"{match['what']}在哪里{match['did']}？", match["where"]
        for clause in re.split(r"[，。；！？\n：]", sentence):
            count = _COUNT_OF.match(clause)
            if count and not re.search(r"[该此其同比]|本报", count["what"]):
                yield f"{count['what']}多少{count['unit']}？", clause

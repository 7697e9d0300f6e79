"""From hits to findings: the spans that could answer, each with the probability that it does.

The reader points into the passages of the hits; rules add typed facts and complete what it points at.
Each candidate is described by a few absolute measures (what the reader and the ranking think, how
much of the question stands beside it, whether it is of the type asked for), and a small network turns
them into one probability. An article that lacks a name, year or date that the question insists on
gives no candidate at all.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.facts import (
    ANY_BODY,
    ASKS_PHOTOGRAPHER,
    ROLE,
    Fact,
    facts,
    fits,
    is_body,
    is_place,
    numbers,
    people,
    photographers,
    times,
)
from rag.network import Network, probability
from rag.passages import sentences
from rag.questions import Question, misses
from rag.settings import shipped
from rag.tokens import fold, tag
from rag.types import Hit, Span, StoredArticle
from rag.wording import forms

READ_HITS = 5  # passages that the reader reads; the later ones held an answer in few questions
# Least score of a passage of another article beside the best one; what takes time is reading.
WORTH_READING = 0.02
SPANS_PER_PASSAGE = 3
# Share of a question that stands in the clause before a figure from which on it is the thing's own, and what
# figures of other things are worth beside it.
NAMED_BESIDE, ANOTHER_THING = 0.5, 0.4
KINDS = ("person", "time", "place", "number", "which", "what")
COMMA = 6  # characters that a comma between a term and a span counts for
_SIGNED = re.compile(r"[（(][^）)]*(?:记者|通讯员|摄影)[^）)]*$")
_COUNTED = re.compile(r"几[个大项类种条]")
_ORDINALS = re.compile(r"第几.+第几")
_COMMAS = re.compile(r"[,、;:]")
_CHANGED = re.compile(
    r"(?:增长|上涨|上升|提高|增加|下降|下跌|减少|降低|回落|[涨升跌降增减])[了约近超达]{0,2}$"
)
# Who holds a meeting is no place, but where it stands behind 在.
_HOLDS = re.compile(r"(?:近日|日前|昨日|当日|将)?(?:召开|举行|举办|组织|主办|开展|发布|公布|印发)")
_MEETING = re.compile(r"(?:会议?|活动|仪式)$")
_AT = re.compile(r"[在于到赴][^，。；]{0,12}$")
# What names of a sort have in common: it names nothing by itself.
_CLASS = re.compile(r"(?:股份)?(?:有限)?(?:责任)?公司|集团|总部|单位|[中小大]学|医院|银行|委员会")
# What stands in the name of every thing of its sort: what lacks it is another thing.
_IN_EVERY_NAME = re.compile(r"医院|大学|中学|小学|学院|银行|法院")

FEATURES = (
    "reader",  # log-odds that the passage answers, by the reader
    "reader_lead",  # less those of the passage that it thinks most of
    "share",  # of the reader's best fitting span in its passage
    "pointed",  # whether it is the reader's own first span there
    "rule",  # whether only a rule found it
    "hit",  # log-odds that the passage answers, by the ranking
    "home",  # the same of the best passage of its article
    "lead",  # whether it is in the best hit
    "sentence",  # share of the question that stands in the span's sentence, headline or opening
    "passage",  # the same of the passage
    "article",  # the same of the article and its page
    "fit",  # whether the span is of the type asked for
    "fit_lead",  # how much less than of the best fitting finding of this passage
    "rivals",  # how many others there fit as well
    "near",  # how close to the span the question's words stand
    "focus",  # the same of the words beside the question word
    "near_lead",  # how much less close than of the closest finding of this passage
    "length",  # characters, up to 40
    "pool",  # how much was searched
    *(f"asks_{kind}" for kind in KINDS),
)


class Judge(Protocol):
    """What tells how likely a finding answers."""

    def logit(self, facts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of rows of FEATURES, [n]."""
        ...


class SpanReader(Protocol):
    """What points at answers in texts (rag.reader.Reader)."""

    def candidates_many(self, pairs: Sequence[tuple[str, str]], top_k: int = 5) -> list[list[Span]]:
        """For each (question, text) distinct spans, best first; scores are probabilities."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A span of an article that may answer; offsets are in the article's text."""

    hit: Hit
    stored: StoredArticle
    start: int
    end: int
    features: tuple[float, ...]
    score: float  # the probability that it answers

    @property
    def text(self) -> str:
        """The span's own words."""
        return self.stored.article.text[self.start : self.end]


def find(
    question: Question,
    hits: Sequence[Hit],
    article_of: Callable[[str], StoredArticle],
    reader: SpanReader,
    passages: int,
    judge: Judge | None = None,
) -> list[Finding]:
    """All findings in the hits, best first; equal scores keep the order of the hits.

    Args:
        question: What is asked.
        hits: Passages, best first.
        article_of: Gives the stored article of an id.
        reader: Points at answers.
        passages: How many were searched: among few, a near miss is rarer.
        judge: Gives log-odds of rows of FEATURES; None is the shipped one.
    """
    stored_of = cache(article_of)
    words_of = cache(lambda article_id: page_words(stored_of(article_id)))
    kept = worth_reading(hit for hit in hits if not misses(question, words_of(hit.article_id)))
    read = reader.candidates_many([(question.plain, hit.text) for hit in kept], SPANS_PER_PASSAGE)
    trusted = max((spans[0].score for spans in read if spans), default=0.0)
    home: dict[str, float] = {}
    for hit in hits:
        home.setdefault(hit.article_id, hit.score)  # the best one comes first
    pool = math.log10(1 + passages) / 5
    found: list[tuple[Hit, Span, dict[str, float]]] = []
    for hit, spans in zip(kept, read, strict=True):
        common = {
            "reader_lead": _logit(spans[0].score if spans else 0.0) - _logit(trusted),
            "home": _logit(home[hit.article_id]),
            "lead": float(hit is hits[0]),
            "article": coverage(question, words_of(hit.article_id)),
            "pool": pool,
            f"asks_{question.kind}": 1.0,
        }
        for span, facts_of_it in _in_passage(question, hit, stored_of(hit.article_id), spans):
            found.append((hit, span, common | facts_of_it))
    if not found:
        return []
    rows = tuple(tuple(given.get(name, 0.0) for name in FEATURES) for _, _, given in found)
    scores = probability((judge or shipped_judge()).logit(np.array(rows)))
    best: dict[tuple[str, int, int], Finding] = {}
    for (hit, span, _), row, score in zip(found, rows, scores.tolist(), strict=True):
        finding = Finding(
            hit=hit,
            stored=stored_of(hit.article_id),
            start=hit.start + span.start,
            end=hit.start + span.end,
            features=row,
            score=score,
        )
        key = (hit.article_id, finding.start, finding.end)
        if key not in best or score > best[key].score:
            best[key] = finding
    return sorted(best.values(), key=lambda finding: -finding.score)


def worth_reading(hits: Iterable[Hit]) -> list[Hit]:
    """The first hits, without those of other articles that the ranking thinks hopeless beside the best."""
    first = list(islice(hits, READ_HITS))
    return [
        hit
        for hit in first
        if hit.score >= WORTH_READING * first[0].score or hit.article_id == first[0].article_id
    ]


def page_words(stored: StoredArticle) -> str:
    """Everything that an article and its page say, folded: what a question may insist on."""
    article = stored.article
    facts = [article.title, article.subtitle, article.byline, article.text, stored.newspaper or ""]
    if stored.date:
        year, month, day = stored.date.split("-")
        facts.append(f"{year}年{int(month)}月{int(day)}日 {int(month)}月{int(day)}日")
    return fold("\n".join(facts))


def speaks_of(question: Question, words: str) -> bool:
    """Whether folded words tell of what was done: of a meeting, not that it was cancelled.

    What is asked about is the verb beside the question word.
    """
    if not question.verbs:
        return True
    near = dict(question.focus)
    asked, verb = fold(question.text), max(question.verbs, key=lambda verb: near.get(verb, 0.0))
    end = asked.find(verb) + len(verb)
    # Where the cut between words is doubtful (逛灯会), what stands across it counts, too.
    return any(form in words for form in (*forms(verb), asked[end - 1 : end + 1]))


def coverage(question: Question, folded: str) -> float:
    """The share of the question's term weight that a folded text holds.

    A term is there in any of its forms (rag/wording.py); a longer one that is not counts by the
    share of its character pairs that are.
    """
    total = sum(weight for _, weight in question.terms)
    if not total:
        return 0.0
    held = 0.0
    for term, weight in question.terms:
        if _holds(folded, term):
            held += weight
        elif len(term) > 2:
            pairs = [term[at : at + 2] for at in range(len(term) - 1)]
            held += 0.7 * weight * sum(pair in folded for pair in pairs) / len(pairs)
    return held / total


def _in_passage(
    question: Question, hit: Hit, stored: StoredArticle, spans: Sequence[Span]
) -> list[tuple[Span, dict[str, float]]]:
    """What one passage offers: spans of its text, each with the features that it has here."""
    text = hit.text
    pointed = [_completed(question, text, span) for span in spans]
    known = {(span.start, span.end) for span in pointed}
    by_rule = [
        Span(text=fact.text, start=fact.start, end=fact.end, score=0.0)
        for fact in facts(text, question)
        if not any(start < fact.end and fact.start < end for start, end in known)
        and fits(question, fact) > 0
    ]
    fitting = [(span, fit) for span in (*pointed, *by_rule) if (fit := _fit(question, text, span))]
    if question.kind == "number":
        fitting = _of_the_thing(question, text, fitting)
    most = max((span.score for span, _ in fitting), default=0.0)
    common = {
        "reader": _logit(spans[0].score if spans else 0.0),
        "hit": _logit(hit.score),
        "passage": coverage(question, _headline(stored) + fold(text)),
    }
    out = []
    for span, fit in fitting:
        sentence, near, focus = _beside(question, stored, hit, span)
        own = {
            "share": span.score / most if most else 0.0,
            "pointed": float(bool(pointed) and span is pointed[0]),
            "rule": float(span.score == 0.0),
            "sentence": sentence,
            "fit": fit,
            "near": near,
            "focus": focus,
            "length": min(len(span.text), 40) / 40,
        }
        out.append((span, common | own))
    nearest = max((given["near"] for _, given in out), default=0.0)
    fits_best = max((given["fit"] for _, given in out), default=0.0)
    for _, given in out:
        given["near_lead"] = given["near"] - nearest
        given["fit_lead"] = given["fit"] - fits_best
        rivals = sum(other["fit"] >= given["fit"] for _, other in out) - 1
        given["rivals"] = min(rivals, 5) / 5
    return out


@cache
def shipped_judge() -> Network:
    """What `vectors/train/answers.py` fitted."""
    return Network.read(_judged(), FEATURES)


def threshold() -> float:
    """The least probability with which a finding is said; set on training questions."""
    return float(_judged()["threshold"])


@cache
def _judged() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shipped("model") / "answers.json").read_text("utf8"))
    return found


def _logit(value: float) -> float:
    value = min(max(value, 0.001), 0.999)
    return math.log(value / (1 - value))


def _beside(
    question: Question, stored: StoredArticle, hit: Hit, span: Span
) -> tuple[float, float, float]:
    """Coverage of the span's own sentence in its context, and how close the question's words stand.

    What a page says in the headline and the opening sentence it seldom says again beside the answer:
    they are the context, and closeness counts the other words, if there are any. It is given twice:
    of all key terms, and of those that stand beside the question word.
    """
    text = hit.text
    within = [(a, b) for a, b in sentences(text) if a < span.end and span.start < b]
    left, right = (within[0][0], within[-1][1]) if within else (0, len(text))
    before, after = fold(text[left : span.start]), fold(text[span.end : right])
    context = _headline(stored)
    opening = sentences(stored.article.text)[0][1]
    if hit.start + left >= opening:
        context += fold(stored.article.text[:opening])
    open_terms = [term for term, _ in question.terms if not _holds(context, term)]
    day = question.kind == "time"
    close = {term: _closeness(term, before, after, day=day) for term, _ in question.terms}
    near, focus = (
        sum(weight * close[term] for term, weight in terms) / (sum(w for _, w in terms) or 1.0)
        for terms in (
            [item for item in given if item[0] in open_terms] or given
            for given in (question.terms, question.focus)
        )
    )
    return coverage(question, f"{context}{before} {after}"), near, focus


def _holds(folded: str, term: str) -> bool:
    return any(form in folded for form in forms(term))


def _headline(stored: StoredArticle) -> str:
    return fold(f"{stored.article.title}\n{stored.article.subtitle}\n")


def _closeness(term: str, before: str, after: str, *, day: bool) -> float:
    """1 for a term beside a span, less with every character and more so every comma between.

    A figure mostly stands behind what it belongs to, hardly ever before a comma; a day stands
    before what happened on it, comma or not.
    """
    gaps = []
    for form in forms(term):
        if (at := before.rfind(form)) >= 0:
            between = before[at + len(form) :]
            gaps.append(len(between) + COMMA * len(_COMMAS.findall(between)) + 4 * day)
        if (at := after.find(form)) >= 0:
            commas = len(_COMMAS.findall(after[:at]))
            gaps.append(at + (0 if day else 4 + 2 * COMMA * commas))
    return math.exp(-min(gaps) / 12) if gaps else 0.0


def _fit(question: Question, text: str, span: Span) -> float:
    """Whether a span is of the type asked for: 0 never, 1 surely, between for what rules cannot tell."""
    if question.kind in ("place", "person", "which", "what") and (
        _asked_with(question, span) or _CLASS.fullmatch(span.text)
    ):
        return 0.0
    if question.kind == "number":
        inside = [
            0.0 if _says_no_change(question, text, fact) else fits(question, fact)
            for fact in numbers(text)
            if _overlap(fact, span)
        ]
        return max(inside, default=0.0)
    if question.kind == "time":
        inside = [
            0.0 if _names_a_year(question, text, fact) else fits(question, fact)
            for fact in times(text)
            if _overlap(fact, span)
        ]
        # Reigns and ages (唐朝末年) are times that no pattern knows.
        return max(inside, default=0.0 if question.grain else 0.4)
    if question.somebody:
        return float(any(_overlap(fact, span) for fact in facts(text, question)))
    if question.named:
        return 1.0 if _overlaps_fact(question, text, span) else 0.5
    if question.noun and question.kind == "which":
        held = question.noun in span.text or question.noun in text[span.end : span.end + 4]
        body = question.noun in ANY_BODY and is_body(span.text)
        if held or body:
            return 1.0
        return 0.0 if _IN_EVERY_NAME.fullmatch(question.noun) else 0.5
    if question.kind == "place":
        return _fit_of_place(question, text, span)
    if question.noun or question.kind == "person":
        return _fit_of_person(question, text, span)
    if question.thing:
        ends = _ENDS_OF.get(question.thing[-1], question.thing[-2:])
        return 1.0 if set(ends) & set(span.text[-2:]) else 0.5
    return 0.6


_ENDS_OF = {"病": "病症癌瘤炎"}  # what things of a sort end with, where not with its own name


def _asked_with(question: Question, span: Span) -> bool:
    """Whether the span only says what the question says itself (扬州的会在哪里开: 扬州市)."""
    said = fold(re.sub(r"[省市县区]$", "", span.text))
    return len(said) > 1 and said in fold(question.text)


def _of_the_thing(
    question: Question, text: str, fitting: Sequence[tuple[Span, float]]
) -> list[tuple[Span, float]]:
    """Figures of an enumeration (桥梁74座、隧道18座): those of other things fit less than the one asked for."""
    told = [
        coverage(question, fold(re.split(r"[，、；。：\n]", text[: span.start])[-1]))
        for span, _ in fitting
    ]
    most: dict[str, float] = {}  # by what is counted: 处, 元
    for (span, _), share in zip(fitting, told, strict=True):
        most[span.text[-1]] = max(share, most.get(span.text[-1], 0.0))
    out = []
    for (span, fit), share in zip(fitting, told, strict=True):
        named = most[span.text[-1]]
        another = named >= NAMED_BESIDE and share < named / 2
        out.append((span, fit * ANOTHER_THING if another else fit))
    return out


def _says_no_change(question: Question, text: str, fact: Fact) -> bool:
    """Whether a figure is a state (销售额为12亿元) where the question asks by how much something changed."""
    if question.measure != "change" or fact.measure == "percent":
        return False
    return not _CHANGED.search(text[: fact.start])


def _names_a_year(question: Question, text: str, fact: Fact) -> bool:
    """Whether a bare year belongs to the thing beside it (2031年规划大会) where days are told."""
    if question.grain or fact.grain != "year" or not any(t.grain == "day" for t in times(text)):
        return False
    follows = tag(text[fact.end : fact.end + 4])
    return bool(follows) and follows[0][1].startswith("n")


def _fit_of_place(question: Question, text: str, span: Span) -> float:
    """Whether a span tells where: who holds a meeting is no place, nor is the meeting or its day."""
    holder = is_body(span.text) and _HOLDS.match(text, span.end)
    if holder and not _AT.search(text[: span.start]):
        return 0.0
    if is_place(span.text) or _overlaps_fact(question, text, span):
        return 1.0
    meeting = _MEETING.search(span.text) and not is_body(span.text)
    return 0.0 if meeting or any(_overlap(fact, span) for fact in times(text)) else 0.2


def _overlaps_fact(question: Question, text: str, span: Span) -> bool:
    return any(_overlap(fact, span) for fact in facts(text, question))


def _fit_of_person(question: Question, text: str, span: Span) -> float:
    """Whether a span names somebody, and in the role asked for."""
    if ASKS_PHOTOGRAPHER.search(question.text):
        return float(any(_overlap(fact, span) for fact in photographers(text)))
    if re.search(rf"\d|[，。]|(?:{ROLE}|[局部厅委会司院校队社厂讯])$", span.text):
        return 0.0
    if _SIGNED.search(text[: span.start]) and not re.search("记者|通讯员|作者|摄", question.text):
        return 0.0  # who wrote the report is no part of it
    named = [fact for fact in people(text) if _overlap(fact, span)]
    # The dictionary calls 安保 a name: what it knows is none without a role beside it.
    known = all(
        len(word) == 2 or (len(word) > 2 and flag[:2] != "nr")
        for word, flag in tag(span.text, coin=False)
    )
    if known and not named and not is_body(span.text):
        return 0.0
    foreign = "·" in span.text or not re.search(r"[\u4e00-\u9fff]", span.text)
    if not question.noun:
        return 1.0 if named or foreign else 0.3
    before = text[max(0, span.start - 12) : span.start] + "|" + text[span.end : span.end + 12]
    if re.search(rf"副{question.noun}\|", before):
        return 0.0
    in_role = re.search(rf"{question.noun}\||\|[，、]?.{{0,8}}{question.noun}", before)
    return 0.0 if not in_role else 1.0 if named or foreign else 0.4


def _overlap(fact: Fact, span: Span) -> bool:
    return fact.start < span.end and span.start < fact.end


def _completed(question: Question, text: str, span: Span) -> Span:
    """The span with its whole number or date, and without marks at its ends."""
    start, end = span.start, span.end
    if question.somebody and (called := [f for f in facts(text, question) if _overlap(f, span)]):
        start, end = called[0].start, called[0].end
    elif question.kind in ("number", "time") or span.text.isdecimal():
        found = numbers(text) if question.kind == "number" else times(text)
        inside = [fact for fact in found if _overlap(fact, span) and fits(question, fact) > 0]
        if inside:
            fact = max(inside, key=lambda fact: fits(question, fact))  # the first of equals
            # A span of little more than the fact, or of several clauses, is the fact; another one
            # keeps its words.
            little = end - start <= (fact.end - fact.start) * 2 + 4
            if little or _COMMAS.search(fold(text[start:end])):
                start, end = _bare(question, text, fact)
            else:
                start, end = min(start, fact.start), max(end, fact.end)
    if _ORDINALS.search(question.text):  # 第几届第几次: 十九届二次
        for fact in numbers(text):
            if fact.start == end:
                end = fact.end
            elif fact.end == start:
                start = fact.start
    if counted := _COUNTED.search(fold(question.text)):  # 几个方面: 八个方面, not 八个
        things = counted.string[counted.end() :]
        held = (t for t, _ in question.terms if things.startswith(t) and text.startswith(t, end))
        end += len(max(held, key=len, default=""))
    elif question.noun and text.startswith(question.noun, end):
        end += len(question.noun)
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(" ，,。；;：:、）)”\n"))
    end -= len(piece) - len(piece.rstrip(" ，,。；;：:、（(“\n"))
    if end <= start:
        start, end = span.start, span.end
    return Span(text=text[start:end], start=start, end=end, score=span.score)


def _bare(question: Question, text: str, fact: Fact) -> tuple[int, int]:
    """A number without 达 and 约 before it, which are not part of the figure; 超 and 近 stay."""
    if question.kind != "number":
        return fact.start, fact.end
    lead = re.match(r"达到?|约", text[fact.start : fact.end])
    return fact.start + (lead.end() if lead else 0), fact.end

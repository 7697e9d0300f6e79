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
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.completing import completed
from rag.dates import with_days
from rag.enumerated import of_the_thing
from rag.expected import ASKS_PHOTOGRAPHER, facts, fits
from rag.fitting import UNLIKELY, fit_of
from rag.key_terms import coverage, holds, least_held
from rag.network import Network, probability
from rag.passages import sentences
from rag.questions import Question, misses
from rag.reader import preamble
from rag.rivals import of_something_else
from rag.second_look import nearness
from rag.settings import shipped
from rag.tokens import fold
from rag.types import Hit, Span, StoredArticle
from rag.wording import forms

READ_HITS = 5  # passages that the reader reads; the later ones held an answer in few questions
# Least score of a passage of another article beside the best one: of 700 training questions a fifth
# instead of a fiftieth answers two otherwise, and saves a quarter of the reading, which takes most time.
WORTH_READING = 0.2
SPANS_PER_PASSAGE = 3
KINDS = ("person", "time", "place", "number", "which", "what")
# Least share of a question that a sentence with its context holds, and how close its other words stand, for it to
# have words of the question at all; set on training questions, as are the other measures here.
TOLD, BESIDE = 0.1, 0.02
COMMA = 6  # characters that a comma between a term and a span counts for
_COMMAS = re.compile(r"[,、;:]")


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
    "least",  # how much stands there of the key term that it lacks most
    "told",  # 1 where the sentence has words of the question, else how near in meaning it comes, headline and all
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

    def candidates_many(
        self,
        pairs: Sequence[tuple[str, str]],
        top_k: int = 5,
        preambles: Sequence[str] | None = None,
    ) -> list[list[Span]]:
        """For each (question, text) distinct spans, best first; scores are probabilities.

        `preambles` are read before the texts, and never pointed at.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Where a single question is answered from."""

    hits: Sequence[Hit]  # best first
    article_of: Callable[[str], StoredArticle]  # by its id
    reader: SpanReader
    passages: int  # how many were searched: among few, a near miss is rarer


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


def find(question: Question, material: Material, judge: Judge | None = None) -> list[Finding]:
    """All findings in the hits, best first; equal scores keep the order of the hits.

    Args:
        question: What is asked.
        material: Where it is looked for.
        judge: Gives log-odds of rows of FEATURES; None is the shipped one.
    """
    hits, stored_of = material.hits, cache(material.article_of)
    material = replace(material, article_of=stored_of)
    words_of = cache(lambda article_id: page_words(stored_of(article_id)))
    kept = worth_reading(hit for hit in hits if not misses(question, words_of(hit.article_id)))
    read = pointed_at(question, material, kept, SPANS_PER_PASSAGE)
    offered = [
        _in_passage(question, hit, stored_of(hit.article_id), spans)
        for hit, spans in zip(kept, read, strict=True)
    ]
    # What the reader points at and no rule speaks against: a passage is not believed for what it cannot mean.
    believed = [max((span.score for span, _ in offers), default=0.0) for offers in offered]
    trusted = max(believed, default=0.0)
    home: dict[str, float] = {}
    for hit in hits:
        home.setdefault(hit.article_id, hit.score)  # the best one comes first
    pool = math.log10(1 + material.passages) / 5
    found: list[tuple[Hit, Span, dict[str, float]]] = []
    for hit, score, offers in zip(kept, believed, offered, strict=True):
        common = {
            "reader_lead": _logit(score) - _logit(trusted),
            "home": _logit(home[hit.article_id]),
            "lead": float(hit is hits[0]),
            "article": coverage(question.terms, words_of(hit.article_id)),
            "least": least_held(question.terms, words_of(hit.article_id)),
            "pool": pool,
            f"asks_{question.kind}": 1.0,
        }
        found += [(hit, span, common | facts_of_it) for span, facts_of_it in offers]
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


def pointed_at(
    question: Question, material: Material, hits: Sequence[Hit], top_k: int
) -> list[list[Span]]:
    """Where the reader would look in each hit, which it reads below its headline and opening sentence."""
    articles = [material.article_of(hit.article_id).article for hit in hits]
    return material.reader.candidates_many(
        [(question.plain, hit.text) for hit in hits],
        top_k,
        [
            preamble(article.title, article.text, hit.start)
            for article, hit in zip(articles, hits, strict=True)
        ],
    )


def page_words(stored: StoredArticle) -> str:
    """Everything that an article and its page say, folded: what a question may insist on."""
    article = stored.article
    text = with_days(article.text, stored.date)
    facts = [article.title, article.subtitle, article.byline, text, stored.newspaper or ""]
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
    across = asked[end - 1 : end + 1]
    return holds(words, verb) or (len(across) == 2 and across in words)


def _in_passage(
    question: Question, hit: Hit, stored: StoredArticle, spans: Sequence[Span]
) -> list[tuple[Span, dict[str, float]]]:
    """What one passage offers: spans of its text, each with the features that it has here."""
    text = hit.text
    pointed = [completed(question, text, span) for span in spans]
    known = {(span.start, span.end) for span in pointed}
    by_rule = [
        Span(text=fact.text, start=fact.start, end=fact.end, score=0.0)
        for fact in facts(text, question)
        if not any(start < fact.end and fact.start < end for start, end in known)
        and fits(question, fact) > 0
    ]
    fitting = [
        (span, fit)
        for span in (*pointed, *by_rule)
        # The reader may know better than rules that speak against a span; a rule may not.
        if (fit := fit_of(question, text, span)) > (0.0 if span.score else UNLIKELY)
    ]
    # What is told of something else leaves its share to no other span.
    most = max((span.score for span, _ in fitting), default=0.0)
    fitting = [
        (span, fit)
        for span, fit in fitting
        if not of_something_else(question, stored, hit, *_bounds(text, span))
    ]
    if question.kind == "number":
        fitting = of_the_thing(question, text, fitting)
    common = {
        "reader": _logit(spans[0].score if spans else 0.0),
        "hit": _logit(hit.score),
        "passage": coverage(
            question.terms, _headline(stored) + fold(with_days(text, _day_told(question, stored)))
        ),
    }
    # 摄 beside a name says who took a photo as surely as the reader could.
    marked = ASKS_PHOTOGRAPHER.search(question.text) is not None
    out = []
    beside = _beside(question, stored, hit, [span for span, _ in fitting])
    for (span, fit), around in zip(fitting, beside, strict=True):
        own = around | {
            "share": 1.0 if marked else span.score / most if most else 0.0,
            "pointed": float(marked or (bool(pointed) and span is pointed[0])),
            "rule": float(span.score == 0.0 and not marked),
            "fit": fit,
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
    question: Question, stored: StoredArticle, hit: Hit, spans: Sequence[Span]
) -> list[dict[str, float]]:
    """Coverage of each span's own sentence in its context, and how close the question's words stand.

    What a page says in the headline and the opening sentence it seldom says again beside the answer:
    they are the context, and closeness counts the other words, if there are any. It is given twice:
    of all key terms, and of those that stand beside the question word.
    """
    text, headline = hit.text, _headline(stored)
    opening = sentences(stored.article.text)[0][1]
    opened = headline + fold(stored.article.text[:opening])
    day = question.kind == "time"
    printed = _day_told(question, stored)
    out, unsure = [], []
    for span in spans:
        left, right = _bounds(text, span)
        before, after = (
            fold(with_days(part, printed))
            for part in (text[left : span.start], text[span.end : right])
        )
        context = opened if hit.start + left >= opening else headline
        open_terms = [term for term, _ in question.terms if not holds(context, term)]
        close = {term: _closeness(term, before, after, day=day) for term, _ in question.terms}
        near, focus = (
            sum(weight * close[term] for term, weight in terms) / (sum(w for _, w in terms) or 1.0)
            for terms in (
                [item for item in given if item[0] in open_terms] or given
                for given in (question.terms, question.focus)
            )
        )
        share = coverage(question.terms, f"{context}{before} {after}")
        out.append({"sentence": share, "near": near, "focus": focus, "told": 1.0})
        if share < TOLD or max(near, focus) < BESIDE:
            unsure.append((out[-1], context + fold(text[left:right])))
    nearest = nearness(question.text, [told for _, told in unsure])[:, 0] if unsure else ()
    for (own, _), told in zip(unsure, nearest, strict=True):
        own["told"] = float(told)
    return out


def _day_told(question: Question, stored: StoredArticle) -> str | None:
    """The article's day where a day is asked about: 昨日 then tells which one it was."""
    return stored.date if any(term.endswith("日") for term, _ in question.terms) else None


def _bounds(text: str, span: Span) -> tuple[int, int]:
    """Where the sentence, or the sentences, of a span begin and end."""
    within = [(a, b) for a, b in sentences(text) if a < span.end and span.start < b]
    return (within[0][0], within[-1][1]) if within else (0, len(text))


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

"""The nouns of Wenbao: frozen data that passes from step to step.

A page flows file → Page → Article → Passage; a question flows question → Hit → Answer.
Offsets are half-open code points in an article's own text. `to_json` gives the forms that the
command line, HTTP and tests share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # [n, dim], C order, rows of length one (or zero for an empty text)
RowIds = NDArray[np.int64]  # [n]
Scores = NDArray[np.float32]  # [n], higher is better

Kind = Literal["article", "brief", "photo"]
Mode = Literal["hybrid", "dense", "lexical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpan:
    """Where a stretch of an article's text stood on its page."""

    start: int
    end: int
    line: int  # 1-based line of its page's text


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One item on a page: a report, a brief or a photo with its caption."""

    article_id: str
    kind: Kind
    title: str  # one line; "" when the page has none
    label: str  # the title, or a short name from the article's own words
    paragraphs: tuple[str, ...]
    subtitle: str = ""  # kicker and deck, joined by a line break
    byline: str = ""
    inferred: Mapping[str, str] = field(default_factory=dict)  # what was guessed → why
    lines: tuple[LineSpan, ...] = ()  # in text order; empty where the source has no lines

    @property
    def text(self) -> str:
        """The paragraphs joined by line breaks: what offsets count in."""
        return "\n".join(self.paragraphs)

    def to_json(self) -> dict[str, Any]:
        """The article as `wenbao read --json` prints it."""
        return {
            "article_id": self.article_id,
            "kind": self.kind,
            "title": self.title,
            "label": self.label,
            "subtitle": self.subtitle,
            "byline": self.byline,
            "paragraphs": list(self.paragraphs),
            "inferred": dict(self.inferred),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One printed page, or one line of a bulk file."""

    source: str  # the file, as the user named it
    page_id: str
    articles: tuple[Article, ...]
    rest: tuple[str, ...] = ()  # what belongs to no article
    newspaper: str | None = None
    date: str | None = None  # YYYY-MM-DD
    page_no: int | None = None
    section: str | None = None  # 要闻, 社会

    def to_json(self) -> dict[str, Any]:
        """The page as `wenbao read --json` prints it."""
        return {
            "file": self.source,
            "page_id": self.page_id,
            "newspaper": self.newspaper,
            "date": self.date,
            "page_no": self.page_no,
            "section": self.section,
            "articles": [article.to_json() for article in self.articles],
            "rest": list(self.rest),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A run of whole sentences inside one article: what is indexed and found."""

    start: int
    end: int
    text: str  # article.text[start:end], without the headline


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as the index gives it back, with the facts of its page."""

    article: Article
    page_id: str
    source: str
    newspaper: str | None
    date: str | None
    page_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage in a result.

    Higher scores are better; in hybrid mode the score is the probability that the passage answers.
    """

    passage_id: str
    article_id: str
    page_id: str
    title: str
    label: str
    text: str
    start: int  # of the passage in its article's text
    end: int
    score: float
    newspaper: str | None
    date: str | None
    page_no: int | None
    also: tuple[str, ...] | None = None  # near-duplicate articles folded into this hit (--group)

    def to_json(self) -> dict[str, Any]:
        """The hit as `wenbao search --json` prints it."""
        data: dict[str, Any] = {
            "article_id": self.article_id,
            "page_id": self.page_id,
            "passage_id": self.passage_id,
            "title": self.title,
            "label": self.label,
            "text": self.text,
            "score": round(self.score, 6),
            "newspaper": self.newspaper,
            "date": self.date,
            "page_no": self.page_no,
        }
        if self.also is not None:
            data["also"] = list(self.also)
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A short answer inside a text that was read; score is the probability that it answers."""

    text: str
    start: int
    end: int
    score: float

    def to_json(self) -> dict[str, Any]:
        """The span as an answer lists it: offsets are in its citation."""
        return {"text": self.text, "score": round(self.score, 6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A numbered pointer to literal words: quote == article text[start:end]."""

    marker: int
    article_id: str
    page_id: str
    title: str
    label: str
    newspaper: str | None
    date: str | None
    page_no: int | None
    source: str
    quote: str
    start: int
    end: int

    def to_json(self) -> dict[str, Any]:
        """The citation as `wenbao ask --json` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question gets: words with citations, or an honest no_evidence."""

    status: Literal["answered", "no_evidence"]
    text: str
    query: str  # the stand-alone query that was searched
    spans: tuple[Span, ...] = ()
    citations: tuple[Citation, ...] = ()
    answerer: Literal["extractive", "llm"] = "extractive"
    nearest: tuple[tuple[str, str], ...] = ()  # (article_id, label), when nothing answers
    suggestions: tuple[str, ...] = ()
    notice: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The answer as `wenbao ask --json` and HTTP give it."""
        return {
            "status": self.status,
            "text": self.text,
            "spans": [span.to_json() for span in self.spans],
            "citations": [citation.to_json() for citation in self.citations],
            "query": self.query,
            "answerer": self.answerer,
            "nearest": [{"article_id": key, "label": label} for key, label in self.nearest],
            "suggestions": list(self.suggestions),
            "notice": self.notice,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """What an update did. Units are pages; a line of a bulk file is a page of its own."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    replaced: int = 0  # equal ids met again: the later line took the earlier one's place
    failed: tuple[tuple[str, str], ...] = ()  # (source, what to do about it)
    missing: tuple[str, ...] = ()  # indexed before, gone from its folder now, still indexed
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The report as `wenbao index --json` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexInfo:
    """What an index holds."""

    path: Path
    encoder: str
    tokenizer: str
    dim: int
    pages: int
    articles: int
    passages: int
    newspapers: tuple[str, ...]
    since: str | None  # first and last day covered, YYYY-MM-DD
    until: str | None
    undated: int  # articles without a date
    size_bytes: int
    change: int  # number of the last committed change

    def to_json(self) -> dict[str, Any]:
        """The facts as `wenbao info --json` prints them."""
        data = {name: getattr(self, name) for name in self.__slots__}
        return data | {"path": str(self.path), "newspapers": list(self.newspapers)}

"""Answers, articles and lists as HTML: pure functions from data to text.

All that comes from a page or a person is escaped here and nowhere else. The chat reads Markdown
around its HTML, so the characters that Markdown knows are written as entities too: a page that says
`[1](javascript:…)` or `<script>` shows these very characters.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from rag.messages import guessed, say
from rag.types import Answer, Citation, IndexInfo, StoredArticle, UpdateReport

from .places import Place, Range, cited_place

MAX_ECHO_CHARS = 400  # of a question, in the chat
MAX_FAILURES = 5  # told one by one after an upload

_ENTITIES = str.maketrans(
    {character: f"&#{ord(character)};" for character in "&<>\"'\\`*_{}[]()#+-.!|~$:@=^/"}
    | {"\n": "<br>", "\r": ""}
)
_MARKER = re.compile(r"\[(\d{1,3})\]")


def escape(text: str) -> str:
    """Text as HTML that means exactly these characters, in attributes and under Markdown too."""
    return text.translate(_ENTITIES)


# The chat


def question_html(question: str) -> str:
    """What the person asked, shortened when a page was pasted."""
    shown = question.strip()
    if len(shown) > MAX_ECHO_CHARS:
        shown = shown[:MAX_ECHO_CHARS] + "……"
    return f'<div class="wb-question">{escape(shown)}</div>'


def partial_html(text: str) -> str:
    """An answer that is still being written."""
    return f'<div class="wb-answer" aria-busy="true">{escape(text)}<span class="wb-caret"></span></div>'


def sentence_html(sentence: str, *, trouble: bool = True) -> str:
    """One sentence to the reader: what went wrong and what to do, or that all is well."""
    kind = "wb-answer wb-trouble" if trouble else "wb-answer"
    return f'<div class="{kind}">{escape(sentence)}</div>'


def answer_html(answer: Answer, *, asked: str) -> str:
    """A whole answer: short answer bold, numbered links, sources, or what is nearest."""
    places = {c.marker: (cited_place(answer, c), c) for c in answer.citations}
    parts = [f"<p>{_answer_text(answer, places)}</p>"]
    if answer.notice:
        parts.append(f'<p class="wb-notice">{escape(answer.notice)}</p>')
    if answer.answerer == "llm" and answer.citations:
        checked = say(
            "语言模型撰写，逐句与原文核对过。",
            "Written by a language model; each sentence was held against the print.",
        )
        parts.append(f'<p class="wb-small">{escape(checked)}</p>')
    if answer.query.strip() and answer.query.strip() != asked.strip():
        searched = say("按这句话查找：", "Searched for: ") + answer.query
        parts.append(f'<p class="wb-notice">{escape(searched)}</p>')
    if answer.citations:
        parts.append(_sources(places.values()))
    if answer.nearest:
        parts.append(_nearest(answer.nearest))
    if answer.suggestions:
        parts.append(suggestions_html(answer.suggestions))
    kind = "wb-answer" if answer.status == "answered" else "wb-answer wb-none"
    return f'<div class="{kind}">{"".join(parts)}</div>'


def _answer_text(answer: Answer, places: dict[int, tuple[Place, Citation]]) -> str:
    lead = 0
    if answer.spans and answer.text.startswith(answer.spans[0].text):
        lead = len(answer.spans[0].text)
    strong = f"<strong>{escape(answer.text[:lead])}</strong>" if lead else ""
    pieces, end = [], lead
    for found in _MARKER.finditer(answer.text, lead):
        if int(found[1]) in places:
            pieces += [escape(answer.text[end : found.start()]), _chip(*places[int(found[1])])]
            end = found.end()
    return strong + "".join(pieces) + escape(answer.text[end:])


def _chip(place: Place, citation: Citation) -> str:
    spoken = say(
        f"出处 {citation.marker}：{citation.label}", f"Source {citation.marker}: {citation.label}"
    )
    return (
        f'<a class="wb-cite" href="{escape(place.href)}" aria-label="{escape(spoken)}" '
        f'title="{escape(citation.label)}">{citation.marker}</a>'
    )


def _sources(cited: Iterable[tuple[Place, Citation]]) -> str:
    rows = "".join(
        f'<li><a class="wb-source" href="{escape(place.href)}"><b>{c.marker}</b> '
        f"{_headline(c.title, c.label)}</a> {_dateline(c.newspaper, c.date, c.page_no)}</li>"
        for place, c in cited
    )
    return f'<ul class="wb-sources" aria-label="{say("出处", "Sources")}">{rows}</ul>'


def _nearest(nearest: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<li><a class="wb-source" href="{escape(Place(article_id=key).href)}">{escape(label)}</a></li>'
        for key, label in nearest
    )
    heading = say("最接近的报道：", "The nearest articles:")
    return f'<p class="wb-small">{heading}</p><ul class="wb-sources">{rows}</ul>'


def suggestions_html(questions: Iterable[str]) -> str:
    """Questions that can be asked with one click."""
    chips = "".join(
        f'<a class="wb-ask" role="button" href="#ask">{escape(question)}</a>'
        for question in questions
    )
    return f'<div class="wb-suggestions" aria-label="{say("可以问", "You may ask")}">{chips}</div>'


# The article beside it


def article_html(stored: StoredArticle, place: Place) -> str:
    """An article with the quoted words marked, and the short answers in them marked stronger."""
    article = stored.article
    head = [_dateline(stored.newspaper, stored.date, stored.page_no, article.kind)]
    head.append(f'<h2 tabindex="-1">{_headline(article.title, article.label)}</h2>')
    if article.title == "":
        head.append(
            f'<p class="wb-small">{say("报上没有标题，此为代称", "No headline in print; named by its own words")}</p>'
        )
    if article.subtitle:
        head.append(f'<p class="wb-subtitle">{escape(article.subtitle)}</p>')
    paragraphs, start = [], 0
    for paragraph in article.paragraphs:
        paragraphs.append(f"<p>{_marked(paragraph, start, place)}</p>")
        start += len(paragraph) + 1
    tail = [f'<p class="wb-byline">{escape(article.byline)}</p>'] if article.byline else []
    tail += [
        f'<p class="wb-small">{escape(guessed(what, why))}</p>'
        for what, why in article.inferred.items()
    ]
    return f'{_back()}<article class="wb-article">{"".join(head + paragraphs + tail)}</article>'


def _marked(paragraph: str, offset: int, place: Place) -> str:
    """A paragraph that begins at `offset` of its article, with the place's ranges marked."""
    quotes = [place.quote] if place.quote else []
    edges = {0, len(paragraph)}
    for start, end in [*quotes, *place.answers]:
        edges |= {min(max(edge - offset, 0), len(paragraph)) for edge in (start, end)}
    pieces = []
    for start, end in pairwise(sorted(edges)):
        text = escape(paragraph[start:end])
        if _inside(offset + start, place.answers):
            text = f"<strong>{text}</strong>"
        if _inside(offset + start, [*quotes, *place.answers]):
            text = f'<mark class="wb-mark">{text}</mark>'
        pieces.append(text)
    return "".join(pieces)


def _inside(position: int, ranges: Iterable[Range]) -> bool:
    return any(start <= position < end for start, end in ranges)


def missing_article_html() -> str:
    """For a link to an article that is no longer there."""
    words = say("这篇报道已不在索引里。", "This article is no longer in the index.")
    return f'{_back()}<p class="wb-trouble">{words}</p>'


def _back() -> str:
    return f'<a class="wb-back" role="button" href="#contents">{say("‹ 目录", "‹ Contents")}</a>'


# What the index holds


def holdings_html(info: IndexInfo) -> str:
    """What the index holds, in one line."""
    if info.since and info.until and info.since != info.until:
        days = say(f"{info.since} 至 {info.until}", f"{info.since} to {info.until}")
    else:
        days = info.since or say("日期未知", "date unknown")
    papers = "、".join(info.newspapers[:3]) or say("报名未知", "newspaper unknown")
    if len(info.newspapers) > 3:
        papers += say(f" 等 {len(info.newspapers)} 种报纸", f" and {len(info.newspapers) - 3} more")
    counts = say(
        f"收有 {info.pages:,} 个版面、{info.articles:,} 篇报道",
        f"Holds {info.pages:,} pages, {info.articles:,} articles",
    )
    return f'<p class="wb-holdings">{escape(f"{counts} · {papers} · {days}")}</p>'


def contents_html(articles: Sequence[StoredArticle], total: int) -> str:
    """The articles to browse, page by page, in the order in which they are given."""
    pages = [list(group) for _, group in groupby(articles, key=lambda stored: stored.page_id)]
    parts = [f'<h2 tabindex="-1">{say("本报目录", "Contents")}</h2>']
    previous = ""
    for page in pages:
        line = _dateline(page[0].newspaper, page[0].date, page[0].page_no)
        parts.append(line if line != previous else "")
        previous = line
        rows = "".join(_entry(stored) for stored in page)
        parts.append(f'<ul class="wb-contents">{rows}</ul>')
    if total > len(articles):
        more = say(
            f"共 {total:,} 篇，这里列出 {len(articles):,} 篇；其余的请直接提问。",
            f"{len(articles):,} of {total:,} are listed here; ask for the others.",
        )
        parts.append(f'<p class="wb-small">{escape(more)}</p>')
    return "".join(parts)


def _entry(stored: StoredArticle) -> str:
    href = escape(Place(article_id=stored.article.article_id).href)
    kinds = {"photo": say("图片", "photo"), "brief": say("简讯", "brief")}
    kind = kinds.get(stored.article.kind)
    badge = f' <span class="wb-kind">{kind}</span>' if kind else ""
    return f'<li><a href="{href}">{escape(stored.article.label)}</a>{badge}</li>'


def report_text(report: UpdateReport) -> str:
    """What an upload did, in a sentence, and what could not be read."""
    done = []
    if report.added:
        done.append(say(f"新收 {report.added} 份", f"{report.added} added"))
    if report.changed:
        done.append(say(f"更新 {report.changed} 份", f"{report.changed} refreshed"))
    if report.unchanged:
        done.append(
            say(f"{report.unchanged} 份早已收过，没有变动", f"{report.unchanged} already here")
        )
    if report.failed:
        done.append(say(f"{len(report.failed)} 份没有收进来", f"{len(report.failed)} not taken"))
    sentence = say("，", ", ").join(done) + say("。", ".")
    return " ".join([sentence, *(why for _, why in report.failed[:MAX_FAILURES])])


def _headline(title: str, label: str) -> str:
    if title:
        return escape(f"《{title}》") if not title.startswith("《") else escape(title)
    return f'<span class="wb-untitled">{escape(label)}</span>'


def _dateline(
    newspaper: str | None, date: str | None, page_no: int | None, kind: str = "article"
) -> str:
    """Newspaper, day and page, as far as they are known."""
    facts = [newspaper, date, say(f"第 {page_no} 版", f"page {page_no}") if page_no else None]
    facts.append(say("图片报道", "photo") if kind == "photo" else None)
    known = " · ".join(fact for fact in facts if fact)
    return f'<p class="wb-dateline">{escape(known)}</p>' if known else ""

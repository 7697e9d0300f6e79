"""Evidence → what is said: one part of an answer for each single question.

A part is the short answer, if there is one, and the literal stretches of articles that carry it. It
is None where the pages do not tell; nothing else ever stands in for it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.citations import sentence_around
from rag.deciding import (
    LOOKED_AT,
    counts_alike,
    decided,
    deciding,
    reply_of,
    says_whether,
    settles,
)
from rag.evidence import (
    KINDS,
    Finding,
    Material,
    find,
    page_words,
    pointed_at,
    speaks_of,
    threshold,
    worth_reading,
)
from rag.explaining import HOW_SENTENCES, SURE, explains, manner, with_replies
from rag.key_terms import coverage, holds
from rag.lists import Listing, listings, named_items
from rag.messages import say
from rag.passages import sentences
from rag.questions import Question, misses
from rag.tokens import fold, tag
from rag.types import Span, StoredArticle

EXPLAINS = 0.55  # least share of a question's key terms that carrying sentences and headline hold
SORTED = 0.3  # what it counts that the items of a list are of the sort asked for
DIFFERS = 0.35  # least probability of a second answer that is told; two that are as good share it
SEEN = 0.5  # from which on an article need not have the verb that is asked about
SURE_OF_KEYWORDS = 0.4  # from which on keywords have a short answer, and are no topic
OUTLINED = 4  # paragraphs
SHORTEST_OPENING = 20  # characters; less is a subhead
READ_ARTICLES = 6  # of the hits, for sentences and lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A stretch of an article that carries an answer."""

    stored: StoredArticle
    start: int
    end: int

    @property
    def text(self) -> str:
        """Its literal words."""
        return self.stored.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The answer to one single question."""

    spans: tuple[Span, ...]
    quotes: tuple[Quote, ...]
    lead: str = ""  # said first, before the quotes
    overview: bool = False
    differing: bool = False  # its quotes say different things: each is told with its source


def answer_part(question: Question, material: Material) -> Part | None:
    """What the hits say to a question, or None."""
    part = _told(question, material)
    if part is None and question.guessed:
        topic = replace(question, kind="topic")
        part = _sentences(topic, material, _pointed(topic, material))
    return part


def _told(question: Question, material: Material) -> Part | None:
    """What answers a question of its kind."""
    if question.kind in KINDS:
        return _fact(question, material)
    pointed = _pointed(question, material)
    part = _list(question, material, pointed) if question.kind == "list" else None
    return part or _sentences(question, material, pointed)


def _pointed(question: Question, material: Material) -> dict[str, Span]:
    """Where the reader would look in each article: its best span, in the article's own offsets."""
    out: dict[str, Span] = {}
    worth = worth_reading(material.hits)
    read = pointed_at(question, material, worth, 1)
    for hit, spans in zip(worth, read, strict=True):
        for span in spans:
            start, end = hit.start + span.start, hit.start + span.end
            known = out.get(hit.article_id)
            if known is None or span.score > known.score:
                out[hit.article_id] = Span(text=span.text, start=start, end=end, score=span.score)
    return out


def _fact(question: Question, material: Material) -> Part | None:
    """A short answer with its sentence."""
    found = find(question, material)
    least = SURE_OF_KEYWORDS if question.guessed else threshold()
    if not found or found[0].score < least:
        return None
    best = found[0]
    if question.guessed and tag(best.text)[0][1] == "v":
        return None  # what was done is the topic's story
    quotes = [_sentence_of(best)]
    spans = [_span(best)]
    other = _disagreeing(best, found)
    if other is not None:
        quotes.append(_sentence_of(other))
        spans.append(_span(other))
    differing = other is not None
    return Part(spans=tuple(spans), quotes=tuple(quotes), lead=best.text, differing=differing)


def _sentence_of(finding: Finding) -> Quote:
    start, end = sentence_around(finding.stored.article.text, finding.start, finding.end)
    return Quote(stored=finding.stored, start=min(start, finding.start), end=max(end, finding.end))


def _span(finding: Finding) -> Span:
    return Span(text=finding.text, start=finding.start, end=finding.end, score=finding.score)


def _disagreeing(best: Finding, found: Sequence[Finding]) -> Finding | None:
    """Another article that says something else with almost the same certainty."""
    for other in found[1:]:
        same = fold(other.text) in fold(best.text) or fold(best.text) in fold(other.text)
        sure = other.score > max(DIFFERS, best.score - 0.25)
        if other.hit.article_id != best.hit.article_id and sure and not same:
            return other
    return None


def _list(question: Question, material: Material, pointed: Mapping[str, Span]) -> Part | None:
    """All items of the enumeration that a question asks for, in the article's order."""
    best: tuple[float, Listing, StoredArticle] | None = None
    for stored in _articles(question, material):
        text = stored.article.text
        for listing in listings(text):
            score = _list_score(question, stored, listing)
            look = pointed.get(stored.article.article_id)
            if score and look and look.start < listing.end and listing.start < look.end:
                score += LOOKED_AT + look.score
            if best is None or score > best[0]:
                best = (score, listing, stored)
    if best is None or best[0] < 1.0:
        return None
    _, listing, stored = best
    text = stored.article.text
    name = re.search(r"[一二三四五六七八九十\d]个?[“\"「]?([\u4e00-\u9fff])[”\"」]?", question.text)
    items = named_items(text, listing, name.group(1) if name and question.count else "")
    start, end = sentence_around(text, listing.start, listing.end, max_chars=360)
    start, end = min(start, listing.start), max(end, listing.end)
    spans = tuple(
        Span(text=text[a:b], start=a, end=b, score=min(0.99, best[0] / 3)) for a, b in items
    )
    lead = "；".join(text[a:b] for a, b in items)
    return Part(spans=spans, quotes=(Quote(stored=stored, start=start, end=end),), lead=lead)


def _list_score(question: Question, stored: StoredArticle, listing: Listing) -> float:
    """How well an enumeration answers; from 1.0 on it does."""
    text = stored.article.text
    if question.count is not None and question.count != len(listing.items):
        return 0.0
    numeric = sum(bool(re.search(r"\d", text[a:b])) for a, b in listing.items)
    if numeric > len(listing.items) / 2 and not listing.counted:
        return 0.0  # figures side by side are no things of one kind
    opening = text[: sentences(text)[0][1]]
    before = text[max(0, listing.start - 90) : listing.end]
    lead_in = fold(f"{stored.article.title}\n{opening}\n{before}")
    near = fold(text[max(0, listing.start - 40) : listing.end])
    score = 1.2 * coverage(question.terms, lead_in) + 0.8 * coverage(question.terms, near)
    if question.count is not None:
        score += 0.6
    if question.thing:
        alike = sum(bool(set(question.thing[-2:]) & set(text[a:b])) for a, b in listing.items)
        score += SORTED if alike > len(listing.items) / 2 else 0.0
    return score + (0.3 if listing.counted else 0.0) - 0.55


def _sentences(question: Question, material: Material, pointed: Mapping[str, Span]) -> Part | None:
    """The sentences that speak of what is asked: for why, how, yes or no, and topics."""
    best: tuple[float, StoredArticle, list[tuple[int, int]]] | None = None
    for rank, stored in enumerate(_articles(question, material)):
        look = pointed.get(stored.article.article_id)
        # The reader may see what is asked about in other words (绝杀: 投中三分).
        seen = look is not None and look.score >= SEEN and question.kind in ("how", "yesno")
        spoken = speaks_of(question, page_words(stored)) or settles(question, page_words(stored))
        if not seen and not spoken:
            continue
        chosen, share = _carrying(question, stored, look)
        score = share - 0.02 * rank
        if chosen and (best is None or score > best[0]):
            best = (score, stored, chosen)
    if best is None or best[0] < EXPLAINS:
        return None
    _, stored, chosen = best
    if question.kind == "topic":
        chosen = _outline(question, stored) or chosen
    reply = reply_of(question, stored.article.text, chosen) if question.kind == "yesno" else None
    if reply is not None:
        chosen = [reply[1]]
    quotes = tuple(Quote(stored=stored, start=start, end=end) for start, end in chosen)
    look = pointed.get(stored.article.article_id)
    if look is not None and not any(a <= look.start and look.end <= b for a, b in chosen):
        look = None
    short = look if look is not None and look.score >= SURE else None
    if question.kind == "how":
        short = manner(question, stored.article.text, chosen, look)
        if short and not any(q.start <= short.start < q.end for q in quotes):
            start, end = sentence_around(stored.article.text, short.start, short.end)
            quotes = (Quote(stored=stored, start=start, end=end), *quotes)
    if question.kind == "yesno":
        short = (
            reply[0]
            if reply
            else deciding(question, stored.article.text, chosen, look, fold(stored.article.title))
        )
        # What only asks says nothing: 孕妇能种牙吗？
        told = [fold(one) for a, b in chosen if (one := stored.article.text[a:b])[-1:] != "？"]
        said = any(says_whether(question, one) and counts_alike(question, one) for one in told)
        if short is None and not said and not (look and look.score >= SURE):
            return None  # an article on the matter that leaves it open
        # What says yes or no needs no other sentence beside it.
        quotes = tuple(q for q in quotes if not short or q.start <= short.start < q.end)
    spans = (short,) if short is not None and question.kind in ("how", "why", "yesno") else ()
    return Part(spans=spans, quotes=quotes, lead=short.text if spans and short else "")


def _in_words(question: Question, sentence: str) -> str:
    """A folded sentence, with the word that is asked about where it tells otherwise in another one (涨价, 持平)."""
    words = fold(sentence)
    return f"{words} {decided(question)}" if settles(question, words) else words


def _carrying(
    question: Question, stored: StoredArticle, look: Span | None
) -> tuple[list[tuple[int, int]], float]:
    """Up to two or three sentences of an article that hold most of the key terms, and the share held."""
    text = stored.article.text
    title = fold(f"{stored.article.title}\n{stored.article.subtitle}")
    scored = []
    ranges = _whole(text)
    if question.kind in ("why", "how"):
        ranges = with_replies(text, ranges)
    for at, (start, end) in enumerate(ranges):
        sentence = _in_words(question, text[start:end])
        # What the headline says need not be said again.
        score = coverage(question.terms, title + sentence) + 0.3 * coverage(
            question.terms, sentence
        )
        score += explains(question, sentence)
        if question.kind == "yesno" and says_whether(question, sentence):
            score += 0.35 * counts_alike(question, sentence)
        elif question.kind == "yesno" and holds(sentence, decided(question)):
            continue
        if look and start <= look.start < end:
            score += LOOKED_AT + look.score
        scored.append((score - 0.002 * at, start, end))
    if not scored:
        return [], 0.0
    scored.sort(key=lambda item: -item[0])
    first = scored[0]
    chosen = [first[1:]]
    held = _in_words(question, text[first[1] : first[2]]) + title
    size = first[2] - first[1]
    most = HOW_SENTENCES if question.kind == "how" else 2
    for score, start, end in scored[1:5]:
        more = coverage(question.terms, held + fold(text[start:end])) - coverage(
            question.terms, held
        )
        if size + end - start <= 260 and (
            more > 0.12 or (question.kind in ("why", "how", "topic") and score > 0.75 * first[0])
        ):
            chosen.append((start, end))
            held += fold(text[start:end])
            size += end - start
        if len(chosen) == most:
            break
    share = coverage(question.terms, held)
    if len(chosen) == 1 and size > 300:
        chosen = [sentence_around(text, first[1], min(first[2], first[1] + 120), max_chars=240)]
    return sorted(chosen), share


def _outline(question: Question, stored: StoredArticle) -> list[tuple[int, int]]:
    """How the paragraphs of an article begin, if all of it is about the topic; else nothing."""
    text = stored.article.text
    ranges = _whole(text)
    opening = f"{stored.article.title}\n{text[slice(*ranges[0])]}" if ranges else ""
    if coverage(question.terms, fold(opening)) < EXPLAINS:
        return []
    begins = [(a, b) for a, b in ranges if a == 0 or text[:a].rstrip(" ").endswith("\n")]
    return [(a, b) for a, b in begins if b - a >= SHORTEST_OPENING][:OUTLINED]


def _whole(text: str) -> list[tuple[int, int]]:
    """Sentences up to their full stop, paragraph borders included, without outer space."""
    out: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if out and text[out[-1][1] - 1] in ";；":
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    trimmed = []
    for start, end in out:
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        if piece.strip():
            trimmed.append((left, left + len(piece.strip())))
    return trimmed


def _articles(question: Question, material: Material) -> list[StoredArticle]:
    """The articles of the best hits that hold what the question insists on."""
    out = []
    for article_id in dict.fromkeys(hit.article_id for hit in material.hits):
        stored = material.article_of(article_id)
        if not misses(question, page_words(stored)):
            out.append(stored)
        if len(out) == READ_ARTICLES:
            break
    return out


def overview(stored: Sequence[StoredArticle], total: int, *, more: bool = False) -> Part:
    """What the pages hold: the name of each article with its first sentence as its quote.

    Args:
        stored: The articles that are named.
        total: How many there are.
        more: There are more than were counted.
    """
    quotes = []
    for one in stored:
        text = one.article.text
        ranges = _whole(text)
        start, end = ranges[0] if ranges else (0, len(text))
        quotes.append(Quote(stored=one, start=start, end=min(end, start + 120)))
    lead = say(f"这里共有 {total} 篇报道：", f"There are {total} articles: ")
    if total > len(stored):
        lead = say(
            f"这里{'至少' if more else '共'}有 {total} 篇报道，最先的 {len(stored)} 篇是：",
            f"There are {'at least ' if more else ''}{total} articles; the first {len(stored)}: ",
        )
    return Part(spans=(), quotes=tuple(quotes), lead=lead, overview=True)

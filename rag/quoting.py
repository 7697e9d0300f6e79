"""Parts of an answer → its text in the articles' own words, with numbered citations."""

from collections.abc import Sequence

from rag.answering import Part
from rag.citations import ANSWER_CHARS, MARKER, marker_of, shown
from rag.types import Answer, Citation, Span, StoredArticle

SHORTEST_QUOTE = 40  # characters; less of a quote says nothing beside a short answer


def quoted_answer(query: str, told: Sequence[Part], notice: str | None) -> Answer:
    """Parts as one text, the quotes numbered in the order in which they are said."""
    citations: list[Citation] = []
    spans: list[Span] = []
    said: list[str] = []
    for part in told:
        room = (ANSWER_CHARS - 20) // len(told)
        lead = shown(part.lead) if part.overview else _cut(shown(part.lead), room - 12)
        room = max(0, room - len(lead)) // max(1, len(part.quotes)) - 6
        pieces = []
        for quote in part.quotes:
            marker = marker_of(citations, quote.stored, quote.start, quote.end)
            if part.overview:
                body = shown(MARKER.sub("", quote.stored.article.label))
            else:
                source = _source(quote.stored) if part.differing else ""
                body = _cut(shown(f"{source}{quote.text}"), room)
                body = "" if lead and body.endswith("…") and len(body) < SHORTEST_QUOTE else body
            pieces.append(f"{body}[{marker}]")
        if part.overview:
            said.append(lead + "；".join(pieces) + "。")
        elif lead and not pieces[0].startswith(lead):
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


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: max(1, chars - 1)] + "…"


def _source(stored: StoredArticle) -> str:
    """Who says so and when, before words that another article contradicts."""
    facts = [stored.newspaper or stored.article.label, stored.date]
    return "，".join(filter(None, facts)) + "："

"""Places: a link into an article, as the page's own addresses (`#article=…&quote=…`) carry it.

A click brings the address back from the browser, so it is read as untrusted text.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from rag.types import Answer, Citation

Range = tuple[int, int]  # half-open code points of an article's text

MAX_RANGES = 32  # short answers marked in one article
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An article, the quoted words in it, and the short answers inside them."""

    article_id: str
    quote: Range | None = None
    answers: tuple[Range, ...] = ()

    @property
    def href(self) -> str:
        """The address of the place, safe in an attribute once escaped."""
        fields = {"article": self.article_id}
        if self.quote is not None:
            fields["quote"] = _written([self.quote])
        if self.answers:
            fields["answers"] = _written(self.answers[:MAX_RANGES])
        return "#" + urlencode(fields)


def read_place(address: str) -> Place | None:
    """The place that an address names; None when it names no article."""
    fields = parse_qs(address.removeprefix("#"), max_num_fields=8)
    if "article" not in fields:
        return None
    quotes = _ranges(fields.get("quote", [""])[0])
    return Place(
        article_id=fields["article"][0],
        quote=quotes[0] if quotes else None,
        answers=_ranges(fields.get("answers", [""])[0]),
    )


def cited_place(answer: Answer, citation: Citation) -> Place:
    """Where a citation points, with the short answers that its quote holds."""
    answers: list[Range] = []
    for span in answer.spans:
        if not span.text:
            continue
        # A span's offsets are of its article, which may be another citation's.
        at = span.start - citation.start
        if at < 0 or citation.quote[at : at + len(span.text)] != span.text:
            at = citation.quote.find(span.text)
        if at >= 0:
            answers.append((citation.start + at, citation.start + at + len(span.text)))
    return Place(
        article_id=citation.article_id,
        quote=(citation.start, citation.end),
        answers=tuple(answers),
    )


def _written(ranges: list[Range] | tuple[Range, ...]) -> str:
    return ".".join(f"{start}-{end}" for start, end in ranges)


def _ranges(text: str) -> tuple[Range, ...]:
    found = ((int(start), int(end)) for start, end in _RANGE.findall(text[:1000]))
    return tuple((start, end) for start, end in found if start < end)[:MAX_RANGES]

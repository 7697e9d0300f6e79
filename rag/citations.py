"""Citations: quotes that are literally an article's words, and the check that every answer passes.

Nothing reaches a reader unchecked: `check` runs on each answer, whoever wrote it.
"""

import re
from collections.abc import Callable

from rag.passages import sentences
from rag.types import Answer, Citation, StoredArticle

ANSWER_CHARS = 400  # an answer is shorter than this, overviews apart
ENDING = 40  # characters of a sentence in which its end is looked for
MARKER = re.compile(r"\[(\d+)\]")

_HARD_END = re.compile(r"[。！？!?\n][”’」』）)】》]*\s*$")


def cite(marker: int, stored: StoredArticle, start: int, end: int) -> Citation:
    """A numbered citation of article text[start:end]."""
    return Citation(
        marker=marker,
        article_id=stored.article.article_id,
        page_id=stored.page_id,
        title=stored.article.title,
        label=stored.article.label,
        newspaper=stored.newspaper,
        date=stored.date,
        page_no=stored.page_no,
        source=stored.source,
        quote=stored.article.text[start:end],
        start=start,
        end=end,
    )


def marker_of(citations: list[Citation], stored: StoredArticle, start: int, end: int) -> int:
    """The number of a quote, the same for the same words; a new quote is added to `citations`."""
    for citation in citations:
        same = citation.article_id == stored.article.article_id
        if same and (citation.start, citation.end) == (start, end):
            return citation.marker
    citations.append(cite(len(citations) + 1, stored, start, end))
    return len(citations)


def shown(text: str) -> str:
    """A page's words as an answer shows them: one line, its own [1] as ［1］, so that it is no marker.

    Clients may read an answer as Markdown: what would be a link, an image or a tag there is widened too.
    """
    text = re.sub(r"\s*\n\s*", " ", text).strip()
    text = re.sub(r"<(?=[A-Za-z/!])", "＜", text.replace("](", "］（"))
    return MARKER.sub(r"［\1］", text)


def sentence_around(text: str, start: int, end: int, max_chars: int = 180) -> tuple[int, int]:
    """The whole sentence, or run of them, that holds text[start:end].

    A sentence of more than `max_chars` is narrowed to its semicolon parts, and then to the clauses
    about the span; what is left may be longer where the span itself is.
    """
    pieces = sentences(text)
    full: list[tuple[int, int]] = []
    for left, right in pieces:
        begin = max(full[-1][0], left - ENDING) if full else left
        joins = full and not _HARD_END.search(text[begin:left])
        full[-1:] = [(full[-1][0], right)] if joins else [*full[-1:], (left, right)]
    for units in (full, pieces, _clauses(text)):
        within = [unit for unit in units if unit[0] < end and start < unit[1]]
        if not within:
            continue
        left, right = within[0][0], within[-1][1]
        if right - left <= max_chars or (units is not full and units is not pieces):
            if units is not full and units is not pieces:
                left, right = _grow(text, _clauses(text), left, right, max_chars)
            return _trim(text, left, right)
    return _trim(text, start, end)


def check(answer: Answer, article_of: Callable[[str], StoredArticle]) -> None:
    """Proves that an answer keeps the contract.

    Args:
        answer: What is about to be shown.
        article_of: Gives the stored article of an id; KeyError if there is none.

    Raises:
        ValueError: A marker without citation or the reverse, a quote that is not the article's, a
            span outside every quote, an answer too long, or a refusal that cites.
    """
    markers = {int(found) for found in MARKER.findall(answer.text)}
    cited = [citation.marker for citation in answer.citations]
    if len(set(cited)) != len(cited) or markers != set(cited):
        raise ValueError(f"markers {sorted(markers)} and citations {sorted(cited)} differ")
    if answer.status == "no_evidence":
        if cited or answer.spans:
            raise ValueError("a refusal cites nothing and has no spans")
        return
    if not cited:
        raise ValueError("an answer cites its evidence")
    for citation in answer.citations:
        try:
            text = article_of(citation.article_id).article.text
        except KeyError as error:
            raise ValueError(f"no article {citation.article_id}") from error
        if not citation.quote or text[citation.start : citation.end] != citation.quote:
            raise ValueError(f"[{citation.marker}] does not quote its article literally")
    for span in answer.spans:
        if not span.text or not any(span.text in citation.quote for citation in answer.citations):
            raise ValueError(f"the span {span.text!r} is in no quote")
    # An overview names as many articles as there are; it is told by having more than two sources.
    if len(answer.text) >= ANSWER_CHARS and (answer.spans or len(cited) <= 2):
        raise ValueError(f"{len(answer.text)} characters are too long")


def _clauses(text: str) -> list[tuple[int, int]]:
    return [
        match.span()
        for match in re.finditer(r"[^，,：:。！？!?；;\n]*[，,：:。！？!?；;\n”’」』）)]*", text)
        if match.group()
    ]


def _grow(
    text: str, clauses: list[tuple[int, int]], left: int, right: int, max_chars: int
) -> tuple[int, int]:
    """Takes neighbouring clauses of the same sentence in, first those before, while there is room."""
    before = [c for c in clauses if c[1] <= left]
    while before and right - before[-1][0] <= max_chars * 2 // 3 and not _ends(text, before[-1]):
        left = before.pop()[0]
    after = [c for c in clauses if c[0] >= right]
    while (
        after
        and after[0][1] - left <= max_chars
        and not re.search(r"[。！？!?；;\n]\W*$", text[left:right])
    ):
        right = after.pop(0)[1]
    return left, right


def _ends(text: str, clause: tuple[int, int]) -> bool:
    return re.search(r"[。！？!?；;\n]\W*$", text[clause[0] : clause[1]]) is not None


def _trim(text: str, left: int, right: int) -> tuple[int, int]:
    piece = text[left:right]
    left += len(piece) - len(piece.lstrip())
    return left, left + len(piece.strip())

"""Article → passages: runs of whole sentences, what is indexed and found.

Cutting every text into passages of whole sentences up to about 256 characters was measured to help
more than any other single choice; a passage carries its offsets, never a copy with other spaces.
"""

import re

from rag.types import Passage

PASSAGE_CHARS = 256  # about one printed paragraph; longer ones dilute, shorter ones lack context

# A sentence ends at its final marks with the quotes and brackets that close there, or at a line break.
_SENTENCE = re.compile(r"[^。！？!?；;…\n]*(?:[。！？!?；;…]+[”’」』）)\]】》]*\n?|\n|$)")
_CLAUSE = re.compile(r"[^，,、：:\s]*[，,、：:\s]*")


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of the sentences of a text: in order, without gaps, covering all of it."""
    return [match.span() for match in _SENTENCE.finditer(text) if match.end() > match.start()]


def cut(text: str, *, max_chars: int = PASSAGE_CHARS) -> tuple[Passage, ...]:
    """Cuts an article's text into passages of whole sentences of at most `max_chars`.

    A sentence that is longer is cut at its clauses, or anywhere if it has none. Every character that
    is not white space lies in exactly one passage; a passage neither begins nor ends with a space.
    """
    ranges: list[tuple[int, int]] = []
    for start, end in _pieces(text, max_chars):
        if ranges and end - ranges[-1][0] <= max_chars:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    passages = []
    for start, end in ranges:
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        piece = piece.strip()
        if piece:
            passages.append(Passage(start=start, end=start + len(piece), text=piece))
    return tuple(passages)


def _pieces(text: str, max_chars: int) -> list[tuple[int, int]]:
    """Sentences, the overlong ones cut at clauses or by force."""
    pieces: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if end - start <= max_chars:
            pieces.append((start, end))
            continue
        for clause in _CLAUSE.finditer(text, start, end):
            ends = range(clause.start(), clause.end(), max_chars)
            pieces += [(at, min(at + max_chars, clause.end())) for at in ends]
    return pieces

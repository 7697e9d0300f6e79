"""Yes or no: the clause that decides it, or none, where the pages leave it open."""

import re
from collections.abc import Sequence

from rag.key_terms import coverage, holds
from rag.questions import Question
from rag.tokens import fold, in_digits
from rag.types import Span

ABOUT = 0.3  # least share of the words beside the question word that the deciding clause holds
DECIDES = 0.15  # what it counts that a clause says whether
LOOKED_AT = 0.25  # what it counts that the reader points there
CLAUSE = re.compile(r"[^，,；;。！？!?\n]+")
_FIGURE = re.compile(r"\d[万亿余多]*([^\W\d_号月日年时点分])")
_NAMED = re.compile(r"\d+(?=号[线楼桥馆院机])")  # a line's number is its name
_WHETHER = re.compile(
    r"[不未没无非禁]|免[费收除于]|可以?|需要?|应当?|必须|能够?|允许|[将会已]|仍|继续|取消|暂停|恢复|只|仅|均|全部"
)


def deciding(
    question: Question, text: str, chosen: Sequence[tuple[int, int]], look: Span | None
) -> Span | None:
    """The clause that says yes or no: it has the word asked about, most of the others, and says whether.

    Where a day or a figure is asked about, it is part of it (3月2日，大桥通车); a sentence with another one
    says no, but none of its clauses does.
    """
    asked = _NAMED.sub("", fold(question.text))
    figures = [term for term, _ in question.terms if re.search(r"\d", term) and term in asked]
    best: tuple[float, Span] | None = None
    head = decided(question)
    for start, end in chosen:
        for match in CLAUSE.finditer(text, start, end):
            clause = match.group()
            held = coverage(question.terms, fold(clause))
            about = coverage(question.focus, fold(clause))
            score = held + about + DECIDES * bool(_WHETHER.search(clause))
            if look and match.start() <= look.start < match.end():
                score += LOOKED_AT
            said = head and says_whether(question, fold(clause)) and about >= ABOUT
            if said and (best is None or score > best[0]):
                left, right = match.span()
                for other in CLAUSE.finditer(text, start, end):
                    if any(_has(other.group(), figure) for figure in figures):
                        left, right = min(left, other.start()), max(right, other.end())
                span = Span(text=text[left:right], start=left, end=right, score=min(held, 0.99))
                best = (score, span)
    if best and not all(_has(best[1].text, figure) for figure in figures):
        return None
    return best[1] if best else None


def _has(clause: str, figure: str) -> bool:
    return holds(in_digits(fold(clause)), figure)


def decided(question: Question) -> str:
    """What a question for yes or no asks about: the term nearest to what asks."""
    # Of equally near ones the later: 是不是2月6日 asks about the day.
    near = [(close, at, term) for at, (term, close) in enumerate(question.focus)]
    return max(near, default=(0.0, 0, ""))[2]


def says_whether(question: Question, words: str) -> bool:
    """Whether folded words have what a question for yes or no asks about.

    And not what it takes itself (预约不需要…), where it is asked whether it is needed (需要预约吗).
    """
    head, asked = decided(question), fold(question.text)
    if re.search(rf"(?:需要?|要|用|必须){re.escape(head)}", asked):
        words = re.sub(rf"{re.escape(head)}[^，,]{{0,2}}(?:需|要|用)[^，,。]*", "", words)
    return holds(words, head)


def counts_alike(question: Question, sentence: str) -> bool:
    """Whether a folded sentence has a figure of the sort that is asked about, if one is: so many 座, not 元."""
    asked = _FIGURE.search(fold(question.text))
    told = _FIGURE.finditer(in_digits(sentence))
    return asked is None or any(found[1] == asked[1] for found in told)

"""Figures that stand side by side (桥梁74座、隧道18座; 90人，其中8人…): which is that of the thing asked for."""

import re
from collections.abc import Sequence

from rag.key_terms import coverage, head_of, holds
from rag.questions import Question
from rag.rivals import ASKS_GAIN, ASKS_LOSS
from rag.tokens import fold, tag
from rag.types import Span

# Share of a question that stands in the clause before a figure from which on it is the thing's own, and what
# figures of other things are worth beside it.
NAMED_BESIDE, ANOTHER_THING = 0.5, 0.4
SOME_BESIDE = 0.2  # the same where nothing of the question stands before the others
_IN_ALL = re.compile(r"一共|总共|总[数量额]|共[有计]?|合计|加起来|全部")
_ENDS = re.compile(r"[，、；。：\n]")
_OWN_SHARE = re.compile(r"自[交付费筹掏缴]|个人(?:承担|缴纳|自付|支付|只需|出)")
_ASKS_OWN_SHARE = re.compile(
    r"自己(?:要|得|需|只|还|每|掏|出|交|付|花|承担)|自[付费掏]|个人(?:要|得|需|只|承担|出)"
)


def of_the_thing(
    question: Question, text: str, fitting: Sequence[tuple[Span, float]]
) -> list[tuple[Span, float]]:
    """Figures of an enumeration (桥梁74座、隧道18座): those of other things fit less than the one asked for.

    Which one that is tells the weightiest term beside the question word, where it stands before one of
    them (日产能…3212万只，日产量…3028万只), else how much of the question does.
    """
    clauses = [fold(_ENDS.split(text[: span.start])[-1]) for span, _ in fitting]
    head = head_of(question.terms, question.focus)
    named = [bool(head) and holds(clause, head) for clause in clauses]
    told = [coverage(question.terms, clause) for clause in clauses]
    labels = [clause.removeprefix("其中") for clause in clauses]
    asked = {label for label in labels if len(label) > 1 and _stands_alone(label, question)}
    of_all = _IN_ALL.search(question.text) is not None
    # Of 新增5460个，其中小学3240个 the second is told of 小学 alone, and of it nothing else.
    part = asked.pop() if len(asked) == 1 and not of_all else ""
    # And so is 老人 of 疏散86人，其中行动不便的老人7人, where it is asked of those.
    of_them = [
        not of_all and named[at] and one for at, one in enumerate(_parts(text, fitting, head))
    ]
    # Of 每亩保费120元，农户自交24元 the second is what they pay themselves.
    own = [bool(_OWN_SHARE.search(clause)) for clause in clauses]
    borne = _ASKS_OWN_SHARE.search(question.text) is not None
    kept = _of_gain_or_loss(question, clauses)
    out = []
    for at, (span, fit) in enumerate(fitting):
        # Those that are counted alike: 处, 元.
        alike = [other for other, (one, _) in enumerate(fitting) if one.text[-1] == span.text[-1]]
        most = max(told[other] for other in alike)
        if not of_them[at] and (
            any(of_them[other] and not named[at] for other in alike)
            or (part and not holds(clauses[at], part) and any(labels[o] == part for o in alike))
            or (kept and clauses[at] not in kept)
            or _is_part_only(question, text, fitting, at)
            or (borne and not own[at] and any(own[other] for other in alike))
        ):
            continue
        another = not (named[at] or labels[at] == part or (borne and own[at])) and (
            any(named[other] for other in alike)
            or (most >= NAMED_BESIDE and told[at] < most / 2)
            or (most >= SOME_BESIDE and not told[at])
        )
        out.append((span, fit * ANOTHER_THING if another else fit))
    return out


_EACH = re.compile("[一每]个?([年月天日])")
_GAIN, _LOSS = (
    re.compile(r"[年月日]收入|利润|盈利|获利|[挣赚]|纯收入|增收"),
    re.compile(r"亏|赔(?!偿)"),
)


def _of_gain_or_loss(question: Question, clauses: Sequence[str]) -> set[str]:
    """The clauses that tell what was earned or lost, where that is asked for: no turnover is a profit."""
    gain, loss = ASKS_GAIN.search(question.text), ASKS_LOSS.search(question.text)
    if bool(gain) == bool(loss) or question.measure not in ("", "money"):
        return set()
    told = _GAIN if gain else _LOSS
    kept = {clause for clause in clauses if told.search(clause)}
    # What is earned in a month is not what is earned in a year.
    each = _EACH.search(question.text)
    return {one for one in kept if each and each[1] in one} or kept


def _parts(text: str, fitting: Sequence[tuple[Span, float]], head: str) -> list[bool]:
    """Which figures are told of a part (其中…), where none of the whole is told with the word asked about."""
    told = [_told_with(text, span) for span, _ in fitting]
    parts = [clause.startswith("其中") for clause in told]
    whole = [fold(clause) for clause, part in zip(told, parts, strict=True) if not part]
    if head and any(holds(clause, head) for clause in whole):
        return [False] * len(parts)
    return parts


def _is_part_only(
    question: Question, text: str, fitting: Sequence[tuple[Span, float]], at: int
) -> bool:
    """Whether a figure is a part (90人获救，其中8人重伤) of one before it that is told as much as asked.

    How many were rescued asks for all of them; how many were badly hurt, for the part.
    """
    span, part = fitting[at][0], _told_with(text, fitting[at][0])
    if not part.startswith("其中") or "其中" in question.text:
        return False
    whole = [
        one
        for one, _ in fitting
        if text.rfind("。", 0, span.start) < one.start < span.start
        and one.text[-1] == span.text[-1]
    ]
    if not whole:
        return False
    most = max(coverage(question.terms, fold(_told_with(text, one))) for one in whole)
    told = {char for one in whole for char in _told_with(text, one)}
    if (set(part) - told) & set(question.text):
        return False  # 重伤 of 8人伤势严重
    return 0 < most >= coverage(question.terms, fold(part))


def _told_with(text: str, span: Span) -> str:
    """The clause of a figure."""
    before = _ENDS.split(text[: span.start])[-1]
    return before + span.text + _ENDS.split(text[span.end :], maxsplit=1)[0]


def _stands_alone(label: str, question: Question) -> bool:
    """Whether a question has these words as a thing of its own: 初中 of 初中新增多少, not 学生 of 学生食堂."""
    asked = fold(question.text)
    at = asked.find(label)
    if at < 0:
        return False
    follows = tag(asked[at + len(label) :])
    return not follows or (follows[0][1][0] not in "nl" and follows[0][1] != "vn")

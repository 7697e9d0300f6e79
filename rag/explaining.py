"""Why and how: the sentences that give a reason or say what is done, and the clause that tells how."""

import re
from collections.abc import Sequence

from rag.deciding import CLAUSE
from rag.questions import Question
from rag.tokens import tag
from rag.types import Span

# What it counts that a sentence says what is done, each way once. Of 1,156 written questions that ask how, the first
# three sentences hold the answer in .904, the first two in .871, and in .865 where many ways count as one.
WAY, MOST_WAYS = 0.12, 4
HOW_SENTENCES = 3
SURE = 0.4  # from which on the reader's words are the short answer to how and why
ASKED_AND_TOLD = 240  # characters of a sentence that asks, with its reply

_CAUSE = re.compile(
    r"因为|由于|为了|是[^，。]{2,30}(?:重点|关键|基础|重中之重|核心|需要|抓手)|为防止|为避免|为进一步|原因|所以|因此|导致|旨在|防止|避免|以便|从而"
)
# Why a court ruled so stands behind what it held.
_OF_COURT = re.compile(r"法[院官]|判")
_HELD = re.compile(r"(?:法院|法官|合议庭|审理|[一二终]审)[^，。]{0,8}(?:认为|认定)")
_MANNER = re.compile(
    r"可以?|应当?|要求|需要?|(?<=[，：；])要|推动|促进|加大|支持|完善|优化|推出|建立|开展|通过|采取|方式|办法|措施|围绕|部署|实施|举措|第一时间|建议|请|拨打|登录|扫码|申请|凭"
)


# What is planned, and what was put in, where the reader looks there: ranking sentences does not count it.
_NEXT = re.compile(
    r"下一步|[将拟](?=[一-鿿])|装上|安装|改用|改成|换[上成]|引进|组织|请来|采用|使用|利用|靠着?|借助"
)


def manner(
    question: Question, text: str, chosen: Sequence[tuple[int, int]], look: Span | None
) -> Span | None:
    """The clause that tells how: the one that the reader looks at, else one that says what to do.

    Where the reader is sure, its own words. Of what only says what came of it (遗址被发现, 由9元降到6元), the
    clause before.
    """
    if look is not None and look.score >= SURE:
        return _means(question, text, look)
    clauses = [
        (match.start(), match.end())
        for start, end in chosen
        for match in CLAUSE.finditer(text, start, end)
    ]
    telling = [(a, b) for a, b in clauses if _MANNER.search(text[a:b]) or _NEXT.search(text[a:b])]
    looked = [(a, b) for a, b in clauses if look and a <= look.start < b]
    best = [one for one in looked if one in telling] or telling or looked
    if not best:
        return None
    start, end = best[0]
    told = Span(text=text[start:end], start=start, end=end, score=look.score if look else 0.0)
    return _means(question, text, told)


# By this: what it was stands in the sentence before.
_BY_THIS = re.compile(r"[据由就借凭以]此|(?:这样|于是|正是这)")
_OUTCOME = re.compile(
    r"[由从][^，。]{1,12}[降升增减涨跌缩提扩延]\S{0,2}[到至为]|[降升增减涨跌]了?[近约超]?[\d一二三四五六七八九两]"
)


def _means(question: Question, text: str, told: Span) -> Span:
    """What is told itself, or the clause before it, where it tells only what came of that."""
    start, end = told.start, told.end
    begins = max(text.rfind(mark, 0, start) for mark in "，,；;。！？\n") + 1
    clause = text[begins:end]
    if _BY_THIS.search(clause) and (before := text[:begins].rstrip("，,；;。！？\n ")):
        begins = len(before)
    elif not _only_says_what_is_asked(question, told.text):
        return told
    stop = max(text.rfind(mark, 0, max(0, begins - 1)) for mark in "；;。！？\n") + 1
    earlier = list(CLAUSE.finditer(text, stop, begins))
    if not earlier:
        return told
    match = earlier[-1]
    left = match.start() + len(match.group()) - len(match.group().lstrip())
    return Span(text=text[left : match.end()], start=left, end=match.end(), score=told.score)


def _only_says_what_is_asked(question: Question, told: str) -> bool:
    """Whether words give no more than what the question says was done, but for names and figures."""
    if _OUTCOME.search(told):
        return True
    content = [word for word, flag in tag(told) if flag in ("n", "v", "vn", "a") and len(word) > 1]
    return bool(content) and all(word in question.text for word in content)


# A sentence that asks, with who does: 是什么缘故？（读者 肖明）
_ASKS = re.compile(r"[？?][”’」』]?(?:[（(][^（）()]{1,24}[）)])?$")


def explains(question: Question, sentence: str) -> float:
    """What it counts that a sentence gives a reason where one is asked for, or says what is done."""
    if question.kind == "how":
        return WAY * min(MOST_WAYS, len(set(_MANNER.findall(sentence))))
    if question.kind != "why":
        return 0.0
    judged = _OF_COURT.search(question.text) and _HELD.search(sentence)
    return 0.35 if judged or _CAUSE.search(sentence) else 0.0


def with_replies(text: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sentences, those that ask together with the one that replies: what is asked says nothing by itself."""
    out: list[tuple[int, int]] = []
    asks = False
    for start, end in ranges:
        if asks and end - out[-1][0] <= ASKED_AND_TOLD:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
        asks = _ASKS.search(text[out[-1][0] : end]) is not None
    return out

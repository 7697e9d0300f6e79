"""Spans made whole: with their number's unit, their name's end, and what a figure became for what it was.

The reader points at words; what stands in an answer is the whole fact around them.
"""

import re
from dataclasses import replace

from rag.expected import facts, fits
from rag.facts import Fact, is_place, numbers, overlap, times
from rag.persons import people
from rag.questions import Question
from rag.tokens import fold, tag
from rag.types import Span

_COMMAS = re.compile(r"[,、;:]")
_COUNTED = re.compile(r"几[个大项类种条]")
_ORDINALS = re.compile(r"第几.+第几")

_CHANGES = re.compile(
    r"[^，,。；\n]{0,6}?(?:延|提|增|升|降|改|调|扩|减|缩|涨|跌|变)[^，,。；\n]{0,3}?[至到为成]"
)


def was_before(question: Question, text: str, span: Span | Fact) -> re.Match[str] | None:
    """What follows a span that says how it was (由19：30延至22：15) where the question asks how it is."""
    if re.search(r"原[来先本]?|以前|之前|过去|从前|曾", question.text):
        return None
    was = re.search(r"[由从][^，,。；\n]{0,2}$", text[: span.start])
    return _CHANGES.match(text, span.end) if was else None


def completed(question: Question, text: str, span: Span) -> Span:
    """The span with its whole number or date, and without marks at its ends; what something became for what it was."""
    start, end = _as_it_is(question, text, span)
    if question.somebody and (called := [f for f in facts(text, question) if overlap(f, span)]):
        start, end = called[0].start, called[0].end
    elif question.kind in ("number", "time") or span.text.isdecimal():
        found = facts(text, question) if question.kind == "number" else times(text)
        inside = [f for f in found if f.start < end and start < f.end and fits(question, f) > 0]
        if inside:
            now = [fact for fact in inside if not was_before(question, text, fact)] or inside
            fact = max(now, key=lambda fact: fits(question, fact))  # the first of equals
            # A span of little more than the fact, or of several clauses, is the fact; another one
            # keeps its words.
            if question.kind == "time":
                fact = _with_its_year(text, fact)
            little = end - start <= (fact.end - fact.start) * 2 + 4
            if little or _COMMAS.search(fold(text[start:end])):
                start, end = _bare(question, text, fact)
            else:
                start, end = min(start, fact.start), max(end, fact.end)
    start, end = _longer(question, text, start, end)
    if question.kind == "place":
        end = start + len(_where_alone(question, text[start:end]))
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(" ，,。；;：:、）)”\n"))
    end -= len(piece) - len(piece.rstrip(" ，,。；;：:、（(“\n"))
    if end <= start:
        start, end = span.start, span.end
    return Span(text=text[start:end], start=start, end=end, score=span.score)


_OF_A_YEAR = re.compile(r"(?:[明后去前次翌][年月]|上个?月|下个?月)$")


def _with_its_year(text: str, fact: Fact) -> Fact:
    """A day with the word before it without which it is another one: 明年6月."""
    before = _OF_A_YEAR.search(text[: fact.start])
    return (
        replace(fact, start=before.start(), text=text[before.start() : fact.end])
        if before
        else fact
    )


def _where_alone(question: Question, place: str) -> str:
    """A place without what is there: of 樱园内早樱 the 樱园内, where 樱花 is asked about."""
    found = re.fullmatch(r"(.{2,}[内里上中旁])([一-鿿]{1,4})", place)
    asked = {char for term, _ in question.terms for char in term}
    return found[1] if found and asked & set(found[2]) and not is_place(found[2]) else place


def _as_it_is(question: Question, text: str, span: Span) -> tuple[int, int]:
    """Where a figure or time stands, or what it was changed to (由19：30延至22：15), unless it is asked how it was."""
    if question.kind in ("number", "time") and (changes := was_before(question, text, span)):
        found = facts(text, question) if question.kind == "number" else times(text)
        if became := next((fact for fact in found if fact.start == changes.end()), None):
            return became.start, became.end
    return span.start, span.end


def _longer(question: Question, text: str, start: int, end: int) -> tuple[int, int]:
    """With what belongs to the words of a span: the sort asked for behind it, the rest of a number or name."""
    if _ORDINALS.search(question.text):  # 第几届第几次: 十九届二次
        for fact in numbers(text):
            if fact.start == end:
                end = fact.end
            elif fact.end == start:
                start = fact.start
    if counted := _COUNTED.search(fold(question.text)):  # 几个方面: 八个方面, not 八个
        things = counted.string[counted.end() :]
        held = (t for t, _ in question.terms if things.startswith(t) and text.startswith(t, end))
        end += len(max(held, key=len, default=""))
    else:
        sort = question.noun or question.thing
        if sort and text.startswith(sort, end):
            end += len(sort)
    if question.kind == "person":
        start, end = _whole_name(text, start, end)
    if question.kind == "number":
        start, end = _whole_figure(question, text, start, end)
    return _whole_number(text, start, end)


_WHICH_NUMBER = re.compile(r"第几([一-鿿])")
# Characters that foreign names are written with.
_SOUND = (
    "阿埃艾奥巴贝比伯博布达德迪蒂丁多厄恩尔法费菲芬弗福戈格古哈汉赫胡华基吉加贾卡凯科克库夸拉莱兰朗劳勒雷里利莉林卢鲁伦罗洛"
    "马迈曼玛梅蒙米密莫默姆穆娜纳内尼涅诺努帕佩彭皮平普奇乔切钦琴丘热茹瑞撒萨塞桑森沙莎舍圣施什史舒斯丝松苏索塔泰坦特提廷图"
    "托瓦万旺威韦维魏沃乌武西希锡夏肖谢辛雅亚延耶伊因英约扎泽詹珍兹佐"
)
_SOUNDS = re.compile(rf"[{_SOUND}]{{1,7}}")


def _whole_name(text: str, start: int, end: int) -> tuple[int, int]:
    """A person's name without its end missing: the reader may know only the first character of a foreign one."""
    if unnamed := re.match("[一-鿿]某{1,2}(?=[一-鿿]$)", text[start:end]):
        return start, start + unnamed.end()  # 张某系主犯
    rest = _SOUNDS.match(text, end)
    if rest and end - start == 1 and text[start] in _SOUND:
        return start, rest.end()
    if "·" in text[start:end]:  # to the end of its last word
        at = 0
        for word, _ in tag(text):
            at += len(word)
            if at >= end:
                return start, at
    # Also where the reader begins within it: 明说 of 李明说.
    whole = (
        fact
        for fact in people(text)
        if fact.start <= start and (end <= fact.end or fact.start < start < fact.end)
    )
    return next(((fact.start, fact.end) for fact in whole), (start, end))


def _whole_figure(question: Question, text: str, start: int, end: int) -> tuple[int, int]:
    """A figure with its other half (四年六个月), its 第 (第三十一位) and what is numbered (2510号)."""
    if question.measure == "duration":
        more = (f for f in numbers(text) if f.start == end and f.measure == "duration")
        end = next((fact.end for fact in more), end)
    if start and text[start - 1] == "第":
        start -= 1
    if (unit := _WHICH_NUMBER.search(question.text)) and text.startswith(unit.group(1), end):
        end += 1
    return start, end


def _whole_number(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch that begins and ends beside digits, not among them."""
    while start and text[start].isdecimal() and text[start - 1].isdecimal():
        start -= 1
    while end < len(text) and text[end - 1].isdecimal() and text[end].isdecimal():
        end += 1
    return start, end


def _bare(question: Question, text: str, fact: Fact) -> tuple[int, int]:
    """A number without 达 and 约 before it, which are not part of the figure; 超 and 近 stay."""
    if question.kind != "number":
        return fact.start, fact.end
    lead = re.match(r"达到?|约", text[fact.start : fact.end])
    return fact.start + (lead.end() if lead else 0), fact.end

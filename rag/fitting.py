"""Spans as answers: whether one is of the type asked for.

The reader points at words by how they stand in the text; here they are held against what a question
of that type can have as its answer. 多少 needs a number with its unit, 谁 a name and no role.
"""

import re

from rag.answer_types import ROLE, SURNAMES
from rag.completing import was_before
from rag.expected import ANY_BODY, ASKS_PHOTOGRAPHER, POURS, class_of, facts, fits
from rag.facts import LANDS, Fact, is_body, is_place, numbers, overlap, times
from rag.persons import people, photographers
from rag.questions import Question
from rag.tokens import fold, tag
from rag.types import Span

OVER = 0.3  # what it is worth that something was so before it was changed
ANOTHER_SORT = 0.1  # what a name is worth where a thing is asked for
UNLIKELY = 0.05  # where rules speak against a span, but not for certain
_COMMAS = re.compile(r"[,、;:]")
_SPELL = re.compile(r"[一两三半][年天月周]|[一两三半]个[月多]")  # 一年, which may be any year
_NUMERAL = re.compile(r"[\d〇零一二三四五六七八九十百千万亿两几半]")
_SIGNED = re.compile(r"[（(][^）)]*(?:记者|通讯员|摄影)[^）)]*$")
_COUNT_OF = re.compile(r"[\d两几]+[支家所个名位座条种类项款张件辆]")
# What is one of a sort is none of another: an office is no firm.
_BODY_SORTS = tuple(
    re.compile(rf"(?:{sort})$")
    for sort in (
        "公司|集团|厂|企业|银行|店",
        "学校|大学|学院|中学|小学",
        "医院",
        "[局厅部委]|委员会|工会|协会|学会|联合会|法院|检察院",
    )
)
_CHANGED = re.compile(
    r"(?:增长|上涨|上升|提高|增加|下降|下跌|减少|降低|回落|[涨升跌降增减])[了约近超达]{0,2}$"
)
# Who holds a meeting is no place, but where it stands behind 在.
_HOLDS = re.compile(r"(?:近日|日前|昨日|当日|将)?(?:召开|举行|举办|组织|主办|开展|发布|公布|印发)")
_ASKS_DYNASTY = re.compile(r"(?:什么|哪一?个?|何)朝代")
_DYNASTY = re.compile(
    r"[夏商周秦汉晋隋唐宋元明清代魏齐辽金梁陈蜀吴]|朝|战国|春秋|三国|五代|十六国|[〇零一二三四五六七八九\d]年|世纪|时期"
)
# What follows right behind is what is held: 召开读书协会年会.
_HELD = re.compile(r"(?:召开|举行|举办|主办|承办)了?$")
_MEETING = re.compile(r"(?:会议?|活动|仪式)$")
_OF_MEETING = re.compile(r"(?:常务|全体|执行|工作|专题|办公|党组|党委|常委)+会议?")
_AT = re.compile(r"[在于到赴][^，。；]{0,12}$")
# What names of a sort have in common: it names nothing by itself.
_CLASS = re.compile(r"(?:股份)?(?:有限)?(?:责任)?公司|集团|总部|单位|[中小大]学|医院|银行|委员会")
_DONE_WITH = re.compile(r"/v (?:了/ul )?(?:大学|中学|小学|医院|银行|公司|企业)/n[^ ]* $")
_TAKEN = re.compile(r"拍|摄(?!影(?![者师记]))|作者")
_LABEL = re.compile(r"(?:地点|地址|时间|对象|联系人|电话|单位|负责人)$")  # what follows it answers
# 该党: what it is was said before.
_POINTS_BACK = re.compile(
    r"[该此][一-鿿]{1,3}|[这那其][个位名家项次种条款][一-鿿]{0,3}|[他她它]们?"
)
# What stands in the name of every thing of its sort: what lacks it is another thing.
_IN_EVERY_NAME = re.compile(r"队|医院|大学|中学|小学|学院|银行|法院")


def fit_of(question: Question, text: str, span: Span) -> float:
    """Whether a span is of the type asked for: 0 never, 1 surely, between for what rules cannot tell."""
    if question.kind in ("place", "person", "which", "what") and (
        _asked_with(question, span)
        or _CLASS.fullmatch(span.text)
        or _POINTS_BACK.fullmatch(span.text)
        or (text.startswith(("：", ":"), span.end) and _LABEL.search(span.text))
        or _is_source(question, text, span)
    ):
        return 0.0
    if _ASKS_DYNASTY.search(question.text) and not _DYNASTY.search(span.text):
        return UNLIKELY
    if question.kind == "number":
        inside = [
            0.0 if _says_no_change(question, text, fact) else fits(question, fact)
            for fact in facts(text, question)
            if overlap(fact, span)
        ]
        best = max(inside, default=0.0) * (OVER if was_before(question, text, span) else 1.0)
        best *= OVER if _of_no_spell(question, text, span) or _since(question, text, span) else 1.0
        return UNLIKELY if not best and _may_count(question, text, span) else best
    if question.kind == "time":
        inside = [
            0.0 if _names_a_year(question, text, fact) else fits(question, fact)
            for fact in times(text)
            if overlap(fact, span)
        ]
        # Reigns and ages (唐朝末年) are times that no pattern knows.
        best = max(inside, default=0.0 if question.grain else 0.4)
        return best * (OVER if was_before(question, text, span) else 1.0)
    if question.somebody:
        return float(_overlaps_fact(question, text, span))
    if question.named:
        return _fit_of_name(question, text, span)
    sort = question.noun or question.thing
    if question.kind in ("which", "what") and _of_another_sort(sort, text, span):
        return ANOTHER_SORT if sort else 0.0  # 送了什么 asks for nobody and no day
    if question.noun and question.kind == "which":
        return _fit_of_class(question, text, span)
    if question.kind == "place":
        return _fit_of_place(question, text, span)
    if question.noun or question.kind == "person":
        return _fit_of_person(question, text, span)
    if question.thing:
        ends = _ENDS_OF.get(question.thing[-1], question.thing[-2:])
        return 1.0 if set(ends) & set(span.text[-2:]) else 0.5
    return 0.6


def _fit_of_name(question: Question, text: str, span: Span) -> float:
    """Whether a span is what something is called: what stands in quotation marks, and never clauses."""
    quoted = text[span.start - 1 : span.start] + text[span.end : span.end + 1]
    if span.text[:1] + span.text[-1:] == "《》" or (span.start and quoted == "《》"):
        return 1.0  # 《你好，山城》
    if re.search("[，、；。]", span.text):
        return 0.0
    if _overlaps_fact(question, text, span):
        return 1.0
    described = "的" in span.text and tag(span.text)[0][1] == "v"
    return 0.0 if described else 0.5  # 连接两岸的石桥 tells what it is


# 从市气象局获悉: who told the paper is no part of what it tells.
_LEARNED = re.compile(r"[^，。；]{0,6}(?:获悉|了解到|得知)")


def _is_source(question: Question, text: str, span: Span) -> bool:
    """Whether a span is where the paper has it from, and the question does not ask for that."""
    if re.search("获悉|了解|得知|消息", question.text) or not _LEARNED.match(text, span.end):
        return False
    above = text[max(0, span.start - 6) : span.start]
    return (
        re.search(r"(?<!来)[从自][^，。；的]{0,5}$", above) is not None
        or re.search(r"(?:^|\s|记者)从", span.text) is not None
    )


# 一晚上给多少: what is paid or sold in every spell, and what then stands beside the figure.
_EACH = re.compile(
    r"(?<![十二三四五六七八九])[一每]个?(晚上?|夜|天|日|月|年|周|星期)[^，,。]{0,8}(?:多少|几)"
)
_SPELLS = {"晚": "晚夜", "夜": "晚夜", "天": "天日", "日": "天日", "周": "周星", "星": "周星"}


def _of_no_spell(question: Question, text: str, span: Span) -> bool:
    """Whether a sum stands in a sentence that names no spell, where it is asked how much in each."""
    each = _EACH.search(question.text)
    if not each or question.measure != "money":
        return False
    told = text[text.rfind("。", 0, span.start) + 1 :]
    told = told[: told.find("。")] if "。" in told else told
    for time in reversed(times(told)):
        if re.search("[月日号]", time.text):
            told = told[: time.start] + told[time.end :]
    return not set(_SPELLS.get(each[1][0], each[1][0])) & set(told.replace("夜间", ""))


def _since(question: Question, text: str, span: Span) -> bool:
    """Whether a spell is how long ago something was, or by how much it was late, and the question asks neither."""
    if question.measure != "duration":
        return False  # 昨晚120人
    before = _AGO.search(text[: span.start]) or _AGO_WITHIN.match(span.text)
    return before is not None and before[before.lastindex or 0] not in question.text


# 时隔12年, 晚了2分钟: with what the question would have to say.
_AGO = re.compile(r"(?:(?:时|相|阔)(隔|别)|([晚早快慢])(?=了)|(提前|推迟|缩短|延长))了?$")
_AGO_WITHIN = re.compile(r"(?:时|相|阔)(隔|别)")


def _may_count(question: Question, text: str, span: Span) -> bool:
    """Whether a span may be the figure asked for where rules cannot tell: its unit or the question's is open."""
    if not _NUMERAL.search(span.text) or span.text.endswith("对"):
        return False  # couples are counted where couples are asked for
    if POURS.search(question.text) and any(
        fact.measure == "people" for fact in numbers(text) if overlap(fact, span)
    ):
        return False
    if question.measure in ("", "things") or (
        question.measure == "count" and question.unit == "个"
    ):
        return True
    found = [fact for fact in numbers(text) if overlap(fact, span)]
    if question.measure == "duration" and not found:
        return _SPELL.search(span.text) is not None
    return question.measure in ("people", "count") and any(not fact.measure for fact in found)


def _of_another_sort(sort: str, text: str, span: Span) -> bool:
    """Whether a span is a day, or names somebody, or a firm, where another sort of thing is asked for."""
    if sort and sort in span.text:
        return False
    if any(overlap(fact, span) for fact in times(text)) and span.text[-1] in "年月日":
        return True
    name = any((fact.start, fact.end) == (span.start, span.end) for fact in people(text))
    if name or _FOREIGN.fullmatch(span.text):
        return not _SOMEBODY.search(sort)
    if sort and re.search(rf"(?:{ROLE})$", span.text) and not _SOMEBODY.search(sort):
        return True
    return bool(sort) and is_body(span.text) and not _BODIES.search(sort)


_FOREIGN = re.compile(r"[一-鿿]{1,6}(?:·[一-鿿]{1,8})+")
_SOMEBODY = re.compile(rf"(?:{ROLE}|[人员士者手名星])$")
_BODIES = re.compile(
    r"公司|企业|单位|部门|机构|[大中小]学|学[院校]|院|所|医院|银行|组织|[协学商总]会|委员会|集团|法院|报纸?|媒体|队|俱乐部|平台|品牌|厂|店|国家?|地方|基地"
)
_ENDS_OF = {
    "病": "病症癌瘤炎",
    "钱": "钱金款费",
}  # what things of a sort end with, where not with its own name


def _asked_with(question: Question, span: Span) -> bool:
    """Whether the span only says what the question says itself (扬州的会在哪里开: 扬州市)."""
    said = fold(re.sub(r"[省市县区]$", "", span.text))
    # 老潘 is asked about, not for.
    nickname = question.kind == "person" and len(said) < 4 and f"老{said[:1]}" in question.text
    return nickname or (len(said) > 1 and said in fold(question.text))


def _says_no_change(question: Question, text: str, fact: Fact) -> bool:
    """Whether a figure is a state (销售额为12亿元) where the question asks by how much something changed."""
    if question.measure != "change" or fact.measure == "percent":
        return False
    return not _CHANGED.search(text[: fact.start])


def _names_a_year(question: Question, text: str, fact: Fact) -> bool:
    """Whether a bare year belongs to the thing beside it (2031年规划大会) where days are told."""
    if question.grain or fact.grain != "year" or not any(t.grain == "day" for t in times(text)):
        return False
    follows = tag(text[fact.end : fact.end + 4])
    return bool(follows) and follows[0][1].startswith("n")


def _fit_of_class(question: Question, text: str, span: Span) -> float:
    """Whether a span names one of the class asked for (哪所大学); 24支球队 names none."""
    if _COUNT_OF.match(span.text):
        return 0.0
    if _DONE_WITH.search("".join(f"{word}/{flag} " for word, flag in tag(span.text))):
        return 0.0  # 都考上大学 names none
    noun = class_of(question.noun)
    if _asked_about(question, span.text.removesuffix(noun)):
        return 0.0  # of 女儿水清清大学毕业回来 no 水清清大学
    held = noun in span.text or noun in text[span.end : span.end + 4]
    body = question.noun in ANY_BODY and is_body(span.text)
    if held or body:
        return 1.0
    asked, said = _sort_of_body(question.noun), _sort_of_body(span.text)
    other = asked is not None and said is not None and asked != said
    return UNLIKELY if other or _IN_EVERY_NAME.fullmatch(noun) else 0.5


def _asked_about(question: Question, stem: str) -> bool:
    """Whether words end with three that the question says, and that are no place: somebody's name."""
    place = re.search("[省市县区镇乡村州国]$", stem) or any(
        stem.endswith(p) for p in question.places
    )
    return len(stem) > 2 and not place and stem[-3:] in question.text


def _sort_of_body(name: str) -> int | None:
    """Which of _BODY_SORTS a name is of; None for none."""
    return next((at for at, sort in enumerate(_BODY_SORTS) if sort.search(name)), None)


def _fit_of_place(question: Question, text: str, span: Span) -> float:
    """Whether a span tells where: who holds a meeting is no place, nor is the meeting or its day."""
    holder = is_body(span.text) and _HOLDS.match(text, span.end)
    named_by = _OF_MEETING.match(text, span.end) and not span.text.endswith(
        ("厅", "馆", "中心", "堂")
    )
    if (holder or named_by) and not _AT.search(text[: span.start]):
        return 0.0
    if _HELD.search(text[: span.start]) or _of_another_rank(question, span.text):
        return 0.0
    if question.thing in ("村", "村子", "社区", "街道", "小区") and question.thing[0] not in (
        span.text + text[span.end : span.end + 2]
    ):
        return 0.2
    if is_place(span.text) or _overlaps_fact(question, text, span):
        return 1.0
    if _COMMAS.search(fold(span.text)):
        return 0.0  # a clause that is no place tells none
    meeting = _MEETING.search(span.text) and not is_body(span.text)
    return 0.0 if meeting or any(overlap(fact, span) for fact in times(text)) else 0.2


def _of_another_rank(question: Question, place: str) -> bool:
    """Whether a country or a town is asked for, and a place is none: 北塘区 is no 城市."""
    if re.search("哪一?个?国(?!家)", question.text):
        named = LANDS.search(place) or place.endswith(("国", "籍"))
        return not named and not any(flag == "ns" for _, flag in tag(place))
    town = re.search("哪一?[个座]城市", question.text) is not None
    return town and re.search("(?<!特别行政)[区县镇乡村]$|[外当本异]地", place) is not None


def _overlaps_fact(question: Question, text: str, span: Span) -> bool:
    return any(overlap(fact, span) for fact in facts(text, question))


# All that a paper may tell of who is in a report: 林女士, 高某.
_SURNAME_ONLY = re.compile(
    rf"[{''.join(sorted(SURNAMES))}](?:某{{1,2}}|先生|女士|老师|师傅|阿姨|大[爷妈娘叔姐])"
)
_BY_SURNAME = re.compile(rf"[老小]?[{''.join(sorted(SURNAMES))}].*")
_ASKS_SURNAME = re.compile("(?<!百)姓(?:什么|啥|甚)|贵姓")


def _fit_of_person(question: Question, text: str, span: Span) -> float:
    """Whether a span names somebody, and in the role asked for."""
    surname = _ASKS_SURNAME.search(question.text) is not None
    if surname and not _BY_SURNAME.fullmatch(span.text):
        return 0.0
    if surname and (_SURNAME_ONLY.fullmatch(span.text) or re.match("[老小].$", span.text)):
        return 1.0
    # Where somebody is asked about by surname, another one is no answer: 马女士是谁.
    asked = question.noun or _SURNAME_ONLY.search(question.text)
    if _SURNAME_ONLY.fullmatch(span.text) and not asked:
        return 0.3
    took_it = any(overlap(fact, span) for fact in photographers(text))
    if took_it or ASKS_PHOTOGRAPHER.search(question.text):
        return float(took_it and _TAKEN.search(question.text) is not None)
    if re.search(
        rf"\d|[，。]|^[一二三四五六七八九十两几百千万]+[个名位次年月日字种]|(?:{ROLE}|[局部厅委会司院校队社厂讯])$",
        span.text,
    ):
        return 0.0
    if _SIGNED.search(text[: span.start]) and not re.search("记者|通讯员|作者|摄", question.text):
        return 0.0  # who wrote the report is no part of it
    if is_body(span.text) and text[: span.start].endswith(("在", "于")):
        return 0.0  # 在体育中心 is where
    named = [fact for fact in people(text) if overlap(fact, span)]
    # The dictionary calls 安保 a name: what it knows is none without a role beside it.
    known = all(
        len(word) == 2 or (len(word) > 2 and flag[:2] != "nr")
        for word, flag in tag(span.text, coin=False)
    )
    if known and not named and not is_body(span.text):
        # 贺龙 may be somebody where nothing beside him says so.
        return UNLIKELY if [flag for _, flag in tag(span.text, coin=False)] == ["nr"] else 0.0
    foreign = "·" in span.text or not re.search(r"[\u4e00-\u9fff]", span.text)
    if not question.noun:
        return 1.0 if named or foreign else 0.3
    before = text[max(0, span.start - 12) : span.start] + "|" + text[span.end : span.end + 12]
    if re.search(rf"副{question.noun}\|", before):
        return 0.0
    in_role = re.search(rf"{question.noun}\||\|[，、]?.{{0,8}}{question.noun}", before)
    return 0.0 if not in_role else 1.0 if named or foreign else 0.4

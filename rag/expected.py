"""What a question of each type can have as its answer: the facts to look for, and how well one fits.

多少人 takes people and no sum of money, 哪天 a day and no year.
"""

import re

from rag.answer_types import FORMERLY, ROLE
from rag.facts import (
    BODY,
    LUNAR,
    TO,
    Fact,
    fact_at,
    named_places,
    numbers,
    ranks,
    scores,
    times,
)
from rag.persons import former_roles, people, photographers, roles
from rag.questions import Question

LONGEST_NAME = 14  # characters
# Not who is in the photo: 照片上的人是谁, 拍的是谁.
ASKS_PHOTOGRAPHER = re.compile(
    r"^(?!.*(?:照片|图片?)[里上中])(?!.*[拍摄]到?的是谁)(?=.*(?:照片|图片|摄影|张图))(?=.*(?:拍|摄|作者))"
)
ANY_BODY = ("单位", "部门", "机构", "组织", "企业")  # any firm or office is one
POURS = re.compile("多少[水电油气]")  # what no people are
_IN_PAIRS = re.compile(r"[对双]|夫妻|夫妇|新人|情侣|伴侣")  # what is counted by 对
_SAME_UNIT = (
    ("场", "场次"),
    ("台", "台次"),
    ("架", "架次"),
    ("度", "℃", "摄氏度"),
    ("次", "趟", "回"),
    ("条", "项", "招"),
    ("份", "单"),
    ("间", "家"),
)
_QUOTED = re.compile(r"[“《「『]([^“”《》「」『』，。；：！？\n]{2,20})[”》」』]")
_PLACE = re.compile(
    r"(?:在|于|位于|设在|来到|抵达|前往)([^，。；、！？\n在于]{2,24}?)(?=举行|召开|举办|开幕|开工|启动|揭幕|成立|进行|落成|发布|去世|逝世|出生|发生|，|。|；|、)"
)
_LABELLED = re.compile(r"(?:地点|地址)[：:] ?([^。；，,\n]{3,30})")
_SORTS = re.compile(r"村子?|[乡镇]|社区|小区|街道|[县区]")


def facts(text: str, question: Question) -> tuple[Fact, ...]:
    """The facts of the kind that the question asks for, in text order."""
    if question.kind == "number":
        return {"score": scores, "rank": ranks}.get(question.measure, numbers)(text)
    if question.kind == "time":
        return times(text)
    if question.somebody and FORMERLY.search(question.text):
        return former_roles(text, question.somebody)
    if question.somebody:
        return roles(text, question.somebody)
    if question.kind == "person" and ASKS_PHOTOGRAPHER.search(question.text):
        return photographers(text)
    if question.kind == "person" or (question.noun and re.fullmatch(ROLE, question.noun[-2:])):
        return people(text)
    if question.kind == "place" and (sort := _SORTS.fullmatch(question.thing)):
        return named_places(text, sort.group())
    if question.kind == "place":
        told = (match for found in (_PLACE, _LABELLED) for match in found.finditer(text))
        return tuple(fact_at("place", text, *match.span(1)) for match in told)
    if question.kind == "which" and question.noun:
        return tuple(
            fact_at("body", text, *match.span())
            for match in BODY.finditer(text)
            if question.noun in ANY_BODY or match.group().endswith(class_of(question.noun))
        )
    if question.named:
        quoted = (match for match in _QUOTED.finditer(text) if _is_name(match.group(1)))
        return tuple(fact_at("name", text, *match.span(1)) for match in quoted)
    return ()


def class_of(noun: str) -> str:
    """What the names of a class end with: of 球队 it is 队."""
    return "队" if noun == "球队" else noun


def _is_name(quoted: str) -> bool:
    """Whether quoted words can be what something is called: no slogan, no list."""
    return len(quoted) <= LONGEST_NAME and "、" not in quoted


def fits(question: Question, fact: Fact) -> float:
    """How well a fact is of the type asked for, from 0 (never) to 1."""
    if question.kind == "number":
        return _fits_number(question, fact)
    if question.kind == "time":
        return _fits_time(question, fact)
    if question.noun and fact.kind == "person":
        return 1.0 if fact.role == question.noun else 0.0
    return 1.0


def _fits_number(question: Question, fact: Fact) -> float:
    if fact.measure == "people" and POURS.search(question.text):
        return 0.0  # the people below a dam are not what it holds
    if not question.measure:
        return 1.0 if fact.measure != "duration" else 0.5
    if question.measure == "things":  # 多少企业: not a sum of money
        return {"money": 0.0, "percent": 0.3, "duration": 0.5}.get(fact.measure, 1.0)
    if question.measure == "count":
        return _fits_count(question, fact)
    if question.measure == "phone":
        return float(not fact.unit and len(re.findall(r"\d", fact.text)) >= 5)
    if question.measure == "change":
        return 1.0 if fact.measure == "percent" or fact.unit in ("点", "个点") else 0.4
    if question.measure == "people" and fact.unit in ("户", "个", "对"):
        return 0.1 if fact.unit == "个" else 0.4
    return 1.0 if fact.measure == question.measure else 0.0


def _fits_count(question: Question, fact: Fact) -> float:
    if fact.unit == "对" and not _IN_PAIRS.search(question.text):
        return 0.0
    if question.unit in ("", "个") or _unit(question.unit) == _unit(fact.unit):
        return 1.0 if fact.measure in ("count", "people") else 0.0
    return 0.2 if fact.measure in ("count", "people") else 0.0


def _unit(unit: str) -> str:
    """One name for the measure words of one thing (跑了4趟, 几次)."""
    return next((names[0] for names in _SAME_UNIT if unit in names), unit)


def _fits_time(question: Question, fact: Fact) -> float:
    order = ("", "year", "month", "day", "clock")
    if re.search("(?:周|星期|礼拜)几", question.text):
        return float(re.search("周|星期|礼拜", fact.text) is not None)
    if question.grain == "year" and "年" not in fact.text and fact.grain != "year":
        return 0.3  # a day without its year
    if question.grain == "clock":
        if fact.grain == "clock":
            return 1.0
        return 0.3 if re.search(r"[早晚夜午晨昏]", fact.text) else 0.0  # no day tells the hour
    if order.index(fact.grain) < order.index(question.grain):
        return 0.0
    if question.grain and fact.grain == "clock" and not re.search(r"[年月日号]", fact.text):
        return 0.0 if question.grain == "day" else 0.3  # an hour of no day
    several = question.several and not re.search(TO, fact.text)
    lunar = re.search(LUNAR, fact.text) and not re.search(r"[0-9]", fact.text)
    return 0.7 if several else 0.9 if lunar else 1.0

"""What a sentence tells of something else than is asked: of a rival (离婚, 结婚), another land, line or day."""

import re
from itertools import permutations

from rag.answer_types import SURNAMES
from rag.dates import with_days
from rag.facts import LANDS, people
from rag.insisted import household, of_another_number
from rag.key_terms import holds
from rag.questions import Question
from rag.tokens import fold
from rag.types import Hit, StoredArticle

# What is told of the one is not told of the others, in whatever form they are printed.
RIVALS = (
    ("离婚", "结婚"), ("进口", "出口"), ("男性", "女性"), ("城镇", "农村"), ("出生", "死亡"), ("流入", "流出"),
    ("收入", "支出"), ("顺差", "逆差"), ("盈利", "亏损"), ("小学", "初中", "高中"), ("一等奖", "二等奖", "三等奖"),
    ("金牌", "银牌", "铜牌"), ("冠军", "亚军", "季军"), ("上半年", "下半年"), ("本科", "专科"), ("开幕", "闭幕"),
    ("主持", "讲话"), ("主持", "作报告"), ("主持", "致辞"), ("首日", "首个工作日", "首周", "首月", "次日"),
    ("男子组", "女子组"), ("男子冠军", "女子冠军"), ("男单", "女单"), ("男双", "女双"), ("男队", "女队"),
    ("男足", "女足"), ("男篮", "女篮"), ("男排", "女排"),
    ("一季度", "二季度", "三季度", "四季度"), ("面试", "报名"), ("起点", "终点"), ("报名", "录取"),
    ("主跨", "全长"), ("净利润", "销售额"), ("净利润", "产值"),
)  # fmt: skip
BEFORE = 60  # characters before a sentence that may tell of which year it is
_YEARS_AGO = {-1: ("明年",), 1: ("去年", "上年", "上一年"), 2: ("前年",)}
_SIDES = "东西南北新老旧前后左右上下"
_SIDE = re.compile(rf"([{_SIDES}])(校区|院区|园区|厂区|门|馆|楼|站房|广场|校门|桥|岸|行线?)")
_DAY = re.compile(r"\d{1,2}月\d{1,2}日")


def of_something_else(
    question: Question, stored: StoredArticle, hit: Hit, start: int, end: int
) -> bool:
    """Whether a sentence speaks of a rival of what is asked, of a figure of another land, or of another day.

    Or the article, so far, of another line, building or the like.

    Args:
        question: What is asked; only figures, times and people are held against this.
        stored: The article.
        hit: A passage of it.
        start: Where the sentence begins in the passage.
        end: Where it ends.
    """
    if question.kind not in ("number", "time", "person"):
        return False
    told = hit.text[start:end]
    sentence = fold(told)
    return (
        (question.kind == "number" and _elsewhere(question, sentence))
        or of_another_number(question.text, stored.article.text[: hit.start + end])
        or _of_another_day(question, stored, told)
        or _of_another_year(question, stored, hit.text[max(0, start - BEFORE) : end])
        or _of_another_side(question, sentence)
        or _of_a_rival(question, sentence)
        or (question.kind == "number" and _of_somebody_else(question, hit.text, start, end))
    )


def _of_another_day(question: Question, stored: StoredArticle, sentence: str) -> bool:
    """Whether a sentence tells of 昨日 where another day than that is asked about."""
    asked = [term for term, _ in question.terms if _DAY.fullmatch(term)]
    asked += [question.day] if question.day else []
    told = with_days(sentence, stored.date)
    return bool(asked) and told != sentence and not any(holds(fold(told), day) for day in asked)


def _of_another_year(question: Question, stored: StoredArticle, told: str) -> bool:
    """Whether a paper of another year than is asked about tells of its own."""
    if not question.year or not stored.date or stored.date.startswith(question.year):
        return False
    ago = int(stored.date[:4]) - int(question.year)
    words = (*_YEARS_AGO.get(ago, ()), f"{question.year}年")
    return not any(word in told for word in words)


def _of_another_side(question: Question, sentence: str) -> bool:
    """Whether a sentence tells of 东校区 and not of 西校区, which is asked about."""
    return any(
        side + what not in sentence
        and any(other != side and other + what in sentence for other in _SIDES)
        for side, what in _SIDE.findall(fold(question.text))
    )


def _elsewhere(question: Question, sentence: str) -> bool:
    """Whether a sentence speaks of a land that the question does not name, and of none of its places."""
    if not question.places or any(name in sentence for name in question.places):
        return False
    return any(land not in question.text for land in LANDS.findall(sentence))


_OTHER_HOME = re.compile(rf"[{''.join(sorted(SURNAMES))}][一-鿿]{{1,2}}家有")


def _of_somebody_else(question: Question, text: str, start: int, end: int) -> bool:
    """Whether a sentence names somebody, and neither it nor the one before the person whose figure is asked for."""
    asked = {fact.text for fact in people(question.text)}
    home = household(question.text)
    if home:
        asked.add(home)
        if _OTHER_HOME.search(text[start:end]) and home not in text[start:end]:
            return True
    if not asked:
        return False
    before = max(text.rfind(mark, 0, max(0, start - 1)) for mark in "。！？\n") + 1
    if any(name in text[before:end] for name in asked):
        return False
    return bool(people(text[start:end]))


def _of_a_rival(question: Question, sentence: str) -> bool:
    """Whether a sentence tells of marriages and not of divorces where divorces are asked about, or the like."""
    asked = fold(question.text)
    return any(
        one in asked and other not in asked and holds(sentence, other) and not holds(sentence, one)
        for group in RIVALS
        for one, other in permutations(group, 2)
    )

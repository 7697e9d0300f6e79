"""What a sentence tells of something else than is asked: of a rival (离婚, 结婚), another land, line or day."""

import re
from itertools import permutations

from rag.answer_types import SURNAMES
from rag.dates import with_days
from rag.facts import LANDS
from rag.insisted import SIDES, household, of_another_number
from rag.key_terms import holds
from rag.passages import sentences
from rag.persons import people
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
_SIDE = re.compile(rf"([{SIDES}])(校区|院区|园区|厂区|门|馆|楼|站房|广场|校门|桥|岸|行线?)")
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
        or of_a_rival(question, sentence)
        or (
            question.kind == "number"
            and _of_somebody_else(question, stored.article.text, hit.text, start, end)
        )
        or _of_another_class(question, hit.text, end)
        or _of_the_opposite(question, sentence)
        or _of_one_alone(question, sentence)
        or _of_less(question, sentence)
        or _of_another_fate(question, sentence)
        or _of_all_around(question, stored.article.text, hit.text, start, end)
    )


def _of_another_day(question: Question, stored: StoredArticle, sentence: str) -> bool:
    """Whether a sentence tells of 昨日 where another day than that is asked about."""
    asked = [term for term, _ in question.terms if _DAY.fullmatch(term)]
    asked += [question.day] if question.day else []
    told = with_days(sentence, stored.date)
    return bool(asked) and told != sentence and not any(holds(fold(told), day) for day in asked)


def _of_another_year(question: Question, stored: StoredArticle, told: str) -> bool:
    """Whether a paper of another year than is asked about tells of its own.

    Where the paper has no date, its words and those of the question are held against each other.
    """
    if not stored.date:
        return _of_the_other_year(question.text, told)
    if not question.year or not stored.date or stored.date.startswith(question.year):
        return False
    ago = int(stored.date[:4]) - int(question.year)
    words = (*_YEARS_AGO.get(ago, ()), f"{question.year}年")
    return not any(word in told for word in words)


_THIS_YEAR, _LAST_YEAR = (
    re.compile("今[年春夏秋冬]"),
    # 比去年多40名 is told of this year.
    re.compile(
        "(?<![比较与和同跟])去[年春夏秋冬](?!同期|相比)|(?<![比较与和同跟])上(?:一年|年(?!度))"
    ),
)


def _of_the_other_year(asked: str, told: str) -> bool:
    """Whether 今年 is told of where 去年 is asked about, or the reverse."""
    sides = ((_THIS_YEAR, _LAST_YEAR), (_LAST_YEAR, _THIS_YEAR))
    return any(
        one.search(asked)
        and not other.search(asked)
        and other.search(told)
        and not one.search(told)
        for one, other in sides
    )


def _of_another_side(question: Question, sentence: str) -> bool:
    """Whether a sentence tells of 东校区 and not of 西校区, which is asked about."""
    return any(
        side + what not in sentence
        and any(other != side and other + what in sentence for other in SIDES)
        for side, what in _SIDE.findall(fold(question.text))
    )


def _elsewhere(question: Question, sentence: str) -> bool:
    """Whether a sentence speaks of a land that the question does not name, and of none of its places."""
    if not question.places or any(name in sentence for name in question.places):
        return False
    return any(land not in question.text for land in LANDS.findall(sentence))


_CLASS = re.compile(r"\d+岁(?:以[上下])?组|\d+公斤级|u\d{2}")


def _of_another_class(question: Question, passage: str, end: int) -> bool:
    """Whether another age or weight was spoken of last (男子10岁组, 60公斤级) than is asked about, or none yet."""
    asked = set(_CLASS.findall(fold(question.text)))
    if not asked:
        return False
    for begin, stop in reversed(sentences(passage[:end])):
        if told := set(_CLASS.findall(fold(passage[begin:stop]))):
            return not told & asked
    return all(one in fold(passage) for one in asked)


ASKS_LOSS = re.compile(r"赔(?!偿)|亏|损失")
ASKS_GAIN = re.compile(r"[挣赚]|盈利|获利|增收")
_LOST = re.compile(r"[赔亏损减少跌降失欠]")
_WON = re.compile(r"[挣赚盈]|利润|获利|纯收入|增收|分红")


def _of_the_opposite(question: Question, sentence: str) -> bool:
    """Whether a sentence tells what was earned and nothing of a loss where the loss is asked for, or the reverse."""
    if question.measure not in ("", "money"):
        return False
    loss, gain = ASKS_LOSS.search(question.text), ASKS_GAIN.search(question.text)
    if bool(loss) == bool(gain):
        return False
    said = (_LOST.search(sentence), _WON.search(sentence))
    return (
        not said[0] and bool(said[1])
        if loss
        else bool(re.search("赔(?!偿)|亏", sentence)) and not said[1]
    )


_CLAUSE = re.compile(r"[^，,；;。]+")
_LONG = re.compile(r"[去今前全]年|一年|上半年|下半年|\d{4}年|[上这本]个?月")
_OF_ONE_DAY = re.compile(r"首日|首周|首月|单日|当[日天]|第一天")


# What people came to, by how it is asked and how it is told.
_FATES = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        (r"死(?:了|亡|者|的)?|遇难|丧生", r"死|遇难|丧生|罹难|亡|丧命|夺去|生命|牺牲|殉|毙|殒"),
        (r"受伤|伤了|伤者|负伤", r"伤|送医|住院|救治|呛"),
        (r"失踪|失联|不见了", r"失踪|失联|下落不明"),
    )
)
_FATE = re.compile("失踪|受伤|获救|救出|转移|疏散|死亡|遇难")


def _of_another_fate(question: Question, sentence: str) -> bool:
    """Whether a sentence counts the missing or the like and none of those who are asked about (死了几人)."""
    if question.kind != "number" or question.measure not in ("people", "count"):
        return False
    asked = [told for wanted, told in _FATES if wanted.search(question.text)]
    return (
        bool(asked)
        and _FATE.search(sentence) is not None
        and not any(t.search(sentence) for t in asked)
    )


def _of_less(question: Question, sentence: str) -> bool:
    """Whether a sentence counts the first day where a year is asked about, or no sentence where one in prison is."""
    if "有期徒刑" in question.text and not re.search("[判刑狱牢监]|拘役", sentence):
        return True
    asked = _LONG.search(question.text) and not _OF_ONE_DAY.search(question.text)
    counted = [one for one in _CLAUSE.findall(sentence) if re.search(r"\d", one)]
    return bool(asked and counted) and all(_OF_ONE_DAY.search(one) for one in counted)


_ASKS_COST = re.compile(
    r"(?:花|用|投|耗|投资|投入)(?:了|去|资)?(?:一共|总共)?多少(?:钱|资金|元)|造价|总投资"
)
_OF_ONE = re.compile(r"门票|票价|每[人张斤吨亩天日月年名位户次]|月薪|工资|月租|单价")


def _of_one_alone(question: Question, sentence: str) -> bool:
    """Whether a sentence tells what a ticket, a pound or a month costs, where it is asked what was spent."""
    if not _ASKS_COST.search(question.text) or _OF_ONE.search(question.text):
        return False
    sums = [one for one in _CLAUSE.findall(sentence) if "元" in one]
    return bool(sums) and all(
        _OF_ONE.search(one) and not re.search("[投耗斥筹出]资|投入|花|造价|总价|预算", one)
        for one in sums
    )


_SMALL_PLACE = re.compile(r"[一-鿿]{2,3}?(?:[镇乡村]|街道|社区)")
# 全国文明村 is what the village itself is called.
_ALL_AROUND = re.compile(
    r"全[市省县区国](?!文明|先进|示范|[最首第唯]|劳|优秀|十佳|重点|特色|[著知]名|闻名|人大|各地|[冠亚季]军|一流|美丽|乡村|生态)"
)


def _of_all_around(question: Question, article: str, text: str, start: int, end: int) -> bool:
    """Whether a sentence counts all over the county or town, where a village is asked about that it does not name."""
    found = _SMALL_PLACE.match(question.text)
    # A name is one that the article has.
    asked = found.group() if found and found.group() in article else ""
    if not asked or _ALL_AROUND.search(question.text):
        return False
    before = max(text.rfind(mark, 0, max(0, start - 1)) for mark in "。！？\n") + 1
    return _ALL_AROUND.search(text[start:end]) is not None and asked not in text[before:end]


_OTHER_HOME = re.compile(rf"[{''.join(sorted(SURNAMES))}][一-鿿]{{1,2}}家有")


def _of_somebody_else(question: Question, article: str, text: str, start: int, end: int) -> bool:
    """Whether a sentence names somebody, and neither it nor the one before the person whose figure is asked for."""
    asked = {fact.text for fact in people(question.text)}
    home = household(question.text)
    if home:
        asked.add(home)
        if _OTHER_HOME.search(text[start:end]) and home not in text[start:end]:
            return True
    # The tagger may have taken words for a name that no page has.
    if not asked or not any(name in article for name in asked):
        return False
    before = max(text.rfind(mark, 0, max(0, start - 1)) for mark in "。！？\n") + 1
    if any(name in text[before:end] for name in asked):
        return False
    return bool(people(text[start:end]))


def of_a_rival(question: Question, sentence: str) -> bool:
    """Whether a sentence tells of marriages and not of divorces where divorces are asked about, or the like."""
    asked = fold(question.text)
    return any(
        one in asked and other not in asked and holds(sentence, other) and not holds(sentence, one)
        for group in RIVALS
        for one, other in permutations(group, 2)
    )

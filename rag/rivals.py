"""What a sentence tells of something else than is asked: of a rival (离婚, 结婚), another land, line or day."""

import re
from itertools import permutations

from rag.dates import with_days
from rag.facts import LANDS
from rag.insisted import of_another_number
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
)  # fmt: skip
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
        or _of_a_rival(question, sentence)
    )


def _of_another_day(question: Question, stored: StoredArticle, sentence: str) -> bool:
    """Whether a sentence tells of 昨日 where another day than that is asked about."""
    asked = [term for term, _ in question.terms if _DAY.fullmatch(term)]
    asked += [question.day] if question.day else []
    told = with_days(sentence, stored.date)
    return bool(asked) and told != sentence and not any(holds(fold(told), day) for day in asked)


def _elsewhere(question: Question, sentence: str) -> bool:
    """Whether a sentence speaks of a land that the question does not name, and of none of its places."""
    if not question.places or any(name in sentence for name in question.places):
        return False
    return any(land not in question.text for land in LANDS.findall(sentence))


def _of_a_rival(question: Question, sentence: str) -> bool:
    """Whether a sentence tells of marriages and not of divorces where divorces are asked about, or the like."""
    asked = fold(question.text)
    return any(
        one in asked and other not in asked and holds(sentence, other) and not holds(sentence, one)
        for group in RIVALS
        for one, other in permutations(group, 2)
    )

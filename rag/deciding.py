"""Yes or no: the clause that decides it, or none, where the pages leave it open."""

import re
from collections.abc import Sequence

from rag.key_terms import coverage, holds
from rag.questions import Question
from rag.tokens import fold, in_digits
from rag.types import Span
from rag.wording import forms

ABOUT = 0.3  # least share of the words beside the question word that the deciding clause holds
DECIDES = 0.15  # what it counts that a clause says whether
LOOKED_AT = 0.25  # what it counts that the reader points there
DENIES = 0.5  # what it counts that it says that something was not done that is asked about
SAME_ASKED = 0.75  # least share of its characters that say something, where it is found by those
ASKED_ALIKE = 0.15  # least share of a question that what a page asks holds
BELIEVED = 0.6  # least score of a clause where the reader alone is believed
CLAUSE = re.compile(r"[^，,；;。！？!?\n]+")
_FIGURE = re.compile(r"\d[万亿余多]*([^\W\d_号月日年时点分])")
_NAMED = re.compile(r"\d+(?=号[线楼桥馆院机])")  # a line's number is its name
_WHETHER = re.compile(
    r"[不未没无非禁]|免[费收除于]|可以?|需要?|应当?|必须|能够?|允许|[将会已]|仍|继续|取消|暂停|恢复|只|仅|均|全部"
)


# What is asked about, and what papers print where it did not happen, or the other thing did.
_OTHERWISE = tuple(
    (re.compile(asked), re.compile(printed))
    for asked, printed in (
        (
            "[涨升贵]|提价|提高|增加|变|调整?|便宜|[降跌]|减",
            "持平|不变|未变|[没未]有?变化|仍[为是旧]|照旧|维持[^，。]{0,8}(?:水平|标准|价)|[未没不]作?调整|保持稳定",
        ),
        ("全价|原价|便宜|优惠|打折", "半价|优惠|免费|打[一二三四五六七八九]?折|减半|减免"),
        ("^(?:缴纳?|交|付|支付|[收付交缴]费|[花要交]钱)$", "免[租费收缴]|减免|不收"),
        ("[涨升贵]|提价|提高", "下降|下跌|降价|降低|回落"),
        ("[降跌]|便宜|减", "上涨|涨价|上调|提高|上升"),
        ("^(?:收|收下|接受|要|拿)$", "谢绝|婉拒|婉谢|拒绝|拒收|退回|没有?收|不收"),
        ("同意|批准|通过|答应|获批", "拒绝|驳回|否决|未获|不予"),
        ("开门|开放|营业|通车|开通|恢复|上[课学班]", "关闭|闭馆|停[业运课工]|暂停|照常|如期"),
        ("取消|停|推迟|延期|改期|受影响", "照常|如期|按期|继续|不受影响"),
        (
            "受?伤|死亡?|遇难|出事|危险",
            "脱险|平安|安然无恙|无大?碍|脱离(?:生命)?危险|生还|[无没未]有?人?员?伤亡",
        ),
        ("找到|抓[到住获]|破案|落网", "在逃|下落不明|仍在(?:寻找|搜寻|追捕|侦查)"),
        (
            "[赢胜]|夺冠|卫冕|晋级|出线|成功",
            "未能|无缘|止步|出局|淘汰|失利|负于|不敌|惜败|输给|落败|战平|握手言和",
        ),
        ("输|败", "战胜|击败|获胜|取胜|力克|逆转|战平"),
    )
)


# Where it is asked whether one may: what papers print of what one may and must not.
_ASKS_LEAVE = re.compile(r"能不能|可不可以|能否|可否|(?:能|可以|让|准|许|允许)[^，,]{1,12}[吗么]")
_LEAVE = re.compile(
    r"不得|禁止|严禁|不准|不许|不能|不可|谢绝|方可|方能|允许|准许|一律不|可(?:以|凭|持|免费|直接|自行)"
)


LEAVE_TOLD = 0.5  # least share of a question that a clause on what one may do holds itself


def _of_leave(question: Question, words: str) -> bool:
    """Whether it is asked what one may do, and folded words tell that of some thing: 摩托车不得上船."""
    return _ASKS_LEAVE.search(question.text) is not None and _LEAVE.search(words) is not None


def settles(question: Question, words: str) -> bool:
    """Whether words say that what is asked about is not so, in other words than its own: 涨价, 持平."""
    head = decided(question) if question.kind == "yesno" else ""
    return bool(head) and any(
        asked.search(head) and printed.search(words) for asked, printed in _OTHERWISE
    )


def deciding(
    question: Question,
    text: str,
    chosen: Sequence[tuple[int, int]],
    look: Span | None,
    headline: str = "",
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
            if text[match.end() : match.end() + 1] in ("？", "?"):
                continue  # what asks decides nothing
            words = _with_subject(question, headline, text[start : match.start()], clause)
            held = coverage(question.terms, words)
            about = coverage(question.focus, words)
            whether = _WHETHER.search(clause) is not None
            denied = _denies(question, fold(clause))
            score = held + about + DECIDES * whether + DENIES * denied
            said = says_whether(question, words) and about >= ABOUT
            if look and match.start() <= look.start < match.end():
                score += LOOKED_AT
            said = bool(head) and (said or denied)
            if said and (best is None or score > best[0]):
                left, right = match.span()
                for other in CLAUSE.finditer(text, start, end):
                    if any(_has(other.group(), figure) for figure in figures):
                        left, right = min(left, other.start()), max(right, other.end())
                span = Span(text=text[left:right], start=left, end=right, score=min(held, 0.99))
                best = (score, span)
    told = best[1] if best else None
    sure = look is not None and look.score >= BELIEVED and _WHETHER.search(look.text)
    if look and sure and any(start <= look.start < end for start, end in chosen):
        # A reader that is sure of words that say whether needs none of the question's there.
        told = told if told and told.start < look.end and look.start < told.end else look
    return told if told and all(_has(told.text, figure) for figure in figures) else None


def _denies(question: Question, clause: str) -> bool:
    """Whether a folded clause says of a verb of the question that it was not done: 没有支持, 未获批准."""
    return any(
        re.search(rf"(?:没有?|未[予获被曾]?|不予?|并非|拒绝){re.escape(form)}", clause)
        for verb in question.verbs
        for form in forms(verb)
        if len(form) > 1
    )


def _with_subject(question: Question, headline: str, before: str, clause: str) -> str:
    """A folded clause; one that says otherwise with what is asked about, where the part before it names that.

    猪肉每斤15元，与上周持平 tells whether 猪肉 has gone up; 鸡蛋降价；猪肉… does not.
    """
    words, head = fold(clause), decided(question)
    if _of_leave(question, words):  # what it tells of pets, it tells nothing of smoking
        told = coverage(question.terms, words) >= LEAVE_TOLD
        return f"{words} {head}" if told else words
    if not settles(question, words) or holds(words, head):
        return words
    part = fold(re.split("[；;]", before)[-1] + clause)
    others = [item for item in question.terms if item[0] != head]
    # What the headline names need not be named again.
    if max(coverage(others, part), coverage(others, headline) * ("；" not in before)) < ABOUT:
        return words
    return f"{words} {part} {head}"


def _has(clause: str, figure: str) -> bool:
    return holds(in_digits(fold(clause)), figure)


# What asks before what is done: 有没有人受伤 asks of 受伤, whatever stands before.
_BEFORE_VERB = re.compile(r"有没有|是不是|能不能|会不会|要不要|可不可以|该不该|是否|能否|可否|会否")


def decided(question: Question) -> str:
    """What a question for yes or no asks about: the term nearest to what asks."""
    # Of equally near ones the later: 是不是2月6日 asks about the day.
    near = [(close, at, term) for at, (term, close) in enumerate(question.focus)]
    if within := _BEFORE_VERB.search(question.text):
        asked = fold(question.text[within.end() :])
        near = [one for one in near if one[2] in asked] or near
    return max(near, default=(0.0, 0, ""))[2]


def says_whether(question: Question, words: str) -> bool:
    """Whether folded words have what a question for yes or no asks about.

    And not what it takes itself (预约不需要…), where it is asked whether it is needed (需要预约吗).
    """
    head, asked = decided(question), fold(question.text)
    if re.search(rf"(?:需要?|要|用|必须){re.escape(head)}", asked):
        words = re.sub(rf"{re.escape(head)}[^，,]{{0,2}}(?:需|要|用)[^，,。]*", "", words)
    return holds(words, head)


_ASKED = re.compile(r"问[：:][^\n]{0,120}?[？?]\s*答[：:]")
_WHETHER_ASKED = re.compile(r"[吗么][？?]|(.)[不没]\1|是否|能否|可否|有没有")


def reply_of(
    question: Question, text: str, chosen: Sequence[tuple[int, int]]
) -> tuple[Span, tuple[int, int]] | None:
    """What is replied (答：会) where a page asks the same, with the whole of it from 问 on; None where none is.

    The page must have asked for yes or no itself, and what it asks and replies hold most of the question.
    """
    for asked in _ASKED.finditer(text):
        follows = text.find("问：", asked.end())
        end = follows if follows >= 0 else len(text)
        found = any(asked.start() <= start < end for start, _ in chosen[-1:])
        first = CLAUSE.match(text, asked.end())
        told = coverage(question.terms, fold(text[asked.start() : end]))
        alike = _asks_alike(question, asked.group(), told if found else 0.0)
        if first and _WHETHER_ASKED.search(asked.group()) and alike:
            begin = text.rindex("答", asked.start(), asked.end())
            stop = text.find("\n", asked.end(), end)
            span = Span(text=text[begin : first.end()], start=begin, end=first.end(), score=told)
            return span, (asked.start(), stop if stop > 0 else end)
    return None


def _asks_alike(question: Question, asked: str, told: float) -> bool:
    """Whether a page asks what a question does: by its terms, or by its characters where those are cut otherwise.

    Its terms may stand in the reply: `told` is the share of them that what is asked and the reply hold.
    """
    content = set(question.text) - set(_SAYS_LITTLE)
    same = len(content & set(asked)) >= SAME_ASKED * len(content)
    return same or (told >= ABOUT and coverage(question.terms, fold(asked)) >= ASKED_ALIKE)


_SAYS_LITTLE = "的了吗呢吧还会能是不有没要再就都也以后？?，,"


def counts_alike(question: Question, sentence: str) -> bool:
    """Whether a folded sentence has a figure of the sort that is asked about, if one is: so many 座, not 元."""
    asked = _FIGURE.search(fold(question.text))
    told = _FIGURE.finditer(in_digits(sentence))
    return asked is None or any(found[1] == asked[1] for found in told)

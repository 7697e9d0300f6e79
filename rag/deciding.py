"""Yes or no: the clause that decides it, or none, where the pages leave it open."""

import re
from collections.abc import Sequence

from rag.key_terms import coverage, holds
from rag.persons import people
from rag.questions import Question
from rag.rivals import of_a_rival
from rag.tokens import fold, in_digits, tag
from rag.types import Span
from rag.wording import forms

ABOUT = 0.3  # least share of the words beside the question word that the deciding clause holds
DECIDES = 0.15  # what it counts that a clause says whether
LOOKED_AT = 0.25  # what it counts that the reader points there
IN_OTHER_WORDS = 0.3  # what it counts against a clause that says it in words that are not asked
DENIES = 0.5  # what it counts that it says that something was not done that is asked about
SAME_ASKED = 0.75  # least share of its characters that say something, where it is found by those
ASKED_ALIKE = 0.15  # least share of a question that what a page asks holds
LEAVE_TOLD = 0.5  # least share of a question that a clause on what one may do holds itself
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
            "涨|升(?!学|旗|级)|贵(?![州阳宾])|提价|提高|增加|变(?![压电质速])|调整?|便宜|[降跌]|减(?![肥震])",
            "持平|不变|未变|[没未]有?变化|仍[为是旧]|照旧|维持[^，,。]{0,8}(?:水平|标准|价)|[未没不]作?调整|保持稳定",
        ),
        ("全价|原价|便宜|优惠|打折", "半价|优惠|免费|打[一二三四五六七八九]?折|减半|减免"),
        ("^(?:缴纳?|交|付|支付|[收付交缴]费|[花要交]钱)$", "免[租费收缴]|减免|不收"),
        (r"涨|升(?!学|旗|级)|贵(?![州阳宾])|提价|提高", "下降|下跌|降价|降低|回落"),
        ("[降跌]|便宜|减", "上涨|涨价|上调|提高|上升"),
        ("^(?:收|收下|接受|要|拿)$", "谢绝|婉拒|婉谢|拒绝|拒收|退回|没有?收|不收"),
        ("同意|批准|通过|答应|获批", "拒绝|驳回|否决|未获|不予"),
        ("开门|开放|营业|通车|开通|恢复|上[课学班]", "关闭|闭馆|停[业运课工]|暂停|照常|如期"),
        (
            "取消|停(?![车靠泊放机])|推迟|延期|改期|受影响",
            "照常|如期|按期|不受影响|继续(?:进行|举[行办]|开放|营业|运[营行]|施[行工]|执行|有效|供应?)",
        ),
        (
            "受?伤|死亡?|遇难|出事|危险",
            "脱险|平安(?![一-鿿])|平安[无归获返回]|安然无恙|无大?碍|脱离(?:生命)?危险|生还|[无没未]有?人?员?伤亡",
        ),
        ("找到|抓[到住获]|破案|落网", "在逃|下落不明|仍在(?:寻找|搜寻|追捕|侦查)"),
        (
            "[赢胜]|夺冠|卫冕|晋级|出线|成功",
            "未能|无缘|止步|出局|淘汰|失利|负于|不敌|惜败|输给|落败|战平|握手言和",
        ),
        (r"输(?![送液血出入电油气])|败", "战胜|击败|获胜|取胜|力克|逆转|战平"),
    )
)


_PRINTED_OTHERWISE = re.compile("|".join(printed.pattern for _, printed in _OTHERWISE))


# Where it is asked whether one may: what papers print of what one may and must not.
_ASKS_LEAVE = re.compile(r"能不能|可不可以|能否|可否|(?:能|可以|让|准|许|允许)[^，,]{1,12}[吗么]")
_LEAVE = re.compile(
    r"不得|禁止|严禁|不准|不许|不能|不可|谢绝|方可|方能|允许|准许|一律不|可(?:以|凭|持|免费|直接|自行)"
)


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
            if of_a_rival(question, fold(clause)) or _of_others(
                question, text[start : match.start()], clause
            ):
                continue
            words = _with_subject(question, headline, text[start : match.start()], clause)
            held = coverage(question.terms, words)
            about = coverage(question.focus, words)
            whether = _WHETHER.search(clause) is not None
            denied = _denies(question, fold(clause))
            score = held + about + DECIDES * whether + DENIES * denied
            said = says_whether(question, words) and about >= ABOUT
            score -= IN_OTHER_WORDS * (words != fold(clause))
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
        near = told and told.start < look.end and look.start < told.end
        told = told if near or (told and _says_more(question, told, look)) else look
    return told if told and all(_has(told.text, figure) for figure in figures) else None


def _says_more(question: Question, told: Span, look: Span) -> bool:
    """Whether a clause has the word asked about, and more of the question than what the reader points at."""
    head, mine, other = decided(question), fold(told.text), fold(look.text)
    more = coverage(question.terms, mine) > coverage(question.terms, other)
    return holds(mine, head) and (more or not holds(other, head))


_HOW_ONE_FARES = re.compile("[伤死病亡]|遇难|去世|危险|失踪|生还|获救|怀孕")
_WEEKDAY = re.compile("(?:周|星期|礼拜)([一二三四五六日天末])")
_SITE = re.compile("[湖河江海山园馆院场站店桥路城区校楼厅寺街上里内]$")


def _of_others(question: Question, before: str, clause: str) -> bool:
    """Whether a clause tells of another person than is asked about, of another weekday, or what others may do.

    Args:
        question: For yes or no.
        before: What stands before the clause in its sentence.
        clause: Part of a sentence.
    """
    names = [fact.text for fact in people(question.text)]
    if names and people(clause) and not any(name in before + clause for name in names):
        return True
    others = [item for item in question.terms if item[0] != decided(question)]
    first, flag = next(iter(tag(clause)), ("", "x"))
    named = len(first) > 1 and flag == "nr" and first not in question.text
    fares = named and _HOW_ONE_FARES.search(decided(question))
    if fares and others and not coverage(others, fold(clause)):
        return True  # 严海手臂被划伤, where it is asked of the children
    days = (set(_WEEKDAY.findall(question.text)), set(_WEEKDAY.findall(clause)))
    if (
        days[0]
        and not days[0] & days[1]
        and not re.search("[周期拜].[至到]|[每天]天|每日|全年", clause)
    ):
        return True
    who = _who_may(question) if _ASKS_LEAVE.search(question.text) else ""
    whom = [item for item in question.terms if item[0] in who]
    if not whom or _SITE.search(who) or coverage(whom, fold(clause)) >= ABOUT:
        return False
    return not _WHETHER.search(clause) or bool(_strange(question, fold(clause))[0])


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
    part = fold(re.split("[；;]", before)[-1] + clause)
    if _of_leave(question, words):  # what it tells of pets, it tells nothing of smoking
        whom = [item for item in question.terms if item[0] in _who_may(question)]
        whole = part if whom and coverage(whom, words) >= ABOUT else words
        return f"{words} {head}" if coverage(question.terms, whole) >= LEAVE_TOLD else words
    if not settles(question, words) or holds(words, head) or _of_another(question, words):
        return words
    others = [item for item in question.terms if item[0] != head]
    # What the headline names need not be named again, but where the sentence begins with something else.
    named = coverage(others, headline) * ("；" not in before and not _of_another(question, part))
    alike = not coverage(others, words) and _of_a_like_one(question, before)
    if alike or max(coverage(others, part), named) < ABOUT:
        return words
    return f"{words} {part} {head}"


def _who_may(question: Question) -> str:
    """What stands before what asks whether one may: 大货车 of 大货车能不能过桥."""
    asked = _MAY.search(question.text)
    return fold(question.text[: asked.start()]) if asked else ""


_MAY = re.compile("能不能|可不可以|能否|可否|能|可以|让|准|许|允许")
# What is told of the thing itself: 身体无大碍, 价格与上周持平.
_OF_ITSELF = re.compile(
    r".*价格?|收费|费用|标准|身体|病情|伤势|情况|人员|生命|队员|[去今前]年.*|[上本][周月年].*"
)
_BEGINS_ANEW = re.compile(r"[每凭持\d]|[与和同跟比]$")


def _of_another(question: Question, words: str) -> bool:
    """Whether folded words begin with something that a question does not name: 地铁票价不变, where 公交 is asked of.

    Not where they name what is asked about behind it: 民警婉拒了红包.
    """
    strange, at = _strange(question, words)
    return bool(strange) and not any(holds(words[at:], term) for term, _ in question.terms)


def _of_a_like_one(question: Question, before: str) -> bool:
    """Whether what stands before a clause speaks last of another one of the sort asked about: 羽毛球馆, 游泳馆."""
    sorts = {term[-1] for term, _ in question.terms if len(term) > 1}
    for clause in reversed(CLAUSE.findall(before)):
        words = fold(clause)
        if any(word[-1] in sorts for word in _strange(question, words)[0]):
            return True
        if coverage(question.terms, words):
            return False
    return False


def _strange(question: Question, words: str) -> tuple[list[str], int]:
    """Nouns with which folded words begin and that a question does not name, and where what they begin with ends."""
    subject: list[str] = []
    at, number = 0, ""
    for word, flag in tag(words.removeprefix("本报讯").strip()):
        if flag == "m" and not subject and not word.isdecimal():
            number, at = word, at + len(word)  # 三中队
            continue
        if flag[0] not in "nc" or _BEGINS_ANEW.match(word) or _PRINTED_OTHERWISE.match(word):
            break
        at += len(word)
        subject += [number + word] if flag[0] == "n" else []
        number = ""
    asked = fold(question.text)
    strange = [
        word
        for word in subject
        if word not in asked
        and not _OF_ITSELF.fullmatch(word)
        and (tag(word)[0][1] == "m" or not any(holds(word, term) for term, _ in question.terms))
    ]
    return strange, at  # another number is another one: 三中队, 一中队


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
    if same:
        return True
    alike = told >= ABOUT and coverage(question.terms, fold(asked)) >= ASKED_ALIKE
    return alike and not (_lacks(question.text, asked) and _lacks(asked, question.text))


def _lacks(one: str, other: str) -> bool:
    """Whether one asks about something that the other does not name: 孕妇能种牙吗, 老人能种牙吗."""
    return any(
        flag[0] == "n" and len(word) > 1 and word not in fold(other)
        for word, flag in tag(fold(one))
    )


_SAYS_LITTLE = "的了吗呢吧还会能是不有没要再就都也以后？?，,"


def counts_alike(question: Question, sentence: str) -> bool:
    """Whether a folded sentence has a figure of the sort that is asked about, if one is: so many 座, not 元."""
    asked = _FIGURE.search(fold(question.text))
    told = _FIGURE.finditer(in_digits(sentence))
    return asked is None or any(found[1] == asked[1] for found in told)

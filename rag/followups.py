"""Questions that lean on earlier ones, and several questions in one.

A question that stands alone is never rewritten. One that leans (那它…, 谁主持的？, 扬州呢？) takes
what it lacks from the question before: its subject, or everything but the name that is exchanged.
"""

import re
from collections.abc import Sequence

from rag.answer_types import HOW_MUCH
from rag.questions import analyse
from rag.tokens import tag

_PRONOUN = re.compile(
    r"它们|他们|她们|它|他(?!们?人|乡)|她|其中|其(?=[一-鿿])(?!他|它|余|实|次)|(?:这|那|该|此|上述)(?:个|项|次|场|位|家|名|笔|件|条|座|些)?(?:活动|会议|会|公司|项目|人|机构|城市|地方|文章|报道|贷款|政策|比赛|事)?(?=是|有|在|的|又|还|都|什么|怎|为|谁|多|几|[，,])"
)
_THIS_TIME = re.compile(r"[这此本][次回轮]")  # 这次维修花了多少: of what was asked of just before
_LEAD = re.compile(r"^(?:那么|那|然后|还有|另外|请问|再问一下|另|而|可是|但是)[，, ]*")
_AND_YOU = re.compile(
    r"^(?:那么?|那|还有)?[，, ]*(?P<what>[^呢？?，,]{1,20}?)(?:又|情况)?呢[？?]?$"
)
_WH = re.compile(
    rf"谁|什么|啥|哪|多少|(?<![那这好])几[个家位项天年日种条号月处名元点座层人次岁公米吨倍本]|{HOW_MUCH}|为何|为什么|怎|如何|何[时地处人年]|是否|是不是|有没有"
)
# Two question words side by side: 什么时候、在哪里举行.
_ONE_WH = (
    r"(?:在|于|是|由|从)?"
    r"(?:什么时[候间]|何时|哪[天年月日]|几[号月点]|哪里|哪儿|什么地方|何[地处]|谁|为什么|怎么样?)"
)
_TWO_WH = re.compile(
    rf"^(?P<head>.*?)(?P<one>{_ONE_WH})(?:、|和|以及|，)(?P<two>{_ONE_WH})(?P<tail>.*)$"
)
_FROM_TO = re.compile(
    r"^(?P<head>.+?)(?:都?是)?从(?:哪[里儿]?|什么地方)站?(?:开|通|修|建|出发)?[往到](?:哪[里儿]?|什么地方)站?的?$"
)
_PROPERTY = re.compile(
    "[价费额率量数长高宽深流重]$|面积|投资|收入|时间|日期|地[点址]|人口|成本|规模|利润|工资|名[字称单]|原因|结果"
)
_SAID = re.compile("要求|提出|指出|强调|决定|介绍|宣布|透露")
_WHEN = re.compile(r"\d{4}年|\d{1,2}月(?:\d{1,2}日)?|[今去前明]年|上个?月|这个?月|本月|昨天|今天")
_NAME = ("ns", "nr", "nt", "nz", "nrt", "eng")


def stand_alone(question: str, history: Sequence[tuple[str, str]]) -> str:
    """The question as it would be asked without the conversation before it.

    Args:
        question: What was typed last.
        history: Earlier (question, answer) pairs, oldest first.
    """
    before = ""
    for earlier, _ in history:
        before = _joined(earlier.strip(), before)
    return _joined(question.strip(), before)


def parts(question: str) -> tuple[str, ...]:
    """The single questions that are asked in one, each standing alone; one that is single is itself."""
    asked = [
        piece.strip(" ，,；;")
        for piece in re.split(r"[？?；;\n]+", question)
        if re.search(r"\w", piece)
    ]
    out: list[str] = []
    for piece in asked:
        for at, clause in enumerate(_clauses(piece)):
            first, *others = _each(clause)
            before = out[-1] if out else ""
            if before and not at and _THIS_TIME.match(first) and not analyse(first).insisted:
                first = _topic(before) + first
            out += [_of_the_same(first, before) if at else _joined(first, before), *others]
    return tuple(f"{single}？" for single in dict.fromkeys(out)) if len(out) > 1 else (question,)


def _clauses(text: str) -> list[str]:
    """The clauses of a sentence that ask something of their own, each with what leads up to it."""
    out: list[str] = []
    lead = ""
    for clause in re.findall(r"[^，,]+[，,]*", text):
        lead += clause
        if not _asks(clause.rstrip("，,")):
            continue
        within = lead.split("、")
        out += within if all(map(_asks, within)) and not _TWO_WH.match(lead) else [lead]
        lead = ""
    if lead:
        out[-1:] = [(out[-1] if out else "") + lead]
    return [clause.strip(" ，,") for clause in out]


def _asks(text: str) -> bool:
    return bool(_WH.search(text) or re.search(r"吗$|(.)[不没]\1", text))


def _of_the_same(question: str, before: str) -> str:
    """A clause beside another one: what has the price (票价多少) is named there (五号线设多少座站)."""
    joined, topic = _joined(question, before), _topic(before)
    if joined not in (question, topic + question):
        return joined
    wh = _WH.search(question)
    head = tag(question[: wh.start()] if wh else question)
    words = tag(question)
    if len(head) > 2 or any(flag in _NAME for _, flag in words) or analyse(question).insisted:
        return joined
    owner = _SAID.split(topic)[0]
    if any(flag[0] == "n" for _, flag in words):
        return _owner(owner, before) + question
    return owner + question if joined != question else question


def _owner(topic: str, question: str) -> str:
    """What has the property that a question asks about: 五号线 of 五号线全长多少公里."""
    words = tag(topic)
    wh = _WH.search(question)
    beside = wh is not None and question[: wh.start()].endswith(words[-1][0]) if words else False
    if beside and len(words) > 1 and _PROPERTY.search(words[-1][0]):
        words.pop()
        while len(words) > 1 and words[-1][1][0] not in "njmlx" and words[-1][1] != "eng":
            words.pop()
    return "".join(word for word, _ in words)


def _each(text: str) -> list[str]:
    """What is asked of each (甲和乙分别…？): 甲…, 乙…; of one thing, when and where: both apart."""
    two = _TWO_WH.match(text)
    if two:
        return [f"{two['head']}{two[wh]}{two['tail']}" for wh in ("one", "two")]
    if from_to := _FROM_TO.match(text):
        return [f"{from_to['head']}{end}是哪里" for end in ("起点", "终点")]
    if not re.search(r"分别|各自?(?=[是有在为])", text):
        return [text]
    words = tag(text)
    for first in range(len(words)):
        last = first
        while last + 2 < len(words) and _joins(*words[last : last + 3]):
            last += 2
        if last > first:
            head = "".join(word for word, _ in words[:first])
            tail = "".join(word for word, _ in words[last + 1 :])
            tail = re.sub(r"分别|各自?(?=[是有在为])", "", tail)
            if words[first][1] in _NAME or last + 1 == len(words):
                return [f"{head}{word}{tail}" for word, _ in words[first : last + 1 : 2]]
            break
    return _phrases(text)


def _phrases(text: str) -> list[str]:
    """The same of things with longer names: 铁路投资和发展指数分别是多少."""
    said = re.match(r"(?P<things>[^，,]+?)(?:的(?P<what>[^的，,]{1,6}))?分别(?P<tail>.+)$", text)
    things = re.split(r"以及|[和与跟及、]", said.group("things")) if said else []
    if said is None or len(things) < 2 or min(map(len, things)) < 2:
        return [text]
    what = f"的{said.group('what')}" if said.group("what") else ""
    return [f"{thing}{what}{said.group('tail')}" for thing in things]


def _joins(left: tuple[str, str], between: tuple[str, str], right: tuple[str, str]) -> bool:
    """Whether two names or nouns of one sort stand side by side (甲和乙)."""
    alike = left[1] == right[1] or (left[1] in _NAME and right[1] in _NAME)
    return between[0] in ("和", "与", "跟", "及", "以及", "、") and alike and left[1][0] in "nj"


def _joined(question: str, before: str) -> str:
    if not before or not question:
        return question
    and_you = _AND_YOU.match(question)
    if and_you:
        return _exchanged(and_you.group("what"), before)
    bare = _LEAD.sub("", question)
    pronoun = _PRONOUN.search(bare)
    topic = _topic(before)
    if pronoun and topic:
        rest = bare[pronoun.end() :]
        of = (
            "的"
            if pronoun.group().startswith("其")
            and not rest.startswith(("的", "中"))
            and pronoun.group() != "其中"
            else ""
        )
        return bare[: pronoun.start()] + topic + of + rest
    if _lacks_subject(bare) and topic:
        return topic + bare
    return question


def _exchanged(what: str, before: str) -> str:
    """The question before with another name in it: 乙呢？ after 甲的会是谁主持的？ asks 乙的会是谁主持的？."""
    flags = {flag for _, flag in tag(what)}
    words = tag(before)
    same = [word for word, flag in words if flag in _NAME and (flag in flags or flags & set(_NAME))]
    if _WHEN.search(what):
        old = _WHEN.search(before)
        return before.replace(old.group(), what, 1) if old else what + before
    if same and flags & set(_NAME):
        old_name = same[0]
        suffix = re.search(r"[市省县区]$", old_name)
        new = what + suffix.group() if suffix and not what.endswith(suffix.group()) else what
        return before.replace(old_name, new, 1)
    return f"{_topic(before)}的{what}是什么？"


def _topic(question: str) -> str:
    """What a question is about: its words before what it asks, without the verb that ends them."""
    text = re.sub(r"[？?。！!]+$", "", _LEAD.sub("", question))
    wh = _WH.search(text)
    head = text[: wh.start()] if wh else re.sub(r"[吗呢]$", "", text)
    words = tag(head)
    while words and (
        (words[-1][1][0] in "vpdcyeur" and words[-1][1] != "vn")
        or words[-1][1] in ("uj", "ul", "m")
        or not words[-1][0].strip(" ，,")
    ):
        if len(words) > 1 and words[-2][1] == "uj" and words[-1][1] == "v":
            break  # 无锡的会: after 的 a verb is a thing
        words.pop()
    kept = "".join(word for word, _ in words)
    if any(flag[0] in "nj" or flag in ("eng", "vn") for _, flag in words):
        return kept.strip(" ，,")
    quoted = re.search(r"[“《][^”》]+[”》]", text)
    if quoted or not wh:
        return quoted.group() if quoted else ""
    # 谁主持了甲的会: what follows the verb.
    tail = tag(text[wh.end() :])
    named = [at for at, (word, flag) in enumerate(tail) if flag in _NAME or flag[0] in "nj"]
    return "".join(word for word, _ in tail[named[0] : named[-1] + 1]) if named else ""


def _lacks_subject(question: str) -> bool:
    """Whether nothing in a question says what it is about (谁主持的？, 在哪里举行？)."""
    analysed = analyse(question)
    if analysed.insisted or analysed.kind == "page":
        return False
    wh = _WH.search(question)
    head = question[: wh.start()] if wh else question
    nouns = [
        word for word, flag in tag(head) if (flag[0] in "nj" and len(word) > 1) or flag == "eng"
    ]
    if not nouns and analysed.kind == "yesno":  # 要不要钱？
        return True
    if wh and not nouns:
        after = [w for w, flag in tag(question[wh.end() :]) if flag in _NAME]
        heavy = [term for term, weight in analysed.terms if weight >= 2]
        return not after and len(heavy) <= 2
    # 主持人是谁？ and 时间地点呢？ name a role or a property, nothing that has it.
    return (
        len(nouns) == 1
        and len(question) <= 10
        and bool(re.search(r"人$|时间|地点|金额|原因|人数|名字|结果", nouns[0]))
    )

"""What a question asks for: the kind of answer, its key terms, and what it insists on.

Only the question's own words are looked at; nothing here knows an index. A question that fits no
pattern is of kind "what" or, without any question word, "topic".
"""

import re
from dataclasses import dataclass

from rag.answer_types import (
    NAMED,
    NAMES_SOMEBODY,
    Grain,
    Kind,
    Measure,
    grain_of,
    kind_of,
    measure_of,
    noun_of,
    somebody_of,
    thing_of,
)
from rag.dates import unlimited
from rag.insisted import insisted_in, missing, mistyped_in, places_in, said_across
from rag.key_terms import STOP, focus_of, terms_of, verbs_of
from rag.keywords import asking
from rag.tokens import fold, in_digits, simplified, tag
from rag.wording import in_chinese, numeral, plainly


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A stand-alone question, analysed."""

    text: str  # in the words of print, an English question as far as it can be read
    kind: Kind
    plain: str = ""  # the same in the words that a reader knows best
    measure: Measure = ""  # what a number must measure
    unit: str = ""  # the measure word asked with (多少处 → 处)
    grain: Grain = ""  # how exact a time must be
    several: bool = False  # a time of more than one day or year (哪几天)
    guessed: bool = False  # keywords that end in no sort of answer: they may as well name a topic
    named: bool = False  # what something is called is asked for (叫什么)
    thing: str = ""  # the sort of thing asked for (什么行动 → 行动)
    noun: str = ""  # the class word asked for (哪家公司 → 公司, …主席是谁 → 主席)
    somebody: str = ""  # whose role is asked for (某某是谁, 某某是什么人)
    count: int | None = None  # how many items a list must have
    terms: tuple[tuple[str, float], ...] = ()  # folded key terms with their weights, in order
    focus: tuple[tuple[str, float], ...] = ()  # the terms by how near the question word they stand
    verbs: tuple[str, ...] = ()  # what is done, without verbs that say little
    places: tuple[str, ...] = ()  # folded, without their class word
    day: str = ""  # 3月4日, where 昨天 in the question means that one
    year: str = ""  # 2025, where 去年 in the question means that one
    insisted: tuple[str, ...] = ()  # folded names and numbers without which nothing answers
    mistyped: tuple[
        tuple[str, str], ...
    ] = ()  # insisted words no dictionary knows, with what follows


_COUNTED = re.compile(
    r"[“\"「]?([两二三四五六七八九十]{1,3}|\d{1,2})(?:个|大|项|条|种|类|点|方面|件|位|名|家|句|更|要)"
)
_ASKS_WHAT = re.compile(r"(?:是|指|有|包括|叫)(?:的)?(?:什么|啥|哪)")


def analyse(text: str) -> Question:
    """Analyses a stand-alone question; never fails, whatever the text."""
    question, guessed = asking(_in_chinese(simplified(text.strip())))
    text = _in_print(question)
    kind = kind_of(text)
    if kind == "yesno":
        text = in_digits(text)  # a figure that is asked about is looked for
    named = kind in ("what", "which") and NAMED.search(text) is not None
    if named and NAMES_SOMEBODY.search(text):
        kind, named = "person", False
    counted = _COUNTED.search(text)
    count = numeral(counted.group(1)) if counted else None
    if count and kind in ("what", "which", "list") and (kind == "list" or _ASKS_WHAT.search(text)):
        kind = "list"
    else:
        count = None
    words = tag(text)
    # 2月以来 says which pages to look at (rag/search.py); they need not say so themselves.
    said = unlimited(text)
    terms = terms_of(said)
    measure, unit = measure_of(text) if kind == "number" else ("", "")
    if kind == "time" and re.search(r"多久|多长时间", text):
        kind, measure = "number", "duration"
    noun = noun_of(text, kind)
    return Question(
        text=text,
        kind=kind,
        plain=plainly(text),
        measure=measure,
        unit=unit,
        grain=grain_of(text) if kind == "time" else "",
        guessed=guessed and not named,
        several=kind == "time" and re.search(r"哪[几两三](?:年|月|日|天|个月)", text) is not None,
        named=named and not noun,
        thing=thing_of(text) if kind in ("what", "which", "list", "place") else "",
        noun=noun,
        somebody=somebody_of(text),
        count=count,
        terms=terms,
        focus=focus_of(text, terms),
        verbs=verbs_of(text),
        places=places_in(words),
        insisted=insisted_in(said, tag(said) if said != text else words),
        mistyped=mistyped_in(words),
    )


def misses(question: Question, text: str) -> tuple[str, ...]:
    """The names and numbers that a question insists on and a folded text does not hold."""
    lacking = missing(question.insisted, question.mistyped, text)
    asked = fold(question.text) if lacking else ""
    return tuple(name for name in lacking if not said_across(asked, name, text))


_ENGLISH = (
    (r"how (?:many|much)", "多少"),
    (r"how long", "多久"),
    (r"how old", "多大年纪"),
    (r"(?:on )?(?:what|which) (?:day|date)s?", "哪天"),
    (r"what time", "几点"),
    (r"when", "什么时候"),
    (r"where", "哪里"),
    (r"who(?:m|se)?", "谁"),
    (r"why", "为什么"),
    (r"how", "怎么"),
    (r"what|which", "什么"),
)


_ENGLISH_WORDS = {
    "chaired": "主持", "chair": "主持", "presided": "主持", "spoke": "讲话", "attended": "出席",
    "meeting": "会议", "conference": "会议", "fair": "", "festival": "", "event": "活动",
    "held": "举行", "hold": "举行", "took": "", "place": "", "opened": "开幕", "open": "开放",
    "built": "建成", "book": "预约", "booking": "预约", "visitors": "游客", "people": "人",
    "companies": "企业", "enterprises": "企业", "company": "公司", "loans": "贷款", "loan": "贷款",
    "price": "价格", "cost": "费用", "money": "钱", "investment": "投资", "invested": "投资",
    "measures": "举措", "published": "发布", "workers": "职工", "jobs": "岗位", "couples": "对",
}  # fmt: skip


def _in_chinese(text: str) -> str:
    """An English question as far as it can be read: its question word, names, numbers, common words.

    How many 登记点 are there? becomes 登记点多少？ What is not understood stays, and is found nowhere.
    """
    for english, chinese in _ENGLISH:
        asked = re.search(rf"\b(?:{english})\b", text, re.IGNORECASE)
        if not asked or not re.search(r"[一-鿿]", text):
            continue
        rest = f"{text[: asked.start()]} {text[asked.end() :]}"
        words = [
            _ENGLISH_WORDS.get(word.lower(), word)
            for word in re.findall(r"[^\s?？,.]+", rest)
            if word.lower() not in STOP and word.lower() not in ("i", "need", "there")
        ]
        return f"{' '.join(filter(None, words))}{chinese}？"
    return text


_QUOTED = re.compile(r"([《“‘「『][^》”’」』]*[》”’」』])")
_PRINTED = {
    "交": "缴纳",
    "约": "预约",
    "送": "赠送",
    "送给": "赠送",
    "涨": "上涨",
    "捐": "捐赠",
    "卖": "销售",
    "买": "购买",
}


# Questions as they are asked most plainly: 几点到几点运营 as 运营时间是几点, 对谁 of a team as 对哪支球队.
_ASKED_AS = (
    (
        re.compile(r"(?:都?是)?从?几点钟?开?到几点钟?([一-鿿]{2,4}?)?的?(?=[?？]?$)"),
        r"\1时间是几点",
    ),
    (
        re.compile(r"(队[^，,]{0,12}?(?:对|迎战|挑战|战胜|输给|击败|负于))谁"),
        r"\1哪支球队",
    ),
    (re.compile(r"(队[和与跟对][^，,]{1,8}队.{0,4}?)谁(?=[会能]?[赢胜输])"), r"\1哪支球队"),
    (re.compile(r"几号线(?=.*换乘)|(?<=换乘)几号线"), "哪几条线路"),
    (re.compile(r"姓甚名谁"), "是谁"),
    (re.compile(r"一亩(?:地|田)?(?:能|可以?)?[收产打](?:了|到)?(?=多少|几)"), "亩产"),
    (re.compile(r"走(?:了|的)?(?:的?时候)(?=是?(?:多大|几岁|多少岁))"), "去世时"),
    (re.compile(r"(?<![召离展开])不开[门放](?=[?？]?$)"), "闭馆"),
    (
        re.compile(
            r"(?:(?:被|(?<![谈审裁评批]))判了?(?:几|多少)年(?:刑|徒刑)?|坐了?(?:几|多少)年大?牢)(?=[?？]?$)"
        ),
        "被判处有期徒刑多久",
    ),
)


def _in_print(text: str) -> str:
    """Short words of speech as print has them: 那次会是哪天开的 as 那次会议是哪天召开的, 第12届 as 第十二届."""
    text = re.sub(r"(?<=[的次个场])会(?=[是在由开上都什哪谁几有]|分别|\W*$)", "会议", text)
    for said, meant in _ASKED_AS:
        text = said.sub(meant, text)
    text = re.sub(r"第(\d{1,2})(?=届)", lambda found: f"第{in_chinese(int(found[1]))}", text)
    if "会" in text:
        text = re.sub(r"(?<![召公展打离分])开(?=[的过]?(?:[吗呢]|\W*$))", "召开", text)
    # What stands in quotation marks is somebody else's word.
    pieces = _QUOTED.split(text)
    pieces[::2] = [
        "".join(_PRINTED.get(word, word) for word, _ in tag(piece, coin=False))
        for piece in pieces[::2]
    ]
    return "".join(pieces)

"""What a question asks for: the kind of answer, its key terms, and what it insists on.

Only the question's own words are looked at; nothing here knows an index. The patterns were written
and checked on the questions of the reader's training data (half-formal Chinese) and on ordinary
newspaper questions; a question that fits none is of kind "what" or, without any question word,
"topic".
"""

import itertools
import math
import re
from dataclasses import dataclass
from typing import Literal

from rag.dates import unlimited
from rag.tokens import fold, simplified, tag
from rag.wording import forms, numeral, plainly

Kind = Literal[
    "person",
    "time",
    "place",
    "number",
    "which",
    "what",
    "list",
    "yesno",
    "why",
    "how",
    "topic",
    "page",
]
Measure = Literal[
    "",
    "money",
    "percent",
    "change",
    "people",
    "age",
    "length",
    "area",
    "weight",
    "duration",
    "count",
    "things",
    "phone",
]
Grain = Literal["", "year", "month", "day", "clock"]


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
    named: bool = False  # what something is called is asked for (叫什么)
    thing: str = ""  # the sort of thing asked for (什么行动 → 行动)
    noun: str = ""  # the class word asked for (哪家公司 → 公司, …主席是谁 → 主席)
    somebody: str = ""  # whose role is asked for (某某是谁, 某某是什么人)
    count: int | None = None  # how many items a list must have
    terms: tuple[tuple[str, float], ...] = ()  # folded key terms with their weights, in order
    focus: tuple[tuple[str, float], ...] = ()  # the terms by how near the question word they stand
    verbs: tuple[str, ...] = ()  # what is done, without verbs that say little
    insisted: tuple[str, ...] = ()  # folded names and numbers without which nothing answers
    mistyped: tuple[
        tuple[str, str], ...
    ] = ()  # insisted words no dictionary knows, with what follows


FOCUS_CHARS = 4.0  # within which a term of a question is what it asks about

_CLASSES = (
    r"公司|企业|单位|部门|机构|大学|学院|学校|中学|小学|医院|银行|组织|协会|委员会|集团|法院|报纸|媒体|"
    r"球队|乐队|俱乐部|会议|活动|项目|平台|品牌|政策|文件|法律|条例|书|电影|歌曲?|奖项?|语言|民族|颜色"
)
_PLACES = (
    r"国家?|省份?|城市|市|县|区域?|地区|地方|地点|镇|乡|村|街道?|岛|州|洲|山|河|湖|场馆|位置|景区"
)
# Ordered: the first pattern that is found gives the kind.
_KIND_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "page",
        r"(?:[这本今]|今天的?|整)(?:一|个)?(?:版|页|期|份报纸?|张报纸?|报纸)上?面?.*(?:哪些|什么|啥|多少|讲|说|写|概括|总结|介绍)"
        r"|(?:有|登|讲|说|报道)了?(?:哪些|什么|啥)(?:报道|新闻|文章|消息|内容|主题)[?？。]?$",
    ),
    (
        "why",
        r"为什么|为何|为啥|怎么会|何以|缘何|因何|(?:什么|啥)(?:原因|缘故)|(?:原因|缘由|理由)(?:是|[?？]|$)|\bwhy\b",
    ),
    (
        "time",
        r"什么时[候间]|啥时候?|何时|多会儿|何[年月日]|哪一?(?:年|月|日|天|号|个月)|哪[几两三](?:年|月|日|天|个月)"
        r"|几月|几[号日](?!.*多少)|几点(?!.*百分)|(?:什么|哪一?个?)(?:日期|世纪|年代|年份|时期|时代|季节)"
        r"|(?:时间|日期)(?:是|为)?[?？]?$|\bwhen\b",
    ),
    (
        "list",
        r"哪(?:些|几|[两三四五六七八九十]+)(?!天|年|日|号)|有(?:什么|啥)|都(?:是|有|包括|做|说)?(?:了)?(?:什么|啥|谁)|(?:包括|包含|涵盖)(?:了)?(?:什么|啥)",
    ),
    (
        "number",
        r"多少|几(?!乎|何|经)|第几|百分之几|多[大高长远重深宽厚快久](?!的?影响)|\bhow (?:many|much|long|far|old)\b",
    ),
    ("person", r"谁|何人|哪一?位|(?:什么|哪个|哪些)人(?![群口员数])|\bwho\b"),
    (
        "place",
        rf"哪里|哪儿|何[处地]|在哪(?!一?[家所])|(?:什么|哪一?[个座条处]?)(?:{_PLACES})|位于哪|\bwhere\b",
    ),
    ("which", rf"(?:什么|哪一?[家个所项部份条本场次届支种]?)(?:{_CLASSES})|哪一?[家所]"),
    ("how", r"怎么样?|怎样|如何|咋|\bhow\b"),
    ("what", r"什么|啥|哪|何(?:种|为|谓)|\bwhat\b|\bwhich\b"),
    (
        "yesno",
        r"[吗么嘛][?？]?$|是否|有没有|(.)[不没]\1|能否|可否|^(?:is|are|was|were|did|does|do|can)\b",
    ),
    ("topic", r"讲讲|说说|谈谈|聊聊|介绍|总结|概括|概述|关于|tell me|about"),
)
# What a question without a question word asks for: 工惠贷 贷款总额.
_HEADS = tuple(
    (re.compile(rf"(?:{pattern})[。 ]*$"), ending)
    for pattern, ending in (
        ("额|数量|[总人次场条户]数|价格|[票房总]价|面积|长度|指数|比例|增幅", "是多少"),
        ("时间|日期|日子", "是什么时候"),
        ("地点|地址|位置", "是哪里"),
        ("主持人|负责人|作者|记者|姓名", "是谁"),
    )
)
_DATED = re.compile(r" +(?:\d{2,4}年)?(?:\d{1,2}月)?(?:\d{1,2}[日号])?[。 ]*$")
_KINDS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KIND_PATTERNS]
_COUNTED = re.compile(
    r"[“\"「]?([两二三四五六七八九十]{1,3}|\d{1,2})(?:个|大|项|条|种|类|点|方面|件|位|名|家|句|更|要)"
)
_ASKS_WHAT = re.compile(r"(?:是|指|有|包括|叫)(?:的)?(?:什么|啥|哪)")

_MEASURES: tuple[tuple[Measure, str], ...] = (
    ("phone", r"电话|热线|手机号|号码"),
    ("percent", r"百分之|率|比例|比重|占比|增幅|降幅|涨幅|几成"),
    ("change", r"(?:增长|上涨|上升|提高|增加|下降|下跌|减少|降低|回落|[涨升跌降])了?多少$"),
    ("age", r"岁|年龄|年纪|多大$|\bold\b"),
    ("area", r"面积|平方|亩|公顷"),
    ("length", r"多[长远高深宽厚](?!时|的时|期)|长度|高度|距离|里程|海拔|公里|千米|多少米$"),
    ("weight", r"多重|重量|吨|公斤|千克"),
    ("duration", r"多久|多长的?时[间期]|[几少]个?(?:小时|分钟|星期|月|年(?!级)|天|周)"),
    (
        "money",
        r"(?:[钱元款价费]|利息|租金|赔偿|资金|基金|奖金|[助补金偿税]金|现金|金额|投资|收入|工资|成本|费用|补助|补贴|额|产值|票房|利润|营收|债务|市值|预算)"
        r"(?:是|为|有|达|达到|完成)?(?:多少)?$|多少钱|how much",
    ),
    (
        "people",
        r"[少几](?:余|多)?(?:名|位|人)|(?:人数|人次|人口|[工员众客者生民人手]|代表|选手|家庭)(?:是|为|有|达|达到)?(?:多少)?(?:参加|参与)?$",
    ),
)
_UNITS_ASKED: tuple[tuple[Measure, str], ...] = (
    ("length", "米|公里"),
    ("area", "平方公里|平方米"),
    ("weight", "吨"),
    ("money", "元"),
    ("age", "岁"),
    ("percent", "个百分点"),
)
_UNIT = re.compile(
    r"(?:多少|几)((?:人次|场次|平方公里|平方米|公里|个百分点|[个大处家户条项种类件次场对座所辆台架艘套本部张只头株棵批届级层间栋倍支枚篇首起例片块颗元吨米岁点度]))"
)
_QUESTION_WORDS = re.compile(
    r"(?:担任|出任)?(?:什么|何|啥)(?:职务|身份|职位|头衔)|什么时[候间]|什么地方|什么人|什么|为什么|为何|为啥|啥时候?|啥|多少|多[大高长远重久]|何[时地处人年]|哪[里儿]|哪[一二三四五六七八九十几两]{0,2}[个家所位项些天年日种条部座件点]?(?:方面)?"
    r"|谁|怎么样?|怎样|如何|几[个家位项天年日种条号月处]?|是否|有没有|是不是|能不能|要不要|可不可以|吗|呢|请问|告诉我|想知道|到底|究竟|一共|总共|分别|讲讲|说说|介绍一下|介绍|谈谈"
)
_DATE = re.compile(r"(?<!\d)(?:\d{4}年|\d{1,2}月\d{1,2}日|\d{1,2}月|\d{1,2}日)")
_STOP = frozenset(
    [
        "的",
        "了",
        "是",
        "在",
        "有",
        "和",
        "与",
        "及",
        "把",
        "被",
        "给",
        "对",
        "为",
        "从",
        "到",
        "于",
        "以",
        "向",
        "由",
        "就",
        "都",
        "也",
        "还",
        "又",
        "要",
        "会",
        "能",
        "可以",
        "需要",
        "应该",
        "得",
        "地",
        "着",
        "过",
        "这",
        "那",
        "这个",
        "那个",
        "这些",
        "那些",
        "个",
        "一个",
        "一",
        "其",
        "他",
        "她",
        "它",
        "我",
        "你",
        "们",
        "请",
        "上",
        "下",
        "里",
        "中",
        "后",
        "前",
        "时",
        "时候",
        "用",
        "做",
        "叫",
        "名字",
        "问题",
        "情况",
        "东西",
        "人",
        "年",
        "月",
        "日",
        "今年",
        "去年",
        "没有",
        "不",
        "没",
        "很",
        "最",
        "更",
        "等",
        "吧",
        "啊",
        "呀",
        "之",
        "所",
        "而",
        "进行",
        "the",
        "a",
        "an",
        "of",
        "is",
        "are",
        "was",
        "were",
        "in",
        "on",
        "at",
        "to",
        "and",
        "did",
        "do",
        "does",
        "for",
        "by",
        "how",
        "many",
        "much",
        "what",
        "when",
        "where",
        "who",
        "why",
        "which",
    ]
)
_LIGHT = frozenset(
    [
        "市",
        "省",
        "县",
        "区",
        "发布",
        "举行",
        "召开",
        "开展",
        "表示",
        "提出",
        "活动",
        "工作",
        "进行",
        "公布",
        "举办",
        "实施",
        "完成",
        "达到",
        "时间",
        "地点",
        "原因",
        "数量",
        "包括",
        "包含",
        "涵盖",
        "属于",
        "享受",
        "东西",
        "全国",
        "我国",
        "全市",
        "全省",
    ]
)
# What the dictionary calls places, and what are places of no use to tell articles apart.
NO_PLACE = frozenset(
    [
        "美丽",
        "中国",
        "我国",
        "全国",
        "国内",
        "本市",
        "我市",
        "我省",
        "城市",
        "东西",
        "东",
        "西",
        "南",
        "北",
        "新春",
        "海外",
        "国外",
        "世界",
        "两国",
        "全球",
    ]
)


def analyse(text: str) -> Question:
    """Analyses a stand-alone question; never fails, whatever the text."""
    text = _in_print(_asking(_in_chinese(simplified(text.strip()))))
    kind = _kind(text)
    counted = _COUNTED.search(text)
    count = numeral(counted.group(1)) if counted else None
    if count and kind in ("what", "which", "list") and (kind == "list" or _ASKS_WHAT.search(text)):
        kind = "list"
    else:
        count = None
    words = tag(text)
    # 2月以来 says which pages to look at (rag/search.py); they need not say so themselves.
    said = unlimited(text)
    terms = _terms(said)
    measure, unit = _measure(text) if kind == "number" else ("", "")
    if kind == "time" and re.search(r"多久|多长时间", text):
        kind, measure = "number", "duration"
    noun = _noun(text, kind)
    return Question(
        text=text,
        kind=kind,
        plain=plainly(text),
        measure=measure,
        unit=unit,
        grain=_grain(text) if kind == "time" else "",
        several=kind == "time" and re.search(r"哪[几两三](?:年|月|日|天|个月)", text) is not None,
        named=kind in ("what", "which") and not noun and _NAMED.search(text) is not None,
        thing=_thing(text) if kind in ("what", "which", "list") else "",
        noun=noun,
        somebody=_somebody(text),
        count=count,
        terms=terms,
        focus=_focus(text, terms),
        verbs=tuple(
            word
            for word, flag in _known_verbs(_QUESTION_WORDS.sub(" ", _spelled_out(fold(text))))
            if flag == "v" and len(word) > 1 and word not in _STOP and word not in _LIGHT
        ),
        insisted=_insisted(said, tag(said) if said != text else words),
        mistyped=_mistyped(words),
    )


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
            if word.lower() not in _STOP and word.lower() not in ("i", "need", "there")
        ]
        return f"{' '.join(filter(None, words))}{chinese}？"
    return text


def _kind(text: str) -> Kind:
    if re.search(r"[吗么嘛][?？]?$", text) and not re.search(
        r"什么[?？]?$|谁|多少|哪|几[个时天]", text
    ):
        return "yesno"
    for kind, pattern in _KINDS:
        if pattern.search(text):
            if kind == "what" and re.search(r"(.)[不没]\1", text):
                return "yesno"
            return kind
    return "topic"


def _asking(text: str) -> str:
    """Keywords that end in what is wanted, as a question: 工惠贷 贷款总额 becomes …贷款总额是多少."""
    if any(pattern.search(text) for _, pattern in _KINDS):
        return text
    head = _DATED.sub("", text)  # 大桥长度 2024年
    ending = next((ending for words, ending in _HEADS if words.search(head)), "")
    if not ending:
        return text
    date = text[len(head) :].strip()
    return date + head.rstrip(" 。") + ending


def _measure(text: str) -> tuple[Measure, str]:
    """What the number must measure, from the words beside the question word."""
    found = _UNIT.search(text)
    unit = found.group(1) if found else ""
    if found and unit in "个大处家户条项种类件次场对座所":
        month = unit == "个" and text.startswith(("月", "小时", "星期"), found.end())
        return ("duration" if month else "count"), unit
    for measure, units in _UNITS_ASKED:
        if unit and re.fullmatch(units, unit):
            return measure, unit
    asked = re.search(
        r"多少|几|多[大高长远重深宽厚快久]|how (?:many|much|long|old|far)", text, re.I
    )
    if not asked:
        return "", unit
    # 多少职工互助金: the last noun counts; …投资是多少: the noun before; 多大年纪: both together.
    after = re.match(r"[\w]*", text[asked.end() :])
    head = asked.group() + (after.group() if after else "")
    for near in (head, text[max(0, asked.start() - 6) : asked.end()]):
        for measure, pattern in _MEASURES:
            if re.search(pattern, near):
                return measure, unit
        if after and after.group() and near is head:
            break
    things = asked.group() == "多少" and after is not None and len(after.group()) > 1
    return ("count" if unit else "things" if things else ""), unit


def _grain(text: str) -> Grain:
    if re.search(r"几点|钟点|何时几", text):
        return "clock"
    if re.search(r"[哪何几](?:一|几|两)?(?:天|日|号)|日期|日子", text):
        return "day"
    if re.search(r"[哪何几](?:一|几|两)?个?月", text):
        return "month"
    return "year" if re.search(r"[哪何](?:一|几|两)?年|年份", text) else ""


def _noun(text: str, kind: Kind) -> str:
    """The class or role that the answer must be of."""
    if kind == "which":
        found = re.search(rf"(?:什么|哪一?[家个所项部份条本场次届支种]?)({_CLASSES})", text)
        return found.group(1) if found else ""
    found = re.search(
        r"([一-鿿]{0,6}(?:主席|书记|市长|省长|县长|局长|部长|主任|校长|院长|董事长|总经理|经理|总统|总理|会长|秘书长|队长|教练|发言人|主持人|记者|导演|馆长|厅长))(?:是|叫|姓|的?名字)",
        text,
    )
    return (
        re.sub(r"^.*(?:的|[市省县区会局厅部委院校司团])(?=.{2})", "", found.group(1))
        if found
        else ""
    )


_NAMED = re.compile(
    r"(?:叫|称为|名为|取名|命名为)(?:做|作)?(?:什么|啥)|(?:什么|啥)(?:名字|名称|代号|称号|绰号)"
    r"|(?:名字|名称|代号|简称|称号|品牌|主题|标题|书名|片名|口号)(?:是|叫|为)(?:什么|啥)"
)


def _thing(text: str) -> str:
    """The noun beside 什么, if it says what sort of thing is meant."""
    found = re.search(
        r"(?:什么|哪(?:些|几|[两三四五六七八九十]+|一)?[个项种类届场次条]?)(?:样的)?([一-鿿]{1,8})",
        text,
    )
    words = tag(found.group(1)) if found else []
    nouns = itertools.takewhile(lambda word: word[1][0] in "njlg" or word[1] == "vn", words)
    return next((word for word, _ in reversed(list(nouns)) if word not in _VAGUE), "")


_VAGUE = frozenset(
    ("名字", "名称", "东西", "事", "事情", "内容", "样子", "情况", "作用", "意义", "影响", "特点", "用途")
)  # fmt: skip
_WHOSE_ROLE = re.compile(
    r"([一-鿿·]{2,8}?)(?:在[一-鿿]{2,12}?)?(?:是|担任|当|任|做)(?:的是|了)?"
    r"(?:谁|什么人|[干做]什么的|(?:什么|何|啥)(?:职务?|身份|职位|官|头衔))"
)


def _somebody(text: str) -> str:
    """The name in 某某是什么人: one that the dictionary does not hold, or calls a person's."""
    found = _WHOSE_ROLE.match(text)
    if not found:
        return ""
    name = found.group(1)
    guessed = [flag for _, flag in tag(name)]
    coined = len(guessed) == 1 and len(tag(name, coin=False)) > 1
    return name if guessed == ["nr"] or coined else ""


def _terms(text: str) -> tuple[tuple[str, float], ...]:
    """Content words with weights: names 3, nouns 2, verbs and the rest 1, numbers 2."""
    bare = _QUESTION_WORDS.sub(" ", _spelled_out(fold(text)))
    terms: dict[str, float] = dict.fromkeys(_DATE.findall(bare), 2.0)
    bare = _DATE.sub(" ", bare)
    for word, flag in _known_verbs(bare):
        word = word.strip()
        if (
            not re.search(r"\w", word)
            or word in _STOP
            or (flag in ("uj", "ul", "p", "c", "r", "y", "e", "d") and len(word) < 2)
        ):
            continue
        if (flag in ("r", "y", "c", "p", "zg") and not word.startswith("每")) or (
            len(word) == 1 and not word.isdecimal() and flag[0] not in "nvj"
        ):
            continue
        weight = (
            3.0
            if flag in ("nr", "ns", "nt", "nz", "nrt", "eng")
            else 2.0
            if flag[0] in "nmtlij"
            else 1.0
        )
        terms[word] = max(
            terms.get(word, 0.0),
            weight * (0.5 if word in _LIGHT or (len(word) == 1 and len(forms(word)) == 1) else 1.0),
        )
    return tuple(terms.items())


def _spelled_out(folded: str) -> str:
    """要不要钱 as 要钱."""
    return re.sub(r"([一-鿿])[不没]\1", r"\1", folded)


def _focus(text: str, terms: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Terms weighted by their nearness to the question word: 工惠贷 贴息 多少 asks of 贴息."""
    folded = fold(text)
    asked = _QUESTION_WORDS.search(folded)
    left, right = asked.span() if asked else (len(folded), len(folded))
    out = []
    for term, _ in terms:
        at = folded.find(term)
        gap = at - right if at >= right else left - at - len(term)
        out.append((term, math.exp(-max(0, gap) / FOCUS_CHARS)))
    return tuple(out)


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


def _in_print(text: str) -> str:
    """Short words of speech as print has them: 那次会是哪天开的 as 那次会议是哪天召开的."""
    text = re.sub(r"(?<=[的次个场])会(?=[是在由开上都什哪谁几有]|分别|\W*$)", "会议", text)
    if "会" in text:
        text = re.sub(r"(?<![召公展打离分])开(?=[的过]?(?:[吗呢]|\W*$))", "召开", text)
    return "".join(_PRINTED.get(word, word) for word, _ in tag(text, coin=False))


def _known_verbs(text: str) -> list[tuple[str, str]]:
    """Tagged words, names guessed where the dictionary has none, but verbs never (要交 is 要 and 交)."""
    out = []
    for word, flag in tag(text):
        guessed = flag[0] in "vd" and 2 <= len(word) <= 3 and re.fullmatch(r"[一-鿿]+", word)
        apart = tag(word, coin=False) if guessed else []
        out += apart if len(apart) == 2 else [(word, flag)]
    return out


_COUNTING = re.compile(r"[这那哪某每几两一二三四五六七八九十\d]+")
_COUNTED_WITH = "张支段项包章卷单平成"  # surnames that count things, too: 那张图 names nobody


# What only one person at a place is: an article that names no 市长 does not tell what he said.
_OFFICES = frozenset(
    ("市长", "省长", "州长", "县长", "区长", "镇长", "乡长", "部长", "总理", "总统", "首相")
)


def _insisted(text: str, words: list[tuple[str, str]]) -> tuple[str, ...]:
    """Names, years, dates, offices and quoted words: an article without one of them cannot answer."""
    found: list[str] = []
    for pattern in (
        r"(?<!\d)\d{4}年",
        r"(?<!\d)\d{1,2}月(?:\d{1,2}[日号])?",
        r"(?<![\d月])\d{1,2}日",
        r"[《“‘「『\"]([^》”’」』\"]{2,})[》”’」』\"]",
        r"[A-Za-z][A-Za-z0-9.+-]*\d[A-Za-z0-9.+-]*",
    ):
        found += [match.group(match.lastindex or 0) for match in re.finditer(pattern, text)]
    found += [
        word
        for at, (word, flag) in enumerate(words)
        if flag in ("ns", "nr", "nt", "nrt")
        and len(word) >= 2
        and word not in NO_PLACE
        and not (at and _COUNTING.fullmatch(words[at - 1][0]) and word[0] in _COUNTED_WITH)
    ]
    if not any(flag in ("nr", "nrt") for _, flag in words):  # a name says more than an office
        found += [word for word, _ in words if word in _OFFICES]
    return tuple(
        dict.fromkeys(
            fold(name).replace("号", "日") if name[0].isdecimal() else fold(name) for name in found
        )
    )


def _mistyped(words: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Two-character words that were guessed, with the noun after them: 秦准灯会 may mean another 灯会."""
    out = []
    for (word, flag), (follows, noun) in itertools.pairwise(words):
        guessed = flag in ("nr", "ns", "nz") and len(word) == 2 and len(tag(word, coin=False)) > 1
        if guessed and noun in ("n", "vn") and len(follows) >= 2:
            out.append((fold(word), fold(follows)))
    return tuple(out)


def misses(question: Question, text: str) -> tuple[str, ...]:
    """The insisted names and numbers that a folded text does not hold.

    A place's class word may be missing (…市), and so may one character at either end of a longer
    name, because the tagger often takes a neighbour along.
    """
    missing = []
    for name in question.insisted:
        forms = {name, re.sub(r"(?<=..)[市省县区镇乡村州]$", "", name)}
        if len(name) > 3 and not name[0].isdecimal():
            forms |= {name[:-1], name[1:]} if not re.search(r"[a-z]", name) else set()
        if not any(_holds(text, form) for form in forms) and not _meant(question, name, text):
            missing.append(name)
    return tuple(missing)


def _meant(question: Question, name: str, text: str) -> bool:
    """Whether a text holds a mistyped name with one other character, before the same noun."""
    return any(
        re.search(f"(?:{name[0]}[一-鿿]|[一-鿿]{name[1]}){re.escape(noun)}", text) is not None
        for word, noun in question.mistyped
        if word == name
    )


def _holds(text: str, form: str) -> bool:
    if form[0].isdecimal():
        return re.search(rf"(?<!\d){re.escape(form)}", text) is not None
    return form in text

"""Typed facts in a text: numbers with units, times, people, places and bodies, found by rules.

They check what the reader points at (a 多少 needs a number with its unit), complete it (3万 → 3万元)
and stand in as candidates where it points at nothing.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rag.answer_types import Grain, Measure
from rag.insisted import NO_PLACE
from rag.tokens import tag
from rag.types import Span

CACHED = 64  # passages whose facts are remembered; each is looked at for every span in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A stretch of a text that could be a short answer."""

    kind: Literal["number", "time", "person", "place", "body", "name"]
    text: str
    start: int
    end: int
    measure: Measure = ""
    unit: str = ""
    grain: Grain = ""
    role: str = ""  # what a person is called by, directly before the name


_DIGITS = r"(?:[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[0-9０-９]+(?:[,，][0-9]{3})*)(?:[.．][0-9]+)?"
_CHINESE = r"[零〇一二三四五六七八九十百千两半]+"
_WITHIN = r"[之以]?内(?![蒙瓦阁地])"  # 六十日内 is a term and no day
_UNITS: tuple[tuple[Measure, str], ...] = (
    ("money", r"元(?:人民币)?|[美欧日港韩]元|英镑|法郎|卢布|卢比|日圆|马克|块钱"),
    ("percent", r"%|％|‰|个百分点|成"),
    ("area", r"平方(?:公里|千米|米|厘米|英里|英尺)|公顷|亩|㎡"),
    ("length", r"公里|千米|英里|海里|厘米|毫米|英尺|英寸|米|光年"),
    ("weight", r"公斤|千克|毫克|吨|克|斤|磅|立方(?:公里|米|厘米)|毫升"),  # how much of a stuff
    ("age", r"周?岁"),
    (
        "duration",
        r"(?<=[0-9])小时[0-9]{1,2}分(?:钟|[0-9]{1,2}秒)?|年零?[0-9一二三四五六七八九十两]{1,2}个半?月|个半(?:小时|钟头|星期|月)|分半钟?|(?:年|天|小时)半(?![载年天山价数程票])|个?(?:小时|钟头|星期|月)"
        r"|分钟|秒钟?|年(?![0-9]|代|底|初|级|度)|天|周(?!年)"
        rf"|日(?={_WITHIN})",
    ),
    ("people", r"人次|余?人(?!民)|名|位"),
    (
        "count",
        r"℃|摄氏度|[兆千]瓦(?!时)|标准?箱|[场台架辆车班件]次|(?<=[0-9])(?:环(?![境保节形绕比路线])|具(?![有体备])|分(?![之别析布公支局成为享散店开批类期配明给工行流子母歧到]))|个点|千瓦时|大(?=[一-鿿]{2})|单(?![位独元纯身一])|讲(?=[，。、；的）\s]|$)|[个处家户条项种类件次场对座所辆台架艘套本部张只头株棵批届级层间栋幢倍支枚篇首起例片块颗点度列班段艺集首份卷幅枝节期队组桶趟瓶箱盒袋碗杯册剂针顶床株尊粒根匹副]|余个",
    ),
)
_UNIT = "|".join(f"(?P<{measure}>{pattern})" for measure, pattern in _UNITS)
_NUMBER = re.compile(
    rf"(?:约|近|超过?|逾|达|至少|不到)?(?:零下)?(?:(?P<digits>(?:百分之)?{_DIGITS})(?:[-—~～至到]{_DIGITS})?"
    rf"|(?P<chinese>百分之{_CHINESE}(?:点{_CHINESE})?|{_CHINESE}(?:点[零〇一二三四五六七八九]+(?=[百千万亿倍]))?))"
    rf"(?: (?=[万亿]))?(?:[余多几]|[十百万亿]|千(?![瓦克米])){{0,4}}(?:{_UNIT})?"
)
# 6000多万网民: people are counted without a measure word.
_PEOPLE = re.compile(
    r"(?:[网居村农牧渔市公股难移灾]民|民众|群众|[员职民军技]工|[学考新师医]生|[游旅顾乘病]客|患者|病人|观众|听众|读者|用户|消费者|战士|官兵|志愿者|党员|儿童|老人|家庭)"
)

_YEAR = (
    r"(?:公元前?|前|西元前?)?(?:[12]?[0-9]{3}|[二一][零〇一二三四五六七八九]{3}|(?<![了满近约达过整共])[0-9]{2})年"
    r"(?![级轻龄])(?:代|间|年?[初末底中春夏秋冬](?![一-鿿]*[月]))?"
)
_MONTH = r"(?:正|腊|[0-9]{1,2}|十?[一二三四五六七八九]|十|十[一二])月(?:份|初|底|末|[上中下]旬)?(?!球|亮)"
_NUMBERED = r"[线楼令院馆店机台井站]|通[告知]|决议|公告|文件|病房"  # 1号通告 is no day
_DAY = rf"(?:[0-9]{{1,2}}|[一二三]?十?[一二三四五六七八九]|[二三]?十)(?:日(?!线|{_WITHIN})|号(?!{_NUMBERED}))"
LUNAR = (
    r"(?:农历)?(?:正月|腊月)"
    r"(?:初[一二三四五六七八九十]|[十廿二]{1,2}[一二三四五六七八九]?|十[一二三四五六七八九]?)"
)
_PART = r"(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚上?)"
_CLOCK = (
    rf"{_PART}?(?:[0-9]{{1,2}}[:：][0-9]{{2}}|[0-9]{{1,2}}[时点](?:[0-9]{{1,2}}分|半)?(?![0-9%％]))"
)
_DATE = rf"(?:{_YEAR}(?:{_MONTH}(?:{_DAY})?)?|{LUNAR}|{_MONTH}{_DAY}|{_MONTH}|{_DAY})(?:{_PART})?"
TO = r"[-—–~～至到]{1,2}"
_UP_TO = re.compile(TO)
_TIME = re.compile(
    rf"(?<![0-9.第一二三四五六七八九十百])(?:{_DATE}(?:{TO}(?:{_DATE}|[十廿][一二三四五六七八九]))?(?:{_CLOCK}(?:{TO}{_CLOCK})?)?|{_CLOCK}(?:{TO}{_CLOCK})?"
    r"|(?:每?(?:周|星期|礼拜)[一二三四五六日天](?:[、至到](?:周|星期)?[一二三四五六日天])*)"
    r"|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})世纪(?:[0-9]{2}年代|[初末中]期?|[前后]半?叶?)?)"
)

BODY = re.compile(
    r"[一-鿿A-Za-z0-9（）()·“”]{2,24}?(?:有限公司|公司|集团|大学|学院|中学|小学|学校|医院|银行|协会|学会|委员会|研究院|研究所|法院|检察院|总工会|工会|局|厅|部|委|中心|俱乐部|队|社|报|台|厂|企业|基金会|联合会)(?![一-鿿]?[长员])"
)
# What place somebody took; the first time and the second half are none.
_RANK = re.compile(
    r"第[0-9０-９一二三四五六七八九十百]{1,4}[名位](?!于)|(?<=[居列排获得名])第[0-9０-９一二三四五六七八九十百]{1,4}(?![0-9０-９个次届轮场期])"
    r"|(?<=排名)[0-9０-９]{1,4}位?|[特一二三四1234]等奖|[金银铜]奖|优秀奖"
)
_SCORE = re.compile(r"(?<![0-9:：.])[0-9]{1,3} ?[:：比] ?[0-9]{1,3}(?![0-9:：.])")
_PLACE_END = re.compile(
    r"(?:[省市县区镇乡村州岛街路巷里]|广场|公园|大厦|大楼|酒店|宾馆|礼堂|中心|基地|社区|小区|校区|园区|景区|[宫馆厅院场站港寺塔桥山河湖海])$"
)


# Countries and provinces, as they are named in short.
LANDS = re.compile(
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|"
    r"湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|"
    r"美国|英国|法国|德国|日本|韩国|朝鲜|俄罗斯|印度|巴基斯坦|意大利|西班牙|加拿大|澳大利亚|"
    r"新西兰|巴西|阿根廷|智利|墨西哥|南非|埃及|土耳其|伊朗|伊拉克|以色列|沙特|乌克兰|波兰|瑞典|"
    r"挪威|芬兰|丹麦|荷兰|比利时|瑞士|奥地利|希腊|葡萄牙|泰国|越南|马来西亚|新加坡|印度尼西亚|"
    r"菲律宾|缅甸|柬埔寨|老挝|秘鲁|哥伦比亚|委内瑞拉|古巴|尼日利亚|肯尼亚|埃塞俄比亚|苏丹|阿富汗|"
    r"尼泊尔|孟加拉国|斯里兰卡|也门|约旦|黎巴嫩|卡塔尔|阿联酋|匈牙利|捷克|塞尔维亚|罗马尼亚|爱尔兰|"
    r"冰岛|摩洛哥|阿尔及利亚|蒙古国|哈萨克斯坦|利比亚|叙利亚)(?!\d)"  # 新华社北京2月12日电 is where it was written
)


def overlap(one: Fact | Span, other: Fact | Span) -> bool:
    """Whether two stretches of a text share a character."""
    return one.start < other.end and other.start < one.end


def named_places(text: str, sort: str) -> tuple[Fact, ...]:
    """Villages, streets and the like by their names (胜利村), without the verb or 在 before them."""
    found: list[Fact] = []
    at = begins = 0
    for word, flag in tag(text):
        at += len(word)
        if flag[0] in "vpcdurmxy" or word in _BEFORE_PLACES:
            begins = at
        if word.endswith(sort) and at - begins > len(sort) and flag[0] not in "vpcdurmxy":
            found.append(fact_at("place", text, begins, at))
            begins = at
    return tuple(found)


_BEFORE_PLACES = frozenset(("位于", "来自", "在", "到", "从", "住", "记者", "本报"))


def is_body(text: str) -> bool:
    """Whether the words name a company, an office, a team or the like."""
    return BODY.fullmatch(text) is not None


def is_place(text: str) -> bool:
    """Whether the words name somewhere."""
    if _PLACE_END.search(text):
        return True
    return any(flag == "ns" and len(word) > 1 and word not in NO_PLACE for word, flag in tag(text))


@lru_cache(maxsize=CACHED)
def numbers(text: str) -> tuple[Fact, ...]:
    """Numbers with their units; a year, a date and a number inside a word are none."""
    taken = [
        match.span()
        for match in _TIME.finditer(text)
        if re.search(r"[年月日号世:：]", match.group())
    ]
    found = []
    for match in _NUMBER.finditer(text):
        measure = match.lastgroup if match.lastgroup in dict(_UNITS) else ""
        end = match.end()
        if "百分之" in match.group():  # 百分之八十家庭 are no 家
            measure, end = "percent", max(match.end("digits"), match.end("chinese"))
        if match.group("chinese") and not measure:
            continue  # 一 and 十 alone are parts of words
        if re.fullmatch(r"一{1,2}[个名位种项次场家条点天年度片段支]", match.group()):
            continue  # one of a kind, not a count
        if any(start < match.end() and match.start() < end for start, end in taken) and (
            measure not in ("duration", "percent") or re.search(r"\d{4}年|月", match.group())
        ):
            continue
        unit = (match.group(measure) or "") if measure and end == match.end() else ""
        if not measure and _PEOPLE.match(text, end):
            measure = "people"
        fact = fact_at("number", text, match.start(), end)
        found.append(
            Fact(
                kind="number",
                text=fact.text,
                start=fact.start,
                end=fact.end,
                measure=measure,
                unit=unit,
            )
        )
    return tuple(_ranges(text, found))


@lru_cache(maxsize=CACHED)
def times(text: str) -> tuple[Fact, ...]:
    """Dates, spells of time and clock times, each as long as it is written."""
    found = []
    for match in _TIME.finditer(text):
        said = match.group()
        grain: Grain = "year"
        if re.search(r"[:：时点]", said):
            grain = "clock"
        elif re.search(r"[日号]|月(?:初|十|廿)|周|星期|礼拜", said):
            grain = "day"
        elif "月" in said:
            grain = "month"
        found.append(
            Fact(kind="time", text=said, start=match.start(), end=match.end(), grain=grain)
        )
    return tuple(found)


def _ranges(text: str, found: list[Fact]) -> list[Fact]:
    """Facts of one measure with 至 between them as one: 6500元至8000元; and so a spell with its rest: 三年两个月."""
    out: list[Fact] = []
    for fact in found:
        before = out[-1] if out else None
        if before and (
            _is_rest(before, fact)
            or (
                before.unit == fact.unit
                and fact.unit
                and _UP_TO.fullmatch(text, before.end, fact.start)
            )
        ):
            fact = replace(fact, text=text[before.start : fact.end], start=before.start)
            out.pop()
        out.append(fact)
    return out


_SPELLS = "年月周天时分秒"  # from the longest to the shortest


def _is_rest(whole: Fact, rest: Fact) -> bool:
    """Whether a spell goes on behind another one in what is shorter: 三年|两个月, not 两年|三年."""
    if whole.end != rest.start or whole.measure != "duration" or rest.measure != "duration":
        return False
    sizes = [
        next((at for at, one in enumerate(_SPELLS) if one in f.unit), -1) for f in (whole, rest)
    ]
    return -1 < sizes[0] < sizes[1]


def scores(text: str) -> tuple[Fact, ...]:
    """How contests ended: 98：95, 3比2."""
    return tuple(
        Fact(kind="number", text=m.group(), start=m.start(), end=m.end(), measure="score")
        for m in _SCORE.finditer(text)
    )


def ranks(text: str) -> tuple[Fact, ...]:
    """What places were taken: 第四, 第12位."""
    return tuple(
        Fact(kind="number", text=m.group(), start=m.start(), end=m.end(), measure="rank")
        for m in _RANK.finditer(text)
    )


def fact_at(
    kind: Literal["number", "time", "person", "place", "body", "name"],
    text: str,
    start: int,
    end: int,
) -> Fact:
    """The stretch of a text as a fact of a kind."""
    return Fact(kind=kind, text=text[start:end], start=start, end=end)

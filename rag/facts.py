"""Typed facts in a text: numbers with units, times, people, places and bodies, found by rules.

They check what the reader points at (a 多少 needs a number with its unit), complete it (3万 → 3万元)
and stand in as candidates where it points at nothing.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rag.answer_types import ROLE, SURNAMES, Grain, Measure
from rag.insisted import NO_PLACE
from rag.tokens import tag
from rag.types import Span

LONGEST_ROLE = 8  # characters, and more than any of ROLE has
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
        r"(?<=[0-9])小时[0-9]{1,2}分(?:钟|[0-9]{1,2}秒)?|个?(?:小时|钟头|星期|月)|分钟|秒钟?|年(?![0-9]|代|底|初|级|度)|天|周(?!年)"
        rf"|日(?={_WITHIN})",
    ),
    ("people", r"人次|余?人(?!民)|名|位"),
    (
        "count",
        r"℃|摄氏度|[兆千]瓦(?!时)|标准?箱|[场台架辆车班件]次|(?<=[0-9])(?:环(?![境保节形绕比路线])|具(?![有体备])|分(?![之别析布公支局成为享散店开批类期配明给工行流子母歧到]))|个点|千瓦时|大(?=[一-鿿]{2})|单(?![位独元纯身一])|[个处家户条项种类件次场对座所辆台架艘套本部张只头株棵批届级层间栋幢倍支枚篇首起例片块颗点度列班艺集首份卷幅枝节期队组桶趟瓶箱盒袋碗杯册剂针顶床株尊粒根匹副]|余个",
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
_PHOTOGRAPHER = re.compile(r"([一-鿿·]{2,4})[ \u3000]*摄(?=影?(?:[）)。；\s]|$))")
_TAKEN_AS = re.compile(r"以[^，。；]{0,14}$")
_IN_OFFICE = re.compile(rf"[一-鿿“”]{{0,14}}?(?:{ROLE})")
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


def photographers(text: str) -> tuple[Fact, ...]:
    """Who took a photo: the names that stand before 摄."""
    return tuple(fact_at("person", text, *match.span(1)) for match in _PHOTOGRAPHER.finditer(text))


_CALLED = re.compile(rf"[一-鿿]{{0,16}}(?:{ROLE})、?$")


def roles(text: str, name: str) -> tuple[Fact, ...]:
    """What somebody is called directly before the name (市图书馆馆长林远舟 → 市图书馆馆长)."""
    out = []
    for named in re.finditer(re.escape(name), text):
        begin = named.start()
        # Back from the name, role by role: a pattern for all of them would try every way to part them.
        while called := _CALLED.search(text[max(0, begin - 24) : begin]):
            begin -= called.end() - called.start()
        if begin < named.start():
            out.append(fact_at("body", text, begin, named.start()))
    return tuple(out)


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
        if re.fullmatch(r"一{1,2}[个名位种项次场家条点天年度片支]", match.group()):
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


@lru_cache(maxsize=CACHED)
def people(text: str) -> tuple[Fact, ...]:
    """Names of people with the role said directly before or after them."""
    found: list[Fact] = []
    at = 0
    words = tag(text)
    known = {word for word, _ in tag(text, coin=False)}
    for index, (word, flag) in enumerate(words):
        start, at = at, at + len(word)
        # The dictionary calls 弘扬 and 惠民 names: what it knows needs a role beside it.
        if len(word) == 2 and word in known and not _beside_role(text, start, at):
            continue
        called = _common_given_name(words, index)
        if called and (role := _role_before(text, start)):
            end = start + len(called)
            found.append(Fact(kind="person", text=called, start=start, end=end, role=role))
            continue
        if not flag.startswith("nr") or (
            word[0] not in SURNAMES and not re.search(r"[·先女]", word)
        ):
            continue
        end = at
        if len(word) == 1 and index + 1 < len(words) and len(words[index + 1][0]) <= 2:
            follows = words[index + 1]
            if follows[1] in ("x", "p", "c", "u", "v") or not follows[0].isalpha():
                continue
            end = at + len(follows[0])
        if end - start < 2 or (end - start > 4 and not re.search(r"[·a-zA-Z]", text[start:end])):
            continue
        end += _third_character(words, index, end - start)
        named_to = text[end - 1] == "为" and _TAKEN_AS.search(text[:start])
        if end - start > 2 and (
            named_to or (text[end - 1] in "为任" and _IN_OFFICE.match(text, end))
        ):
            end -= 1  # 方岳为市水务局局长, 以方岳为组长
        role = _role_before(text, start)
        found.append(Fact(kind="person", text=text[start:end], start=start, end=end, role=role))
    return tuple(found)


def _role_before(text: str, start: int) -> str:
    found = re.search(rf"(副?(?:{ROLE}))$", text[max(0, start - LONGEST_ROLE) : start])
    return found.group(1) if found else ""


def _common_given_name(words: list[tuple[str, str]], index: int) -> str:
    """A surname and a place or word that is its given name (司机|马|长顺|靠边), where a role stands before them."""
    if index + 2 >= len(words):
        return ""
    (surname, kind), (given, flag), (_, follows) = words[index : index + 3]
    if len(surname) > 1 or surname not in SURNAMES or len(given) != 2:
        return ""
    if len(tag(surname + given[0], coin=False)) == 1 or kind[0] in "pcdu":
        return ""  # 记者|马上|海报: a word; 校长|向|李明: to somebody
    word = kind[0] == "n" and flag in ("ns", "t", "nz") and follows[0] in "vxpdn"
    return surname + given if word or flag == "nr" else ""  # 教师|闻|克俭


def _ranges(text: str, found: list[Fact]) -> list[Fact]:
    """Facts of one measure with 至 between them as one: 6500元至8000元."""
    out: list[Fact] = []
    for fact in found:
        before = out[-1] if out else None
        if (
            before
            and before.unit == fact.unit
            and fact.unit
            and _UP_TO.fullmatch(text, before.end, fact.start)
        ):
            fact = replace(fact, text=text[before.start : fact.end], start=before.start)
            out.pop()
        out.append(fact)
    return out


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


def _third_character(words: list[tuple[str, str]], index: int, size: int) -> int:
    """1 where a name of two goes on (王嘉 | 男 | 、): the tagger takes common ones for words."""
    if size != 2 or len(words[index][0]) != 2 or index + 2 >= len(words):
        return 0
    (word, flag), (after, other) = words[index + 1 : index + 3]
    noun = len(word) == 1 and "一" <= word <= "鿿" and flag[0] in "nabjgz"
    return int(noun and (not after.isalnum() or other == "p"))


def _beside_role(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 8) : start], text[end : end + 6]
    return bool(
        re.search(rf"(?:{ROLE})$", before)
        or re.match(rf"(?:{ROLE}|说|表示|介绍|主持|出席|致辞|认为|指出)", after)
    )


def fact_at(
    kind: Literal["number", "time", "person", "place", "body", "name"],
    text: str,
    start: int,
    end: int,
) -> Fact:
    """The stretch of a text as a fact of a kind."""
    return Fact(kind=kind, text=text[start:end], start=start, end=end)

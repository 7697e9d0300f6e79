"""What a question insists on: names, years and dates without which an article cannot answer it."""

import itertools
import re
from collections.abc import Sequence

from rag.answer_types import SURNAMES
from rag.key_terms import is_common
from rag.passages import sentences
from rag.tokens import fold, tag
from rag.wording import forms, in_chinese, numeral

# What the dictionary calls places, and what are places of no use to tell articles apart.
NO_PLACE = frozenset((
    "美丽", "中国", "我国", "全国", "国内", "本市", "我市", "我省", "城市", "东西", "东", "西", "南", "北",
    "新春", "海外", "国外", "世界", "两国", "全球",
))  # fmt: skip


_NUMERALS = "一二三四五六七八九十"
# 江里, 厂里: no names, though the tagger guesses some to be.
_SOMEWHERE = re.compile(
    r"[江河湖海山村城厂店家楼校院区县市镇乡所馆园场桥站车船屋田地店门水桌]里头?"
)
_COUNTING = re.compile(r"[这那哪某每几两一二三四五六七八九十\d]+")
_COUNTED_WITH = "张支段项包章卷单平成"  # surnames that count things, too: 那张图 names nobody

# What is told of one of them is not told of the next.
_NUMBERED = re.compile(
    rf"(\d+|[{_NUMERALS}]+)"
    r"(号线|号楼|号桥|号馆|号院|号机组|路公交|期工程|标段|号(?=[”」』])|(?:人民|中心|职工)?医院|(?:实验)?[中小]学|幼儿园)"
)

# What only one person at a place is: an article that names no 市长 does not tell what he said.
_OFFICES = frozenset(
    ("市长", "省长", "州长", "县长", "区长", "镇长", "乡长", "部长", "总理", "总统", "首相")
)


def insisted_in(text: str, words: list[tuple[str, str]]) -> tuple[str, ...]:
    """Names, years, dates, offices and quoted words: an article without one of them cannot answer."""
    found: list[str] = []
    for pattern in (
        r"(?<!\d)\d{4}年",
        r"(?<!\d)\d{1,2}月(?:\d{1,2}[日号])?",
        r"(?<![\d月])\d{1,2}日",
        r"[《“‘「『\"]([^》”’」』\"]{2,})[》”’」』\"]",
        r"[A-Za-z][A-Za-z0-9.+-]*\d[A-Za-z0-9.+-]*",
        r"前年|明年|后年",
        r"第(?:[一二三四五六七八九十]{1,3}|\d{1,3})[届轮批]",
        r"(?<![统单专唯划第])[一二终]审(?![判批核查计定议美阅视])",
        r"第\d{1,3}分钟",
    ):
        found += [match.group(match.lastindex or 0) for match in re.finditer(pattern, text)]
    found += [
        word
        for at, (word, flag) in enumerate(words)
        if flag in ("ns", "nr", "nt", "nrt")
        and len(word) >= 2
        and word not in NO_PLACE
        and not (flag in ("nr", "nrt") and is_common(word))
        and not _SOMEWHERE.fullmatch(word)
        and not (len(word) == 3 and word[2] in "要把被")  # 过江|要
        and not (at and words[at - 1][0] in "老小" and word[1] == "家")  # 老|梁家楼|上
        and not (at and _COUNTING.fullmatch(words[at - 1][0]) and word[0] in _COUNTED_WITH)
    ]
    found += [*_priced(text, words), *filter(None, [household(text)])]
    if not any(flag in ("nr", "nrt") for _, flag in words):  # a name says more than an office
        found += [word for word, _ in words if word in _OFFICES]
    return tuple(
        dict.fromkeys(
            fold(name).replace("号", "日") if name[0].isdecimal() else fold(name) for name in found
        )
    )


def household(text: str) -> str:
    """Whose home is asked about first (石有田家有多少亩果园): the tagger takes such a name for words."""
    found = _HOUSEHOLD.match(text)
    return found[1] if found and found[1][0] in SURNAMES and not is_common(found[1]) else ""


# Not 商家, 专家 and the like.
_HOUSEHOLD = re.compile(
    r"([一-鿿]{2}[^商专国大人行厂店农作画玩赢买卖独管居全一])家(?=[有的里种养去今一共每总])"
)


def _priced(text: str, words: list[tuple[str, str]]) -> list[str]:
    """What is bought by weight or piece (猪肉多少钱一斤): a page that has no word of it tells no price of it."""
    asks = _PRICE_OF_ONE.search(text)
    at = 0
    nouns = []
    for word, flag in words:
        named = flag == "n" and len(word) > 1 and not _SOLD_AT.search(word)
        if asks and at < asks.start() and named:
            nouns.append(word)
        at += len(word)
    return nouns[-1:]


_PRICE_OF_ONE = re.compile(
    r"(?:多少|几块)钱?一(?:公?斤|[吨只袋盒瓶箱枚棵株头把捆])|[每一](?:公?斤|[吨只袋盒瓶箱枚棵株头把捆])[^，,]{0,4}?(?:多少|几)(?:元|块|钱)"
)
_SOLD_AT = re.compile(r"市场|菜场|超市|[价费票]|商店|摊")  # no goods themselves


def places_in(words: list[tuple[str, str]]) -> tuple[str, ...]:
    """The places that a question names, folded, without their class word (武汉市: 武汉)."""
    return tuple(
        re.sub(r"(?<=..)[市省县区镇乡村州]$", "", fold(word))
        for word, flag in words
        if flag == "ns" and len(word) >= 2 and word not in NO_PLACE
    )


def mistyped_in(words: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Two-character words that were guessed, with the noun after them: 秦准灯会 may mean another 灯会."""
    out = []
    for (word, flag), (follows, noun) in itertools.pairwise(words):
        guessed = flag in ("nr", "ns", "nz") and len(word) == 2 and len(tag(word, coin=False)) > 1
        if guessed and noun in ("n", "vn") and len(follows) >= 2:
            out.append((fold(word), fold(follows)))
    return tuple(out)


def missing(
    names: Sequence[str], mistyped: Sequence[tuple[str, str]], text: str
) -> tuple[str, ...]:
    """The insisted names and numbers that a folded text does not hold.

    A place's class word may be missing (…市), and so may one character at either end of a longer
    name, because the tagger often takes a neighbour along.
    """
    out = []
    for name in names:
        shown = {*forms(name), re.sub(r"(?<=..)[市省县区镇乡村州]$", "", name), *_counted(name)}
        if len(name) > 3 and not name[0].isdecimal():
            shown |= {name[:-1], name[1:]} if not re.search(r"[a-z]", name) else set()
        if (
            not any(_holds(text, form) for form in shown)
            and not _in_full(name, text)
            and not _in_longer_word(name, text)
            and not _in_two_places(name, text)
            and not _meant(mistyped, name, text)
        ):
            out.append(name)
    return tuple(out)


def said_across(asked: str, name: str, text: str) -> bool:
    """Whether the tagger cut a name out of what the text writes: 金埃 of 刚果金埃博拉, where it has 刚果（金）埃博拉.

    Each of its characters must stand there in three of the question that reach beyond the name.
    """
    at = asked.find(name)
    if at < 0 or not re.fullmatch("[一-鿿]{2,3}", name):
        return False
    plain = re.sub(r"[（）()·“”\s]", "", text)
    end = at + len(name)
    if len(name) == 2 and tag(name[0])[0][1] == "v":
        return asked[at + 1 : end + 2] in plain  # 盖望 of 盖望蓼小学: what was done to 望蓼小学
    return name in plain and all(
        any(
            (begin < at or begin + 3 > end) and asked[begin : begin + 3] in plain
            for begin in range(max(0, place - 2), min(place, len(asked) - 3) + 1)
        )
        for place in range(at, end)
    )


def _counted(name: str) -> set[str]:
    """An ordinal as it may be written (第五轮: 第5轮, 五轮); empty for any other name."""
    found = re.fullmatch(r"第([一二三四五六七八九十]+|\d+)([届轮批])", name)
    if not found or (value := numeral(found.group(1))) is None:
        return set()
    return {f"{number}{found.group(2)}" for number in (str(value), in_chinese(value))}


def _in_full(name: str, text: str) -> bool:
    """Whether a text writes out an office that is named in short (住建局: 住房和城乡建设局)."""
    if not re.fullmatch(r"[一-鿿]{2,4}[部委局厅署办]", name):
        return False
    return re.search("[一-鿿]{0,7}?".join(name), text) is not None


def _in_longer_word(name: str, text: str) -> bool:
    """Whether a text has what is said in short (山地车: 山地自行车): its end is that of a longer word.

    Only of things: another given name, or another town, is another one (李明, 李建明).
    """
    if not re.fullmatch(rf"[一-鿿]{{2,3}}[{_THINGS}]", name):
        return False
    longer = re.findall(rf"{name[:-1]}([一-鿿]{{1,3}}{name[-1]})", text)
    return any(end[0] not in SIDES and len(tag(end, coin=False)) == 1 for end in longer)


SIDES = "东西南北新老旧前后左右上下"  # what stands on another one is another: 柳城南站, 东校区
_THINGS = "车机器站场馆店厂所校赛节展证卡券票费险药茶"


def _in_two_places(name: str, text: str) -> bool:
    """Whether a text says in two places what the name says in one: 13日 and its month, 协和医院 and its town."""
    if day := re.fullmatch(r"(\d{1,2}月)(\d{1,2}日)", name):
        return _holds(text, day[1]) and re.search(rf"(?<![\d月]){day[2]}", text) is not None
    if name in ("前年", "明年", "后年"):
        return re.search(r"\d{4}年", text) is not None  # told otherwise, where the page has its day
    town, body = name[:2], name[2:]
    if len(body) < 4 or town not in text or body not in text:
        return False
    return tag(town, coin=False)[0][1] == "ns"


def _meant(mistyped: Sequence[tuple[str, str]], name: str, text: str) -> bool:
    """Whether a text holds a mistyped name with one other character, before the same noun."""
    return any(
        re.search(f"(?:{name[0]}[一-鿿]|[一-鿿]{name[1]}){re.escape(noun)}", text) is not None
        for word, noun in mistyped
        if word == name
    )


def _holds(text: str, form: str) -> bool:
    if form[0].isdecimal() or form[0] in _NUMERALS:
        return re.search(rf"(?<![\d{_NUMERALS}]){re.escape(form)}", text) is not None
    return form in text


def of_another_number(question: str, told: str) -> bool:
    """Whether line 1 was spoken of last where line 2 is asked about, or the like.

    Args:
        question: What is asked.
        told: The article up to the end of the sentence in question.
    """
    asked = _numbered(question)
    if not asked:
        return False
    for start, end in reversed(sentences(told)):
        found = _numbered(told[start:end])
        if both := asked.keys() & found.keys():
            return any(asked[sort].isdisjoint(found[sort]) for sort in both)
    return False


def _numbered(text: str) -> dict[str, set[int | None]]:
    """The numbers of lines, buildings and the like that a text names, by their sort."""
    out: dict[str, set[int | None]] = {}
    for number, sort in _NUMBERED.findall(fold(text)):
        out.setdefault(sort, set()).add(numeral(number))
    return out

"""The key terms of a question, by how much they tell, and by how near the question word they stand."""

import math
import re
from collections.abc import Sequence

from rag.answer_types import HOW_MUCH
from rag.tokens import fold, tag
from rag.wording import forms

FOCUS_CHARS = 4.0  # within which a term of a question is what it asks about

_ASKING = re.compile(
    rf"(?:担任|出任)?(?:什么|何|啥)(?:职务|身份|职位|头衔)|什么时[候间]|什么地方|什么人|什么|为什么|为何|为啥|啥时候?|啥|多少|{HOW_MUCH}|何[时地处人年]|哪[里儿]|哪[一二三四五六七八九十几两]{{0,2}}[个家所位项些天年日种条部座件点]?(?:方面)?"
    r"|谁|怎么样?|怎样|如何|几[个家位项天年日种条号月处]?|是否|有没有|是不是|能不能|要不要|可不可以|吗"
)
# Words that say nothing of what is asked about.
_FILLING = re.compile(
    r"呢|请问|告诉我|想知道|到底|究竟|一共|总共|分别|讲讲|说说|介绍一下|介绍|谈谈"
    r"|[那这][一两几]?(?:[个位名首项场次条种家件张支座本部篇对群些]|阵子)"
)
_DATE = re.compile(r"(?<!\d)(?:第\d{1,3}[届轮批]|\d{4}年|\d{1,2}月\d{1,2}日|\d{1,2}月|\d{1,2}日)")
_HELPING = "要会能是有在被把让"
STOP = frozenset((
    "的", "了", "是", "在", "有", "和", "与", "及", "把", "被", "给", "对", "为", "从", "到", "于", "以",
    "向", "由", "就", "都", "也", "还", "又", "要", "会", "能", "可以", "需要", "应该", "得", "地", "着",
    "过", "这", "那", "这个", "那个", "这些", "那些", "个", "一个", "一", "其", "他", "她", "它", "我",
    "你", "们", "请", "上", "下", "里", "中", "后", "前", "时", "时候", "用", "做", "叫", "名字", "问题",
    "情况", "东西", "人", "年", "月", "日", "今年", "去年", "没有", "不", "没", "很", "最", "更", "等",
    "吧", "啊", "呀", "之", "所", "而", "进行",
    "上去", "下去", "进去", "出去", "起来", "下来", "出来", "进来", "过来", "回去", "the", "a", "an", "of",
    "is", "are", "was", "were", "in", "on", "at", "to", "and", "did", "do", "does", "for", "by",
    "how", "many", "much", "what", "when", "where", "who", "why", "which",
))  # fmt: skip
_LIGHT = frozenset((
    "市", "省", "县", "区", "发布", "举行", "召开", "开展", "表示", "提出", "活动", "工作", "进行", "公布",
    "举办", "实施", "完成", "达到", "时间", "地点", "原因", "数量", "包括", "包含", "涵盖", "属于", "享受",
    "东西", "全国", "我国", "全市", "全省",
))  # fmt: skip


# Verbs of which a page need have no word where it tells the rest.
_HARDLY_DONE = frozenset(
    ("开始", "不成", "不会", "不再", "继续", "听说", "引起", "引发", "造成", "导致", "发生")
)


def terms_of(text: str) -> tuple[tuple[str, float], ...]:
    """Content words with weights: names 3, nouns 2, verbs and the rest 1, numbers 2."""
    bare = _bare(text)
    terms: dict[str, float] = dict.fromkeys(_DATE.findall(bare), 2.0)
    bare = _DATE.sub(" ", bare)
    for word, flag in _known_verbs(bare):
        word = word.strip()
        if (
            not re.search(r"\w", word)
            or word in STOP
            or (flag in ("uj", "ul", "p", "c", "r", "y", "e", "d") and len(word) < 2)
        ):
            continue
        if (flag in ("r", "y", "c", "p", "zg") and not word.startswith("每")) or (
            len(word) == 1 and not word.isdecimal() and flag[0] not in "nvj"
        ):
            continue
        weight = (
            3.0
            if flag in ("ns", "nt", "nz", "eng") or (flag in ("nr", "nrt") and not is_common(word))
            else 2.0
            if flag[0] in "nmtlij"
            else 1.0
        )
        terms[word] = max(
            terms.get(word, 0.0),
            weight * (0.5 if word in _LIGHT or (len(word) == 1 and len(forms(word)) == 1) else 1.0),
        )
    return tuple(terms.items())


def verbs_of(text: str) -> tuple[str, ...]:
    """What is done, without verbs that say little."""
    return tuple(
        word
        for word, flag in _known_verbs(_bare(text))
        if flag == "v"
        and len(word) > 1
        and word not in STOP | _LIGHT | _HARDLY_DONE
        and not re.search(
            rf"(?:哪些|哪几[个项条种类]|什么){word}\W*$", text
        )  # a sort of things: 做了哪些整改
    )


def coverage(terms: Sequence[tuple[str, float]], folded: str) -> float:
    """The share of the terms' weight that a folded text holds.

    A term is there in any of its forms (rag/wording.py); a longer one that is not counts by the
    share of its character pairs that are.
    """
    total = sum(weight for _, weight in terms)
    return sum(weight * _held(folded, term) for term, weight in terms) / total if total else 0.0


def least_held(terms: Sequence[tuple[str, float]], folded: str) -> float:
    """1 less the weight of the term that a folded text lacks most, as a share of the heaviest term's.

    Most of a question may stand in a text that tells of another town, product or contest.
    """
    most = max((weight for _, weight in terms), default=0.0)
    if not most:
        return 1.0
    return 1.0 - max(weight * (1.0 - _held(folded, term)) for term, weight in terms) / most


def _held(folded: str, term: str) -> float:
    """How much of a term a folded text holds, 0 to 1."""
    if holds(folded, term):
        return 1.0
    pairs = [term[at : at + 2] for at in range(len(term) - 1)] if len(term) > 2 else []
    return 0.7 * sum(pair in folded for pair in pairs) / len(pairs) if pairs else 0.0


def head_of(terms: Sequence[tuple[str, float]], focus: Sequence[tuple[str, float]]) -> str:
    """The weightiest term beside the question word; "" for no terms."""
    near = ((weight * close, term) for (term, weight), (_, close) in zip(terms, focus, strict=True))
    return max(near, default=(0.0, ""))[1]


def holds(folded: str, term: str) -> bool:
    """Whether a folded text has a term in any of its forms; a number not as part of another (31 in 31.5)."""
    if term.isdecimal():
        return re.search(rf"(?<!\d)(?<!\d[.,]){term}(?![.,]?\d)", folded) is not None
    return any(form in folded for form in forms(term))


def is_common(word: str) -> bool:
    """Whether a word that the dictionary calls a name is none: 杜绝, 小姑娘, 盖房子."""
    if len(tag(word, coin=False)) > 1:
        return word[0] in "小老"  # guessed: 小微
    if len(word) == 2 or word[0] in "那这老小":
        return True
    return any(
        len(held) == 1 and held[0][1][:2] not in ("nr", "ns", "nz")
        for held in (tag(word[1:], coin=False), tag(word[:2], coin=False))
    )


def _bare(text: str) -> str:
    """What a question says, without how it asks."""
    return _FILLING.sub(" ", _ASKING.sub(" ", _spelled_out(fold(text))))


def _spelled_out(folded: str) -> str:
    """要不要钱 as 要钱."""
    return re.sub(r"([一-鿿])[不没]\1", r"\1", folded)


def focus_of(text: str, terms: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Terms weighted by their nearness to the question word: 工惠贷 贴息 多少 asks of 贴息."""
    folded = fold(text)
    asked = _ASKING.search(folded)
    left, right = asked.span() if asked else (len(folded), len(folded))
    out = []
    for term, _ in terms:
        at = folded.find(term)
        gap = at - right if at >= right else left - at - len(term)
        out.append((term, math.exp(-max(0, gap) / FOCUS_CHARS)))
    return tuple(out)


def _known_verbs(text: str) -> list[tuple[str, str]]:
    """Tagged words, names guessed where the dictionary has none, but verbs never (要交 is 要 and 交)."""
    out = []
    for word, flag in tag(text):
        if len(word) == 2 and word[1] in _HELPING and len(tag(word, coin=False)) == 2:
            out += tag(word, coin=False)  # 夜航船要: 船要 is no word
            continue
        guessed = flag[0] in "vd" and 2 <= len(word) <= 3 and re.fullmatch(r"[一-鿿]+", word)
        apart = tag(word, coin=False) if guessed else []
        out += apart if len(apart) == 2 else [(word, flag)]
    return out

"""Questions asked of the very sentence that answers them, as somebody asks who has read the page.

    nice python -m vectors.train.inplace --data DATA

Chinese keeps its question words in place: 户外颁证基地90处 becomes 户外颁证基地有多少处？ A question asks
for a figure, a time, a person, somebody's office, a place, an institution, what was done or given, what
something is called, or why. Words that carry little are left out now and then, common verbs are
exchanged, and what the article is about is named beside it. Writes `work/inplace.jsonl` (rows like
`qa_train`). Beside `vectors.train.cloze`, whose answers stand in another sentence, it teaches the
reader the phrases of the news; `vectors.train.answers` asks its pages with it.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rag.answer_types import ROLE
from rag.passages import sentences
from rag.tokens import tag as tagged
from vectors.train.data import WORK, arguments, learned

PATH = WORK / "inplace.jsonl"
CONTEXT = 700
MAX_QUESTION = 44
ARTICLES = 16_000  # of each other file
PER_ARTICLE, PER_PAGE_ARTICLE = 3, 6

Made = tuple[str, str]  # question without its mark, answer

_NUMBER = re.compile(
    r"(?P<count>(?:近|超过?)?\d[\d,]*(?:\.\d+)?(?:[十百千万亿]+)?(?:多|余)?)"
    r"(?P<unit>[%％]|个百分点|美元|欧元|元|平方米|平方公里|公里|千米|米|吨|公斤|亩|公顷|岁|人次|名|位|家|个|项|件|次"
    r"|座|辆|台|架|艘|套|户|条|场次|场|所|处|对|点|倍|分钟|小时|天|年|人)"
)
_DATE = re.compile(
    r"(?:\d{4}年)?\d{1,2}月\d{1,2}日(?:至(?:\d{1,2}月)?\d{1,2}日)?(?:上午|下午|晚)?|\d{4}年(?:\d{1,2}月)?|\d{1,2}日"
)
_QUOTED = re.compile(r"[“《]([^“”《》，。；]{2,18})[”》]")
_CAUSE = re.compile(r"^(?:因为|由于|因)([^，。；]{4,30})，([^，。；]{4,40})")
_PLACE = re.compile(
    r"在([^，。；：、在]{2,16})(举行|召开|开幕|举办|闭幕|启动|揭牌|发布|成立|落成|签约)"
)
_BODY = re.compile(
    r"[\u4e00-\u9fff]{2,14}(?:公司|集团|大学|学院|医院|法院|研究院|委员会|协会|银行|总工会)"
)
_TITLED = re.compile(rf"([\u4e00-\u9fff、]{{0,16}}{ROLE})$")
_VERBS = (
    ("举行", "召开", "举办", "开"), ("赠送", "送", "送出"), ("发放", "发", "发了"), ("达到", "达", "为"),
    ("提供", "给了"), ("共有", "有", "一共有"), ("增长", "涨", "提高"), ("惠及", "帮到"), ("开展", "搞"),
)  # fmt: skip
_OBJECT = {"n", "nz", "vn", "a", "b", "ns", "nt", "nr", "j", "l", "uj", "i", "an"}
_PALE = {"d", "ul", "ad", "uz"}  # adverbs and aspect: a question does without


# The dictionary calls many things a name; those of three characters with a common surname mostly are.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


@lru_cache(maxsize=4096)
def tag(text: str) -> tuple[tuple[str, str], ...]:
    """`rag.tokens.tag`, for clauses that are looked at several times."""
    return tuple(tagged(text))


def _figures(clause: str, random: np.random.Generator) -> Iterator[Made]:
    for item in re.split(r"[，、；：。]", clause):
        for match in _NUMBER.finditer(item):
            before, after, unit = item[: match.start()], item[match.end() :], match["unit"]
            if len(before) + len(after) < 4:
                continue
            what = "百分之多少" if unit in "%％" else f"多少{unit}"
            words = [what, what, "多少"]
            if unit.endswith("元"):
                words.append("多少钱")
            elif len(match["count"]) < 3 and unit not in "%％":
                words.append(f"几{unit}")
            word = str(random.choice(words))
            tail = tag(before)[-1][1] if before else ""
            if not after and tail.startswith("n") and random.random() < 0.7:
                yield (
                    (f"有{word}{before}" if random.random() < 0.3 else f"{before}有{word}"),
                    match.group(),
                )
            else:
                yield f"{before}{word}{after}", match.group()


def _times(clause: str, random: np.random.Generator) -> Iterator[Made]:
    match = _DATE.search(clause)
    if not match:
        return
    rest = (
        clause[: match.start()].rstrip("于在自从，") + clause[match.end() :].lstrip("，")
    ).split("，")
    text = rest[0]
    if not 6 <= len(text) <= MAX_QUESTION:
        return
    day = "日" in match.group()
    year = not day and "月" not in match.group()
    word = str(
        random.choice(["什么时候", "哪天" if day else "哪一年" if year else "哪个月", "何时"])
    )
    words = tag(text)
    at = next((i for i, (w, f) in enumerate(words) if i and (f in ("v", "p") or w == "在")), 0)
    if random.random() < 0.25:
        yield f"{text}是{word}", match.group()
    else:
        yield (
            "".join(w for w, _ in words[:at]) + word + "".join(w for w, _ in words[at:]),
            match.group(),
        )


def _people(clause: str, random: np.random.Generator) -> Iterator[Made]:
    words = tag(clause)
    for at, (word, flag) in enumerate(words):
        if not flag.startswith("nr") or len(word) != 3 or word[0] not in _SURNAMES:
            continue
        before = "".join(w for w, _ in words[:at])
        after = "".join(w for w, _ in words[at + 1 :])
        office = _TITLED.search(before)
        if office and random.random() < 0.4:
            asked = ("是什么人", "是什么职务", "担任什么职务", "的职务是什么")
            yield word + str(random.choice(asked)), office.group().strip("、")
        elif len(after) >= 3:
            kept = before[: office.start()] if office else before
            yield f"{kept}{random.choice(['谁', '谁', '哪位'])}{after}", word


def _objects(clause: str, random: np.random.Generator) -> Iterator[Made]:
    words = tag(clause.rstrip("。；，"))
    start = len(words)
    while start and words[start - 1][1] in _OBJECT:
        start -= 1
    thing = "".join(w for w, _ in words[start:])
    if start < 2 or not 2 <= len(thing) <= 14 or thing.startswith("的"):
        return
    verb, flag = words[start - 1]
    done = verb if flag == "v" else words[start - 2][0] + verb if flag == "ul" else ""
    if not done or verb in ("是", "有", "说", "表示"):
        return
    before = "".join(w for w, _ in words[:start])
    if len(before) < 4:
        return
    head = words[-1][0]
    if len(thing) > len(head) + 1 and len(head) > 1 and random.random() < 0.3:
        yield f"{before}什么{head}", thing
    else:
        yield f"{before}{'了' if flag == 'v' and random.random() < 0.3 else ''}什么", thing


def _places(clause: str, random: np.random.Generator) -> Iterator[Made]:
    match = _PLACE.search(clause)
    if match:
        word = str(random.choice(["哪里", "哪儿", "什么地方"]))
        before = clause[: match.start()].split("，")[-1]
        yield f"{before}在{word}{match[2]}{clause[match.end() :].split('，')[0]}", match[1]


def _bodies(clause: str, random: np.random.Generator) -> Iterator[Made]:
    match = _BODY.search(clause)
    if match:
        name = match.group()
        sort = (
            "哪家公司"
            if name.endswith(("公司", "集团"))
            else str(random.choice(["哪个单位", "哪家"]))
        )
        yield clause[: match.start()] + sort + clause[match.end() :], name


def _names(clause: str, random: np.random.Generator) -> Iterator[Made]:
    match = _QUOTED.search(clause)
    if match:
        word = str(random.choice(["什么", "什么", "哪个"]))
        yield clause[: match.start()] + word + clause[match.end() :], match[1]


def _causes(clause: str, random: np.random.Generator) -> Iterator[Made]:
    match = _CAUSE.match(clause)
    if match:
        done = match[2]
        yield (f"为什么{done}" if random.random() < 0.6 else f"{done}的原因是什么"), match[1]


KINDS: tuple[Callable[[str, np.random.Generator], Iterator[Made]], ...] = (
    _figures, _times, _people, _objects, _places, _bodies, _names, _causes,
)  # fmt: skip


def questions(
    title: str, body: str, random: np.random.Generator, most: int = PER_ARTICLE
) -> Iterator[dict[str, Any]]:
    """Up to so many questions of one article, of different kinds as far as it goes."""
    ranges = sentences(body)
    subjects = [
        word
        for word, flag in tag(title or body[:60])
        if flag in ("ns", "nt", "nr", "nz") and len(word) > 1
    ]
    left = dict.fromkeys(KINDS, 0)
    made = 0
    for at in random.permutation(len(ranges)).tolist():
        start, end = ranges[at]
        sentence = body[start:end].strip()
        for piece in _clauses(sentence):
            order = random.permutation(len(KINDS)).tolist()
            for kind in sorted((KINDS[i] for i in order), key=lambda kind: left[kind]):
                options = list(kind(piece, random))
                if not options:
                    continue
                question, answer = options[int(random.integers(len(options)))]
                text = _spoken(question, answer, subjects, random)
                if text is None:
                    continue
                left[kind] += 1
                made += 1
                yield {
                    "question": text,
                    "context": _around(body, start, answer),
                    "answers": [answer],
                }
                break
            if made == most:
                return


def _clauses(sentence: str) -> Iterator[str]:
    """Parts of a sentence that say something whole; a date keeps what comes after its comma."""
    pieces = [piece for piece in re.split(r"(?<=[，；：])", sentence.rstrip("。！？")) if piece]
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        while len(piece) < 14 and at + 1 < len(pieces):
            at += 1
            piece += pieces[at]
        at += 1
        piece = piece.rstrip("，；：")
        if 8 <= len(piece) <= 60:
            yield piece


def _spoken(
    question: str, answer: str, subjects: list[str], random: np.random.Generator
) -> str | None:
    """The question as people would say it; None if it gives the answer away or says too little."""
    question = re.sub(r"[（(][^）)]*[）)]", "", question)
    if random.random() < 0.7:
        question = re.sub(r"[“”《》]", "", question)
    if random.random() < 0.5:
        question = "".join(w for w, f in tag(question) if f not in _PALE or random.random() < 0.4)
    for group in _VERBS:
        for verb in group[:1]:
            if verb in question and random.random() < 0.4:
                question = question.replace(verb, str(random.choice(group[1:])), 1)
    if len(question) > 26:  # what is asked stands at the question word
        asked = re.search(r"什么|多少|几|谁|哪|何时|为什么", question)
        low = max(0, (asked.start() if asked else 0) - int(random.integers(10, 24)))
        cut = question.find("，", 0, asked.start() if asked else 0)
        question = question[cut + 1 :] if cut >= 0 else question[low:]
    if subjects and random.random() < 0.5:
        subject = subjects[int(random.integers(len(subjects)))]
        if subject not in question and subject not in answer:
            question = subject + ("的" if random.random() < 0.3 else "") + question
    question = question.strip("，、；： ")
    if answer in question or not 6 <= len(question) <= MAX_QUESTION:
        return None
    return question + ("？" if random.random() < 0.8 else "")


def _around(body: str, place: int, answer: str) -> str:
    """The article, or as much of it around the sentence as a context holds."""
    if len(body) <= CONTEXT:
        return body
    place = body.find(answer, place)
    start = max(0, min(place - CONTEXT // 2, len(body) - CONTEXT))
    return body[start : start + CONTEXT]


def make(folder: Path, seed: int) -> Path:
    """Writes the questions, once."""
    if not PATH.exists():
        random = np.random.default_rng(seed)
        beside = PATH.with_suffix(".part")
        with beside.open("w", encoding="utf8") as file:
            for name, most in (
                ("newspaper_pages", PER_PAGE_ARTICLE),
                ("news_dated", PER_ARTICLE),
                ("news_bulk", PER_ARTICLE),
            ):
                most_rows = None if name == "newspaper_pages" else ARTICLES
                for row in islice(learned(folder, name), most_rows):
                    for question in questions(row.get("title") or "", row["body"], random, most):
                        file.write(json.dumps(question, ensure_ascii=False) + "\n")
        beside.replace(PATH)
    return PATH


if __name__ == "__main__":
    options = arguments("Make questions from the sentences that answer them.").parse_args()
    WORK.mkdir(exist_ok=True)
    print(make(options.data, options.seed))

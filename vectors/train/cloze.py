"""Questions made from the news: an answer is cut from one sentence and stands again in another.

The answer is a name, a number or a date; the sentence may be the headline.

    nice python -m vectors.train.cloze --data DATA

Writes `work/cloze.jsonl` (rows like `qa_train`). The reader trains on it beside the real questions:
it teaches to find in the words around an answer what was said of it elsewhere (Hermann et al. 2015,
arXiv:1506.03340; from unlabelled text as in Lewis et al. 2019, arXiv:1906.04980).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rag.passages import sentences
from rag.tokens import tag
from vectors.train.data import WORK, arguments, learned

PATH = WORK / "cloze.jsonl"
MAX_QUESTION = 60
MIN_QUESTION = 8
CONTEXT = 700
PER_ARTICLE = 2

_DATE = re.compile(
    r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|\d{1,2}月|\d{1,2}日|\d{4}年代"
)
_NUMBER = re.compile(
    r"\d[\d,]*(?:\.\d+)?(?:[%％]|[十百千万亿]*(?:多|余)?(?:美元|欧元|元|平方米|平方公里|公里|千米|米|吨|公斤|亩|公顷|岁"
    r"|人次|人|名|位|家|个|项|件|次|座|辆|台|架|艘|套|户|条|场|所|处|万|亿|分钟|小时|天|年))"
)
_WORDS = {
    "nr": ("谁", "哪位", "什么人"),
    "ns": ("哪里", "什么地方", "哪个地方"),
    "nt": ("什么机构", "哪个单位", "哪家机构"),
    "nz": ("什么", "哪个"),
    "date": ("什么时候", "何时", "哪天", "哪一年"),
    "number": ("多少", "多少", "几"),
}


def answers_in(text: str) -> list[tuple[str, str]]:
    """(answer, kind) of the names, dates and numbers in a sentence, each once."""
    found = dict.fromkeys((m.group(), "date") for m in _DATE.finditer(text))
    bare = _DATE.sub(" ", text)
    found |= dict.fromkeys((m.group(), "number") for m in _NUMBER.finditer(bare))
    found |= dict.fromkeys(
        (word, flag) for word, flag in tag(bare) if flag in _WORDS and 2 <= len(word) <= 12
    )
    return list(found)


def asked(sentence: str, answer: str, words: str) -> str | None:
    """The sentence as a question: the clause with the answer and its neighbours, the answer a question word."""
    clauses = [clause for clause in re.split(r"[，,；;：:\s]", sentence) if clause]
    at = next((i for i, clause in enumerate(clauses) if answer in clause), None)
    if at is None:
        return None
    low = high = at
    while sum(map(len, clauses[low : high + 1])) < 14 and (low > 0 or high < len(clauses) - 1):
        if low > 0:
            low -= 1
        else:
            high += 1
    text = "，".join(clauses[low : high + 1])
    # All of them: a second mention would give the answer away.
    text = text.replace(answer, words)
    text = re.sub(r"[。！？!?…”“\"《》（）()]+$", "", text)
    return f"{text}？" if MIN_QUESTION <= len(text) <= MAX_QUESTION else None


def questions(title: str, body: str, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Up to PER_ARTICLE questions of one article."""
    ranges = sentences(body)
    texts = [body[start:end].strip() for start, end in ranges]
    sources = ([(-1, title)] if len(title) >= MIN_QUESTION else []) + list(enumerate(texts))
    random.shuffle(sources)  # type: ignore[arg-type]
    made = 0
    for at, source in sources[:12]:
        options = answers_in(source)
        random.shuffle(options)  # type: ignore[arg-type]
        for answer, kind in options[:3]:
            elsewhere = [i for i, text in enumerate(texts) if i != at and answer in text]
            if not elsewhere or len(elsewhere) > 4:
                continue
            question = asked(source, answer, str(random.choice(_WORDS[kind])))
            if question is None:
                continue
            kept = [text for i, text in enumerate(texts) if i != at]
            context = "".join(kept)
            if len(context) > CONTEXT:
                place = context.find(answer)
                start = max(0, min(place - CONTEXT // 2, len(context) - CONTEXT))
                context = context[start : start + CONTEXT]
            if answer in context:
                yield {"question": question, "context": context, "answers": [answer]}
                made += 1
                break
        if made == PER_ARTICLE:
            return


def make(folder: Path, seed: int) -> Path:
    """Writes the questions, once."""
    if not PATH.exists():
        random = np.random.default_rng(seed)
        beside = PATH.with_suffix(".part")
        with beside.open("w", encoding="utf8") as file:
            for name in ("news_dated", "newspaper_pages", "news_bulk"):
                for row in learned(folder, name):
                    for question in questions(row.get("title") or "", row["body"], random):
                        file.write(json.dumps(question, ensure_ascii=False) + "\n")
        beside.replace(PATH)
    return PATH


if __name__ == "__main__":
    options = arguments("Make questions from the news.").parse_args()
    WORK.mkdir(exist_ok=True)
    print(make(options.data, options.seed))

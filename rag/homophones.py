"""Mistyped words: one of the same sound that the pages have (灯汇 for 灯会)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer_types import kind_of, measure_of
from rag.facts import LANDS
from rag.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A question with a word exchanged."""

    question: str
    typed: str
    meant: str


def corrected(question: Question, texts: Sequence[str]) -> Correction | None:
    """The question with a word that no text holds replaced by one that sounds the same; None for none.

    Whoever types Chinese types sounds: a wrong word nearly always sounds like the right one. Another
    town or another year does not, so that what is really asked for never turns into something else.

    Args:
        question: What was asked, and not answered.
        texts: Folded texts that were found for it, the likeliest first.
    """
    words = [*(word for word, _ in question.terms), *question.insisted]
    for typed in dict.fromkeys(words):
        if not re.fullmatch(r"[一-鿿]{2,6}", typed) or typed not in question.text:
            continue
        if LANDS.fullmatch(re.sub("[省市]$", "", typed)):
            continue  # 陕西 is not meant for 山西
        if any(typed in text for text in texts):
            continue
        alike = re.compile(
            "|".join(f"{typed[:at]}[一-鿿]{typed[at + 1 :]}" for at in range(len(typed)))
        )
        for text in texts:
            for meant in dict.fromkeys(alike.findall(text)):
                asked = question.text.replace(typed, meant)
                if _asks_alike(question, asked) and _sound_alike(typed, meant):
                    return Correction(question=asked, typed=typed, meant=meant)
    return None


def _asks_alike(question: Question, other: str) -> bool:
    """Whether another question asks for the same sort of thing: 年纪 is not meant for 年基 of 2023年基本."""
    kinds = [kind_of(text) for text in (question.text, other)]
    measures = [measure_of(text)[0] for text in (question.text, other)]
    return kinds[0] == kinds[1] and measures[0] == measures[1]


def _sound_alike(one: str, other: str) -> bool:
    from pypinyin import lazy_pinyin  # a third of a second, and most refusals compare nothing

    return bool(lazy_pinyin(one) == lazy_pinyin(other))

"""What people say and what papers print for it: 花钱 and 收费, 不许 and 禁止, 开 and 召开.

A question is asked in everyday words, a page is written in formal ones. A term of a question counts
as held by a text that has any of its forms. They stand in `wording.txt`, an everyday word a line and what
papers print for it behind; only common verbs, nouns and adverbs, and a few names that are said in short.
"""

import re
from collections.abc import Sequence
from functools import cache

from rag.settings import PACKAGE
from rag.tokens import fold, tag


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in (PACKAGE / "wording.txt").read_text("utf8").splitlines():
        said, *printed = line.split()
        table[said] = tuple(dict.fromkeys((*table.get(said, (said,)), *printed)))
    return table


_NUMBER = re.compile(
    r"(第?)([一二三四五六七八九十]{1,3}|(?<=第)\d{1,2})([个月日号条项名位家年天次种届轮批].*)"
)


def forms(term: str) -> tuple[str, ...]:
    """A folded term of a question with what papers print for it, itself first (一月: 1月, 第12届: 第十二届)."""
    known = _table().get(term, (term,))
    number = _NUMBER.fullmatch(term)
    value = numeral(number.group(2)) if number else None
    if number is None or value is None:
        return known
    written = in_chinese(value) if number.group(2).isdecimal() else str(value)
    return (*known, f"{number.group(1)}{written}{number.group(3)}")


def in_words_of(question: str, texts: Sequence[str]) -> str:
    """The question with everyday words that no text holds as the texts print them; itself where all do.

    Args:
        question: What was asked, and not answered.
        texts: Folded texts that were found for it, the likeliest first.
    """
    out = []
    for word, _ in tag(question, coin=False):
        folded = fold(word)
        if len(word) > 1 and not any(folded in text for text in texts):
            whole = [form for form in forms(folded)[1:] if len(form) > 1]
            printed = (form for text in texts for form in whole if form in text)
            word = next(printed, word)
        out.append(word)
    return "".join(out)


@cache
def said(printed: str) -> tuple[str, ...]:
    """The everyday words that a word of print stands for (召开: 开)."""
    return tuple(word for word, held in _table().items() if printed in held[1:])


_ASKED = (
    (r"哪(?:[一两几三]|些)?(?:天|日|号)|几月几[日号]|(?<![一-鿿])几[日号]|几点钟?(?!百分)", "何时"),
    (r"啥时候?|多会儿|哪会儿", "什么时候"),
    (r"为啥|咋会", "为什么"),
    (r"咋", "怎么"),
    (r"干[嘛吗](?=[?？]?$)", "做什么"),
    (r"啥", "什么"),
    (r"哪个人|什么人|哪一?位", "谁"),
)


def plainly(question: str) -> str:
    """The question with the question words that are written most: 哪几天 is 何时, 啥 is 什么.

    A reader that has met few examples of a word does not know what it asks for.
    """
    for spoken, written in _ASKED:
        question = re.sub(spoken, written, question)
    return question


def numeral(text: str) -> int | None:
    """A small whole number in digits or Chinese (七 → 7, 十二 → 12); None if it is none."""
    if text.isdecimal():
        return int(text)
    digits = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
    if "十" in text:
        tens, _, ones = text.partition("十")
        if (tens and tens not in digits) or (ones and ones not in digits):
            return None
        return digits.get(tens, 1) * 10 + digits.get(ones, 0)
    return digits.get(text)


def in_chinese(value: int) -> str:
    """A whole number below 100 as it is written (55 → 五十五)."""
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")

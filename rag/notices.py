"""What is said beside an answer: what it leaves open, and how the question was understood."""

import re
from collections.abc import Sequence

from rag.dates import Period
from rag.homophones import Correction
from rag.messages import say


def joined(*notices: str | None) -> str | None:
    """Notices one behind the other; None for none."""
    return " ".join(filter(None, notices)) or None


def left_open(singles: Sequence[str]) -> str | None:
    """Which parts are not answered."""
    if not singles:
        return None
    asked = "、".join(f"“{single}”" for single in singles)
    return say(f"这些页面没有回答：{asked}", f"These pages do not answer: {asked}")


def left_out(count: int, most: int) -> str | None:
    """That questions were left out because there were too many."""
    if count <= 0:
        return None
    return say(
        f"一次最多回答 {most} 个问题，其余 {count} 个请再问。",
        f"At most {most} questions are answered at once; ask the other {count} again.",
    )


def dropped(count: int) -> str | None:
    """That a model's sentences were left out."""
    if not count:
        return None
    return say(
        f"语言模型有 {count} 句没有通过核对，已略去。",
        f"{count} sentences of the language model failed their check and were left out.",
    )


def meant(days: Sequence[Period | None], corrections: Sequence[Correction | None]) -> str | None:
    """How relative days and mistyped words were understood."""
    typed = dict.fromkeys(filter(None, corrections))
    return joined(
        days_meant(days),
        *(
            say(
                f"这些页面没有“{c.typed}”，按“{c.meant}”来找。",
                f"These pages do not have “{c.typed}”; looked for “{c.meant}”.",
            )
            for c in typed
        ),
    )


def days_meant(periods: Sequence[Period | None]) -> str | None:
    """How words for days were understood that do not name the year themselves."""
    days = dict.fromkeys(one for one in periods if one and not re.match(r"\d{4}年", one.word))
    return joined(*(say(f"“{d.word}”指 {d.shown}。", f"“{d.word}” means {d.shown}.") for d in days))

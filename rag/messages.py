"""What people read, in Chinese by default and in English with WENBAO_LANG=en.

A message is written where it is used, both languages side by side: say("中文", "English").
"""

import os


def english() -> bool:
    """Whether messages are wanted in English."""
    return os.environ.get("WENBAO_LANG", "zh").lower().startswith("en")


def say(chinese: str, in_english: str) -> str:
    """The one of two texts that the user reads."""
    return in_english if english() else chinese


def guessed(what: str, why: str) -> str:
    """What of an article was inferred (a key of `Article.inferred`), and why, in one line."""
    if what == "date":  # what gives it away is told; no day is made of it
        return say(f"日期未定：{why}", f"No date: {why}")
    names = {"title": say("标题", "headline"), "order": say("顺序", "order")}
    return say(f"推断的{names.get(what, what)}：{why}", f"Inferred {names.get(what, what)}: {why}")

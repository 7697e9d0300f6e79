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

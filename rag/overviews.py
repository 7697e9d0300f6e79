"""Which pages an overview is of: 昨天的报纸有哪些报道, 江城日报第3版有什么新闻, 这一版登了什么.

What is left when the words for pages, days and newspapers are taken away is what the reports shall be about
(体育方面有什么新闻): then it is a topic that is asked for.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.dates import Period, meant
from rag.tokens import tag
from rag.wording import numeral

_PAGE_NO = re.compile(
    r"第?\s*[A-D]?0*(?P<number>\d{1,3}|[一二三四五六七八九十]{1,3})\s*版|(?P<front>头版)"
)
_THESE = re.compile(r"[这本此整](?:个|一|份|张|几)*版")
# What asks for reports, whatever they are about: by its form, and then word by word.
_ASKS = re.compile(
    r"(?:[这本此今整那]|当天|今天)(?:一|个|几|些)*(?:份|张|期)?(?:版面|版|页面|页|报纸|报(?!道)|期)"
    r"|版面|报纸|哪些|什么|啥|多少|几[篇条则]|一下|[?？。，,、\s]"
)
_FILLER = re.compile(
    r"请问?|给|我|帮|大致|大概|主要|分别|[一总]共|都|有些?|登载?|刊[登发]|报道?|期|版|讲[讲到]?|说[说到]?|写|谈谈|概括|总结|介绍"
    r"|[关有]于|有关|相关|方面|领域|新闻|文章|消息|内容|主题|[了些着过的是在上里中和与呢吗呀]|[上里中][面间]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which pages, and what about; what is not said is None or empty."""

    days: Period | None = None
    newspaper: str | None = None
    page_no: int | None = None
    topic: str = ""


def scope_of(question: str, newspapers: Sequence[str], today: datetime.date | None) -> Scope:
    """What an overview is asked of.

    Args:
        question: It asks for reports.
        newspapers: Those of the index.
        today: What relative words count from; None where no page says its day.
    """
    days = meant(question, today)
    left = question.replace(days.word, " ") if days else question
    named = max((name for name in newspapers if name in left), key=len, default=None)
    left = left.replace(named, " ") if named else left
    page = None if _THESE.search(left) else _PAGE_NO.search(left)
    number = None
    if page:
        left = f"{left[: page.start()]} {left[page.end() :]}"
        number = 1 if page["front"] else numeral(page["number"])
    words = [word for word, _ in tag(_ASKS.sub(" ", left)) if not _FILLER.fullmatch(word.strip())]
    topic = " ".join("".join(words).split())
    return Scope(days=days, newspaper=named, page_no=number, topic=topic)

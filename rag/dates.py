"""Relative time in a question: which days 昨天, 上周 or 去年 mean; and the day that a page gives away.

They count from the newest page's day, or from WENBAO_TODAY. A page of the day itself and of the day
after tell of it, so the range that is searched reaches one day further.
"""

import calendar
import datetime
import re
from dataclasses import dataclass

from rag.errors import SettingsError
from rag.messages import say

_DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "后天": 2,
}
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}
_WORD = re.compile(
    "|".join(
        [
            *_DAYS,
            *_YEARS,
            "上个?月",
            "本月|这个?月",
            "下个?月",
            "上个?(?:周|星期)",
            "(?:本|这个?)(?:周|星期)",
        ]
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a relative word of a question means; days are inclusive."""

    word: str
    since: datetime.date
    until: datetime.date

    @property
    def shown(self) -> str:
        """The days as the answer's notice tells them."""
        if self.since == self.until:
            return self.since.isoformat()
        return f"{self.since.isoformat()} – {self.until.isoformat()}"


def today_of(setting: str | None, newest: str | None) -> datetime.date | None:
    """The day that relative words count from; None where no page says its day.

    Raises:
        SettingsError: WENBAO_TODAY is no date.
    """
    try:
        if setting:
            return datetime.date.fromisoformat(setting)
        return datetime.date.fromisoformat(newest) if newest else None
    except ValueError as error:
        raise SettingsError(
            say(
                f"WENBAO_TODAY={setting!r} 不是日期。请写成 YYYY-MM-DD。",
                f"WENBAO_TODAY={setting!r} is no date. Write YYYY-MM-DD.",
            )
        ) from error


def period(question: str, today: datetime.date | None) -> Period | None:
    """The days that a question's relative word means; None without such a word or without a today."""
    found = _WORD.search(question)
    if found is None or today is None:
        return None
    word = found.group()
    if word in _DAYS:
        day = today + datetime.timedelta(days=_DAYS[word])
        return Period(word=word, since=day, until=day)
    if word in _YEARS:
        year = today.year + _YEARS[word]
        return Period(word=word, since=datetime.date(year, 1, 1), until=datetime.date(year, 12, 31))
    if word.endswith("月"):
        months = today.year * 12 + today.month - 1 + {"上": -1, "下": 1}.get(word[0], 0)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return Period(
            word=word,
            since=datetime.date(year, month + 1, 1),
            until=datetime.date(year, month + 1, last),
        )
    monday = today - datetime.timedelta(days=today.weekday() + 7 * word.startswith("上"))
    return Period(word=word, since=monday, until=monday + datetime.timedelta(days=6))


_DATELINE = re.compile(r"(?:社|报)[^，。]{0,12}?(\d{1,2})月(\d{1,2})日[^，。]{0,4}电")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")


def day_given_away(text: str) -> str | None:
    """What gives away the day of a page that does not say it: its last dateline and newest year.

    None where no report carries a dateline. The year is named as what it is, a hint: pages look back and
    ahead.
    """
    days = {(int(month), int(day)) for month, day in _DATELINE.findall(text)}
    if not days:
        return None
    month, day = max(days)
    years = [int(year) for year in _YEAR.findall(text)]
    if not years:
        return say(
            f"版面没有写明日期；电头最晚是{month}月{day}日",
            f"the page does not say its day; its last dateline is of {month}-{day}",
        )
    return say(
        f"版面没有写明日期；电头最晚是{month}月{day}日，文中最近的年份是{max(years)}年",
        f"the page does not say its day; its last dateline is of {month}-{day}, its newest year {max(years)}",
    )

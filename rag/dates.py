"""Time in a question: which days 昨天, 上周, 2月以来 or 2024年 mean; and the day that a page gives away.

Relative words count from the newest page's day, or from WENBAO_TODAY. A day in a question is mostly that
of an event: papers tell of it the day after, or announce it days before. So it only speaks for what was
printed about then (`Period.about`). It limits what is looked at where the wording is about the paper
(上周的报道, 2024年的新闻), or where nothing printed earlier can tell of it (2月以来): that is `firm`.
"""

import calendar
import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rag.errors import SettingsError
from rag.messages import say

FIRST_YEAR, LAST_YEAR = 1850, 2200  # of a newspaper's day; 9999-12-31 stands for "not known"
AROUND_DAYS = 3  # before and after an event in which papers tell of it
SUMMED_DAYS = (
    60  # after a month or a year in which they still sum it up; never longer than it lasted
)

_DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "昨晚": -1,
    "今天": 0,
    "今日": 0,
    "今晚": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
}
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}
_WEEKDAYS = "一二三四五六日"
_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0"}

_SMALL = r"(?:\d{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_FRESH = r"(?<![\d.一二三四五六七八九十])"  # a number begins here
# 比去年, 较上月, 去年同期: what something is compared with, not when it was.
_DATE = re.compile(
    rf"(?<![比较跟与])(?:(?P<day_word>{'|'.join(_DAYS)})"
    rf"|(?P<week>上个?|本|这个?)(?:周|星期)(?P<weekday>[{_WEEKDAYS}天])?"
    rf"|(?P<month_word>上个?月|本月|这个?月|下个?月)(?:(?P<day_of_word>{_SMALL})[日号])?"
    rf"|(?:(?P<year>{_FRESH}(?:19|20)\d\d年|[一二][〇零一二三四五六七八九]{{3}}年|{'|'.join(_YEARS)})"
    rf"(?:的?(?P<month_of_year>{_SMALL})月份?(?:(?P<day_of_year>{_SMALL})[日号])?)?)"
    rf"|{_FRESH}(?P<month>{_SMALL})月份?(?:(?P<day>{_SMALL})[日号])?(?![龄薪票])"
    rf"|{_FRESH}(?P<lone_day>\d{{1,2}})[日号](?![内游龄线楼院间后前免]))(?!同期|代)"
)
_LAST = re.compile(
    r"(?:最近|近|过去)(?P<count>\d{1,2}|[一二两三四五六七八九十几半])个?(?P<unit>天|日|周|星期|月)(?:以?来|[内里]|中)?"
)
_UNIT_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "月": 30}
_TO = re.compile(r"\s*(?:至|到|—+|–|-|~|～)\s*")
_SINCE = re.compile(r"(?:底|初|中旬)?(?:以来|至今|迄今)")
_NEWS = (
    r"(?:新闻(?!发布|发言|联播|奖|社|办|中心|出版|学|记者|工作)|报道|消息|文章|稿[子件]|社论|头条|报纸|版面"
    r"|[^，。的]{0,6}(?:日报|晚报|早报|晨报)|《[^》]{1,12}报》)"
)
# 上周的报道, 昨天的报上, 3月5日刊登的, 2024年关于灯会的新闻
_OF_THE_PAPER = re.compile(
    rf"的?{_NEWS}|的报[上纸]|(?:刊登|刊载|刊发|登载)|(?:关于|有关).{{1,20}}的{_NEWS}"
)
_TOPIC = re.compile(r"(?:关于|有关|涉及)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that words of a question mean, inclusive."""

    word: str
    since: datetime.date
    until: datetime.date
    firm: bool = False  # said of the paper, or of what goes on since then: only these days count
    told: bool = True  # what the words mean depends on today, so whoever asks is told

    @property
    def shown(self) -> str:
        """The days as the answer's notice tells them."""
        if self.since == self.until:
            return self.since.isoformat()
        return f"{self.since.isoformat()} – {self.until.isoformat()}"

    @property
    def about(self) -> tuple[datetime.date, datetime.date]:
        """First and last day on which papers tell of what happened in these days."""
        lasted = (self.until - self.since).days + 1
        after = max(AROUND_DAYS, min(lasted, SUMMED_DAYS))
        return (
            self.since - datetime.timedelta(days=AROUND_DAYS),
            self.until + datetime.timedelta(days=after),
        )


def newspaper_day(day: datetime.date) -> datetime.date:
    """The day, if there may be a newspaper of it.

    Raises:
        ValueError: It is of no such year.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"no newspaper of {day}")
    return day


def today_of(setting: str | None, newest: str | None) -> datetime.date | None:
    """The day that relative words count from; None where no page says its day.

    Raises:
        SettingsError: WENBAO_TODAY is no date.
    """
    try:
        if setting:
            return newspaper_day(datetime.date.fromisoformat(setting))
        return datetime.date.fromisoformat(newest) if newest else None
    except ValueError as error:
        raise SettingsError(
            say(
                f"WENBAO_TODAY={setting!r} 不是日期。请写成 YYYY-MM-DD。",
                f"WENBAO_TODAY={setting!r} is no date. Write YYYY-MM-DD.",
            )
        ) from error


def speaks_of_days(question: str) -> bool:
    """Whether there is any word of time to be understood."""
    return bool(_DATE.search(question) or _LAST.search(question))


def meant(question: str, today: datetime.date | None) -> Period | None:
    """The days that a question's words mean: the firm ones if there are any, else the first.

    None without such words, and without a today: pages that do not say their day are not compared.
    """
    if today is None:
        return None
    found = [one for one, _, _ in _periods(question, today)]
    return next((one for one in found if one.firm), found[0] if found else None)


def period(question: str, today: datetime.date | None) -> Period | None:
    """The days that a question's relative words mean, to be told with an answer; None without any.

    今年1月 is told as 今年: what happened in a month is not always printed in it, so that a month is no
    place to look first.
    """
    found = meant(question, today)
    if found is None or today is None or not found.told:
        return None
    year = found.word[:2]
    if found.firm or year not in _YEARS:
        return found
    return replace(_whole_year(today.year + _YEARS[year]), word=year)


def unlimited(question: str) -> str:
    """The question without the words that only limit which days are looked at."""
    # Which words are firm does not depend on today.
    limits = [span for one, *span in _periods(question, datetime.date(2000, 1, 1)) if one.firm]
    for start, end in reversed(limits):
        question = f"{question[:start]} {question[end:]}"
    return question


def _periods(question: str, today: datetime.date) -> Iterator[tuple[Period, int, int]]:
    """The periods that a question speaks of, each with the range of its words."""
    past = 0
    while found := _DATE.search(question, past) or _LAST.search(question, past):
        last = _LAST.search(question, past)
        if last and last.start() <= found.start():
            yield _last_days(last, today), last.start(), last.end()
            past = last.end()
            continue
        past = found.end()
        end, to = found.end(), None
        if (dash := _TO.match(question, end)) and (to := _DATE.match(question, dash.end())):
            past = end = to.end()
        since = _SINCE.match(question, end) if to is None else None
        if since:
            past = end = since.end()
        paper = _OF_THE_PAPER.match(question, end) and not _TOPIC.search(question[: found.start()])
        firm = bool(since or paper)
        one = _resolved(found, today, firm=firm)
        if one and to and (other := _resolved(to, one.since, firm=False)):
            if other.until < one.since:  # 11月至2月
                other = _resolved(to, one.until + datetime.timedelta(days=200), firm=False) or other
            one = replace(one, until=max(one.until, other.until))
        if one and since:
            one = replace(one, until=max(one.since, today))
        if one:
            told = one.told or (firm and found["year"] is None)
            yield (
                replace(one, word=question[found.start() : end], firm=firm, told=told),
                found.start(),
                end,
            )


def _last_days(found: re.Match[str], today: datetime.date) -> Period:
    """近三天, 最近一周: up to today."""
    days = _UNIT_DAYS[found["unit"]]
    count = {"几": 5.0, "半": 0.5, "两": 2.0}.get(found["count"]) or _number(found["count"])
    since = today - datetime.timedelta(days=max(1, round(days * count)) - 1)
    return Period(word=found.group(), since=since, until=today, firm=True)


def _resolved(found: re.Match[str], today: datetime.date, *, firm: bool) -> Period | None:
    """What one date means; where it names no year or month, the nearest to today.

    `firm`: the last one that has begun, because it is about what has been printed. None for a day that
    no calendar has.
    """
    try:
        if word := found["day_word"]:
            return _day(today + datetime.timedelta(days=_DAYS[word]))
        if word := found["week"]:
            days = today.weekday() + 7 * word.startswith("上")
            monday = today - datetime.timedelta(days=days)
            if weekday := found["weekday"]:
                at = _WEEKDAYS.index(weekday.replace("天", "日"))
                return _day(monday + datetime.timedelta(days=at))
            return Period(word="", since=monday, until=monday + datetime.timedelta(days=6))
        if word := found["month_word"]:
            shift = {"上": -1, "下": 1}.get(word[0], 0)
            return _of_month(today, shift, found["day_of_word"])
        if word := found["year"]:
            relative = word in _YEARS
            year = today.year + _YEARS[word] if relative else _year(word)
            month, day = found["month_of_year"], found["day_of_year"]
            return replace(_in_year(year, month, day), told=relative)
        choices = (
            _choices(lambda shift: _of_month(today, shift, found["lone_day"]))
            if found["lone_day"]
            else _choices(lambda shift: _in_year(today.year + shift, found["month"], found["day"]))
        )
        if firm:
            choices = [one for one in choices if one.since <= today]
        nearest = min(choices, key=lambda one: abs((one.since - today).days))
        return replace(nearest, told=False)
    except ValueError:
        return None


def _choices(of: Callable[[int], Period]) -> list[Period]:
    """Those around today that the calendar has."""
    out = []
    for shift in (-2, -1, 0, 1):
        try:
            out.append(of(shift))
        except ValueError:  # there is no 30日 in February
            continue
    return out


def _day(day: datetime.date) -> Period:
    return Period(word="", since=day, until=day)


def _whole_year(year: int) -> Period:
    return Period(word="", since=datetime.date(year, 1, 1), until=datetime.date(year, 12, 31))


def _in_year(year: int, month: str | None, day: str | None) -> Period:
    """A year, a month or a day of it.

    Raises:
        ValueError: There is no such month or day.
    """
    if month is None:
        return _whole_year(year)
    return _of_month(datetime.date(year, _number(month), 1), 0, day)


def _of_month(today: datetime.date, shift: int, day: str | None) -> Period:
    """The month of a day, so many months on, or a day of it.

    Raises:
        ValueError: There is no such day.
    """
    year, month = divmod(today.year * 12 + today.month - 1 + shift, 12)
    first = datetime.date(year, month + 1, 1)
    if day is not None:
        return _day(first.replace(day=_number(day)))
    last = calendar.monthrange(year, month + 1)[1]
    return Period(word="", since=first, until=first.replace(day=last))


def _year(word: str) -> int:
    return int("".join(_DIGITS.get(char, char) for char in word[:4]))


def _number(text: str) -> int:
    """A number up to 39, in digits or Chinese."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int(_DIGITS.get(text, text))
    return int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(ones, "0"))


_SAID_OF_A_DAY = re.compile("|".join(_DAYS))


def with_days(text: str, printed: str | None) -> str:
    """The text with its day beside each word that means one: 昨日 as 昨日3月3日 in a paper of 4 March."""
    if printed is None:
        return text
    day = datetime.date.fromisoformat(printed)

    def told(found: re.Match[str]) -> str:
        meant = day + datetime.timedelta(days=_DAYS[found.group()])
        return f"{found.group()}{meant.month}月{meant.day}日"

    return _SAID_OF_A_DAY.sub(told, text)


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

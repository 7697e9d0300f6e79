import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Assistant, Index
from rag.dates import meant, period, today_of, unlimited
from rag.errors import SettingsError
from tests.conftest import BRIDGE, SCHOOL

TODAY = datetime.date(2024, 3, 6)  # a Wednesday


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("昨天通车的桥多长？", "2024-03-05", "2024-03-05"),
        ("上周开了什么会？", "2024-02-26", "2024-03-03"),
        ("本月谁来了？", "2024-03-01", "2024-03-31"),
        ("上个月谁来了？", "2024-02-01", "2024-02-29"),
        ("去年有多少人？", "2023-01-01", "2023-12-31"),
    ],
)
def test_relative_words_mean_days(question: str, since: str, until: str) -> None:
    """Counted from the newest page's day."""
    found = period(question, TODAY)
    assert found is not None
    assert (found.since.isoformat(), found.until.isoformat()) == (since, until)


def test_without_a_day_nothing_is_guessed() -> None:
    """A page that does not say its day gives relative words no meaning."""
    assert period("昨天通车的桥多长？", None) is None
    assert period("桥多长？", TODAY) is None


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("上周的报道", "2024-02-26", "2024-03-03"),
        ("昨天的《青石日报》", "2024-03-05", "2024-03-05"),
        ("2023年的新闻", "2023-01-01", "2023-12-31"),
        ("二〇二三年12月的新闻", "2023-12-01", "2023-12-31"),
        ("12月的新闻", "2023-12-01", "2023-12-31"),
        ("2月以来", "2024-02-01", "2024-03-06"),
        ("去年十一月以来", "2023-11-01", "2024-03-06"),
        ("11月至2月的报道", "2023-11-01", "2024-02-29"),
        ("2月20日到26日的报纸", "2024-02-20", "2024-02-26"),
        ("最近一周", "2024-02-29", "2024-03-06"),
        ("31日的报纸", "2024-01-31", "2024-01-31"),
    ],
)
def test_words_about_the_paper_are_firm(question: str, since: str, until: str) -> None:
    """They say which pages are meant; a day without a year or a month is the last one."""
    found = meant(question, TODAY)
    assert found is not None
    assert found.firm
    assert (found.since.isoformat(), found.until.isoformat()) == (since, until)
    assert not any(char.isdecimal() or char in "周昨" for char in unlimited(question))


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("3月9日的灯会几点开始？", "2024-03-09", "2024-03-09"),
        ("上周三谁来了？", "2024-02-28", "2024-02-28"),
        ("2023年新闻发布会上谁讲话？", "2023-01-01", "2023-12-31"),
        ("关于2023年的报道", "2023-01-01", "2023-12-31"),
        ("今年1月的客流", "2024-01-01", "2024-01-31"),
        ("从4月1日起需要预约吗？", "2024-04-01", "2024-04-01"),
    ],
)
def test_the_day_of_an_event_is_not_firm(question: str, since: str, until: str) -> None:
    """Papers announce it before and tell of it after; the words stay in the question."""
    found = meant(question, TODAY)
    assert found is not None
    assert not found.firm
    assert (found.since.isoformat(), found.until.isoformat()) == (since, until)
    assert unlimited(question) == question


@pytest.mark.parametrize(
    "question",
    ["比去年增长多少？", "较上月高吗？", "去年同期多少？", "三个月大", "3日游", "13月5日", "2020年代", "2月30日"],
)  # fmt: skip
def test_what_only_looks_like_a_day_means_none(question: str) -> None:
    """What something is compared with, how long it lasts, and days that no calendar has."""
    assert meant(question, TODAY) is None


def test_a_month_of_an_event_is_told_as_its_year() -> None:
    """An answer about January is not looked for in January's pages alone."""
    found = period("今年1月来了多少人？", TODAY)
    assert found is not None
    assert (found.word, found.shown) == ("今年", "2024-01-01 – 2024-12-31")


def test_a_wrong_today_is_named() -> None:
    """WENBAO_TODAY must be a date."""
    with pytest.raises(SettingsError, match="WENBAO_TODAY"):
        today_of("tomorrow", None)


def test_the_days_that_were_used_are_shown(
    tmp_path: Path, bulk: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for yesterday sees which day that is."""
    monkeypatch.setenv("WENBAO_TODAY", "2024-03-06")
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE, SCHOOL)])
        answer = Assistant(index).ask("昨天通车的青石大桥全长多少米？")
        assert answer.spans[0].text == "1280米"
        assert answer.notice is not None
        assert "2024-03-05" in answer.notice

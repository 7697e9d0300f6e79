import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Assistant, Index
from rag.dates import period, today_of
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

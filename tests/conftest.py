"""What tests share: the real page, an index of it, and small pages of our own writing."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hypothesis  # noqa: F401  its plugin would import it at the end, when gradio has changed the stack
import pytest

from rag import Answer, Assistant, Index
from rag.citations import MARKER
from rag.settings import shipped
from rag.testing import HashEncoder


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WENBAO_")]:
        monkeypatch.delenv(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI whatever is skipped is a failure."""
    if os.environ.get("WENBAO_NO_SKIPS") and terminalreporter.stats.get("skipped"):
        pytest.exit("tests were skipped", returncode=1)


@pytest.fixture(scope="session")
def seeds() -> Path:
    return shipped("seeds")


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Index]:
    """The real page, indexed as a user would: shipped encoder, shipped reader. Only for reading."""
    with Index.open(tmp_path_factory.mktemp("seed") / "index") as index:
        report = index.update([seeds])
        assert not report.failed
        yield index


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index whose encoder is a fake that is quick and easy to reason about."""
    with Index.open(tmp_path / "index", HashEncoder()) as index:
        yield index


@pytest.fixture
def bulk(tmp_path: Path) -> Callable[..., Path]:
    """Writes articles to a .jsonl file."""

    def write(*articles: dict[str, object], name: str = "news.jsonl") -> Path:
        path = tmp_path / name
        lines = (json.dumps(article, ensure_ascii=False) for article in articles)
        path.write_text("\n".join(lines) + "\n", "utf8")
        return path

    return write


BRIDGE = {
    "id": "bridge",
    "title": "跨江大桥通车",
    "body": "本报讯 3月5日，青石大桥正式通车。大桥全长1280米，总投资9.6亿元。\n通车后，两岸车程缩短到十分钟。",
    "date": "2024-03-06",
    "newspaper": "青石日报",
    "page_no": 1,
}
SCHOOL = {
    "id": "school",
    "title": "新学校开学",
    "body": "柳湾小学昨天迎来首批360名新生。校长陈晓兰说，学校设有图书馆和天文台。",
    "date": "2024-09-02",
    "newspaper": "柳湾晚报",
    "page_no": 3,
}
MARKET = {"id": "market", "title": "", "body": "城东菜市场周末延长营业到晚上九点，摊位费减半。"}


@pytest.fixture
def three(index: Index, bulk: Callable[..., Path]) -> Index:
    """An index of three short articles: two dated and named, one without either."""
    assert index.update([bulk(BRIDGE, SCHOOL, MARKET)]).added == 3
    return index


# An article that goes on on another page of its issue.
FIRST_PAGE = """\
青石日报
2024年3月6日 星期三 第1版

大桥昨日正式通车
本报讯（记者 张三）青石大桥昨日正式通
车，全长一千二百八十米，总投资九亿六
千万元。市长在通车仪式上说，今后过江只要
（下转第四版）
"""
FOURTH_PAGE = """\
青石日报
2024年3月6日 星期三 第4版

（上接第一版）十分钟，比过去节省一个小
时。大桥由本地企业设计建造，历时三年
完工。

柳湾小学昨天迎来首批三百六十名新生，校长说，
学校设有图书馆和天文台，也有一片菜地和果园。
"""


@contextmanager
def answering(folder: Path, reports: Sequence[dict[str, str]]) -> Iterator[Assistant]:
    """Answers from articles that are given as rows of a .jsonl file."""
    source = folder / "reports.jsonl"
    source.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in reports), "utf8")
    with Index.open(folder / "index") as index:
        index.update([source])
        yield Assistant(index)


def proven(answer: Answer, index: Index) -> Answer:
    """The answer, once every promise about its parts has been looked up."""
    markers = {int(found) for found in MARKER.findall(answer.text)}
    assert markers == {citation.marker for citation in answer.citations}
    for citation in answer.citations:
        article = index.article(citation.article_id).article
        assert article.text[citation.start : citation.end] == citation.quote
        assert citation.quote
    for span in answer.spans:
        assert any(span.text in citation.quote for citation in answer.citations)
    json.dumps(answer.to_json())
    return answer

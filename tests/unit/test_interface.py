"""What the page shows, apart from a browser: places in articles, contents, uploads."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from rag import Index
from rag.cli import _interface
from rag.types import Answer, Citation, Span
from tests.conftest import FOURTH_PAGE

pytest.importorskip("gradio")


def part(name: str) -> Any:
    """A module of the interface, which travels under another name in a wheel."""
    return importlib.import_module(f"{_interface().__name__}.{name}")


def test_the_words_that_answer_are_marked_where_they_stand() -> None:
    """A span of the article is marked in its quote, though the same words stand there before."""
    text = "昨天开了一个会。参加的有3人，后来又来了3人。"
    start = text.index("参加")
    citation = Citation(
        marker=1, article_id="a", page_id="p", title="", label="", newspaper=None, date=None,
        page_no=None, source="", quote=text[start:], start=start, end=len(text),
    )  # fmt: skip
    second = text.rindex("3人")
    answer = Answer(
        status="answered",
        text="3人",
        query="来了几人",
        spans=(Span(text="3人", start=second, end=second + 2, score=1.0),),
        citations=(citation,),
    )
    place = part("places").cited_place(answer, citation)
    assert (place.quote, place.answers) == ((start, len(text)), ((second, second + 2),))


def test_the_contents_begin_with_the_newest_day(index: Index, tmp_path: Path) -> None:
    """And what has no day comes last."""
    days = {"甲": "2024-03-01", "乙": None, "丙": "2024-03-03", "丁": "2024-03-02"}
    lines = [
        json.dumps({"id": name, "title": name, "body": "正文。", "date": day}, ensure_ascii=False)
        for name, day in days.items()
    ]
    source = tmp_path / "news.jsonl"
    source.write_text("\n".join(lines), "utf8")
    index.update([source])
    shown = part("render").contents_html(index.articles(newest=True), 4)
    assert re.findall(r">([甲乙丙丁])</a>", shown) == ["丙", "丁", "甲", "乙"]


def test_an_upload_leaves_another_alone(index: Index, tmp_path: Path) -> None:
    """Two people drop in pages at once; what is still to be read stays."""
    folder = tmp_path / "uploads"
    waiting = folder / "other" / "page.txt"
    waiting.parent.mkdir(parents=True)
    waiting.write_text(FOURTH_PAGE, "utf8")
    mine = tmp_path / "mine.txt"
    mine.write_text("城东菜市场周末延长营业到晚上九点，摊位费减半。\n", "utf8")
    report, fresh = part("uploads").take_in(index, [str(mine)], folder)
    assert (report.added, len(fresh)) == (1, 1)
    assert waiting.read_text("utf8") == FOURTH_PAGE
    waiting.unlink()
    waiting.parent.rmdir()
    mine.write_text("西山林火昨夜已扑灭。\n", "utf8")
    part("uploads").take_in(index, [str(mine)], folder)
    assert not folder.exists()

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Index
from rag.bulk import MAX_LINE_BYTES, BulkLine, first_words, read_line, read_lines
from rag.errors import PageFormatError, PageReadError
from rag.pages import drawn, read_pages
from rag.printing import Progress
from tests.conftest import BRIDGE, MARKET


def read(row: object) -> object:
    data = row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode()
    return read_line(BulkLine(number=7, data=data), "news.jsonl")


def test_a_line_is_an_article_with_its_facts() -> None:
    """What a line says is what the index holds, word for word."""
    page = read(
        {"id": 12, "title": "标题 一", "body": "第一段 2 月。\n第二段。", "date": "2024-05-01T08:00:00",
         "newspaper": "某报", "page_no": "4"}
    )  # fmt: skip
    (article,) = page.articles  # type: ignore[attr-defined]
    assert (article.article_id, article.title) == ("12", "标题 一")
    assert article.text == "第一段 2 月。\n第二段。"
    assert (page.date, page.newspaper, page.page_no) == ("2024-05-01", "某报", 4)  # type: ignore[attr-defined]


def test_only_the_body_is_required_and_null_counts_as_absent() -> None:
    """An article without a title gets a label of its own words, and an id that its text makes."""
    one, two = (read({"body": "没有标题的一篇。", "title": title}) for title in (None, ""))
    assert one == two
    (article,) = one.articles  # type: ignore[attr-defined]
    assert (article.title, article.label) == ("", "没有标题的一篇。")
    assert article.article_id.startswith("a")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (b"{not json", "不是 JSON"),
        (b'["a"]', "不是 JSON 对象"),
        ({"title": "只有标题"}, "没有 body"),
        ({"body": "  \n "}, "没有 body"),
        ({"body": ["x"]}, "body 不是文字"),
        ({"body": "x", "date": "明天"}, "不是 YYYY-MM-DD"),
        ({"body": "x", "date": "2024-02-30"}, "不是 YYYY-MM-DD"),
        ({"body": "x", "date": "9999-12-31"}, "不是 YYYY-MM-DD"),
        ({"body": "x", "page_no": "头版"}, "page_no 不是整数"),
        ({"body": "x", "page_no": True}, "page_no 不是整数"),
        ({"body": "x", "page_no": "9" * 5000}, "page_no 不是整数"),
        (b"[" * 100_000, "不是 JSON"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(row: object, what: str) -> None:
    """One clear sentence tells where to mend the file."""
    with pytest.raises(PageFormatError, match=f"news.jsonl 第 7 行.*{what}"):
        read(row)


def test_a_half_of_a_character_does_not_break_the_store() -> None:
    """A lone surrogate from a careless program becomes a mark that can be kept."""
    (article,) = read(b'{"body": "a\\ud800b"}').articles  # type: ignore[attr-defined]
    assert article.text == "a?b"


def test_a_bulk_file_is_read_line_by_line(tmp_path: Path) -> None:
    """`wenbao read` shows its articles, not its braces."""
    path = tmp_path / "news.jsonl"
    path.write_text(
        '{"id": "a", "title": "大桥通车", "body": "昨天。"}\n\n{"body": "今天。"}\n', "utf8"
    )
    first, second = read_pages(path)
    assert [one.text for one in (*first.articles, *second.articles)] == ["昨天。", "今天。"]
    assert first.articles[0].title == "大桥通车"
    assert "大桥通车" in drawn(path)
    path.write_text("\n", "utf8")
    with pytest.raises(PageFormatError, match="是空的"):
        read_pages(path)


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    with pytest.raises(PageReadError, match="无法读取"):
        list(read_lines(tmp_path / "no.jsonl"))


def test_a_label_is_the_first_words_and_says_where_it_breaks_off() -> None:
    """A list of articles shows a line for each, however long they are and wherever their lines break."""
    assert first_words("柳湾小学\n 昨天开学。") == "柳湾小学 昨天开学。"
    assert (
        first_words("一二三四五六七八九十" * 3) == "一二三四五六七八九十一二三四五六七八九十一二三…"
    )


def test_a_line_that_is_too_long_is_one_line(index: Index, tmp_path: Path) -> None:
    """It is reported as what it is, and those after it by the numbers that an editor shows."""
    path = tmp_path / "news.jsonl"
    too_long = json.dumps({"body": "x" * (2 * MAX_LINE_BYTES)})
    blank = " " * (MAX_LINE_BYTES + 2)
    lines = [
        '{"id": "a", "body": "昨天。"}',
        too_long,
        "{",
        "",
        blank,
        '{"id": "b", "body": "今天。"}',
    ]
    path.write_text("\n".join(lines), "utf8")
    report = index.update([path])
    assert [source for source, _ in report.failed] == [f"{path}:{number}" for number in (2, 3, 5)]
    assert [why.removeprefix(f"{path} ").partition("，")[0] for _, why in report.failed] == [
        "第 2 行超过 16 MB", "第 3 行不是 JSON", "第 5 行超过 16 MB",
    ]  # fmt: skip
    assert [one.article.article_id for one in index.articles()] == ["a", "b"]


def test_a_file_without_line_breaks_does_not_fill_memory(tmp_path: Path) -> None:
    """Some other file under the name of a .jsonl is one line that is too long."""
    path = tmp_path / "disk.jsonl"
    with path.open("wb") as file:
        file.truncate(8 * MAX_LINE_BYTES)
    tracemalloc.start()
    try:
        (line,) = read_lines(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (line.number, line.too_long) == (1, True)
    assert most < 3 * MAX_LINE_BYTES


def test_each_job_tells_how_far_it_is(
    index: Index, bulk: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """In a log, `index --rebuild PATH…` shows that the update has begun when the rebuild is over."""
    kept, fresh = bulk(BRIDGE, name="kept.jsonl"), bulk(MARKET, name="fresh.jsonl")
    index.update([kept])
    with Progress() as progress:
        index.rebuild(progress)
        index.update([kept, fresh], progress)
    assert capsys.readouterr().err == "0% kept.jsonl\n0% kept.jsonl\n50% fresh.jsonl\n"

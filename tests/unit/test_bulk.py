import json
from pathlib import Path

import pytest

from rag.bulk import BulkLine, read_line, read_lines
from rag.errors import PageFormatError, PageReadError
from rag.pages import drawn, read_pages


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

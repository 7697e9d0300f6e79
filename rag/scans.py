"""A scan or photo → printed lines, by offline character recognition. The only importer of rapidocr."""

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Any

from rag.errors import PageFormatError
from rag.geometry import Printed
from rag.messages import say

LARGER = 1.2  # times the size of most letters: a headline
SAME = 1.25  # a headline that is smaller by less is of the same size
LEAST_SURE = 0.5  # a line that was recognised less surely is no text
MAX_PAGES = 200  # of a TIFF: each takes seconds
_TIFF = (b"II*\0", b"MM\0*")
_PART_OF = 254  # the field of a TIFF that says what an image in it is
_NO_PAGE = 1 | 4  # a smaller copy of another one, or its mask
_ONE_AT_A_TIME = Lock()


def read_scan(data: bytes, source: str) -> list[list[Printed]]:
    """The lines of each page of an image, places in pixels; a page without text has none.

    Raises:
        PageFormatError: It is damaged, holds no text, or has too many pages.
        ImportError: Character recognition is not installed.
    """
    return _recognised(_images(data, source), source)


def _recognised(images: Iterable[Any], source: str) -> list[list[Printed]]:
    engine = _engine()
    pages: list[list[Printed]] = []
    damage: PageFormatError | None = None
    with _ONE_AT_A_TIME:
        for image in images:
            try:
                pages.append(_printed(engine, image, source))
            except PageFormatError as error:
                damage = error  # a damaged page; the others are read
    if any(pages):
        return pages
    raise damage or PageFormatError(
        say(
            f"{source} 里没有认出文字。请换清楚一些的图片。",
            f"No text was recognised in {source}. Use a clearer image.",
        )
    )


def _images(data: bytes, source: str) -> Iterator[Any]:
    """The pages of an image file as the engine takes them: of a TIFF one after the other."""
    if not data.startswith(_TIFF):
        yield data
        return
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            for number in _numbers(image, source):
                image.seek(number)
                yield image
    except PageFormatError:
        raise
    except Exception as error:
        raise _damaged(source) from error


def _numbers(image: Any, source: str) -> list[int]:
    """Which images of a TIFF are pages; where the way to the next one is lost, there is none."""
    found: list[int] = []
    for number in range(MAX_PAGES + 1):
        try:
            image.seek(number)
        except (EOFError, OSError, ValueError, KeyError, TypeError, SyntaxError, struct.error):
            return found or [0]
        if not image.tag_v2.get(_PART_OF, 0) & _NO_PAGE:
            found.append(number)
    raise PageFormatError(
        say(
            f"{source} 有不止 {MAX_PAGES} 页。请拆成几个文件。",
            f"{source} has more than {MAX_PAGES} pages. Split it into several files.",
        )
    )


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})


def _printed(engine: Any, image: Any, source: str) -> list[Printed]:
    """The lines of one image."""
    try:
        found = engine(image)
    except Exception as error:
        raise _damaged(source) from error
    lines = [
        _line(box, text)
        for box, text, score in zip(
            found.boxes if found.boxes is not None else (),
            found.txts or (),
            found.scores or (),
            strict=True,
        )
        if score >= LEAST_SURE and text.strip()
    ]
    return _snapped(lines) if lines else []


def _damaged(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 不是完好的图片。请重新扫描或换一个文件。",
            f"{source} is no sound image. Scan it again or use another file.",
        )
    )


def _snapped(lines: list[Printed]) -> list[Printed]:
    """The lines with the letter sizes of a print shop: boxes found in an image waver by a tenth."""
    letters = sorted(size for line in lines for size in [line.size] * len(line.text))
    body = letters[len(letters) // 2]
    snapped: dict[float, float] = {}
    step = float("inf")
    for size in sorted({line.size for line in lines}, reverse=True):
        if size * SAME < step:
            step = size
        snapped[size] = step if size >= LARGER * body else body
    # The box of a word or two says little of its height.
    return [
        replace(line, size=body if len(line.text) < 4 else snapped[line.size]) for line in lines
    ]


def _line(box: Any, text: str) -> Printed:
    xs, ys = [float(x) for x, _ in box], [float(y) for _, y in box]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    # The box stands off the letters on every side.
    high = bottom - top
    return Printed(
        text.strip(),
        left + 0.15 * high,
        top + 0.1 * high,
        right - 0.15 * high,
        bottom - 0.1 * high,
        0.8 * high,
    )

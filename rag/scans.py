"""A scan or photo → printed lines, by offline character recognition. The only importer of rapidocr."""

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
_ONE_AT_A_TIME = Lock()


def read_scan(data: bytes, source: str) -> list[Printed]:
    """The lines of an image, places in pixels.

    Raises:
        PageFormatError: It is damaged or holds no text.
        ImportError: Character recognition is not installed.
    """
    engine = _engine()
    with _ONE_AT_A_TIME:
        try:
            found = engine(data)
        except Exception as error:
            raise PageFormatError(
                say(
                    f"{source} 不是完好的图片。请重新扫描或换一个文件。",
                    f"{source} is no sound image. Scan it again or use another file.",
                )
            ) from error
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
    if not lines:
        raise PageFormatError(
            say(
                f"{source} 里没有认出文字。请换清楚一些的图片。",
                f"No text was recognised in {source}. Use a clearer image.",
            )
        )
    return _snapped(lines)


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})


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

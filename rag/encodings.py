"""Bytes → text, in whatever encoding Chinese pages come."""

import codecs
import re
import unicodedata

from rag.errors import PageFormatError
from rag.messages import say

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, source: str) -> str:
    """Text in whatever encoding Chinese pages come: UTF-8, UTF-16, UTF-32, GB18030, Big5.

    Raises:
        PageFormatError: It is binary, or in none of these.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _cleaned(_decoded(data, name, source))
    if not data.strip():
        return ""
    if b"\0" in data[:4096]:
        wide = _wide_encoding(data)
        if wide is None:
            raise _binary(source)
        return _cleaned(_decoded(data, wide, source))
    try:
        return _cleaned(data.decode("utf8"))
    except UnicodeDecodeError:
        pass
    options = []
    for name in ("gb18030", "big5", "big5hkscs"):
        try:
            options.append((_plausible(data.decode(name)), name))
        except UnicodeDecodeError:
            continue
    if options and max(options)[0] > 0.5:
        return _cleaned(data.decode(max(options, key=lambda option: option[0])[1]))
    return _cleaned(_guessed(data, source))


def _decoded(data: bytes, name: str, source: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise _garbled(source) from error


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark: zero bytes at every other place, or characters that make sense."""
    even = data[: len(data) & ~1][:65536]
    best = None
    for name in ("utf-16-le", "utf-16-be"):
        try:
            share = _plausible(even.decode(name))
        except UnicodeDecodeError:
            continue
        if share > 0.9 and (best is None or share > best[0]):
            best = (share, name)
    return best[1] if best and len(data) % 2 == 0 else None


def _guessed(data: bytes, source: str) -> str:
    """Damaged text: whatever encoding leaves most of it readable."""
    from charset_normalizer import from_bytes

    found = from_bytes(data[:65536]).best()
    name = found.encoding if found is not None else "gb18030"
    best = max(
        (data.decode(option, "replace") for option in dict.fromkeys(("utf8", "gb18030", name))),
        key=_plausible,
    )
    if _plausible(best) < 0.7:
        raise _garbled(source)
    return best


def _plausible(text: str) -> float:
    """Share of characters that Chinese pages are made of; rare ideographs speak against a guess."""
    sample = text[:20_000]
    good = 0.0
    for char in sample:
        if char in "的一是在有人不了国中大和年市工会上月日这為與個們來時國說":
            good += 1.5
        elif "\u4e00" <= char <= "\u9fff" or char.isspace() or "\u3000" <= char <= "\u303f":
            good += 1.0
        elif char.isascii():
            good += 1.0 if char.isprintable() else -1.0
        elif "\uff00" <= char <= "\uffef" or char in "“”‘’—…·●":
            good += 1.0
        elif char == "\ufffd" or unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs"):
            good -= 1.0
        else:
            good -= 0.2
    return good / max(1, len(sample))


def _cleaned(text: str) -> str:
    """One kind of line break; no byte-order marks, no NUL."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("[\x0b\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return text.replace("\ufeff", "").replace("\0", "")


def _binary(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 不是文本（含二进制内容）。请先导出为文本文件。",
            f"{source} is binary, not text. Export it as a text file first.",
        )
    )


def _garbled(source: str) -> PageFormatError:
    return PageFormatError(
        say(
            f"{source} 的编码认不出来。请另存为 UTF-8 再试。",
            f"{source} is in no encoding that is known here. Save it as UTF-8 and try again.",
        )
    )

"""Text → tokens for full-text search: jieba's search-mode words and character bigrams together.

Words find what people mean, bigrams find what the dictionary does not know (names, new words);
measured together they beat either alone. Numbers get one more token with their value, so that
一百二十亿, 120亿 and 12,000,000,000 meet. Text is folded (full width, case, traditional characters) for
matching only. Folding and bigrams run over arrays of code points, many texts at a time: done string by
string they cost more than the segmenter.

This is the only importer of rjieba and jieba: the same dictionary, the first 17 times faster.
The tokeniser's name goes into every index, because tokens of two versions must not meet.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]

_PLANE = 0x10000  # code points that the tables know; beyond lie rare ideographs and emoji
_IDEOGRAPHS_BEYOND = 0x20000
_BREAK, _SPACE = ord("\n"), ord(" ")
_LETTERS = re.compile(r"[^\W_]+")
_NUMERAL = re.compile(
    r"百分之([\d.]+|[〇零一二两三四五六七八九十百千点]+)"
    r"|(\d[\d,]*(?:\.\d+)?)([十百千万亿]+)"
    r"|(\d{1,3}(?:,\d{3})+)(?![\d,])"
    r"|([〇零一二两三四五六七八九十百千万亿]{2,}(?:点[〇零一二三四五六七八九]+)?)([月日号]?)"
    r"|([一二三四五六七八九十])([月日号])"
)
_COUNT = re.compile(
    r"(?<!第)[〇零一二两三四五六七八九十百千]{2,}(?=[座个家户条项种类件次场对所趟份单桶组环人名位米公元亩吨天岁辆套间张部])"
)
_DIGITS = {char: str(value) for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "两": "2",
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_GROUPS = {"万": 10**4, "亿": 10**8}
MAX_DIGITS = 18  # longer ones are no amounts


def fold(text: str) -> str:
    """Text as it is matched: full width and compatibility forms unified, lower case, simplified."""
    return _text(folded_codes(_expanding().sub(lambda found: _unified(found.group()), text)))


def folded_codes(text: str) -> Codes:
    """Code points of the text as it is matched, each by itself, so that no place moves."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    within = np.minimum(codes, _PLANE - 1)
    return np.where(codes < _PLANE, _folded()[within], codes)


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, each by itself, so that no place moves."""
    return text if text.isascii() else text.translate(_to_simplified())


def tokenize(text: str) -> list[str]:
    """Words, then character bigrams, then values of numbers; punctuation and space carry no token.

    A run of one character gives that character. Order within each kind is that of the text, and a
    two-character word occurs twice (as word and as bigram), which doubles its weight on purpose.
    """
    return token_lines([text])[0].split()


def token_lines(texts: Sequence[str]) -> list[str]:
    """The tokens of each text with spaces between them: what the full-text index takes."""
    lines = "\n".join(text.replace("\n", " ") for text in texts)
    lines = _expanding().sub(lambda found: _unified(found.group()), lines)
    codes = folded_codes(lines)
    kept = is_word(codes)
    # Between digits a mark belongs to the number.
    inner = np.isin(codes, [ord("."), ord(",")])
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    inner[1:-1] &= digit[:-2] & digit[2:]
    inner[:1] = inner[-1:] = False
    percent = codes == ord("%")
    percent[1:] &= digit[:-1]
    codes[~(kept | inner | percent | (codes == _BREAK))] = _SPACE
    bare = _text(codes)
    words = " ".join(_cutter()(bare)).split("\n")
    pairs = _pairs(codes, kept).split("\n")
    values = [" ".join(_values(line)) for line in bare.split("\n")]
    return [" ".join(parts) for parts in zip(words, pairs, values, strict=True)]


def words(text: str) -> list[str]:
    """The words alone."""
    return [word for word in _cutter()(fold(text)) if word[0].isalnum()]


def character_pairs(text: str) -> list[str]:
    """The letters, digits and ideographs of a text two by two, as they stand; marks part them."""
    return [pair for run in _LETTERS.findall(text) for pair in map(add, run, run[1:])]


def _pairs(codes: Codes, kept: NDArray[np.bool_]) -> str:
    """Every two neighbouring characters, a space after each; line breaks stay."""
    pair = np.flatnonzero(kept[:-1] & kept[1:])
    breaks = np.flatnonzero(codes == _BREAK)
    sizes = np.zeros(len(codes), dtype=np.int64)
    sizes[pair], sizes[breaks] = 3, 1
    starts = np.cumsum(sizes) - sizes
    out = np.full(int(sizes.sum()), _SPACE, dtype=np.uint32)
    out[starts[pair]], out[starts[pair] + 1] = codes[pair], codes[pair + 1]
    out[starts[breaks]] = _BREAK
    return _text(out)


def _values(text: str) -> Iterator[str]:
    """Tokens for what the numbers of a folded text are worth, where their writing does not show it."""
    for found in _NUMERAL.finditer(text):
        percent, amount, times, grouped, chinese, suffix, small, unit = found.groups()
        if percent:
            value = percent if percent[0].isdecimal() else _value(percent)
            if value:
                yield f"{value}%"
        elif amount:
            yield from _scaled(amount.replace(",", ""), times)
        elif grouped:
            yield grouped.replace(",", "")
        else:
            value = _value(chinese or small)
            if value and suffix in ("", None) and unit is None:
                yield value
            elif value:
                # As 12月 is written: the number, and the bigram that its last digit makes.
                yield from (value, f"{value[-1]}{suffix or unit}")


def _scaled(amount: str, times: str) -> Iterator[str]:
    if len(amount) + len(times) > 2 * MAX_DIGITS:
        return  # no number that anyone writes
    factor = 1
    for char in times:
        factor *= _UNITS.get(char) or _GROUPS[char]
    whole, _, part = amount.partition(".")
    scaled = int(whole + part) * factor
    if len(str(scaled)) <= MAX_DIGITS and scaled % 10 ** len(part) == 0:
        yield str(scaled // 10 ** len(part))


def _value(text: str) -> str | None:
    """Digits of a Chinese numeral (一百二十亿, 二〇二三, 三点五); None if it is none."""
    whole, _, part = text.partition("点")
    tail = "".join(_DIGITS[char] for char in part if char in _DIGITS)
    if all(char in _DIGITS for char in whole):
        value = "".join(_DIGITS[char] for char in whole)
        return f"{value}.{tail}" if tail else value
    if len(whole) > 2 * MAX_DIGITS:
        return None
    total = section = digit = 0
    for char in whole:
        if char in _DIGITS:
            digit = int(_DIGITS[char])
        elif char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            digit = 0
        elif section + digit:
            total = (total + section + digit) * _GROUPS[char]
            section = digit = 0
        else:
            return None
    value = str(total + section + digit)
    if len(value) > MAX_DIGITS:
        return None
    return f"{value}.{tail}" if tail else value


def in_digits(text: str) -> str:
    """The text with counts as digits write them: 三百座 is 300座; 十一届 and 五号线 stay."""
    return _COUNT.sub(lambda found: _value(found.group()) or found.group(), text)


def tag(text: str, *, coin: bool = True) -> list[tuple[str, str]]:
    """Words of the text with jieba's part-of-speech flags (nr person, ns place, nt body, m number…).

    Where `coin` is true, words that the dictionary does not know are guessed: most names are.
    """
    return _tagger()(text, coin)


def _unified(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _text(codes: Codes) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def is_word(codes: NDArray[Any]) -> NDArray[np.bool_]:
    """Which code points are letters, digits, ideographs or the underscore, [n]."""
    within = np.minimum(codes, _PLANE - 1)
    return np.where(codes < _PLANE, _word_characters()[within], codes >= _IDEOGRAPHS_BEYOND)


@cache
def _folded() -> Codes:
    """For each code point the one that it is matched as."""
    table = np.arange(_PLANE, dtype=np.uint32)
    simple = _to_simplified()
    for code, unified in _changes().items():
        if len(unified) == 1:
            table[code] = ord(simple.get(ord(unified), unified))
    for code, char in simple.items():
        if code < _PLANE:
            table[code] = ord(char)
    return table


@cache
def _word_characters() -> NDArray[np.bool_]:
    """Code points of letters, digits and the underscore."""
    table = np.zeros(_PLANE, dtype=np.bool_)
    table[0x3400:0xD7A4] = True
    table[_changeable()] = [chr(code).isalnum() for code in _changeable()]
    table[ord("_")] = True
    return table


@cache
def _expanding() -> re.Pattern[str]:
    """Characters that stand for several (㎡, ½)."""
    several = [chr(code) for code, unified in _changes().items() if len(unified) > 1]
    return re.compile("[" + "".join(map(re.escape, several)) + "]")


@cache
def _changes() -> dict[int, str]:
    """What becomes of code points that are not matched as themselves."""
    return {
        code: unified for code in _changeable() if (unified := _unified(chr(code))) != chr(code)
    }


@cache
def _changeable() -> list[int]:
    """Code points outside the large blocks of letters that are all matched as themselves."""
    return [*range(0x3400), *range(0x4DC0, 0x4E00), *range(0xA000, 0xAC00), *range(0xF900, _PLANE)]


@cache
def _to_simplified() -> dict[int, str]:
    """OpenCC's table of single characters."""
    spec = find_spec("opencc")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("opencc")
    table = {}
    path = Path(spec.origin).parent / "dictionary" / "TSCharacters.txt"
    for line in path.read_text("utf8").splitlines():
        traditional, _, simple = line.partition("\t")
        if len(traditional) == 1 and simple:
            table[ord(traditional)] = simple.split()[0]
    return table


@cache
def tokenizer_name() -> str:
    """Names the tokeniser and its version: part of an index's fingerprint."""
    package = "rjieba" if _has_rjieba() else "jieba"
    return f"{package}-{version(package)}+bigrams-3"


@cache
def _has_rjieba() -> bool:
    try:
        import rjieba  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def _rjieba() -> Any:
    """One for all: each reads the dictionary anew."""
    import rjieba

    return rjieba.Jieba()


@cache
def _cutter() -> Callable[[str], list[str]]:
    if _has_rjieba():
        cut: Callable[[str], list[str]] = _rjieba().cut_for_search
    else:
        cut = _own_jieba().lcut_for_search
    return cut


@cache
def _tagger() -> Callable[[str, bool], list[tuple[str, str]]]:
    if _has_rjieba():
        tagged: Callable[[str, bool], list[tuple[str, str]]] = _rjieba().tag
        return tagged
    import jieba.posseg

    posseg = jieba.posseg.POSTokenizer(_own_jieba())
    return lambda text, coin: [(pair.word, pair.flag) for pair in posseg.cut(text, HMM=coin)]


@cache
def _own_jieba() -> Any:
    """A tokenizer of our own, with its cache file in a private folder and without jieba's log lines."""
    import logging
    import tempfile
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's first compile warns of invalid escapes
        import jieba

    logging.getLogger("jieba").setLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba would load a marshal file that anyone may have put into the shared temporary folder.
    tokenizer.tmp_dir = tempfile.mkdtemp(prefix="wenbao-jieba-")
    return tokenizer

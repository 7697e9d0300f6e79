"""Enumerations in an article: 一要…二要…, ①…②…, 甲、乙和丙, parts between semicolons.

A question for a list gets all items, in the order in which the article has them.
"""

import re
from dataclasses import dataclass

from rag.facts import is_body
from rag.tokens import tag
from rag.wording import numeral

_NUMERAL = r"[一二三四五六七八九十]{1,3}"
# Each way of counting, with the number in group 1.
_MARKERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![第其十百])(?P<n>{_NUMERAL})(?:要|是|靠|抓|看|讲|查)(?![年月日个名项])",
        rf"(?:第|其)(?P<n>{_NUMERAL})[，,、：:是]",
        rf"[（(](?P<n>{_NUMERAL})[）)]",
        r"[（(](?P<n>\d{1,2})[）)]",
        r"(?P<n>[①-⑳])",
        r"(?:(?<=[。；;：:\n])|^)\s*(?P<n>\d{1,2})[.．、](?!\d)",
        rf"(?:(?<=[。；;\n])|^)(?P<n>{_NUMERAL})、",
    )
)
_ITEM_END = re.compile(r"[，,；;。！？：:\n]|——")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Items of one enumeration, as ranges of the article's text."""

    items: tuple[tuple[int, int], ...]
    start: int
    end: int
    counted: bool  # the text itself numbers the items


def listings(text: str) -> list[Listing]:
    """All enumerations of an article, numbered ones first."""
    return [*_numbered(text), *_semicolons(text), *_commas(text), *_quoted(text), *_partners(text)]


def named_items(text: str, listing: Listing, name: str) -> tuple[tuple[int, int], ...]:
    """The items, each beginning at the word that names the list (七个“更” → 更高的…), if all have it."""
    trimmed = []
    for start, end in listing.items:
        at = text.find(name, start, min(end, start + 3 + len(name)))
        if not name or at < 0:
            return listing.items
        trimmed.append((at, end))
    return tuple(trimmed)


def _numbered(text: str) -> list[Listing]:
    """Runs of markers that count up from one."""
    found: list[Listing] = []
    for pattern in _MARKERS:
        run: list[re.Match[str]] = []
        for match in [*pattern.finditer(text), None]:
            value = _value(match.group("n")) if match else None
            if match and value == len(run) + 1 and (not run or match.start() - run[-1].end() < 600):
                run.append(match)
                continue
            if len(run) >= 2:
                found.append(_run(text, run))
            run = [match] if match and value == 1 else []
    return found


def _value(text: str) -> int | None:
    return ord(text) - ord("①") + 1 if "①" <= text <= "⑳" else numeral(text)


def _run(text: str, run: list[re.Match[str]]) -> Listing:
    items = []
    for match in run:
        end = _ITEM_END.search(text, match.end() + 2)
        items.append((match.end(), end.start() if end else len(text)))
    # The last item's own explanation belongs to the quote.
    stop = re.compile(r"[。；;！？\n]").search(text, items[-1][1])
    return Listing(
        items=tuple(items),
        start=run[0].start(),
        end=stop.end() if stop else len(text),
        counted=True,
    )


def _semicolons(text: str) -> list[Listing]:
    """Parts between semicolons after a colon, or within one sentence."""
    found = []
    for sentence in re.finditer(r"[^。！？\n]+[。！？]?", text):
        parts = re.split(r"[；;]", sentence.group())
        if len(parts) < 2:
            continue
        at, items = sentence.start(), []
        for index, part in enumerate(parts):
            left = max(part.rfind("："), part.rfind(":")) + 1 if index == 0 else 0
            body = part[left:].rstrip("。！？")
            items.append((at + left, at + left + len(body)))
            at += len(part) + 1
        found.append(
            Listing(items=tuple(items), start=sentence.start(), end=sentence.end(), counted=False)
        )
    return found


def _commas(text: str) -> list[Listing]:
    """甲、乙、丙和丁: runs of short parts between enumeration commas."""
    found = []
    for clause in re.finditer(r"[^，,；;。！？：:\n]+", text):
        # What is told of each, apart, is none of them: 一号线、三号线分别在甲站和乙站换乘.
        named, _, _ = clause.group().partition("分别")
        if "、" not in named:
            continue
        items = _comma_items(text, clause.start(), clause.start() + len(named))
        if len(items) >= 2:
            found.append(
                Listing(items=tuple(items), start=clause.start(), end=clause.end(), counted=False)
            )
    return found


_SIDE_BY_SIDE = re.compile(r"“[^“”\n]{1,16}”(?:[、和及与]?“[^“”\n]{1,16}”)+")
_COUNTED_AS = re.compile(r"(?:等|这)?([两二三四五六七八九十]|\d{1,2})[个大项类种条章篇]")


def _quoted(text: str) -> list[Listing]:
    """“甲”“乙”“丙”三个单元: what stands side by side in quotation marks; counted where its number follows."""
    found = []
    for run in _SIDE_BY_SIDE.finditer(text):
        items = [
            (run.start() + match.start(1), run.start() + match.end(1))
            for match in re.finditer(r"“([^“”]+)”", run.group())
        ]
        end = _ITEM_END.search(text, run.end())
        number = _COUNTED_AS.match(text, run.end())
        found.append(
            Listing(
                items=tuple(items),
                start=run.start(),
                end=end.start() if end else len(text),
                counted=number is not None and numeral(number.group(1)) == len(items),
            )
        )
    return found


_TOGETHER = re.compile(r"(?:合作|联合|共同|联手|携手|合办|共建|签[约署订])")


def _partners(text: str) -> list[Listing]:
    """甲研究所与乙大学合作: two bodies that do something together."""
    found = []
    for clause in re.finditer(r"[^，,；;。！？：:\n、]+", text):
        pair = re.match(r"(.{3,30}?)[与和同](.{3,30}?)$", _TOGETHER.split(clause.group())[0])
        if not pair or not _TOGETHER.search(clause.group()):
            continue
        by = re.match(".*[由被]", pair[1])  # 比赛由市文联与…
        left = clause.start() + (by.end() if by else _lead(pair[1], acting=False))
        items = (
            (left, clause.start() + pair.end(1)),
            (clause.start() + pair.start(2), clause.start() + pair.end(2)),
        )
        if all(is_body(text[a:b]) for a, b in items):
            found.append(Listing(items=items, start=left, end=clause.end(), counted=False))
    return found


def _comma_items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    at = start
    for part in text[start:end].split("、"):
        pieces.append((at, at + len(part)))
        at += len(part) + 1
    first, last = pieces[0], pieces[-1]
    following = tag(text[pieces[1][0] : pieces[1][1]])
    acting = bool(following) and following[0][1] == "v"
    pieces[0] = (first[0] + _lead(text[first[0] : first[1]], acting=acting), first[1])
    tail = text[last[0] : last[1]]
    joined = re.search(r"(?<=[一-鿿”》]{2})(?:以及|和|与|及)(?=[一-鿿“《]{2})", tail)
    cut = _tail(tail[joined.end() :] if joined else tail) + (joined.end() if joined else 0)
    pieces[-1:] = (
        [(last[0], last[0] + joined.start()), (last[0] + joined.end(), last[0] + cut)]
        if joined
        else [(last[0], last[0] + cut)]
    )
    return [(left, right) for left, right in pieces if right > left]


def _lead(part: str, *, acting: bool) -> int:
    """How much of the first part stands before its noun: up to the last verb or preposition.

    Where the other parts begin with a verb (`acting`), the first one keeps its own.
    """
    at = keep = 0
    words = tag(part)
    for index, (word, flag) in enumerate(words):
        at += len(word)
        if index < len(words) - 1 and (
            flag in ("v", "p", "c", "d", "u", "uj", "ul", "uz") or word in "对将把为如有是"
        ):
            keep = at - len(word) if acting and flag == "v" else at
    opening = re.search(r"^.*(?=[“《])", part[keep:])
    return keep + (opening.end() if opening and opening.end() else 0)


def _tail(part: str) -> int:
    """Where the last part's noun ends: at 等, or before the verb that goes on."""
    etc = re.search(r"等(?=$|[^待级候])|的", part)
    if etc and etc.start() >= 2:
        return etc.start()
    at = 0
    for index, (word, flag) in enumerate(tag(part)):
        if index and flag in ("v", "p", "d") and at >= 2:
            return at
        at += len(word)
    return len(part)

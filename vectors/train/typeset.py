"""Typesets pages from real articles, to build and measure the reading of dumps on.

    python -m vectors.train.typeset --data DATA --out DIR --pages 200 --months build --manner dump

Takes the articles of printed pages of `newspaper_pages`, sets each in a column of its own width, tears
headlines off, and writes what a careless dump of the page would hold, with `gold.jsonl` beside it (the
form of `wenbao read --json`, ids and labels left out). `wenbao eval pages --data DIR` measures.

Manners: `dump` is that of the shared samples, where a program broke the lines; `print` has what print
adds (indents dropped, narrow quotation marks, marks squeezed in); `mixed` takes these and what else dumps
do: digits counted as characters or set full width, columns of two articles interleaved, bylines glued to
the last line, characters misread. Rules and costs are set on the months for building only; those for
measuring are read when a candidate is finished. The ceiling is printed: which paragraph ends and
headlines left no trace in the dump at all.
"""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.cues import CREDIT
from rag.lines import cells
from vectors.train.data import arguments, rows

MONTHS = {"build": ("2019-10", "2020-01", "2020-02"), "measure": ("2019-02",)}
BODY_CHARS = 1600  # of an article on a page; the rest is left out, as where it goes on elsewhere
_NO_START = "，。、；：！？）》”’」』】％…—"
_NO_END = "（《“‘「『【"
_MISREAD = str.maketrans("己未日口人入土士末千", "已末曰囗入人士土未干")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a page is set and how carelessly it was dumped."""

    hang: bool = True  # closing marks stand beyond the column, or take a character down with them
    indent: int = 0  # cells, dropped by the dump
    narrow: bool = False  # quotation marks take half a character
    whole: bool = False  # digits count as characters
    full_digits: bool = False  # digits are set full width
    interleaved: float = 0.0  # share of articles whose column is cut by another one's
    byline: float = 0.0  # share of articles that close with who wrote them
    noise: float = 0.0  # share of lines with a misread character


DUMP = Manner()
PRINT = Manner(hang=False, indent=4, narrow=True, byline=0.2)
MIXED = (
    DUMP,
    PRINT,
    Manner(whole=True),
    Manner(full_digits=True, byline=0.3),
    Manner(hang=False),
    Manner(interleaved=0.15),
    Manner(noise=0.03, byline=0.3),
)
MANNERS = {"dump": (DUMP,), "print": (PRINT,), "mixed": MIXED}


@dataclass
class Traces:
    """What of a page shows in its dump."""

    ends: int = 0
    hidden_ends: int = 0
    headlines: int = 0
    hidden_headlines: int = 0

    def told(self) -> str:
        """The ceiling in words."""
        return (
            f"of {self.ends} paragraph ends {self.hidden_ends} leave no trace "
            f"({self.hidden_ends / max(1, self.ends):.2%}); of {self.headlines} headlines "
            f"{self.hidden_headlines} share no word with their article and do not touch it "
            f"({self.hidden_headlines / max(1, self.headlines):.2%})"
        )


def wrapped(
    text: str,
    width: int,
    *,
    indent: int = 0,
    narrow: bool = False,
    hang: bool = False,
    whole: bool = False,
) -> list[str]:
    """A paragraph as column lines of at most `width` cells, none beginning with a closing mark."""
    sizes = [1 if narrow and c in "“”‘’" else 2 if whole else cells(c) for c in text]
    lines, line, used = [], "", indent
    for at, (char, size) in enumerate(zip(text, sizes, strict=True)):
        closing = char in _NO_START
        over = used + size > width
        if not hang and not closing and not over:
            # The mark that follows would begin a line: this character goes down with it.
            following = text[at + 1 : at + 2]
            over = bool(following) and following in _NO_START and used + size + 2 > width
        if over and line and not (hang and closing):
            kept = line.rstrip(_NO_END)
            down = line[len(kept) :] if kept else ""
            lines.append(kept or line)
            line = down
            used = sum(sizes[at - len(down) : at])
        line += char
        used += size
    return [*lines, line] if line else lines


def column(
    paragraphs: list[str], random: np.random.Generator, manner: Manner, traces: Traces
) -> list[str]:
    """The lines of an article's body, with blank lines where columns and paragraphs break."""
    width = 2 * int(random.integers(13, 21))
    out: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        lines = wrapped(
            paragraph,
            width,
            indent=manner.indent,
            narrow=manner.narrow,
            hang=manner.hang,
            whole=manner.whole,
        )
        if number:
            blank = random.random() < 0.91
            full = cells(out[-1]) + cells(paragraph[0]) > width
            traces.ends += 1
            traces.hidden_ends += full and not blank
            out += [""] * blank
        for at, line in enumerate(lines):
            text = line.strip()
            if random.random() < manner.noise:
                text = text.translate(_MISREAD)
            out.append(text)
            if at + 1 < len(lines) and random.random() < 0.014:
                out.append("")
    return out


def caption(paragraphs: list[str], random: np.random.Generator) -> tuple[list[str], str]:
    """The lines of a photo's caption with its credit, and both as one text."""
    *told, credit = paragraphs
    if random.random() < 0.6:
        credit = re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", credit)
    lines = wrapped("".join(told), int(random.choice((36, 48, 80))), hang=True)
    place = random.random()
    if place < 0.4:
        lines[-1] += f" {credit}"
    else:
        lines += [*([""] if place > 0.7 else []), credit]
    return lines, "".join([*told, credit])


def heading(row: Row, random: np.random.Generator) -> list[str]:
    """Kicker, title and deck as lines."""
    out: list[str] = []
    for part in (row["kicker"], row["title"], row["subtitle"]):
        for text in filter(None, map(clean, part.split("\n"))):
            width = 2 * int(random.integers(9, 14)) if random.random() < 0.2 else 10_000
            out += wrapped(text, width, hang=True)
    return out


def paragraphs_of(row: Row) -> list[str]:
    """An article's paragraphs, as far as they fit on the page."""
    out: list[str] = []
    for paragraph in filter(None, map(clean, row["body"].split("\n"))):
        if out and sum(map(len, out)) + len(paragraph) > BODY_CHARS:
            break
        out.append(paragraph)
    return out


def is_photo(row: Row) -> bool:
    """Whether a row is a caption with its credit."""
    parts = [clean(p) for p in row["body"].split("\n") if p.strip()]
    return (
        bool(row["title"]) and 1 < len(parts) <= 3 and len(parts[-1]) <= 20 and bool(CREDIT.search(parts[-1]))
        and sum(map(len, parts)) < 320
    )  # fmt: skip


def page(
    articles: list[Row], photo: Row | None, random: np.random.Generator, manner: Manner
) -> tuple[str, list[Row], Traces]:
    """A dump of the articles, what should be read out of it, and what of it shows."""
    blocks: list[list[str]] = []
    heap: list[list[str]] = []
    gold: list[Row] = []
    traces = Traces()
    order = [articles[at] for at in random.permutation(len(articles))]
    if photo is not None:
        order.insert(int(random.integers(0, len(order) + 1)), photo)
    for row in order:
        paragraphs = paragraphs_of(row)
        title = clean(row["title"])
        subtitle = "\n".join(filter(None, map(clean, (row["kicker"], row["subtitle"]))))
        byline, kind = "", "article"
        head = heading(row, random)
        if row is photo:
            kind = "photo"
            lines, text = caption(paragraphs, random)
            paragraphs = [text]
            drop, torn = 0.3, 0.0
        elif len(paragraphs) == 1 and len(paragraphs[0]) < 160 and random.random() < 0.3:
            kind = "brief"
            lines = column(["●" + paragraphs[0]], random, manner, traces)
            drop, torn = 1.0, 0.0
        else:
            if random.random() < manner.byline:
                byline = f"通讯员 {random.choice(_NAMES)}{random.choice(_NAMES)}"
            tail = f"{paragraphs[-1]} {byline}" if byline else paragraphs[-1]
            lines = column([*paragraphs[:-1], tail], random, manner, traces)
            drop, torn = 0.08, 0.5
        chance = random.random()
        if chance < drop:
            title, subtitle = "", ""
        elif chance < drop + torn * (1 - drop):
            heap.append(head)
        else:
            apart = row is not photo and random.random() < 0.35
            lines = [*head, *([""] if apart else []), *lines]
        if title:
            traces.headlines += 1
            body = "".join(paragraphs)
            words = {title[at : at + 2] for at in range(len(title) - 1)}
            torn_off = bool(heap) and heap[-1] is head
            traces.hidden_headlines += torn_off and not any(
                word in body for word in words if word.isalnum()
            )
        blocks.append(lines)
        gold.append(
            {"kind": kind, "title": title, "subtitle": subtitle, "byline": byline, "paragraphs": paragraphs}
        )  # fmt: skip
    if manner.interleaved:
        blocks = interleaved(blocks, random, manner.interleaved)
    if random.random() < 0.7:
        heap = [heap[at] for at in random.permutation(len(heap))]
    place = len(blocks) if random.random() < 0.5 else int(random.integers(0, len(blocks) + 1))
    blocks[place:place] = heap
    text = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    if manner.full_digits:
        text = text.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return " " * int(random.random() < 0.5) + text, gold, traces


_NAMES = ("王小明", "李静", "陈晓兰", "周卫东", "赵敏", "钱文博")


def interleaved(
    blocks: list[list[str]], random: np.random.Generator, share: float
) -> list[list[str]]:
    """The blocks, some cut in two at a line's end with the next article's between."""
    out = [list(block) for block in blocks]
    at = 0
    while at + 1 < len(out):
        block = out[at]
        if len(block) >= 12 and random.random() < share:
            cut = int(random.integers(5, len(block) - 4))
            out[at : at + 2] = [block[:cut], out[at + 1], block[cut:]]
            at += 2
        at += 1
    return [[line for line in block if line or block] for block in out]


def clean(text: str) -> str:
    """A text without the spaces that layout put there."""
    text = re.sub(r"[\u00a0\u3000 ]+", " ", text.replace("  ", "")).strip()
    return re.sub(r"(?<=[0-9A-Za-z]) (?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) (?=[0-9A-Za-z])", "", text)


def printed_pages(articles: list[Row], months: str) -> list[list[Row]]:
    """The articles of each printed page of some months that has several."""
    pages: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in articles:
        if row["date"][:7] in MONTHS[months] and row["title"] and len(row["body"]) > 60:
            pages[row["date"], row["page"]].append(row)
    return [page for _, page in sorted(pages.items()) if 4 <= len(page) <= 9]


def main() -> None:
    """Writes pages and their gold."""
    parser = arguments("Typeset pages.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--months", choices=sorted(MONTHS), default="build")
    parser.add_argument("--manner", choices=sorted(MANNERS), default="dump")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    articles = list(rows(options.data, "newspaper_pages"))
    printed = printed_pages(articles, options.months)
    photos = [
        row for row in articles if row["date"][:7] in MONTHS[options.months] and is_photo(row)
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    total: Counter[str] = Counter()
    with (options.out / "gold.jsonl").open("w", encoding="utf8") as file:
        for number, at in enumerate(random.permutation(len(printed))[: options.pages]):
            manners = MANNERS[options.manner]
            photo = photos[int(random.integers(len(photos)))] if random.random() < 0.5 else None
            text, gold, traces = page(printed[at], photo, random, manners[number % len(manners)])
            total.update({name: getattr(traces, name) for name in Traces.__annotations__})
            name = f"{number:04}.txt"
            (options.out / name).write_text(text, "utf8")
            row = {
                "file": name,
                "newspaper": None,
                "date": None,
                "page_no": None,
                "articles": gold,
                "rest": [],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(Traces(**total).told())


if __name__ == "__main__":
    main()

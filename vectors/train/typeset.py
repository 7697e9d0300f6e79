"""Typesets pages from real articles, to build and measure the reading of dumps on.

    python -m vectors.train.typeset --data DATA --out DIR --pages 200

Takes the articles of printed pages of `newspaper_pages`, sets each in a column of its own width, tears
headlines off, and writes what a careless dump of the page would hold, with `gold.jsonl` beside it (the
form of `wenbao read --json`, ids and labels left out). A page is either plain, or close to print: the
indent of a paragraph dropped, quotation marks half as wide. `wenbao eval pages --data DIR` measures.
"""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from rag.layout import CREDIT, cells
from vectors.train.data import arguments, rows

_NO_START = "，。、；：！？）》”’」』】％…—"
_NO_END = "（《“‘「『【"


def wrapped(text: str, width: int, *, indent: int = 0, narrow: bool = False) -> list[str]:
    """A paragraph as column lines of at most `width` cells, none beginning with a closing mark."""
    lines, line, used = [], "", indent
    for at, char in enumerate(text):
        size = 1 if narrow and char in "“”‘’" else cells(char)
        following = text[at + 1 : at + 2]
        pushed = used + size + (2 if following and following in _NO_START else 0) > width
        alone = pushed and used + size <= width and char not in _NO_START
        if used + size > width or (alone and line) or (char in _NO_END and used + size + 1 > width):
            lines.append(line)
            line, used = "", 0
        line += char
        used += size
    return [*lines, line] if line else lines


def column(paragraphs: list[str], random: np.random.Generator, *, printed: bool) -> list[str]:
    """The lines of an article's body, with blank lines where columns and paragraphs break."""
    width = 2 * int(random.integers(14, 28))
    out: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        if number and random.random() < 0.8:
            out.append("")
        lines = wrapped(paragraph, width, indent=4 if printed else 0, narrow=printed)
        for at, line in enumerate(lines):
            out.append(line.strip())
            if at + 1 < len(lines) and random.random() < 0.02:
                out.append("")
    return out


def heading(row: dict[str, Any], random: np.random.Generator) -> list[str]:
    """Kicker, title and deck as lines."""
    out: list[str] = []
    for part in (row["kicker"], row["title"], row["subtitle"]):
        for line in filter(None, part.split("\n")):
            width = 2 * int(random.integers(9, 15)) if random.random() < 0.25 else 10_000
            out += [piece.strip() for piece in wrapped(line, width)]
    return out


def page(
    articles: list[dict[str, Any]], random: np.random.Generator
) -> tuple[str, list[dict[str, Any]]]:
    """A dump of the articles and what should be read out of it."""
    printed = random.random() < 0.4
    blocks: list[list[str]] = []
    heap: list[list[str]] = []
    gold = []
    order = random.permutation(len(articles))
    for at in order:
        row = articles[at]
        paragraphs = [clean(p) for p in row["body"].split("\n") if p.strip()]
        text = "".join(paragraphs)
        photo = len(paragraphs) == 1 and bool(CREDIT.search(text)) and len(text) < 300
        lines = column(paragraphs, random, printed=printed)
        head = heading(row, random)
        chance = random.random()
        title, subtitle = row["title"], "\n".join(filter(None, [row["kicker"], row["subtitle"]]))
        if photo or chance < 0.5:
            blocks.append([*head, *([""] if random.random() < 0.1 and not photo else []), *lines])
        elif chance < 0.9:
            heap.append(head)
            blocks.append(lines)
        else:
            title, subtitle = "", ""
            blocks.append(lines)
        gold.append(
            {"kind": "photo" if photo else "article", "title": clean(title), "subtitle": clean(subtitle),
             "byline": "", "paragraphs": paragraphs}
        )  # fmt: skip
    if heap:
        torn = [heap[at] for at in random.permutation(len(heap))]
        place = int(random.integers(0, len(blocks) + 1))
        half = len(torn) if random.random() < 0.6 else len(torn) // 2
        blocks[place:place] = torn[:half]
        blocks += torn[half:]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n", gold


def clean(text: str) -> str:
    """A text without the spaces that layout put there."""
    text = re.sub(r"[\u00a0\u3000 ]+", " ", text).strip()
    return re.sub(r"(?<=[0-9A-Za-z]) (?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) (?=[0-9A-Za-z])", "", text)


def main() -> None:
    """Writes pages and their gold."""
    parser = arguments("Typeset pages.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=200)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    printed: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows(options.data, "newspaper_pages"):
        if row["title"] and len(row["body"]) > 60:
            printed[row["date"], row["page"]].append(row)
    keys = [key for key, articles in sorted(printed.items()) if 3 <= len(articles) <= 12]
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "gold.jsonl").open("w", encoding="utf8") as file:
        for number, at in enumerate(random.permutation(len(keys))[: options.pages]):
            text, gold = page(printed[keys[at]], random)
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


if __name__ == "__main__":
    main()

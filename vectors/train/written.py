"""Questions written for texts of the training files, by people's ways of asking rather than by rule.

A large language model was given the texts, and asked for seven or eight questions on each, in the words of a
reader: ordinary ones, some in words as far from the text's as can be, as they are typed into a search engine, why
and how, and with the page in hand; and two or three that the text does not answer though it tempts to. On whole
newspaper pages, for the decision to answer, it wrote eighteen that the page answers and ten that it does
not. `written.jsonl` holds the questions and where the answers stand; the texts stay in the data folder.
Twelve more pages with their questions are for measuring only: `tests/eval/newspaper_pages.jsonl`.

`searched.jsonl` has short texts of our own writing, in the manner of what a web search returns (answers on forums,
steps, rules, prices, health, games), each with questions that it answers and others that it does not though a
search would bring it up for them. Most come in groups, `about` one question that one to three of them answer and the
others only seem to. The same model wrote them; nothing in them is copied.

What a row of `written.jsonl` says: `of` the file, `text` the first digits of the sha256 of its text, `shape` (plain,
far, keys, open, vague; absent, changed), `question`, and `answer`, the place of the answer in the text or null.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vectors.train.data import TRAIN_FILES, is_kept, is_validation, rows

PATH = Path(__file__).resolve().parent / "written.jsonl"
SEARCHED = PATH.with_name("searched.jsonl")


@dataclass(frozen=True, slots=True)
class Questions:
    """A text with what was written for it."""

    of: str  # the file; "searched" for a text that was written with its questions
    page: str  # date and number, where the text was printed on one
    title: str
    text: str
    kept: bool  # from the encoder and the reader (`vectors.train.data.is_kept`)
    asked: list[dict[str, Any]]  # rows as in `qa_train`, with their shape and the answer's place
    refused: list[str]  # what the text does not answer


def keys(path: Path = PATH) -> frozenset[str]:
    """The texts that questions were written for."""
    return frozenset(json.loads(line)["text"] for line in path.read_text("utf8").splitlines())


def key(text: str) -> str:
    """What a text goes by in `written.jsonl`."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def questions(folder: Path, path: Path = PATH) -> Iterator[Questions]:
    """The texts that questions were written for, in the order of the files.

    Raises:
        ValueError: A text is not in the folder.
    """
    known: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in path.read_text("utf8").splitlines():
        row = json.loads(line)
        known.setdefault((row["of"], row["text"]), []).append(row)
    for name in TRAIN_FILES:
        for row in rows(folder, name):
            text = row["context" if name == "qa_train" else "body"]
            found = known.pop((name, key(text)), [])
            if not found:
                continue
            asked = []
            for one in found:
                if one["answer"]:
                    start, end = one["answer"]
                    answers = [text[start:end]]
                    own = {"context": text, "question": one["question"], "answers": answers}
                    own["title"] = row.get("title") or ""
                    asked.append({**own, "span": (start, end), "shape": one["shape"]})
            yield Questions(
                of=name,
                page=f"{row['date']}/{row['page']}" if name == "newspaper_pages" else "",
                title=row.get("title") or "",
                text=text,
                kept=is_kept(name, row),
                asked=asked,
                refused=[one["question"] for one in found if not one["answer"]],
            )
    if known:
        raise ValueError(f"{len(known)} texts with written questions are not in {folder}")


def searched(path: Path = SEARCHED) -> Iterator[Questions]:
    """The texts in the manner of the web; one in twelve is kept, with all that are about the same question."""
    for line in path.read_text("utf8").splitlines():
        row = json.loads(line)
        own = {"context": row["text"], "title": row["title"], "shape": "searched"}
        yield Questions(
            of="searched",
            page="",
            title=row["title"],
            text=row["text"],
            kept=is_validation(row.get("about") or row["text"]),
            asked=[{**own, "question": one["q"], "answers": [one["a"]]} for one in row["asked"]],
            refused=row["refused"],
        )


def pages(
    folder: Path, path: Path = PATH
) -> Iterator[tuple[list[dict[str, Any]], list[tuple[str, Questions]]]]:
    """Whole kept newspaper pages, as articles to index, with the questions written for each by its id."""
    texts = [text for text in questions(folder, path) if text.kept and text.page]
    asked = {text.text: text for text in texts}
    printed: dict[str, list[dict[str, Any]]] = {text.page: [] for text in texts}
    for row in rows(folder, "newspaper_pages"):
        if (page := f"{row['date']}/{row['page']}") in printed:
            printed[page].append({name: row[name] for name in ("id", "title", "body", "date")})
    for articles in printed.values():
        own = [(row["id"], asked[row["body"]]) for row in articles if row["body"] in asked]
        yield articles, own

"""Floors for reading dumps; they only rise. Own pages ship, real ones are set anew from WENBAO_DATA."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.evaluation import run
from vectors.train.data import rows
from vectors.train.typeset import MANNERS, is_photo, page, printed_pages

DATA = os.environ.get("WENBAO_DATA")

HERE = Path(__file__).parent
OWN = {"f1": 0.98, "exact": 0.93, "title": 0.86, "paragraph_f1": 0.97}
REAL = {"f1": 0.98, "exact": 0.94, "title": 0.90, "paragraph_f1": 0.95}
MOST_LOST, MOST_EXTRA = 0.003, 0.01


def written(folder: Path, pages: list[tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    """What `wenbao eval pages` says of these dumps."""
    with (folder / "gold.jsonl").open("w", encoding="utf8") as file:
        for number, (text, gold) in enumerate(pages):
            name = f"{number:03}.txt"
            (folder / name).write_text(text, "utf8")
            row = {"file": name, "articles": gold, "rest": []}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return run("pages", folder)


def holds(found: dict[str, Any], floors: dict[str, float]) -> None:
    assert all(found[name] >= floor for name, floor in floors.items()), found
    assert found["lost"] <= MOST_LOST, found
    assert found["extra"] <= MOST_EXTRA, found


def test_pages_of_our_own_writing_set_in_many_ways(tmp_path: Path) -> None:
    """Twenty pages, each article in a column of its own, headlines torn off: most is found again.

    Their headings are shorter than those that the models have seen.
    """
    *articles, photo = [
        json.loads(line) for line in (HERE / "pages_own.jsonl").read_text("utf8").splitlines()
    ]
    random = np.random.default_rng(5)
    pages = []
    for number in range(20):
        chosen = [articles[at] for at in random.permutation(len(articles))[:6]]
        text, gold, _ = page(chosen, photo if number % 2 else None, random, MANNERS["dump"][0])
        pages.append((text, gold))
    holds(written(tmp_path, pages), OWN)


@pytest.mark.data
@pytest.mark.skipif(DATA is None, reason="WENBAO_DATA names no data")
def test_real_pages_of_a_month_that_no_reading_of_pages_was_fitted_on(tmp_path: Path) -> None:
    """Forty pages in the manner of the shared samples; the photos on them are of all months."""
    random = np.random.default_rng(11)
    articles = list(rows(Path(str(DATA)), "newspaper_pages"))
    printed = printed_pages(articles, "measure")
    photos = [row for row in articles if is_photo(row)]
    pages = []
    for at in random.permutation(len(printed))[:40]:
        photo = photos[int(random.integers(len(photos)))] if random.random() < 0.5 else None
        text, gold, _ = page(printed[at], photo, random, MANNERS["dump"][0])
        pages.append((text, gold))
    holds(written(tmp_path, pages), REAL)

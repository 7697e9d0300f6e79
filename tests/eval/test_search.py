"""Floors of finding the right passage; they only rise. Each way to rank stands beside the others."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rag import Index
from rag.evaluation import run, searching

HERE = Path(__file__).parent
DATA = os.environ.get("WENBAO_DATA")

# On the real page: small, so only a floor.
PAGE_FIRST, PAGE_FIVE = 0.85, 1.0
# On the shared development sets: hit@1 and hit@5 of what `search` does.
SHARED = {
    "qa_dev_wiki": (0.921, 0.98),
    "qa_dev_news": (0.813, 0.892),
    "qa_dev_wiki (own text)": (0.98, 0.99),
    "qa_dev_news (own text)": (0.754, 0.87),
}


def test_questions_on_the_real_page_find_a_passage_that_answers(seed_index: Index) -> None:
    """The passage that answers is the first, or at least among the five that are shown."""
    rows = [
        json.loads(line) for line in (HERE / "questions_seed.jsonl").read_text("utf8").splitlines()
    ]
    asked = [row for row in rows if row["answers"] and not row.get("history")]
    found = searching(seed_index, "page", asked)
    assert found["page ranked"]["hit@1"] >= PAGE_FIRST, found
    assert found["page ranked"]["hit@5"] >= PAGE_FIVE, found


@cache
def shared() -> dict[str, Any]:
    """What `wenbao eval search` says of the shared sets; it takes minutes."""
    return run("search", Path(str(DATA)))


@pytest.mark.data
@pytest.mark.skipif(DATA is None, reason="WENBAO_DATA names no data")
@pytest.mark.parametrize("name", SHARED)
def test_the_shared_sets_are_found_as_well_as_before(name: str) -> None:
    """Among a quarter of a million passages, and better by both engines than by words alone."""
    found = shared()
    ranked, lexical = found[f"{name} ranked"], found[f"{name} lexical"]
    first, five = SHARED[name]
    assert ranked["hit@1"] >= first, ranked
    assert ranked["hit@5"] >= five, ranked
    assert ranked["hit@1"] > lexical["hit@1"]

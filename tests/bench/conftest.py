"""A quarter of a million passages of real news, indexed once for all that is measured on them."""

import json
import lzma
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag import Index

DATA = os.environ.get("WENBAO_DATA")


@dataclass(frozen=True, slots=True)
class Bulk:
    """An index of all texts of `news_bulk` and of the development contexts."""

    bodies: list[str]
    place: Path
    seconds: float  # that building it took


@pytest.fixture(scope="session")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Bulk:
    """Needs WENBAO_DATA."""
    if DATA is None:
        pytest.skip("WENBAO_DATA names no data")
    folder = tmp_path_factory.mktemp("bulk")
    bodies: list[str] = []
    for name, field in (("news_bulk", "body"), ("qa_dev_wiki", "context")):
        with lzma.open(Path(DATA) / f"{name}.jsonl.xz", "rt", encoding="utf8") as packed:
            bodies += dict.fromkeys(json.loads(line)[field] for line in packed)
    source = folder / "bulk.jsonl"
    with source.open("w", encoding="utf8") as file:
        file.writelines(json.dumps({"body": b}, ensure_ascii=False) + "\n" for b in bodies)
    with Index.open(folder / "index") as index:
        started = time.perf_counter()
        index.update([source])
        return Bulk(bodies, folder / "index", time.perf_counter() - started)


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p95 in ms."""
    ranked = sorted(seconds)
    return 1000 * ranked[len(ranked) // 2], 1000 * ranked[int(len(ranked) * 0.95)]

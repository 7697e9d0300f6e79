"""Speed of whole answers on bulk news, beside searches of other questions of the same sort. Needs WENBAO_DATA."""

import json
import lzma
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rag import Assistant, Index
from tests.bench.conftest import DATA, Bulk, percentiles

pytestmark = pytest.mark.bench


def test_asking_of_bulk_news(bulk: Bulk, tmp_path: Path) -> None:
    """Half of the answers take less than 80 ms, and fifteen different ones a second come from a file."""
    with lzma.open(Path(str(DATA)) / "qa_train.jsonl.xz", "rt", encoding="utf8") as packed:
        questions = [json.loads(line)["question"] for line in packed][::40][:200]
    bodies = bulk.bodies[:: len(bulk.bodies) // 201][:200]
    questions += [f"{body[40:56]}是什么时候？" for body in bodies]
    questions = [questions[at] for at in np.random.default_rng(1).permutation(len(questions))]

    searched, asked = [], []
    with Index.open(bulk.place) as index:
        assistant = Assistant(index)
        for question in questions[:20]:
            assistant.ask(question)
        # What is asked was not searched before: nothing of it is warm.
        for question, other in zip(questions[20::2], questions[21::2], strict=True):
            started = time.perf_counter()
            index.search(question)
            between = time.perf_counter()
            assistant.ask(other)
            searched.append(between - started)
            asked.append(time.perf_counter() - between)

    batch = tmp_path / "batch.jsonl"
    rows = ({"id": str(at), "question": question} for at, question in enumerate(questions))
    batch.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf8")
    command = [sys.executable, "-m", "rag.cli", "ask", "--index", str(bulk.place)]
    started = time.perf_counter()
    subprocess.run([*command, "--batch", str(batch), "--json"], check=True, capture_output=True)
    rate = len(questions) / (time.perf_counter() - started)
    started = time.perf_counter()
    subprocess.run([*command, questions[5]], check=True, capture_output=True)
    cold = time.perf_counter() - started

    for name, seconds in (("search", searched), ("ask", asked)):
        print("\n  {}: p50 {:.1f} ms, p95 {:.1f} ms".format(name, *percentiles(seconds)), end="")
    print(f"\n  a file of questions: {rate:.1f} a second; one from the shell: {cold:.2f} s")
    p50, p95 = percentiles(asked)
    assert p50 < 80
    assert p95 < 200
    assert rate >= 15
    assert cold < 2

"""Speed and size on bulk news, beside tantivy and bm25s with our tokens and with jieba's.

Needs WENBAO_DATA. Everything is measured in one run on one machine, because only ratios travel.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag import Index
from rag.passages import cut
from rag.tokens import token_lines
from tests.bench.conftest import Bulk, percentiles

pytestmark = pytest.mark.bench

# A process of its own, so that its memory is that of searching alone.
_SEARCH = """
import json, resource, sys, time
from rag import Index
place, questions = sys.argv[1], json.load(open(sys.argv[2]))
started = time.perf_counter()
index = Index.open(place)
index.info()
opened = time.perf_counter() - started
index.search(questions.pop())
first = time.perf_counter() - started
for question in questions[:20]:
    index.search(question)
took = {}
for mode in ("hybrid", "lexical", "dense"):
    took[mode] = []
    for question in questions[20:]:
        started = time.perf_counter()
        index.search(question, mode=mode)
        took[mode].append(time.perf_counter() - started)
if sys.platform == "darwin":
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
else:
    # ru_maxrss would tell what the parent, with the peers' texts, had held before this began.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    memory = int(status["VmHWM"].split()[0]) / 2**10
print(json.dumps({"opened": opened, "first": first, "memory": memory, "took": took}))
"""


def tantivy_with(lines: Sequence[str], folder: Path) -> float:
    """Seconds that tantivy takes to index lines of tokens."""
    import tantivy

    folder.mkdir()
    started = time.perf_counter()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="spaces", index_option="freq")
    index = tantivy.Index(builder.build(), path=str(folder))
    spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("spaces", spaces)
    writer = index.writer(256_000_000)
    for line in lines:
        writer.add_document(tantivy.Document(text=line))
    writer.commit()
    writer.wait_merging_threads()
    return time.perf_counter() - started


def bm25s_with(tokens: Sequence[Sequence[str]]) -> float:
    """Seconds that bm25s takes to index tokens."""
    import bm25s

    started = time.perf_counter()
    bm25s.BM25().index(list(tokens), show_progress=False)
    return time.perf_counter() - started


def test_bulk_news(bulk: Bulk, tmp_path: Path) -> None:
    """A quarter of a million passages are indexed in a minute or so and searched in a moment."""
    import jieba

    bodies, place, built = bulk.bodies, bulk.place, bulk.seconds
    with Index.open(place) as index:
        info = index.info()

    questions = tmp_path / "questions.json"
    questions.write_text(
        json.dumps([f"{body[40:56]}是什么时候？" for body in bodies[:: len(bodies) // 421]][:421])
    )
    ran = subprocess.run(
        [sys.executable, "-c", _SEARCH, str(place), str(questions)],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    searched = json.loads(ran.stdout)

    texts = [passage.text for body in bodies for passage in cut(body)]
    started = time.perf_counter()
    lines = [
        line for at in range(0, len(texts), 8192) for line in token_lines(texts[at : at + 8192])
    ]
    ours = time.perf_counter() - started
    started = time.perf_counter()
    segmented = [jieba.lcut_for_search(text) for text in texts]
    theirs = time.perf_counter() - started
    peers = {
        "tantivy, our tokens": ours + tantivy_with(lines, tmp_path / "ours"),
        "bm25s, our tokens": ours + bm25s_with([line.split() for line in lines]),
        "tantivy, jieba": theirs + tantivy_with(list(map(" ".join, segmented)), tmp_path / "jieba"),
        "bm25s, jieba": theirs + bm25s_with(segmented),
    }
    print(f"\n{len(bodies)} articles, {info.passages} passages, {info.size_bytes / 1e6:.0f} MB")
    print(f"built in {built:.1f} s; tokens alone {ours:.1f} s, jieba's {theirs:.1f} s")
    for name, seconds in peers.items():
        print(f"  {name}: {seconds:.1f} s, {built / seconds:.2f} of it")
    print(
        f"open {searched['opened']:.2f} s, with the first search {searched['first']:.2f} s, "
        f"memory {searched['memory']:.0f} MB"
    )
    for mode, took in searched["took"].items():
        p50, p95 = percentiles(took)
        print(f"  {mode}: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    assert built < peers["bm25s, jieba"] / 2
    assert built < 4 * peers["tantivy, our tokens"]
    assert searched["opened"] < 0.5
    assert searched["memory"] < 800
    p50, p95 = percentiles(searched["took"]["hybrid"])
    assert p50 < 12
    assert p95 < 25

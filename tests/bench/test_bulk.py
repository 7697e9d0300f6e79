"""Speed and size on bulk news, beside tantivy with our own tokens and bm25s. Needs WENBAO_DATA."""

import json
import lzma
import os
import resource
import sys
import time
from pathlib import Path

import pytest

from rag import Index
from rag.passages import cut
from rag.tokens import tokenize

pytestmark = pytest.mark.bench
DATA = os.environ.get("WENBAO_DATA")


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p95 in ms."""
    ranked = sorted(seconds)
    return tuple(1000 * ranked[int(len(ranked) * q)] for q in (0.5, 0.95))  # type: ignore[return-value]


@pytest.mark.skipif(DATA is None, reason="WENBAO_DATA names no data")
def test_bulk_news(tmp_path: Path) -> None:
    """Building everything takes at most four times what tantivy takes for the words alone."""
    import bm25s
    import tantivy

    source = Path(str(DATA)) / "news_bulk.jsonl.xz"
    with lzma.open(source, "rt", encoding="utf8") as packed:
        bodies = [json.loads(line)["body"] for line in packed]
    bulk = tmp_path / "bulk.jsonl"
    with bulk.open("w", encoding="utf8") as file:
        file.writelines(json.dumps({"body": b}, ensure_ascii=False) + "\n" for b in bodies)
    with Index.open(tmp_path / "index") as index:
        started = time.perf_counter()
        index.update([bulk])
        built = time.perf_counter() - started
        passages, size = index.info().passages, index.info().size_bytes
    with Index.open(tmp_path / "index") as index:
        started = time.perf_counter()
        index.search("台风")
        opened = time.perf_counter() - started
        questions = [f"{body[40:52]}是什么时候？" for body in bodies[::170]][:400]
        took = []
        for question in questions:
            started = time.perf_counter()
            index.search(question)
            took.append(time.perf_counter() - started)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 if sys.platform == "darwin" else 1024
    )

    texts = [p.text for body in bodies for p in cut(body)]
    started = time.perf_counter()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    peer = tantivy.Index(builder.build(), path=None)
    peer.register_tokenizer(
        "whitespace", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    )
    writer = peer.writer(heap_size=256_000_000)
    tokens = [tokenize(text) for text in texts]
    for row in tokens:
        writer.add_document(tantivy.Document(text=" ".join(row)))
    writer.commit()
    writer.wait_merging_threads()
    words = time.perf_counter() - started
    started = time.perf_counter()
    retriever = bm25s.BM25()
    retriever.index(tokens, show_progress=False)
    bm = time.perf_counter() - started
    p50, p95 = percentiles(took)
    print(
        f"\n{len(bodies)} articles, {passages} passages: built in {built:.1f} s "
        f"({built / words:.1f} x tantivy with our tokens {words:.1f} s; bm25s after tokens {bm:.1f} s), "
        f"{size / 1e6:.0f} MB on disk, open and first search {opened:.2f} s, "
        f"search p50 {p50:.1f} ms p95 {p95:.1f} ms, peak memory {memory:.0f} MB with peers' texts"
    )
    assert built < 4 * words
    assert p95 < 100

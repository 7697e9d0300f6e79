"""Reading pages beside what every index pays for them anyway: cutting their words out with jieba."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rag.pages import read_bytes
from vectors.train.typeset import MANNERS, page

pytestmark = pytest.mark.bench
OWN = Path(__file__).parent.parent / "eval" / "pages_own.jsonl"
PAGES = 1000


def dumps() -> list[bytes]:
    """A thousand pages as long as a newspaper's: the reports are short, so each tells all three times."""
    *articles, photo = [json.loads(line) for line in OWN.read_text("utf8").splitlines()]
    random = np.random.default_rng(3)
    out = []
    for number in range(PAGES):
        rows = [
            {**articles[at], "body": "\n".join([articles[at]["body"]] * 3)}
            for at in random.permutation(len(articles))[:6]
        ]
        text, _, _ = page(rows, photo if number % 2 else None, random, MANNERS["dump"][0])
        out.append(text.encode())
    return out


def peak_mb() -> float:
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def test_a_thousand_pages() -> None:
    """Reading a page takes a few times what jieba's own tokens of it take, and memory does not grow."""
    import jieba

    pages = dumps()
    jieba.lcut("预热")
    read_bytes(pages[0], "page.txt")
    took = []
    for at, data in enumerate(pages):
        if at == PAGES // 4:
            early = peak_mb()
        started = time.process_time()
        read_bytes(data, "page.txt")
        took.append(time.process_time() - started)
    late = peak_mb()
    started = time.process_time()
    for data in pages[:100]:
        jieba.lcut_for_search(data.decode())
    peer = (time.process_time() - started) / 100
    median = sorted(took)[PAGES // 2]
    print(
        f"\n{PAGES} pages of {sum(map(len, pages)) / PAGES / 3:.0f} characters: median {1000 * median:.0f} ms, "
        f"all {sum(took):.0f} s of one core, {median / peer:.1f} x jieba's tokens ({1000 * peer:.0f} ms); "
        f"memory {early:.0f} MB after a quarter, {late:.0f} MB at the end"
    )
    assert median < 6 * peer
    assert late < early + 50

"""`wenbao eval`: the project's own figures, on sets that are for measuring only.

pages    DIR/gold.jsonl with the page files beside it (or DIR/pages_sample/)
search   DIR/qa_dev_*.jsonl.xz over their contexts and news_bulk
reader   DIR/qa_dev_wiki, qa_dev_news
refusal  DIR/qa_dev_refusal; DIR/qa_dev_news with two unrelated texts, and with five that do not answer
ask      DIR/questions*.jsonl, else the project's own, over the real page
"""

import json
import lzma
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from rag import measures, ranking
from rag.errors import SettingsError
from rag.index import Index
from rag.messages import say
from rag.questions import analyse
from rag.settings import CHECKOUT, shipped
from rag.types import Answer, Mode

QA_SETS = ("qa_dev_wiki", "qa_dev_news")
# One engine alone, both scores added, and what `search` does: the ranker.
WAYS = ("lexical", "dense", "fused", "ranked")
# Questions asked of a few texts; how many do not answer, alone and beside the one that does.
OTHERS_ASKED, FEW_TEXTS, UNRELATED = 300, 5, 2


def run(what: str, data: Path, limit: int | None = None) -> dict[str, Any]:
    """Figures of one kind; `limit` takes only the first questions of each set.

    Raises:
        SettingsError: The folder does not hold the sets.
    """
    kinds = {
        "pages": _pages,
        "search": _search,
        "reader": _reader,
        "refusal": _refusal,
        "ask": _ask,
    }
    started = time.perf_counter()
    return {
        "eval": what,
        **kinds[what](data, limit),
        "seconds": round(time.perf_counter() - started, 1),
    }


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON lines file, plain or xz."""
    beside = path.with_name(path.name + ".xz")
    if not path.is_file() and not beside.is_file():
        raise SettingsError(
            say(
                f"{path} 不在数据文件夹里。请检查 --data。",
                f"{path} is not in the data folder. Check --data.",
            )
        )
    with path.open("rb") if path.is_file() else lzma.open(beside) as file:
        yield from (json.loads(line) for line in file if line.strip())


def _pages(data: Path, limit: int | None) -> dict[str, Any]:
    from rag.pages import read_pages

    folder = data if (data / "gold.jsonl").is_file() else data / "pages_sample"
    gold = list(islice(_rows(folder / "gold.jsonl"), limit))
    read = {page["file"]: read_pages(folder / page["file"])[0].to_json() for page in gold}
    return measures.paging(gold, read)


def _search(data: Path, limit: int | None) -> dict[str, Any]:
    out: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as work, Index.open(Path(work) / "index") as index:
        asked = {name: list(_rows(data / f"{name}.jsonl")) for name in QA_SETS}
        pool = Path(work) / "pool.jsonl"
        contexts = dict.fromkeys(row["context"] for rows in asked.values() for row in rows)
        own = {context: f"asked-{at}" for at, context in enumerate(contexts)}
        asked_of = ({"id": key, "body": context} for context, key in own.items())
        others = ({"body": row["body"]} for row in _rows(data / "news_bulk.jsonl"))
        index.update([_written(pool, chain(asked_of, others))])
        out["passages"] = index.info().passages
        for name, rows in asked.items():
            out |= searching(index, name, rows[:limit], own)
    return out


def searching(
    index: Index, name: str, rows: list[dict[str, Any]], own: dict[str, str] | None = None
) -> dict[str, Any]:
    """Figures of a set by each way to rank, and of its questions that name what they ask about.

    A question that names nothing ("爆炸发生在哪里？") cannot be told from its like in another article:
    the others show what can be reached. A hit is right that holds an answer, or ("own text") that is of
    the article asked about, whose id `own` gives by its text.
    """
    right = [_right(index, row, own[row["context"]] if own else "") for row in rows]
    naming = [at for at, row in enumerate(rows) if analyse(row["question"]).insisted]
    out = {}
    parts = [("", range(len(rows)), "answer"), (" (naming)", naming, "answer")]
    if own:
        parts.append((" (own text)", range(len(rows)), "article"))
    for part, chosen, by in parts:
        for way in WAYS:
            out[f"{name}{part} {way}"] = measures.finding([right[at][way, by] for at in chosen])
    return out


def _right(index: Index, row: dict[str, Any], own: str) -> dict[tuple[str, str], list[bool]]:
    """For each way to rank, which of the first passages hold an answer, and which are of the article `own`."""
    question, answers = row["question"], row["answers"]
    found, facts = index.described(question)
    lexical, cosine = (facts[:, ranking.FEATURES.index(name)] for name in ("lexical", "cosine"))
    order = np.argsort(-(lexical + cosine), kind="stable")[: measures.DEPTH]
    candidates = [found[at] for at in order]
    met = {"fused": [(one.text, one.stored.article.article_id) for one in candidates]}
    modes: dict[str, Mode] = {"lexical": "lexical", "dense": "dense", "ranked": "hybrid"}
    for way, mode in modes.items():
        hits = index.search(question, top_k=measures.DEPTH, mode=mode)
        met[way] = [(hit.text, hit.article_id) for hit in hits]
    out = {}
    for way in WAYS:
        out[way, "answer"] = [measures.holds(text, answers) for text, _ in met[way]]
        out[way, "article"] = [article == own for _, article in met[way]]
    return out


def _reader(data: Path, limit: int | None) -> dict[str, Any]:
    from rag.reader import Reader

    reader = Reader.open()
    out = {}
    for name in QA_SETS:
        rows = list(islice(_rows(data / f"{name}.jsonl"), limit))
        found = reader.read_many([(row["question"], row["context"]) for row in rows], threshold=0)
        out[name] = measures.reading(rows, [span.text if span else None for span in found])
    return out


def _refusal(data: Path, limit: int | None) -> dict[str, Any]:
    from rag.reader import Reader

    rows = list(islice(_rows(data / "qa_dev_refusal.jsonl"), limit))
    found = Reader.open().read_many([(row["question"], row["context"]) for row in rows])
    return {
        "reader": measures.refusing(rows, [span is not None for span in found]),
        "always answering": measures.refusing(rows, [True] * len(rows)),
        "always refusing": measures.refusing(rows, [False] * len(rows)),
        "beside others": beside_others(
            list(_rows(data / "qa_dev_news.jsonl")), limit or OTHERS_ASKED
        ),
    }


def beside_others(rows: list[dict[str, Any]], most: int) -> dict[str, float]:
    """Questions asked of a handful of texts: their own with unrelated ones, and only such as do not answer.

    What does not answer is what a search among all the texts finds first (as in RGB, Chen et al. 2024,
    arXiv:2309.01431).

    Args:
        rows: Questions with their text and its answers.
        most: Of them drawn.
    """
    texts = list(dict.fromkeys(row["context"] for row in rows))
    drawn = np.random.default_rng(0).permutation(len(rows))[:most]
    right, told, refused = [], [], []
    with tempfile.TemporaryDirectory() as work, Index.open(Path(work) / "all") as index:
        index.update([_written(Path(work) / "all.jsonl", _articles(texts))])
        for row in (rows[at] for at in drawn):
            others = _not_answering(index, row, FEW_TEXTS)
            if not others:
                continue
            said = _asked_of(Path(work), row["question"], [*others[:UNRELATED], row["context"]])
            right.append(measures.holds("".join(s.text for s in said.spans[:1]), row["answers"]))
            told.append(said.status == "answered" and measures.holds(said.text, row["answers"]))
            refused.append(_asked_of(Path(work), row["question"], others).status == "no_evidence")
    return {
        "n": len(right),
        "answered right": measures.mean(right),
        "told in the answer": measures.mean(told),
        "refused": measures.mean(refused),
    }


def _not_answering(index: Index, row: dict[str, Any], count: int) -> list[str]:
    """Texts that a question finds first, of those that hold no answer to it."""
    out: dict[str, None] = {}
    for hit in index.search(row["question"], top_k=8 * count):
        text = index.article(hit.article_id).article.text
        if not measures.holds(text, row["answers"]):
            out[text] = None
    return list(out)[:count]


def _asked_of(work: Path, question: str, texts: Sequence[str]) -> Answer:
    """The answer from an index of a few texts."""
    from rag.assistant import Assistant

    with tempfile.TemporaryDirectory(dir=work) as own, Index.open(Path(own) / "index") as index:
        index.update([_written(Path(own) / "few.jsonl", _articles(texts))])
        return Assistant(index).ask(question)


def _articles(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    return ({"id": f"text-{at}", "body": text} for at, text in enumerate(texts))


def _written(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """A file of articles to index."""
    with path.open("w", encoding="utf8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def _ask(data: Path, limit: int | None) -> dict[str, Any]:
    from rag.assistant import Assistant

    files = sorted(data.glob("questions*.jsonl"))
    if not files and CHECKOUT is not None:
        files = sorted((CHECKOUT / "tests" / "eval").glob("questions*.jsonl"))
    out = {}
    with tempfile.TemporaryDirectory() as work, Index.open(Path(work) / "index") as index:
        index.update([shipped("seeds")])
        assistant = Assistant(index)
        for path in files:
            rows = list(islice(_rows(path), limit))
            said = [
                assistant.ask(
                    row["question"], [(q, a) for q, a in row.get("history", [])]
                ).to_json()
                for row in rows
            ]
            out[path.name] = measures.answering(rows, said)
    return out

"""Finds for each training question passages that search takes for its answer, and that are not.

    nice python -m vectors.train.near --data DATA

The reader must tell the passage that answers from what search lays beside it. Writes
`work/near.jsonl`, a row for each row of `qa_train` and each written question (`vectors.train.written`) of a text that
may be learned from, but those that leave unsaid what they are about: passages of other contexts, of news, and of the
question's own context, the likeliest first, none of which holds an accepted answer, each with what is read before
it. Searches as the project does, with the models that are there, in the pool of `vectors.train.ranker`; for the
questions of texts in the manner of the web, among these.
"""

import json
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from rag import Index
from rag.reader import preamble
from rag.types import Hit
from vectors.train import ranker, written
from vectors.train.data import TRAIN_FILES, WORK, arguments, is_validation, rows

PATH = WORK / "near.jsonl"
SEARCHED = 14
KEPT = 6


def main() -> None:
    """Writes `work/near.jsonl`."""
    options = arguments("Find the near misses that the reader is trained on.").parse_args()
    WORK.mkdir(exist_ok=True)
    index = ranker.pool(options.data, options.seed)
    contexts = dict.fromkeys(row["context"] for row in rows(options.data, "qa_train"))
    held = {f"c{at}" for at, context in enumerate(contexts) if is_validation(context)}

    def is_held(article: str) -> bool:
        return article in held or article.startswith(ranker.KEPT)

    # The pool keeps texts only. A headline that nothing but an answer had would give it away.
    titles = {
        written.key(row["context" if name == "qa_train" else "body"]): row.get("title") or ""
        for name in TRAIN_FILES
        for row in rows(options.data, name)
    }

    def before(hit: Hit) -> str:
        text = index.article(hit.article_id).article.text
        return preamble(titles.get(written.key(text), ""), text, hit.start)

    unfinished = PATH.with_suffix(".part")
    with unfinished.open("w", encoding="utf8") as file:
        natural = (
            row
            for text in written.questions(options.data)
            for row in text.asked
            if row["shape"] != "vague" and not text.kept
        )
        for at, row in enumerate(chain(rows(options.data, "qa_train"), natural), 1):
            hits = index.search(row["question"], top_k=SEARCHED)
            near = [
                (before(hit), hit.text)
                for hit in hits
                if not any(answer in hit.text for answer in row["answers"])
                # Kept texts are near misses of held-out questions only.
                and (not is_held(hit.article_id) or is_validation(row["context"]))
            ]
            kept = {"question": row["question"], "context": row["context"], "near": near[:KEPT]}
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")
            if at % 1000 == 0:
                print(f"{at} questions", flush=True)
        for row in of_the_web():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    unfinished.replace(PATH)


def of_the_web() -> Iterator[dict[str, Any]]:
    """The same for texts in the manner of the web: other ones of them, without an accepted answer anywhere."""
    texts = [text for text in written.searched() if not text.kept]
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder) / "index") as index:
        source = Path(folder) / "texts.jsonl"
        lines = (
            json.dumps({"id": str(at), "title": text.title, "body": text.text}, ensure_ascii=False)
            for at, text in enumerate(texts)
        )
        source.write_text("\n".join(lines), "utf8")
        index.update([source])
        for at, text in enumerate(texts):
            for row in text.asked:
                near = []
                for hit in index.search(row["question"], top_k=SEARCHED):
                    other = texts[int(hit.article_id)]
                    if hit.article_id != str(at) and not any(
                        answer in other.text for answer in row["answers"]
                    ):
                        near.append((preamble(other.title, other.text, hit.start), hit.text))
                yield {"question": row["question"], "context": text.text, "near": near[:KEPT]}


def load(folder: Path = PATH) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Near misses, as (preamble, passage), by question and context."""
    with folder.open(encoding="utf8") as file:
        found = (json.loads(line) for line in file)
        return {
            (row["question"], row["context"]): [(before, text) for before, text in row["near"]]
            for row in found
        }


if __name__ == "__main__":
    main()

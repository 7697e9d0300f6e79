"""Finds how far each near miss, and each question that its text does not answer, tempts a reader.

    nice python -m vectors.train.tempting --data DATA --begin-with READER

Most of what search lays beside a question is no temptation to a reader that has learned: it gives an answer
in one near miss of six. A sitting that begins with a reader draws by what that reader makes of them
(online hard example mining, Shrivastava et al. 2016, arXiv:1604.03540, once for a sitting). Writes
`work/tempting.jsonl`: a question, what the text goes by, and the probability that the reader gives to its
answering. Needs `work/near.jsonl`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from rag.reader import Reader
from vectors.train import near, written
from vectors.train.data import WORK, arguments

PATH = WORK / "tempting.jsonl"
EVEN = 0.17  # of what no reader was asked about: the mean of what was
SEARCHED = 3  # near misses of each question, the likeliest
TOLD = 0.95  # a near miss likelier than that may well answer: the pool tells some news twice
BATCH = 2000

Tempts = dict[tuple[str, str], float]  # by question and `written.key` of the text


def misses(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(question, what is read before the text, text that does not answer it), of what may be learned from."""
    for (question, _), found in near.load().items():
        for before, text in found[:SEARCHED]:
            yield question, before, text
    for texts in (written.questions(folder), written.searched()):
        for text in texts:
            if not text.kept:
                for question in text.refused:
                    yield question, "", text.text


def load() -> Tempts:
    """What was found; empty where nothing was asked."""
    if not PATH.exists():
        return {}
    with PATH.open(encoding="utf8") as file:
        found = (json.loads(line) for line in file)
        return {(row["question"], row["text"]): row["tempts"] for row in found}


def main() -> None:
    """Writes `work/tempting.jsonl`."""
    parser = arguments("Find what tempts a reader that a sitting begins with.")
    parser.add_argument("--begin-with", type=Path, required=True)
    options = parser.parse_args()
    reader = Reader.open(options.begin_with)
    asked = list(misses(options.data))
    unfinished = PATH.with_suffix(".part")
    with unfinished.open("w", encoding="utf8") as file:
        for first in range(0, len(asked), BATCH):
            part = asked[first : first + BATCH]
            pairs = [(question, text) for question, _, text in part]
            before = [above for _, above, _ in part]
            for (question, text), spans in zip(
                pairs, reader.candidates_many(pairs, 1, before), strict=True
            ):
                tempts = round(spans[0].score, 4) if spans else 0.0
                row = {"question": question, "text": written.key(text), "tempts": tempts}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{first + len(part)} of {len(asked)}", flush=True)
    unfinished.replace(PATH)


if __name__ == "__main__":
    main()

"""Fits what tells a headline from the first line of its text (`rag/opening.py`).

    nice python -m vectors.train.opening --data DATA

Reads pages of the months for building, each typeset several times and each with a model of how headlines sound that
has not read its month. Only articles count that no other heading of their page was given to, as they are read then.
Needs `vectors/model/headings.npz` and `torn.json`. The figures are of each month by weights fitted on the others.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.articles import laid_out
from rag.assigning import assigned
from rag.composing import Item
from rag.measures import bare
from rag.opening import FACTS, MOST_LINES, opening_facts
from vectors.train import logit
from vectors.train.data import MODEL, arguments, rows
from vectors.train.torn import HEARD, pages_of, sounds_without
from vectors.train.typeset import MONTHS, Row

DECAY = 3e-4  # of weights over facts of spread 1, on the mean loss


def heading_lines(item: Item, gold: Sequence[Row]) -> int | None:
    """How many of an item's first lines are its headline; None where nobody can tell."""
    column = bare(item.text)
    for row in gold:
        begins = bare(row["paragraphs"][0])[:HEARD]
        for count in range(MOST_LINES + 1):
            if begins and bare("".join(line.text for line in item.lines[count:])).startswith(
                begins
            ):
                return count if row["title"] else 0
        if begins in column:
            return None
    return 0


def gather(month: str, articles: Sequence[Row], folder: Path, seed: int) -> Iterator[logit.Choice]:
    """The articles without a heading on pages of a month."""
    sounds = sounds_without(month, folder, articles, seed)
    for text, gold, _ in pages_of(month, articles, seed):
        laid = laid_out(text, sounds)
        given = assigned(laid.items, laid.headings)
        for at, item in enumerate(laid.items):
            if at in given:
                continue
            count = heading_lines(item, gold)
            found = [opening_facts(item, number) for number in range(1, MOST_LINES + 1)]
            known = [number for number, facts in enumerate(found, 1) if facts is not None]
            if known and count is not None and (count == 0 or count in known):
                options = [np.zeros(len(FACTS)), *(one for one in found if one is not None)]
                yield logit.Choice(month, np.array(options), known.index(count) + 1 if count else 0)


def main() -> None:
    """Fits, reports and writes `vectors/model/opening.json`."""
    options = arguments("Fit what tells a headline from a first line.").parse_args()
    articles = list(rows(options.data, "newspaper_pages"))
    known = [
        one for m in MONTHS["build"] for one in gather(m, articles, options.data, options.seed)
    ]
    logit.write(MODEL / "opening.json", known, FACTS, DECAY)


if __name__ == "__main__":
    main()

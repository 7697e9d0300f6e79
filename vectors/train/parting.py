"""Fits what tells a headline between two columns of one width from a subhead (`rag/parting.py`).

    nice python -m vectors.train.parting --data DATA

Reads pages of the months for building, each typeset several times and each with a model of how headlines sound that
has not read its month. Needs `vectors/model/headings.npz`. The figures are of each month by weights fitted on the
others.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.articles import columns, own_lines
from rag.layout import Run, runs
from rag.lines import lines_of
from rag.measures import bare
from rag.parting import FACTS, parting_facts, settled
from vectors.train import logit
from vectors.train.data import MODEL, arguments, rows
from vectors.train.torn import HEARD, pages_of, sounds_without
from vectors.train.typeset import MONTHS, Row

DECAY = 3e-4  # of weights over facts of spread 1, on the mean loss


def parted(between: Sequence[Run], below: Run, gold: Sequence[Row]) -> bool:
    """Whether an article begins with a column, or with what stands above it: a lead, 核心阅读."""
    heading = bare("".join(line.text for run in between for line in run.lines))
    text = heading + bare("".join(line.text for line in below.lines))
    openings = (bare("".join(row["paragraphs"]))[:HEARD] for row in gold)
    return any(0 <= text.find(opening) <= len(heading) for opening in openings if opening)


def gather(month: str, articles: Sequence[Row], folder: Path, seed: int) -> Iterator[logit.Choice]:
    """Where columns of one width meet on pages of a month, as far as it is open what they are."""
    sounds = sounds_without(month, folder, articles, seed)
    for text, gold, _ in pages_of(month, articles, seed):
        kept, _ = own_lines(lines_of(text, sounds))
        for above, between, below in columns(runs(kept)):
            if above and between and settled(above, between, below) is None:
                facts = parting_facts(above, between, below)
                options = np.stack([np.zeros(len(FACTS)), facts])
                yield logit.Choice(month, options, int(parted(between, below, gold)))


def main() -> None:
    """Fits, reports and writes `vectors/model/parting.json`."""
    options = arguments("Fit what tells a headline from a subhead.").parse_args()
    articles = list(rows(options.data, "newspaper_pages"))
    known = [
        one for m in MONTHS["build"] for one in gather(m, articles, options.data, options.seed)
    ]
    logit.write(MODEL / "parting.json", known, FACTS, DECAY)


if __name__ == "__main__":
    main()

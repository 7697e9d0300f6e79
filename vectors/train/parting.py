"""Fits what tells a headline between two columns of one width from a subhead (`rag/parting.py`).

    nice python -m vectors.train.parting --data DATA

Reads pages of the months for building, each typeset several times and each with a model of how headlines sound that
has not read its month. Needs `vectors/model/headings.npz`. The figures are of each month by weights fitted on the
others.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.articles import columns, own_lines
from rag.layout import Run, lines_of, runs
from rag.measures import bare
from rag.parting import FACTS, parting_facts, settled
from vectors.train import logit
from vectors.train.data import MODEL, arguments, rows
from vectors.train.torn import HEARD, pages_of, sounds_without
from vectors.train.typeset import MONTHS, Row

DECAY = 3e-4  # of weights over facts of spread 1, on the mean loss


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two columns of one width with a heading between them."""

    month: str
    facts: NDArray[np.float64]  # [FACTS]
    parted: bool


def parted(between: Sequence[Run], below: Run, gold: Sequence[Row]) -> bool:
    """Whether an article begins with a column, or with what stands above it: a lead, 核心阅读."""
    heading = bare("".join(line.text for run in between for line in run.lines))
    text = heading + bare("".join(line.text for line in below.lines))
    openings = (bare("".join(row["paragraphs"]))[:HEARD] for row in gold)
    return any(0 <= text.find(opening) <= len(heading) for opening in openings if opening)


def gather(month: str, articles: Sequence[Row], folder: Path, seed: int) -> Iterator[Meeting]:
    """Where columns of one width meet on pages of a month, as far as it is open what they are."""
    sounds = sounds_without(month, folder, articles, seed)
    for text, gold, _ in pages_of(month, articles, seed):
        kept, _ = own_lines(lines_of(text, sounds))
        for above, between, below in columns(runs(kept)):
            if above and between and settled(above, between, below) is None:
                facts = parting_facts(above, between, below)
                yield Meeting(month, facts, parted(between, below, gold))


def fit(known: Sequence[Meeting]) -> NDArray[np.float64]:
    """Weights of FACTS."""
    facts = np.array([one.facts for one in known])
    spread = facts.std(0) + 1e-6
    spread[FACTS.index("always")] = 1.0
    decay = np.array([DECAY * (name != "always") for name in FACTS])
    options = [np.stack([np.zeros(len(FACTS)), one]) for one in facts]
    return logit.fit(options, [int(one.parted) for one in known], spread, decay)


def main() -> None:
    """Fits, reports and writes `vectors/model/parting.json`."""
    options = arguments("Fit what tells a headline from a subhead.").parse_args()
    articles = list(rows(options.data, "newspaper_pages"))
    known = [
        one for m in MONTHS["build"] for one in gather(m, articles, options.data, options.seed)
    ]
    for month in MONTHS["build"]:
        weights = fit([one for one in known if one.month != month])
        asked = [one for one in known if one.month == month]
        right = [(one.facts @ weights > 0) == one.parted for one in asked]
        parted = [said for said, one in zip(right, asked, strict=True) if one.parted]
        print(
            f"{month}: {len(asked)} headings between columns, right {np.mean(right):.4f}; "
            f"{len(parted)} are headlines, found {np.mean(parted):.4f}"
        )
    found = dict(zip(FACTS, fit(known).round(4).tolist(), strict=True))
    (MODEL / "parting.json").write_text(json.dumps(found, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()

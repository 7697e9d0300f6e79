"""Fits what brings torn headlines back to their articles (`rag/torn.py`).

    nice python -m vectors.train.torn --data DATA

Reads pages of one month that the encoder has not read, each typeset several times, with a model of how headlines
sound that has not read it either: what has read an article knows its headline too well. Needs
`vectors/model/headings.npz` for the rest. The figures are of each fifth of the days by weights fitted on the others.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.articles import Laid, laid_out
from rag.assigning import pieces_of_items, places_of
from rag.heading_model import line_features
from rag.lines import Sounds
from rag.measures import bare
from rag.torn import (
    BELONGS,
    NOBODY,
    Names,
    held_alone,
    never_headline,
    nobody_facts,
    said_facts,
    stood_facts,
)
from vectors.train import headings, logit
from vectors.train.data import MODEL, arguments, rows
from vectors.train.typeset import MANNERS, MONTHS, Row, is_photo, page, printed_pages

MONTH = "2019-10"
TIMES = 4  # each page is typeset
FOLDS = 5
DECAY = 3e-3  # of weights over facts of spread 1, on the mean loss
HEARD = 20  # characters of an article by which its column is known
SAME = 0.6  # of a heading's characters that stand in the parts of an article's


@dataclass(slots=True)
class Torn:
    """A heading of a page beside all of its articles."""

    day: str
    belongs: NDArray[np.float64]  # [articles, BELONGS]
    nobody: NDArray[np.float64]  # [NOBODY]
    right: int | None  # number of its article


def truth(laid: Laid, gold: Sequence[Row]) -> list[int | None]:
    """The item that each heading belongs to; -1 where nobody can tell."""
    columns = [bare("".join(line.text for line in item.lines)) for item in laid.items]
    opening = [bare(row["paragraphs"][0])[:HEARD] for row in gold]
    out: list[int | None] = []
    for heading in laid.headings:
        lines = [text for line in heading.lines if (text := bare(line.text))]
        number: int | None = None
        for row, begins in zip(gold, opening, strict=True):
            parts = [bare(part) for part in (row["title"], *row["subtitle"].split("\n"))]
            said = [
                line
                for line in lines
                if any(line in part or part in line for part in parts if part)
            ]
            if row["title"] and sum(map(len, said)) > SAME * sum(map(len, lines)):
                number = next((at for at, text in enumerate(columns) if begins in text), -1)
                break
        out.append(number)
    return out


def sounds_without(month: str, folder: Path, articles: Sequence[Row], seed: int) -> Sounds:
    """How lines sound to a model that has learned from the other months for building alone."""
    random = np.random.default_rng(seed)
    months = set(MONTHS["build"]) - {month}
    others = [row for row in articles if row["title"] and row["date"][:7] in months]
    weights, bias = headings.learn_lines(others, headings.broadcasts(folder), random, seed)

    def sounds(lines: Sequence[str]) -> list[float]:
        return [bias + float(weights[line_features(line)].sum()) for line in lines]

    return sounds


def pages_of(
    month: str, articles: Sequence[Row], seed: int
) -> Iterator[tuple[str, list[Row], list[Row]]]:
    """The pages of a month, each typeset TIMES: its dump, what should be read out of it, and its articles."""
    read = [row for row in articles if row["date"].startswith(month)]
    printed = printed_pages(read, "build")
    photos = [row for row in read if is_photo(row)]
    random = np.random.default_rng(seed)
    manners = [*MANNERS["dump"] * 3, *MANNERS["mixed"]]
    for _ in range(TIMES):
        for number, rows_of_page in enumerate(printed):
            photo = photos[int(random.integers(len(photos)))] if random.random() < 0.5 else None
            text, gold, _ = page(rows_of_page, photo, random, manners[number % len(manners)])
            yield text, gold, rows_of_page


def gather(articles: Sequence[Row], sounds: Sounds, seed: int) -> list[Torn]:
    """The headings of all pages of MONTH, as far as it is open whose they are."""
    out = []
    for text, gold, rows_of_page in pages_of(MONTH, articles, seed):
        laid = laid_out(text, sounds)
        if laid.headings and laid.items:
            out += torn_of(laid, truth(laid, gold), rows_of_page[0]["date"])
    return out


def torn_of(laid: Laid, right: Sequence[int | None], day: str) -> list[Torn]:
    """The headings of one page."""
    names = Names(laid.headings)
    pieces = pieces_of_items(laid.items, names)
    places = places_of(laid.headings, laid.items)
    said = said_facts(names, pieces, held_alone(pieces))
    belongs = np.concatenate([said, stood_facts(places, len(pieces))], axis=2)
    nobody = nobody_facts(laid.headings, places)
    return [
        Torn(day, belongs[at], nobody[at], number)
        for at, (heading, number) in enumerate(zip(laid.headings, right, strict=True))
        if number != -1 and not never_headline(heading)
    ]


def fit(known: Sequence[Torn]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of BELONGS and of NOBODY: a conditional logit model over the articles and none of them."""
    spread = np.concatenate([one.belongs for one in known]).std(0) + 1e-6
    spread_nobody = np.std([one.nobody for one in known], axis=0) + 1e-6
    spread_nobody[NOBODY.index("always")] = 1.0
    found = logit.fit(
        [_options(one) for one in known],
        [len(one.belongs) if one.right is None else one.right for one in known],
        np.concatenate([spread, spread_nobody]),
        np.array([DECAY * (name != "always") for name in (*BELONGS, *NOBODY)]),
    )
    return found[: len(BELONGS)], found[len(BELONGS) :]


def _options(one: Torn) -> NDArray[np.float64]:
    """A page's articles and, last, none of them: [articles + 1, BELONGS + NOBODY]."""
    out = np.zeros((len(one.belongs) + 1, len(BELONGS) + len(NOBODY)))
    out[:-1, : len(BELONGS)] = one.belongs
    out[-1, len(BELONGS) :] = one.nobody
    return out


def chosen(one: Torn, belongs: NDArray[np.float64], nobody: NDArray[np.float64]) -> int | None:
    """The article that a heading most likely belongs to, whatever others there are."""
    odds = one.belongs @ belongs - one.nobody @ nobody
    return int(odds.argmax()) if odds.max() > 0 else None


def main() -> None:
    """Fits, reports and writes `vectors/model/torn.json`."""
    options = arguments("Fit what brings torn headlines back to their articles.").parse_args()
    articles = list(rows(options.data, "newspaper_pages"))
    sounds = sounds_without(MONTH, options.data, articles, options.seed)
    torn = gather(articles, sounds, options.seed)
    days = sorted({one.day for one in torn})
    fold = {day: at % FOLDS for at, day in enumerate(days)}
    right = []
    for number in range(FOLDS):
        weights = fit([one for one in torn if fold[one.day] != number])
        right += [chosen(one, *weights) == one.right for one in torn if fold[one.day] == number]
    print(f"{len(torn)} headings, each by itself: right {np.mean(right):.4f}")
    belongs, nobody = fit(torn)
    found = {
        "belongs": dict(zip(BELONGS, belongs.round(4).tolist(), strict=True)),
        "nobody": dict(zip(NOBODY, nobody.round(4).tolist(), strict=True)),
    }
    (MODEL / "torn.json").write_text(json.dumps(found, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()

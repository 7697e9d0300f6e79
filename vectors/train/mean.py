"""The mean of two readers' weights: of one, and of what was trained on from it.

    nice python -m vectors.train.mean --data DATA --first vectors/model/reader --second OTHER

What a reader gains on new texts it pays for on those it knew; the mean of both keeps most of either (Wortsman
et al. 2022, arXiv:2109.01903). Calibrated anew on the questions that both have not read.
"""

from pathlib import Path

import torch

from rag.reader import Pieces
from vectors.train import written
from vectors.train.data import MODEL, arguments
from vectors.train.reader import (
    LOOKED_AT,
    Network,
    Rows,
    Windows,
    alphabet_of,
    begin_with,
    examples,
    held_out,
    save,
    scored,
    written_examples,
)
from vectors.train.rewording import Rewording

SHARE = 0.5  # of the second


def mean(first: Path, second: Path, share: float) -> tuple[Network, list[str]]:
    """The network between two readers, and its alphabet.

    Raises:
        ValueError: The readers know other characters, so their weights do not correspond.
    """
    alphabet = alphabet_of([], first)
    if alphabet_of([], second) != alphabet:
        raise ValueError(f"{first} and {second} know other characters")
    rows = [Rows.load(folder) for folder in (first, second)]
    between = Rows(
        torch.lerp(rows[0].topic, rows[1].topic, share),
        torch.lerp(rows[0].beside, rows[1].beside, share),
        rows[0].norms,
        rows[0].encoder,
    )
    states = []
    for folder, known in zip((first, second), rows, strict=True):
        network = Network(known, len(alphabet))
        begin_with(network, second)  # what the first lacks it has of the second
        begin_with(network, folder)
        states.append(network.state_dict())
    network = Network(between, len(alphabet))
    network.load_state_dict(
        {name: torch.lerp(states[0][name], states[1][name], share) for name in states[0]}
    )
    return network, alphabet


def main() -> None:
    """Writes a reader's folder."""
    parser = arguments("Take the mean of two readers.")
    parser.add_argument("--first", type=Path, required=True, help="a reader folder")
    parser.add_argument("--second", type=Path, required=True, help="what was trained on from it")
    parser.add_argument("--share", type=float, default=SHARE, help="of the second")
    parser.add_argument("--out", type=Path, default=MODEL / "reader")
    options = parser.parse_args()
    network, alphabet = mean(options.first, options.second, options.share)
    _, held = examples(options.data)
    _, natural = written_examples(written.questions(options.data))
    _, searched = written_examples(written.searched())
    pieces = Pieces(MODEL / "encoder")
    known = Rows.load(options.first)
    codes = {char: at + 2 for at, char in enumerate(alphabet)}
    reworded = Rewording(pieces, known.words())
    windows = Windows(pieces, known.norms, codes, reworded, options.seed)
    looked = held_out(held, natural, searched, options.seed)
    margins, truths = scored(looked, network, windows, LOOKED_AT)
    save(network, alphabet, margins, truths, options.out)


if __name__ == "__main__":
    main()

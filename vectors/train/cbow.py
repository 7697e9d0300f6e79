"""Learns vectors of the encoder's pieces from the words that they stand beside.

    nice python -m vectors.train.cbow --data DATA --time-limit-s 600

The encoder's rows say what a text is about; what sort of thing a word is (a person, a place, a
measure) shows in its neighbours. CBOW with a weight for each place (Mikolov et al. 2013,
arXiv:1301.3781; 2017, arXiv:1712.09405) over the news and the training contexts; the other pieces of
a batch are the negatives. Writes `work/cbow.npy`, unit rows [50,000, DIM], which the reader is trained on.
Needs `vectors/model/encoder`.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from vectors.train.data import MODEL, WORK, arguments, is_validation, rows
from vectors.train.encoder import encode_corpus, texts_of

PATH = WORK / "cbow.npy"
DIM = 128
REACH = 4  # pieces to either side
GROUP = 512  # positions that are each other's negatives
GROUPS = 32  # in a step
CONTEXTS = 6  # times that the training contexts are read for once of the news
KEEP = 3e-5  # pieces more frequent than this are met less often (Mikolov et al. 2013b)
LR = 3e-3

Ids = NDArray[np.int32]


def texts(folder: Path) -> Iterator[str]:
    """The news once and the training contexts several times: they are what is read."""
    yield from texts_of(folder)
    contexts = dict.fromkeys(row["context"] for row in rows(folder, "qa_train"))
    for _ in range(CONTEXTS - 1):
        yield from (context for context in contexts if not is_validation(context))


def stream(folder: Path, tokenizer: Tokenizer) -> Ids:
    """All sentences as one row of pieces, with REACH times 0 between two."""
    path = WORK / "cbow-pieces.npy"
    if not path.exists():
        corpus = encode_corpus(tokenizer, texts(folder))
        lengths = np.diff(corpus.starts)
        out = np.zeros(len(corpus.ids) + REACH * (len(lengths) + 1), dtype=np.int32)
        place = np.arange(len(corpus.ids)) + REACH * (
            1 + np.repeat(np.arange(len(lengths)), lengths)
        )
        out[place] = corpus.ids
        np.save(path, out)
    return np.asarray(np.load(path, mmap_mode="r"))


def main() -> None:
    """Trains and writes `work/cbow.npy`."""
    options = arguments("Learn vectors of pieces from their neighbours.").parse_args()
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    WORK.mkdir(exist_ok=True)
    tokenizer = Tokenizer.from_file(str(MODEL / "encoder" / "0_StaticEmbedding" / "tokenizer.json"))
    pieces = stream(options.data, tokenizer)
    size = tokenizer.get_vocab_size()
    share = np.bincount(pieces, minlength=size) / np.count_nonzero(pieces)
    kept = np.minimum(
        1.0, np.sqrt(KEEP / np.maximum(share, 1e-12)) + KEEP / np.maximum(share, 1e-12)
    )
    kept[0] = 0.0
    often = torch.from_numpy(np.log(np.maximum(share * kept, 1e-9))).float()
    print(f"{len(pieces) / 1e6:.1f} M pieces", flush=True)

    inner = torch.nn.Parameter(torch.randn(size, DIM) / DIM**0.5)
    outer = torch.nn.Parameter(torch.zeros(size, DIM))
    places = torch.nn.Parameter(torch.ones(2 * REACH, DIM))
    optimizer = torch.optim.Adam([inner, outer, places], lr=LR, betas=(0.9, 0.99))
    around = np.array([at for at in range(-REACH, REACH + 1) if at])
    began, step, losses = time.monotonic(), 0, []
    limit = min(options.time_limit_s, 3600.0)
    while (spent := time.monotonic() - began) < limit:
        at = random.integers(REACH, len(pieces) - REACH, 3 * GROUP * GROUPS)
        at = at[random.random(len(at)) < kept[pieces[at]]]
        if len(at) < GROUP:
            continue
        at = at[: len(at) // GROUP * GROUP]
        targets = torch.from_numpy(pieces[at].astype(np.int64)).view(-1, GROUP)
        beside = torch.from_numpy(pieces[at[:, None] + around].astype(np.int64))
        met = (beside > 0).float()[..., None]
        context = (functional.embedding(beside, inner) * places * met).sum(1)
        context = (context / met.sum(1).clamp(min=1)).view(-1, GROUP, DIM)
        with torch.autocast("cpu", torch.bfloat16):
            logits = context @ functional.embedding(targets, outer).transpose(1, 2)
        logits = logits.float() - often[targets][:, None, :]
        # The same piece twice in a group is no negative of itself.
        same = (targets[:, :, None] == targets[:, None, :]) & ~torch.eye(GROUP, dtype=torch.bool)
        logits = logits.masked_fill(same, -1e9)
        gold = torch.arange(GROUP).expand(len(targets), -1)
        loss = functional.cross_entropy(logits.flatten(0, 1), gold.flatten())
        for group in optimizer.param_groups:
            group["lr"] = LR * max(0.02, 0.5 * (1 + math.cos(math.pi * spent / limit)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        losses.append(loss.item())
        if step % 500 == 0:
            print(f"{step} {spent:.0f} s loss {np.mean(losses[-500:]):.3f}", flush=True)
    np.save(PATH, functional.normalize(inner.detach(), dim=1).numpy().astype(np.float16))


if __name__ == "__main__":
    main()

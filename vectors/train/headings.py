"""Learns how headlines sound (rag/heading_model.py) from real newspaper articles.

    nice python -m vectors.train.headings --data DATA

Lines of headlines and of columns are typeset at many widths, those of broadcasts too; two parts of a
headline come from articles that have a kicker or a deck. Of the pages only the months for building are
read; one day in five is held out, but from what ships of the order of parts.
"""

import re
import zlib
from collections.abc import Callable, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rag.encoder import open_encoder
from rag.heading_model import (
    BUCKETS,
    LEAD,
    WHOLE,
    join_features,
    line_features,
    order_features,
    title_measures,
)
from vectors.train.data import MODEL, arguments, is_kept, rows
from vectors.train.typeset import MONTHS, clean, wrapped

FOLDS = 5
JOINS = 20_000  # headlines of broadcasts to learn from where a line breaks
_SERIES = re.compile(r"[（(][^（）()]{2,24}[）)]$")

Example = tuple[list[int], int]


def held_out(row: dict[str, Any]) -> bool:
    """Whether an article's day is for validation."""
    return zlib.crc32(row["date"].encode()) % 5 == 0


def parts_of(row: dict[str, Any]) -> list[str]:
    """The texts of an article's heading, from above."""
    parts = (row.get(name) or "" for name in ("kicker", "title", "subtitle"))
    return [text for part in parts for line in part.split("\n") if (text := clean(line))]


def line_examples(row: dict[str, Any], random: np.random.Generator) -> list[Example]:
    """Lines of an article's heading (1) and of its column (0)."""
    out = []
    for part in parts_of(row):
        width = 2 * int(random.integers(9, 15)) if random.random() < 0.3 else 10_000
        pieces = wrapped(part, width, hang=random.random() < 0.5)
        out += [(line_features(piece.strip()), 1) for piece in pieces]
    width = 2 * int(random.integers(13, 28))
    printed = random.random() < 0.4
    body = [
        piece.strip()
        for paragraph in row["body"].split("\n")
        for piece in wrapped(clean(paragraph), width, indent=4 * printed, hang=not printed)
    ]
    chosen = random.permutation(len(body))[:8]
    return out + [(line_features(body[at]), 0) for at in chosen if body[at]]


def two_parts(row: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Kicker over title (1), title over deck (0), where no mark gives it away."""
    out = []
    for above, below, label in (
        (row["kicker"], row["title"], 1),
        (row["title"], row["subtitle"], 0),
    ):
        plain = above and below and "\n" not in above + below and not _SERIES.search(above)
        if plain and not above.endswith("——") and not below.startswith("——"):
            out.append((clean(above), clean(below), label))
    return out


def order_examples(row: dict[str, Any]) -> list[Example]:
    """Two parts as what they are told by."""
    return [(order_features(above, below), label) for above, below, label in two_parts(row)]


def heading_lines(text: str, random: np.random.Generator, wrap: float) -> list[str]:
    """A part of a heading as lines; broken with the given chance, where it is long enough."""
    width = 2 * int(random.integers(9, 14)) if random.random() < wrap else 10_000
    return [piece.strip() for piece in wrapped(text, width, hang=True)]


def join_examples(row: dict[str, Any], random: np.random.Generator) -> list[Example]:
    """Two lines of one part of a heading (1), the last of one and the first of the next part (0)."""
    parts = parts_of(row)
    out = []
    for _ in range(3):
        for part in parts:
            lines = heading_lines(part, random, 1.0)
            out += [(join_features(above, below), 1) for above, below in pairwise(lines)]
        shown = [heading_lines(part, random, 0.25) for part in parts]
        out += [(join_features(a[-1], b[0]), 0) for a, b in pairwise(shown)]
    return out


def foreign_joins(texts: list[str], random: np.random.Generator) -> list[Example]:
    """Headlines broken anywhere (1), and ones that never stood together (0): both ends are whole."""
    out = []
    for one, other in zip(texts, random.permutation(texts), strict=True):
        lines = heading_lines(one, random, 1.0)
        out += [(join_features(above, below), 1) for above, below in pairwise(lines)]
        above, below = (heading_lines(text, random, 0.25) for text in (one, str(other)))
        out.append((join_features(above[-1], below[0]), 0))
    return out


def fit(
    train: list[Example], held: list[Example], decay: float, passes: int, seed: int
) -> tuple[np.ndarray, float]:
    """Weights and bias of a logistic regression with both classes weighted alike."""
    torch.manual_seed(seed)
    weights = torch.nn.EmbeddingBag(BUCKETS, 1, mode="sum")
    torch.nn.init.zeros_(weights.weight)
    bias = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([*weights.parameters(), bias], lr=0.01)
    labels = torch.tensor([float(label) for _, label in train])
    balance = (1 - labels.mean()) / labels.mean()

    def logits(part: list[Example]) -> torch.Tensor:
        sizes = [len(ids) for ids, _ in part]
        flat = torch.tensor([bucket for ids, _ in part for bucket in ids])
        starts = torch.tensor([0, *np.cumsum(sizes)[:-1].tolist()])
        return weights(flat, starts)[:, 0] + bias

    order = np.random.default_rng(seed)
    chunks = max(1, len(train) // 512)
    plan = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=passes * chunks)
    for _ in range(passes):
        for chunk in np.array_split(order.permutation(len(train)), chunks):
            part = [train[at] for at in chunk]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits(part), labels[chunk], pos_weight=balance
            )
            loss = loss + decay * weights.weight.square().sum() / len(chunk)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            plan.step()
    if held:
        with torch.no_grad():
            said = (logits(held) > 0).numpy()
        truth = np.array([label for _, label in held], dtype=bool)
        print(
            f"held out: {len(held)}, right {np.mean(said == truth):.4f}, "
            f"of the first kind {np.mean(said[truth]):.4f}, of the second {np.mean(~said[~truth]):.4f}",
            flush=True,
        )
    return weights.weight.detach().numpy()[:, 0], float(bias.detach())


def learn_titles(
    articles: list[dict[str, Any]], decay: float, passes: int, seed: int
) -> tuple[np.ndarray, float]:
    """Weights and bias over what the order model says and `title_measures`.

    What the order model says of its own examples is no measure of it: each fifth of the days is told by a
    model of the others. Only articles that the encoder has not read are asked about: those that it has read
    mean to it what their titles say. Figures are those of each fifth by the weights of the others, too.
    """
    encoder = open_encoder()
    days = sorted({row["date"] for row in articles})
    shuffled = np.random.default_rng(seed).permutation(days)
    fold = {day: at % FOLDS for at, day in enumerate(shuffled)}
    facts, labels, folds = [], [], []
    for number in range(FOLDS):
        parts = [
            [row for row in articles if (fold[row["date"]] == number) == own] for own in (0, 1)
        ]
        parts[1] = [row for row in parts[1] if is_kept("newspaper_pages", row)]
        known, asked = ([e for row in part for e in order_examples(row)] for part in parts)
        weights, bias = fit(known, asked, decay, passes, seed)
        for row in parts[1]:
            body = "".join(row["body"].split())
            for above, below, label in two_parts(row):
                vectors = encoder.encode_passages([above, below, body[:LEAD], body[:WHOLE]])
                odds = weights[order_features(above, below)].sum() + bias
                facts.append([odds, *title_measures(above, below, body, vectors)])
                labels.append(label)
                folds.append(number)
    x, y, of = np.array(facts), np.array(labels), np.array(folds)
    right = []
    for number in range(FOLDS):
        weights, bias = logistic(x[of != number], y[of != number])
        right += ((x[of == number] @ weights + bias > 0) == y[of == number]).tolist()
    print(f"with the article: {len(right)}, right {np.mean(right):.4f}", flush=True)
    return logistic(x, y)


def logistic(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression of y [n] on x [n, k], at the frequencies met."""
    mean, spread = x.mean(0), x.std(0) + 1e-6
    scaled, labels = torch.from_numpy((x - mean) / spread), torch.from_numpy(y).double()
    weights = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = scaled @ weights[:-1] + weights[-1]
        total = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, labels, reduction="sum"
        )
        total = total + weights[:-1].square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[arg-type]
    found = weights.detach().numpy()
    return found[:-1] / spread, float(found[-1] - (found[:-1] / spread) @ mean)


def learn(
    articles: list[dict[str, Any]],
    make: Callable[[dict[str, Any]], list[Example]],
    decay: float,
    seed: int,
    *,
    more: Sequence[Example] = (),
    passes: int = 12,
) -> tuple[np.ndarray, float]:
    """One of the three models, with examples of the page articles and, to learn from, some more."""
    train = [example for row in articles if not held_out(row) for example in make(row)]
    train += more
    held = [example for row in articles if held_out(row) for example in make(row)]
    return fit(train, held, decay, passes, seed)


def broadcasts(folder: Path) -> list[dict[str, Any]]:
    """Broadcast news, titles without what stands before them in brackets: headlines never seen in print."""
    out = []
    for row in islice(rows(folder, "news_dated"), 0, None, 3):
        title = re.sub(r"^[\[【][^\]】]*[\]】]", "", clean(row["title"] or ""))
        if len(title) >= 6 and len(row["body"]) > 100:
            out.append({"title": title, "body": row["body"]})
    return out


def learn_lines(
    articles: list[dict[str, Any]],
    heard: list[dict[str, Any]],
    random: np.random.Generator,
    seed: int,
) -> tuple[np.ndarray, float]:
    """The model of lines, from printed articles and broadcasts."""
    return learn(
        articles * 2,  # each set anew: what is printed counts for more than what is broadcast
        lambda row: line_examples(row, random),
        0.002,
        seed,
        more=[example for row in heard for example in line_examples(row, random)],
        passes=4,
    )


def main() -> None:
    """Fits all and writes `vectors/model/headings.npz`."""
    options = arguments("Learn how headlines sound.").parse_args()
    random = np.random.default_rng(options.seed)
    articles = [
        row
        for row in rows(Path(options.data), "newspaper_pages")
        if row["title"] and row["date"][:7] in MONTHS["build"]
    ]
    heard = broadcasts(options.data)
    line, line_bias = learn_lines(articles, heard, random, options.seed)
    learn(articles, order_examples, 0.3, options.seed, passes=30)
    # There are the fewest examples of these: what ships has learned from those held out, too.
    known = [example for row in articles for example in order_examples(row)]
    order, order_bias = fit(known, [], 0.3, 30, options.seed)
    title, title_bias = learn_titles(articles, 0.3, 30, options.seed)
    join, join_bias = learn(
        articles,
        lambda row: join_examples(row, random),
        0.01,
        options.seed,
        more=foreign_joins([row["title"] for row in heard][:JOINS], random),
    )
    np.savez_compressed(
        MODEL / "headings.npz",
        line=line.astype(np.float16), line_bias=np.float32(line_bias),
        order=order.astype(np.float16), order_bias=np.float32(order_bias),
        title=title.astype(np.float32), title_bias=np.float32(title_bias),
        join=join.astype(np.float16), join_bias=np.float32(join_bias),
    )  # fmt: skip


if __name__ == "__main__":
    main()

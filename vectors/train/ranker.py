"""Fits the shipped ranker and its second look: what makes a candidate passage the one that answers.

    nice python -m vectors.train.ranker --data DATA

The pool is an index of the contexts of all training questions, of texts that questions were made for
(`vectors.train.cloze`, `inplace`, `written`) and of news. Three kinds of questions: those of the validation
split, those made from news and those written for news; the encoder has read the texts of none. Figures
are cross-validated by context. Every validation question also counts without its own context in the pool,
so that the best of what is there does not pass for an answer, and every question as if asked of a page or
two, which is what most people have. Needs `vectors/model/encoder`.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rag import ranking, second_look
from rag import third_look as reading
from rag.errors import WenbaoError
from rag.index import Index
from rag.network import Network
from rag.passages import cut
from rag.tokens import tokenize
from vectors.train import cloze, inplace, third_look, written
from vectors.train.data import MODEL, WORK, arguments, is_kept, is_validation, rows

NEWS = 25_000  # articles in the pool beside the texts with questions
MADE = 3_000  # questions made from the news, a text for each
# Times that a validation question counts: as good as once on the folds, where encyclopaedia and news count alike
# (hit@1 of these, of made and of written questions .879, .631, .581; for once .874, .635, .582).
HELD = 3
FOLDS = 2
HIDDEN = (32, 16)
EPOCHS = 14
QUESTIONS_A_STEP = 64
NETWORKS = 3
# What the ids of news begin with that the encoder and the reader may not learn from.
KEPT = ("m", "w", "k")
LOOKED_AT = 16  # candidates that the second network learns from; more than it looks at later

Facts = NDArray[np.float64]


@dataclass(slots=True)
class Asked:
    """A question's candidates: their facts, which answer, which stand in the question's own context."""

    kind: str  # "held" out, "made" or "written"
    question: str
    context: str
    texts: list[str]
    articles: list[str]  # that the candidates are of
    facts: Facts  # of `ranking.FEATURES` or, of those looked at again, of `second_look.FEATURES`
    right: NDArray[np.bool_]
    own: NDArray[np.bool_]
    holds: NDArray[np.bool_]  # an accepted answer, wherever it stands
    by_words: int | None  # place of the first right one by BM25 alone


def made(folder: Path, seed: int) -> list[dict[str, Any]]:
    """Questions made from news that the encoder has not read, one for each article.

    Of two kinds in turn: those of `vectors.train.cloze`, over texts without the sentence asked with,
    and those of `vectors.train.inplace`.
    """
    random = np.random.default_rng(seed)
    taken = written.keys()  # by those that were written for it
    out: list[dict[str, Any]] = []
    for name, skipped in (("news_dated", 0), ("news_bulk", NEWS)):
        kept = (
            row
            for row in islice(rows(folder, name), skipped, None)
            if is_kept(name, row) and written.key(row["body"]) not in taken
        )
        found = (
            next(
                inplace.questions(row.get("title") or "", row["body"], random, 1)
                if at % 2
                else cloze.questions(row.get("title") or "", row["body"], random),
                None,
            )
            for at, row in enumerate(kept)
        )
        out += islice((question for question in found if question), MADE // 2)
    return out


def written_texts(folder: Path) -> list[written.Questions]:
    """Kept texts of the news with written questions; contexts of `qa_train` are in the pool anyhow."""
    texts = written.questions(folder)
    return [text for text in texts if text.kept and text.of != "qa_train"]


def pool(folder: Path, seed: int) -> Index:
    """An index of all contexts, of the texts of made and written questions and of NEWS articles; made once."""
    place = WORK / f"pool-{written.key(written.PATH.read_text('utf8'))}-{seed}"
    index = Index.open(place)
    if index.exists:
        try:
            index.info()
        except WenbaoError:  # made with another encoder or tokeniser
            index.rebuild()
        return index
    source = WORK / "pool.jsonl"
    natural = {f"w{written.key(text.text)}": text.text for text in written_texts(folder)}
    news = (row["body"] for row in islice(rows(folder, "news_bulk"), NEWS))
    others = set(natural.values())
    with source.open("w", encoding="utf8") as file:
        for name, bodies in (
            ("c", dict.fromkeys(row["context"] for row in rows(folder, "qa_train"))),
            ("m", dict.fromkeys(row["context"] for row in made(folder, seed))),
            ("n", (body for body in news if body not in others)),
        ):
            for at, body in enumerate(bodies):
                kind = "k" if name == "n" and is_validation(body) else name
                line = json.dumps({"id": f"{kind}{at}", "body": body}, ensure_ascii=False)
                file.write(line + "\n")
        for name, body in natural.items():
            file.write(json.dumps({"id": name, "body": body}, ensure_ascii=False) + "\n")
    index.update([source])
    return index


def count_tokens(folder: Path) -> None:
    """Writes `vectors/model/frequencies.npz`: the share of news passages that hold each common token."""
    counts: Counter[str] = Counter()
    total = 0
    for row in islice(rows(folder, "news_bulk"), 12_000):
        for passage in cut(row["body"]):
            counts.update(set(tokenize(passage.text)))
            total += 1
    common = sorted((token, n) for token, n in counts.items() if n >= 12)
    np.savez_compressed(
        MODEL / "frequencies.npz",
        tokens=np.array([zlib.crc32(token.encode()) for token, _ in common], dtype=np.uint32),
        shares=np.array([n / total for _, n in common], dtype=np.float16),
    )
    print(f"{len(common)} tokens of {total} news passages")


def questions(folder: Path, seed: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(kind, article id, row) of all questions to fit on."""
    contexts: dict[str, int] = {}
    for row in rows(folder, "qa_train"):
        number = contexts.setdefault(row["context"], len(contexts))
        if is_validation(row["context"]):
            yield "held", f"c{number}", row
    texts: dict[str, int] = {}
    for row in made(folder, seed):
        yield "made", f"m{texts.setdefault(row['context'], len(texts))}", row
    for text in written_texts(folder):
        for row in text.asked:
            yield "written", f"w{written.key(text.text)}", row


def gather(index: Index, folder: Path, seed: int) -> list[Asked]:
    """The candidates of every question."""
    out = []
    for kind, article, row in questions(folder, seed):
        found, facts = index.described(row["question"])
        own = np.array([f.stored.article.article_id == article for f in found])
        holds = np.array([any(answer in f.text for answer in row["answers"]) for f in found])
        lexical = facts[:, ranking.FEATURES.index("lexical")]
        order = np.argsort(-lexical, kind="stable")
        right = np.flatnonzero((own & holds & (lexical > 0))[order])
        place = int(right[0]) if len(right) else None
        out.append(
            Asked(
                kind=kind,
                question=row["question"],
                context=row["context"],
                texts=[f.text for f in found],
                articles=[f.stored.article.article_id for f in found],
                facts=facts,
                right=own & holds,
                own=own,
                holds=holds,
                by_words=place,
            )
        )
        if len(out) % 1000 == 0:
            print(f"{len(out)} questions", flush=True)
    return out


def among(asked: Asked, kept: NDArray[np.bool_]) -> Asked:
    """The question as if only these candidates were in the pool."""
    facts = asked.facts[kept].copy()
    at = {name: number for number, name in enumerate(second_look.FEATURES)}
    wide = facts.shape[1] == len(second_look.FEATURES)
    for name in (*ranking.COMPARED, *(second_look.SOFT if wide else ())):
        values = facts[:, at[name]]
        facts[:, at[f"{name}_lead"]] = values - values.max(initial=-1.0)
    if len(facts):
        facts[:, at["lexical"]] /= max(facts[:, at["lexical"]].max(), 1e-9)
        for name, of in (("bm25", "pairs_bm25"), ("cosine", "cosine")):
            values = np.sort(facts[:, at[of]])
            facts[:, at["best_pairs_bm25" if name == "bm25" else "best_cosine"]] = values[-1]
            facts[:, at[f"margin_{name}"]] = values[-1] - values[-2] if len(values) > 1 else 0.0
    return replace(
        asked,
        texts=list(compress(asked.texts, kept)),
        articles=list(compress(asked.articles, kept)),
        facts=facts,
        right=asked.right[kept],
        own=asked.own[kept],
        holds=asked.holds[kept],
        by_words=None,
    )


def looked_at(asked: Asked, ranker: Network) -> Asked:
    """The first candidates as a closer look describes them."""
    first = np.argsort(-ranker.logit(asked.facts), kind="stable")[:LOOKED_AT]
    kept = np.zeros(len(asked.facts), dtype=np.bool_)
    kept[first] = True
    facts = asked.facts[kept]  # as they are: they were compared with all
    few = among(asked, kept)
    return replace(few, facts=second_look.described(asked.question, facts, few.texts))


def ordered(asked: Asked, ranker: Network, second: Network) -> NDArray[np.float64]:
    """Log odds of all candidates after the second look."""
    odds = second_look.ordered(asked.question, asked.facts, asked.texts, ranker, second)
    return ranking.spread(odds, asked.articles)


def left_open(asked: Asked, odds: NDArray[np.float64]) -> str:
    """A line of the first candidates for `vectors.train.third_look`, where these odds leave the answer open."""
    first = np.argsort(-odds, kind="stable")[: reading.READ]
    first = first[: reading.to_read(odds[first])]
    if not len(first):
        return ""
    row = {
        "kind": asked.kind,
        "question": asked.question,
        "context": asked.context,
        "odds": odds[first].tolist(),
        "texts": [asked.texts[at] for at in first],
        "right": asked.right[first].tolist(),
        # Whether another text that holds the answer answers, nobody knows.
        "known": (asked.right | ~asked.holds)[first].tolist(),
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def as_of_few_pages(asked: Asked, random: np.random.Generator) -> Asked:
    """The question as asked of a page or two: the right passages and a few that have little to do with it."""
    near = asked.facts[:, ranking.FEATURES.index("pairs_bm25")]
    far = np.flatnonzero((near <= np.median(near)) & ~asked.own)
    kept = np.zeros(len(near), dtype=np.bool_)
    kept[random.permutation(far)[: random.integers(2, 20)]] = True
    return among(asked, kept | asked.own if random.random() < 0.75 else kept)


class Learning(torch.nn.Module):
    """What `rag.network.Network` computes, over facts of mean 0 and spread 1."""

    def __init__(self, size: int) -> None:
        super().__init__()
        sizes = (size, *HIDDEN, 1)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, facts: torch.Tensor) -> torch.Tensor:
        """Log odds of each row."""
        for layer in list(self.layers)[:-1]:
            facts = torch.relu(layer(facts))
        return self.layers[-1](facts)[..., 0]  # type: ignore[no-any-return]


def fit(asked: Sequence[Asked], seed: int) -> Network:
    """The mean of several networks: what one of them happens to think, the others seldom do."""
    return mean_of([fit_one(asked, seed + at) for at in range(NETWORKS)])


def mean_of(networks: Sequence[Network]) -> Network:
    """One network that gives the mean of the log odds of several, fitted on the same facts."""
    first = networks[0]
    low = np.min([network.low for network in networks], 0)
    high = np.max([network.high for network in networks], 0)
    layers = []
    for at in range(len(first.layers)):
        weights = [network.layers[at][0] for network in networks]
        biases = [network.layers[at][1] for network in networks]
        if at == len(first.layers) - 1:
            layers.append((np.concatenate(weights) / len(networks), np.mean(biases, 0)))
        elif at == 0:
            layers.append((np.concatenate(weights, 1), np.concatenate(biases)))
        else:
            block = torch.block_diag(*map(torch.from_numpy, weights)).numpy()
            layers.append((block, np.concatenate(biases)))
    return Network(low=low, high=high, layers=tuple(layers))


def fit_one(asked: Sequence[Asked], seed: int) -> Network:
    """A network by two losses: each candidate right or wrong, and the right ones before the others."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    parts = [one for one in asked if one.right.any()]
    # Those of people who read the text come first: there are few of them.
    parts += [one for one in parts if one.kind == "held"] * (HELD - 1)
    parts += [among(one, ~one.own) for one in asked if one.kind == "held"]
    parts += [as_of_few_pages(one, random) for one in asked]
    parts = [one for one in parts if len(one.facts)]
    every = np.concatenate([one.facts for one in parts])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    network = Learning(len(mean))
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = EPOCHS * -(-len(parts) // QUESTIONS_A_STEP)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    ready = [
        (
            torch.from_numpy(((one.facts - mean) / spread).astype(np.float32)),
            torch.from_numpy(one.right),
            # Whether another text that holds the answer answers, nobody knows.
            torch.from_numpy(one.right | ~one.holds),
        )
        for one in parts
    ]
    for _ in range(EPOCHS):
        order = random.permutation(len(ready))
        for first in range(0, len(order), QUESTIONS_A_STEP):
            batch = [ready[at] for at in order[first : first + QUESTIONS_A_STEP]]
            pad = torch.nn.utils.rnn.pad_sequence
            facts = pad([b[0] for b in batch], batch_first=True)
            right = pad([b[1] for b in batch], batch_first=True)
            known = pad([b[2] for b in batch], batch_first=True)
            logits = network(facts)
            each = torch.nn.functional.binary_cross_entropy_with_logits(
                logits[known], right[known].float(), reduction="sum"
            )
            masked = logits.masked_fill(~known, -1e9)
            best = torch.logsumexp(logits.masked_fill(~right, -1e9), 1)
            answered = right.any(1)
            first_loss = (torch.logsumexp(masked, 1) - best)[answered].sum()
            loss = (each + first_loss) / len(batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            plan.step()
    numbers = [p.detach().numpy().T.astype(np.float64) for p in network.parameters()]
    numbers[1] = numbers[1] - (mean / spread) @ numbers[0]
    numbers[0] = numbers[0] / spread[:, None]
    layers = zip(numbers[::2], numbers[1::2], strict=True)
    return Network(low=every.min(0), high=every.max(0), layers=tuple(layers))


def places(asked: Sequence[Asked], scores: Sequence[NDArray[Any]]) -> list[int | None]:
    """Place of the first right candidate of each question, None for none."""
    out: list[int | None] = []
    for one, score in zip(asked, scores, strict=True):
        right = np.flatnonzero(one.right[np.argsort(-score, kind="stable")])
        out.append(int(right[0]) if len(right) else None)
    return out


def shares(found: Sequence[int | None]) -> str:
    """hit@1 and hit@5."""
    return " ".join(
        f"hit@{k} {np.mean([p is not None and p < k for p in found]):.4f}" for k in (1, 5)
    )


def report(
    asked: Sequence[Asked], scores: Sequence[NDArray[Any]], again: Sequence[NDArray[Any]]
) -> None:
    """Prints how questions that the fit has not seen fare."""
    print(
        f"{asked[0].kind}: {len(asked)} questions; candidates hold the answer: "
        f"{np.mean([one.right.any() for one in asked]):.4f}"
    )
    print(f"  words alone  {shares([one.by_words for one in asked])}")
    cosine = ranking.FEATURES.index("cosine")
    lexical = ranking.FEATURES.index("lexical")
    print(f"  dense        {shares(places(asked, [one.facts[:, cosine] for one in asked]))}")
    fused = [one.facts[:, lexical] + one.facts[:, cosine] for one in asked]
    print(f"  fused        {shares(places(asked, fused))}")
    print(f"  ranked       {shares(places(asked, scores))}")
    print(f"  looked again {shares(places(asked, again))}", flush=True)


def main() -> None:
    """Fits, reports and writes `vectors/model/ranker.json`, `second_look.json` and `work/looked.jsonl`."""
    options = arguments("Fit the shipped ranker.").parse_args()
    WORK.mkdir(exist_ok=True)
    count_tokens(options.data)
    with pool(options.data, options.seed) as index:
        asked = gather(index, options.data, options.seed)
    contexts = sorted({one.context for one in asked})
    shuffled = np.random.default_rng(options.seed).permutation(contexts)
    fold = {context: at % FOLDS for at, context in enumerate(shuffled)}
    held: list[Asked] = []
    said: list[NDArray[Any]] = []
    again: list[NDArray[Any]] = []
    lines: list[str] = []
    random = np.random.default_rng(options.seed)
    for number in range(FOLDS):
        known = [one for one in asked if fold[one.context] != number]
        ranker = fit(known, options.seed)
        second = fit([looked_at(one, ranker) for one in known], options.seed)
        for one in asked:
            if fold[one.context] == number:
                held.append(one)
                said.append(ranker.logit(one.facts))
                again.append(ordered(one, ranker, second))
                few = as_of_few_pages(one, random)
                lines += [left_open(one, again[-1]), left_open(few, ordered(few, ranker, second))]
    third_look.PATH.write_text("".join(lines), "utf8")
    for kind in ("held", "made", "written"):
        chosen = [at for at, one in enumerate(held) if one.kind == kind]
        parts = ([scores[at] for at in chosen] for scores in (said, again))
        report([held[at] for at in chosen], *parts)
    chosen = [at for at, one in enumerate(held) if one.kind == "held"]
    probabilities = 1 / (1 + np.exp(-np.concatenate([again[at] for at in chosen])))
    right = np.concatenate([held[at].right for at in chosen])
    for low in np.arange(0, 1, 0.2):
        within = (probabilities >= low) & (probabilities < low + 0.2)
        if within.any():
            print(
                f"  says {probabilities[within].mean():.3f}, is {right[within].mean():.3f} ({within.sum()})"
            )
    ranker = fit(asked, options.seed)
    second = fit([looked_at(one, ranker) for one in asked], options.seed)
    for name, network, features in (
        ("ranker", ranker, ranking.FEATURES),
        ("second_look", second, second_look.FEATURES),
    ):
        written = json.dumps(network.written(features)) + "\n"
        (MODEL / f"{name}.json").write_text(written, "utf8")


if __name__ == "__main__":
    main()

"""Trains the shipped encoder: a static embedding of 50,000 pieces, learned by contrast.

    nice python -m vectors.train.encoder --data DATA --time-limit-s 1500

A text's vector is the mean of its pieces' rows. Rows start as random directions scaled by how rare the
piece is, which already is a random projection of tf-idf; training then pulls together what means the
same: a sentence and its surroundings, a headline and its body, a question and the passage that answers
it (real ones, and those of `vectors.train.written`), and the same of questions made from the news
(`vectors.train.cloze` and `inplace`, made first). Negatives are the other pairs of a batch and, for
questions, another passage of the same text. Held-out texts (`vectors.train.data.is_kept`) are not read,
so that what is fitted on top of the encoder sees it as it is with a new text. Stops at the time limit
with the learning rate run down; `--resume` goes on from the last checkpoint.
"""

import json
import math
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from rag.passages import cut, sentences
from vectors.train import cloze, inplace, ranker, written
from vectors.train.data import MODEL, WORK, arguments, is_validation, learned, rows

PIECES = 50_000
DIM = 256
BATCH = 2048
SCALE = 32.0  # inverse temperature of the cosine; after 800 steps 20 and 50 were a point worse
MAX_PASSAGE_PIECES = 160
NEWS = 10_000  # articles in the validation pool beside the texts with questions
NEAR = 1024  # passages of the same texts beside those that answer a batch
# Shares of the steps, by kind of pair.
MIXTURE = {
    "around": 0.34, "asked": 0.18, "headline": 0.17, "question": 0.10, "written": 0.08, "made": 0.13,
}  # fmt: skip
MADE = 120_000  # questions made from the news, of two makers alike many
# fmt: off
ASKING = [
    "谁", "是谁", "什么", "是什么", "什么时候", "何时", "哪一年", "哪天",
    "几月", "哪里", "在哪里", "哪个", "哪些", "多少", "有多少", "几个",
    "为什么", "怎么", "如何", "是否", "什么人", "什么地方", "多长时间", "什么原因",
    "有什么", "叫什么", "哪家", "哪位", "多大", "占多少",
]
# fmt: on

Ids = NDArray[np.int32]


@dataclass(slots=True)
class Corpus:
    """Texts as piece ids.

    Sentence i is ids[starts[i]:starts[i+1]]; text t has the sentences bounds[t]:bounds[t+1].
    """

    ids: Ids
    starts: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def sentence(self, at: int) -> Ids:
        """Piece ids of a sentence."""
        return self.ids[self.starts[at] : self.starts[at + 1]]


def texts_of(folder: Path) -> Iterator[str]:
    """All text to learn pieces and surroundings from."""
    for name in ("news_bulk", "news_dated", "newspaper_pages"):
        for row in learned(folder, name):
            yield row["body"]
    yield from dict.fromkeys(row["context"] for row in learned(folder, "qa_train"))


def train_tokenizer(folder: Path) -> Tokenizer:
    """Unigram pieces that cross neither punctuation nor the border of a number."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}]+"), "removed"),
            pre_tokenizers.Split(Regex(r"[0-9]+|[a-z]+"), "isolated"),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=PIECES, special_tokens=["[UNK]"], unk_token="[UNK]", max_piece_length=8
    )
    sample = (text for at, text in enumerate(texts_of(folder)) if at % 6 == 0)
    tokenizer.train_from_iterator(sample, trainer)
    return tokenizer


def encode_corpus(tokenizer: Tokenizer, texts: Iterator[str]) -> Corpus:
    """Texts cut into sentences and sentences into pieces."""
    ids: list[Ids] = []
    lengths: list[int] = []
    counts: list[int] = []
    batch: list[str] = []

    def flush() -> None:
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            ids.append(np.array(encoding.ids, dtype=np.int32))
            lengths.append(len(encoding.ids))
        batch.clear()

    for text in texts:
        ranges = sentences(text)
        counts.append(len(ranges))
        batch.extend(text[start:end] for start, end in ranges)
        if len(batch) > 20_000:
            flush()
    flush()
    return Corpus(
        ids=np.concatenate(ids),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        bounds=np.concatenate([[0], np.cumsum(counts)]),
    )


def pieces_of(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Ids]:
    """Piece ids of each text."""
    found = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [np.array(e.ids, dtype=np.int32) for e in found]


def made_questions(folder: Path, seed: int) -> Iterator[dict[str, Any]]:
    """MADE questions made from the news."""
    for maker in (cloze, inplace):
        lines = maker.make(folder, seed).read_bytes().splitlines()
        for at in np.random.default_rng(seed).permutation(len(lines))[: MADE // 2]:
            yield json.loads(lines[at])


def written_questions(folder: Path, *, kept: bool) -> Iterator[dict[str, Any]]:
    """Questions written for texts, of those that are kept or of the others."""
    return (row for text in written.questions(folder) if text.kept == kept for row in text.asked)


@dataclass(slots=True)
class Asked:
    """Questions, the passage that answers each, and others of its text that do not."""

    questions: list[Ids]
    answering: list[Ids]
    beside: list[list[Ids]]

    @classmethod
    def of(cls, tokenizer: Tokenizer, asked: Iterable[dict[str, Any]]) -> "Asked":
        """Those questions whose answer stands in a passage."""
        questions, answering, texts, owners = [], [], [], []
        for row in asked:
            passages = [p.text for p in cut(row["context"])]
            right = {p for p in passages if any(answer in p for answer in row["answers"])}
            if right:
                questions.append(row["question"])
                answering.append(next(p for p in passages if p in right))
                others = [p for p in passages if p not in right]
                texts += others
                owners.append(len(others))
        pieces = iter(pieces_of(tokenizer, texts))
        return cls(
            questions=pieces_of(tokenizer, questions),
            answering=pieces_of(tokenizer, answering),
            beside=[list(islice(pieces, count)) for count in owners],
        )


class Pairs:
    """Draws batches of (query pieces, passage pieces) of one kind each."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, corpus: Corpus, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.corpus = corpus
        self.texts = np.flatnonzero(np.diff(corpus.bounds) >= 2)
        self.asking = [pieces_of(tokenizer, [word])[0] for word in ASKING]
        heads, bodies = [], []
        for name in ("news_dated", "newspaper_pages"):
            for row in learned(folder, name):
                passages = cut(row["body"])
                if row["title"] and passages:
                    heads.append(row["title"])
                    bodies.append(" ".join(p.text for p in passages[:2]))
        self.heads = pieces_of(tokenizer, heads)
        self.bodies = pieces_of(tokenizer, bodies)
        self.asked = {
            "question": Asked.of(tokenizer, learned(folder, "qa_train")),
            "written": Asked.of(tokenizer, written_questions(folder, kept=False)),
            "made": Asked.of(tokenizer, made_questions(folder, seed)),
        }
        sizes = {kind: len(asked.questions) for kind, asked in self.asked.items()}
        print(f"{len(self.texts)} texts, {len(heads)} headlines, {sizes}", flush=True)

    def batch(self) -> tuple[list[Ids], list[Ids]]:
        """BATCH pairs of one kind, drawn by the mixture; more passages are negatives of all."""
        kind = str(self.random.choice(list(MIXTURE), p=list(MIXTURE.values())))
        if kind == "headline":
            chosen = self.random.integers(len(self.heads), size=BATCH)
            return [self._thin(self.heads[i], 0.1) for i in chosen], [
                self.bodies[i] for i in chosen
            ]
        if kind in self.asked:
            asked = self.asked[kind]
            chosen = self.random.integers(len(asked.questions), size=BATCH)
            near = [
                asked.beside[i][int(self.random.integers(len(asked.beside[i])))]
                for i in chosen
                if asked.beside[i]
            ]
            return (
                [self._thin(asked.questions[i], 0.15) for i in chosen],
                [asked.answering[i] for i in chosen] + near[:NEAR],
            )
        chosen = self.random.choice(self.texts, size=BATCH)
        pairs = [self._around(int(text), asked=kind == "asked") for text in chosen]
        return [q for q, _ in pairs], [p for _, p in pairs]

    def _around(self, text: int, *, asked: bool) -> tuple[Ids, Ids]:
        """A sentence, whole or in part, and the passage around it (with it or without)."""
        corpus, random = self.corpus, self.random
        first, last = int(corpus.bounds[text]), int(corpus.bounds[text + 1])
        at = int(random.integers(first, last))
        query = corpus.sentence(at)
        if len(query) > 6 and random.random() < 0.6:
            size = int(random.integers(4, max(5, min(len(query), 24))))
            start = int(random.integers(0, len(query) - size + 1))
            query = query[start : start + size]
        if asked:
            words = self.asking[int(random.integers(len(self.asking)))]
            query = np.concatenate([self._thin(query, 0.4), words])
        else:
            query = self._thin(query, 0.1)
        inside = asked or random.random() < 0.3
        left = right = at
        parts = [corpus.sentence(at)] if inside else []
        size = sum(map(len, parts))
        while size < MAX_PASSAGE_PIECES and (left > first or right < last - 1):
            if right < last - 1 and (left == first or random.random() < 0.5):
                right += 1
                parts.append(corpus.sentence(right))
            else:
                left -= 1
                parts.insert(0, corpus.sentence(left))
            size += len(parts[-1])
        passage = np.concatenate(parts) if parts else query
        return query, passage[:MAX_PASSAGE_PIECES]

    def _thin(self, ids: Ids, share: float) -> Ids:
        """Drops a share of the pieces, never all."""
        kept = ids[self.random.random(len(ids)) >= share]
        return kept if len(kept) else ids


def bag(ids: Sequence[Ids]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pieces of many texts as EmbeddingBag takes them."""
    offsets = np.concatenate([[0], np.cumsum([len(i) for i in ids])[:-1]])
    return torch.from_numpy(np.concatenate(ids).astype(np.int64)), torch.from_numpy(offsets)


def embed(weight: torch.Tensor, ids: Sequence[Ids]) -> torch.Tensor:
    """Unit vectors of texts, [n, DIM]."""
    flat, offsets = bag(ids)
    mean = torch.nn.functional.embedding_bag(flat, weight, offsets, mode="mean")
    return torch.nn.functional.normalize(mean, dim=1)


class Validation:
    """Held-out questions, real ones and those made from news, over their passages and 30,000 of news."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, seed: int) -> None:
        pool: list[str] = []
        owner: dict[str, range] = {}
        real = (row for row in rows(folder, "qa_train") if is_validation(row["context"]))
        self.sets: dict[str, tuple[list[Ids], list[list[int]]]] = {}
        kept = written_questions(folder, kept=True)
        for name, asked in (
            ("question", real),
            ("written", kept),
            ("made", ranker.made(folder, seed)),
        ):
            questions, golds = [], []
            for row in asked:
                context = row["context"]
                if context not in owner:
                    texts = [p.text for p in cut(context)]
                    owner[context] = range(len(pool), len(pool) + len(texts))
                    pool += texts
                gold = [i for i in owner[context] if any(t in pool[i] for t in row["answers"])]
                if gold:
                    questions.append(row["question"])
                    golds.append(gold)
            self.sets[name] = pieces_of(tokenizer, questions), golds
        for row in islice(rows(folder, "news_bulk"), NEWS):
            pool += [p.text for p in cut(row["body"])]
        self.pool = pieces_of(tokenizer, pool)

    def score(self, weight: torch.Tensor) -> str:
        """hit@1 and hit@5 of the passage that answers, for each kind of questions."""
        out = []
        with torch.no_grad():
            unknown = np.zeros(1, dtype=np.int32)
            passages = embed(weight, [i if len(i) else unknown for i in self.pool])
            for name, (questions, golds) in self.sets.items():
                best = (embed(weight, questions) @ passages.T).topk(5, dim=1).indices.tolist()
                hits = [
                    np.mean(
                        [
                            bool(set(top[:k]) & set(gold))
                            for top, gold in zip(best, golds, strict=True)
                        ]
                    )
                    for k in (1, 5)
                ]
                out.append(f"{name} hit@1 {hits[0]:.4f} hit@5 {hits[1]:.4f}")
        return ", ".join(out)


def initial(corpus: Corpus, seed: int) -> torch.Tensor:
    """Random directions, longer for rarer pieces."""
    generator = torch.Generator().manual_seed(seed)
    counts = np.bincount(corpus.ids, minlength=PIECES) + 1.0
    rarity = np.log(counts.sum() / counts)
    rows_ = torch.randn(PIECES, DIM, generator=generator)
    scale = torch.from_numpy(rarity / rarity.mean()).float()
    return rows_ * scale[:, None]


def save(tokenizer: Tokenizer, weight: torch.Tensor, folder: Path) -> None:
    """Writes the sentence-transformers folder, rows in half precision."""
    from safetensors.torch import save_file

    (folder / "0_StaticEmbedding").mkdir(parents=True, exist_ok=True)
    (folder / "1_Normalize").mkdir(exist_ok=True)
    tokenizer.save(str(folder / "0_StaticEmbedding" / "tokenizer.json"), pretty=False)
    # One length for all would change nothing but overflow; half precision keeps 11 bits.
    half = (weight / weight.norm(dim=1).mean()).to(torch.float16).contiguous()
    save_file({"embedding.weight": half}, folder / "0_StaticEmbedding" / "model.safetensors")
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(
            [("0_StaticEmbedding", "StaticEmbedding"), ("1_Normalize", "Normalize")]
        )
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n")
    config = {"model_type": "SentenceTransformer", "prompts": {}, "similarity_fn_name": "cosine"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    """Trains and writes `vectors/model/encoder`."""
    parser = arguments("Train the shipped encoder.")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--max-steps", type=int, default=6000)
    parser.add_argument("--out", type=Path, default=MODEL / "encoder")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    WORK.mkdir(exist_ok=True)
    started = time.monotonic()

    path = WORK / "tokenizer.json"
    if not path.exists():
        train_tokenizer(options.data).save(str(path))
        print(f"tokenizer {time.monotonic() - started:.0f} s", flush=True)
    tokenizer = Tokenizer.from_file(str(path))
    cache = WORK / "corpus.npz"
    if cache.exists():
        corpus = Corpus(**np.load(cache))
    else:
        corpus = encode_corpus(tokenizer, texts_of(options.data))
        np.savez(cache, ids=corpus.ids, starts=corpus.starts, bounds=corpus.bounds)
    print(
        f"corpus {len(corpus.ids) / 1e6:.1f} M pieces {time.monotonic() - started:.0f} s",
        flush=True,
    )
    pairs = Pairs(options.data, tokenizer, corpus, options.seed)
    validation = Validation(options.data, tokenizer, options.seed)

    weight = torch.nn.Parameter(initial(corpus, options.seed))
    optimizer = torch.optim.Adam([weight], lr=options.lr, betas=(0.9, 0.99))
    step, used = 0, 0.0
    checkpoint = WORK / "encoder.pt"
    if options.resume and checkpoint.exists():
        state = torch.load(checkpoint)
        weight.data, step, used = state["weight"], state["step"], state["used"]
        optimizer.load_state_dict(state["optimizer"])
    print("start:", validation.score(weight), flush=True)

    ready: queue.Queue[tuple[list[Ids], list[Ids]]] = queue.Queue(maxsize=4)

    def draw() -> None:
        while True:
            ready.put(pairs.batch())

    threading.Thread(target=draw, daemon=True).start()
    began = time.monotonic() - used
    losses: list[float] = []
    while True:
        spent = time.monotonic() - began
        progress = min(1.0, max(spent / options.time_limit_s, step / options.max_steps))
        if progress >= 1.0:
            break
        rate = options.lr * min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = max(rate, options.lr * 0.01)
        queries, passages = ready.get()
        asked, answering = embed(weight, queries), embed(weight, passages)
        logits = SCALE * asked @ answering.T
        target = torch.arange(len(queries))
        loss = torch.nn.functional.cross_entropy(logits, target)
        back = logits[:, : len(queries)].T
        loss = (loss + torch.nn.functional.cross_entropy(back, target)) / 2
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        step += 1
        if step % 200 == 0:
            said = validation.score(weight) if step % 1000 == 0 else ""
            print(f"{step} {spent:.0f} s loss {np.mean(losses[-200:]):.3f} {said}", flush=True)
            torch.save(
                {
                    "weight": weight.data,
                    "optimizer": optimizer.state_dict(),
                    "step": step,
                    "used": spent,
                },
                checkpoint,
            )
    print(f"end, {step} steps: {validation.score(weight)}", flush=True)
    save(tokenizer, weight.data, options.out)


if __name__ == "__main__":
    main()

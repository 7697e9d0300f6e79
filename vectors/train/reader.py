"""Trains the shipped reader: points at an answer in a passage, or at none.

    nice torchrun --nproc-per-node 2 -m vectors.train.reader --data DATA --time-limit-s 7800

Reads windows of `qa_train` contexts and, in falling number, of questions made from the news
(vectors/train/cloze.py, inplace.py): half of them hold the answer, the others are near misses (the same
context away from the answer, what search finds for the question, or the right window with another name
or number in the question, or with a question written for it that it does not answer). Short texts in
the manner of the web come with questions of both sorts. Every second window stands below its headline
and opening sentence, as passages are read later. Words of a question are hidden or left out now and
then, so that what is left must do: questions seldom use the words of the page. Each process takes its
share of the batches on one core (a second core in the same process gains nothing for steps this small).
Needs `vectors/model/encoder`, the rows of `vectors.train.cbow` and the passages of
`vectors.train.near`. Stops at the time limit with the learning rate run down; `--resume`
goes on from the last checkpoint, `--begin-with` from a reader that ships, and writes another: near misses
that tempt that reader (`vectors.train.tempting`, if it was run) are then drawn more often.
"""

import argparse
import ctypes
import json
import math
import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

from rag.measures import bare, overlap_f1
from rag.reader import (
    FEATURES,
    MAX_QUESTION,
    MAX_SPAN,
    PIECE_DIM,
    PREAMBLE,
    TAG_IDS,
    TOPIC,
    WINDOW,
    Floats,
    Ints,
    PiecedText,
    Pieces,
    Reader,
    features,
    preamble,
    window_starts,
)
from rag.tokens import folded_codes, simplified, tag
from vectors.train import cbow, cloze, graph, inplace, near, tempting, written
from vectors.train.data import MODEL, WORK, arguments, is_validation, rows
from vectors.train.rewording import Rewording
from vectors.train.tempting import EVEN, TOLD

ALPHABET = 4500  # characters with an embedding of their own
CHAR_DIM = 48
BESIDE = PIECE_DIM - TOPIC
TAG_DIM = 16
HIDDEN = 96
PAIR = 48
DROP = 0.3
BATCH = 48
SIZES = (192, 240, 288, WINDOW)  # of the windows; what search finds is seldom longer than the first
EASY = 0.25  # chance that a near miss stands there that does not tempt the reader of before at all
TEMPTING = 0.4  # of one that tempts it so far there is no chance about it
AWAY = 0.4  # chance that a near miss is the same context away from the answer, where it can be
LAST_MADE = (
    0.15  # share of the made questions that stay to the end: the news has phrases of its own
)
RISK = 0.5  # weight of the expected F1 beside the cross entropy
SWAPPED = 0.2  # chance that a question also stands there with another name or number in it
# Chance that a written question's text also stands there with one that it does not answer.
REFUSED = 0.8
PREAMBLES = 0.5  # share of the windows that stand below their headline and opening sentence
WRITTEN_HELD = 1500  # of those that are kept, looked at after each pass
LOOKED_AT = 500  # validation questions after each pass but the last
REWORDED = 0.3  # share of the questions asked in other words than the page's
HIDDEN_WORDS = 0.15  # share of the words hidden in every third question
DROPPED_WORDS = 0.25  # share of the words left out of every sixth: people ask in keywords


@dataclass(slots=True)
class Example:
    """A question with its context; spans are the answer's places in it."""

    question: str
    context: str
    answers: list[str]
    spans: list[tuple[int, int]]
    title: str = ""
    refused: list[str] = field(default_factory=list)  # written questions that it does not answer


def examples(folder: Path) -> tuple[list[Example], list[Example]]:
    """Training and validation examples whose answer is in the context."""
    train, validation = [], []
    for row in rows(folder, "qa_train"):
        example = example_of(row)
        if example:
            (validation if is_validation(example.context) else train).append(example)
    return train, validation


def written_examples(texts: Iterable[written.Questions]) -> tuple[list[Example], list[Example]]:
    """The written questions of the texts that may be learned from, and of those that are kept."""
    train, kept = [], []
    for text in texts:
        refused = [question[:MAX_QUESTION] for question in text.refused]
        for row in text.asked:
            if example := example_of(row):
                (kept if text.kept else train).append(replace(example, refused=refused))
    return train, kept


def made_questions(folder: Path, seed: int, most: int) -> list[Example]:
    """Questions made from the news, at most so many of them, of two makers alike many."""
    out = []
    for maker in (cloze, inplace):
        lines = maker.make(folder, seed).read_bytes().splitlines()
        kept = np.random.default_rng(seed).permutation(len(lines))[: most // 2]
        out += [example for at in kept if (example := example_of(json.loads(lines[at])))]
    return out


def example_of(row: dict[str, Any]) -> Example | None:
    """A row whose answer is in its context; None for another."""
    context, answers = row["context"], row["answers"]
    spans = []
    for answer in dict.fromkeys(answers):
        answer = answer.strip()
        at = context.find(answer)
        while answer and at >= 0:
            spans.append((at, at + len(answer)))
            at = context.find(answer, at + 1)
    if not spans:
        return None
    # Of several places the one nearest to the question's words is most likely meant, if none is known.
    known = row.get("span")
    spans.sort(key=lambda span: (span != known, -shared(row["question"], context, span)))
    return Example(row["question"][:MAX_QUESTION], context, answers, spans, row.get("title") or "")


def alphabet_of(train: list[Example], begin_with: Path | None) -> list[str]:
    """The characters with an embedding of their own, in its order: of a reader to begin with, its own."""
    if begin_with:
        return list(json.loads((begin_with / "config.json").read_text("utf8"))["alphabet"])
    read = (simplified(example.question + example.context) for example in train)
    counts = Counter(chr(code) for text in read for code in folded_codes(text).tolist())
    return [char for char, _ in counts.most_common(ALPHABET)]


def shared(question: str, context: str, span: tuple[int, int]) -> int:
    """Character pairs of the question around a span."""
    around = context[max(0, span[0] - 40) : span[1] + 40]
    return sum(question[at : at + 2] in around for at in range(len(question) - 1))


# Of each attention: its weights for both places together, for the one, for the other.
ATTENTIONS = {
    "attend": ("both", "passage", "question"),
    "self": ("self_both", "self_from", "self_to"),
    "seek": ("seek_both", "seek_from", "seek_to"),
}


class Network(nn.Module):
    """The reader as it is trained; `vectors.train.graph` writes the same for onnxruntime."""

    def __init__(self, rows: "Rows", alphabet: int) -> None:
        super().__init__()
        self.rows = rows
        wide = 2 * HIDDEN
        self.project = nn.Linear(rows.topic.shape[1], TOPIC, bias=False)
        self.beside = nn.Linear(rows.beside.shape[1], BESIDE, bias=False)
        self.chars = nn.Embedding(alphabet + 2, CHAR_DIM, padding_idx=0)
        self.tags = nn.Embedding(TAG_IDS, TAG_DIM)
        self.encode = lstm(2 * TOPIC + CHAR_DIM + FEATURES + 2 * BESIDE + TAG_DIM)
        self.both = nn.Parameter(torch.ones(wide))
        self.passage = nn.Linear(wide, 1, bias=False)
        self.question = nn.Linear(wide, 1, bias=False)
        self.mix = nn.Linear(4 * wide, wide)
        self.pool = nn.Linear(wide, 1, bias=False)
        self.model1 = lstm(wide)
        self.self_both = nn.Parameter(torch.ones(wide))
        self.self_from = nn.Linear(wide, 1, bias=False)
        self.self_to = nn.Linear(wide, 1, bias=False)
        self.self_mix = nn.Linear(3 * wide, wide)
        self.model2 = lstm(wide)
        self.start = nn.Linear(3 * wide, 1, bias=False)
        self.end = nn.Linear(3 * wide, 1, bias=False)
        self.left = nn.Linear(3 * wide, PAIR, bias=False)
        self.right = nn.Linear(3 * wide, PAIR, bias=False)
        self.seek_both = nn.Parameter(torch.ones(wide))
        self.seek_from = nn.Linear(wide, 1, bias=False)
        self.seek_to = nn.Linear(wide, 1, bias=False)
        self.seek_mix = nn.Linear(3 * wide, wide)
        self.null1 = nn.Linear(4 * wide, HIDDEN)
        self.null2 = nn.Linear(HIDDEN, 1)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Span scores, [b, n, MAX_SPAN], invalid ones very low; "no answer" scores, [b]."""
        q_mask, p_mask = batch["q_mask"], batch["p_mask"]
        q_len, p_len = q_mask.sum(1), p_mask.sum(1)
        question, passage = [], []
        for known, project in ((self.rows.topic, self.project), (self.rows.beside, self.beside)):
            q_part = functional.relu(project(vectors(known, batch["q_pieces"])))
            p_part = functional.relu(project(vectors(known, batch["p_pieces"])))
            aligned = softmax(p_part @ q_part.transpose(1, 2), q_mask[:, None]) @ q_part
            for side, parts, own, other in (
                ("q", question, q_part, q_part),
                ("p", passage, p_part, aligned),
            ):
                parts += [own, other]
                if project is self.project:
                    parts += [self.chars(batch[f"{side}_chars"]), batch[f"{side}_feats"]]
                else:
                    parts.append(self.tags(batch[f"{side}_tags"]))
        q = self._run(self.encode, self._drop(torch.cat(question, 2)), q_len)
        p = self._run(self.encode, self._drop(torch.cat(passage, 2)), p_len)
        scores = (
            (p * self.both) @ q.transpose(1, 2) + self.passage(p) + self.question(q).transpose(1, 2)
        )
        scores = scores / math.sqrt(q.shape[2])
        c2q = softmax(scores, q_mask[:, None]) @ q
        most = scores.masked_fill(~q_mask[:, None], -1e9).amax(2)
        q2c = softmax(most, p_mask)[:, None] @ p
        mixed = functional.relu(self.mix(self._drop(torch.cat([p, c2q, p * c2q, p * q2c], 2))))
        pooled = (softmax(self.pool(q)[..., 0], q_mask)[:, None] @ q)[:, 0]
        first = self._run(self.model1, self._drop(mixed), p_len)
        first = first + self._itself(self._drop(first), p_mask)
        second = self._run(self.model2, self._drop(first), p_len)
        both = self._drop(torch.cat([mixed, first, second], 2))
        spans = self._spans(both, p_mask)
        most = second.masked_fill(~p_mask[..., None], -1e9).amax(1)
        sought = self._sought(q, second, q_mask, p_mask)
        hidden = functional.relu(self.null1(self._drop(torch.cat([most, pooled, *sought], 1))))
        return spans, self.null2(hidden)[:, 0]

    def _itself(self, texts: Tensor, mask: Tensor) -> Tensor:
        """What each place finds in the other places of its text."""
        scores = (texts * self.self_both) @ texts.transpose(1, 2)
        scores = scores + self.self_from(texts) + self.self_to(texts).transpose(1, 2)
        others = mask[:, None] & ~torch.eye(texts.shape[1], dtype=torch.bool)
        found = softmax(scores / math.sqrt(texts.shape[2]), others) @ texts
        return functional.relu(self.self_mix(torch.cat([texts, found, texts * found], 2)))

    def _sought(
        self, question: Tensor, passage: Tensor, q_mask: Tensor, p_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What the places of a question find in the passage, as read last: most and mean of all, [b, wide] each.

        A word of the question that the passage has nothing for speaks against an answer, however well the
        others fit.
        """
        scores = (question * self.seek_both) @ passage.transpose(1, 2)
        scores = scores + self.seek_from(question) + self.seek_to(passage).transpose(1, 2)
        found = softmax(scores / math.sqrt(question.shape[2]), p_mask[:, None]) @ passage
        joined = self._drop(torch.cat([question, found, question * found], 2))
        mixed = functional.relu(self.seek_mix(joined)) * q_mask[..., None]
        return mixed.amax(1), mixed.sum(1) / q_mask.sum(1, keepdim=True)

    def _spans(self, both: Tensor, mask: Tensor) -> Tensor:
        n = both.shape[1]
        start, end = self.start(both)[..., 0], self.end(both)[..., 0]
        end = end.masked_fill(~mask, -1e9)
        pairwise = self.left(both) @ self.right(both).transpose(1, 2) / math.sqrt(PAIR)
        full = start[:, :, None] + end[:, None, :] + pairwise
        full = functional.pad(full, (0, MAX_SPAN), value=-1e9)
        at = torch.arange(n)[:, None] + torch.arange(MAX_SPAN)[None, :]
        spans = full.gather(2, at.expand(len(full), -1, -1))
        return spans.masked_fill(~mask[..., None], -1e9)

    def _drop(self, inputs: Tensor) -> Tensor:
        """Drops the same features at all places of a text."""
        if not self.training:
            return inputs
        shape = (len(inputs), 1, inputs.shape[-1]) if inputs.dim() == 3 else inputs.shape
        return inputs * functional.dropout(torch.ones(shape), DROP)

    @staticmethod
    def _run(layers: nn.ModuleList, inputs: Tensor, lengths: Tensor) -> Tensor:
        ahead = layers[0](inputs)[0]
        if bool((lengths == inputs.shape[1]).all()):
            back = layers[1](inputs.flip(1))[0]
            return torch.cat([ahead, back.flip(1)], 2)
        turned = torch.from_numpy(reversal(lengths.numpy(), inputs.shape[1]))[..., None]
        back = layers[1](inputs.gather(1, turned.expand_as(inputs)))[0]
        joined = torch.cat([ahead, back.gather(1, turned.expand_as(back))], 2)
        mask = torch.arange(inputs.shape[1])[None, :] < lengths[:, None]
        return joined * mask[..., None]

    def exported(self) -> dict[str, Tensor]:
        """Weights under the names and in the shapes that `vectors.train.graph` writes."""
        out: dict[str, Tensor] = {
            "chars": self.chars.weight,
            "tags": self.tags.weight,
            "left": self.left.weight,
            "right": self.right.weight,
        }
        for name in ("start", "end", "pool"):
            out[name] = getattr(self, name).weight[0]
        for name in ATTENTIONS:
            both, own, other = ATTENTIONS[name]
            out[f"{name}.both"] = getattr(self, both)
            out[f"{name}.from"] = getattr(self, own).weight[0]
            out[f"{name}.to"] = getattr(self, other).weight[0]
        for name in ("mix", "self_mix", "seek_mix", "null1", "null2"):
            layer = getattr(self, name)
            out[f"{name.replace('_', '.')}.weight"] = layer.weight
            out[f"{name.replace('_', '.')}.bias"] = layer.bias
        for name in ("encode", "model1", "model2"):
            sides = [gate_order(side) for side in getattr(self, name)]
            for part in ("input", "state", "bias"):
                out[f"{name}.{part}"] = torch.stack([side[part] for side in sides])
        return {name: tensor.detach().float() for name, tensor in out.items()}

    def vectors(self) -> dict[str, Tensor]:
        """What the shipped reader knows of each piece."""
        topic, beside = self.project(self.rows.topic), self.beside(self.rows.beside)
        out = {
            "vectors": functional.relu(torch.cat([topic, beside], 1)),
            "norms": torch.from_numpy(self.rows.norms),
        }
        return {name: tensor.detach().half().contiguous() for name, tensor in out.items()}


@dataclass(slots=True)
class Rows:
    """What is known of each piece before training."""

    topic: Tensor  # [pieces, 256] unit rows of the encoder, or [pieces, TOPIC] as a shipped reader has them
    beside: Tensor  # [pieces, cbow.DIM] unit rows, or [pieces, BESIDE] as a shipped reader has them
    norms: Floats  # [pieces] lengths of the encoder's rows: how much a piece says
    encoder: Tensor  # [pieces, 256] unit rows of the encoder

    @classmethod
    def load(cls, begin_with: Path | None) -> "Rows":
        """The encoder's rows, and those of `vectors.train.cbow` or of a shipped reader."""
        from safetensors.torch import load_file

        found = load_file(MODEL / "encoder" / "0_StaticEmbedding" / "model.safetensors")
        rows_ = found["embedding.weight"].float()
        encoder = functional.normalize(rows_, dim=1)
        if begin_with:  # it may have been trained with another encoder of the same pieces
            known = load_file(begin_with / "pieces.safetensors")
            topic, beside = known["vectors"].float().split([TOPIC, BESIDE], dim=1)
            return cls(topic, beside, known["norms"].float().numpy(), encoder)
        beside = torch.from_numpy(np.load(cbow.PATH).astype(np.float32))
        norms = rows_.norm(dim=1)
        return cls(encoder, beside, (norms / norms.mean()).numpy(), encoder)

    def words(self) -> Floats:
        """Vectors that are near for words of like meaning and like places, [pieces, dim]."""
        beside = functional.normalize(self.beside, dim=1)
        return torch.cat([0.6 * self.encoder, 0.8 * beside], 1).numpy()


def vectors(rows: Tensor, pieces: Tensor) -> Tensor:
    """Rows of pieces, zero where there is none."""
    return rows[pieces.clamp(min=0)] * (pieces >= 0)[..., None]


def begin_with(network: Network, folder: Path) -> None:
    """Copies the weights of a reader that ships; what it lacks stays as it is and is not heard at first."""
    known = network.exported()
    wide = known["null1.weight"].shape[1]
    known |= {
        name: torch.from_numpy(array) for name, array in graph.read(folder / "model.onnx").items()
    }
    # The last inputs are those of "seek", which readers of before do not have.
    lacking = wide - known["null1.weight"].shape[1]
    known["null1.weight"] = functional.pad(known["null1.weight"], (0, lacking))
    state = network.state_dict()
    # `Rows.load` has what they came to.
    state["project.weight"], state["beside.weight"] = torch.eye(TOPIC), torch.eye(BESIDE)
    for name in ("chars", "tags", "left", "right", "start", "end", "pool"):
        state[f"{name}.weight"] = known[name].view_as(state[f"{name}.weight"])
    for name, (both, own, other) in ATTENTIONS.items():
        state[both] = known[f"{name}.both"]
        state[f"{own}.weight"], state[f"{other}.weight"] = (
            known[f"{name}.from"][None],
            known[f"{name}.to"][None],
        )
    for name in ("mix", "self_mix", "seek_mix", "null1", "null2"):
        for part in ("weight", "bias"):
            state[f"{name}.{part}"] = known[f"{name.replace('_', '.')}.{part}"]
    for name in ("encode", "model1", "model2"):
        for side in (0, 1):
            for part, ours in (("input", "weight_ih"), ("state", "weight_hh")):
                gates = known[f"{name}.{part}"][side].chunk(4)
                state[f"{name}.{side}.{ours}_l0"] = torch.cat([gates[at] for at in FROM_ONNX])
            ours, theirs = known[f"{name}.bias"][side].chunk(2)
            gates = (ours + theirs).chunk(4)
            state[f"{name}.{side}.bias_ih_l0"] = torch.cat([gates[at] for at in FROM_ONNX])
            state[f"{name}.{side}.bias_hh_l0"].zero_()
    network.load_state_dict(state)


def lstm(size: int) -> nn.ModuleList:
    """Two directions of an LSTM layer."""
    return nn.ModuleList([nn.LSTM(size, HIDDEN, batch_first=True) for _ in range(2)])


# Torch's gates are in, forget, cell, out; those of ONNX in, out, forget, cell.
TO_ONNX, FROM_ONNX = (0, 3, 1, 2), (0, 2, 3, 1)


def gate_order(side: nn.LSTM) -> dict[str, Tensor]:
    """One direction's weights as ONNX has them; it knows two biases, of which one is enough."""
    bias = side.bias_ih_l0 + side.bias_hh_l0
    parts = {"input": side.weight_ih_l0, "state": side.weight_hh_l0, "bias": bias}
    out = {name: torch.cat([whole.chunk(4)[at] for at in TO_ONNX]) for name, whole in parts.items()}
    out["bias"] = torch.cat([out["bias"], torch.zeros_like(out["bias"])])
    return out


def reversal(lengths: Ints, steps: int) -> Ints:
    """Indices that turn each row's first `length` places around, [b, steps]; its own inverse."""
    at = np.arange(steps)[None, :]
    return np.where(at < lengths[:, None], lengths[:, None] - 1 - at, at)


def softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis where the mask is true."""
    return scores.masked_fill(~mask, -1e9).softmax(-1)


class Windows:
    """Draws windows with and without the answer, and makes batches of them."""

    def __init__(
        self,
        pieces: Pieces,
        norms: Floats,
        alphabet: dict[str, int],
        reworded: Rewording,
        seed: int,
        tempts: tempting.Tempts | None = None,
    ) -> None:
        self.preambles = PREAMBLES
        self.tempts = tempts or {}
        self.pieces = pieces
        self.norms = norms
        self.reworded = reworded
        self.codes = {ord(char): at for char, at in alphabet.items()}
        self.random = np.random.default_rng(seed)
        self._known: dict[str, PiecedText] = {}

    def epoch(
        self,
        data: list[Example],
        near: list[list[tuple[str, str]]],
        swaps: list[list[str]],
    ) -> list[tuple[int, str, str, int, int]]:
        """(length, question, window, start, end), end 0 for none; like lengths together."""
        out = []
        for at, example in enumerate(data):
            start, end = example.spans[0]
            question = example.question
            if self.random.random() < REWORDED:
                question = self.reworded(question, example.context, self.random)
            if end - start <= MAX_SPAN:
                shown = self.random.random() < self.preambles
                size = SIZES[int(self.random.integers(len(SIZES)))]
                size = min(size, WINDOW - PREAMBLE * shown)
                low = max(0, end - size)
                high = max(low, min(start, len(example.context) - size))
                first = int(self.random.integers(low, high + 1))
                before = preamble(example.title, example.context, first) if shown else ""
                window = before + example.context[first : first + size]
                moved = len(before) - first
                out.append((len(window), question, window, start + moved, end + moved))
                if swaps[at] and self.random.random() < SWAPPED:
                    other = swaps[at][int(self.random.integers(len(swaps[at])))]
                    out.append((len(window), other, window, 0, 0))
                if example.refused and self.random.random() < REFUSED:
                    pairs = [(other, example.context) for other in example.refused]
                    other = example.refused[self._most_tempting(pairs)[0]]
                    out.append((len(window), other, window, 0, 0))
            window, chance = self.miss(example, near[at])
            if window and self.random.random() < chance:
                out.append((len(window), question, window, 0, 0))
        noise = self.random.random(len(out)) * 8
        order = np.argsort([item[0] + noise[at] for at, item in enumerate(out)])
        return [out[at] for at in order]

    def window(self, example: Example, start: int) -> str:
        """What is read of a context from `start` on, by chance below its headline and opening sentence."""
        shown = self.random.random() < self.preambles
        before = preamble(example.title, example.context, start) if shown else ""
        return (before + example.context[start:])[:WINDOW]

    def _most_tempting(self, misses: list[tuple[str, str]]) -> tuple[int, float]:
        """One of the questions with texts that do not answer them, by how far each tempts; and how far."""
        tempts = [self.tempts.get((asked, written.key(text)), EVEN) for asked, text in misses]
        weights = np.array(tempts) + 0.01
        at = int(self.random.choice(len(misses), p=weights / weights.sum()))
        return at, tempts[at]

    def miss(self, example: Example, near: list[tuple[str, str]]) -> tuple[str, float]:
        """A window that looks like the question and does not hold the answer; the chance that it stands there."""
        start, end = example.spans[0]
        away = [
            (begin, piece)
            for begin, piece in ((0, example.context[:start]), (end, example.context[end:]))
            if len(piece) > 80 and not any(answer in piece for answer in example.answers)
        ]
        tempts = EVEN
        if away and (not near or self.random.random() < AWAY):
            begin, piece = away[int(self.random.integers(len(away)))]
            first = int(self.random.integers(0, max(1, len(piece) - WINDOW)))
            before = preamble(example.title, example.context, begin + first)
            text = piece[first : first + WINDOW]
        elif near:
            at, tempts = self._most_tempting([(example.question, text) for _, text in near])
            before, text = near[at]
        else:
            return "", 0.0
        told = any(answer in before for answer in example.answers)
        shown = self.random.random() < self.preambles and not told
        chance = 0.0 if tempts > TOLD else EASY + (1 - EASY) * min(1.0, tempts / TEMPTING)
        return (before * shown + text)[:WINDOW], chance

    def batch(self, items: list[tuple[str, str]], *, hide: bool = False) -> dict[str, Tensor]:
        """Questions and windows as padded tensors."""
        texts = [self._pieced(text) for pair in items for text in pair]
        questions, windows = texts[0::2], texts[1::2]
        if hide:
            questions = [self._hidden(question) for question in questions]
        out: dict[str, Tensor] = {}
        for key, own, others in (("q", questions, windows), ("p", windows, questions)):
            size = (len(own), max(len(text.chars) for text in own))
            mask, chars = np.zeros(size, bool), np.zeros(size, np.int64)
            pieces = np.full(size, -1, np.int64)
            tags = np.zeros(size, np.int64)
            feats = np.zeros((*size, FEATURES), np.float32)
            for at, (text, other) in enumerate(zip(own, others, strict=True)):
                n = len(text.chars)
                mask[at, :n] = True
                chars[at, :n] = [self.codes.get(char, 1) for char in text.chars.tolist()]
                pieces[at, :n] = text.pieces
                tags[at, :n] = text.tags
                feats[at, :n] = features(text, other, self.norms)
            for name, array in (
                ("mask", mask),
                ("chars", chars),
                ("pieces", pieces),
                ("tags", tags),
                ("feats", feats),
            ):
                out[f"{key}_{name}"] = torch.from_numpy(array)
        return out

    def _pieced(self, text: str) -> PiecedText:
        return self.pieces.sequences([text])[0]

    def _hidden(self, text: PiecedText) -> PiecedText:
        """The text with some of its words unknown or left out; every second one stays whole."""
        chance = self.random.random()
        if chance < 0.5:
            return text
        starts = np.flatnonzero(np.diff(text.pieces, prepend=-2))
        dropping = chance > 5 / 6
        gone = self.random.random(len(starts)) < (DROPPED_WORDS if dropping else HIDDEN_WORDS)
        lost = np.repeat(gone, np.diff(starts, append=len(text.pieces)))
        if dropping:
            kept = ~lost if (~lost).sum() >= 4 else np.ones_like(lost)
            return PiecedText(text.chars[kept], text.pieces[kept], text.tags[kept])
        chars, pieces = np.where(lost, 0, text.chars), np.where(lost, -1, text.pieces)
        return PiecedText(chars, pieces, np.where(lost, 0, text.tags))


def near_misses(data: list[Example]) -> list[list[tuple[str, str]]]:
    """For each question what search takes for its answer and is not: passages with what is read before them."""
    known = near.load()
    return [known.get((example.question, example.context), []) for example in data]


def swapped(data: list[Example], seed: int) -> list[list[str]]:
    """For each question up to three in which a name or number that the context holds is another one."""
    random = np.random.default_rng(seed)
    names: dict[str, dict[str, None]] = {flag: {} for flag in ("nr", "ns", "nt", "nz", "m")}
    tagged = [tag(example.question) for example in data]
    for words in tagged:
        for word, flag in words:
            if flag in names and (len(word) > 1 or word.isdecimal()):
                names[flag][word] = None
    pools = {flag: list(words) for flag, words in names.items()}
    out: list[list[str]] = []
    for example, words in zip(data, tagged, strict=True):
        found = [
            at
            for at, (word, flag) in enumerate(words)
            if word in names.get(flag, ()) and word in example.context
        ]
        made = []
        for at in found * 3:
            word, flag = words[at]
            other = pools[flag][int(random.integers(len(pools[flag])))]
            alike = word.isdecimal() == other.isdecimal() and abs(len(word) - len(other)) <= 2
            if alike and other not in example.context and len(made) < 3:
                made.append("".join(other if i == at else w for i, (w, _) in enumerate(words)))
        out.append(made)
    return out


def loss_of(spans: Tensor, null: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Cross entropy over all spans and "no answer", and the risk: one less the expected F1.

    Cross entropy alone counts a span that is one character short like any other wrong one (Xiong et
    al. 2018, arXiv:1711.00106).
    """
    everything = torch.cat([spans.flatten(1), null[:, None]], 1)
    length = ends - starts
    target = torch.where(
        ends > 0, starts * MAX_SPAN + (length - 1).clamp(min=0), everything.shape[1] - 1
    )
    from_ = torch.arange(spans.shape[1])[None, :, None]
    width = torch.arange(1, MAX_SPAN + 1)[None, None, :]
    met = torch.minimum(from_ + width, ends[:, None, None]) - from_.maximum(starts[:, None, None])
    f1 = 2 * met.clamp(min=0) / (width + length[:, None, None])
    good = torch.cat([f1.flatten(1), (ends == 0).float()[:, None]], 1)
    risk = 1 - (everything.softmax(1) * good).sum(1).mean()
    return functional.cross_entropy(everything, target) + RISK * risk


@dataclass(slots=True)
class Validation:
    """Held-out questions on their windows, and one near miss of each: of every kind alike many."""

    data: list[Example]
    near: list[list[tuple[str, str]]]
    swaps: list[list[str]]
    preambles: float  # share of the windows below their headline and opening sentence

    def miss(self, at: int, windows: "Windows") -> tuple[str, str] | None:
        """A question and a text that does not answer it; None where there is none."""
        example = self.data[at]
        start = max(0, example.spans[0][0] - WINDOW // 2)
        window = windows.window(example, start)
        if example.refused:
            return example.refused[at % len(example.refused)], window
        if at % 3 == 0 and self.swaps[at]:
            return self.swaps[at][0], window
        text, _ = windows.miss(example, self.near[at] if at % 3 == 1 else [])
        return (example.question, text) if text else None

    def score(
        self, network: Network, windows: Windows, most: int, *, reword: bool = False
    ) -> tuple[float, float, float, Ints, Ints]:
        """EM, F1 (percent, always answering), balanced accuracy of refusing, margins and truths.

        With `reword`, two questions of three are asked in other words than the page's.
        """
        network.eval()
        windows.random = np.random.default_rng(0)  # the same near misses each time
        windows.preambles = self.preambles
        jobs: list[tuple[int, str, str]] = []
        data = self.data[:most]
        for at, example in enumerate(data):
            asked, missed = example.question, self.miss(at, windows)
            if reword and at % 9 > 2:  # misses of each kind alike
                asked = windows.reworded(asked, example.context, windows.random)
                if missed:
                    missed = windows.reworded(*missed, windows.random), missed[1]
            starts = window_starts(len(example.context), WINDOW - int(PREAMBLE * self.preambles))
            jobs += [(at, asked, windows.window(example, start)) for start in starts]
            if missed:
                jobs.append((~at, *missed))
        jobs.sort(key=lambda job: len(job[2]))
        best: dict[int, tuple[float, str]] = {}
        with torch.no_grad():
            for begin in range(0, len(jobs), 64):
                part = jobs[begin : begin + 64]
                spans, null = network(windows.batch([(q, text) for _, q, text in part]))
                top, index = spans.flatten(1).max(1)
                for (at, _, text), score, flat in zip(
                    part, (top - null).tolist(), index.tolist(), strict=True
                ):
                    start, width = divmod(flat, MAX_SPAN)
                    if at not in best or score > best[at][0]:
                        best[at] = (score, text[start : start + width + 1])
        network.train()
        windows.preambles = PREAMBLES
        exact, f1 = [], []
        for at, example in enumerate(data):
            said = best[at][1]
            exact.append(any(bare(said) == bare(a) for a in example.answers))
            f1.append(max(overlap_f1(said, a) for a in example.answers))
        margins = np.array([score for score, _ in best.values()])
        truths = np.array([at >= 0 for at in best])
        balanced = max(
            (np.mean(margins[truths] >= cut_) + np.mean(margins[~truths] < cut_)) / 2
            for cut_ in np.quantile(margins, np.linspace(0.02, 0.98, 97))
        )
        return (
            100 * float(np.mean(exact)),
            100 * float(np.mean(f1)),
            float(balanced),
            margins,
            truths,
        )


def held_out(
    held: list[Example], natural: list[Example], searched: list[Example], seed: int
) -> dict[str, Validation]:
    """The questions that are kept of `qa_train`, of those written for texts, and of the web's texts."""
    # The first ones of the file have longer answers than the others, and after most passes some are looked at.
    held, natural, searched = (
        [data[at] for at in np.random.default_rng(seed).permutation(len(data))]
        for data in (held, natural, searched)
    )
    natural = natural[:WRITTEN_HELD]
    out = {"kept": Validation(held, near_misses(held), swapped(held, seed), preambles=0.0)}
    for name, data, preambles in (("written", natural, 1.0), ("searched", searched, 0.0)):
        none: list[list[Any]] = [[] for _ in data]
        out[name] = Validation(data, none, none, preambles)
    return out


def scored(
    looked: dict[str, Validation], network: Network, windows: Windows, most: int
) -> tuple[Ints, Ints]:
    """Prints how well at most so many of each are answered; margins and truths to calibrate by.

    Those kept of `qa_train` count for that in other words than the page's.
    """
    margins, truths = [], []
    for name, validation in looked.items():
        for reword in (False, True) if name == "kept" else (False,):
            em, f1, balanced, found, true = validation.score(network, windows, most, reword=reword)
            what = f"{name}, reworded" if reword else name
            print(f"  {what}: EM {em:.1f} F1 {f1:.1f} refusal {balanced:.3f}", flush=True)
            if reword or name != "kept":
                margins.append(found)
                truths.append(true)
    return np.concatenate(margins), np.concatenate(truths)


def calibrated(margins: Ints, truths: Ints) -> tuple[float, float]:
    """Slope and bias that make a margin a probability (Platt 1999), by Newton's method."""
    w = np.zeros(2)
    x = np.stack([margins, np.ones(len(margins))], 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
        w -= np.linalg.solve(hessian, x.T @ (p - truths))
    return float(w[0]), float(w[1])


def save(network: Network, alphabet: list[str], margins: Ints, truths: Ints, folder: Path) -> None:
    """Writes the reader's folder: weights, its LSTM layers in eight bits, and config with the calibration."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.numpy() for name, tensor in network.exported().items()}
    graph.write(folder / "model.onnx", weights)
    save_file(network.vectors(), folder / "pieces.safetensors")
    slope, bias = calibrated(margins, truths)
    probabilities = 1 / (1 + np.exp(-(slope * margins + bias)))
    means = {
        float(t): np.mean(probabilities[truths] >= t) + np.mean(probabilities[~truths] < t)
        for t in np.linspace(0.02, 0.8, 79)
    }
    # The lowest of those that are as good within a point: of two that are as good, the one that tells more.
    threshold = min(t for t, mean in means.items() if mean > max(means.values()) - 0.02)
    config = {
        "alphabet": "".join(alphabet),
        "slope": slope,
        "bias": bias,
        "threshold": round(threshold, 3),
    }
    (folder / "config.json").write_text(
        json.dumps(config, ensure_ascii=False, indent=1) + "\n", "utf8"
    )


class Heap:
    """The C library's memory: kept when freed, because to ask for it again costs a fifth of a step.

    Pieces of many sizes leave holes, so now and then what lies idle goes back. Does nothing where the
    library is not glibc.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        if hasattr(self._library, "mallopt"):
            self._library.mallopt(-4, 0)  # M_MMAP_MAX
            self._library.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD

    def trim(self) -> None:
        """Gives back what lies idle."""
        if hasattr(self._library, "malloc_trim"):
            self._library.malloc_trim(0)


class Team:
    """The processes that train together; alone when not started by torchrun."""

    def __init__(self) -> None:
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        if self.size > 1:
            torch.set_num_threads(1)
            distributed.init_process_group("gloo")

    def mean(self, network: nn.Module, seconds: float) -> float:
        """Replaces the gradients by their mean over all, and returns the mean of the seconds."""
        if self.size == 1:
            return seconds
        grads = [p.grad for p in network.parameters() if p.grad is not None]
        flat = torch.cat([*(grad.flatten() for grad in grads), torch.tensor([seconds])])
        distributed.all_reduce(flat)
        flat /= self.size
        at = 0
        for grad in grads:
            grad.copy_(flat[at : at + grad.numel()].view_as(grad))
            at += grad.numel()
        return float(flat[-1])


def parse_options() -> argparse.Namespace:
    """What the command line asks for; ends the program where it cannot be."""
    parser = arguments("Train the shipped reader.")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--begin-with", type=Path, help="a reader folder to begin with")
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the questions a pass asks, the web's apart"
    )
    parser.add_argument("--made", type=int, default=24_000, help="made questions in the first pass")
    parser.add_argument("--out", type=Path, default=MODEL / "reader")
    options = parser.parse_args()
    if not (options.out.parent / "encoder").exists():
        parser.error(f"a reader reads with the encoder beside it: link it to {options.out.parent}")
    if options.begin_with and options.begin_with.resolve() == options.out.resolve():
        parser.error("--begin-with would be written over after the first pass: name another --out")
    return options


def load_checkpoint(checkpoint: Path, begin_with: Path | None) -> dict[str, Any]:
    """What a run that began alike left; ends the program where it began otherwise."""
    state: dict[str, Any] = torch.load(checkpoint)
    if state["begin_with"] != str(begin_with):
        raise SystemExit(f"{checkpoint} is of a run that began with {state['begin_with']}")
    return state


def main() -> None:
    """Trains and writes `vectors/model/reader`."""
    options = parse_options()
    team, heap = Team(), Heap()
    # Torch has no half-precision LSTM for processors without AVX-512.
    fast = "AVX512" in torch.backends.cpu.get_cpu_capability()
    torch.manual_seed(options.seed)
    WORK.mkdir(exist_ok=True)
    train, held = examples(options.data)
    natural, natural_held = written_examples(written.questions(options.data))
    searched, searched_held = written_examples(written.searched())
    train += natural
    rehearsed = len(train)
    train += searched
    rows_ = Rows.load(options.begin_with)
    alphabet = alphabet_of(train, options.begin_with)
    codes = {char: at + 2 for at, char in enumerate(alphabet)}
    pieces = Pieces(MODEL / "encoder")
    reworded = Rewording(pieces, rows_.words())
    tempts = tempting.load() if options.begin_with else None
    windows = Windows(pieces, rows_.norms, codes, reworded, options.seed, tempts)
    made = made_questions(options.data, options.seed, 5 * options.made)
    misses = [found[: tempting.SEARCHED] for found in near_misses(train)]
    swaps, made_swaps = swapped(train, options.seed), swapped(made, options.seed)
    looked = held_out(held, natural_held, searched_held, options.seed)
    network = Network(rows_, len(alphabet))
    if options.begin_with:
        begin_with(network, options.begin_with)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.lr, weight_decay=1e-4)
    step, spent, first = 0, 0.0, 0
    checkpoint = WORK / "reader.pt"
    if options.resume and checkpoint.exists():
        state = load_checkpoint(checkpoint, options.begin_with)
        network.load_state_dict(state["weights"])
        optimizer.load_state_dict(state["optimizer"])
        mean, step, spent, first = state["mean"], state["step"], state["spent"], state["epoch"]
    say = print if team.rank == 0 else (lambda *_, **__: None)
    kept = [len(one.data) for one in looked.values()]
    say(f"{len(train)} questions, {kept} held out", flush=True)
    began = time.monotonic() - spent
    torch.manual_seed(options.seed + team.rank)
    for epoch in range(first, options.epochs):
        # Drawn alike by all, so that each can take its share without a word.
        windows.random = np.random.default_rng([options.seed, epoch])
        gone = max(epoch / options.epochs, spent / options.time_limit_s)
        share = max(LAST_MADE, 1 - gone / 0.8)
        extra = windows.random.choice(len(made), int(options.made * share), replace=False)
        none = [[] for _ in range(len(extra))]
        asked = windows.random.permutation(rehearsed)[: int(options.share * rehearsed)].tolist()
        asked += range(rehearsed, len(train))
        drawn = windows.epoch(
            [train[at] for at in asked] + [made[at] for at in extra.tolist()],
            [misses[at] for at in asked] + none,
            [swaps[at] for at in asked] + [made_swaps[at] for at in extra.tolist()],
        )
        groups = [drawn[at : at + BATCH] for at in range(0, len(drawn), BATCH)]
        # Batches of like length run side by side: nobody waits for the others.
        steps = len(groups) // team.size
        order = windows.random.permutation(steps)
        losses = []
        for at in range(steps):
            done = (epoch + (at + 1) / steps) / options.epochs
            progress = max(spent / options.time_limit_s, done)
            if spent >= options.time_limit_s:
                break
            rate = (
                options.lr * min(1.0, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * progress))
            )
            for part in optimizer.param_groups:
                part["lr"] = rate
            group = groups[int(order[at]) * team.size + team.rank]
            batch = windows.batch(
                [(question, text) for _, question, text, _, _ in group], hide=True
            )
            starts = torch.tensor([start for *_, start, _ in group])
            ends = torch.tensor([end for *_, end in group])
            with torch.autocast("cpu", torch.bfloat16, enabled=fast):
                spans, null = network(batch)
            loss = loss_of(spans.float(), null.float(), starts, ends)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            spent = team.mean(network, time.monotonic() - began)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            step += 1
            losses.append(loss.item())
            decay = min(0.999, step / (step + 10))
            with torch.no_grad():
                for name, value in network.state_dict().items():
                    mean[name].lerp_(value, 1 - decay)
            if step % 100 == 0:
                heap.trim()
                say(
                    f"  pass {epoch + 1}, {at + 1} of {steps}, {spent:.0f} s, loss {np.mean(losses[-100:]):.3f}",
                    flush=True,
                )
        if team.rank == 0:
            averaged = Network(rows_, len(alphabet))
            averaged.load_state_dict(mean)
            last = spent >= options.time_limit_s or epoch + 1 == options.epochs
            most = max(len(held), WRITTEN_HELD) if last else LOOKED_AT
            say(f"pass {epoch + 1}", flush=True)
            margins, truths = scored(looked, averaged, windows, most)
            save(averaged, alphabet, margins, truths, options.out)
            state = {"weights": network.state_dict(), "optimizer": optimizer.state_dict()}
            state |= {"mean": mean, "step": step, "spent": spent, "epoch": epoch + 1}
            state["begin_with"] = str(options.begin_with)
            torch.save(state, checkpoint)
        if spent >= options.time_limit_s:
            break
    if team.rank == 0:
        Reader.open(options.out)


if __name__ == "__main__":
    main()

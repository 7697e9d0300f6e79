"""Points at the words of a text that answer a question, or says that none do.

The model was trained from scratch on `qa_train` (vectors/train/reader.py) and runs in numpy. Each
character is its own embedding, two vectors of the piece it belongs to (what texts it stands in, and
what words it stands beside), its word's part of speech, exact-match features and alignments with the
question (Chen et al. 2017, arXiv:1704.00051); question and passage attend to each other (Seo et al.
2016, arXiv:1611.01603) between LSTM layers; a span's score is start + end + a bilinear term, and "no
answer" competes with all spans in one softmax.
"""

import json
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ReaderError
from rag.messages import say
from rag.settings import shipped
from rag.tokens import tag
from rag.types import Span

WINDOW = 352  # characters read at a time; training saw windows of this size
STRIDE = 176
MAX_QUESTION = 64
MAX_SPAN = 64
FEATURES = 11
BATCH = 16  # windows that run side by side
TOPIC = 96  # columns of a piece's vector that say what texts it stands in; the others, beside what words
TAGS = (
    "n", "nr", "nrt", "ns", "nt", "nz", "v", "vn", "a", "ad", "d", "m", "q", "r", "p", "c", "u", "uj", "ul",
    "t", "f", "s", "b", "i", "j", "l", "eng", "x", "y", "z", "zg",
)  # fmt: skip
TAG_IDS = 2 * (
    len(TAGS) + 1
)  # each at the beginning of a word, and inside; 0 and 1 are the other tags

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两几半")
_TAG_NUMBERS = {name: at for at, name in enumerate(TAGS, 1)}


@dataclass(frozen=True, slots=True)
class PiecedText:
    """A text as the model sees it: ids per character."""

    chars: Ints  # [n] folded code points
    pieces: Ints  # [n] the piece that covers the character; -1 for none
    tags: Ints  # [n] its word's part of speech, < TAG_IDS


class Reader:
    """The trained reader; safe to use from many threads."""

    def __init__(
        self, weights: dict[str, Floats], config: dict[str, Any], pieces: "Pieces"
    ) -> None:
        self._weights = weights
        self._alphabet = {
            char: at + 2 for at, char in enumerate(config["alphabet"])
        }  # 0 pad, 1 other
        self.threshold = float(config["threshold"])
        self._calibration = (float(config["slope"]), float(config["bias"]))
        self.pieces = pieces

    @classmethod
    def open(cls, path: str | Path | None = None) -> "Reader":
        """Opens a reader folder; None is the shipped one.

        Raises:
            ReaderError: It is missing, damaged, or made for another encoder.
        """
        folder = shipped("model") / "reader" if path is None else Path(path)
        return _open(folder)

    def read(self, question: str, text: str, threshold: float | None = None) -> Span | None:
        """The span of the text that answers, or None.

        Args:
            question: What is asked.
            text: Any length; long texts are read in overlapping windows.
            threshold: Least probability; None is the calibrated one, 0 always points somewhere.
        """
        return self.read_many([(question, text)], threshold)[0]

    def read_many(
        self, pairs: Sequence[tuple[str, str]], threshold: float | None = None
    ) -> list[Span | None]:
        """`read` for many (question, text) pairs at once, in order."""
        least = self.threshold if threshold is None else threshold
        found = self._spans(pairs, 1)
        return [spans[0] if spans and spans[0].score >= least else None for spans in found]

    def candidates(self, question: str, text: str, top_k: int = 5) -> list[Span]:
        """Distinct spans that may answer, best first; they share the probability that the text answers."""
        return self._spans([(question, text)], top_k)[0]

    def candidates_many(self, pairs: Sequence[tuple[str, str]], top_k: int = 5) -> list[list[Span]]:
        """`candidates` for many (question, text) pairs at once, in order."""
        return self._spans(pairs, top_k)

    def _spans(self, pairs: Sequence[tuple[str, str]], top_k: int) -> list[list[Span]]:
        jobs = [
            (at, start, question[:MAX_QUESTION], text[start : start + WINDOW])
            for at, (question, text) in enumerate(pairs)
            if question.strip() and text.strip()
            for start in window_starts(len(text))
        ]
        found: list[list[tuple[float, float, int, int]]] = [[] for _ in pairs]
        # Windows of like length run together: padding is work done for nothing.
        jobs.sort(key=lambda job: -len(job[3]))
        for first in range(0, len(jobs), BATCH):
            batch = jobs[first : first + BATCH]
            scored = self._forward([(question, text) for _, _, question, text in batch])
            for (at, offset, _, text), (scores, null) in zip(batch, scored, strict=True):
                found[at] += [
                    (score - null, share, offset + start, offset + end)
                    for score, share, start, end in _best(scores, text, top_k)
                ]
        return [self._named(pairs[at][1], spans, top_k) for at, spans in enumerate(found)]

    def _named(
        self, text: str, spans: list[tuple[float, float, int, int]], top_k: int
    ) -> list[Span]:
        """Distinct spans of all windows, the best first, with calibrated probabilities."""
        slope, bias = self._calibration
        out: list[Span] = []
        for margin, share, start, end in sorted(spans, key=lambda s: (-s[0], s[2], s[3])):
            if any(start < span.end and span.start < end for span in out):
                continue
            z = max(-30.0, min(30.0, slope * margin + bias))
            score = 1 / (1 + math.exp(-z)) * (1.0 if not out else share)
            out.append(Span(text=text[start:end], start=start, end=end, score=score))
            if len(out) == top_k:
                break
        return out

    def _forward(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[Floats, float]]:
        """Scores of the spans of each pair, [n, MAX_SPAN] by start and length - 1, and of "no answer"."""
        weights = self._weights
        questions = self.pieces.sequences([question for question, _ in pairs])
        texts = self.pieces.sequences([text for _, text in pairs])
        q_mask, q_vectors, q_rest, q_tags = self._inputs(questions, texts)
        p_mask, p_vectors, p_rest, p_tags = self._inputs(texts, questions)
        question, passage = [], []
        for part, rest in ((slice(None, TOPIC), True), (slice(TOPIC, None), False)):
            q_part, p_part = q_vectors[..., part], p_vectors[..., part]
            aligned = _softmax(p_part @ q_part.swapaxes(1, 2), q_mask[:, None, :]) @ q_part
            question += [q_part, q_part, q_rest if rest else weights["tags"][q_tags]]
            passage += [p_part, aligned, p_rest if rest else weights["tags"][p_tags]]
        q_len, p_len = q_mask.sum(1), p_mask.sum(1)
        q = self._lstm("encode", np.concatenate(question, axis=2), q_len)
        p = self._lstm("encode", np.concatenate(passage, axis=2), p_len)
        return self._points(*self._attend(q, q_mask, p, p_mask), p_len)

    def _attend(
        self, q: Floats, q_mask: NDArray[np.bool_], p: Floats, p_mask: NDArray[np.bool_]
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Passage characters that know the question, [b, n, d], and the question as one vector."""
        weights = self._weights
        scores = (p * weights["attend.both"]) @ q.swapaxes(1, 2)
        scores += (p @ weights["attend.passage"])[:, :, None]
        scores += (q @ weights["attend.question"])[:, None, :]
        scores *= 1 / math.sqrt(q.shape[2])
        c2q = _softmax(scores, q_mask[:, None, :]) @ q
        most = np.where(q_mask[:, None, :], scores, -1e9).max(2)
        q2c = _softmax(most, p_mask)[:, None, :] @ p
        joined = np.concatenate([p, c2q, p * c2q, p * q2c], axis=2)
        mixed = np.maximum(joined @ weights["mix.weight"].T + weights["mix.bias"], 0)
        pooled = (_softmax(q @ weights["pool"], q_mask)[:, None, :] @ q)[:, 0]
        return mixed, pooled, p_mask

    def _points(
        self, mixed: Floats, pooled: Floats, mask: NDArray[np.bool_], lengths: Ints
    ) -> list[tuple[Floats, float]]:
        weights = self._weights
        first = self._lstm("model1", mixed, lengths)
        if "self.both" in weights:
            first += self._itself(first, mask)
        second = self._lstm("model2", first, lengths)
        both = np.concatenate([mixed, first, second], axis=2)
        start = both @ weights["start"]
        end = both @ weights["end"]
        left = both @ weights["left"].T
        right = both @ weights["right"].T
        most = np.where(mask[:, :, None], second, -1e9).max(1)
        hidden = np.concatenate([most, pooled], axis=1) @ weights["null1.weight"].T
        hidden = np.maximum(hidden + weights["null1.bias"], 0)
        null = hidden @ weights["null2.weight"][0] + weights["null2.bias"][0]
        out = []
        for at, length in enumerate(lengths):
            scores = np.full((length, MAX_SPAN), -1e9, dtype=np.float32)
            pairwise = left[at, :length] @ right[at, :length].T / math.sqrt(left.shape[2])
            for width in range(min(MAX_SPAN, length)):
                count = length - width
                scores[:count, width] = (
                    start[at, :count] + end[at, width:length] + np.diagonal(pairwise, width)
                )
            out.append((scores, float(null[at])))
        return out

    def _itself(self, texts: Floats, mask: NDArray[np.bool_]) -> Floats:
        """What each character finds in the others of its text, [b, n, d] (Clark and Gardner 2018)."""
        weights = self._weights
        scores = (texts * weights["self.both"]) @ texts.swapaxes(1, 2)
        scores += (texts @ weights["self.from"])[:, :, None]
        scores += (texts @ weights["self.to"])[:, None, :]
        scores *= 1 / math.sqrt(texts.shape[2])
        others = mask[:, None, :] & ~np.eye(texts.shape[1], dtype=np.bool_)
        found = _softmax(scores, others) @ texts
        joined = np.concatenate([texts, found, texts * found], axis=2)
        mixed = np.maximum(joined @ weights["self.mix.weight"].T + weights["self.mix.bias"], 0)
        return np.asarray(mixed * mask[:, :, None], dtype=np.float32)

    def _inputs(
        self, texts: list[PiecedText], others: list[PiecedText]
    ) -> tuple[NDArray[np.bool_], Floats, Floats, Ints]:
        """Of each character: whether it is one, its piece's vector, itself with its features, its tag."""
        size = (len(texts), max(len(text.chars) for text in texts))
        mask = np.zeros(size, dtype=np.bool_)
        pieces = np.full(size, -1, dtype=np.int64)
        chars = np.zeros(size, dtype=np.int64)
        feats = np.zeros((*size, FEATURES), dtype=np.float32)
        tags = np.zeros(size, dtype=np.int64)
        for at, (text, other) in enumerate(zip(texts, others, strict=True)):
            n = len(text.chars)
            mask[at, :n] = True
            pieces[at, :n] = text.pieces
            chars[at, :n] = [self._alphabet.get(chr(char), 1) for char in text.chars.tolist()]
            feats[at, :n] = features(text, other, self._weights["norms"])
            tags[at, :n] = text.tags
        vectors = self._weights["pieces"][np.maximum(pieces, 0)].astype(np.float32)
        vectors[pieces < 0] = 0
        return mask, vectors, np.concatenate([self._weights["chars"][chars], feats], axis=2), tags

    def _lstm(self, name: str, inputs: Floats, lengths: Ints) -> Floats:
        """A bidirectional LSTM layer, [b, n, i] → [b, n, 2 h]; padding stays zero."""
        weights = self._weights
        steps = inputs.shape[1]
        turned = reversal(lengths, steps)
        rows = np.arange(len(inputs))[:, None]
        both = np.stack([inputs, inputs[rows, turned]])  # [2, b, n, i]
        w_in, w_state, bias = (weights[f"{name}.{part}"] for part in ("input", "state", "bias"))
        gates = np.einsum("dbni,dgi->dnbg", both, w_in, optimize=True) + bias[:, None, None, :]
        gates = np.ascontiguousarray(gates)
        size = w_state.shape[2]
        state = np.zeros((2, len(inputs), size), dtype=np.float32)
        cell = np.zeros_like(state)
        out = np.zeros((2, steps, len(inputs), size), dtype=np.float32)
        w_state = np.ascontiguousarray(w_state.swapaxes(1, 2))
        for step in range(steps):
            gate = gates[:, step] + state @ w_state
            # tanh of half the input is a sigmoid: one call does three gates.
            sigmoid = 0.5 * np.tanh(0.5 * gate[..., : 3 * size]) + 0.5
            cell *= sigmoid[..., size : 2 * size]
            cell += sigmoid[..., :size] * np.tanh(gate[..., 3 * size :])
            state = sigmoid[..., 2 * size :] * np.tanh(cell)
            out[:, step] = state
        ahead = out[0].swapaxes(0, 1)
        back = out[1].swapaxes(0, 1)[rows, turned]
        joined = np.concatenate([ahead, back], axis=2)
        joined[np.arange(steps)[None, :] >= lengths[:, None]] = 0
        return joined


class Pieces:
    """Cuts texts as the encoder does."""

    def __init__(self, encoder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(encoder / "0_StaticEmbedding" / "tokenizer.json"))

    def sequences(self, texts: Sequence[str]) -> list[PiecedText]:
        """Texts as characters, with the pieces and words that cover them."""
        out = []
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for text, encoding in zip(texts, encodings, strict=True):
            pieces = np.full(len(text), -1, dtype=np.int64)
            for piece, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
                pieces[start:end] = piece
            chars = np.array([_folded(char) for char in text], dtype=np.int64)
            out.append(PiecedText(chars, pieces, _tags(text)))
        return out


def _tags(text: str) -> Ints:
    """Part of speech of each character's word, [n]."""
    out = np.zeros(len(text), dtype=np.int64)
    at = 0
    for word, flag in tag(text):
        out[at : at + len(word)] = 2 * _TAG_NUMBERS.get(flag, 0)
        out[at : at + 1] += 1
        at += len(word)
    return out


def features(text: PiecedText, other: PiecedText, norms: Floats) -> Floats:
    """What each character shares with the other text, and what sort it is, [n, FEATURES]."""
    chars, n = text.chars, len(text.chars)
    out = np.zeros((n, FEATURES), dtype=np.float32)
    word = _word_flags(chars)
    out[:, 0] = np.isin(chars, other.chars[_word_flags(other.chars)]) & word
    if n > 1 and len(other.chars) > 1:
        pairs = chars[:-1] << 21 | chars[1:]
        shared = np.isin(pairs, other.chars[:-1] << 21 | other.chars[1:]) & word[:-1] & word[1:]
        out[:-1, 1] = shared
        out[1:, 2] = shared
    known = text.pieces >= 0
    out[:, 3] = np.isin(text.pieces, other.pieces[other.pieces >= 0]) & known
    out[:, 4] = np.where(known, norms[np.maximum(text.pieces, 0)], 0)
    starts = np.ones(n, dtype=bool)
    starts[1:] = (text.pieces[1:] != text.pieces[:-1]) | ~known[1:]
    out[:, 5] = starts
    out[:, 6] = (chars >= 48) & (chars <= 57)
    out[:, 7] = (chars >= 97) & (chars <= 122)
    out[:, 8] = np.isin(chars, [ord(char) for char in _NUMERALS])
    out[:, 9] = ~word
    # How much of the other text stands near by, to either side: answers keep close to it.
    total = np.concatenate([[0.0], np.cumsum(out[:, 1])])
    at = np.arange(n)
    out[:, 10] = (total[np.minimum(at + 21, n)] - total[np.maximum(at - 20, 0)]) / 10
    return out


def window_starts(length: int) -> list[int]:
    """Where the windows of a text begin; each character is in one, most in two."""
    if length <= WINDOW:
        return [0]
    return [*range(0, length - WINDOW, STRIDE), length - WINDOW]


def reversal(lengths: Ints, steps: int) -> Ints:
    """Indices that turn each row's first `length` places around, [b, steps]; its own inverse."""
    at = np.arange(steps)[None, :]
    return np.where(at < lengths[:, None], lengths[:, None] - 1 - at, at)


@lru_cache(maxsize=65536)
def _folded(char: str) -> int:
    folded = unicodedata.normalize("NFKC", char).lower()
    return ord(folded) if len(folded) == 1 else ord(char)


def _word_flags(chars: Ints) -> NDArray[np.bool_]:
    return np.array([chr(char).isalnum() for char in chars.tolist()], dtype=np.bool_)


def _softmax(scores: NDArray[np.floating[Any]], mask: NDArray[np.bool_]) -> Floats:
    masked = np.where(mask, scores, -1e9)
    masked = np.exp(masked - masked.max(-1, keepdims=True))
    return np.asarray(masked / masked.sum(-1, keepdims=True), dtype=np.float32)


def _best(scores: Floats, text: str, top_k: int) -> list[tuple[float, float, int, int]]:
    """Up to top_k non-overlapping spans: (score, share of the softmax over spans, start, end)."""
    flat = scores.ravel()
    total = np.exp(flat - flat.max()).sum()
    order = np.argpartition(-flat, min(len(flat) - 1, 40 * top_k))[: 40 * top_k + 1]
    order = order[np.lexsort((order, -flat[order]))]
    out: list[tuple[float, float, int, int]] = []
    for index in order.tolist():
        start, width = divmod(index, MAX_SPAN)
        end = start + width + 1
        if flat[index] <= -1e8 or not text[start:end].strip():
            continue
        if any(start < e and s < end for _, _, s, e in out):
            continue
        share = float(np.exp(flat[index] - flat.max()) / total)
        out.append((float(flat[index]), share, start, end))
        if len(out) == top_k:
            break
    return out


@lru_cache(maxsize=4)
def _open(folder: Path) -> Reader:
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "config.json").read_text("utf8"))
        weights = {
            # The vectors of all pieces stay in half precision: a text needs few of them.
            name: tensor if name == "pieces" else np.ascontiguousarray(tensor, dtype=np.float32)
            for name, tensor in load_file(folder / "model.safetensors").items()
        }
        return Reader(weights, config, Pieces(folder.parent / "encoder"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(
            say(
                f"阅读模型 {folder} 打不开（{error}）。请重新安装问报，或检查这个文件夹是否完整。",
                f"The reader at {folder} does not load ({error}). Install Wenbao again, or check the folder.",
            )
        ) from error

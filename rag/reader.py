"""Points at the words of a text that answer a question, or says that none do.

The model was trained from scratch on `qa_train` and on questions made from and written for the news
(vectors/train/reader.py) and runs in onnxruntime. A passage is read below its headline and opening sentence. Each
character is its own embedding, two vectors of the piece it belongs to (what texts it stands in, and
what words it stands beside), its word's part of speech, exact-match features and alignments with the
question (Chen et al. 2017, arXiv:1704.00051); question and passage attend to each other (Seo et al.
2016, arXiv:1611.01603) between LSTM layers; a span's score is start + end + a bilinear term, and "no
answer" competes with all spans in one softmax.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.encoder import open_tokenizer
from rag.errors import ReaderError
from rag.messages import say
from rag.network import probability
from rag.passages import sentences
from rag.settings import shipped
from rag.tokens import folded_codes, is_word, simplified, tag
from rag.types import Scores, Span

WINDOW = 352  # characters read at a time; training saw windows of this size
PREAMBLE = 90  # characters of headline and opening sentence that are read before a passage, at most
MAX_QUESTION = 64
MAX_SPAN = 64
NEVER = -1e9  # score of what is no span
POOL = 40  # spans of a window that are compared
OWN = 0.3  # weight of a span's own probability beside its overlap with others; chosen on validation
FEATURES = 11
BATCH = 16  # windows that run side by side
PIECE_DIM = 160  # of a piece's vector
TOPIC = 96  # its columns that say what texts it stands in; the others, beside what words
TAGS = (
    "n", "nr", "nrt", "ns", "nt", "nz", "v", "vn", "a", "ad", "d", "m", "q", "r", "p", "c", "u", "uj", "ul",
    "t", "f", "s", "b", "i", "j", "l", "eng", "x", "y", "z", "zg",
)  # fmt: skip
TAG_IDS = 2 * (
    len(TAGS) + 1
)  # each at the beginning of a word, and inside; 0 and 1 are the other tags

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_NUMERALS = np.zeros(sys.maxunicode + 1, dtype=np.bool_)
_NUMERALS[list(map(ord, "零〇一二三四五六七八九十百千万亿两几半"))] = True
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
        self,
        graph: Any,
        vectors: NDArray[np.float16],
        norms: Floats,
        config: dict[str, Any],
        pieces: "Pieces",
    ) -> None:
        self._graph = graph
        self._vectors = vectors  # [pieces, PIECE_DIM]
        self._norms = norms
        self._alphabet = np.ones(sys.maxunicode + 1, dtype=np.uint16)  # 0 pad, 1 other
        for at, char in enumerate(config["alphabet"], start=2):
            self._alphabet[ord(char)] = at
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
        found = self._spans(pairs, 1, None)
        return [spans[0] if spans and spans[0].score >= least else None for spans in found]

    def candidates(self, question: str, text: str, top_k: int = 5) -> list[Span]:
        """Distinct spans that may answer, best first; they share the probability that the text answers."""
        return self._spans([(question, text)], top_k, None)[0]

    def candidates_many(
        self,
        pairs: Sequence[tuple[str, str]],
        top_k: int = 5,
        preambles: Sequence[str] | None = None,
    ) -> list[list[Span]]:
        """`candidates` for many (question, text) pairs at once, in order.

        Args:
            pairs: Questions and texts.
            top_k: Spans of each pair.
            preambles: What is read before each text and never pointed at (`preamble`).
        """
        return self._spans(pairs, top_k, preambles)

    def answering(self, question: str, texts: Sequence[str]) -> Scores:
        """The probability that each text answers, [n]; of a text what one window holds is read."""
        read = [at for at, text in enumerate(texts) if question.strip() and text.strip()]
        odds = np.full(len(texts), NEVER)
        if read:
            scored = self._forward([(question[:MAX_QUESTION], texts[at][:WINDOW]) for at in read])
            odds[read] = [self._odds(float(scores.max()) - null) for scores, null in scored]
        return probability(odds)

    def _odds(self, margin: float) -> float:
        """Log odds that a text answers, by how far its best span is above "no answer"."""
        slope, bias = self._calibration
        return slope * margin + bias

    def _spans(
        self, pairs: Sequence[tuple[str, str]], top_k: int, preambles: Sequence[str] | None
    ) -> list[list[Span]]:
        before = [one[:PREAMBLE] for one in preambles or [""] * len(pairs)]
        jobs = [
            (
                at,
                start - len(above),
                question[:MAX_QUESTION],
                above + text[start:][: WINDOW - len(above)],
            )
            for at, ((question, text), above) in enumerate(zip(pairs, before, strict=True))
            if question.strip() and text.strip()
            for start in window_starts(len(text), WINDOW - len(above))
        ]
        found: list[list[Ints | Floats]] = [[] for _ in pairs]
        # Windows of like length run together: padding is work done for nothing.
        jobs.sort(key=lambda job: -len(job[3]))
        for first in range(0, len(jobs), BATCH):
            batch = jobs[first : first + BATCH]
            scored = self._forward([(question, text) for _, _, question, text in batch])
            for (at, offset, _, _), (scores, null) in zip(batch, scored, strict=True):
                scores[: len(before[at])] = NEVER
                found[at].append(_best(scores, null, offset))
        return [
            self._named(text, np.concatenate(spans), top_k) if spans else []
            for (_, text), spans in zip(pairs, found, strict=True)
        ]

    def _named(self, text: str, spans: Floats, top_k: int) -> list[Span]:
        """Distinct spans of all windows, best first, with calibrated probabilities; spans as of `_best`."""
        odds = self._odds(float(spans[:, 0].max(initial=NEVER)))
        answers = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
        out: list[Span] = []
        for start, end, share in _by_agreement(spans):
            if not text[start:end].strip():
                continue
            if any(start < span.end and span.start < end for span in out):
                continue
            score = answers * (1.0 if not out else share)
            out.append(Span(text=text[start:end], start=start, end=end, score=score))
            if len(out) == top_k:
                break
        # The first is what most of the others agree with; among these a likelier one comes first.
        return out[:1] + sorted(out[1:], key=lambda span: -span.score)

    def _forward(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[Floats, float]]:
        """Scores of the spans of each pair, [n, MAX_SPAN] by start and length - 1, and of "no answer"."""
        asked = list(dict.fromkeys(question for question, _ in pairs))
        known = dict(zip(asked, self.pieces.sequences(asked), strict=True))
        questions = [known[question] for question, _ in pairs]
        texts = self.pieces.sequences([text for _, text in pairs])
        inputs = {**self._inputs("q", questions, texts), **self._inputs("p", texts, questions)}
        spans, null = self._graph.run(["spans", "null"], inputs)
        return [
            (scores[:length], float(none))
            for scores, none, length in zip(spans, null, inputs["p_lengths"], strict=True)
        ]

    def _inputs(
        self, side: str, texts: list[PiecedText], others: list[PiecedText]
    ) -> dict[str, NDArray[Any]]:
        """One side's inputs of the graph: what is known of each character; padding is 0."""
        size = (len(texts), max(len(text.chars) for text in texts))
        pieces = np.full(size, -1, dtype=np.int64)
        chars = np.zeros(size, dtype=np.int64)
        feats = np.zeros((*size, FEATURES), dtype=np.float32)
        tags = np.zeros(size, dtype=np.int64)
        for at, (text, other) in enumerate(zip(texts, others, strict=True)):
            n = len(text.chars)
            pieces[at, :n] = text.pieces
            chars[at, :n] = self._alphabet[text.chars]
            feats[at, :n] = features(text, other, self._norms)
            tags[at, :n] = text.tags
        vectors = self._vectors[np.maximum(pieces, 0)].astype(np.float32)
        vectors[pieces < 0] = 0
        lengths = np.array([len(text.chars) for text in texts], dtype=np.int32)
        return {
            f"{side}_vectors": vectors,
            f"{side}_chars": chars,
            f"{side}_feats": feats,
            f"{side}_tags": tags,
            f"{side}_lengths": lengths,
        }


class Pieces:
    """Cuts texts as the encoder does."""

    def __init__(self, encoder: Path) -> None:
        self._tokenizer = open_tokenizer(encoder / "0_StaticEmbedding" / "tokenizer.json")

    def names(self) -> list[str]:
        """The pieces by their ids."""
        known = self._tokenizer.get_vocab()
        return sorted(known, key=lambda name: known[name])

    def sequences(self, texts: Sequence[str]) -> list[PiecedText]:
        """Texts as simplified characters, with the pieces and words that cover them."""
        out = []
        texts = [simplified(text) for text in texts]
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        for text, encoding in zip(texts, encodings, strict=True):
            pieces = np.full(len(text), -1, dtype=np.int64)
            for piece, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
                pieces[start:end] = piece
            out.append(PiecedText(folded_codes(text).astype(np.int64), pieces, _tags(text)))
        return out


def _tags(text: str) -> Ints:
    """Part of speech of each character's word, [n]."""
    found = tag(text)
    sizes = np.array([len(word) for word, _ in found], dtype=np.int64)
    out = np.repeat([2 * _TAG_NUMBERS.get(flag, 0) for _, flag in found], sizes).astype(np.int64)
    out[np.cumsum(sizes) - sizes] += 1
    return out


def features(text: PiecedText, other: PiecedText, norms: Floats) -> Floats:
    """What each character shares with the other text, and what sort it is, [n, FEATURES]."""
    chars, n = text.chars, len(text.chars)
    out = np.zeros((n, FEATURES), dtype=np.float32)
    word = is_word(chars)
    out[:, 0] = _among(chars, other.chars[is_word(other.chars)]) & word
    if n > 1 and len(other.chars) > 1:
        pairs = chars[:-1] << 21 | chars[1:]
        shared = _among(pairs, other.chars[:-1] << 21 | other.chars[1:]) & word[:-1] & word[1:]
        out[:-1, 1] = shared
        out[1:, 2] = shared
    known = text.pieces >= 0
    out[:, 3] = _among(text.pieces, other.pieces[other.pieces >= 0]) & known
    out[:, 4] = np.where(known, norms[np.maximum(text.pieces, 0)], 0)
    starts = np.ones(n, dtype=bool)
    starts[1:] = (text.pieces[1:] != text.pieces[:-1]) | ~known[1:]
    out[:, 5] = starts
    out[:, 6] = (chars >= 48) & (chars <= 57)
    out[:, 7] = (chars >= 97) & (chars <= 122)
    out[:, 8] = _NUMERALS[chars]
    out[:, 9] = ~word
    # How much of the other text stands near by, to either side: answers keep close to it.
    total = np.concatenate([[0.0], np.cumsum(out[:, 1])])
    at = np.arange(n)
    out[:, 10] = (total[np.minimum(at + 21, n)] - total[np.maximum(at - 20, 0)]) / 10
    return out


def preamble(title: str, text: str, start: int) -> str:
    """What is read before a passage that begins at `start` of a text: its headline and opening sentence.

    A passage seldom says again where, when and to whom what it tells of happened.
    """
    first_end = sentences(text)[0][1] if text else 0
    opening = text[:first_end].strip() if start >= first_end else ""
    said = f"{title.strip()}\n{opening}".strip()[: PREAMBLE - 1]
    return f"{said}\n" if said else ""


def window_starts(length: int, size: int = WINDOW) -> list[int]:
    """Where the windows of a text begin; each character is in one, most in two."""
    if length <= size:
        return [0]
    return [*range(0, length - size, size // 2), length - size]


def _among(values: Ints, others: Ints) -> NDArray[np.bool_]:
    """Which values [n] are among the others [m]: for a window and a question quicker than sorting."""
    found: NDArray[np.bool_] = (values[:, None] == others).any(1)
    return found


def _best(scores: Floats, null: float, offset: int) -> Floats:
    """The POOL best spans of a window, [n, 3]: score over "no answer", start, end in the text."""
    flat = scores.ravel()
    order = np.argpartition(-flat, min(len(flat) - 1, POOL))[:POOL]
    order = order[flat[order] > NEVER / 10]  # what is added to it leaves it near
    starts, widths = np.divmod(order, MAX_SPAN)
    starts += offset
    return np.stack([flat[order] - null, starts, starts + widths + 1], axis=1).astype(np.float32)


def _by_agreement(spans: Floats) -> list[tuple[int, int, float]]:
    """Distinct spans of a text as (start, end, share of the probability), the best first.

    Which words answer is surer than where exactly they begin and end: a span counts for its own
    probability and for what it shares with the other probable ones (minimum Bayes risk, as Kumar
    and Byrne 2004 decode translations).
    """
    odds: dict[tuple[int, int], float] = {}
    most = float(spans[:, 0].max(initial=0.0))
    for margin, start, end in spans.tolist():
        place = (int(start), int(end))
        odds[place] = odds.get(place, 0.0) + math.exp(margin - most)
    first = sorted(odds, key=lambda place: (-odds[place], place))[:POOL]
    if not first:
        return []
    places = np.array(first)
    share = np.array([odds[place] for place in first])
    share /= share.sum()
    starts, ends = places[:, 0], places[:, 1]
    common = np.minimum(ends[:, None], ends) - np.maximum(starts[:, None], starts)
    overlap = 2 * np.maximum(common, 0) / ((ends - starts)[:, None] + (ends - starts))
    worth = OWN * share + (1 - OWN) * (overlap @ share)
    order = np.argsort(-worth, kind="stable")
    return [(int(starts[at]), int(ends[at]), float(share[at])) for at in order]


@lru_cache(maxsize=4)
def _open(folder: Path) -> Reader:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "config.json").read_text("utf8"))
        # The vectors of all pieces stay in half precision: a text needs few of them.
        known = load_file(folder / "pieces.safetensors")
        norms = known["norms"].astype(np.float32)
        graph = _session(folder / "model.onnx")
        return Reader(graph, known["vectors"], norms, config, Pieces(folder.parent / "encoder"))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ReaderError(
            say(
                f"阅读模型 {folder} 打不开（{error}）。请重新安装问报，或检查这个文件夹是否完整。",
                f"The reader at {folder} does not load ({error}). Install Wenbao again, or check the folder.",
            )
        ) from error


def _session(path: Path) -> Any:
    """The network, ready to run; many threads may run it at once."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # its Windows builds would report that they are used
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Idle workers sleep: on two cores, waiting busily would take one from those who work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    written = path.read_bytes()
    try:
        return onnxruntime.InferenceSession(written, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no other base in common
        raise ValueError(f"{path.name}: {error}") from error

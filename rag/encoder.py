"""Text → unit vectors. The only importer of tokenizers and sentence_transformers.

The shipped model is a static embedding in sentence-transformers format: a text's vector is the mean
of its pieces' rows. It runs here in numpy, so that a question on the command line need not wait seconds
for torch; any other model of that library works by name or path.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import EncoderError
from rag.messages import say
from rag.settings import Settings, shipped
from rag.types import RowIds, Scores, Vectors

MAX_CHARS = 20_000  # of one text; beyond, its mean no longer moves
_BATCH_TEXTS = 1024


class Encoder(Protocol):
    """What an index needs of a model. `fingerprint` changes with the weights."""

    name: str
    fingerprint: str
    dim: int

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, [n, dim], length one; zeros for a text without words."""

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, [n, dim], to compare with passages by inner product."""


def open_encoder(name_or_path: str | None = None) -> Encoder:
    """The encoder of that name: a folder, or a model in the local cache; None is the shipped one.

    A static model in a folder runs in numpy; everything else runs in sentence-transformers.

    Raises:
        EncoderError: There is no such model, it does not load, or the library is not installed.
    """
    path = shipped("model") / "encoder" if name_or_path is None else Path(name_or_path).expanduser()
    name = "wenbao" if name_or_path is None else str(name_or_path)
    if _static_folder(path) is not None:
        return _open_static(path, name)
    if name_or_path is None:
        raise EncoderError(
            say(
                f"{path} 缺少随附的编码器。请重新安装问报。",
                f"The shipped encoder is missing at {path}. Install Wenbao again.",
            )
        )
    return SentenceTransformerEncoder(name)


@cache
def open_tokenizer(path: Path) -> Any:
    """What cuts texts of any length into pieces; encoder and reader share it, for it takes a tenth of a second.

    Raises:
        ValueError: The file is missing or damaged.
    """
    from tokenizers import Tokenizer

    try:
        opened = Tokenizer.from_file(str(path))
    except Exception as error:  # its errors have no other base in common
        raise ValueError(f"{path.name}: {error}") from error
    opened.no_padding()
    opened.no_truncation()
    return opened


class StaticEncoder:
    """A static embedding in numpy; agrees with sentence-transformers to 1e-5."""

    def __init__(self, folder: Path, name: str) -> None:
        """Opens a sentence-transformers folder with one StaticEmbedding module.

        Raises:
            EncoderError: The folder is incomplete or damaged.
        """
        from safetensors import SafetensorError

        module = _static_folder(folder)
        if module is None:
            raise _does_not_load(folder, "no StaticEmbedding")
        self.name = name
        self._folder = module
        self._encoded = 0  # texts so far
        try:
            self._rows: NDArray[np.floating] = _load_rows(module / "model.safetensors")
            digest = _digest(module / "model.safetensors", module / "tokenizer.json")
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise _does_not_load(folder, str(error)) from error
        self.dim = int(self._rows.shape[1])
        self.fingerprint = f"{Path(name).name}-{self.dim}-{digest}"

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts, [n, dim]."""
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        self._encoded += len(texts)
        if self._encoded >= _BATCH_TEXTS and self._rows.dtype == np.float16:
            # Half precision costs more to widen than to add; a question or two never needs all rows.
            self._rows = self._rows.astype(np.float32)
        for start in range(0, len(texts), _BATCH_TEXTS):
            batch = [text[:MAX_CHARS] for text in texts[start : start + _BATCH_TEXTS]]
            self._sum(self.pieces(batch), out[start : start + len(batch)])
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        out /= np.where(norms > 0, norms, 1)
        return out

    encode_questions = encode_passages

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of the pieces of each text."""
        cut = self._tokens().encode_batch_fast(list(texts), add_special_tokens=False)
        return [one.ids for one in cut]

    def rows(self, ids: Sequence[int] | RowIds) -> tuple[Vectors, Scores]:
        """Unit rows of pieces, [n, dim], and how long the rows are, [n]: how much each piece says."""
        rows = self._rows[np.array(ids)].astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1)
        return rows / np.maximum(lengths, 1e-6)[:, None], lengths

    def _tokens(self) -> Any:
        try:
            return open_tokenizer(self._folder / "tokenizer.json")
        except ValueError as error:
            raise _does_not_load(self._folder, str(error)) from error

    def _sum(self, pieces: list[list[int]], out: Vectors) -> None:
        """Writes the sum of each text's rows to `out` [n, dim]; the mean's length does not matter.

        Text by text: numpy's reduceat over all at once takes fifteen times as long.
        """
        for at, ids in enumerate(pieces):
            if ids:
                out[at] = self._rows[np.array(ids)].sum(axis=0, dtype=np.float32)


class SentenceTransformerEncoder:
    """Any model of the sentence-transformers library, by name or path."""

    def __init__(self, name: str) -> None:
        """Loads the model.

        Raises:
            EncoderError: It is not there, does not load, or the library is not installed.
        """
        self.name = name
        self._model = _load_sentence_transformer(name)
        # Renamed in version 6; both are supported.
        named = getattr(self._model, "get_embedding_dimension", None)
        dim = (named or self._model.get_sentence_embedding_dimension)()
        if dim is None:
            raise _does_not_load(Path(name), "no embedding dimension")
        self.dim = int(dim)
        self.fingerprint = f"{Path(name).name}-{self.dim}-{_digest_of_model(self._model)}"

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, [n, dim]."""
        return self._encode(self._model.encode_document, texts)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, [n, dim]."""
        return self._encode(self._model.encode_query, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        vectors = encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _load_sentence_transformer(name: str) -> Any:
    online = Settings.from_env().online
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderError(
            say(
                f'编码器 {name} 需要 sentence-transformers。请安装：pip install "wenbao[app]"',
                f'The encoder {name} needs sentence-transformers: pip install "wenbao[app]"',
            )
        ) from error
    try:
        model = SentenceTransformer(name, device="cpu", local_files_only=not online)
        return model.float()  # sums of half-precision rows would lose three digits
    except Exception as error:
        raise EncoderError(
            say(
                f"找不到或打不开编码器 {name}。请给出模型文件夹的路径；要从网上获取，请设 WENBAO_ONLINE=1。",
                f"No encoder {name} here, or it does not load. Name a model folder, or set WENBAO_ONLINE=1 "
                "to fetch it.",
            )
        ) from error


@cache
def _open_static(path: Path, name: str) -> StaticEncoder:
    return StaticEncoder(path, name)


def _static_folder(folder: Path) -> Path | None:
    """The module folder of a static model, or None if this is none."""
    try:
        modules = json.loads((folder / "modules.json").read_text("utf8"))
        kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
        if kinds not in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
            return None
        return folder / str(modules[0]["path"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _load_rows(path: Path) -> NDArray[np.float16]:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    rows = tensors.get("embedding.weight", tensors.get("embeddings"))
    if rows is None or rows.ndim != 2:
        raise ValueError("no embedding.weight")
    return np.asarray(rows)


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _digest_of_model(model: Any) -> str:
    """Of all weights in the order of their names: another revision under the same name differs."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.float().cpu().numpy()).tobytes())
    return digest.hexdigest()[:12]


def _does_not_load(folder: Path, why: str) -> EncoderError:
    return EncoderError(
        say(
            f"编码器 {folder} 打不开（{why}）。请检查这个模型文件夹是否完整。",
            f"The encoder at {folder} does not load ({why}). Check that the model folder is complete.",
        )
    )

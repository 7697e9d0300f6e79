"""The training files, and the one validation split that all models share.

`--data` (or WENBAO_DATA) names the folder with the files; see its README for what may be trained on.
Only files marked "train" are read here.
"""

import argparse
import hashlib
import json
import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORK = Path(__file__).resolve().parent / "work"  # checkpoints and caches, ignored by git
MODEL = Path(__file__).resolve().parent.parent / "model"
TRAIN_FILES = ("news_bulk", "news_dated", "newspaper_pages", "qa_train")
VALIDATION_SHARE = 0.08
KEPT_MONTHS = ("2019-02", "2019-10")  # of `newspaper_pages`: the encoder has not read them


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Rows of a training file.

    Raises:
        ValueError: The file is for measuring only.
    """
    if name not in TRAIN_FILES:
        raise ValueError(f"{name} is not for training")
    with lzma.open(folder / f"{name}.jsonl.xz", "rt", encoding="utf8") as file:
        for line in file:
            yield json.loads(line)


def is_kept(name: str, row: dict[str, Any]) -> bool:
    """Whether a row is kept from the encoder and the reader, for what is fitted on top of them.

    Pages go by their month, other texts by `is_validation`.
    """
    if name == "newspaper_pages":
        return bool(row["date"].startswith(KEPT_MONTHS))
    return is_validation(row["context" if name == "qa_train" else "body"])


def learned(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows that the encoder and the reader may learn from."""
    return (row for row in rows(folder, name) if not is_kept(name, row))


def is_validation(context: str) -> bool:
    """Whether a text belongs to the validation split; a question goes with its context."""
    value = int.from_bytes(hashlib.sha256(context.encode()).digest()[:4], "big")
    return value / 2**32 < VALIDATION_SHARE


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that every training command takes."""
    parser = argparse.ArgumentParser(description=description)
    default = os.environ.get("WENBAO_DATA")
    parser.add_argument("--data", type=Path, default=default, required=default is None)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--time-limit-s", type=float, default=float("inf"))
    return parser

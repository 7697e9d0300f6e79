"""Pages dropped on the page: from Gradio's temporary place into the index, under names of their own."""

import contextlib
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from rag.index import Index
from rag.types import StoredArticle, UpdateReport

_DIGEST_CHARS = 12


def take_in(
    index: Index, paths: Sequence[str], folder: Path
) -> tuple[UpdateReport, tuple[StoredArticle, ...]]:
    """Indexes uploaded files; gives what was done and the new articles.

    A file is known by its content: tomorrow's page.txt never takes the place of today's. The index
    keeps every byte, so the copies go when it is done.

    Raises:
        IndexLockedError: Another process is writing.
        OSError: The disk is full.
    """
    kept: list[Path] = []
    known: set[str] = set()
    try:
        for path in map(Path, paths):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGEST_CHARS]
            place = folder / digest / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)
            kept.append(place)
            if index.exists and index.articles(source=str(place), limit=1):
                known.add(str(place))
        report = index.update(kept)
    finally:
        # Its own copies alone: others may be uploading.
        for place in kept:
            shutil.rmtree(place.parent, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
    fresh = dict.fromkeys(str(place) for place in kept if str(place) not in known)
    return report, tuple(one for source in fresh for one in index.articles(source=source))

"""Pages dropped on the page: from Gradio's temporary place into the index, under names of their own."""

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
    before = index.info().articles
    try:
        for path in map(Path, paths):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGEST_CHARS]
            place = folder / digest / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)
            kept.append(place)
        report = index.update(kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report, _came_from({str(place) for place in kept}, index, before)


def _came_from(sources: set[str], index: Index, before: int) -> tuple[StoredArticle, ...]:
    """The articles of these files, as far as they are new."""
    articles = index.articles()
    return tuple(stored for stored in articles[before:] if stored.source in sources)

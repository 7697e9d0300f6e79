"""How pages get in and out: files → units → pages → passages → vectors → one commit.

A unit of change is a file, or a line of a bulk file; its digest tells whether anything is new. All
that one update does becomes true in one commit, so a stop at any moment leaves the index as it was.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rag import bulk, pages
from rag.encoder import Encoder
from rag.errors import PageError, PageFormatError, PageReadError
from rag.jumps import jumps, stitched
from rag.messages import say
from rag.passages import cut
from rag.store import Issue, Original, Store
from rag.tokens import simplified
from rag.types import Page, Passage, RowIds, UpdateReport

BATCH_PASSAGES = 4096  # encoded at a time: enough to keep the encoder busy, little memory

Progress = Callable[[str, int, int | None], None]  # (what, done, total if known)


@dataclass(slots=True)
class Updater:
    """One update inside the store's open transaction."""

    store: Store
    encoder: Encoder
    on_progress: Progress | None = None
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    replaced: int = 0
    pruned: int = 0
    moved: int = 0  # bulk articles that are in another file now
    failed: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _removed: list[RowIds] = field(default_factory=list)
    _articles: list[int] = field(default_factory=list)
    _passages: list[Passage] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _seen_keys: dict[str, tuple[str, int]] = field(default_factory=dict)  # file and line of each
    _bulk: list[Path] = field(default_factory=list)  # the bulk files of this update, in order
    _last_keys: dict[str, tuple[str, int]] | None = None  # where each of their articles comes last
    # By bulk file: the articles that it held and does not hold any more; and the files of which some line
    # could not be read, so that it is not known which article is gone.
    _gone: dict[str, dict[str | None, Original]] = field(default_factory=dict)
    _in_doubt: set[str] = field(default_factory=set)
    _out: frozenset[str] | None = None  # articles that were taken out, once known
    # That a page with a jump line came into or left.
    _issues: set[Issue] = field(default_factory=set)

    @property
    def dirty(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.added or self.changed or self.pruned or self.moved)

    @property
    def removed(self) -> RowIds:
        """Row ids of the passages that are gone."""
        return np.concatenate([np.zeros(0, np.int64), *self._removed])

    def report(self, started: float) -> UpdateReport:
        """What was done since `started` (time.perf_counter)."""
        return UpdateReport(
            added=self.added,
            changed=self.changed,
            removed=self.pruned,
            unchanged=self.unchanged,
            replaced=self.replaced,
            failed=tuple(self.failed),
            missing=tuple(self.missing),
            seconds=round(time.perf_counter() - started, 3),
        )

    def take(self, paths: Sequence[Path], *, prune: bool = False) -> None:
        """Takes in files and folders; with `prune`, takes out what is gone from them."""
        found = list(self._files(paths))
        self._bulk = [path for path in found if path.suffix.lower() == ".jsonl"]
        for number, path in enumerate(found):
            self._tell(path.name, number, len(found))
            try:
                if path.suffix.lower() == ".jsonl":
                    self._take_bulk(path)
                else:
                    self._take_file(path)
            except PageError as error:
                self.failed.append((str(path), str(error)))
        self._note_missing(paths, prune=prune)
        self._stitch()
        self.flush()
        self._tell("", len(found), len(found))

    def take_out(self, units: Sequence[int], article_id: str) -> int:
        """Takes out units, and an article of this id; gives the number of articles."""
        before = self.store.count("articles")
        self._remove(units)
        self._removed.append(self.store.remove_article(article_id))
        removed = before - self.store.count("articles")
        self.pruned += max(removed, len(units))
        self._stitch()
        self.flush()
        return removed

    def take_kept(self, kept: Store) -> bool:
        """Reads everything another store kept anew: a rebuild. Tells whether something was unreadable."""
        total = kept.count("originals")
        damaged = False
        self.store.keep_out(kept.kept_out())
        for number, (unit, key, data) in enumerate(kept.each_original()):
            if number % 64 == 0:
                self._tell(Path(unit.source).name, number, total)
            if data is None:
                damaged = True
                self.failed.append((unit.source, _lost(unit)))
                continue
            try:
                if unit.line is None:
                    read = pages.read_bytes(data, unit.source)
                else:
                    line = bulk.BulkLine(number=unit.line, data=data)
                    read = (bulk.read_line(line, unit.source),)
            except PageError as error:
                # Its bytes stay: a later reader may know the format.
                self.failed.append((unit.source, str(error)))
                read = ()
            self._add(unit.source, unit.line, key, unit.digest, data, self._still_in(read))
            self.added += 1
        self._stitch()
        self.flush()
        return damaged

    def flush(self) -> None:
        """Encodes and keeps the passages that have gathered."""
        if self._passages:
            vectors = self.encoder.encode_passages(list(map(simplified, self._texts)))
            self.store.add_passages(self._articles, self._passages, vectors)
        self._articles, self._passages, self._texts = [], [], []

    # Units

    def _take_file(self, path: Path) -> None:
        data = pages.load(path)
        source, digest = str(path), hashlib.sha256(data).digest()
        known = self.store.originals_of(source).get(None)
        if known is not None and known.digest == digest:
            self.unchanged += 1
            return
        if known is None and (twin := self.store.original_by(digest=digest)) is not None:
            if _still_holds(twin):
                self.unchanged += 1  # the same page under another name
                return
            known = twin  # it was renamed: what becomes of the old name is no matter of this page
        read = pages.read_bytes(data, source)
        if known is not None:
            self._remove([known.original])
            self.changed += 1
        else:
            self.added += 1
        self._add(source, None, None, digest, data, read)

    def _take_bulk(self, path: Path) -> None:
        source = str(path)
        known = self.store.originals_of(source)
        met: set[str] = set()
        failed = len(self.failed)
        for line in bulk.read_lines(path):
            if line.number % 512 == 0:
                self._tell(f"{path.name}:{line.number}", line.number, None)
            try:
                page = bulk.read_line(line, source)
            except PageError as error:
                self.failed.append((f"{source}:{line.number}", str(error)))
                continue
            key = page.articles[0].article_id
            self.replaced += key in met
            met.add(key)
            self._take_line(line, page, key, known.get(key))
        self._gone[source] = {key: unit for key, unit in known.items() if key not in met}
        if len(self.failed) > failed:
            self._in_doubt.add(source)

    def _take_line(self, line: bulk.BulkLine, page: Page, key: str, known: Original | None) -> None:
        digest = hashlib.sha256(line.data).digest()
        again = key in self._seen_keys
        if known is None or again:
            known = self.store.original_by(key=key)
        other = known is not None and known.digest != digest
        if other and self._comes_again(key, page.source, line.number):
            return  # what is kept may be that later line: an unchanged file costs nothing
        self._seen_keys[key] = (page.source, line.number)
        if known is not None:
            if known.digest == digest:
                self.unchanged += not again
                return
            self._remove([known.original])
        if not again:
            if known is None:
                self.added += 1
            else:
                self.changed += 1
        self._add(page.source, line.number, key, digest, line.data, (page,))

    def _comes_again(self, key: str, source: str, line: int) -> bool:
        """Whether the article stands once more, further down or in a later file of this update."""
        if self._last_keys is None:
            self._last_keys = {}
            for path in self._bulk:
                self._last_keys |= {one: (str(path), number) for one, number in _keys_of(path)}
        return self._last_keys.get(key, (source, line)) != (source, line)

    def _add(
        self,
        source: str,
        line: int | None,
        key: str | None,
        digest: bytes,
        data: bytes,
        read: Sequence[Page],
    ) -> None:
        original = self.store.add_original(
            source=source, line=line, key=key, digest=digest, data=data
        )
        # What somebody took out and now brings again is in again.
        back = self._kept_out() & {one.article_id for page in read for one in page.articles}
        if back:
            self._out = self._kept_out() - back
            self.store.keep_out(self._out)
        for page in read:
            if line is None and page.date and page.page_no and jumps(page):
                self._issues.add((page.newspaper, page.date))
            rows = self.store.add_page(original, page)
            for row, article in zip(rows, page.articles, strict=True):
                for passage in cut(article.text):
                    self._articles.append(row)
                    self._passages.append(passage)
                    self._texts.append(f"{article.title}\n{passage.text}".strip())
        if len(self._passages) >= BATCH_PASSAGES:
            self.flush()

    def _remove(self, units: Sequence[int]) -> None:
        self.flush()  # what is removed may have come in this very update
        for unit in units:
            self._issues.update(self.store.issues_of(unit))
        self._removed.append(self.store.remove_originals(units))

    def _stitch(self) -> None:
        """Puts together what jumps between the pages of an issue that came as files of their own.

        A file whose articles change by it comes in anew, from the bytes that were kept; one that has lost
        the page where its article went on gets its own part back.
        """
        for issue in sorted(self._issues, key=str):
            units = self.store.jumping(issue)
            try:
                read = [pages.read_bytes(data, unit.source) for unit, data, _ in units]
            except PageError:
                continue  # one is not readable any more: what came of all of them stays
            own = [page for part in read for page in part if _is_of(page, issue)]
            whole = iter(stitched(own))
            for (unit, data, known), part in zip(units, read, strict=True):
                now = [next(whole) if _is_of(page, issue) else page for page in part]
                now = self._still_in(now)
                if [a.article_id for page in now for a in page.articles] != known:
                    self._remove([unit.original])
                    self._add(unit.source, None, None, unit.digest, data, now)
        self._issues.clear()

    def _still_in(self, read: Iterable[Page]) -> list[Page]:
        """Pages from kept bytes, without the articles that somebody took out."""
        out = self._kept_out()
        return [
            replace(page, articles=tuple(a for a in page.articles if a.article_id not in out))
            for page in read
        ]

    def _kept_out(self) -> frozenset[str]:
        if self._out is None:
            self._out = self.store.kept_out()
        return self._out

    # Files

    def _files(self, paths: Sequence[Path]) -> Iterator[Path]:
        """Every file meant, folders walked in the order of names, each once.

        One whose name is not UTF-8 is none of them: the store cannot note where its page came from.
        """
        met: set[Path] = set()
        for path in paths:
            if path.is_dir():
                candidates: Iterable[Path] = _walk(path, self._index_folder)
            elif path.exists() or path.is_symlink():
                candidates = [path]
            else:
                self.failed.append((str(path), str(_no_such(path))))
                continue
            for candidate in candidates:
                if candidate in met:
                    continue
                met.add(candidate)
                shown = str(candidate).encode("utf-8", "replace").decode("utf-8")
                if shown == str(candidate):
                    yield candidate
                else:
                    self.failed.append((shown, str(_odd_name(shown))))

    def _note_missing(self, paths: Sequence[Path], *, prune: bool) -> None:
        """Notices what is gone from the folders (or places) that were named: indexed files, lines of others.

        What was below the index's own folder is not: uploads lie there only until they are indexed.
        """
        for source, gone in self._gone.items():
            if left := self._not_moved(gone):
                sure = source not in self._in_doubt
                self._miss(f"{source}（{len(left)}）", left, prune=prune and sure)
        for source in self.store.sources():
            path = Path(source)
            if path.exists() or not any(path == p or p in path.parents for p in paths):
                continue
            left = self._not_moved(self.store.originals_of(source))
            if left and self._index_folder not in path.parents:
                self._miss(source, left, prune=prune)

    def _not_moved(self, units: Mapping[str | None, Original]) -> list[int]:
        """The units, but for the articles that another file brought in this very update: they are its own now."""
        left = []
        for key, unit in units.items():
            if place := self._seen_keys.get(key or ""):
                self.moved += self.store.move(unit.original, *place)
            else:
                left.append(unit.original)
        return left

    def _miss(self, name: str, units: Sequence[int], *, prune: bool) -> None:
        if prune:
            self._remove(units)
            self.pruned += len(units)
        else:
            self.missing.append(name)

    @property
    def _index_folder(self) -> Path:
        return self.store.path.parent.parent

    def _tell(self, what: str, done: int, total: int | None) -> None:
        if self.on_progress is not None:
            self.on_progress(what, done, total)


def _keys_of(path: Path) -> Iterator[tuple[str, int]]:
    """The articles of a bulk file with their lines, as far as it can be read."""
    try:
        for line in bulk.read_lines(path):
            with suppress(PageFormatError):
                yield bulk.read_line(line, str(path)).articles[0].article_id, line.number
    except PageReadError:
        return


def _still_holds(unit: Original) -> bool:
    """Whether the file that a unit came from still has its bytes."""
    try:
        return hashlib.sha256(pages.load(Path(unit.source))).digest() == unit.digest
    except PageError:
        return False


def _is_of(page: Page, issue: Issue) -> bool:
    """Whether a page belongs to an issue and says which of its pages it is."""
    return (page.newspaper, page.date) == issue and page.page_no is not None


def _walk(folder: Path, index: Path) -> Iterator[Path]:
    """The files of a folder that are not hidden, without those of the index itself."""
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and Path(base) / name != index
        )
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(base) / name


def _no_such(path: Path) -> PageReadError:
    return PageReadError(
        say(
            f"{path}：没有这个文件或文件夹。请检查路径。",
            f"{path}: no such file or folder. Check the path.",
        )
    )


def _odd_name(shown: str) -> PageReadError:
    return PageReadError(
        say(
            f"{shown}：文件名（或文件夹名）不是 UTF-8。请改名后再收录。",
            f"{shown}: the name of the file (or its folder) is not UTF-8. Rename it and index it again.",
        )
    )


def _lost(unit: Original) -> str:
    return say(
        f"{unit.source}：第 {unit.original} 份原文已损坏，读不出来。旧索引保留为 damaged-*，请重新收录这一页。",
        f"{unit.source}: kept page {unit.original} is damaged and cannot be read. The old index stays as "
        "damaged-*; index that page again.",
    )

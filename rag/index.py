"""Index: the folder that holds pages and finds passages in them.

    INDEX/state-N/wenbao.sqlite                       the one truth
    INDEX/state-N/{dense*.faiss, dense.json, text/}   derived from it

Updates commit inside the current state; only a rebuild makes the next. Readers work on an immutable
snapshot, never wait for a writer, and notice a new change or state by themselves.
"""

import contextlib
import functools
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from numpy.typing import NDArray

from rag.dates import Period, meant, speaks_of_days, today_of
from rag.derived import Derived
from rag.encoder import Encoder, open_encoder
from rag.errors import (
    EncoderError,
    IndexLockedError,
    IndexMismatchError,
    IndexStateError,
    SettingsError,
)
from rag.folder import IndexFolder
from rag.messages import say
from rag.search import Searcher, checked_filter, checked_question, grouped
from rag.settings import Settings
from rag.store import FILE_NAME, PassageRow, Store, corrupt
from rag.tokens import simplified, tokenizer_name
from rag.types import Hit, IndexInfo, Kind, Mode, StoredArticle, UpdateReport
from rag.update import Progress, Updater

MOST_COPIES = 512  # hits that are looked at for copies of stories
HALF_WRITTEN_S = 30  # that a first search waits for who writes
SHIPPED = "wenbao"  # name under which an index records the shipped encoder

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Snapshot:
    """One state at one change, open for reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / FILE_NAME)
        self.derived = Derived(folder, self.store)
        change = self.store.change
        self.behind = not self.derived.fits(change)
        self.change = None if self.behind else change  # that all of it holds
        self.info: IndexInfo | None = None  # counted when first asked for, anew after a change


def _naming_damage(
    method: Callable[Concatenate["Index", _P], _R],
) -> Callable[Concatenate["Index", _P], _R]:
    """Turns what SQLite says of a full disk or a broken file into a sentence that helps."""

    @functools.wraps(method)
    def told(self: "Index", /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.OperationalError as error:
            raise IndexStateError(
                say(
                    f"读写不了 {self.path}（{error}）。请检查磁盘空间和权限，索引保持原样。",
                    f"Cannot use {self.path} ({error}). Check disk space and permissions; the index is as it was.",
                )
            ) from error
        except sqlite3.DatabaseError as error:
            raise corrupt(self.path) from error

    return told


class Index:
    """A searchable collection of newspaper pages in one folder."""

    def __init__(self, path: Path, encoder: str | Encoder | None = None) -> None:
        """Use `Index.open`."""
        self.path = path
        self._folder = IndexFolder(path)
        self._asked_encoder = encoder
        self._encoder: Encoder | None = None
        self._snapshot: _Snapshot | None = None
        self._guard = threading.RLock()

    @classmethod
    def open(cls, path: str | os.PathLike[str], encoder: str | Encoder | None = None) -> Self:
        """Opens the index in a folder; `update` makes it if there is none.

        Args:
            path: The folder.
            encoder: Name or path of a sentence-transformers model, or an Encoder; None is the one
                that the index was made with, the shipped one for a new index.

        What is inside is read at the first use; every use may raise IndexMissingError,
        IndexCorruptError (the store is damaged) and IndexMismatchError (made with another encoder
        or tokeniser: `rebuild` is the way out).

        Raises:
            IndexForeignError: The folder holds something else.
            IndexCorruptError: It points to no state.
        """
        if isinstance(encoder, str) and Path(encoder).expanduser().is_dir():
            # The index must find its encoder again from any working directory.
            encoder = str(Path(encoder).expanduser().absolute())
        index = cls(Path(path).expanduser().absolute(), encoder)
        index._folder.state()
        return index

    def close(self) -> None:
        """Closes the files; the index can be opened again."""
        with self._guard:
            if self._snapshot is not None:
                self._snapshot.store.close()
            self._snapshot = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def exists(self) -> bool:
        """Whether there is an index at the path."""
        return self._folder.state() is not None

    def require(self) -> None:
        """Makes sure that there is an index.

        Raises:
            IndexMissingError: There is none.
        """
        self._folder.current()

    # Finding

    @_naming_damage
    def search(
        self,
        question: str,
        *,
        top_k: int = 8,
        mode: Mode = "hybrid",
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
        kind: Kind | None = None,
        group: bool = False,
    ) -> tuple[Hit, ...]:
        """The passages that best answer a question.

        Words of the question that say which pages are meant (上周的报道, 2024年的新闻, 2月以来) limit
        the days like `since` and `until`; other days in it (昨天, 2月11日) only speak for what was
        printed about then. They count from WENBAO_TODAY, else from the newest page.

        Args:
            question: Plain words, up to 2,000 characters.
            top_k: At most so many hits, >= 1.
            mode: "hybrid" ranks candidates of both indexes by the probability that they answer;
                "dense" scores by cosine, "lexical" by BM25.
            since: First day, YYYY-MM-DD, inclusive; undated articles match no date filter.
            until: Last day, inclusive.
            newspaper: Only this newspaper.
            kind: Only articles of this kind.
            group: Leaves out copies of a story in other articles; the hit names them.

        Raises:
            QuestionError: The question is empty or too long.
            SettingsError: A day is no date, or `mode`, `kind` or `top_k` has no meaning.
            IndexMissingError: There is no index.
        """
        question = checked_question(question)
        only = checked_filter(since, until, newspaper, kind)
        if mode not in ("hybrid", "dense", "lexical"):
            raise SettingsError(
                say(
                    f"没有“{mode}”这种检索方式。可用 hybrid、dense、lexical。",
                    f"No mode {mode!r}. Use hybrid, dense or lexical.",
                )
            )
        if top_k < 1:
            raise SettingsError(say("top_k 至少为 1。", "top_k is at least 1."))
        searcher = self._searcher()
        days = self._meant(question, searcher.store)
        if not group:
            return tuple(searcher.hits(question, top_k, mode, only, days))
        wanted = top_k
        while True:
            wanted *= 4  # a story may have many copies
            hits = searcher.hits(question, wanted, mode, only, days)
            kept = grouped(hits, lambda key: self.article(key).article.text)
            if len(kept) >= top_k or len(hits) < wanted or wanted >= MOST_COPIES:
                return tuple(kept[:top_k])

    def _meant(self, question: str, store: Store) -> Period | None:
        """The days that a question speaks of, if it does."""
        question = simplified(question)
        if not speaks_of_days(question):
            return None
        return meant(question, today_of(Settings.from_env().today, store.newest_day()))

    def described(self, question: str) -> tuple[list[PassageRow], NDArray[Any]]:
        """The candidates of a question and the facts that rank them: to fit the ranker on."""
        searcher = self._searcher()
        rows, facts = searcher.described(question)
        return searcher.store.passage_rows(rows.tolist()), facts

    # Reading what is there

    @_naming_damage
    def article(self, article_id: str) -> StoredArticle:
        """The article with this id.

        Raises:
            KeyError: There is none.
        """
        found = self._current().store.articles(article_id=article_id, limit=1)
        if not found:
            raise KeyError(article_id)
        return found[0]

    @_naming_damage
    def articles(
        self,
        page_id: str | None = None,
        limit: int | None = None,
        *,
        source: str | None = None,
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
        newest: bool = False,
    ) -> tuple[StoredArticle, ...]:
        """Articles in the order in which they came, all or those of a page, a file, some days or a newspaper.

        With `newest`, those of the last day come first, and undated ones last.
        """
        return self._current().store.articles(
            page_id=page_id,
            source=source,
            since=since,
            until=until,
            newspaper=newspaper,
            newest=newest,
            limit=limit,
        )

    @_naming_damage
    def info(self) -> IndexInfo:
        """What the index holds."""
        snapshot = self._current()
        # Read before what is counted: a change that comes between is counted again next time.
        change = snapshot.store.change
        if snapshot.info is None or snapshot.info.change != change:
            snapshot.info = self._counted(snapshot, change)
        return snapshot.info

    def _counted(self, snapshot: _Snapshot, change: int) -> IndexInfo:
        store = snapshot.store
        newspapers, since, until, undated = store.coverage()
        return IndexInfo(
            path=self.path,
            encoder=store.meta("encoder"),
            tokenizer=store.meta("tokenizer"),
            dim=int(store.meta("dim")),
            pages=store.count("pages"),
            articles=store.count("articles"),
            passages=store.count("passages"),
            newspapers=newspapers,
            since=since,
            until=until,
            undated=undated,
            size_bytes=_size(snapshot.folder),
            change=change,
        )

    # Changing

    @_naming_damage
    def update(
        self,
        paths: Sequence[str | os.PathLike[str]],
        on_progress: Progress | None = None,
        *,
        prune: bool = False,
    ) -> UpdateReport:
        """Adds or refreshes pages: files, folders, `.jsonl`. Files that fail are reported, the rest is done.

        Args:
            paths: What to read.
            on_progress: Called with (what, done, total or None).
            prune: Also takes out pages whose file is gone from these paths.

        Raises:
            IndexLockedError: Another process is writing.
            IndexMismatchError: The index was made with another encoder.
        """
        started = time.perf_counter()
        places = [Path(path).expanduser().absolute() for path in paths]
        with self._folder.writing():
            if not self.exists:
                state = self._folder.fresh()
                self._make_store(state, SHIPPED).close()
                self._folder.use(state)
            # What a rebuild that was stopped left behind.
            self._folder.clear_others(self._folder.current(), keep=False)
            with self._changing(self._current(repair=False), on_progress) as updater:
                updater.take(places, prune=prune)
        return updater.report(started)

    @_naming_damage
    def remove(self, what: str | os.PathLike[str]) -> int:
        """Takes out what a page id, a source path or an article id names; gives the number of articles.

        Raises:
            KeyError: Nothing has this name.
        """
        name = os.fspath(what)
        self.require()
        with self._folder.writing():
            snapshot = self._current(repair=False)
            store = snapshot.store
            units = store.originals_named(name) or store.originals_named(
                str(Path(name).expanduser().absolute())
            )
            with self._changing(snapshot, None) as updater:
                removed = updater.take_out(units, name)
            if not updater.pruned:
                raise KeyError(name)
        return removed

    @_naming_damage
    def rebuild(self, on_progress: Progress | None = None) -> UpdateReport:
        """Derives everything anew from the kept bytes, beside the old state, with the encoder asked for.

        Where the old store is damaged, what can be read of it is kept, what cannot is reported, and
        the old state stays under the name damaged-N.

        Raises:
            IndexLockedError: Another process is writing.
            IndexCorruptError: The old store cannot be read at all.
        """
        started = time.perf_counter()
        self.require()
        with self._folder.writing():
            with contextlib.closing(Store(self._folder.current() / FILE_NAME)) as kept:
                state = self._folder.fresh()
                store = self._make_store(state, kept.meta("encoder"))
                encoder = self._encoder_of(store)
                updater = Updater(store=store, encoder=encoder, on_progress=on_progress)
                try:
                    store.begin()
                    damaged = updater.take_kept(kept)
                    store.commit()
                    Derived(state, store).refill()
                except BaseException:
                    store.close()
                    shutil.rmtree(state, ignore_errors=True)
                    raise
            store.close()
            with self._guard:
                self._snapshot = None  # who searches in it still needs its files open
            self._folder.use(state)
            self._folder.clear_others(state, keep=damaged)
            self._current(repair=False)
        return updater.report(started)

    @_naming_damage
    def check(self) -> tuple[str, ...]:
        """Verifies the index and repairs what can be derived; gives what was repaired.

        Raises:
            IndexCorruptError: The store itself is damaged.
            IndexLockedError: Another process is writing.
        """
        self.require()
        with self._folder.writing():
            snapshot = self._current(repair=False)
            damage = snapshot.store.damage()
            if damage or any(data is None for *_, data in snapshot.store.each_original()):
                raise corrupt(snapshot.store.path) from RuntimeError(damage)
            if snapshot.derived.fits(snapshot.store.change):
                return ()
            self._refill(snapshot)
        return ("dense", "text")

    # Inside

    @contextlib.contextmanager
    def _changing(self, snapshot: _Snapshot, on_progress: Progress | None) -> Iterator[Updater]:
        """One transaction: commits and advances what is derived, or leaves all as it was."""
        store = snapshot.store
        updater = Updater(store=store, encoder=self._encoder_of(store), on_progress=on_progress)
        store.begin()
        # What was committed before a stop may not be in what is derived: the snapshot knows only that.
        before, last = store.change, store.last_passage()
        try:
            yield updater
            if not updater.dirty:
                store.rollback()
                return
            store.commit()
        except BaseException:
            store.rollback()
            raise
        # A working copy, so that readers of the old snapshot are not disturbed.
        fresh = Derived(snapshot.folder, store)
        if fresh.dense.change == fresh.text.change == before:
            fresh.advance(added_after=last, removed=updater.removed)
        else:
            fresh.refill()
        with self._guard:
            snapshot.derived, snapshot.change = fresh, store.change
            snapshot.behind = False
        store.settle()

    def _searcher(self) -> Searcher:
        snapshot = self._current()
        return Searcher(snapshot.store, snapshot.derived, self._encoder_of(snapshot.store))

    def _current(self, *, repair: bool = True) -> _Snapshot:
        """The newest snapshot that is whole, opened if need be."""
        with self._guard:
            held = self._snapshot
            while True:
                folder = self._folder.current()
                if held and held.folder == folder and held.change == held.store.change:
                    return held
                fresh = _Snapshot(folder)
                self._check_fingerprint(fresh.store)
                # A writer may be at work: its change becomes visible when it is whole.
                if not repair or self._try_refill(fresh) or (not held and fresh.derived.whole):
                    self._snapshot = fresh
                    return fresh
                fresh.store.close()
                if held:
                    return held
                self._await_writer()

    def _await_writer(self) -> None:
        """Waits until who writes is done: what is half written answers nothing."""
        try:
            with self._folder.writing(wait_s=HALF_WRITTEN_S):
                return
        except IndexLockedError as error:
            raise IndexLockedError(
                say(
                    f"另一个进程正在写 {self.path}，写完之前还不能检索。请稍后再问。",
                    f"Another process is writing {self.path}; it can be searched when that is done. Ask again later.",
                )
            ) from error

    def _try_refill(self, snapshot: _Snapshot) -> bool:
        """Whether a snapshot is whole, or was made so; not where another process writes."""
        if not snapshot.behind:
            return True
        try:
            with self._folder.writing(wait_s=0):
                if not snapshot.derived.fits(snapshot.store.change):
                    self._refill(snapshot)
        except IndexLockedError:
            return False
        return True

    def _refill(self, snapshot: _Snapshot) -> None:
        snapshot.derived.refill()
        snapshot.behind, snapshot.change = False, snapshot.store.change

    def _encoder_of(self, store: Store) -> Encoder:
        """The encoder that the index works with, loaded when first needed."""
        with self._guard:
            if self._encoder is None:
                self._encoder = self._open_encoder(store.meta("encoder"))
            return self._encoder

    def _open_encoder(self, otherwise: str) -> Encoder:
        """The encoder asked for, or the one of that name."""
        asked = self._asked_encoder
        if asked is not None and not isinstance(asked, str):
            return asked
        name = asked or otherwise
        return open_encoder(None if name == SHIPPED else name)

    def _check_fingerprint(self, store: Store) -> None:
        try:
            encoder = self._encoder_of(store)
        except EncoderError as error:
            if self._asked_encoder is None:
                raise
            made = store.meta("fingerprint")
            raise EncoderError(
                say(
                    f"{error}{self.path} 是用编码器 {made} 建的，换一个要加 --rebuild。",
                    f"{error} {self.path} was made with the encoder {made}; another one needs --rebuild.",
                )
            ) from error
        if store.meta("fingerprint") != encoder.fingerprint:
            raise IndexMismatchError(
                say(
                    f"{self.path} 是用编码器 {store.meta('fingerprint')} 建的，不能用 {encoder.fingerprint}。"
                    "请运行 wenbao index --rebuild 重建。",
                    f"{self.path} was made with the encoder {store.meta('fingerprint')}, not "
                    f"{encoder.fingerprint}. Run `wenbao index --rebuild`.",
                )
            )
        if store.meta("tokenizer") != tokenizer_name():
            raise IndexMismatchError(
                say(
                    f"{self.path} 是用分词器 {store.meta('tokenizer')} 建的，这里是 {tokenizer_name()}。"
                    "请运行 wenbao index --rebuild 重建。",
                    f"{self.path} was made with the tokeniser {store.meta('tokenizer')}, here it is "
                    f"{tokenizer_name()}. Run `wenbao index --rebuild`.",
                )
            )

    def _make_store(self, state: Path, encoder: str) -> Store:
        """An empty store for the encoder asked for, or the one of that name."""
        self._encoder = self._open_encoder(encoder)
        return Store(
            state / FILE_NAME,
            create={
                "encoder": self._encoder.name,
                "fingerprint": self._encoder.fingerprint,
                "dim": str(self._encoder.dim),
                "tokenizer": tokenizer_name(),
            },
        )


def _size(folder: Path) -> int:
    """Bytes of all files; one that a writer replaces meanwhile counts nothing."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total

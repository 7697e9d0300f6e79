"""Index: the folder that holds pages and finds passages in them.

    INDEX/CURRENT           name of the state in use; replaced in one step by a rebuild
    INDEX/lock              held by whoever writes
    INDEX/state-N/          wenbao.sqlite (the one truth), dense.faiss, dense.json, text/ (derived)

Updates commit inside the current state; only a rebuild makes the next. Readers work on an immutable
snapshot, never wait for a writer, and notice a new change or state by themselves.
"""

import contextlib
import datetime
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rag import ranking
from rag.derived import Derived
from rag.encoder import Encoder, open_encoder
from rag.errors import (
    IndexCorruptError,
    IndexForeignError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
    QuestionError,
    SettingsError,
)
from rag.lexical import Filter
from rag.messages import say
from rag.store import FILE_NAME, PassageRow, Store, corrupt
from rag.tokens import tokenize, tokenizer_name
from rag.types import Hit, IndexInfo, Mode, RowIds, Scores, StoredArticle, UpdateReport, Vectors
from rag.update import Progress, Updater

MAX_QUESTION_CHARS = 2000  # a question; longer texts are pasted pages
CANDIDATES = 50  # taken from each index before ranking
SHIPPED = "wenbao"  # name under which an index records the shipped encoder
_LOCK_WAIT_S = 2.0


class _Snapshot:
    """One state at one change, open for reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / FILE_NAME)
        self.derived = Derived(folder, self.store)
        self.change = self.derived.text.change


class Index:
    """A searchable collection of newspaper pages in one folder."""

    def __init__(self, path: Path, encoder: str | Encoder | None = None) -> None:
        """Use `Index.open`."""
        self.path = path
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
        index = cls(Path(path).expanduser().absolute(), encoder)
        index._state_name()
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
        return self._state_name() is not None

    def require(self) -> None:
        """Makes sure that there is an index.

        Raises:
            IndexMissingError: There is none.
        """
        if not self.exists:
            raise self._missing()

    # Finding

    def search(
        self,
        question: str,
        *,
        top_k: int = 8,
        mode: Mode = "hybrid",
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
        group: bool = False,
    ) -> tuple[Hit, ...]:
        """The passages that best answer a question.

        Args:
            question: Plain words, up to 2,000 characters.
            top_k: At most so many hits, >= 1.
            mode: "hybrid" ranks candidates of both indexes by the probability that they answer;
                "dense" scores by cosine, "lexical" by BM25.
            since: First day, YYYY-MM-DD, inclusive; undated articles match no date filter.
            until: Last day, inclusive.
            newspaper: Only this newspaper.
            group: Folds hits of the same story into one.

        Raises:
            QuestionError: The question is empty or too long.
            SettingsError: A day is no date, or `mode` or `top_k` has no meaning.
            IndexMissingError: There is no index.
        """
        question = checked_question(question)
        only = _checked_filter(since, until, newspaper)
        if mode not in ("hybrid", "dense", "lexical"):
            raise SettingsError(
                say(
                    f"没有“{mode}”这种检索方式。可用 hybrid、dense、lexical。",
                    f"No mode {mode!r}. Use hybrid, dense or lexical.",
                )
            )
        if top_k < 1:
            raise SettingsError(say("top_k 至少为 1。", "top_k is at least 1."))
        snapshot = self._current()
        wanted = top_k * 4 if group else top_k
        rows, scores = self._find(snapshot, question, wanted, mode, only)
        found = snapshot.store.passage_rows(rows.tolist())
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        hits = [_hit(row, score_of[row.passage]) for row in found]
        return tuple(_grouped(hits)[:top_k] if group else hits[:top_k])

    def _find(
        self, snapshot: _Snapshot, question: str, limit: int, mode: Mode, only: Filter
    ) -> tuple[RowIds, Scores]:
        tokens = tokenize(question)
        text, dense = snapshot.derived.text, snapshot.derived.dense
        if mode == "lexical":
            return text.search(tokens, limit, only)
        allowed = snapshot.store.passages_where(**only._asdict()) if only.active else None
        vector = self._encoder_of(snapshot.store).encode_questions([question])[0]
        if mode == "dense":
            return dense.search(vector, limit, allowed)
        found, facts = self._described(
            snapshot, vector, tokens, max(CANDIDATES, limit), only, allowed
        )
        rows = np.array([row.passage for row in found], dtype=np.int64)
        scores = ranking.shipped_ranker().probability(facts)
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def described(self, question: str) -> tuple[list[PassageRow], NDArray[np.float64]]:
        """The candidates of a question and the facts [n, features] that rank them: to fit the ranker on."""
        snapshot = self._current()
        vector = self._encoder_of(snapshot.store).encode_questions([question])[0]
        return self._described(snapshot, vector, tokenize(question), CANDIDATES, Filter(), None)

    @staticmethod
    def _described(
        snapshot: _Snapshot,
        vector: Vectors,
        tokens: list[str],
        limit: int,
        only: Filter,
        allowed: RowIds | None,
    ) -> tuple[list[PassageRow], NDArray[np.float64]]:
        text, dense = snapshot.derived.text, snapshot.derived.dense
        by_words, _ = text.search(tokens, limit, only)
        by_meaning, _ = dense.search(vector, limit, allowed)
        found = snapshot.store.passage_rows(
            np.unique(np.concatenate([by_words, by_meaning])).tolist()
        )
        vectors = snapshot.store.vectors([row.passage for row in found], dense.dim)
        documents = max(1, len(text))
        weights = {
            token: ranking.idf(documents, text.document_frequency(token))
            for token in Counter(tokens)
        }
        facts = ranking.describe(
            weights,
            [ranking.Candidate(title=r.stored.article.title, text=r.text) for r in found],
            ranking.cosine(vector, vectors),
        )
        return found, facts

    # Reading what is there

    def article(self, article_id: str) -> StoredArticle:
        """The article with this id.

        Raises:
            KeyError: There is none.
        """
        found = self._current().store.articles(article_id=article_id, limit=1)
        if not found:
            raise KeyError(article_id)
        return found[0]

    def articles(
        self, page_id: str | None = None, limit: int | None = None
    ) -> tuple[StoredArticle, ...]:
        """Articles in the order in which they came, all or those of one page."""
        return self._current().store.articles(page_id=page_id, limit=limit)

    def info(self) -> IndexInfo:
        """What the index holds."""
        snapshot = self._current()
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
            size_bytes=sum(f.stat().st_size for f in snapshot.folder.rglob("*") if f.is_file()),
            change=store.change,
        )

    # Changing

    def update(
        self,
        paths: Sequence[str | os.PathLike[str]],
        on_progress: Progress | None = None,
        *,
        prune: bool = False,
    ) -> UpdateReport:
        """Adds or refreshes pages: files, folders, `.jsonl`. Files that fail are reported, the others done.

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
        with self._writing():
            if self._state_name() is None:
                self._make_state(1).close()
                self._point_to(1)
            snapshot = self._current()
            with self._changing(snapshot, on_progress) as updater:
                updater.take(places, prune=prune)
        return updater.report(started)

    def remove(self, what: str | os.PathLike[str]) -> int:
        """Takes out what a page id, a source path or an article id names; gives the number of articles.

        Raises:
            KeyError: Nothing has this name.
        """
        name = os.fspath(what)
        self.require()
        with self._writing():
            snapshot = self._current()
            store = snapshot.store
            before = store.count("articles")
            units = store.originals_named(name) or store.originals_named(
                str(Path(name).expanduser().absolute())
            )
            with self._changing(snapshot, None) as updater:
                gone = store.remove_originals(units) if units else store.remove_article(name)
                updater._removed.append(gone)
                removed = before - store.count("articles")
                updater.pruned = max(removed, len(units))
            if not updater.pruned:
                raise KeyError(name)
        return removed

    def rebuild(self, on_progress: Progress | None = None) -> UpdateReport:
        """Derives everything anew from the kept bytes, with the encoder asked for, beside the old state.

        Raises:
            IndexLockedError: Another process is writing.
        """
        started = time.perf_counter()
        self.require()
        with self._writing():
            name = self._state_name()
            if name is None:
                raise self._missing()
            kept = Store(self.path / name / FILE_NAME)
            number = int(name.removeprefix("state-")) + 1
            store = self._make_state(number)
            updater = Updater(store=store, encoder=self._encoder_of(store), on_progress=on_progress)
            try:
                store.begin()
                updater.take_kept(kept)
                store.commit()
                Derived(store.path.parent, store).refill()
            except BaseException:
                store.close()
                shutil.rmtree(store.path.parent, ignore_errors=True)
                raise
            store.close()
            kept.close()
            self.close()
            self._point_to(number)
            # Readers of the old state keep their open files; where a system forbids the removal,
            # the next rebuild tries again.
            for old in self.path.glob("state-*"):
                if old.name != f"state-{number}":
                    shutil.rmtree(old, ignore_errors=True)
            self._current()
        return updater.report(started)

    def check(self) -> tuple[str, ...]:
        """Verifies the index and repairs what can be derived; gives what was repaired.

        Raises:
            IndexCorruptError: The store itself is damaged.
            IndexLockedError: Another process is writing.
        """
        self.require()
        with self._writing():
            snapshot = self._current(repair=False)
            if damage := snapshot.store.damage():
                raise corrupt(snapshot.store.path) from RuntimeError(damage)
            for _ in snapshot.store.each_original():
                pass  # reads and unpacks every kept byte
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
        last = store.last_passage()
        store.begin()
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
        if fresh.dense.change == fresh.text.change == snapshot.change:
            fresh.advance(added_after=last, removed=updater.removed)
        else:
            fresh.refill()
        with self._guard:
            snapshot.derived, snapshot.change = fresh, store.change

    def _current(self, *, repair: bool = True) -> _Snapshot:
        """The newest snapshot that is whole, opened if need be."""
        with self._guard:
            name = self._state_name()
            if name is None:
                raise self._missing()
            folder = self.path / name
            held = self._snapshot
            if held is not None and held.folder == folder and held.change == held.store.change:
                return held
            fresh = _Snapshot(folder)
            self._check_fingerprint(fresh.store)
            behind = not fresh.derived.fits(fresh.store.change)
            if behind and repair and not self._try_refill(fresh) and held is not None:
                fresh.store.close()
                return held  # a writer is at work: its change becomes visible when it is whole
            self._snapshot = fresh
            return fresh

    def _try_refill(self, snapshot: _Snapshot) -> bool:
        try:
            with self._writing(wait_s=0):
                if not snapshot.derived.fits(snapshot.store.change):
                    self._refill(snapshot)
        except IndexLockedError:
            return False
        return True

    def _refill(self, snapshot: _Snapshot) -> None:
        snapshot.derived.refill()
        snapshot.change = snapshot.store.change

    def _encoder_of(self, store: Store) -> Encoder:
        """The encoder that the index works with, loaded when first needed."""
        with self._guard:
            if self._encoder is None:
                if isinstance(self._asked_encoder, str) or self._asked_encoder is None:
                    name = self._asked_encoder or store.meta("encoder")
                    self._encoder = open_encoder(None if name == SHIPPED else name)
                else:
                    self._encoder = self._asked_encoder
            return self._encoder

    def _check_fingerprint(self, store: Store) -> None:
        encoder = self._encoder_of(store)
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

    def _make_state(self, number: int) -> Store:
        folder = self.path / f"state-{number}"
        shutil.rmtree(folder, ignore_errors=True)  # left by a rebuild that was stopped
        asked = self._asked_encoder
        if asked is None or isinstance(asked, str):
            encoder, name = open_encoder(asked), asked or SHIPPED
        else:
            encoder, name = asked, asked.name
        self._encoder = encoder
        return Store(
            folder / FILE_NAME,
            create={
                "encoder": name,
                "fingerprint": encoder.fingerprint,
                "dim": str(encoder.dim),
                "tokenizer": tokenizer_name(),
            },
        )

    def _point_to(self, number: int) -> None:
        beside = self.path / "CURRENT.new"
        with beside.open("w", encoding="utf8") as file:
            file.write(f"state-{number}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / "CURRENT")

    def _state_name(self) -> str | None:
        """Name of the state in use, None if there is no index yet.

        Raises:
            IndexForeignError: The folder holds something else.
            IndexCorruptError: CURRENT names no state.
        """
        try:
            name = (self.path / "CURRENT").read_text("utf8").strip()
        except FileNotFoundError:
            if self.path.is_dir() and not _only_ours(self.path):
                raise self._foreign() from None
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._foreign() from error
        if not name.removeprefix("state-").isdecimal() or not (self.path / name).is_dir():
            raise IndexCorruptError(
                say(
                    f"{self.path / 'CURRENT'} 没有指向任何索引状态。请从备份恢复这个文件夹，或换一个 --index 重建。",
                    f"{self.path / 'CURRENT'} points to no state. Restore the folder from a backup, or "
                    "build anew with another --index.",
                )
            )
        return name

    def _foreign(self) -> IndexForeignError:
        return IndexForeignError(
            say(
                f"{self.path} 不是问报的索引（没有 CURRENT），里面有别的文件。请换一个 --index。",
                f"{self.path} is no Wenbao index (no CURRENT) and holds other files. Name another --index.",
            )
        )

    def _missing(self) -> IndexMissingError:
        return IndexMissingError(
            say(
                f"{self.path} 没有索引。请先建立：wenbao index 报纸文件夹/",
                f"No index at {self.path}. Build one: wenbao index FOLDER/",
            )
        )

    @contextlib.contextmanager
    def _writing(self, wait_s: float = _LOCK_WAIT_S) -> Iterator[None]:
        """Holds the index's lock: one writer, in whatever process."""
        from filelock import FileLock, Timeout

        self._state_name()  # never write into a foreign folder
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / "lock", timeout=wait_s)
        try:
            lock.acquire()
        except Timeout as error:
            raise IndexLockedError(
                say(
                    f"另一个进程正在写 {self.path}。检索不受影响，请稍后再更新。",
                    f"Another process is writing {self.path}. Searching still works; update again later.",
                )
            ) from error
        try:
            yield
        finally:
            lock.release()


def checked_question(question: str) -> str:
    """The question without control characters and outer space.

    Raises:
        QuestionError: It is empty, or longer than 2,000 characters.
    """
    cleaned = "".join(c if c.isprintable() else " " for c in question).strip()
    if not cleaned:
        raise QuestionError(
            say(
                "问题是空的。请输入想问的话。", "The question is empty. Type what you want to know."
            )
        )
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise QuestionError(
            say(
                f"问题有 {len(cleaned)} 个字，超过 {MAX_QUESTION_CHARS} 字。请缩短后再问。",
                f"The question has {len(cleaned)} characters, more than {MAX_QUESTION_CHARS}. Shorten it.",
            )
        )
    return cleaned


def _checked_filter(since: str | None, until: str | None, newspaper: str | None) -> Filter:
    for day in (since, until):
        try:
            if day is not None and datetime.date.fromisoformat(day).isoformat() != day:
                raise ValueError(day)
        except (ValueError, TypeError) as error:
            raise SettingsError(
                say(
                    f"“{day}”不是日期。请写成 YYYY-MM-DD。",
                    f"{day!r} is no date. Write YYYY-MM-DD.",
                )
            ) from error
    return Filter(since, until, newspaper)


def _only_ours(folder: Path) -> bool:
    """Whether a folder without CURRENT is empty or what an interrupted first update left."""
    return all(
        f.name == "lock" or f.name.startswith(("state-", "CURRENT")) for f in folder.iterdir()
    )


def _hit(row: PassageRow, score: float) -> Hit:
    stored = row.stored
    return Hit(
        passage_id=row.passage_id,
        article_id=stored.article.article_id,
        page_id=stored.page_id,
        title=stored.article.title,
        label=stored.article.label,
        text=row.text,
        start=row.start,
        end=row.end,
        score=score,
        newspaper=stored.newspaper,
        date=stored.date,
        page_no=stored.page_no,
    )


def _grouped(hits: Sequence[Hit], alike: float = 0.6) -> list[Hit]:
    """Folds near-duplicates into the best of them: passages that share most of their bigrams."""
    from dataclasses import replace

    kept: list[tuple[Hit, set[str], list[str]]] = []
    for hit in hits:
        bigrams = set(map("".join, zip(hit.text, hit.text[1:], strict=False)))
        for first, others, also in kept:
            if len(bigrams & others) >= alike * min(len(bigrams), len(others)):
                if hit.article_id != first.article_id and hit.article_id not in also:
                    also.append(hit.article_id)
                break
        else:
            kept.append((hit, bigrams, []))
    return [replace(hit, also=tuple(also)) for hit, _, also in kept]

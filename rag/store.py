"""The one truth of an index: SQLite with originals, pages, articles, passages and vectors.

A commit here is the moment a change is safe; the vector index and the full-text index are derived
and carry the number of the last change they contain. Originals keep the bytes of every file and
bulk line as they came, so that a rebuild needs no file to be still there.

    originals ─< pages ─< articles ─< passages
"""

import contextlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import IndexCorruptError, IndexForeignError
from rag.messages import say
from rag.types import Article, LineSpan, Page, Passage, RowIds, StoredArticle, Vectors

FORMAT = "1"
FILE_NAME = "wenbao.sqlite"
BUSY_S = 30  # that a connection waits for another one's lock

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE originals (
    original INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,          -- absolute path of the file
    line INTEGER,                  -- of a bulk file; NULL: the whole file
    key TEXT,                      -- article_id of a bulk line
    digest BLOB NOT NULL,          -- SHA-256 of the bytes
    data BLOB NOT NULL             -- the bytes, zlib
);
CREATE INDEX originals_source ON originals (source);
CREATE INDEX originals_digest ON originals (digest);
CREATE UNIQUE INDEX originals_key ON originals (key) WHERE key IS NOT NULL;
CREATE TABLE pages (
    page INTEGER PRIMARY KEY AUTOINCREMENT,
    original INTEGER NOT NULL REFERENCES originals ON DELETE CASCADE,
    page_id TEXT NOT NULL,
    newspaper TEXT, date TEXT, page_no INTEGER,
    rest TEXT NOT NULL             -- JSON list
);
CREATE INDEX pages_original ON pages (original);
CREATE INDEX pages_id ON pages (page_id);
CREATE TABLE articles (
    article INTEGER PRIMARY KEY AUTOINCREMENT,
    page INTEGER NOT NULL REFERENCES pages ON DELETE CASCADE,
    article_id TEXT NOT NULL,
    kind TEXT NOT NULL, title TEXT NOT NULL, label TEXT NOT NULL,
    subtitle TEXT NOT NULL, byline TEXT NOT NULL,
    body TEXT NOT NULL,            -- paragraphs joined by line breaks
    inferred TEXT NOT NULL,        -- JSON object
    lines TEXT NOT NULL,           -- JSON list of [start, end, line]
    newspaper TEXT, date TEXT      -- of its page, for filters
);
CREATE INDEX articles_page ON articles (page);
CREATE INDEX articles_id ON articles (article_id);
CREATE INDEX articles_date ON articles (date);
CREATE TABLE passages (
    passage INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so a late reader meets no other text
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    vector BLOB NOT NULL           -- float16
);
CREATE INDEX passages_article ON passages (article);
"""

_BESIDE = "EXISTS (SELECT 1 FROM passages AS it WHERE it.passage = here.passage {} AND it.article = here.article)"

# Pages on which a jump line (下转第4版, 上接第1版) may stand; `rag.jumps.jumps` tells.
_MAY_JUMP = (
    "(rest LIKE '%转%版%' OR rest LIKE '%接%版%' OR EXISTS (SELECT 1 FROM articles WHERE articles.page ="
    " pages.page AND (body LIKE '%转%版%' OR body LIKE '%接%版%')))"
)
Issue = tuple[str | None, str]  # newspaper, date


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The bytes of one unit of change: a file, or a line of a bulk file."""

    original: int
    source: str
    line: int | None
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageRow:
    """A passage with its article, as search needs it."""

    passage: int
    passage_id: str
    start: int
    end: int
    text: str
    stored: StoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A passage with its headline and what is printed around it, as ranking needs it."""

    passage: int
    article: int
    title: str
    text: str  # of the article, from some way before the passage to some way after it
    start: int  # of the passage in `text`
    end: int
    opening: str  # how the article begins
    # Whether row ids one lower and one higher are the passages before and after it in its article.
    beside: tuple[bool, bool]
    date: str | None  # on which it was printed, YYYY-MM-DD


class Store:
    """One SQLite file. Safe to read from many threads; one writer at a time (the index locks)."""

    def __init__(self, path: Path, *, create: dict[str, str] | None = None) -> None:
        """Opens the store, or makes a new one whose meta values are `create`.

        Raises:
            IndexCorruptError: The file is missing or damaged.
            IndexForeignError: It has another format.
        """
        self.path = path
        self._local = threading.local()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._guard = threading.Lock()
        if create is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.db as db:
                db.executescript(_SCHEMA)
                db.executemany(
                    "INSERT INTO meta VALUES (?, ?)",
                    [("format", FORMAT), ("change", "0"), *create.items()],
                )
            return
        if not path.is_file():
            raise corrupt(path)
        found = self.meta("format")
        if found != FORMAT:
            raise IndexForeignError(
                say(
                    f"{path} 是另一版本的索引（格式 {found}）。请用相应版本的问报打开，或换一个 --index。",
                    f"{path} has format {found}, not {FORMAT}. Open it with that version of Wenbao, "
                    "or name another --index.",
                )
            )

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "db", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_S, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.db = connection
            with self._guard:
                # A server's threads come and go; what the gone ones opened would stay open.
                for thread in [one for one in self._connections if not one.is_alive()]:
                    self._connections.pop(thread).close()
                self._connections[threading.current_thread()] = connection
        return connection

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._guard:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    # Facts

    def meta(self, name: str) -> str:
        """A fact about the store: format, encoder, fingerprint, dim, tokenizer, change."""
        try:
            row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise corrupt(self.path) from error
        if row is None:
            raise corrupt(self.path)
        return str(row[0])

    @property
    def change(self) -> int:
        """Number of the last committed change."""
        return int(self.meta("change"))

    def count(self, table: str) -> int:
        """Rows of one of the four tables."""
        if table not in ("originals", "pages", "articles", "passages"):
            raise ValueError(table)
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def coverage(self) -> tuple[tuple[str, ...], str | None, str | None, int]:
        """Newspapers, first and last day, and how many articles have no date."""
        papers = self.db.execute(
            "SELECT DISTINCT newspaper FROM pages WHERE newspaper IS NOT NULL ORDER BY 1"
        ).fetchall()
        first, last, dated, total = self.db.execute(
            "SELECT min(date), max(date), count(date), count(*) FROM articles"
        ).fetchone()
        return tuple(row[0] for row in papers), first, last, total - dated

    def newest_day(self) -> str | None:
        """The last day of which there is an article, without looking at all of them."""
        row = self.db.execute("SELECT max(date) FROM articles").fetchone()
        return str(row[0]) if row[0] else None

    def damage(self) -> str | None:
        """What SQLite's own check finds wrong, or None."""
        try:
            rows = self.db.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            return str(error)
        return None if rows == [("ok",)] else str(rows[0][0])

    # Writing: inside one transaction, which `commit` ends

    def begin(self) -> None:
        """Starts the transaction of one change."""
        self.db.execute("BEGIN IMMEDIATE")

    def commit(self) -> int:
        """Makes the change safe and gives its number."""
        self.db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'change'")
        self.db.commit()
        return self.change

    def rollback(self) -> None:
        """Leaves the store as it was."""
        self.db.rollback()

    def settle(self) -> None:
        """Moves committed changes from the log beside the file into the file, and empties the log.

        Otherwise each change would lie on the disk twice until the last connection is closed. Somebody
        who is reading the old state is not waited for, and a full disk is no harm: what is in the log is
        safe, and the next change tries again.
        """
        self.db.execute("PRAGMA busy_timeout = 0")
        try:
            with contextlib.suppress(sqlite3.OperationalError):
                self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000}")

    def add_original(
        self, *, source: str, line: int | None, key: str | None, digest: bytes, data: bytes
    ) -> int:
        """Keeps the bytes of a unit; its pages follow."""
        cursor = self.db.execute(
            "INSERT INTO originals (source, line, key, digest, data) VALUES (?, ?, ?, ?, ?)",
            (source, line, key, digest, zlib.compress(data, 1)),
        )
        return _row_id(cursor)

    def add_page(self, original: int, page: Page) -> list[int]:
        """Keeps a page and its articles; gives the articles' row ids, in order."""
        cursor = self.db.execute(
            "INSERT INTO pages (original, page_id, newspaper, date, page_no, rest)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (original, page.page_id, page.newspaper, page.date, page.page_no, _json(page.rest)),
        )
        page_row = _row_id(cursor)
        return [self._add_article(page_row, page, article) for article in page.articles]

    def _add_article(self, page_row: int, page: Page, article: Article) -> int:
        lines = [[span.start, span.end, span.line] for span in article.lines]
        cursor = self.db.execute(
            "INSERT INTO articles (page, article_id, kind, title, label, subtitle, byline, body,"
            " inferred, lines, newspaper, date) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page_row,
                article.article_id,
                article.kind,
                article.title,
                article.label,
                article.subtitle,
                article.byline,
                article.text,
                _json(dict(article.inferred)),
                _json(lines),
                page.newspaper,
                page.date,
            ),
        )
        return _row_id(cursor)

    def add_passages(
        self, articles: Sequence[int], passages: Sequence[Passage], vectors: Vectors
    ) -> RowIds:
        """Keeps passages, each of the article in the same place of `articles`; gives their row ids."""
        first = self.last_passage() + 1
        rows = np.arange(first, first + len(passages), dtype=np.int64)
        self.db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
            (
                (int(row), article, passage.start, passage.end, vector.tobytes())
                for row, article, passage, vector in zip(
                    rows, articles, passages, vectors.astype(np.float16), strict=True
                )
            ),
        )
        return rows

    def last_passage(self) -> int:
        """The largest row id that a passage ever had; new ones lie above it."""
        last = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        return int(last[0]) if last else 0

    def issues_of(self, original: int) -> list[Issue]:
        """The newspapers and days whose pages a unit holds, where something in it may jump."""
        return self.db.execute(
            "SELECT DISTINCT newspaper, date FROM pages"
            f" WHERE original = ? AND date IS NOT NULL AND page_no IS NOT NULL AND {_MAY_JUMP}",
            (original,),
        ).fetchall()

    def jumping(self, issue: Issue) -> list[tuple[Original, bytes, list[str]]]:
        """The files of an issue in which something may jump: each with its bytes and its articles' ids."""
        rows = self.db.execute(
            "SELECT DISTINCT original, source, line, digest, data FROM originals JOIN pages USING (original)"
            f" WHERE line IS NULL AND newspaper IS ? AND date = ? AND {_MAY_JUMP} ORDER BY source",
            issue,
        ).fetchall()
        ids = "SELECT article_id FROM articles JOIN pages USING (page) WHERE original = ? ORDER BY article"
        out = []
        for row in rows:
            with contextlib.suppress(zlib.error):  # damaged bytes: what came of them stays
                data = zlib.decompress(row[4])
                known = [found[0] for found in self.db.execute(ids, (row[0],))]
                out.append((_original(row[:4]), data, known))
        return out

    def move(self, original: int, source: str, line: int) -> int:
        """Notes that a bulk article is in another file now; gives how many were noted, 0 where it is gone."""
        return self.db.execute(
            "UPDATE originals SET source = ?, line = ? WHERE original = ?", (source, line, original)
        ).rowcount

    def remove_originals(self, originals: Iterable[int]) -> RowIds:
        """Takes units out with all that came of them; gives the row ids of their passages."""
        gone: list[int] = []
        for original in originals:
            gone += [
                row[0]
                for row in self.db.execute(
                    "SELECT passage FROM passages JOIN articles USING (article) JOIN pages USING (page)"
                    " WHERE original = ?",
                    (original,),
                )
            ]
            self.db.execute("DELETE FROM originals WHERE original = ?", (original,))
        return np.array(gone, dtype=np.int64)

    def remove_article(self, article_id: str) -> RowIds:
        """Takes one article out of its pages; gives the row ids of its passages."""
        rows = self.db.execute(
            "SELECT passage FROM passages JOIN articles USING (article) WHERE article_id = ?",
            (article_id,),
        ).fetchall()
        gone = self.db.execute("DELETE FROM articles WHERE article_id = ?", (article_id,)).rowcount
        if gone:
            self.keep_out(self.kept_out() | {article_id})
        return np.array([row[0] for row in rows], dtype=np.int64)

    def keep_out(self, article_ids: Iterable[str]) -> None:
        """Notes which articles stay out when their pages' kept bytes are read again."""
        self.db.execute(
            "INSERT OR REPLACE INTO meta VALUES ('kept_out', ?)", (_json(sorted(article_ids)),)
        )

    # Reading

    def kept_out(self) -> frozenset[str]:
        """The articles that were taken out of pages that stay."""
        row = self.db.execute("SELECT value FROM meta WHERE name = 'kept_out'").fetchone()
        return frozenset(json.loads(row[0])) if row else frozenset()

    def originals_of(self, source: str) -> dict[str | None, Original]:
        """The units that came from a file, by bulk key (None: the whole file)."""
        rows = self.db.execute(
            "SELECT key, original, source, line, digest FROM originals WHERE source = ?", (source,)
        )
        return {row[0]: _original(row[1:]) for row in rows}

    def original_by(
        self, *, digest: bytes | None = None, key: str | None = None
    ) -> Original | None:
        """The whole file with these bytes, or the bulk line with this article id."""
        where, value = ("digest = ? AND line IS NULL", digest) if key is None else ("key = ?", key)
        row = self.db.execute(
            f"SELECT original, source, line, digest FROM originals WHERE {where}", (value,)
        ).fetchone()
        return _original(row) if row else None

    def sources(self) -> list[str]:
        """The files that are indexed, in order of their names."""
        return [
            row[0] for row in self.db.execute("SELECT DISTINCT source FROM originals ORDER BY 1")
        ]

    def originals_named(self, what: str) -> list[int]:
        """Units that a user means by a source path, the id of a bulk article or a page id."""
        rows = self.db.execute(
            "SELECT original FROM originals WHERE source = :what OR key = :what"
            " UNION SELECT original FROM pages WHERE page_id = :what",
            {"what": what},
        )
        return [row[0] for row in rows]

    def each_original(self) -> Iterator[tuple[Original, str | None, bytes | None]]:
        """All units with their bulk keys and bytes, in the order in which they came.

        Bytes that cannot be read any more are None.
        """
        ids = [row[0] for row in self.db.execute("SELECT original FROM originals ORDER BY 1")]
        for number in ids:
            try:
                row = self.db.execute(
                    "SELECT original, source, line, digest, key, data FROM originals"
                    " WHERE original = ?",
                    (number,),
                ).fetchone()
                yield _original(row[:4]), row[4], zlib.decompress(row[5])
            except (sqlite3.DatabaseError, zlib.error, TypeError):
                unknown = Original(original=number, source=str(self.path), line=None, digest=b"")
                yield unknown, None, None

    def each_passage(
        self, *, after: int = 0
    ) -> Iterator[tuple[int, str, str, bytes, str | None, str | None]]:
        """Row id, headline, text, vector bytes, newspaper and date of the passages, in row order."""
        rows = self.db.execute(
            "SELECT passage, title, substr(body, start + 1, end - start), vector, newspaper, date"
            " FROM passages JOIN articles USING (article) WHERE passage > ? ORDER BY passage",
            (after,),
        )
        yield from rows

    def passage_rows(self, rows: Sequence[int]) -> list[PassageRow]:
        """The passages that are still there, in the order asked for."""
        marks = ",".join("?" * len(rows))
        found = {
            row[0]: row
            for row in self.db.execute(
                f"SELECT passage, start, end, {_ARTICLE} FROM passages JOIN articles USING (article)"
                f" JOIN pages USING (page) JOIN originals USING (original) WHERE passage IN ({marks})",
                list(map(int, rows)),
            )
        }
        out = []
        for wanted in rows:
            if row := found.get(int(wanted)):
                stored = _stored(row[3:])
                text = stored.article.text[row[1] : row[2]]
                out.append(
                    PassageRow(
                        passage=row[0],
                        passage_id=f"{stored.article.article_id}:{row[1]}",
                        start=row[1],
                        end=row[2],
                        text=text,
                        stored=stored,
                    )
                )
        return out

    def surroundings(self, rows: Sequence[int], reach: int, opening: int) -> list[Surroundings]:
        """The passages that are still there, in the order asked for.

        Each with `reach` characters around it and the first `opening` of its article.
        """
        marks = ",".join("?" * len(rows))
        found = {
            passage: Surroundings(
                passage=passage,
                article=article,
                title=title,
                text=text,
                start=min(start, reach),
                end=min(start, reach) + size,
                opening=begins,
                beside=(bool(before), bool(after)),
                date=date,
            )
            for passage, article, start, size, title, date, before, after, text, begins in self.db.execute(
                "SELECT here.passage, article, here.start, here.end - here.start, title, date,"
                f" {_BESIDE.format('- 1')}, {_BESIDE.format('+ 1')},"
                " substr(body, max(here.start - ?, 0) + 1, min(here.start, ?) + here.end - here.start + ?),"
                " substr(body, 1, ?)"
                f" FROM passages AS here JOIN articles USING (article) WHERE here.passage IN ({marks})",
                [reach, reach, reach, opening, *map(int, rows)],
            )
        }
        return [found[int(row)] for row in rows if int(row) in found]

    def vectors(self, rows: Sequence[int], dim: int) -> Vectors:
        """Vectors of passages, [n, dim]; zeros where a passage is gone."""
        marks = ",".join("?" * len(rows))
        found = dict(
            self.db.execute(
                f"SELECT passage, vector FROM passages WHERE passage IN ({marks})",
                list(map(int, rows)),
            ).fetchall()
        )
        out = np.zeros((len(rows), dim), dtype=np.float32)
        for at, row in enumerate(rows):
            if int(row) in found:
                out[at] = np.frombuffer(found[int(row)], dtype=np.float16)
        return out

    def passages_where(
        self, *, since: str | None, until: str | None, newspaper: str | None, kind: str | None
    ) -> RowIds:
        """Row ids of the passages that a filter lets through; undated ones match no date filter."""
        where, values = ["1"], []
        for clause, value in (
            ("date >= ?", since),
            ("date <= ?", until),
            ("newspaper = ?", newspaper),
            ("kind = ?", kind),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        rows = self.db.execute(
            f"SELECT passage FROM passages JOIN articles USING (article) WHERE {' AND '.join(where)}"
            " ORDER BY passage",
            values,
        ).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)

    def articles(
        self,
        *,
        article_id: str | None = None,
        page_id: str | None = None,
        source: str | None = None,
        since: str | None = None,
        until: str | None = None,
        newspaper: str | None = None,
        newest: bool = False,
        limit: int | None = None,
    ) -> tuple[StoredArticle, ...]:
        """Articles in the order in which they came, all or those that fit; `newest`: by day, the last first."""
        where, values = ["1"], []
        for clause, value in (
            ("article_id = ?", article_id),
            ("page_id = ?", page_id),
            ("source = ?", source),
            ("articles.date >= ?", since),
            ("articles.date <= ?", until),
            ("articles.newspaper = ?", newspaper),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        order = "articles.date DESC, article" if newest else "article"
        rows = self.db.execute(
            f"SELECT {_ARTICLE} FROM articles JOIN pages USING (page) JOIN originals USING (original)"
            f" WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return tuple(_stored(row) for row in rows)


_ARTICLE = (
    "article_id, kind, title, label, subtitle, byline, body, inferred, lines,"
    " page_id, source, pages.newspaper, pages.date, page_no"
)


def corrupt(path: Path) -> IndexCorruptError:
    """The error that says a store is damaged, and what to do."""
    return IndexCorruptError(
        say(
            f"{path} 已损坏或缺失。请运行 wenbao check；修不好时用 wenbao index --rebuild 从保存的原页重建。",
            f"{path} is damaged or missing. Run `wenbao check`; if that cannot mend it, "
            "`wenbao index --rebuild` builds it anew from the pages it kept.",
        )
    )


def _original(row: Sequence[Any]) -> Original:
    return Original(original=row[0], source=row[1], line=row[2], digest=row[3])


def _stored(row: Sequence[Any]) -> StoredArticle:
    article = Article(
        article_id=row[0],
        kind=row[1],
        title=row[2],
        label=row[3],
        subtitle=row[4],
        byline=row[5],
        paragraphs=tuple(row[6].split("\n")),
        inferred=json.loads(row[7]),
        lines=tuple(LineSpan(start=s, end=e, line=n) for s, e, n in json.loads(row[8])),
    )
    return StoredArticle(
        article=article,
        page_id=row[9],
        source=row[10],
        newspaper=row[11],
        date=row[12],
        page_no=row[13],
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _row_id(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise RuntimeError("INSERT gave no row id")
    return cursor.lastrowid

"""The index in an SQLite file of its own (write-ahead log): many readers while one refreshes.

A refresh of some documents costs what those cost, however many there are (ADR 17): each document says by which digests it
is found, so that lookups need no second index and those that stay are left alone; a document keeps its place; how many
there are is counted on, not anew.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from ..engine.connection import threads
from .store import Lookup, Row, differing, digests_in

Item = TypeVar("Item")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  subject_id TEXT PRIMARY KEY, population TEXT NOT NULL, digests BLOB NOT NULL DEFAULT x'', body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS lookups (
  digest BLOB NOT NULL, subject_id TEXT NOT NULL, kind TEXT NOT NULL,
  PRIMARY KEY (digest, subject_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (
  subject_id TEXT PRIMARY KEY, merged_into TEXT NOT NULL, population TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aliases_into ON aliases (merged_into);
CREATE TABLE IF NOT EXISTS states (population TEXT PRIMARY KEY, state TEXT NOT NULL, documents INTEGER NOT NULL);
"""

_MAPPED_BYTES = 1 << 30
_MAX_HOPS = 8
_AT_ONCE = 500
_AGAIN = """ON CONFLICT (subject_id) DO UPDATE
SET population = excluded.population, digests = excluded.digests, body = excluded.body"""
_open = threading.local()


class SqliteStore:
    """See `store.Store`. Connections are kept per thread and process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def document(self, subject_id: str) -> tuple[str, bytes] | None:
        db = self._reader()
        for _ in range(_MAX_HOPS):
            row = db.execute("SELECT body FROM documents WHERE subject_id = ?", (subject_id,)).fetchone()
            if row is not None:
                return subject_id, row[0]
            alias = db.execute(
                "SELECT merged_into FROM aliases WHERE subject_id = ?", (subject_id,)
            ).fetchone()
            if alias is None:
                return None
            subject_id = alias[0]
        return None

    def merged_into(self, subject_id: str) -> list[str]:
        rows = self._reader().execute(
            """WITH RECURSIVE before(id) AS (
              SELECT subject_id FROM aliases WHERE merged_into = ?
              UNION SELECT a.subject_id FROM aliases a JOIN before b ON a.merged_into = b.id)
            SELECT id FROM before ORDER BY id""",
            (subject_id,),
        )
        return [row[0] for row in rows]

    def find(self, digest: bytes, limit: int) -> list[str]:
        rows = self._reader().execute(
            "SELECT subject_id FROM lookups WHERE digest = ? ORDER BY subject_id LIMIT ?", (digest, limit)
        )
        return [row[0] for row in rows]

    def state(self, population: str) -> dict[str, Any]:
        row = (
            self._reader().execute("SELECT state FROM states WHERE population = ?", (population,)).fetchone()
        )
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def count(self, population: str) -> int:
        row = (
            self._reader()
            .execute("SELECT documents FROM states WHERE population = ?", (population,))
            .fetchone()
        )
        return int(row[0]) if row else 0

    @contextmanager
    def writing(self, population: str, *, thoroughly: bool = False) -> Iterator[SqliteWriting]:
        db = _connect(self.path)
        try:
            if thoroughly:
                rows = db.execute("PRAGMA secure_delete = ON").fetchall()
                assert rows == [(1,)]
            db.execute("PRAGMA cache_size = -262144")
            db.execute("PRAGMA temp_store = FILE")
            db.execute(f"PRAGMA threads = {threads()}")  # they sort
            db.execute("BEGIN IMMEDIATE")
            try:
                _bring_up(db)
                yield SqliteWriting(db, population)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            db.close()

    def _reader(self) -> sqlite3.Connection:
        known: dict[Path, sqlite3.Connection] = _open.__dict__.setdefault("readers", {})
        db = known.get(self.path)
        if db is None:
            db = known[self.path] = _connect(self.path)
            db.execute("PRAGMA query_only = 1")
            db.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        return db


class SqliteWriting:
    """See `store.Writing`."""

    def __init__(self, db: sqlite3.Connection, population: str) -> None:
        self.db, self.population = db, population
        self._anew = False
        row = db.execute("SELECT documents FROM states WHERE population = ?", (population,)).fetchone()
        self._count = int(row[0]) if row else 0
        db.execute("CREATE TEMP TABLE staged (digest BLOB, subject_id TEXT, kind TEXT)")

    def clear(self) -> None:
        self._anew, self._count = True, 0
        others = "SELECT 1 FROM states WHERE population <> ? AND documents > 0 LIMIT 1"
        if self.db.execute(others, (self.population,)).fetchone() is None:
            self.db.execute("DELETE FROM lookups")
            self.db.execute("DELETE FROM documents")
            return
        self.db.execute(
            "DELETE FROM lookups WHERE subject_id IN (SELECT subject_id FROM documents WHERE population = ?)",
            (self.population,),
        )
        self.db.execute("DELETE FROM documents WHERE population = ?", (self.population,))

    def remove(self, subject_ids: Iterable[str]) -> None:
        for some in _portions(list(subject_ids)):
            held = self._held(some)
            self._forget([(digest, each) for each in held for digest in digests_in(held[each])])
            self.db.executemany("DELETE FROM documents WHERE subject_id = ?", [(each,) for each in held])
            self._count -= len(held)

    def put(self, documents: Iterable[Row], lookups: Iterable[Lookup]) -> None:
        rows, found = list(documents), list(lookups)
        held: dict[str, bytes] = {}
        if not self._anew:
            for some in _portions([each[0] for each in rows]):
                held |= self._held(some)
            gone, found = differing(held, rows, found)
            self._forget(gone)
        self._count += len(rows) - len(held)
        self._insert(
            "documents (subject_id, population, digests, body)",
            [(subject_id, self.population, digests, body) for subject_id, body, digests in rows],
            _AGAIN if held else "",
        )
        self._insert("staged (kind, digest, subject_id)", found)

    def _held(self, subject_ids: Sequence[str]) -> dict[str, bytes]:
        marks = ", ".join("?" * len(subject_ids))
        told = f"SELECT subject_id, digests FROM documents WHERE subject_id IN ({marks})"
        return dict(self.db.execute(told, subject_ids).fetchall())

    def _forget(self, lookups: Sequence[tuple[bytes, str]]) -> None:
        self.db.executemany("DELETE FROM lookups WHERE digest = ? AND subject_id = ?", lookups)

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]], otherwise: str = "") -> None:
        """Insert rows, many by one statement: each statement waits once for whoever else runs Python."""
        for some in _portions(rows):
            marks = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
            self.db.execute(
                f"INSERT INTO {table} VALUES {marks} {otherwise}", list(chain.from_iterable(some))
            )

    def finish(self, aliases: Iterable[tuple[str, str]], state: Mapping[str, Any]) -> None:
        # In the order of the digests, so that the tree grows at its end and not at a million random places.
        self.db.execute(
            "INSERT OR IGNORE INTO lookups (digest, subject_id, kind) "
            "SELECT digest, subject_id, kind FROM staged ORDER BY digest, subject_id"
        )
        self.db.execute("DROP TABLE staged")
        wanted = set(aliases)
        rows = self.db.execute(
            "SELECT subject_id, merged_into FROM aliases WHERE population = ?", (self.population,)
        )
        held = set(rows.fetchall())
        self.db.executemany(
            "DELETE FROM aliases WHERE subject_id = ?", [(before,) for before, _ in held - wanted]
        )
        self.db.executemany(
            "INSERT INTO aliases (subject_id, merged_into, population) VALUES (?, ?, ?)",
            [(before, after, self.population) for before, after in sorted(wanted - held)],
        )
        self.db.execute(
            "INSERT OR REPLACE INTO states (population, state, documents) VALUES (?, ?, ?)",
            (self.population, json.dumps(state), self._count),
        )


def _portions(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=60, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(_SCHEMA)
    return db


class _Joined:
    """An aggregate: blobs one after the other."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def step(self, blob: Any, /) -> None:
        self.parts.append(blob)

    def finalize(self) -> Any:
        return b"".join(self.parts)


def _bring_up(db: sqlite3.Connection) -> None:
    """Have a file of an earlier form say of each document by what it is found, once."""
    if any(row[1] == "digests" for row in db.execute("PRAGMA table_info(documents)")):
        return
    db.create_aggregate("joined", 1, _Joined)
    db.execute("ALTER TABLE documents ADD COLUMN digests BLOB NOT NULL DEFAULT x''")
    db.execute(
        "UPDATE documents SET digests = "
        "(SELECT joined(l.digest) FROM lookups l WHERE l.subject_id = documents.subject_id)"
    )
    db.execute("DROP INDEX IF EXISTS lookups_of_subject")


def close_readers() -> None:
    """Close this thread's connections (before the data folder is moved or removed)."""
    for db in _open.__dict__.pop("readers", {}).values():
        db.close()

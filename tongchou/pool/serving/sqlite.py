"""The index in an SQLite file of its own (write-ahead log): many readers while one refreshes."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from .store import Lookup, Row

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  subject_id TEXT PRIMARY KEY, population TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS lookups (
  digest BLOB NOT NULL, subject_id TEXT NOT NULL, kind TEXT NOT NULL,
  PRIMARY KEY (digest, subject_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (
  subject_id TEXT PRIMARY KEY, merged_into TEXT NOT NULL, population TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aliases_into ON aliases (merged_into);
CREATE TABLE IF NOT EXISTS states (population TEXT PRIMARY KEY, state TEXT NOT NULL, documents INTEGER NOT NULL);
"""
_INDEX = "CREATE INDEX IF NOT EXISTS lookups_of_subject ON lookups (subject_id)"

_MAPPED_BYTES = 1 << 30
_MAX_HOPS = 8
_AT_ONCE = 500
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
            db.execute("BEGIN IMMEDIATE")
            try:
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
        db.execute("CREATE TEMP TABLE staged (digest BLOB, subject_id TEXT, kind TEXT)")

    def clear(self) -> None:
        # Made again at the end, by sorting: that is quicker than finding the place of each of millions.
        self.db.execute("DROP INDEX IF EXISTS lookups_of_subject")
        others = "SELECT 1 FROM documents WHERE population <> ? LIMIT 1"
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
        each = [(subject_id,) for subject_id in subject_ids]
        self.db.executemany("DELETE FROM lookups WHERE subject_id = ?", each)
        self.db.executemany("DELETE FROM documents WHERE subject_id = ?", each)

    def put(self, documents: Iterable[Row], lookups: Iterable[Lookup]) -> None:
        self._insert(
            "documents (subject_id, population, body)",
            [(subject_id, self.population, body) for subject_id, body in documents],
        )
        self._insert("staged (kind, digest, subject_id)", list(lookups))

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows of three, many by one statement: each statement waits once for whoever else runs Python."""
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            marks = ", ".join(["(?, ?, ?)"] * len(some))
            self.db.execute(f"INSERT INTO {table} VALUES {marks}", list(chain.from_iterable(some)))

    def finish(self, aliases: Iterable[tuple[str, str]], state: Mapping[str, Any]) -> None:
        # In the order of the digests, so that the tree grows at its end and not at a million random places.
        self.db.execute(
            "INSERT OR IGNORE INTO lookups (digest, subject_id, kind) "
            "SELECT digest, subject_id, kind FROM staged ORDER BY digest, subject_id"
        )
        self.db.execute("DROP TABLE staged")
        self.db.execute(_INDEX)
        self.db.execute("DELETE FROM aliases WHERE population = ?", (self.population,))
        self.db.executemany(
            "INSERT INTO aliases (subject_id, merged_into, population) VALUES (?, ?, ?)",
            ((before, after, self.population) for before, after in aliases),
        )
        self.db.execute(
            "INSERT OR REPLACE INTO states (population, state, documents) "
            "VALUES (?, ?, (SELECT count(*) FROM documents WHERE population = ?))",
            (self.population, json.dumps(state), self.population),
        )


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=60, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(f"{_SCHEMA};{_INDEX};")
    return db


def close_readers() -> None:
    """Close this thread's connections (before the data folder is moved or removed)."""
    for db in _open.__dict__.pop("readers", {}).values():
        db.close()

"""Where the sealed relations documents lie: one for each subject, beside the serving index.

An SQLite file of its own in the data folder, so that refreshing relations and refreshing documents do not wait for each
other; tables beside the control plane when that is PostgreSQL. A refresh is one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction

from ..folders import pool_root

#: (subject id, keyed digest of the document, sealed document)
Row = tuple[str, bytes, bytes]


class Writing(Protocol):
    """An open refresh; nothing of it is seen before it ends well."""

    def digests(self, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """(subject id, digest) of every document whose id begins so, in the order of the ids."""

    def put(self, rows: Sequence[Row]) -> None:
        """Add documents, or replace those that are there."""

    def remove(self, subject_ids: Iterable[str]) -> None:
        """Forget these documents."""

    def finish(self, state: Mapping[str, Any]) -> None:
        """Say what the documents now stand for."""


class Store(Protocol):
    """Relations documents by subject."""

    def get(self, subject_id: str) -> bytes | None:
        """The sealed document; None when there is none."""

    def state(self) -> dict[str, Any]:
        """What the last finished refresh said of itself; empty before the first."""

    def count(self) -> int:
        """How many documents there are."""

    def remove(self, subject_ids: Sequence[str]) -> int:
        """Forget these documents at once (erasure); returns how many there were."""

    def writing(self) -> AbstractContextManager[Writing]:
        """Refresh in one transaction."""


def store() -> Store:
    """The store of this installation, for this thread."""
    return PostgresStore() if connection.vendor == "postgresql" else SqliteStore(path())


def path() -> Path:
    """The SQLite file."""
    return pool_root() / "relations.sqlite3"


_open = threading.local()
_SQLITE = """CREATE TABLE IF NOT EXISTS relations (subject_id TEXT PRIMARY KEY, digest BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS states (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL);"""
_POSTGRES = """CREATE SCHEMA IF NOT EXISTS serving;
CREATE TABLE IF NOT EXISTS serving.relations (
  subject_id text COLLATE "C" PRIMARY KEY, digest bytea NOT NULL, body bytea NOT NULL);
ALTER TABLE serving.relations ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS serving.relations_state (one int PRIMARY KEY CHECK (one = 1), state text NOT NULL);"""
_AT_ONCE = 5_000
#: Greater than whatever follows in an id.
_BEYOND = "~"


class SqliteStore:
    """See `Store`. Connections are kept per thread and process."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def get(self, subject_id: str) -> bytes | None:
        row = (
            self._reader()
            .execute("SELECT body FROM relations WHERE subject_id = ?", (subject_id,))
            .fetchone()
        )
        return row[0] if row else None

    def state(self) -> dict[str, Any]:
        row = self._reader().execute("SELECT state FROM states").fetchone()
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def count(self) -> int:
        return int(self._reader().execute("SELECT count(*) FROM relations").fetchone()[0])

    def remove(self, subject_ids: Sequence[str]) -> int:
        db = _connect(self.file)
        try:
            db.execute("BEGIN IMMEDIATE")
            gone = db.executemany(
                "DELETE FROM relations WHERE subject_id = ?", [(each,) for each in subject_ids]
            )
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone.rowcount
        finally:
            db.close()

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        db = _connect(self.file)
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteWriting(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            db.close()

    def _reader(self) -> sqlite3.Connection:
        known: dict[Path, sqlite3.Connection] = _open.__dict__.setdefault("relations", {})
        db = known.get(self.file)
        if db is None:
            db = known[self.file] = _connect(self.file)
            db.execute("PRAGMA query_only = 1")
        return db


class _SqliteWriting:
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def digests(self, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        last = prefix
        while found := self.db.execute(
            "SELECT subject_id, digest FROM relations WHERE subject_id > ? AND subject_id < ? "
            "ORDER BY subject_id LIMIT ?",
            (last, prefix + _BEYOND, _AT_ONCE),
        ).fetchall():
            yield from found
            last = found[-1][0]

    def put(self, rows: Sequence[Row]) -> None:
        self.db.executemany(
            "INSERT OR REPLACE INTO relations (subject_id, digest, body) VALUES (?, ?, ?)", rows
        )

    def remove(self, subject_ids: Iterable[str]) -> None:
        self.db.executemany("DELETE FROM relations WHERE subject_id = ?", [(each,) for each in subject_ids])

    def finish(self, state: Mapping[str, Any]) -> None:
        self.db.execute("INSERT OR REPLACE INTO states (one, state) VALUES (1, ?)", (json.dumps(state),))


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=60, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    # What is replaced or removed must not stay readable in the file's free pages.
    db.execute("PRAGMA secure_delete = ON")
    db.executescript(_SQLITE)
    return db


def close_readers() -> None:
    """Close this thread's connections (before the data folder is moved or removed)."""
    for db in _open.__dict__.pop("relations", {}).values():
        db.close()


class PostgresStore:
    """See `Store`."""

    def get(self, subject_id: str) -> bytes | None:
        row = self._one("SELECT body FROM serving.relations WHERE subject_id = %s", [subject_id])
        return bytes(row[0]) if row else None

    def state(self) -> dict[str, Any]:
        row = self._one("SELECT state FROM serving.relations_state", [])
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def count(self) -> int:
        row = self._one("SELECT count(*) FROM serving.relations", [])
        return int(row[0]) if row else 0

    def remove(self, subject_ids: Sequence[str]) -> int:
        if not self._exists():
            return 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM serving.relations WHERE subject_id = ANY(%s)", [list(subject_ids)])
            return int(cursor.rowcount)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        with connection.cursor() as cursor:
            cursor.execute(_POSTGRES)
        with transaction.atomic():
            yield _PostgresWriting()

    def _exists(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('serving.relations') IS NOT NULL")
            row = cursor.fetchone()
        return bool(row and row[0])

    def _one(self, sql: str, parameters: list[Any]) -> tuple[Any, ...] | None:
        # The schema is made by the first refresh; before it nothing is known.
        if not self._exists():
            return None
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row


class _PostgresWriting:
    def digests(self, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        last = prefix
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT subject_id, digest FROM serving.relations WHERE subject_id > %s "
                    "AND subject_id < %s ORDER BY subject_id LIMIT %s",
                    [last, prefix + _BEYOND, _AT_ONCE],
                )
                found = cursor.fetchall()
            if not found:
                return
            for subject_id, digest in found:
                yield subject_id, bytes(digest)
            last = found[-1][0]

    def put(self, rows: Sequence[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO serving.relations (subject_id, digest, body) VALUES (%s, %s, %s) "
                "ON CONFLICT (subject_id) DO UPDATE SET digest = excluded.digest, body = excluded.body",
                rows,
            )

    def remove(self, subject_ids: Iterable[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM serving.relations WHERE subject_id = ANY(%s)", [list(subject_ids)])

    def finish(self, state: Mapping[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO serving.relations_state (one, state) VALUES (1, %s) "
                "ON CONFLICT (one) DO UPDATE SET state = excluded.state",
                [json.dumps(state)],
            )

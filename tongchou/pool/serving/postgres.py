"""The index beside a PostgreSQL control plane, in a schema of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from .store import Lookup, Row

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS serving;
CREATE TABLE IF NOT EXISTS serving.documents (
  subject_id text COLLATE "C" PRIMARY KEY, population text NOT NULL, body bytea NOT NULL);
ALTER TABLE serving.documents ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX IF NOT EXISTS documents_population ON serving.documents (population);
CREATE TABLE IF NOT EXISTS serving.lookups (
  digest bytea NOT NULL, subject_id text COLLATE "C" NOT NULL, kind text NOT NULL, PRIMARY KEY (digest, subject_id));
CREATE INDEX IF NOT EXISTS lookups_of_subject ON serving.lookups (subject_id);
CREATE TABLE IF NOT EXISTS serving.aliases (
  subject_id text COLLATE "C" PRIMARY KEY, merged_into text NOT NULL, population text NOT NULL);
CREATE INDEX IF NOT EXISTS aliases_into ON serving.aliases (merged_into);
CREATE TABLE IF NOT EXISTS serving.states (
  population text PRIMARY KEY, state text NOT NULL, documents bigint NOT NULL);
"""
_MAX_HOPS = 8
_COPIES = {
    "documents": "COPY serving.documents (subject_id, population, body) FROM STDIN (FORMAT BINARY)",
    "staged": "COPY staged (kind, digest, subject_id) FROM STDIN (FORMAT BINARY)",
}


class PostgresStore:
    """See `store.Store`."""

    def document(self, subject_id: str) -> tuple[str, bytes] | None:
        for _ in range(_MAX_HOPS):
            row = _one("SELECT body FROM serving.documents WHERE subject_id = %s", [subject_id])
            if row is not None:
                return subject_id, bytes(row[0])
            alias = _one("SELECT merged_into FROM serving.aliases WHERE subject_id = %s", [subject_id])
            if alias is None:
                return None
            subject_id = alias[0]
        return None

    def merged_into(self, subject_id: str) -> list[str]:
        if not _exists():
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                """WITH RECURSIVE before(id) AS (
                  SELECT subject_id FROM serving.aliases WHERE merged_into = %s
                  UNION SELECT a.subject_id FROM serving.aliases a JOIN before b ON a.merged_into = b.id)
                SELECT id FROM before ORDER BY id""",
                [subject_id],
            )
            return [row[0] for row in cursor.fetchall()]

    def find(self, digest: bytes, limit: int) -> list[str]:
        if not _exists():
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT subject_id FROM serving.lookups WHERE digest = %s ORDER BY subject_id LIMIT %s",
                [digest, limit],
            )
            return [row[0] for row in cursor.fetchall()]

    def state(self, population: str) -> dict[str, Any]:
        row = _one("SELECT state FROM serving.states WHERE population = %s", [population])
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def count(self, population: str) -> int:
        row = _one("SELECT documents FROM serving.states WHERE population = %s", [population])
        return int(row[0]) if row else 0

    @contextmanager
    def writing(self, population: str, *, thoroughly: bool = False) -> Iterator[PostgresWriting]:
        with connection.cursor() as cursor:
            cursor.execute(_SCHEMA)
        with transaction.atomic():
            yield PostgresWriting(population)


class PostgresWriting:
    """See `store.Writing`."""

    def __init__(self, population: str) -> None:
        self.population = population
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE staged (kind text, digest bytea, subject_id text) ON COMMIT DROP"
            )

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM serving.lookups l USING serving.documents d "
                "WHERE d.subject_id = l.subject_id AND d.population = %s",
                [self.population],
            )
            cursor.execute("DELETE FROM serving.documents WHERE population = %s", [self.population])

    def remove(self, subject_ids: Iterable[str]) -> None:
        each = list(subject_ids)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM serving.lookups WHERE subject_id = ANY(%s)", [each])
            cursor.execute("DELETE FROM serving.documents WHERE subject_id = ANY(%s)", [each])

    def put(self, documents: Iterable[Row], lookups: Iterable[Lookup]) -> None:
        self._copy(
            "documents", ["text", "text", "bytea"], ((s, self.population, body) for s, body in documents)
        )
        self._copy("staged", ["text", "bytea", "text"], lookups)

    def finish(self, aliases: Iterable[tuple[str, str]], state: Mapping[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO serving.lookups (digest, subject_id, kind) "
                "SELECT digest, subject_id, kind FROM staged ON CONFLICT DO NOTHING"
            )
            cursor.execute("DELETE FROM serving.aliases WHERE population = %s", [self.population])
            cursor.executemany(
                "INSERT INTO serving.aliases (subject_id, merged_into, population) VALUES (%s, %s, %s)",
                [(before, after, self.population) for before, after in aliases],
            )
            cursor.execute(
                "INSERT INTO serving.states (population, state, documents) "
                "VALUES (%s, %s, (SELECT count(*) FROM serving.documents WHERE population = %s)) "
                "ON CONFLICT (population) DO UPDATE SET state = excluded.state, documents = excluded.documents",
                [self.population, json.dumps(state), self.population],
            )

    def _copy(self, table: str, types: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        connection.ensure_connection()
        with connection.connection.cursor() as cursor, cursor.copy(_COPIES[table]) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


def _exists() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('serving.states') IS NOT NULL")
        row = cursor.fetchone()
    return bool(row and row[0])


def _one(sql: str, parameters: list[Any]) -> tuple[Any, ...] | None:
    # The schema is made by the first refresh; before it nothing is known.
    if not _exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row

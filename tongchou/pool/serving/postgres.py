"""The index beside a PostgreSQL control plane, in a schema of its own.

As in `sqlite`, a refresh of some documents costs what those cost (ADR 17). Pages keep some room, so that a document that
is written again stays on its page and in no index anything changes; reading one is one question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import ProgrammingError, connection, transaction
from psycopg.errors import UndefinedTable

from .store import Lookup, Row, differing, digests_in

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS serving;
CREATE TABLE IF NOT EXISTS serving.documents (
  subject_id text COLLATE "C" PRIMARY KEY, population text NOT NULL, digests bytea NOT NULL DEFAULT '',
  body bytea NOT NULL) WITH (fillfactor = 85);
ALTER TABLE serving.documents ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS serving.lookups (
  digest bytea NOT NULL, subject_id text COLLATE "C" NOT NULL, kind text NOT NULL, PRIMARY KEY (digest, subject_id));
CREATE TABLE IF NOT EXISTS serving.aliases (
  subject_id text COLLATE "C" PRIMARY KEY, merged_into text NOT NULL, population text NOT NULL);
CREATE INDEX IF NOT EXISTS aliases_into ON serving.aliases (merged_into);
CREATE TABLE IF NOT EXISTS serving.states (
  population text PRIMARY KEY, state text NOT NULL, documents bigint NOT NULL);
"""
#: Tables of an earlier form: each document is told by what it is found, once.
_BRING_UP = """
ALTER TABLE serving.documents ADD COLUMN digests bytea NOT NULL DEFAULT '';
UPDATE serving.documents d SET digests = l.joined FROM
  (SELECT subject_id, string_agg(digest, ''::bytea) AS joined FROM serving.lookups GROUP BY subject_id) l
  WHERE l.subject_id = d.subject_id;
DROP INDEX IF EXISTS serving.lookups_of_subject;
DROP INDEX IF EXISTS serving.documents_population;
"""
_IS_PRESENT = """SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('serving.documents')
  AND attname = 'digests' AND NOT attisdropped) AND to_regclass('serving.states') IS NOT NULL,
  to_regclass('serving.documents') IS NOT NULL"""
_DOCUMENT = """SELECT body, NULL FROM serving.documents WHERE subject_id = %s
UNION ALL SELECT NULL, merged_into FROM serving.aliases WHERE subject_id = %s"""
_MAX_HOPS = 8
_COPIES = {
    "serving.documents": "COPY serving.documents (subject_id, population, body, digests) FROM STDIN (FORMAT BINARY)",
    "arrived": "COPY arrived (subject_id, population, body, digests) FROM STDIN (FORMAT BINARY)",
    "staged": "COPY staged (kind, digest, subject_id) FROM STDIN (FORMAT BINARY)",
}


class PostgresStore:
    """See `store.Store`."""

    def document(self, subject_id: str) -> tuple[str, bytes] | None:
        for _ in range(_MAX_HOPS):
            row = _one(_DOCUMENT, [subject_id, subject_id])
            if row is None:
                return None
            if row[0] is not None:
                return subject_id, bytes(row[0])
            subject_id = row[1]
        return None

    def merged_into(self, subject_id: str) -> list[str]:
        found = _all(
            """WITH RECURSIVE before(id) AS (
              SELECT subject_id FROM serving.aliases WHERE merged_into = %s
              UNION SELECT a.subject_id FROM serving.aliases a JOIN before b ON a.merged_into = b.id)
            SELECT id FROM before ORDER BY id""",
            [subject_id],
        )
        return [row[0] for row in found]

    def find(self, digest: bytes, limit: int) -> list[str]:
        found = _all(
            "SELECT subject_id FROM serving.lookups WHERE digest = %s ORDER BY subject_id LIMIT %s",
            [digest, limit],
        )
        return [row[0] for row in found]

    def state(self, population: str) -> dict[str, Any]:
        row = _one("SELECT state FROM serving.states WHERE population = %s", [population])
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def count(self, population: str) -> int:
        row = _one("SELECT documents FROM serving.states WHERE population = %s", [population])
        return int(row[0]) if row else 0

    @contextmanager
    def writing(self, population: str, *, thoroughly: bool = False) -> Iterator[PostgresWriting]:
        # Only where something is missing: to alter a table, though nothing changes, keeps its readers waiting.
        with connection.cursor() as cursor:
            cursor.execute(_IS_PRESENT)
            present, older = cursor.fetchone() or (False, False)
            if not present:
                cursor.execute(_SCHEMA)
        with transaction.atomic():
            if older and not present:
                with connection.cursor() as cursor:
                    cursor.execute(_BRING_UP)
            yield PostgresWriting(population)


class PostgresWriting:
    """See `store.Writing`."""

    def __init__(self, population: str) -> None:
        self.population = population
        self._anew = False
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'")
            cursor.execute(
                "CREATE TEMP TABLE staged (kind text, digest bytea, subject_id text) ON COMMIT DROP"
            )
            cursor.execute(
                "CREATE TEMP TABLE arrived (subject_id text, population text, body bytea, digests bytea) ON COMMIT DROP"
            )
            cursor.execute("SELECT documents FROM serving.states WHERE population = %s", [population])
            row = cursor.fetchone()
        self._count = int(row[0]) if row else 0

    def clear(self) -> None:
        self._anew, before, self._count = True, self._count, 0
        if not before:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM serving.lookups l USING serving.documents d "
                "WHERE d.subject_id = l.subject_id AND d.population = %s",
                [self.population],
            )
            cursor.execute("DELETE FROM serving.documents WHERE population = %s", [self.population])

    def remove(self, subject_ids: Iterable[str]) -> None:
        held = self._held(list(subject_ids))
        self._forget([(digest, each) for each in held for digest in digests_in(held[each])])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM serving.documents WHERE subject_id = ANY(%s)", [list(held)])
        self._count -= len(held)

    def put(self, documents: Iterable[Row], lookups: Iterable[Lookup]) -> None:
        rows, found = list(documents), list(lookups)
        told = ((subject_id, self.population, body, digests) for subject_id, body, digests in rows)
        if self._anew:
            self._copy("serving.documents", ["text", "text", "bytea", "bytea"], told)
            self._count += len(rows)
        else:
            held = self._held([each[0] for each in rows])
            gone, found = differing(held, rows, found)
            self._forget(gone)
            self._copy("arrived", ["text", "text", "bytea", "bytea"], told)
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO serving.documents (subject_id, population, body, digests) SELECT * FROM arrived "
                    "ON CONFLICT (subject_id) DO UPDATE SET population = excluded.population, "
                    "body = excluded.body, digests = excluded.digests"
                )
                cursor.execute("TRUNCATE arrived")
            self._count += len(rows) - len(held)
        self._copy("staged", ["text", "bytea", "text"], found)

    def _held(self, subject_ids: Sequence[str]) -> dict[str, bytes]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT subject_id, digests FROM serving.documents WHERE subject_id = ANY(%s)",
                [list(subject_ids)],
            )
            return {subject_id: bytes(digests) for subject_id, digests in cursor.fetchall()}

    def _forget(self, lookups: Sequence[tuple[bytes, str]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM serving.lookups l USING unnest(%s::bytea[], %s::text[]) AS gone (digest, subject_id) "
                "WHERE l.digest = gone.digest AND l.subject_id = gone.subject_id",
                [[digest for digest, _ in lookups], [subject_id for _, subject_id in lookups]],
            )

    def finish(self, aliases: Iterable[tuple[str, str]], state: Mapping[str, Any]) -> None:
        wanted = set(aliases)
        with connection.cursor() as cursor:
            # In the order of the digests, so that the index grows at its end.
            cursor.execute(
                "INSERT INTO serving.lookups (digest, subject_id, kind) SELECT digest, subject_id, kind FROM staged "
                'ORDER BY digest, subject_id COLLATE "C" ON CONFLICT DO NOTHING'
            )
            cursor.execute(
                "SELECT subject_id, merged_into FROM serving.aliases WHERE population = %s", [self.population]
            )
            held = set(cursor.fetchall())
            cursor.execute(
                "DELETE FROM serving.aliases WHERE subject_id = ANY(%s)",
                [[before for before, _ in held - wanted]],
            )
            cursor.executemany(
                "INSERT INTO serving.aliases (subject_id, merged_into, population) VALUES (%s, %s, %s)",
                [(before, after, self.population) for before, after in sorted(wanted - held)],
            )
            cursor.execute(
                "INSERT INTO serving.states (population, state, documents) VALUES (%s, %s, %s) "
                "ON CONFLICT (population) DO UPDATE SET state = excluded.state, documents = excluded.documents",
                [self.population, json.dumps(state), self._count],
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


def _all(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    # The schema is made by the first refresh; before it nothing is known. Inside a transaction that must be asked
    # first, as a question that fails would end it.
    if connection.in_atomic_block and not _exists():
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
    except ProgrammingError as error:
        if isinstance(error.__cause__, UndefinedTable):
            return []
        raise
    return found


def _one(sql: str, parameters: list[Any]) -> tuple[Any, ...] | None:
    found = _all(sql, parameters)
    return found[0] if found else None

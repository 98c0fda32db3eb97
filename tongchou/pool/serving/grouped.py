"""Many questions to the index in PostgreSQL at once: one round trip for a whole group, on a connection of its own.

Together with them goes a query of the caller's choice (which must be of one row), answered in the same round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

Rows = dict[str, tuple[str, bytes]]

_DOCUMENTS = """SELECT a.subject_id, d.subject_id, d.body FROM unnest(%s::text[]) AS a (subject_id)
JOIN serving.documents d ON d.subject_id = a.subject_id COLLATE "C" """
_FOUND = """SELECT l.digest, d.subject_id, d.body FROM serving.lookups l
JOIN serving.documents d ON d.subject_id = l.subject_id WHERE l.digest = ANY(%s) ORDER BY l.digest, l.subject_id"""
_ALIASES = "SELECT subject_id, merged_into FROM serving.aliases WHERE subject_id = ANY(%s)"
_MAX_HOPS = 8


class GroupedReader:
    """A connection that is opened when first needed, and again after a failure."""

    def __init__(self, settings: dict[str, Any], beside: str) -> None:
        self._settings, self._beside = settings, beside
        self._connection: psycopg.Connection[Any] | None = None
        self._there = False

    def close(self) -> None:
        """Close the connection, if there is one."""
        held, self._connection = self._connection, None
        if held is not None:
            held.close()

    def _open(self) -> psycopg.Connection[Any]:
        said = self._settings
        return psycopg.connect(
            dbname=said["NAME"], user=said["USER"] or None, password=said["PASSWORD"] or None,
            host=said["HOST"] or None, port=said["PORT"] or None, autocommit=True, prepare_threshold=1,
        )  # fmt: skip

    def read(
        self, subject_ids: Sequence[str], digests: Sequence[bytes], most: int
    ) -> tuple[Any, Rows, dict[bytes, list[tuple[str, bytes]]]]:
        """(the row of the query beside, {asked id: (id now, sealed document)}, {digest: such documents, at most `most`})."""
        if self._connection is None:
            self._connection = self._open()
        connection = self._connection
        documents: Rows = {}
        found: dict[bytes, list[tuple[str, bytes]]] = {}
        if not self._there:
            # The schema is made by the first refresh; before it nothing is known.
            row = connection.execute("SELECT to_regclass('serving.states') IS NOT NULL").fetchone()
            self._there = bool(row and row[0])
        with connection.pipeline():
            beside = connection.cursor().execute(self._beside)
            by_id = (
                connection.cursor(binary=True).execute(_DOCUMENTS, [list(subject_ids)])
                if subject_ids and self._there
                else None
            )
            by_digest = (
                connection.cursor(binary=True).execute(_FOUND, [list(digests)])
                if digests and self._there
                else None
            )
        told = tuple(int(value) for value in beside.fetchone() or ())
        if by_id is not None:
            for asked, subject_id, body in by_id.fetchall():
                documents[asked] = (subject_id, bytes(body))
            self._follow(connection, [each for each in subject_ids if each not in documents], documents)
        if by_digest is not None:
            for key, subject_id, body in by_digest.fetchall():
                held = found.setdefault(bytes(key), [])
                if len(held) < most:
                    held.append((subject_id, bytes(body)))
        return told, documents, found

    def _follow(self, connection: psycopg.Connection[Any], missing: Sequence[str], documents: Rows) -> None:
        """Ids that were merged into others."""
        leading = {each: each for each in missing}
        for _ in range(_MAX_HOPS):
            if not leading:
                return
            targets = dict(connection.execute(_ALIASES, [sorted(set(leading.values()))]).fetchall())
            leading = {asked: targets[now] for asked, now in leading.items() if now in targets}
            if not leading:
                return
            rows = (
                connection.cursor(binary=True).execute(_DOCUMENTS, [sorted(set(leading.values()))]).fetchall()
            )
            held = {asked: (subject_id, bytes(body)) for asked, subject_id, body in rows}
            for asked, now in list(leading.items()):
                if now in held:
                    documents[asked] = held[now]
                    del leading[asked]

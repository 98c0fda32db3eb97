"""Records that moved house: of a place, the id belongs to the spot and not to whoever's address it was.

A person who moves is the same person; the home they left is not the home they moved to. So before ids are given, a record
whose address names another place than at the last run gives its old place's id up: where nobody else holds it, the old
place ends, and the new one gets the id of whoever is there already, or a new one. The same place written otherwise is
no move.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from tongchou.standards.addresses import parse, same_place

from .engine.connection import connect, quote
from .engine.connection import name as quoted
from .logs import versions_sql
from .plans import Feed
from .published import Version


def without_moved(
    root: Path, feeds: Sequence[Feed], previous: pa.Table, version: Version | None
) -> tuple[pa.Table, list[str]]:
    """The previous links without those of records that moved since, and the places they left.

    version: the links now in force; None before the first run.
    """
    if version is None or not previous.num_rows:
        return previous, []
    moved = [
        {"resource": feed.resource, "source_key": key}
        for feed in feeds
        for key, before, now in _changed(root, feed, version.at.isoformat())
        if not _same(before, now)
    ]
    if not moved:
        return previous, []
    with connect(root) as db:
        db.register("previous", previous)
        db.register("moved", pa.Table.from_pylist(moved))
        left = db.sql(
            "SELECT DISTINCT subject_id FROM previous SEMI JOIN moved USING (resource, source_key)"
        ).fetchall()
        kept: pa.Table = db.sql(
            "SELECT * FROM previous ANTI JOIN moved USING (resource, source_key) ORDER BY resource, source_key"
        ).to_arrow_table()
    return kept.cast(previous.schema), sorted(row[0] for row in left)


def _changed(root: Path, feed: Feed, since: str) -> list[tuple[str, str, str | None]]:
    """(key, address then, address now) of the records whose address was written otherwise since an instant."""
    versions = versions_sql(root, feed)
    names = feed.by_attribute().get("address", ())
    if versions is None or not names:
        return []
    address = f"coalesce({', '.join(map(quoted, names))})"
    later = f"_recorded_at > {quote(since)}::TIMESTAMPTZ"
    latest = "struct_pack(a := _recorded_at, b := coalesce(_valid_from, DATE '0001-01-01'))"
    with connect(root) as db:
        return db.execute(
            f"""SELECT _key, before.v, now.v FROM (
              SELECT _key, arg_max(struct_pack(v := {address}), {latest}) FILTER (NOT {later}) AS before,
                arg_max(struct_pack(v := {address}), {latest}) AS now
              FROM ({versions}) WHERE _op = 'put' GROUP BY _key HAVING bool_or({later}))
            WHERE before.v IS NOT NULL AND before.v IS DISTINCT FROM now.v ORDER BY _key"""
        ).fetchall()


def _same(before: str, now: str | None) -> bool:
    if now is None:
        return False
    one, two = parse(before).place, parse(now).place
    return one.written() == two.written() or same_place(before, now)

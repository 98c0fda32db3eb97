"""Which subjects a derived index must write again: those whose links changed, and those of records with new versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from .engine.connection import one, quote
from .logs import latest_recorded, versions_sql
from .plans import Feed


def newest(feeds: Sequence[Feed]) -> dict[str, str]:
    """{resource: the latest instant in its log}, from the deliveries' notes.

    Asked before records are read, so that nothing is passed over; a log has one writer at a time, so its instants
    only grow.
    """
    found = {feed.resource: latest_recorded(feed.resource) for feed in feeds}
    return {resource: at.isoformat() for resource, at in found.items() if at is not None}


def touched(
    db: Any, root: Path, feeds: Sequence[Feed], seen: Mapping[str, str], changed: pa.Table, links: Path
) -> pa.Table:
    """The subjects (column subject_id, ordered) in `changed`, and those of records recorded after `seen`.

    seen: as `newest` gave it when the index was last written. links: the file of the published links.
    """
    db.register("changed", changed.select(["subject_id"]))
    parts = ["SELECT subject_id FROM changed"]
    for feed in feeds:
        versions = versions_sql(root, feed)
        if versions is None:
            continue
        after = (
            f"WHERE _recorded_at > {quote(seen[feed.resource])}::TIMESTAMPTZ" if feed.resource in seen else ""
        )
        parts.append(
            f"""SELECT l.subject_id FROM read_parquet({quote(str(links))}) l
            WHERE l.resource = {quote(feed.resource)} AND l.source_key IN (SELECT _key FROM ({versions}) {after})"""
        )
    table: pa.Table = db.sql(
        f"SELECT DISTINCT subject_id FROM ({' UNION ALL '.join(parts)}) ORDER BY subject_id"
    ).to_arrow_table()
    return table


def subjects_in(db: Any, links: Path) -> int:
    """How many subjects a file of links tells of."""
    return int(one(db, f"SELECT count(DISTINCT subject_id) FROM read_parquet({quote(str(links))})")[0])

"""The records of a population as one table to compare: a row per record, a column per linkage role.

A record is compared as it last stood, also when it has ended at its source: it still says whom it was about, and
its history belongs to that subject's file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from .engine.connection import name as quoted
from .engine.connection import quote
from .linkage.households import with_housemates
from .logs import versions_sql
from .plans import Feed

_POSITION = ("longitude", "latitude")


def columns_of(feeds: Sequence[Feed]) -> list[str]:
    """The linkage columns these resources have, in a stable order; a longitude and a latitude make a position."""
    found = {attribute for feed in feeds for attribute in feed.by_attribute()}
    return sorted(found | ({"position"} if set(_POSITION) <= found else set()))


def identities_sql(data_root: Path, feeds: Sequence[Feed], seen: Mapping[str, str] | None = None) -> str:
    """One query giving resource, source_key and every linkage column; absent columns are null.

    seen: only records recorded since these instants, by resource.
    """
    columns = columns_of(feeds)
    since = seen or {}
    parts = [
        part for feed in feeds if (part := _part(data_root, feed, columns, since.get(feed.resource, "")))
    ]
    if not parts:
        empty = ", ".join(f"NULL::VARCHAR AS {quoted(each)}" for each in ["resource", "source_key", *columns])
        return f"SELECT {empty} WHERE false"
    return " UNION ALL ".join(parts)


def identities(connection: duckdb.DuckDBPyConnection, data_root: Path, feeds: Sequence[Feed]) -> pa.Table:
    """The table itself, all text; with a column `housemates` where a resource knows households."""
    return with_housemates(connection.sql(identities_sql(data_root, feeds)).to_arrow_table())


def changed_identities(
    connection: duckdb.DuckDBPyConnection, data_root: Path, feeds: Sequence[Feed], seen: Mapping[str, str]
) -> pa.Table:
    """The records that were put since these instants, as they last stood.

    A record that only ended since is compared as before, so that it is not among them. A version recorded later is
    always the one that counts, so that older ones need not be read. With a member of a household come all the others,
    also of one it left: their housemates may have changed.
    """
    return with_housemates(connection.sql(identities_sql(data_root, feeds, seen)).to_arrow_table())


def counted(data_root: Path, feeds: Sequence[Feed]) -> str:
    """A query of how many records `identities` would give."""
    parts = [f"(SELECT count(DISTINCT _key) FROM ({versions}) WHERE _op = 'put')"
             for feed in feeds if (versions := versions_sql(data_root, feed))]  # fmt: skip
    return f"SELECT {' + '.join(parts) or '0'}"


def _part(data_root: Path, feed: Feed, columns: Sequence[str], since: str) -> str:
    versions = versions_sql(data_root, feed)
    if versions is None:
        return ""
    have = feed.by_attribute()
    if "position" in columns and set(_POSITION) <= set(have):
        have["position"] = [f"{quoted(have['longitude'][0])} || ',' || {quoted(have['latitude'][0])}"]
    values = [
        f"coalesce({', '.join(each if column == 'position' else quoted(each) for each in have[column])}) AS {quoted(column)}"
        if column in have
        else f"NULL::VARCHAR AS {quoted(column)}"
        for column in columns
    ]
    chosen = ", ".join([f"{quote(feed.resource)} AS resource", "_key AS source_key", *values])
    latest = (
        "row_number() OVER (PARTITION BY _key ORDER BY _recorded_at DESC, _valid_from DESC NULLS LAST) = 1"
    )
    if not since or "household" not in have:
        later = f"AND _recorded_at > {quote(since)}::TIMESTAMPTZ" if since else ""
        return f"SELECT {chosen} FROM ({versions}) WHERE _op = 'put' {later} QUALIFY {latest}"
    household = f"coalesce({', '.join(quoted(each) for each in have['household'])})"
    put = f"({versions}) WHERE _op = 'put'"
    changed = f"SELECT _key FROM {put} AND _recorded_at > {quote(since)}::TIMESTAMPTZ"
    touched = f"SELECT {household} FROM {put} AND _key IN ({changed})"
    return f"""SELECT {chosen} FROM (SELECT * FROM {put} QUALIFY {latest})
        WHERE _key IN ({changed}) OR {household} IN ({touched})"""

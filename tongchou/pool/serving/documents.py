"""Documents put together by DuckDB, straight from the logs' files and the links: the hot loop has no Python rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from ..engine.connection import name as quoted
from ..engine.connection import quote
from ..logs import versions_sql
from ..plans import Feed
from .digests import KINDS

_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
#: First characters of the random part of an id, in the order of the ids.
SHARDS = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: From so many documents on they are made shard by shard, so that memory stays bounded.
SHARD_FROM = 100_000
_BATCH = 5_000


def linked_versions(data_root: Path, feeds: Sequence[Feed], kind: str, links: str) -> str:
    """A query: subject_id, version (JSON), and per lookup kind its value. `links`: SQL of the links wanted."""
    kinds = KINDS[kind]
    parts = []
    for feed in feeds:
        versions = versions_sql(data_root, feed)
        if versions is None:
            continue
        have = feed.by_attribute()
        # A department may call a field of its own what a link calls one, so each says whose it is.
        values = ", ".join(f"{quoted(each.name)} := v.{quoted(each.name)}" for each in feed.fields)
        lookups = [
            _lookup([f"coalesce({', '.join(f'v.{quoted(one)}' for one in have[each])})" for each in needed])
            if all(each in have for each in needed)
            else "NULL::VARCHAR"
            for needed in kinds.values()
        ]
        columns = ", ".join(
            f"{sql} AS {quoted('by_' + name)}" for name, sql in zip(kinds, lookups, strict=True)
        )
        if feed.address_only:
            # The place can be found by the address the record was linked by, the last one; the record itself stays in
            # its subject's document.
            last = "PARTITION BY _key ORDER BY _recorded_at DESC, _valid_from DESC NULLS LAST"
            parts.append(f"""SELECT l.subject_id, {columns}, NULL::VARCHAR AS version
            FROM (SELECT * FROM ({versions}) WHERE _op = 'put' QUALIFY row_number() OVER ({last}) = 1) v
            JOIN ({links}) l ON l.resource = {quote(feed.resource)} AND l.source_key = v._key""")
            continue
        parts.append(f"""SELECT l.subject_id, {columns}, to_json(struct_pack(
              resource := {quote(feed.resource)}, key := _key, op := _op,
              valid_from := _valid_from, valid_to := _valid_to,
              recorded_at := strftime(_recorded_at AT TIME ZONE 'UTC', {quote(_INSTANT)}),
              failures := _failures, delivery := _delivery, row := _row,
              "values" := struct_pack({values})))::VARCHAR AS version
            FROM ({versions}) v JOIN ({links}) l ON l.resource = {quote(feed.resource)} AND l.source_key = v._key""")
    return " UNION ALL ".join(parts)


def documents(
    db: duckdb.DuckDBPyConnection,
    data_root: Path,
    feeds: Sequence[Feed],
    *,
    population: str,
    kind: str,
    links: Path,
    wanted: pa.Table | None,
    size: int,
) -> Iterator[pa.RecordBatch]:
    """Batches of (subject_id, document (JSON text), by_<kind> (list of text) …), in the order of the ids.

    Links and versions stand in a document in no order: ordering them here costs as much as everything else, and
    whoever opens one document orders a handful (`rules.in_order`).
    wanted: a table with the column subject_id, or None for all subjects there are. size: how many are to be made.
    """
    everything = f"SELECT * FROM read_parquet({quote(str(links))})"
    if size < SHARD_FROM:
        if wanted is not None:
            db.register("wanted", wanted)
        only = "WHERE subject_id IN (SELECT subject_id FROM wanted)" if wanted is not None else ""
        db.execute(f"CREATE OR REPLACE TEMP TABLE chosen_links AS {everything} {only}")
        versions = linked_versions(
            data_root, feeds, kind, "SELECT resource, source_key, subject_id FROM chosen_links"
        )
        yield from _assembled(db, versions, "SELECT * FROM chosen_links", population, kind)
        return
    if wanted is not None:
        db.register("wanted", wanted)
        everything += " WHERE subject_id IN (SELECT subject_id FROM wanted)"
    versions = linked_versions(
        data_root, feeds, kind, f"SELECT resource, source_key, subject_id FROM ({everything})"
    )
    if not versions:
        return
    # Spilled once by the first character of the id, then put together some shards at a time.
    staged = data_root / "tmp" / f"documents-{population}-{links.stem}"
    (staged / "versions").mkdir(parents=True, exist_ok=True)
    try:
        for name, sql in (("versions", versions), ("links", everything)):
            db.execute(
                f"""COPY (SELECT *, substr(subject_id, 2, 1) AS shard FROM ({sql})) TO {quote(str(staged / name))}
                (FORMAT parquet, PARTITION_BY (shard), COMPRESSION lz4, OVERWRITE_OR_IGNORE)"""
            )
        together = max(1, len(SHARDS) * SHARD_FROM // (2 * size))
        for start in range(0, len(SHARDS), together):
            some = [staged / "versions" / f"shard={each}" for each in SHARDS[start : start + together]]
            if present := [each for each in some if each.is_dir()]:
                yield from _assembled(
                    db,
                    _staged(present),
                    _staged([staged / "links" / each.name for each in present]),
                    population,
                    kind,
                )
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _staged(folders: Sequence[Path]) -> str:
    """A query of the rows in some shards' folders."""
    files = ", ".join(quote(str(each / "*.parquet")) for each in folders)
    return f"SELECT * EXCLUDE (shard) FROM read_parquet([{files}], hive_partitioning = true)"


def _assembled(
    db: duckdb.DuckDBPyConnection, versions: str, links: str, population: str, kind: str
) -> Iterator[pa.RecordBatch]:
    if not versions:
        return
    lookups = ", ".join(
        f"list(DISTINCT {quoted('by_' + name)}) FILTER ({quoted('by_' + name)} IS NOT NULL) AS {quoted('by_' + name)}"
        for name in KINDS[kind]
    )
    sql = f"""
    WITH files AS (
      SELECT subject_id, {lookups}, string_agg(version, ',') AS versions
      FROM ({versions}) GROUP BY subject_id),
    why AS (
      SELECT subject_id, string_agg(to_json(struct_pack(resource := resource, key := source_key, how := how,
        score := score, zh := sentence_zh, en := sentence_en,
        since := strftime(since AT TIME ZONE 'UTC', {quote(_INSTANT)})))::VARCHAR, ',') AS links
      FROM ({links}) GROUP BY subject_id)
    SELECT f.subject_id, f.* EXCLUDE (subject_id, versions),
      '{{"subject_id":"' || f.subject_id || '","kind":{_json(kind)},"population":{_json(population)},"links":['
        || w.links || '],"versions":[' || coalesce(f.versions, '') || ']}}' AS document
    FROM files f JOIN why w USING (subject_id) ORDER BY f.subject_id"""
    yield from db.sql(sql).to_arrow_reader(_BATCH)


def _lookup(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    # A part that is missing makes the whole missing.
    return " || chr(31) || ".join(parts)


def _json(text: str) -> str:
    # Codes of kinds and populations: letters, digits, dot, dash and underscore (checked when a pack is read).
    return '"' + text.replace("'", "''") + '"'

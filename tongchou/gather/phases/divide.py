"""divide: a checked part becomes kept rows, in the form of the record log, and quarantine, kept whole."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet

from tongchou.gather.sources.items import Refused
from tongchou.pool.engine.connection import quote

from . import quality
from .check import Checked
from .work import LAST_HARD, RULE_CODES, Work, in_order

HELD_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("raw", pa.string()),
        ("failures", pa.list_(pa.struct([("field", pa.string()), ("rule", pa.string())]))),
        ("key", pa.string()),
    ]
)
"""Quarantine: row number, the whole row as JSON text, what it fails, and its key where that is readable."""

PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000"
"""How the log's files are written, by DuckDB, where rows of finished parts are written anew."""
_ROW_GROUP = 122_880
"""Rows of a row group: what DuckDB reads per thread at once."""
_TOLD = ["_key", "_op", "_valid_from", "_valid_to", "_recorded_at", "_failures", "_delivery", "_row"]
"""Columns of which row groups tell least and greatest values: those by which readers leave some out."""
_CONSTANT = ["_op", "_valid_from", "_recorded_at", "_failures", "_delivery"]
_BITS = 62
_OTHER = "*:other"


@dataclass(frozen=True)
class Divided:
    """A part divided. rows: of the part. kept: its good rows, but for what only the order of the parts can
    say. few: columns of few different values. problems: rule numbers of the kept rows, by field, where
    there are any. held: how many rows were set aside, refused ones among them. quality: as `quality.measured` gives
    it."""

    rows: int
    kept: pa.Table
    few: list[str]
    problems: Mapping[str, Any]
    held: int
    quality: dict[str, Any]
    refused: int = 0


def divided(
    work: Work, part: Checked, limits: quality.Limits, index: int, refused: Sequence[Refused]
) -> Divided:
    """Divide the part of this index; what is set aside, with the rows that were refused, and the hashes of
    the kept keys go to its files."""
    hashes = quality.hashes(work, part)
    chosen = pa.table(
        {"_key": part.key, "_row": part.part["_row"], "_digest": hashes["_digest"]}
        | {each.name: part.columns[each.name].values for each in work.plan.fields}
    )
    keys = hashes["_key"].to_numpy()
    good = None if part.bad is None else ~part.bad
    if good is not None:
        chosen, keys = chosen.filter(pa.array(good)), keys[good]
    np.save(work.staging.keys(index), np.sort(keys))
    problems = {
        each: column.problems if good is None else column.problems[good]
        for each, column in part.columns.items()
        if column.problems is not None
    }
    return Divided(
        rows=part.part.num_rows,
        kept=chosen.append_column("_valid_from", _valid_from(work, chosen)),
        few=[each for each, column in part.columns.items() if column.different is not None],
        problems=problems,
        held=held(work, part, work.staging.held(index), refused),
        quality=quality.measured(work, part, hashes, limits),
        refused=len(refused),
    )


def as_logged(work: Work, done: Divided) -> pa.Table:
    """The kept rows as rows of the log. Rules that no part before has failed get the next bits."""
    chosen, count = done.kept, done.kept.num_rows
    columns = {
        "_key": chosen["_key"],
        "_op": _same("put", pa.string(), count),
        "_valid_from": chosen["_valid_from"],
        "_valid_to": pa.nulls(count, pa.date32()),
        "_recorded_at": _same(work.recorded_at, pa.timestamp("us", "UTC"), count),
        "_digest": chosen["_digest"],
        "_failures": _failures(work, done),
        "_delivery": _same(work.delivery, pa.string(), count),
        "_row": chosen["_row"],
    }
    return pa.table(columns | {each.name: chosen[each.name] for each in work.plan.fields})


def _same(value: Any, kind: pa.DataType, count: int) -> pa.Array:
    """One value, so many times."""
    return pa.repeat(pa.scalar(value, kind), count)


def write(table: pa.Table, few: Sequence[str], path: Path) -> int:
    """Write rows of the log to a Parquet file, on disk when this returns. Returns how many.

    few: columns of few different values. zstd makes half the size of snappy for a twentieth of a load's
    time. Dictionaries only where there are few values: elsewhere they would be made and thrown away.
    """
    with path.open("wb") as file:
        pa.parquet.write_table(
            table,
            file,
            row_group_size=_ROW_GROUP,
            compression="zstd",
            compression_level=1,
            use_dictionary=[*_CONSTANT, *few],
            write_statistics=_TOLD,
            column_encoding={"_row": "DELTA_BINARY_PACKED"},
            store_schema=False,
        )
        file.flush()
        os.fsync(file.fileno())
    return int(table.num_rows)


def _valid_from(work: Work, chosen: pa.Table) -> pa.Array:
    """Since when a row is true: the planned field's day (the first of the month or year when no more is
    known)."""
    if work.plan.valid_from is None or not chosen.num_rows:
        return _same(work.delivered_on, pa.date32(), chosen.num_rows)
    encoded = chosen[work.plan.valid_from].combine_chunks().dictionary_encode()
    sql = """SELECT TRY_CAST(told || substr('-01-01', length(told) - 3) AS DATE) AS day FROM days"""
    days = in_order(work, sql, days=pa.table({"told": encoded.dictionary}))["day"].combine_chunks()
    return compute.fill_null(days.take(encoded.indices), pa.scalar(work.delivered_on, pa.date32()))


def _failures(work: Work, done: Divided) -> pa.Array:
    """The bitmask over the delivery's rules; rules first met in this part get the next bits."""
    failures = np.zeros(done.kept.num_rows, np.int64)
    for field in work.plan.fields:
        problems = done.problems.get(field.name)
        if problems is None:
            continue
        for number in np.flatnonzero(np.bincount(problems, minlength=1)):
            if number:
                bit = bit_of(work.rules, field.name, RULE_CODES[number - 1])
                failures[problems == number] |= np.int64(1 << bit)
    return pa.array(failures)


def bit_of(rules: list[str], field: str, rule: str) -> int:
    """The bit of a field's rule in the delivery's list, which grows; beyond 62 pairs all share the last
    bit."""
    told = f"{field}:{rule}"
    if told in rules:
        return rules.index(told)
    if len(rules) >= _BITS:
        if _OTHER not in rules:
            rules.append(_OTHER)
        return rules.index(_OTHER)
    rules.append(told)
    return len(rules) - 1


def held(work: Work, part: Checked, path: Path, refused: Sequence[Refused]) -> int:
    """Write the bad rows, whole as delivered, and the refused ones. Returns how many."""
    tables = []
    if part.bad is not None:
        tables.append(_set_aside(work, part))
    if refused:
        tables.append(refused_table(refused))
    if not tables:
        path.unlink(missing_ok=True)
        return 0
    table = pa.concat_tables(tables)
    pa.parquet.write_table(table, path, compression="zstd")
    return int(table.num_rows)


def refused_table(refused: Sequence[Refused]) -> pa.Table:
    """Rows that did not split into columns, as quarantine. They fail their rule as a whole: the field is
    empty."""
    found = [
        {"row": each.row, "raw": each.raw, "failures": [{"field": "", "rule": each.rule}], "key": None}
        for each in refused
    ]
    return pa.Table.from_pylist(found, schema=HELD_SCHEMA)


def _set_aside(work: Work, part: Checked) -> pa.Table:
    """The bad rows as quarantine."""
    places = np.flatnonzero(part.bad)
    chosen = part.part.take(pa.array(places))
    raw = in_order(work, f"SELECT {raw_json(work.headings, 'p')} AS raw FROM p", p=chosen)["raw"]
    columns = [chosen["_row"], raw, _reasons(work, part, places), part.key.take(pa.array(places))]
    return pa.table(columns, names=HELD_SCHEMA.names).cast(HELD_SCHEMA)


def _reasons(work: Work, part: Checked, places: Any) -> pa.ListArray:
    """For each of the rows the (field, rule) pairs it fails, in the order of the fields."""
    found = []
    for index, field in enumerate(work.plan.fields):
        problems = part.columns[field.name].problems
        if problems is not None:
            failing = problems[places]
            failing = np.where(failing <= LAST_HARD, failing, 0)
            at = np.flatnonzero(failing)
            found.append(np.stack([at, np.full(len(at), index), failing[at] - 1]))
    pairs = np.concatenate(found, axis=1) if found else np.zeros((3, 0), np.int64)
    pairs = pairs[:, np.lexsort((pairs[1], pairs[0]))]
    names = pa.array([each.name for each in work.plan.fields])
    said = pa.StructArray.from_arrays(
        [names.take(pa.array(pairs[1])), pa.array(RULE_CODES).take(pa.array(pairs[2]))], ["field", "rule"]
    )
    ends = np.concatenate([[0], np.cumsum(np.bincount(pairs[0], minlength=len(places)))])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), said)


def raw_json(headings: Sequence[str], table: str) -> str:
    """SQL for a delivered row as a JSON object of heading and text; a column without a heading is named by
    its place."""
    pairs = ", ".join(
        f"{quote(heading or f'#{index + 1}')}, {table}.c{index}" for index, heading in enumerate(headings)
    )
    return f"CAST(json_object({pairs}) AS VARCHAR)"

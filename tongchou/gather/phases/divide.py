"""divide: a checked part becomes kept rows, in the form of the record log, and quarantine, kept whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet

from tongchou.gather.sources.items import Refused
from tongchou.pool.engine.connection import name, quote, rows
from tongchou.pool.engine.log import digest_sql

from .check import Checked
from .standardise import Column
from .work import LAST_HARD, RULE_CODES, Work

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
_BITS = 62
_OTHER = "*:other"
_SAMPLE = 1024
_MANY = 16 * _SAMPLE
_TOP = 2**64 - 1


def kept(work: Work, part: Checked) -> tuple[pa.Table, list[str]]:
    """The good rows as rows of the log, and which of its columns have few different values."""
    plan = work.plan
    given = [each.name for each in plan.fields]
    chosen = pa.table({"_key": part.key, "_row": part.part["_row"]} | _values(part))
    good = None if part.bad is None else ~part.bad
    if good is not None:
        chosen = chosen.filter(pa.array(good))
    fields = {each: chosen[each] for each in given}
    count = chosen.num_rows
    columns = {
        "_key": chosen["_key"],
        "_op": _same("put", pa.string(), count),
        "_valid_from": _valid_from(work, fields, count),
        "_valid_to": pa.nulls(count, pa.date32()),
        "_recorded_at": _same(work.recorded_at, pa.timestamp("us", "UTC"), count),
        "_digest": _digest(work, chosen.select(given)),
        "_failures": _failures(work, part, good, count),
        "_delivery": _same(work.delivery, pa.string(), count),
        "_row": chosen["_row"],
    }
    few = [each for each, column in part.columns.items() if column.different is not None]
    constant = ["_op", "_valid_from", "_recorded_at", "_failures", "_delivery"]
    return pa.table(columns | fields), constant + few


def _values(part: Checked) -> dict[str, pa.ChunkedArray]:
    return {each: column.values for each, column in part.columns.items()}


def _same(value: Any, kind: pa.DataType, count: int) -> pa.Array:
    """One value, so many times."""
    return pa.repeat(pa.scalar(value, kind), count)


def in_order(work: Work, sql: str, **tables: pa.Table) -> pa.Table:
    """What a statement over tables gives, rows in the order of the table it reads."""
    connection = work.connection
    for each, table in tables.items():
        connection.register(each, table)
    rows(connection, "SET preserve_insertion_order = true")
    try:
        return connection.sql(sql).to_arrow_table()
    finally:
        rows(connection, "SET preserve_insertion_order = false")
        for each in tables:
            connection.unregister(each)


def _digest(work: Work, fields: pa.Table) -> pa.ChunkedArray:
    sql = f"SELECT {digest_sql(work.order, fields.column_names)} AS digest FROM good"
    return in_order(work, sql, good=fields)["digest"]


def write(table: pa.Table, few: Sequence[str], path: Path) -> int:
    """Write rows of the log to a Parquet file, on disk when this returns. Returns how many.

    zstd makes half the size of snappy for a twentieth of a load's time. Dictionaries only where there are
    few values: elsewhere they would be made and thrown away.
    """
    with path.open("wb") as file:
        pa.parquet.write_table(
            table,
            file,
            row_group_size=_ROW_GROUP,
            compression="zstd",
            compression_level=1,
            use_dictionary=list(few),
            write_statistics=_TOLD,
            column_encoding={"_row": "DELTA_BINARY_PACKED"},
            store_schema=False,
        )
        file.flush()
        os.fsync(file.fileno())
    return int(table.num_rows)


def _valid_from(work: Work, fields: dict[str, pa.ChunkedArray], count: int) -> pa.Array:
    """Since when a row is true: the planned field's day (the first of the month or year when no more is
    known)."""
    if work.plan.valid_from is None or not count:
        return _same(work.delivered_on, pa.date32(), count)
    encoded = fields[work.plan.valid_from].combine_chunks().dictionary_encode()
    sql = """SELECT TRY_CAST(told || substr('-01-01', length(told) - 3) AS DATE) AS day FROM days"""
    days = in_order(work, sql, days=pa.table({"told": encoded.dictionary}))["day"].combine_chunks()
    return compute.fill_null(days.take(encoded.indices), pa.scalar(work.delivered_on, pa.date32()))


def _failures(work: Work, part: Checked, good: Any, count: int) -> Any:
    """The bitmask over the delivery's rules; rules first met in this part get the next bits."""
    failures = np.zeros(count, np.int64)
    for field in work.plan.fields:
        problems = part.columns[field.name].problems
        if problems is None:
            continue
        problems = problems if good is None else problems[good]
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


def quality(work: Work, part: Checked, limits: dict[str, int]) -> dict[str, Any]:
    """Counts per field: empty, failed, and a sample of value hashes for the number of distinct values.

    The sample holds the hashes below a limit, chosen in the first part so that about a thousand fall below
    it; what fell below in all parts tells how many values there are (k minimum values, Bar-Yossef et al.
    2002; error ~ 3 %).
    """
    new = {each: column for each, column in part.columns.items() if each not in limits}
    if new:
        counts = _different(work, new)
        limits.update({each: min(_TOP, _TOP // max(1, count // _SAMPLE)) for each, count in counts.items()})
    return {
        "empty": {each: column.values.null_count for each, column in part.columns.items()},
        "failed": {each: _failed(column) for each, column in part.columns.items()},
        "distinct": _hashes(work, part, limits),
    }


def _failed(column: Column) -> int:
    """Rows whose value fails a rule that is not soft."""
    if column.problems is None:
        return 0
    return int(np.count_nonzero((column.problems > 0) & (column.problems <= LAST_HARD)))


def _different(work: Work, columns: dict[str, Column]) -> dict[str, int]:
    """About how many different values the columns have."""
    counts = {
        each: compute.count_distinct(column.different).as_py()
        for each, column in columns.items()
        if column.different is not None
    }
    rest = {each: column.values for each, column in columns.items() if each not in counts}
    if rest:
        asked = ", ".join(f"approx_count_distinct({name(each)}) AS {name(each)}" for each in rest)
        counts |= in_order(work, f"SELECT {asked} FROM whole", whole=pa.table(rest)).to_pylist()[0]
    return counts


def _hashes(work: Work, part: Checked, limits: dict[str, int]) -> dict[str, tuple[int, list[int]]]:
    """Per field its limit and the hashes below: fields of few values by those, all others in one pass."""
    found: dict[str, tuple[int, list[int]]] = {}
    many = {}
    for each, column in part.columns.items():
        if column.different is None and limits[each] < _TOP:
            many[each] = column.values
            continue
        values = column.values if column.different is None else column.different
        sql = f"SELECT DISTINCT hash(v) AS h FROM given WHERE v IS NOT NULL AND hash(v) <= {limits[each]}::UBIGINT"
        hashes = in_order(work, sql, given=pa.table({"v": values}))["h"].to_pylist()
        if len(hashes) > _MANY:
            limits[each] = sorted(hashes)[_SAMPLE]
            hashes = [one for one in hashes if one <= limits[each]]
        found[each] = (limits[each], hashes)
    if many:
        below = ", ".join(
            f"list(hash({name(each)})) FILTER (hash({name(each)}) <= {limits[each]}::UBIGINT"
            f" AND {name(each)} IS NOT NULL) AS {name(each)}"
            for each in many
        )
        told = in_order(work, f"SELECT {below} FROM whole", whole=pa.table(many)).to_pylist()[0]
        found |= {each: (limits[each], sorted(set(told[each] or ()))) for each in many}
    return found


def distinct(samples: Sequence[tuple[int, list[int]]]) -> int:
    """About how many different values there are, from the samples of all parts."""
    if not samples:
        return 0
    limit = min(each for each, _ in samples)
    below = {value for _, hashes in samples for value in hashes if value <= limit}
    return round(len(below) * (_TOP / limit))

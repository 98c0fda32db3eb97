"""divide: a checked part becomes kept rows, in the form of the record log, and quarantine, kept whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from tongchou.gather.sources.items import Refused
from tongchou.pool.engine.connection import name, one, quote, rows
from tongchou.pool.engine.log import digest_sql

from .work import LAST_HARD, RULE_CODES, Work, problem, value

HELD_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("raw", pa.string()),
        ("failures", pa.list_(pa.struct([("field", pa.string()), ("rule", pa.string())]))),
        ("key", pa.string()),
    ]
)
"""Quarantine: row number, the whole row as JSON text, what it fails, and its key where that is readable."""

PARQUET = "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000"
"""How the log's files are written. Larger dictionaries cost half as much again in time and save a tenth in
size."""
_BITS = 62
_OTHER = "*:other"
_SAMPLE = 1024
_TOP = 2**64 - 1


def kept(work: Work, path: Path) -> int:
    """Write the good rows of `checked` as rows of the log. Returns how many."""
    plan = work.plan
    given = [each.name for each in plan.fields]
    order = work.order
    digest = digest_sql(order, given)
    fields = ", ".join(f"{value(each)} AS {name(each)}" for each in given)
    sql = f"""SELECT _key, 'put' AS _op, {_valid_from(work)} AS _valid_from, NULL::DATE AS _valid_to,
        TIMESTAMPTZ {quote(work.recorded_at.isoformat())} AS _recorded_at, {digest} AS _digest, _failures,
        {quote(work.delivery)} AS _delivery, _row, {", ".join(name(each) for each in given)}
        FROM (SELECT _key, _row, {_failures(work)} AS _failures, {fields} FROM checked WHERE NOT _bad)"""
    return int(one(work.connection, f"COPY ({sql}) TO {quote(str(path))} ({PARQUET})")[0])


def _valid_from(work: Work) -> str:
    """Since when a row is true: the planned field's day (the first of the month or year when no more is
    known)."""
    delivered = f"DATE '{work.delivered_on}'"
    if work.plan.valid_from is None:
        return delivered
    column = name(work.plan.valid_from)
    return f"coalesce(TRY_CAST({column} || substr('-01-01', length({column}) - 3) AS DATE), {delivered})"


def _failures(work: Work) -> str:
    """The bitmask over the delivery's rules; rules first met in this part get the next bits."""
    fields = [each.name for each in work.plan.fields]
    lists = ", ".join(f"list(DISTINCT {problem(each)})" for each in fields)
    met = one(work.connection, f"SELECT {lists} FROM checked WHERE NOT _bad")
    terms = []
    for field, numbers in zip(fields, met, strict=True):
        cases = []
        for number in sorted(each for each in numbers or () if each is not None):
            cases.append(
                f"WHEN {number} THEN {1 << bit_of(work.rules, field, RULE_CODES[number - 1])}::BIGINT"
            )
        if cases:
            terms.append(f"CASE {problem(field)} {' '.join(cases)} ELSE 0 END")
    return " | ".join(terms) or "0::BIGINT"


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


def held(work: Work, path: Path, refused: Sequence[Refused]) -> int:
    """Write the bad rows of `checked`, whole as delivered, and the refused ones. Returns how many."""
    table = work.connection.sql(f"SELECT * FROM ({_held_sql(work)}) ORDER BY row").to_arrow_table()
    if refused:
        table = pa.concat_tables([table.cast(HELD_SCHEMA), refused_table(refused)])
    if table.num_rows == 0:
        path.unlink(missing_ok=True)
        return 0
    pa.parquet.write_table(table.cast(HELD_SCHEMA), path, compression="zstd")
    return int(table.num_rows)


def refused_table(refused: Sequence[Refused]) -> pa.Table:
    """Rows that did not split into columns, as quarantine. They fail their rule as a whole: the field is
    empty."""
    found = [
        {"row": each.row, "raw": each.raw, "failures": [{"field": "", "rule": each.rule}], "key": None}
        for each in refused
    ]
    return pa.Table.from_pylist(found, schema=HELD_SCHEMA)


def _held_sql(work: Work) -> str:
    rules = "[" + ", ".join(quote(code) for code in RULE_CODES) + "]"
    failed = ", ".join(
        f"""CASE WHEN {problem(each.name)} <= {LAST_HARD}
        THEN {{'field': {quote(each.name)}, 'rule': {rules}[{problem(each.name)}]}} END"""
        for each in work.plan.fields
    )
    return f"""SELECT c._row AS row, {raw_json(work.headings, "p")} AS raw,
        list_filter([{failed}], lambda f: f IS NOT NULL) AS failures, c._key AS key
        FROM checked c JOIN part p ON c._row = p._row WHERE c._bad"""


def raw_json(headings: Sequence[str], table: str) -> str:
    """SQL for a delivered row as a JSON object of heading and text; a column without a heading is named by
    its place."""
    pairs = ", ".join(
        f"{quote(heading or f'#{index + 1}')}, {table}.c{index}" for index, heading in enumerate(headings)
    )
    return f"CAST(json_object({pairs}) AS VARCHAR)"


def quality(work: Work, limits: dict[str, int]) -> dict[str, Any]:
    """Counts per field over `checked`: empty, failed, and a sample of value hashes for the number of
    distinct values.

    The sample holds the hashes below a limit, chosen in the first part so that about a thousand fall below
    it; what fell below in all parts tells how many values there are (k minimum values, Bar-Yossef et al.
    2002; error ~ 3 %).
    """
    fields = [each.name for each in work.plan.fields]
    new = [each for each in fields if each not in limits]
    if new:
        counts = ", ".join(f"approx_count_distinct({value(each)})" for each in new)
        guess = one(work.connection, f"SELECT {counts} FROM checked")
        limits.update(
            {
                each: min(_TOP, _TOP // max(1, count // _SAMPLE))
                for each, count in zip(new, guess, strict=True)
            }
        )
    terms = ", ".join(f"count(*) - count({value(each)}), count({problem(each)})" for each in fields)
    told = one(work.connection, f"SELECT {terms} FROM checked")
    return {
        "empty": {each: told[2 * index] for index, each in enumerate(fields)},
        "failed": {
            each: _failed(work, each) if told[2 * index + 1] else 0 for index, each in enumerate(fields)
        },
        "distinct": {each: (limits[each], hashes) for each, hashes in _hashes(work, limits).items()},
    }


def _failed(work: Work, field: str) -> int:
    """Rows whose value fails a rule that is not soft."""
    counts = rows(work.connection, f"SELECT {problem(field)}, count(*) FROM checked GROUP BY 1")
    return sum(count for rule, count in counts if rule is not None and rule <= LAST_HARD)


def _hashes(work: Work, limits: dict[str, int]) -> dict[str, list[int]]:
    """The hashes below each field's limit: fields of few values by grouping, all others in one pass."""
    found: dict[str, list[int]] = {}
    many = []
    for field, limit in limits.items():
        if limit < _TOP:
            many.append(field)
            continue
        found_value = value(field)
        sql = f"SELECT DISTINCT hash({found_value}) FROM checked WHERE {found_value} IS NOT NULL"
        found[field] = [each for (each,) in rows(work.connection, sql)]
    if many:
        below = ", ".join(
            f"list(hash({value(each)})) FILTER (hash({value(each)}) <= {limits[each]}::UBIGINT"
            f" AND {value(each)} IS NOT NULL)"
            for each in many
        )
        told = one(work.connection, f"SELECT {below} FROM checked")
        found |= {each: sorted(set(hashes or ())) for each, hashes in zip(many, told, strict=True)}
    return found


def distinct(samples: Sequence[tuple[int, list[int]]]) -> int:
    """About how many different values there are, from the samples of all parts."""
    if not samples:
        return 0
    limit = min(each for each, _ in samples)
    below = {value for _, hashes in samples for value in hashes if value <= limit}
    return round(len(below) * (_TOP / limit))

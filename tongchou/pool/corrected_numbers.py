"""Identity numbers corrected at their source: what bore the old number follows the record, and stays its subject's.

The police correct a number; the other departments still have the old one for months. By the numbers alone their records
would fall away from the person on that day. So, as long as no other record of the correcting resource bears the old
number, every record that does and names the same person is held together with the corrected one, as if a steward had
said so. A steward's own word, whichever, goes before it; it ends by itself when the others bring the new number.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from tongchou.standards import identity
from tongchou.standards.problems import is_soft

from .engine.connection import connect, quote, rows
from .engine.connection import name as quoted
from .engine.log import RecordLog
from .linkage import Judgement
from .logs import versions_sql
from .plans import Feed
from .rules import fold_as

#: Who says so, where a steward's name stands otherwise; before every steward in time, so that theirs outranks it.
BY, AT = "@number corrected", ""


class Corrected(NamedTuple):
    """That a record bore another valid number before. names: all it ever had, folded."""

    resource: str
    key: str
    old: str
    names: frozenset[str]


def judgements(root: Path, feeds: Sequence[Feed]) -> list[Judgement]:
    """What corrected numbers say of pairs of records, in a stable order. Reads the logs; quick where none changed."""
    with connect(root) as db:
        found = [each for feed in feeds for each in _corrected(db, root, feed)]
        if not found:
            return []
        bearers = _bearers(db, root, feeds, {each.old for each in found})
    said = set()
    for each in found:
        others = bearers.get(each.old, [])
        if any(resource == each.resource and key != each.key for resource, key, _ in others):
            continue  # it is somebody else's number: the correction took it away from this record
        for resource, key, named in others:
            if (resource, key) != (each.resource, each.key) and named in each.names:
                said.add(tuple(sorted(((each.resource, each.key), (resource, key)))))
    return [Judgement(left, right, "same", BY, AT) for left, right in sorted(said)]


def _columns(feed: Feed) -> tuple[str, str] | None:
    """SQL for a record's number and name; None for a feed that has not both."""
    have = feed.by_attribute()
    if "id_number" not in have or "name" not in have:
        return None
    number, named = (f"coalesce({', '.join(map(quoted, have[each]))})" for each in ("id_number", "name"))
    return number, named


def _corrected(db: duckdb.DuckDBPyConnection, root: Path, feed: Feed) -> list[Corrected]:
    """The records of a feed whose number is another than it was. Only what came after the first delivery is asked."""
    columns = _columns(feed)
    notes = RecordLog(root, feed.resource, ()).deliveries() if columns else []
    versions = versions_sql(root, feed) if len(notes) > 1 else None
    if columns is None or versions is None:
        return []
    number, named = columns
    first = f"TIMESTAMPTZ {quote(notes[0].recorded_at.isoformat())}"
    told = rows(
        db,
        f"""SELECT _key, list(DISTINCT {number}), arg_max({number}, _recorded_at), list(DISTINCT {named})
        FROM ({versions}) WHERE _op = 'put' AND {number} IS NOT NULL AND _key IN (
            SELECT _key FROM ({versions}) WHERE _op = 'put' AND _recorded_at > {first})
        GROUP BY _key HAVING count(DISTINCT {number}) > 1""",
    )
    return [
        Corrected(feed.resource, str(key), old, frozenset(fold_as("name", each) for each in names if each))
        for key, numbers, now, names in told
        for old in sorted(numbers)
        if old != now and _is_valid(old)
    ]


def _is_valid(number: str) -> bool:
    value, problem = identity.examine(number)
    return bool(value) and (problem is None or is_soft(problem))


def _bearers(
    db: duckdb.DuckDBPyConnection, root: Path, feeds: Sequence[Feed], numbers: set[str]
) -> dict[str, list[tuple[str, str, str]]]:
    """{number: (resource, key, folded name) of each record whose latest version bears it}."""
    db.register("old_numbers", pa.table({"number": pa.array(sorted(numbers), pa.string())}))
    found: dict[str, list[tuple[str, str, str]]] = {}
    for feed in feeds:
        columns, versions = _columns(feed), versions_sql(root, feed)
        if columns is None or versions is None:
            continue
        number, named = columns
        told = rows(
            db,
            f"""WITH near AS (SELECT DISTINCT _key FROM ({versions})
                WHERE {number} IN (SELECT number FROM old_numbers))
            SELECT _key, arg_max({number}, _recorded_at) AS number, arg_max({named}, _recorded_at)
            FROM ({versions}) WHERE _op = 'put' AND _key IN (SELECT _key FROM near)
            GROUP BY _key HAVING arg_max({number}, _recorded_at) IN (SELECT number FROM old_numbers)""",
        )
        for key, value, name in told:
            found.setdefault(str(value), []).append((feed.resource, str(key), fold_as("name", name or "")))
    return found

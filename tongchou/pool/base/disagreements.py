"""Where departments say something else than what the base library took: places of records, never values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from .. import published, rules
from ..engine.connection import connect, one, quote, rows
from ..engine.connection import name as quoted
from ..folders import base_folder
from ..plans import Feed

SCHEMA = pa.schema(
    [
        ("subject_id", pa.string()),
        ("attribute", pa.string()),
        ("resource", pa.string()),
        ("source_key", pa.string()),
        ("field", pa.string()),
        ("against", pa.string()),
        ("against_key", pa.string()),
        ("sure", pa.bool_()),
    ]
)
"""resource, source_key, field: the value that differs; against, against_key: the record whose value was taken. sure:
whether the record is linked by a number or a judgement; else it may be about somebody else, and the link is in doubt
rather than the value."""

NONE = SCHEMA.empty_table()


@dataclass(frozen=True)
class Disagreement:
    """One value that differs from what the base library took. source_key: personal, as the links hold it."""

    subject_id: str
    attribute: str
    resource: str
    source_key: str
    field: str
    against: str
    against_key: str
    sure: bool


def disagreements(
    db: duckdb.DuckDBPyConnection, feeds: Sequence[Feed], attributes: Sequence[str]
) -> pa.Table:
    """The table, out of `said`, `best` and `library` as `deriving` leaves them. What merely is written differently agrees."""
    found = []
    fields = {feed.resource: feed.by_attribute() for feed in feeds}
    for attribute in attributes:
        if not any(attribute in have for have in fields.values()):
            continue
        column = quoted(attribute)
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE differing AS SELECT s.subject_id, s.resource, s.source_key, s.how,
              s.{column} AS v, b.b_{attribute}.v AS taken, b.b_{attribute}.r AS against, b.b_{attribute}.k AS against_key
            FROM said s JOIN best b USING (subject_id) WHERE b.d_{attribute} AND s.{column} <> b.b_{attribute}.v"""
        )
        pairs = rows(db, "SELECT DISTINCT taken, v FROM differing")
        really = [pair for pair in pairs if not rules.agree(attribute, *pair)]
        db.register("really", pa.table({"taken": pa.array([each[0] for each in really], pa.string()),
                                        "v": pa.array([each[1] for each in really], pa.string())}))  # fmt: skip
        named = " ".join(
            f"WHEN {quote(code)} THEN {quote(have[attribute][0])}"
            for code, have in fields.items()
            if attribute in have
        )
        found.append(
            db.sql(
                f"""SELECT subject_id, {quote(attribute)} AS attribute, resource, source_key,
                  CASE resource {named} END AS field, against, against_key, how IN ('number', 'judgement') AS sure
                FROM differing SEMI JOIN really USING (taken, v)"""
            )
            .to_arrow_table()
            .cast(SCHEMA)
        )
    return (
        pa.concat_tables(found).sort_by(
            [("resource", "ascending"), ("attribute", "ascending"), ("source_key", "ascending")]
        )
        if found
        else NONE
    )


def counted(population: str) -> list[tuple[str, str, str, str, bool, int]]:
    """(resource, field, attribute, resource whose value was taken, sure, how many) of a population, the most first."""
    version = published.current(base_folder(population))
    if version is None or "disagreements" not in version.parts:
        return []
    file = quote(str(version.parts["disagreements"]))
    order = "n DESC, resource, field, attribute, against, sure"
    sql = f"""SELECT resource, field, attribute, against, sure, count(*) AS n
        FROM read_parquet({file}) GROUP BY ALL ORDER BY {order}"""
    with connect() as db:
        return [(row[0], row[1], row[2], row[3], bool(row[4]), int(row[5])) for row in rows(db, sql)]


def listed(population: str, resource: str, field: str) -> list[Disagreement]:
    """The disagreements of one field of one resource that are sure, in the order of the records' keys."""
    version = published.current(base_folder(population))
    if version is None or "disagreements" not in version.parts:
        return []
    table = pq.read_table(
        version.parts["disagreements"],
        filters=[("resource", "=", resource), ("field", "=", field), ("sure", "=", True)],
    )
    return [Disagreement(**each) for each in table.to_pylist()]


def count(population: str) -> int:
    """How many there are."""
    version = published.current(base_folder(population))
    if version is None or "disagreements" not in version.parts:
        return 0
    with connect() as db:
        return int(
            one(db, f"SELECT count(*) FROM read_parquet({quote(str(version.parts['disagreements']))})")[0]
        )

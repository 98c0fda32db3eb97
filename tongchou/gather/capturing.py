"""Captured corrections on their way into the record log: one row of one record, by the same door as a delivery.

The row is the record as it stands, with one value changed; it holds for the same time as the row it corrects and is
known from now on, so that "as of" and "known at" tell both. It takes the resource's lock and is one commit under the
correction's number: killed anywhere, it is either in the log or not, and entering it again changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as parquet

from tongchou.pool.engine.connection import connect, quote, rows
from tongchou.pool.engine.locks import writing
from tongchou.pool.engine.log import DeliveryNote, RecordLog, digest_sql
from tongchou.standards.plans import ResourcePlan

from .phases.correct import Fix

#: How long to wait for a delivery of the resource that is being loaded, in seconds; then it is tried again later.
WAIT_S = 5.0


class Entered(NamedTuple):
    """What became of it. state: "entered", "already" (the record has the value), "overtaken" (the source has brought
    another one meanwhile) or "gone" (the record has ended). recorded_at: of the new row, else None."""

    state: str
    recorded_at: datetime | None


def enter(
    plan: ResourcePlan, fix: Fix, *, data_root: Path, undo: bool = False, wait_seconds: float = WAIT_S
) -> Entered:
    """Append the corrected row; with undo, the source's own value instead of the corrected one.

    Raises HouseError "gather.resource_busy" while a delivery of the resource is loaded.
    """
    delivery = f"{fix.number}-undo" if undo else fix.number
    names = [each.name for each in plan.fields]
    with writing(data_root, plan.code, wait_seconds=wait_seconds):
        log = RecordLog(data_root, plan.code, names)
        done = next((each for each in log.deliveries() if each.delivery == delivery), None)
        if done is not None:
            return Entered("entered", done.recorded_at)
        if undo and not log.has(fix.number):
            return Entered("already", None)
        with connect(data_root) as db:
            sql = f"SELECT * FROM ({log.current_sql()}) WHERE _key = {quote(fix.key)}"
            found = db.sql(sql).to_arrow_table().to_pylist() if log.files() else []
        if not found:
            return Entered("gone", None)
        row = found[0]
        target = fix.wrong[0] if undo else fix.right
        replaceable = (fix.right,) if undo else fix.wrong
        if row[fix.field] == target:
            return Entered("already", None)
        if row[fix.field] not in replaceable:
            return Entered("overtaken", None)
        kept, mask = _failures(log, row, fix.field)
        note = DeliveryNote(
            delivery=delivery,
            recorded_at=log.next_recorded_at(),
            # The day of the latest delivery: with an earlier one it would hold only until then, with a later one the
            # next delivery would count as late.
            delivered_on=max(each.delivered_on for each in log.deliveries()),
            mode="increment",
            rules=kept,
        )
        _append(log, {**row, fix.field: target, "_failures": mask}, note, names)
    return Entered("entered", note.recorded_at)


def _failures(log: RecordLog, row: dict[str, Any], field: str) -> tuple[tuple[str, ...], int]:
    """The rules the row's other values failed, as this capture's own list, and the row's bits over it."""
    rules = next((each.rules for each in log.deliveries() if each.delivery == row["_delivery"]), ())
    failing = int(row["_failures"] or 0)
    kept = tuple(
        rule for place, rule in enumerate(rules) if failing >> place & 1 and rule.partition(":")[0] != field
    )
    return kept, (1 << len(kept)) - 1


def _append(log: RecordLog, row: dict[str, Any], note: DeliveryNote, names: list[str]) -> None:
    table = pa.table(
        {
            "_key": pa.array([row["_key"]], pa.string()),
            "_op": pa.array(["put"], pa.string()),
            "_valid_from": pa.array([_day(row["_valid_from"])], pa.date32()),
            "_valid_to": pa.array([None], pa.date32()),
            "_recorded_at": pa.array([note.recorded_at], pa.timestamp("us", "UTC")),
            "_failures": pa.array([row["_failures"]], pa.int64()),
            "_delivery": pa.array([note.delivery], pa.string()),
            "_row": pa.array([1], pa.int64()),
            **{name: pa.array([row.get(name)], pa.string()) for name in names},
        }
    )
    folder = log.root / "staging" / note.delivery
    folder.mkdir(parents=True, exist_ok=True)
    plain, part = folder / "row.parquet", folder / "part.parquet"
    try:
        with connect(log.root) as db:
            parquet.write_table(table, plain)
            system = "_key, _op, _valid_from, _valid_to, _recorded_at"
            columns = ", ".join(f'"{each}"' for each in names)
            rows(
                db,
                f"""COPY (SELECT {system}, {digest_sql(log.order(), names)} AS _digest, _failures, _delivery, _row,
                    {columns} FROM read_parquet({quote(str(plain))})) TO {quote(str(part))} (FORMAT parquet)""",
            )
            log.append(db, parts=[part], note=note)
    finally:
        for each in (plain, part):
            each.unlink(missing_ok=True)
        folder.rmdir()


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None

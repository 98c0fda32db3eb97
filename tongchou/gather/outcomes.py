"""What became of a delivery: as told to the caller, and as the log keeps it beside the delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from tongchou.pool.engine.log import Appended, DeliveryNote

_OF_THE_LOG = ("recorded_at", "seconds", "new", "changed", "unchanged", "ended")


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery.

    rows_read = kept + quarantined + collapsed (rows alike another of the same key); blank rows are not
    counted. kept = new + changed + unchanged, keys against the log before. ended: keys a full delivery no
    longer holds. unchanged_bytes: the same bytes were loaded before and hold still, so nothing was read.
    rules: "field:rule" for each bit of `_failures`. quality: per field rows without a value (empty), rows
    failing a check (failed), and about how many different values (distinct). raw_file, quarantine_file:
    within the data folder; quarantine is Parquet of row, raw (the whole row as JSON text), failures
    [(field, rule)] and key, and None when nothing was set aside. corrections: what became of the standing
    corrections whose records were delivered (`phases.correct`), by number. profile: per field the shares of its
    values' shapes (`phases.resemble`). forgotten: numbers of the rows about somebody erased, which went no further
    (`phases.forget`); they count nowhere else.
    """

    delivery: str
    rows_read: int
    kept: int
    quarantined: int
    collapsed: int
    new: int
    changed: int
    unchanged: int
    ended: int
    raw_digest: str
    raw_file: str
    rules: tuple[str, ...]
    quarantine_file: str | None
    quality: dict[str, dict[str, int]]
    notes: dict[str, Any]
    recorded_at: datetime | None
    seconds: float
    unchanged_bytes: bool = False
    headings: tuple[str, ...] = field(default_factory=tuple)
    corrections: dict[str, str] = field(default_factory=dict)
    profile: dict[str, dict[str, float]] = field(default_factory=dict)
    forgotten: tuple[int, ...] = ()


def report_of(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the log keeps it beside the delivery: all but what the log itself knows."""
    return {name: value for name, value in asdict(outcome).items() if name not in _OF_THE_LOG}


def outcome_from(note: DeliveryNote) -> Outcome:
    """The outcome of a committed delivery, from what the log keeps of it."""
    told = dict(note.report)
    for each in ("rules", "headings", "forgotten"):
        told[each] = tuple(told.get(each, ()))
    counts: Mapping[str, Any] = {each: note.counts[each] for each in ("new", "changed", "unchanged", "ended")}
    return Outcome(**told, **counts, recorded_at=note.recorded_at, seconds=0.0)


def with_counts(outcome: Outcome, done: Appended) -> Outcome:
    """The outcome once the log has said what the delivery changed."""
    return replace(
        outcome,
        new=done.new,
        changed=done.changed,
        unchanged=done.unchanged,
        ended=done.ended,
        recorded_at=done.recorded_at,
    )

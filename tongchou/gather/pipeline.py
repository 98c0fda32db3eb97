"""The way of a delivery from a department's file into the record log: `run`, and the phases it passes, in
order.

A load is one function call in one process, in bounded memory (a part of about 100 MB of text at a time, and
DuckDB's own limit), told by `Progress`. It can be killed anywhere: called again with the same delivery id
it goes on after the last finished part, and the log holds either all of the delivery or nothing of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tongchou import __version__
from tongchou.pool.engine.connection import connect, reuse_memory, threads
from tongchou.pool.engine.locks import writing
from tongchou.pool.engine.log import Appended, DeliveryNote, RecordLog
from tongchou.standards.cleaning import today_in_china
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from . import headings
from .phases import append, check, correct, divide, read, shape, standardise, unify
from .phases.slow import Slow, standardiser
from .phases.staging import PartNote, Staging
from .phases.work import RULE_NUMBERS, Progress, Work
from .sources import Item, Position, Reading
from .sources import connector as find_connector

__all__ = ["PHASES", "Outcome", "Progress", "run"]

PHASES = (read, shape, standardise, correct, check, divide, unify, append)
"""What a delivery passes, in order; each is a module of `gather.phases` and explains itself."""


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
    corrections whose records were delivered (`phases.correct`), by number.
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


def run(
    *,
    plan: ResourcePlan,
    connector: str,
    settings: dict[str, Any],
    data_root: Path,
    delivery: str,
    delivered_on: date,
    progress: Callable[[Progress], None] = lambda _: None,
    locator: dict[str, Any] | None = None,
    item: Item | str | None = None,
    wait_seconds: float = 0.0,
    today: date | None = None,
    memory_mb: int | None = None,
    threads: int | None = None,
    fixes: correct.Fixes = correct.nothing,
) -> Outcome:
    """Load one item of a source into the record log of its resource.

    delivery: its id, letters, digits, "-" and "_"; the same id again continues, or answers what was done.
    delivered_on: the day it speaks of. progress: called after each step, in this thread; what it raises
    stops the load, which can be resumed. locator: replaces the plan's. item: as `discover` gave it, or its
    name; None when the source holds exactly one. wait_seconds: how long to wait for another load of this
    resource. today: the day checks take for today in China. memory_mb, threads: of DuckDB; None for the
    engine's own measure. fixes: the standing corrections of the resource. Raises HouseError for everything a person can mend; the log is then as it was.
    """
    begun = time.monotonic()
    _check_delivery(delivery)
    reuse_memory()
    where = locator if locator is not None else plan.locator
    source = find_connector(connector)
    with writing(data_root, plan.code, wait_seconds=wait_seconds):
        log = RecordLog(data_root, plan.code, [each.name for each in plan.fields])
        staging = Staging(data_root, delivery)
        report = data_root / "pool" / "quarantine" / plan.code / f"{delivery}.parquet"
        committed = next((each for each in log.deliveries() if each.delivery == delivery), None)
        if committed is not None:
            staging.clear()
            return _outcome_from(committed)
        try:
            standing = tuple(fixes())
            load = _begin(staging, plan, connector, where, delivered_on, log, standing)
            if "raw_file" not in load:
                chosen = (
                    item if isinstance(item, Item) else _chosen(source.discover(settings, where), item, plan)
                )
                progress(Progress("read", 0, chosen.size, "bytes"))
                digest, path = source.take(settings, where, chosen, data_root)
                load |= {"raw_digest": digest, "raw_file": str(path.relative_to(data_root))}
                staging.write("load", load)
            raw = data_root / load["raw_file"]
            before = _same_bytes_before(log, load, delivered_on)
            if before is not None:
                outcome = _nothing_new(log, before, delivery, delivered_on)
            else:
                day = today or today_in_china()
                task = _Load(
                    plan,
                    log,
                    staging,
                    load,
                    delivery,
                    delivered_on,
                    report,
                    progress,
                    day,
                    memory_mb,
                    threads,
                    standing,
                )
                outcome = task.run(lambda start: source.read(settings, where, raw, plan, start))
        except HouseError:
            # Somebody will mend the file or the plan: the next try must not go on with what failed.
            staging.clear()
            raise
        staging.clear()
        return replace(outcome, seconds=time.monotonic() - begun)


@dataclass
class _Load:
    """One delivery on its way, under the resource's lock."""

    plan: ResourcePlan
    log: RecordLog
    staging: Staging
    load: dict[str, Any]
    delivery: str
    delivered_on: date
    report: Path
    progress: Callable[[Progress], None]
    today: date
    memory_mb: int | None
    threads: int | None
    fixes: tuple[correct.Fix, ...] = ()

    def run(self, read_from: Callable[[Position | None], Reading]) -> Outcome:
        """All phases. read_from: opens the delivery at a position."""
        finished = self.staging.parts()
        reading = read_from(Position(*finished[-1].end) if finished else None)
        slow = Slow({each.name: standardiser(each) for each in self.plan.fields}, RULE_NUMBERS)
        with (
            connect(self.log.root, memory=self.memory_mb, cores=self.threads) as connection,
            ThreadPoolExecutor(self.threads or threads(), thread_name_prefix="check") as pool,
        ):
            work = Work(
                connection=connection,
                plan=self.plan,
                delivery=self.delivery,
                delivered_on=self.delivered_on,
                recorded_at=datetime.fromisoformat(self.load["recorded_at"]),
                order=tuple(self.load["same"]["order"]),
                staging=self.staging,
                tell=self.progress,
                slow=slow,
                pool=pool,
                assigned=headings.assign(reading.headings, self.plan),
                headings=reading.headings,
                rules=list(finished[-1].rules) if finished else [],
                fixes=self.fixes,
            )
            finished += self._parts(work, reading, finished)
            self.progress(Progress("unify", 0, len(finished), "parts"))
            kept, held, collapsed, repeated = unify.unify(
                work, finished, lambda start: read_from(start).batches
            )
            self.progress(Progress("unify", len(finished), len(finished), "parts"))
            quarantined = unify.quarantine(work, held, self.report)
            outcome = self._outcome(work, reading, finished, collapsed, repeated, quarantined)
            note = DeliveryNote(
                delivery=self.delivery,
                recorded_at=work.recorded_at,
                delivered_on=self.delivered_on,
                mode=self.plan.mode,
                rules=tuple(work.rules),
                raw_digest=self.load["raw_digest"],
                plan=self.load["same"]["plan"],
                report=_report_of(outcome),
            )
            done = append.append(work, self.log, kept, self.report if quarantined else None, note)
        return _with_counts(outcome, done)

    def _parts(self, work: Work, reading: Reading, finished: list[PartNote]) -> Iterator[PartNote]:
        """Work through the parts still to be done. A part's rows are written while the next is worked on."""
        limits = {field: limit for field, (limit, _) in finished[0].distinct.items()} if finished else {}
        start = Position(*finished[-1].end) if finished else None
        with ThreadPoolExecutor(1, thread_name_prefix="write") as writer:
            waiting: tuple[PartNote, Future[int]] | None = None
            for index, part in enumerate(read.parts(reading.batches, start), start=len(finished)):
                for phase in ("read", "shape", "standardise"):
                    self.progress(Progress(phase, part.done, reading.size, reading.unit))
                begun = self._part(work, part, index, limits, writer)
                if waiting:
                    yield self._finished(*waiting, reading)
                waiting = begun
            if waiting:
                yield self._finished(*waiting, reading)

    def _finished(self, note: PartNote, written: Future[int], reading: Reading) -> PartNote:
        """A part whose rows are on disk counts from now on."""
        written.result()
        self.staging.finish(note)
        self.progress(Progress("divide", note.done, reading.size, reading.unit))
        return note

    def _part(
        self, work: Work, part: read.Part, index: int, limits: dict[str, int], writer: ThreadPoolExecutor
    ) -> tuple[PartNote, Future[int]]:
        """One part through shape, standardise, check and divide. Its note counts when its rows are
        written."""
        shaped = shape.shaped(work, part.table)
        columns = standardise.columns(work, shaped, self.today, _damaged(work, part))
        columns, corrections = correct.corrected(work, columns)
        self.progress(Progress("correct", index, index + 1, "parts"))
        checked = check.checked(work, shaped, columns)
        self.progress(Progress("check", index, index + 1, "parts"))
        counts = divide.quality(work, checked, limits)
        table, few = divide.kept(work, checked)
        written = writer.submit(divide.write, table, few, self.staging.kept(index))
        held = divide.held(work, checked, self.staging.held(index), part.refused)
        note = PartNote(
            index=index,
            start=(part.start.offset, part.start.row) if part.start else None,
            end=(part.end.offset, part.end.row),
            done=part.done,
            read=shaped.num_rows + len(part.refused),
            kept=table.num_rows,
            held=held,
            empty=counts["empty"],
            failed=counts["failed"],
            distinct=counts["distinct"],
            rules=list(work.rules),
            corrections=corrections,
        )
        return note, written

    def _outcome(
        self,
        work: Work,
        reading: Reading,
        parts: list[PartNote],
        collapsed: int,
        repeated: int,
        quarantined: int,
    ) -> Outcome:
        """The outcome but for what the log makes of it."""
        quality = {
            each.name: {
                "empty": sum(part.empty[each.name] for part in parts),
                "failed": sum(part.failed[each.name] for part in parts),
                "distinct": divide.distinct([part.distinct[each.name] for part in parts]),
            }
            for each in self.plan.fields
        }
        rows = sum(part.read for part in parts)
        return Outcome(
            delivery=self.delivery,
            rows_read=rows,
            kept=rows - quarantined - collapsed,
            quarantined=quarantined,
            collapsed=collapsed,
            new=0,
            changed=0,
            unchanged=0,
            ended=0,
            raw_digest=self.load["raw_digest"],
            raw_file=self.load["raw_file"],
            rules=tuple(work.rules),
            quarantine_file=str(self.report.relative_to(self.log.root)) if quarantined else None,
            quality=quality,
            notes=reading.notes,
            recorded_at=None,
            seconds=0.0,
            headings=reading.headings,
            corrections={number: state for part in parts for number, state in part.corrections.items()},
        )


def _damaged(work: Work, part: read.Part) -> dict[str, dict[int, str]]:
    """The cells of a part the reader knows to be lost: per field the rule by row number."""
    found: dict[str, dict[int, str]] = {}
    for name, index in work.assigned.items():
        for flag in part.flags:
            if flag.column == index:
                found.setdefault(name, {})[flag.row] = flag.rule
    return found


def _check_delivery(delivery: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", delivery):
        raise HouseError(
            "gather.delivery_id",
            Text(
                "批次编号只能含字母、数字、“-”和“_”。", "A delivery's id has only letters, digits, - and _."
            ),
            Text("请更正批次编号。", "Correct the id."),
        )


def _begin(
    staging: Staging,
    plan: ResourcePlan,
    connector: str,
    locator: dict[str, Any],
    delivered_on: date,
    log: RecordLog,
    fixes: tuple[correct.Fix, ...],
) -> dict[str, Any]:
    """The note of this load: the one it began with, if plan, corrections and log fields are still the same,
    else a new one."""
    told = json.dumps(
        [asdict(plan), connector, locator, __version__], sort_keys=True, ensure_ascii=False, default=str
    )
    same = {
        "plan": hashlib.sha256(told.encode()).hexdigest(),
        "delivered_on": str(delivered_on),
        "order": list(log.order()),
        "corrections": sorted(each.number for each in fixes),
    }
    return staging.begin({"same": same, "recorded_at": log.next_recorded_at().isoformat()})


def _chosen(items: list[Item], name: str | None, plan: ResourcePlan) -> Item:
    """The item of that name, or the only one; which of several is meant is the caller's to say."""
    items = [each for each in items if name is None or each.name == name]
    if len(items) == 1:
        return items[0]
    none = not items
    raise HouseError(
        "gather.nothing_delivered" if none else "gather.several_items",
        Text("数据源中没有该资源的文件或表。", "The source has no file or table for this resource.")
        if none
        else Text(
            f"数据源中有 {len(items)} 个文件，须逐个入库。",
            f"The source has {len(items)} items; they are loaded one by one.",
        ),
        Text(
            "请检查资源定位（file、table）与数据源路径。",
            "Check the locator of the resource (file, table) and the path of the source.",
        )
        if none
        else Text("请指明其中一个。", "Name one of them."),
        plan.code,
    )


def _same_bytes_before(log: RecordLog, load: dict[str, Any], delivered_on: date) -> DeliveryNote | None:
    """The delivery before this one, if it had the same bytes, was loaded by the same plan, and is not of a
    later day."""
    notes = log.deliveries()
    last = notes[-1] if notes else None
    if last is None or last.raw_digest != load["raw_digest"] or last.plan != load["same"]["plan"]:
        return None
    return last if all(each.delivered_on <= delivered_on for each in notes) else None


def _nothing_new(log: RecordLog, before: DeliveryNote, delivery: str, delivered_on: date) -> Outcome:
    """Note that the same bytes came again. The quarantine is that of the delivery before."""
    counts = {"new": 0, "changed": 0, "unchanged": before.report["kept"], "ended": 0}
    note = replace(
        before,
        delivery=delivery,
        delivered_on=delivered_on,
        recorded_at=log.next_recorded_at(),
        counts=counts,
        report=before.report | {"delivery": delivery, "unchanged_bytes": True},
    )
    log.note_unchanged(note)
    return _outcome_from(note)


def _report_of(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the log keeps it beside the delivery."""
    told = asdict(outcome)
    for each in ("recorded_at", "seconds", "new", "changed", "unchanged", "ended"):
        told.pop(each)
    return told


def _outcome_from(note: DeliveryNote) -> Outcome:
    """The outcome of a committed delivery, from what the log keeps of it."""
    told = dict(note.report)
    for each in ("rules", "headings"):
        told[each] = tuple(told[each])
    counts: dict[str, Any] = {each: note.counts[each] for each in ("new", "changed", "unchanged", "ended")}
    return Outcome(**told, **counts, recorded_at=note.recorded_at, seconds=0.0)


def _with_counts(outcome: Outcome, done: Appended) -> Outcome:
    return replace(
        outcome,
        new=done.new,
        changed=done.changed,
        unchanged=done.unchanged,
        ended=done.ended,
        recorded_at=done.recorded_at,
    )

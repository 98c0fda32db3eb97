"""The way of a delivery from a department's file into the record log: `run`, and the phases it passes, in
order.

A load is one function call in one process, in bounded memory (a few parts of 64 MB of text at a time, and
DuckDB's own limit), told by `Progress`. It can be killed anywhere: called again with the same delivery id
it goes on after the last finished part, and the log holds either all of the delivery or nothing of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tongchou import __version__
from tongchou.pool.engine.connection import connect, reuse_memory, threads
from tongchou.pool.engine.forgotten import NOBODY, Forgotten
from tongchou.pool.engine.locks import writing
from tongchou.pool.engine.log import DeliveryNote, RecordLog
from tongchou.standards.cleaning import today_in_china
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from . import cutting, documents, headings, parts
from .outcomes import Outcome, outcome_from, report_of, with_counts
from .phases import append, check, correct, divide, forget, quality, read, resemble, shape, standardise, unify
from .phases.slow import Slow
from .phases.staging import PartNote, Staging
from .phases.work import RULE_NUMBERS, Progress, Work
from .sources import Item, Position, Reading
from .sources import connector as find_connector

__all__ = ["PHASES", "Outcome", "Progress", "run"]

PHASES = (read, shape, standardise, correct, check, forget, divide, unify, resemble, append)
"""What a delivery passes, in order; each is a module of `gather.phases` and explains itself."""


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
    released: bool = False,
    forgotten: Callable[[], Forgotten] = lambda: NOBODY,
    taking: documents.Taking = documents.nothing,
) -> Outcome:
    """Load one item of a source into the record log of its resource.

    delivery: its id, letters, digits, "-" and "_"; the same id again continues, or answers what was done.
    delivered_on: the day it speaks of. progress: called after each step, in this thread; what it raises
    stops the load, which can be resumed. locator: replaces the plan's. item: as `discover` gave it, or its
    name; None when the source holds exactly one. wait_seconds: how long to wait for another load of this
    resource. today: the day checks take for today in China. memory_mb, threads: of DuckDB; None for the
    engine's own measure. fixes: the standing corrections of the resource. released: somebody has looked, and its
    columns are where they belong. forgotten: who of it was erased. taking: what takes the files that come along with
    the rows. Raises HouseError for everything a person can mend, ColumnsMoved (`phases.resemble`) among them; the log
    is then as it was.
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
            done = outcome_from(committed)
            _cut(done, plan, connector, settings, where, data_root)
            return done
        try:
            standing = tuple(fixes())
            gone = forgotten()
            load = _begin(staging, plan, connector, where, delivered_on, log, standing, gone)
            if "raw_file" not in load:
                chosen = (
                    item if isinstance(item, Item) else _chosen(source.discover(settings, where), item, plan)
                )
                progress(Progress("read", 0, chosen.size, "bytes"))
                digest, path = source.take(settings, where, chosen, data_root)
                load |= {"raw_digest": digest, "raw_file": str(path.relative_to(data_root))}
                load["item"] = str(chosen.path)
                staging.write("load", load)
            raw = data_root / load["raw_file"]
            beside = documents.beside_of(source, settings, where, Path(load["item"]), raw, plan)
            # Other files may lie beside the same rows.
            before = None if beside else _same_bytes_before(log, load, delivered_on)
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
                    released,
                    gone,
                    taking(beside),
                )
                outcome = task.run(lambda start: source.read(settings, where, raw, plan, start))
        except HouseError:
            # Somebody will mend the file or the plan: the next try must not go on with what failed.
            staging.clear()
            raise
        staging.clear()
        _cut(outcome, plan, connector, settings, where, data_root)
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
    released: bool = False
    forgotten: Forgotten = NOBODY
    take: documents.Take | None = None

    def run(self, read_from: Callable[[Position | None], Reading]) -> Outcome:
        """All phases. read_from: opens the delivery at a position."""
        finished = self.staging.parts()
        reading = read_from(Position(*finished[-1].end) if finished else None)
        slow = Slow(
            {each.name: documents.standardiser(each, self.take) for each in self.plan.fields}, RULE_NUMBERS
        )
        with (
            connect(self.log.root, memory=self.memory_mb, cores=self.threads) as connection,
            connect(self.log.root, memory=self.memory_mb, cores=self.threads, ordered=True) as ordered,
            ThreadPoolExecutor(self.threads or threads(), thread_name_prefix="check") as pool,
        ):
            work = Work(
                connection=connection,
                ordered=ordered,
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
                forgotten=self.forgotten,
            )
            finished += parts.finished(work, reading, finished, self.today)
            self.progress(Progress("unify", 0, len(finished), "parts"))
            kept, held, collapsed, repeated = unify.unify(
                work, finished, lambda start: read_from(start).batches
            )
            self.progress(Progress("unify", len(finished), len(finished), "parts"))
            shapes = [each.shapes for each in finished]
            if self.released:
                profile = resemble.profile(shapes)
            else:
                profile = resemble.check(work, self.log, kept, shapes)
            quarantined = unify.quarantine(work, held, self.report)
            outcome = replace(
                self._outcome(work, reading, finished, collapsed, repeated, quarantined), profile=profile
            )
            note = DeliveryNote(
                delivery=self.delivery,
                recorded_at=work.recorded_at,
                delivered_on=self.delivered_on,
                mode=self.plan.mode,
                rules=tuple(work.rules),
                raw_digest=self.load["raw_digest"],
                plan=self.load["same"]["plan"],
                report=report_of(outcome),
            )
            done = append.append(work, self.log, kept, self.report if quarantined else None, note)
        return with_counts(outcome, done)

    def _outcome(
        self,
        work: Work,
        reading: Reading,
        finished: list[PartNote],
        collapsed: int,
        repeated: int,
        quarantined: int,
    ) -> Outcome:
        """The outcome but for what the log makes of it."""
        fields = {
            each.name: {
                "empty": sum(part.empty[each.name] for part in finished),
                "failed": sum(part.failed[each.name] for part in finished),
                "distinct": quality.distinct([part.distinct[each.name] for part in finished]),
            }
            for each in self.plan.fields
        }
        rows = sum(part.read for part in finished)
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
            quality=fields,
            notes=reading.notes,
            recorded_at=None,
            seconds=0.0,
            headings=reading.headings,
            corrections={number: state for part in finished for number, state in part.corrections.items()},
            forgotten=tuple(row for part in finished for row in part.forgotten),
        )


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
    forgotten: Forgotten,
) -> dict[str, Any]:
    """The note of this load: the one it began with, if plan, corrections and log fields are still the same,
    else a new one."""
    # Whoever was erased since is looked for in the same bytes, too.
    erased = [forgotten.state] if forgotten else []
    told = json.dumps(
        [asdict(plan), connector, locator, __version__, *erased],
        sort_keys=True,
        ensure_ascii=False,
        default=str,
    )
    same = {
        "plan": hashlib.sha256(told.encode()).hexdigest(),
        "delivered_on": str(delivered_on),
        "order": list(log.order()),
        "corrections": sorted(each.number for each in fixes),
        "forgotten": forgotten.state,
    }
    return staging.begin({"same": same, "recorded_at": log.next_recorded_at().isoformat()})


def _cut(
    done: Outcome,
    plan: ResourcePlan,
    connector: str,
    settings: dict[str, Any],
    locator: dict[str, Any],
    data_root: Path,
) -> None:
    """Take the rows of erased people out of the kept bytes; the log never had them."""
    if done.forgotten:
        raw = data_root / done.raw_file
        cutting.cut(raw, done.forgotten, connector=connector, settings=settings, locator=locator, plan=plan)


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
    return outcome_from(note)

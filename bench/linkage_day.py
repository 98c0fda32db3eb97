"""What a user waits for after a day's delivery: the whole of `tongchou link people`, phase by phase.

The people of `bench.linkage_sample` in five systems' record logs, linked once; then a day's changed records are
delivered and linked: logs read, compared, subject ids assigned, links and state written, base library, documents, search
index and relations brought up to them. Run by `bench.linkage_size`, in a process and a data folder of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.linkage_sample import COLUMNS, SYSTEMS, sample_people

#: People, and records that change on the day.
SIZES = {"small": (20_000, 2_000), "middle": (200_000, 22_000), "full": (920_000, 100_000)}
ELEMENTS = {
    "name": "person_name", "sex": "sex", "birth_date": "birth_date", "id_number": "id_number", "phone": "mobile",
    "address": "address", "guardian_name": "person_name",
}  # fmt: skip


def populate() -> None:
    """Organisations, catalogue, population and a rule of relations: who a pupil's guardian is."""
    from tongchou.accounts.models import Organisation
    from tongchou.catalogue.models import Resource, ResourceField
    from tongchou.pool.models import Population, RelationRule
    from tongchou.standards.elements import element

    Population.objects.create(code="people", kind="person", model="zh_people", authority=["ps.residents"])
    for code in SYSTEMS:
        owner, _ = Organisation.objects.get_or_create(
            code=code.split(".")[0], defaults={"name": code, "level": "district", "kind": "department"}
        )
        resource = Resource.objects.create(
            code=code, name=code, organisation=owner, share_class="conditional", cycle="daily",
            subject_kind="person", population="people", key=["record_no"],
        )  # fmt: skip
        for position, name in enumerate(["record_no", *_columns(code)]):
            of = ELEMENTS.get(name, "identifier")
            ResourceField.objects.create(
                resource=resource, name=name, label=name, element=of, grade=element(of).grade, position=position,
                role=name if name in ELEMENTS else "",
            )  # fmt: skip
    guardian = {"population": "people", "name": "guardian_name", "phone": "phone"}
    RelationRule.objects.create(
        code="guardian", resource="edu.pupils", spec={"kind": "guardian", "other": guardian}
    )


def _columns(code: str) -> list[str]:
    return [name for name in COLUMNS if name in SYSTEMS[code][1].values()]


def deliver(root: Path, records: pa.Table, on: date) -> None:
    """Append a day's records to the logs, as a delivery of changes each."""
    from tongchou.pool.engine.connection import connect, quote
    from tongchou.pool.engine.log import DeliveryNote, RecordLog, digest_sql

    for code in SYSTEMS:
        names = ["record_no", *_columns(code)]
        rows = records.filter(pc.equal(records["resource"], code)).select(["source_key", *names[1:]])
        rows = rows.rename_columns(names)
        if not rows.num_rows:
            continue
        log = RecordLog(root, code, names)
        at = log.next_recorded_at()
        number = f"D-{code}-{len(log.deliveries()) + 1}"
        with tempfile.TemporaryDirectory(dir=root) as folder, connect(root) as db:
            plain, part = Path(folder) / "plain.parquet", Path(folder) / "part.parquet"
            pq.write_table(rows, plain)
            db.execute(
                f"""COPY (SELECT record_no AS _key, 'put' AS _op, DATE '{on.isoformat()}' AS _valid_from,
                NULL::DATE AS _valid_to, TIMESTAMPTZ '{at.isoformat()}' AS _recorded_at,
                {digest_sql(log.order(), names)} AS _digest, 0::BIGINT AS _failures, {quote(number)} AS _delivery,
                row_number() OVER () AS _row, {", ".join(names)} FROM read_parquet({quote(str(plain))}))
                TO {quote(str(part))} (FORMAT parquet)"""
            )
            log.append(db, parts=[part], note=DeliveryNote(number, at, on, "changes"))


class Phases:
    """Seconds of each phase of a run, as its progress tells them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._phase, self._since = "", time.perf_counter()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            self.end()
            self._phase = phase

    def end(self) -> None:
        """Close the phase that is open."""
        now = time.perf_counter()
        if self._phase:
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._since
        self._since = now

    def told(self) -> str:
        """In one line."""
        return "; ".join(f"{phase} {seconds:.1f} s" for phase, seconds in self.seconds.items())


def main(size: str) -> dict[str, Any]:
    """In the benchmark's own process: seconds of the first run and of the day's, and the day's phases."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from bench.linkage_size import a_day_later
    from tongchou.accounts.actor import Actor
    from tongchou.pool.actions import linkage
    from tongchou.pool.models import LinkRun, Population

    call_command("migrate", verbosity=0)
    people, count = SIZES[size]
    populate()
    root = Path(settings.TONGCHOU_DATA)
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else root
    records = sample_people(kept, people).drop_columns(["person"])
    deliver(root, records, date(2026, 11, 1))

    def run() -> tuple[float, Phases, LinkRun]:
        phases, began = Phases(), time.perf_counter()
        done = linkage.link(
            by=Actor.house("bench"), population=Population.objects.get(code="people"), progress=phases
        )
        phases.end()
        return time.perf_counter() - began, phases, done

    first, first_phases, _ = run()
    deliver(root, a_day_later(records, count), date(2026, 11, 2))
    day, phases, done = run()
    assert done.extent == LinkRun.Extent.CHANGES, done.why_all
    return {
        "records": records.num_rows, "changed": count, "first": first, "day": day, "phases": phases.told(),
        "first_phases": first_phases.told(),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))

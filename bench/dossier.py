"""A subject's document out of the serving index, at the size of a district, by the real path.

Synthetic people in four departments' logs are given subject ids (`subjects.assign`), published and served
(`serving.refresh`) as a link run does it. Measured: the making of the index, a document by its id (fetched,
decrypted, decompressed, parsed) and a search by number.
Floor: the same row fetched from the same SQLite file by primary key, and left as it is.
Peer: the same records asked of the same Parquet files by DuckDB, as a lake without an index would.
Runs in a process and a data folder of its own.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

SIZES = {"small": 50_000, "full": 1_230_000}
ASKED = {"small": 3_000, "full": 10_000}

RESOURCES = {
    "ps.residents": "'R' || i AS record_no, "
    "'王' || chr(20000 + (i % 9000)::INT) AS name, {id} AS id_number, {born} AS birth_date, "
    "'佛山市禅城区祖庙街道人民路' || (i % 900) || '号' AS address",
    "hr.insured": "'S' || i AS insured_no, '王' || chr(20000 + (i % 9000)::INT) AS name, {id} AS id_number, "
    "'138' || lpad((i % 100000000)::VARCHAR, 8, '0') AS phone, (3000 + i % 9000)::VARCHAR AS wage",
    "health.patients": "'H' || i AS card_no, '王' || chr(20000 + (i % 9000)::INT) AS name, {born} AS birth_date, "
    "'138' || lpad((i % 100000000)::VARCHAR, 8, '0') AS phone, '第' || (i % 40) || '诊室' AS clinic",
    "housing.homes": "'F' || i AS deed_no, '王' || chr(20000 + (i % 9000)::INT) AS owner, {id} AS id_number, "
    "'佛山市禅城区祖庙街道人民路' || (i % 900) || '号' AS address, (40 + i % 120)::VARCHAR AS area_m2",
}
_ID = (
    "'440604' || strftime(DATE '1940-01-01' + (i % 25000)::INT, '%Y%m%d') || "
    "lpad((i // 25000)::VARCHAR, 4, '0')"
)
_BORN = "strftime(DATE '1940-01-01' + (i % 25000)::INT, '%Y-%m-%d')"
ROLES = {"name": ("person_name", "name"), "owner": ("person_name", "name"), "id_number": ("id_number", "id_number"),
         "birth_date": ("birth_date", "birth_date"), "phone": ("mobile", "phone"),
         "address": ("address", "address")}  # fmt: skip


def run(size: str) -> list[dict[str, Any]]:
    """Rows of name, size, value, unit, floor, peer, ratio_to_floor, ratio_to_peer; above 1 means ahead."""
    rows: list[dict[str, Any]] = in_a_process("bench.dossier", size)
    return rows


def in_a_process(module: str, size: str) -> Any:
    """Run a benchmark's main with a data folder of its own; what it prints last, read as JSON."""
    with tempfile.TemporaryDirectory(prefix="dossier-bench-") as folder:
        root = Path(__file__).resolve().parent.parent
        environment = {**os.environ, "PYTHONPATH": str(root), "TONGCHOU_DATA": folder}
        environment["DJANGO_SETTINGS_MODULE"] = "tongchou.config.settings"
        command = [sys.executable, "-m", module, size]
        done = subprocess.run(
            command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    return json.loads(done.stdout.splitlines()[-1])


def percentile(times: Sequence[float], share: float) -> float:
    """The time in milliseconds that `share` of the calls stay within."""
    return 1000 * sorted(times)[min(len(times) - 1, int(len(times) * share))]


def timed(ask: Callable[[Any], Any], keys: Sequence[Any]) -> list[float]:
    """Seconds of each call, after a few that warm up."""
    for key in keys[:50]:
        ask(key)
    times = []
    for key in keys:
        began = time.perf_counter()
        ask(key)
        times.append(time.perf_counter() - began)
    return times


def populate(people: int, shares: Mapping[str, int] | None = None) -> None:
    """Organisations, catalogue and logs of `people` synthetic people; a log that is there already stays.

    shares: {resource: how many of twenty people it holds}; None for all in each.
    """
    from django.conf import settings

    from tongchou.accounts.models import Organisation
    from tongchou.catalogue.models import Resource, ResourceField
    from tongchou.pool.engine.connection import connect
    from tongchou.pool.engine.log import DeliveryNote, RecordLog, digest_sql
    from tongchou.pool.models import Population
    from tongchou.standards.elements import element

    root = Path(settings.TONGCHOU_DATA)
    Population.objects.create(code="people", kind="person", model="zh_people")
    for code, columns in RESOURCES.items():
        owner = code.split(".")[0]
        Organisation.objects.get_or_create(
            code=owner, defaults={"name": owner, "level": "district", "kind": "department"}
        )
        made = Resource.objects.create(
            code=code, name=code, organisation=Organisation.objects.get(code=owner), share_class="conditional",
            cycle="daily", subject_kind="person", population="people",
        )  # fmt: skip
        filled = columns.format(id=_ID, born=_BORN)
        with connect(root) as db:
            names = [each[0] for each in db.sql(f"SELECT {filled} FROM range(1) t(i)").description]
            for position, name in enumerate(names):
                code_of, role = ROLES.get(name, ("text", ""))
                ResourceField.objects.create(
                    resource=made, name=name, label=name, element=code_of, grade=element(code_of).grade,
                    position=position, role=role,
                )  # fmt: skip
            log = RecordLog(root, code, names)
            if log.has("D1"):
                continue
            at = log.next_recorded_at()
            part = root / f"{code}.parquet"
            db.execute(
                f"""COPY (SELECT {names[0]} AS _key, 'put' AS _op, DATE '2026-01-01' AS _valid_from,
                NULL::DATE AS _valid_to,
                TIMESTAMPTZ '{at.isoformat()}' AS _recorded_at, {digest_sql(log.order(), names)} AS _digest,
                0::BIGINT AS _failures, 'D1' AS _delivery, i + 2 AS _row, {", ".join(names)}
                FROM (SELECT i, {filled} FROM range({people}) t(i) {held(code, shares)})) TO '{part}' (FORMAT parquet)"""
            )
            log.append(db, parts=[part], note=DeliveryNote("D1", at, date(2026, 1, 1), "full"))
            part.unlink()


def held(code: str, shares: Mapping[str, int] | None) -> str:
    """SQL: which of the people i a resource holds; other people in each."""
    if shares is None:
        return ""
    factor = {"ps.residents": 1, "hr.insured": 3, "health.patients": 7, "housing.homes": 9}[code]
    return f"WHERE i * {factor} % 20 < {shares[code]}"


def identify(people: int, shares: Mapping[str, int] | None = None) -> Any:
    """Give subject ids and publish; returns the subjects (column subject_id)."""
    import numpy as np
    import pyarrow as pa
    from django.conf import settings

    from tongchou.pool import links
    from tongchou.pool.engine.connection import connect
    from tongchou.pool.subjects import assign

    root = Path(settings.TONGCHOU_DATA)
    prefixes = {"ps.residents": "R", "hr.insured": "S", "health.patients": "H", "housing.homes": "F"}
    with connect(root) as db:
        parts = " UNION ALL ".join(
            f"SELECT '{code}' AS resource, '{prefix}' || i AS source_key, i AS cluster FROM range({people}) t(i) "
            f"{held(code, shares)}"
            for code, prefix in prefixes.items()
        )
        clusters = db.sql(parts).to_arrow_table()
    assert clusters.schema.field("cluster").type == pa.int64()
    assert len(np.unique(clusters.column("cluster"))) == people
    at = datetime.now(UTC)
    assignment = assign(clusters, None, None, prefix="P", at=at, data_root=root)
    links.publish("people", assignment, at)
    return assignment.changed


def serve(people: int) -> dict[str, float]:
    """Give subject ids, publish, and make the index; returns the seconds of each."""
    from tongchou.pool.plans import feeds_of
    from tongchou.pool.serving.refresh import refresh

    began = time.perf_counter()
    changed = identify(people)
    assigned = time.perf_counter()
    refresh("people", "person", feeds_of("people"), changed)
    return {"assign": assigned - began, "serve": time.perf_counter() - assigned}


def main(size: str) -> list[dict[str, Any]]:
    """In the benchmark's own process."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tongchou.pool import links, queries
    from tongchou.pool.engine.connection import connect, quote
    from tongchou.pool.logs import versions_sql
    from tongchou.pool.plans import feeds_of

    call_command("migrate", verbosity=0)
    people = SIZES[size]
    populate(people)
    seconds = serve(people)
    root = Path(settings.TONGCHOU_DATA)
    index = root / "pool" / "serving.sqlite3"
    raw = sqlite3.connect(index)
    picked = random.Random(7)
    ids = [
        row[0]
        for row in raw.execute("SELECT subject_id FROM documents ORDER BY random() LIMIT ?", (ASKED[size],))
    ]
    ours = timed(queries.document, ids)
    floor = timed(
        lambda key: raw.execute("SELECT body FROM documents WHERE subject_id = ?", (key,)).fetchone(), ids
    )
    numbers = [f"138{picked.randrange(people):08}" for _ in range(ASKED[size] // 3)]
    found = timed(lambda number: queries.find("phone", number), numbers)
    version = links.current("people")
    assert version is not None
    table = quote(str(version.parts["links"]))
    with connect(root) as db:
        parts = [
            f"""SELECT to_json(v) FROM ({versions_sql(root, feed)}) v WHERE v._key IN (
            SELECT source_key FROM read_parquet({table}) WHERE subject_id = $id AND resource = '{feed.resource}')"""
            for feed in feeds_of("people")
        ]
        sql = " UNION ALL ".join(parts)
        peer = timed(lambda key: db.execute(sql, {"id": key}).fetchall(), ids[:30])
    stored = index.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = []
    for name, share in (("dossier document p50", 0.5), ("dossier document p99", 0.99)):
        value, under, beside = (percentile(times, share) for times in (ours, floor, peer))
        rows.append(row(name, people, value, "ms", under, beside))
    rows.append(row("subject by phone p99", people, percentile(found, 0.99), "ms", None, None))
    rows.append(row("documents made", people, people / seconds["serve"], "documents/s", None, None))
    rows.append(row("subject ids assigned", people, 4 * people / seconds["assign"], "records/s", None, None))
    rows.append(row("bytes of a document at rest", people, stored / people, "bytes", None, None))
    rows.append(row("peak memory of making the index", people, peak, "MB", None, None))
    for each in rows:
        each["note"] = (
            "floor: the same row by primary key, raw; peer: DuckDB over the same Parquet files"
            if each["floor"]
            else ""
        )
    return rows


def row(
    name: str, size: int, value: float, unit: str, floor: float | None, peer: float | None
) -> dict[str, Any]:
    """A row of the results; times count the other way round."""
    return {
        "name": name, "size": size, "value": value, "unit": unit, "floor": floor, "peer": peer,
        "ratio_to_floor": floor / value if floor else None, "ratio_to_peer": peer / value if peer else None,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "small")))

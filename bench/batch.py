"""Exports of a million rows of ten fields, masked and marked, beside DuckDB's plain COPY (floor) and pandas with Faker
(peer); and naming a leaked tenth of one among a thousand exports.

Ours is the whole way of a job: rows by grant and state, ids of the recipient's own, masks, marks, encryption, Parquet,
digest, ledger. The floor writes the same rows and columns with DuckDB and nothing else. The peer masks a slice as scripts
do: names replaced by Faker, the rest cut with functions per value. CPU seconds are compared, because the machine may be
shared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROWS = {"full": 1_000_000, "small": 100_000}
PEER_ROWS = {"full": 50_000, "small": 20_000}
CANDIDATES = 1_000
FIELDS = [
    ("record_no", "identifier"), ("name", "person_name"), ("id_number", "id_number"), ("sex", "sex"),
    ("birth_date", "birth_date"), ("phone", "mobile"), ("address", "address"), ("moved_in_on", "date"),
    ("registered_on", "date"), ("wage", "amount_yuan"),
]  # fmt: skip


def _rows(rows: int) -> str:
    """Invented people as the record log keeps them."""
    columns = """'R' || lpad(CAST(i AS VARCHAR), 9, '0') AS record_no,
        substr('王李张刘陈杨黄赵周吴', 1 + CAST(hash(i) % 10 AS INTEGER), 1)
            || chr(20000 + CAST(hash(i + 1) % 3000 AS INTEGER)) || chr(20000 + CAST(hash(i + 2) % 3000 AS INTEGER)) AS name,
        CAST(440604 + i % 5 AS VARCHAR) || strftime(day, '%Y%m%d') || lpad(CAST(hash(i + 7) % 10000 AS VARCHAR), 4, '0')
            AS id_number,
        CAST(1 + hash(i) % 2 AS VARCHAR) AS sex, strftime(day, '%Y-%m-%d') AS birth_date,
        '1' || CAST(3000000000 + hash(i + 3) % 6999999999 AS VARCHAR) AS phone,
        '佛山市禅城区汾江中路' || CAST(hash(i + 4) % 300 AS VARCHAR) || '号' || CAST(hash(i + 5) % 30 AS VARCHAR) || '座'
            || CAST(hash(i + 6) % 2000 AS VARCHAR) || '房' AS address,
        strftime(DATE '2000-01-01' + CAST(hash(i + 9) % 8000 AS INTEGER), '%Y-%m-%d') AS moved_in_on,
        strftime(DATE '2000-01-01' + CAST(hash(i + 10) % 8000 AS INTEGER), '%Y-%m-%d') AS registered_on,
        CAST(3000 + hash(i + 11) % 9000 AS VARCHAR) AS wage"""
    return (
        f"SELECT {columns} FROM (SELECT i, DATE '1940-01-01' + CAST(hash(i) % 28000 AS INTEGER) AS day "
        f"FROM range({rows}) t(i))"
    )


def _district(folder: Path, rows: int) -> Any:
    """An installation with one resource, its rows and a grant in form batch; the actor who holds it."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tongchou.accounts.actor import Actor
    from tongchou.accounts.models import Organisation, Role
    from tongchou.catalogue.models import Resource, ResourceField
    from tongchou.exchange.models import Grant, Purpose
    from tongchou.pool.engine.connection import connect
    from tongchou.pool.engine.log import DeliveryNote, RecordLog, digest_sql
    from tongchou.standards.elements import element

    owner = Organisation.objects.create(code="ps", name="公安", kind="department", level="district")
    holder = Organisation.objects.create(code="edu", name="教育", kind="department", level="district")
    role = Role.objects.create(code="officer", name="数据员", desk="officer", permissions=["exchange.export"])
    resource = Resource.objects.create(
        code="ps.bench",
        name="bench",
        organisation=owner,
        share_class="conditional",
        cycle="daily",
        key=["record_no"],
    )
    for place, (name, code) in enumerate(FIELDS):
        ResourceField.objects.create(
            resource=resource, name=name, label=name, element=code, grade=element(code).grade, position=place
        )
    grant = Grant.objects.create(
        number="G-BENCH", organisation=holder, role=role, resource=resource, fields=["*"], forms=["batch"],
        until=date(2099, 12, 31), granted_by="bench",
    )  # fmt: skip
    purpose = Purpose.objects.create(code="bench", name="bench")
    grant.purposes.set([purpose])
    log = RecordLog(folder, "ps.bench", [name for name, _ in FIELDS])
    note = DeliveryNote("D-1", datetime.now(UTC), date(2026, 11, 1), "full")
    part = folder / "part.parquet"
    with connect(folder) as db:
        names = [name for name, _ in FIELDS]
        db.execute(
            f"""COPY (SELECT record_no AS _key, 'put' AS _op, DATE '2026-11-01' AS _valid_from, NULL::DATE AS _valid_to,
            TIMESTAMPTZ '{note.recorded_at.isoformat()}' AS _recorded_at, {digest_sql(log.order(), names)} AS _digest,
            0::BIGINT AS _failures, 'D-1' AS _delivery, 1::BIGINT AS _row, * FROM ({_rows(rows)}))
            TO '{part}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"""
        ).fetchall()
        log.append(db, parts=[part], note=note)
    return Actor("bench", "bench", "edu", "officer", frozenset({"exchange.export"}))


def ours(folder: Path, rows: int) -> dict[str, float]:
    """Export as Parquet and as CSV; leave the CSV for the leak."""
    by = _district(folder, rows)
    from tongchou.accounts.actor import Actor
    from tongchou.exchange import work
    from tongchou.exchange.actions import batch
    from tongchou.exchange.models import Export

    told: dict[str, float] = {}
    house = Actor.house("bench")
    for form in ("parquet", "csv"):
        asked = batch.export(by=by, grant="G-BENCH", purpose="bench", format=form)
        begun, used = time.perf_counter(), time.process_time()
        work.run_all(by=house)
        told[form], told[f"{form}_cpu"] = time.perf_counter() - begun, time.process_time() - used
    asked.refresh_from_db()
    assert (asked.state, asked.rows) == ("done", rows)
    path = batch.download(by=by, number=asked.number).save(folder)
    first = Export.objects.get(pk=asked.pk)
    for number in range(CANDIDATES - Export.objects.count()):
        first.pk, first.number = None, f"E-BENCH-{number}"
        first.save(force_insert=True)
    lines = path.read_text("utf-8-sig").splitlines()
    leak = folder / "leak.csv"
    leak.write_text("\n".join([lines[0], *sorted(lines[1::10])]), "utf-8")
    from tongchou.exchange.actions import leaks

    begun = time.process_time()
    found = leaks.trace(by=house, file=leak)
    told["trace"] = time.process_time() - begun
    assert [each.number for each in found.named] == [asked.number], "the leak was not named"
    # A short list as it is passed on: two columns of two hundred people.
    short = folder / "short.csv"
    short.write_text("\n".join(",".join(line.split(",")[3:5]) for line in sorted(lines[1:])[:200]), "utf-8")
    begun = time.process_time()
    found = leaks.trace(by=house, file=short)
    told["trace_short"] = time.process_time() - begun
    assert [each.number for each in found.named] == [asked.number], "the short leak was not named"
    return told


def floor(folder: Path, rows: int) -> dict[str, float]:
    """The same rows written by DuckDB alone, from a Parquet file as plain."""
    import duckdb

    told = {}
    with duckdb.connect() as db:
        db.execute(f"COPY ({_rows(rows)}) TO '{folder}/plain.parquet' (FORMAT parquet)").fetchall()
        for form in ("parquet", "csv"):
            begun = time.process_time()
            db.execute(
                f"COPY (FROM '{folder}/plain.parquet') TO '{folder}/floor.{form}' (FORMAT {form})"
            ).fetchall()
            told[form] = time.process_time() - begun
    return told


def peer(folder: Path, rows: int) -> dict[str, float]:
    """The same rows masked in pandas with Faker, as Parquet."""
    import duckdb
    import pandas as pd
    from faker import Faker

    with duckdb.connect() as db:
        db.execute(f"COPY ({_rows(rows)}) TO '{folder}/slice.parquet' (FORMAT parquet)").fetchall()
    fake = Faker("zh_CN")
    begun = time.process_time()
    frame = pd.read_parquet(folder / "slice.parquet")
    frame["name"] = [fake.name() for _ in range(len(frame))]
    frame["id_number"] = frame["id_number"].map(lambda value: value[:3] + "*" * 11 + value[-4:])
    frame["phone"] = frame["phone"].map(lambda value: value[:3] + "****" + value[-4:])
    frame["birth_date"] = frame["birth_date"].str[:4]
    frame["address"] = frame["address"].str.replace(r"[0-9].*", "****", regex=True)
    frame["wage"] = pd.cut(frame["wage"].astype(float), [0, 1000, 3000, 5000, 10000, 20000, 1e9]).astype(str)
    frame.to_parquet(folder / "peer.parquet")
    return {"parquet": time.process_time() - begun}


def _measure(what: str, folder: Path, rows: int) -> dict[str, float]:
    """One contender in a process of its own."""
    folder.mkdir()
    env = {**os.environ, "TONGCHOU_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "tongchou.config.settings"}
    env.pop("TONGCHOU_DATABASE", None)
    done = subprocess.run(
        [sys.executable, "-m", "bench.batch", what, str(folder), str(rows)],
        check=True, stdout=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def run(size: str) -> list[dict[str, Any]]:
    """The rows of the report."""
    rows = ROWS[size]
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as name:
        folder = Path(name)
        plain = _measure("floor", folder / "floor", rows)
        made = _measure("ours", folder / "ours", rows)
        try:
            other = PEER_ROWS[size] / _measure("peer", folder / "peer", PEER_ROWS[size])["parquet"]
        except (subprocess.CalledProcessError, OSError):
            other = None  # the peer is an optional dependency (pip install tongchou[bench])
    found = []
    for form in ("parquet", "csv"):
        rate, base = rows / made[f"{form}_cpu"], rows / plain[form]
        found.append(
            {
                "name": f"batch.export.{form}", "value": round(rate), "unit": "rows/s per CPU second", "floor": round(base),
                "peer": round(other) if other and form == "parquet" else None,
                "ratio_to_floor": round(rate / base, 4),
                "ratio_to_peer": round(rate / other, 2) if other and form == "parquet" else None,
                "note": f"{rows:,} rows of {len(FIELDS)} fields, masked, marked, encrypted, digested; "
                f"{made[form]:.0f} s on a busy machine; peer: pandas and Faker on {PEER_ROWS[size]:,} rows",
            }
        )  # fmt: skip
    for key, what in (
        ("trace", f"{rows // 10:,} rows of all columns"),
        ("trace_short", "200 rows of two columns"),
    ):
        found.append(
            {
                "name": f"batch.{key}", "value": round(made[key], 2), "unit": "CPU s", "floor": None, "peer": None,
                "ratio_to_floor": None, "ratio_to_peer": None,
                "note": f"{what} against {CANDIDATES:,} exports, named with certainty",
            }
        )  # fmt: skip
    return found


if __name__ == "__main__":
    what, place, number = sys.argv[1:]
    print(json.dumps({"ours": ours, "floor": floor, "peer": peer}[what](Path(place), int(number))))

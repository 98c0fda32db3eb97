"""A dossier's document while a load runs: on SQLite and on PostgreSQL, up to 20 million records.

The same synthetic people as `bench.dossier`, in as many departments' logs as make the size, served by the real path.
Then a second process loads a department's file again and again through the whole pipeline, and brings the documents of
10,000 subjects up to date after each, while this one asks for documents by id: at rest, and under that load.
Floor: the sealed row by primary key from the same store under the same load. Peer: DuckDB over the logs' own files.
`--only dossier_load --size full` takes long; small is 200,000 records.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench import dossier

ROOT = Path(__file__).resolve().parent.parent
#: People, and how many times the four departments of `bench.dossier` are there: 16 records each make 20 million.
SIZES = {"tiny": (2_000, 2), "small": (25_000, 2), "middle": (312_500, 4), "full": (1_250_000, 4)}
ASKED = {"tiny": 500, "small": 4_000, "middle": 20_000, "full": 40_000}
LOADED = {"tiny": 5_000, "small": 50_000, "middle": 300_000, "full": 1_000_000}
REFRESHED = 10_000


def run(size: str) -> list[dict[str, Any]]:
    """Rows of `bench.dossier`'s form, for both stores."""
    from tests.run import postgres

    rows = _measured(size, "")
    with postgres(durable=True) as url:
        if url:
            rows += _measured(size, url)
    return rows


def _measured(size: str, database: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="dossier-load-") as folder:
        env = {
            **os.environ, "PYTHONPATH": str(ROOT), "TONGCHOU_DATA": folder, "TONGCHOU_DATABASE": database,
            "DJANGO_SETTINGS_MODULE": "tongchou.config.settings",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "bench.dossier_load", size],
            cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def multiplied(times: int) -> None:
    """Have the four departments there so many times over, under other codes."""
    for code, columns in list(dossier.RESOURCES.items()):
        for copy in range(2, times + 1):
            dossier.RESOURCES[f"{code}{copy}"] = columns


def load_for_ever(size: str) -> None:
    """In a process of its own: load a file through the pipeline, refresh documents, and again, until it is ended."""
    import django

    django.setup()
    import pyarrow as pa
    import pyarrow.parquet
    from django.conf import settings

    from tongchou.gather import pipeline
    from tongchou.pool import links
    from tongchou.pool.plans import feeds_of
    from tongchou.pool.serving.refresh import refresh
    from tongchou.standards.plans import FieldPlan, ResourcePlan

    root = Path(settings.TONGCHOU_DATA)
    plan = ResourcePlan(
        "bench.loaded",
        (
            FieldPlan("number", "identifier", ("number",), required=True),
            FieldPlan("name", "person_name", ("name",), on_failure="keep"),
            FieldPlan("id_number", "id_number", ("id_number",), on_failure="keep"),
            FieldPlan("born", "birth_date", ("born",)),
        ),
        ("number",),
    )
    draw = random.Random(3)
    version = links.current("people")
    assert version is not None
    subjects = sorted(
        set(pa.parquet.read_table(version.parts["links"], columns=["subject_id"])["subject_id"].to_pylist())
    )
    feeds = feeds_of("people")
    for turn in range(1_000_000):
        file = root / "tmp" / f"rows-{turn}.csv"
        file.parent.mkdir(exist_ok=True)
        with file.open("w", encoding="utf-8") as out:
            out.write("number,name,id_number,born\n")
            for number in range(LOADED[size]):
                out.write(
                    f"N{number},王{number % 97},44060419850307{draw.randrange(1000, 9999)},1985-03-{1 + turn % 28:02}\n"
                )
        pipeline.run(
            plan=plan, connector="files", settings={"path": str(file)}, data_root=root, delivery=f"L{turn}",
            delivered_on=date(2026, 11, 1 + turn % 28),
        )  # fmt: skip
        file.unlink()
        wanted = draw.sample(subjects, min(REFRESHED, len(subjects)))
        refresh("people", "person", feeds, pa.table({"subject_id": pa.array(sorted(wanted))}))
        (root / "turns").write_text(str(turn + 1))


def main(size: str) -> list[dict[str, Any]]:
    """In the benchmark's own process."""
    people, times = SIZES[size]
    multiplied(times)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from tongchou.pool import links, queries
    from tongchou.pool.engine.connection import connect, quote
    from tongchou.pool.logs import versions_sql
    from tongchou.pool.plans import feeds_of
    from tongchou.pool.serving import store

    call_command("migrate", verbosity=0)
    dossier.populate(people)
    dossier.serve(people, times)
    root = Path(settings.TONGCHOU_DATA)
    version = links.current("people")
    assert version is not None
    with connect(root) as db:
        table = quote(str(version.parts["links"]))
        some = f"SELECT DISTINCT subject_id FROM read_parquet({table}) USING SAMPLE {2 * ASKED[size]} ROWS"
        ids = [each[0] for each in db.execute(some).fetchall()][: ASKED[size]]
        parts = [
            f"""SELECT to_json(v) FROM ({versions_sql(root, feed)}) v WHERE v._key IN (
            SELECT source_key FROM read_parquet({table}) WHERE subject_id = $id AND resource = '{feed.resource}')"""
            for feed in feeds_of("people")
        ]
        peer = dossier.timed(
            lambda key: db.execute(" UNION ALL ".join(parts), {"id": key}).fetchall(), ids[:10]
        )
    assert all(queries.document(each) for each in ids[:100]), "documents that are not there cost nothing"
    calm = dossier.timed(queries.document, ids)
    server = subprocess.Popen([sys.executable, "-m", "bench.dossier_load", size, "load"], cwd=ROOT)
    try:
        time.sleep(5)
        busy, floor = [], []
        held = store()
        until = time.monotonic() + 30
        while time.monotonic() < until or len(busy) < len(ids) or not (root / "turns").exists():
            assert server.poll() is None, "the load ended on its own"
            busy += dossier.timed(queries.document, ids)
            floor += dossier.timed(held.document, ids[: len(ids) // 4])
        turns = int((root / "turns").read_text())
    finally:
        server.kill()
        server.wait()
    where = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    records = people * times * 4
    rows = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        at_rest, under, raw, beside = (dossier.percentile(each, share) for each in (calm, busy, floor, peer))
        rows.append(
            dossier.row(f"dossier document {name} at rest, {where}", records, at_rest, "ms", None, beside)
        )
        rows.append(
            dossier.row(
                f"dossier document {name} while a load runs, {where}", records, under, "ms", raw, beside
            )
        )
    said = (
        f"{len(busy)} documents asked for during {turns} loads of {LOADED[size]} rows, "
        f"each with {REFRESHED} documents rewritten"
    )
    for each in rows:
        each["note"] = (
            f"{datetime.now(UTC):%Y-%m-%d}: {said}; floor: the sealed row from the same store; peer: DuckDB over Parquet"
        )
    return rows


if __name__ == "__main__":
    if sys.argv[2:] == ["load"]:
        load_for_ever(sys.argv[1])
    else:
        print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "small")))

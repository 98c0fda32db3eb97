"""The ledger's speed: appending, verifying, proving, each beside its floor in the same run.

Floors: bare executemany of the same rows into a table of the same shape in the same database, in transactions
of the same size; hashlib over the same bytes. Runs in a process and a data folder of its own;
TONGCHOU_BENCH_DATABASE (a URL as TONGCHOU_DATABASE) names an empty PostgreSQL database to measure there
instead of SQLite.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

SIZES = {"small": (60_000, 400_000), "full": (1_000_000, 10_000_000)}
"""Entries appended and verified; leaves of the tree that proofs are made in."""


def run(size: str) -> list[dict[str, Any]]:
    """Rows of name, size, value, unit, floor, peer, ratio_to_floor, ratio_to_peer; above 1 means ahead."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        root = Path(__file__).resolve().parent.parent
        environment = {**os.environ, "PYTHONPATH": str(root), "TONGCHOU_DATA": folder}
        command = [sys.executable, "-m", "bench.ledger", size]
        done = subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, text=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def row(name: str, size: int, value: float, unit: str, floor: float | None) -> dict[str, Any]:
    """A row of the results; times (unit ms) count the other way round."""
    ratio = None if floor is None else floor / value if unit == "ms" else value / floor
    return {
        "name": name,
        "size": size,
        "value": round(value, 3),
        "unit": unit,
        "floor": None if floor is None else round(floor, 3),
        "peer": None,
        "ratio_to_floor": None if ratio is None else round(ratio, 3),
        "ratio_to_peer": None,
    }


def measure(size: str) -> list[dict[str, Any]]:
    """All measurements, in a process whose Django is set up for a folder of its own."""
    entries, leaves = SIZES[size]
    from django.db import connection

    from tongchou.ledger import sequencer, verification

    rows = appending(entries)
    started = time.perf_counter()
    sequencer.sequence()
    rows.append(row("ledger.sequence", entries, entries / (time.perf_counter() - started), "entries/s", None))
    report = verification.verify()
    if not report.ok:
        raise SystemExit("\n".join(report.lines("en")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT stream, seq, at, kind, body FROM ledger_entry")
        from tongchou.ledger.canonical import envelope

        lines = [b"\0" + envelope(*one[:4], bytes(one[4])) for one in cursor.fetchall()]
    started = time.perf_counter()
    for line in lines:
        hashlib.sha256(line).digest()
    floor = len(lines) / (time.perf_counter() - started)
    rows.append(row("ledger.verify", report.entries, report.entries / report.seconds, "entries/s", floor))
    return [*rows, proving(leaves)]


def appending(entries: int) -> list[dict[str, Any]]:
    """Group commit with many in flight, with 32 threads that wait each, and the floor under both."""
    from django.db import connection, connections, transaction

    from tongchou.ledger import flusher, journal
    from tongchou.ledger.events import Event, declare
    from tongchou.standards.text import Text

    declare(Event("trial.looked", Text("试看", "Looked"), ("subject_id", "resource", "fields", "purpose")))
    body = {
        "user": "clerk",
        "organisation": "hall",
        "role": "clerk",
        "subject_id": "S-0001",
        "resource": "ps.residents",
        "fields": ["name", "id_number"],
        "purpose": "relief_check",
    }
    journal.append("trial.looked", body)
    started = time.perf_counter()
    window = []
    for _ in range(entries):
        window.append(journal.append("trial.looked", body, wait=False))
        if len(window) == 4096:
            for future in window:
                future.result()
            window.clear()
    for future in window:
        future.result()
    batched = entries / (time.perf_counter() - started)

    each = max(200, entries // 320)

    def wait_each() -> None:
        for _ in range(each):
            journal.append("trial.looked", body)
        connections.close_all()

    crew = [threading.Thread(target=wait_each) for _ in range(32)]
    started = time.perf_counter()
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    waiting = 32 * each / (time.perf_counter() - started)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, seq, at, kind, body, leaf, subject_id FROM ledger_entry LIMIT %s", [entries]
        )
        same = cursor.fetchall()
        cursor.execute(f"CREATE TABLE bare AS SELECT {COLUMNS} FROM ledger_entry WHERE 1 = 0")
        cursor.execute("CREATE UNIQUE INDEX bare_unique ON bare (stream, seq)")
        cursor.execute("CREATE INDEX bare_subject ON bare (subject_id, at)")
        started = time.perf_counter()
        for at in range(0, len(same), flusher.LARGEST_BATCH):
            with transaction.atomic():
                values = same[at : at + flusher.LARGEST_BATCH]
                cursor.executemany(
                    f"INSERT INTO bare ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)", values
                )
        floor = len(same) / (time.perf_counter() - started)
        cursor.execute("DROP TABLE bare")
    vendor = connection.vendor
    return [
        row(f"ledger.append.batched.{vendor}", entries, batched, "appends/s", floor),
        row(f"ledger.append.32_threads.{vendor}", 32 * each, waiting, "appends/s", floor),
    ]


COLUMNS = "stream, seq, at, kind, body, leaf, subject_id"


def proving(leaves: int) -> dict[str, Any]:
    """The median time of an inclusion proof in a tree of `leaves` leaves, its tiles read from the database.

    The floor is reading one row of the table of tiles.
    """
    import statistics

    from tongchou.ledger.models import Tile
    from tongchou.ledger.sequencer import stored_tiles
    from tongchou.ledger.tree import GrowingTiles, inclusion_proof, root_at, verify_inclusion

    Tile.objects.all().delete()
    tiles = GrowingTiles(0, lambda level, number: b"")
    for index in range(leaves):
        tiles.add(hashlib.sha256(b"%d" % index).digest())
        if index % 65_536 == 65_535 or index == leaves - 1:
            whole = [key for key in tiles.changed if len(tiles.changed[key]) == 8192 or index == leaves - 1]
            Tile.objects.bulk_create(
                [Tile(level=key[0], number=key[1], hashes=bytes(tiles.changed.pop(key))) for key in whole],
                batch_size=100,
            )
    root = root_at(leaves, stored_tiles("default"))
    times, floors = [], []
    for step in range(200):
        index = step * 7919 * 101 % leaves
        started = time.perf_counter()
        path = inclusion_proof(index, leaves, stored_tiles("default"))
        times.append(1000 * (time.perf_counter() - started))
        if not verify_inclusion(hashlib.sha256(b"%d" % index).digest(), index, leaves, path, root):
            raise SystemExit("a proof does not verify")
        started = time.perf_counter()
        Tile.objects.get(level=0, number=index // 256)
        floors.append(1000 * (time.perf_counter() - started))
    return row("ledger.proof", leaves, statistics.median(times), "ms", statistics.median(floors))


def main() -> None:
    """Set Django up for the folder in TONGCHOU_DATA and print the rows as JSON."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    from tongchou.config import environment

    root = Path(os.environ["TONGCHOU_DATA"])
    url = os.environ.get("TONGCHOU_BENCH_DATABASE", "")
    settings.configure(
        INSTALLED_APPS=["tongchou.ledger"],
        DATABASES={"default": environment.database(root, {"TONGCHOU_DATABASE": url})},
        TONGCHOU_DATA=root,
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    rows = measure(sys.argv[1])
    from tongchou.ledger import journal

    journal.close()
    print(json.dumps(rows))


if __name__ == "__main__":
    main()

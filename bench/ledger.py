"""The ledger's speed: appending, verifying, proving, each beside its floor in the same run.

Floors: bare executemany of the same rows into a table of the same shape in the same database, in transactions
of the same size; hashlib over the same bytes. Peers, written here by hand because none of the known ones runs
inside an application's own database: for appending, what an application without a ledger of this kind does,
one INSERT and one commit an entry, from as many threads; and a hash-chained table as audit tables usually are
(each row holds the hash of the row before it), in batches of the same size, by one writer, since a chain has
one end. For verifying, walking that chain again. For proofs, a tree that is not kept: all leaves read and
hashed anew. Runs in a process and a data folder of its own;
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


def row(
    name: str,
    size: int,
    value: float,
    unit: str,
    floor: float | None,
    peer: float | None = None,
    note: str = "",
) -> dict[str, Any]:
    """A row of the results; times (unit ms) count the other way round."""

    def ahead(other: float | None) -> float | None:
        return None if other is None else round(other / value if unit == "ms" else value / other, 3)

    return {
        "name": name,
        "size": size,
        "value": round(value, 3),
        "unit": unit,
        "floor": None if floor is None else round(floor, 3),
        "peer": None if peer is None else round(peer, 3),
        "ratio_to_floor": ahead(floor),
        "ratio_to_peer": ahead(peer),
        **({"note": note} if note else {}),
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
    used = time.process_time()
    report = verification.verify()
    used = time.process_time() - used
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
    note = "peer: a hash-chained table walked and hashed again"
    verified = report.entries / report.seconds
    rows.append(row("ledger.verify", report.entries, verified, "entries/s", floor, chain_walked(), note))
    rows.append(
        row("ledger.verify.per_core", report.entries, report.entries / used, "entries per CPU second", None)
    )
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
    started, used = time.perf_counter(), time.process_time()
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
    batched_cpu = entries / (time.process_time() - used)

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
    chained, single = chain_appended(same), one_by_one(same[: min(len(same), 32 * each)])
    chain_note, single_note = (
        "peer: a hash-chained table, batches of 512",
        "peer: INSERT and COMMIT an entry, 32 threads",
    )
    return [
        row(f"ledger.append.batched.{vendor}", entries, batched, "appends/s", floor, chained, chain_note),
        row(f"ledger.append.batched.{vendor}.per_core", entries, batched_cpu, "appends per CPU second", None),
        row(
            f"ledger.append.32_threads.{vendor}", 32 * each, waiting, "appends/s", floor, single, single_note
        ),
    ]


CHAIN = (
    "CREATE TABLE chain (id integer PRIMARY KEY, at varchar(27), kind varchar(64), body {blob}, hash {blob})"
)


def chain_appended(same: list[tuple[Any, ...]]) -> float:
    """Peer: entries a second into a table where each row holds the hash of the one before; kept for `chain_walked`."""
    from django.db import connection, transaction

    from tongchou.ledger import flusher

    with connection.cursor() as cursor:
        cursor.execute(CHAIN.format(blob="bytea" if connection.vendor == "postgresql" else "blob"))
        started = time.perf_counter()
        number, last = 0, bytes(32)
        for at in range(0, len(same), flusher.LARGEST_BATCH):
            rows = []
            with transaction.atomic():
                for _, _, moment, kind, body, _, _ in same[at : at + flusher.LARGEST_BATCH]:
                    number += 1
                    last = hashlib.sha256(
                        last + b"%d" % number + moment.encode() + kind.encode() + bytes(body)
                    ).digest()
                    rows.append((number, moment, kind, bytes(body), last))
                cursor.executemany("INSERT INTO chain VALUES (%s, %s, %s, %s, %s)", rows)
        return len(same) / (time.perf_counter() - started)


def chain_walked() -> float:
    """Peer: entries a second re-hashed along the chain."""
    from django.db import connection

    with connection.cursor() as cursor:
        started = time.perf_counter()
        count, last = 0, bytes(32)
        cursor.execute("SELECT id, at, kind, body, hash FROM chain ORDER BY id")
        while rows := cursor.fetchmany(10_000):
            for number, moment, kind, body, hashed in rows:
                last = hashlib.sha256(
                    last + b"%d" % number + moment.encode() + kind.encode() + bytes(body)
                ).digest()
                if last != bytes(hashed):
                    raise SystemExit("the chain is broken")
            count += len(rows)
        return count / (time.perf_counter() - started)


def one_by_one(same: list[tuple[Any, ...]]) -> float:
    """Peer: entries a second with one INSERT and one COMMIT each, from 32 threads, as durable as ours."""
    from django.db import connection, connections

    blob = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE single (stream varchar(24), seq integer, at varchar(27), kind varchar(64), body {blob}, "
            f"leaf {blob}, subject_id varchar(64))"
        )
    share = len(same) // 32

    def write(part: list[tuple[Any, ...]]) -> None:
        with connections["default"].cursor() as cursor:
            for values in part:
                cursor.execute("INSERT INTO single VALUES (%s, %s, %s, %s, %s, %s, %s)", values)
        connections.close_all()

    crew = [threading.Thread(target=write, args=(same[at * share : (at + 1) * share],)) for at in range(32)]
    started = time.perf_counter()
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return 32 * share / (time.perf_counter() - started)


COLUMNS = "stream, seq, at, kind, body, leaf, subject_id"


def proving(leaves: int) -> dict[str, Any]:
    """The median time of an inclusion proof in a tree of `leaves` leaves, its tiles read from the database.

    The floor is reading one row of the table of tiles.
    """
    import statistics

    from tongchou.ledger.models import Tile
    from tongchou.ledger.sequencer import stored_tiles
    from tongchou.ledger.tree import Frontier, GrowingTiles, inclusion_proof, root_at, verify_inclusion

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
    started = time.perf_counter()
    frontier = Frontier()
    for hashes in Tile.objects.filter(level=0).order_by("number").values_list("hashes", flat=True).iterator():
        for at in range(0, len(hashes), 32):
            frontier.add(bytes(hashes[at : at + 32]))
    anew = 1000 * (time.perf_counter() - started)
    note = "peer: the tree hashed anew from its leaves"
    return row("ledger.proof", leaves, statistics.median(times), "ms", statistics.median(floors), anew, note)


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

"""History: a day's 100,000 changes into ten million records, and the whole table as of a day, beside Delta MERGE.

Ten million people of ten columns are in the record log (small: one million). A day brings an increment of 100,000 rows
(small: 10,000), nine in ten of them of records there are; they are compared with what stands, what changed is appended
in one commit, and it is known from when. Then the whole table is asked for as it was true and known the day before, and
on other days: how many records by sex and nationality, and again with a digest over every value of every record.

The peer keeps the same rows in a Delta table and merges the day's rows into it (`deltalake`, delta-rs), which keeps
old versions of whole files, not of records: it answers as of a version of the table. The floor of the changes is the
same rows written to one Parquet file and added to a Delta table, without comparing; of as-of, the same digest over a
plain Parquet file of the current state.

Every contender runs in a process of its own, its libraries imported before the clock starts, on the same files; the
median of three rounds is told, each round on another day's rows.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROWS = {"full": 10_000_000, "small": 1_000_000}
CHANGES = {"full": 100_000, "small": 10_000}
ROUNDS = 3
FIELDS = (
    "name",
    "id_number",
    "sex",
    "born_on",
    "moved_in_on",
    "registered_on",
    "phone",
    "address",
    "ethnicity",
    "note",
)
FIRST = date(2026, 11, 1)
Contender = Callable[[], float]


def values_sql(number: str, day: int) -> str:
    """SQL for the ten fields of record `number` as a day has them."""
    return f"""'王' || chr(20000 + CAST(hash({number}, {day}) % 3000 AS INTEGER)) AS name,
        '440604' || strftime(DATE '1940-01-01' + CAST(hash({number}) % 28000 AS INTEGER), '%Y%m%d')
            || lpad(CAST(hash({number}, 7) % 10000 AS VARCHAR), 4, '0') AS id_number,
        CAST(1 + hash({number}) % 2 AS VARCHAR) AS sex,
        strftime(DATE '1940-01-01' + CAST(hash({number}) % 28000 AS INTEGER), '%Y-%m-%d') AS born_on,
        strftime(DATE '2000-01-01' + CAST(hash({number}, 9) % 8000 AS INTEGER), '%Y-%m-%d') AS moved_in_on,
        strftime(DATE '2000-01-01' + CAST(hash({number}, 10) % 8000 AS INTEGER), '%Y-%m-%d') AS registered_on,
        '1' || CAST(3000000000 + hash({number}, 3, {day}) % 6999999999 AS VARCHAR) AS phone,
        '佛山市禅城区汾江中路' || CAST(hash({number}, 4) % 300 AS VARCHAR) || '号'
            || CAST(hash({number}, 5) % 30 AS VARCHAR) || '座' || CAST(hash({number}, 6) % 2000 AS VARCHAR) || '房' AS address,
        lpad(CAST(1 + hash({number}, 11) % 56 AS VARCHAR), 2, '0') AS ethnicity,
        CAST(hash({number}, 12) % 100 AS VARCHAR) AS note"""


def generate(folder: Path, rows: int, changes: int) -> None:
    """The first state and three days' rows as Parquet files, in the log's columns; the log and the peer's table."""
    import duckdb
    from deltalake import write_deltalake

    from tongchou.pool.engine.log import digest_sql

    with duckdb.connect() as db:
        for day in range(ROUNDS + 1):
            # Nine in ten rows are of records there are, spread over all of them; the others are new.
            source = (
                f"SELECT i FROM range({rows}) t(i)"
                if day == 0
                else f"""SELECT CASE WHEN k % 10 = 0 THEN {rows} + {day} * {changes} + k
                    ELSE (k * {rows // changes} + {day}) END AS i FROM range({changes}) t(k)"""
            )
            said = f"TIMESTAMPTZ '{FIRST + timedelta(days=day)} 06:00:00Z'"
            db.execute(
                f"""COPY (SELECT 'R' || lpad(CAST(i AS VARCHAR), 9, '0') AS _key, 'put' AS _op,
                    DATE '{FIRST + timedelta(days=day)}' AS _valid_from, NULL::DATE AS _valid_to, {said} AS _recorded_at,
                    {digest_sql(FIELDS, FIELDS)} AS _digest, 0::BIGINT AS _failures, 'd{day}' AS _delivery,
                    CAST(row_number() OVER () AS BIGINT) AS _row, {", ".join(FIELDS)}
                FROM (SELECT i, {values_sql("i", day)} FROM ({source})))
                TO '{folder}/day{day}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"""
            ).fetchall()
        reader = db.sql(f"SELECT _key, {', '.join(FIELDS)} FROM '{folder}/day0.parquet'").to_arrow_reader(
            500_000
        )
        write_deltalake(str(folder / "merged"), reader)
        db.execute(
            f"COPY (SELECT * FROM '{folder}/day0.parquet') TO '{folder}/plain.parquet' (COMPRESSION zstd)"
        )
    _append(folder, 0)


def _append(folder: Path, day: int) -> None:
    from tongchou.pool.engine.connection import connect
    from tongchou.pool.engine.log import DeliveryNote, RecordLog

    log = RecordLog(folder / "data", "bench.people", FIELDS)
    at = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=6)
    note = DeliveryNote(f"d{day}", at, FIRST + timedelta(days=day), "increment")
    with connect(folder / "data") as db:
        log.append(db, parts=[folder / f"day{day}.parquet"], note=note)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def ours_changes(folder: Path, day: int) -> Contender:
    from tongchou.pool.engine.connection import connect  # noqa: F401
    from tongchou.pool.engine.log import RecordLog  # noqa: F401

    return lambda: _timed(lambda: _append(folder, day))


def peer_changes(folder: Path, day: int) -> Contender:
    import duckdb
    from deltalake import DeltaTable

    def work() -> None:
        with duckdb.connect() as db:
            rows = db.sql(
                f"SELECT _key, {', '.join(FIELDS)} FROM '{folder}/day{day}.parquet'"
            ).to_arrow_table()
        merging = DeltaTable(str(folder / "merged")).merge(
            rows, "t._key = s._key", source_alias="s", target_alias="t"
        )
        merging.when_matched_update_all().when_not_matched_insert_all().execute()

    return lambda: _timed(work)


def floor_changes(folder: Path, day: int) -> Contender:
    import duckdb
    from deltalake import write_deltalake

    def work() -> None:
        with duckdb.connect() as db:
            rows = db.sql(f"SELECT * FROM '{folder}/day{day}.parquet'").to_arrow_table()
        write_deltalake(str(folder / "appended"), rows, mode="append")

    return lambda: _timed(work)


def _counts(source: str) -> str:
    return f"SELECT sex, ethnicity, count(*) FROM ({source}) GROUP BY ALL"


def _everything(source: str) -> str:
    # Every value of every record is read.
    return f"""SELECT sex, ethnicity, count(*), bit_xor(hash({", ".join(FIELDS)})) FROM ({source}) GROUP BY ALL"""


def ours_as_of(folder: Path, day: int, ask: Callable[[str], str] = _counts) -> Contender:
    from tongchou.pool.engine.connection import connect, rows
    from tongchou.pool.engine.log import RecordLog

    at = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=12)
    columns = FIELDS if ask is _everything else ("sex", "ethnicity")

    def work() -> None:
        log = RecordLog(folder / "data", "bench.people", FIELDS)
        with connect(folder / "data") as db:
            rows(db, ask(log.as_of_sql(at.date(), at, columns)))

    return lambda: _timed(work)


def peer_as_of(folder: Path, day: int, ask: Callable[[str], str] = _counts) -> Contender:
    import duckdb
    from deltalake import DeltaTable

    def work() -> None:
        files = DeltaTable(str(folder / "merged"), version=day).file_uris()
        with duckdb.connect() as db:
            listed = ", ".join(f"'{each}'" for each in files)
            db.sql(ask(f"SELECT * FROM read_parquet([{listed}])")).fetchall()

    return lambda: _timed(work)


def floor_as_of(folder: Path, day: int, ask: Callable[[str], str] = _counts) -> Contender:
    import duckdb

    def work() -> None:
        with duckdb.connect() as db:
            db.sql(ask(f"SELECT * FROM '{folder}/plain.parquet'")).fetchall()

    return lambda: _timed(work)


CONTENDERS: dict[str, Callable[[Path, int], Contender]] = {
    "ours_changes": ours_changes,
    "peer_changes": peer_changes,
    "floor_changes": floor_changes,
    "ours_as_of": ours_as_of,
    "peer_as_of": peer_as_of,
    "floor_as_of": floor_as_of,
    "ours_whole": partial(ours_as_of, ask=_everything),
    "peer_whole": partial(peer_as_of, ask=_everything),
    "floor_whole": partial(floor_as_of, ask=_everything),
}


def measure(what: str, folder: Path, day: int) -> dict[str, float]:
    """Run one contender in a process of its own. Returns seconds and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, what, str(folder), str(day)],
        check=True, capture_output=True, text=True, env=os.environ,
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def run(size: str) -> list[dict[str, Any]]:
    """The rows of the report. size: "full" or "small"."""
    from tongchou.pool.engine.connection import threads

    folder = Path(tempfile.mkdtemp(prefix="bench-history-"))
    try:
        generate(folder, ROWS[size], CHANGES[size])
        found: dict[str, list[dict[str, float]]] = {each: [] for each in CONTENDERS}
        for day in range(1, ROUNDS + 1):
            for what in ("floor_changes", "ours_changes", "peer_changes"):
                found[what].append(measure(what, folder, day))
        for day in (0, 1, 2):
            for what in (
                "floor_as_of",
                "ours_as_of",
                "peer_as_of",
                "floor_whole",
                "ours_whole",
                "peer_whole",
            ):
                found[what].append(measure(what, folder, day))
        shared = {"size": size, "rows": ROWS[size], "cores": threads()}
        about = (
            f"{CHANGES[size]:,} rows a day, nine in ten of records there are; compared, appended, one commit"
        )
        asked = "how many records by two codes, of the whole table as true and known on an earlier day"
        return [
            _row("history changes", "changes", found, about) | shared,
            _row("history as-of", "as_of", found, asked) | shared,
            _row("history as-of, every value", "whole", found, asked + ", and a digest over all ten columns")
            | shared,
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _row(name: str, which: str, found: dict[str, list[dict[str, float]]], about: str) -> dict[str, Any]:
    ours, floor, peer = (
        statistics.median(each["seconds"] for each in found[f"{who}_{which}"])
        for who in ("ours", "floor", "peer")
    )
    memory = max(each["memory_mb"] for each in found[f"ours_{which}"])
    return {
        "name": name, "value": round(ours, 3), "unit": "s", "floor": round(floor, 3), "peer": round(peer, 3),
        "ratio_to_floor": round(floor / ours, 3), "ratio_to_peer": round(peer / ours, 2), "memory_mb": round(memory),
        "note": f"median of {ROUNDS} rounds; {about}",
    }  # fmt: skip


if __name__ == "__main__":
    import resource

    sys.path.insert(0, str(ROOT))
    if len(sys.argv) == 4:
        seconds = CONTENDERS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "memory_mb": peak}))
    else:
        for row in run(sys.argv[1] if len(sys.argv) > 1 else "small"):
            print(json.dumps(row, ensure_ascii=False))

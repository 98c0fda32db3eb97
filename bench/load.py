"""Loading: a CSV of people into the record log, beside DuckDB's plain CSV → Parquet (floor) and dlt with
pandera (peer).

Nine million rows (small: one million) of ten columns: source number, name, identity number with check
character, sex, three dates in three forms, phone, address, nationality; two in a hundred identity numbers
are wrong. The load does everything a delivery gets: bytes kept and digested, standardised, checked,
divided, repeated keys looked for, values counted, appended. The floor reads the same file with the same
threads, finds its types, and writes it in DuckDB's default form (snappy; the log's files are zstd level 1,
which costs a little more and is smaller though it has nine columns besides). The peer is what a data team
would write: pandas reads, pandera checks types, forms, uniqueness and the check character, dlt loads what
passed into Parquet; it gets a slice, as stated, and no raw copy, digests or history are asked of it.

Every contender runs in a process of its own, its libraries imported before the clock starts. Floor and ours
take turns, several rounds over, and what is reported is the median of the rounds' ratios, by the wall clock
and by CPU time: on a machine with neighbours two runs a minute apart cannot be compared, two in turn can.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROWS = {"full": 9_000_000, "small": 1_000_000}
PEER_ROWS = {"full": 1_000_000, "small": 200_000}
ROUNDS = {"full": 5, "small": 5}
COLUMNS = 10
Measured = dict[str, float]
Contender = Callable[[], object]
"""What is timed: everything imported, nothing read."""


def generate(path: Path, rows: int) -> None:
    """The file, the same every time."""
    import duckdb

    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = " + ".join(
        f"{weight} * CAST(substr(b, {i + 1}, 1) AS INTEGER)" for i, weight in enumerate(weights)
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT 'R' || lpad(CAST(i AS VARCHAR), 9, '0') AS 记录号,
                substr('王李张刘陈杨黄赵周吴', 1 + CAST(hash(i) % 10 AS INTEGER), 1)
                    || chr(20000 + CAST(hash(i + 1) % 3000 AS INTEGER))
                    || chr(20000 + CAST(hash(i + 2) % 3000 AS INTEGER)) AS 姓名,
                b || CASE WHEN i % 50 = 0 THEN 'A'
                    ELSE substr('10X98765432', 1 + ({total}) % 11, 1) END AS 身份证号,
                CASE WHEN hash(i) % 2 = 0 THEN '男' ELSE '女' END AS 性别,
                strftime(day, '%Y-%m-%d') AS 出生日期,
                strftime(DATE '2000-01-01' + CAST(hash(i + 9) % 8000 AS INTEGER), '%Y%m%d') AS 迁入日期,
                strftime(DATE '2000-01-01' + CAST(hash(i + 10) % 8000 AS INTEGER), '%Y/%-m/%-d') AS 登记日期,
                '1' || CAST(3000000000 + hash(i + 3) % 6999999999 AS VARCHAR) AS 电话,
                '佛山市禅城区汾江中路' || CAST(hash(i + 4) % 300 AS VARCHAR) || '号'
                    || CAST(hash(i + 5) % 30 AS VARCHAR) || '座'
                    || CAST(hash(i + 6) % 2000 AS VARCHAR) || '房' AS 地址,
                CASE WHEN hash(i + 11) % 40 = 0 THEN '壮族' ELSE '汉族' END AS 民族
            FROM (SELECT i, day, CAST(440604 + i % 5 AS VARCHAR)
                    || strftime(day, '%Y%m%d') || lpad(CAST(hash(i + 7) % 1000 AS VARCHAR), 3, '0') AS b
                FROM (SELECT i, DATE '1940-01-01' + CAST(hash(i) % 28000 AS INTEGER) AS day
                    FROM range({rows}) t(i))))
            TO '{path}' (HEADER)"""
        ).fetchall()


def measure(what: str, folder: Path) -> Measured:
    """Run one contender in a process of its own. Returns seconds, CPU seconds and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, what, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def ours(folder: Path) -> Contender:
    from tongchou.gather import pipeline
    from tongchou.standards.plans import FieldPlan as F
    from tongchou.standards.plans import ResourcePlan

    fields = (
        F("record_no", "identifier", ("记录号",), required=True),
        F("name", "person_name", ("姓名",), required=True, on_failure="keep"),
        F("id_number", "id_number", ("身份证号",), on_failure="keep"),
        F("sex", "sex", ("性别",)),
        F("born_on", "birth_date", ("出生日期",)),
        F("moved_in_on", "date", ("迁入日期",)),
        F("registered_on", "date", ("登记日期",)),
        F("phone", "phone", ("电话",), on_failure="keep"),
        F("address", "address", ("地址",)),
        F("ethnicity", "ethnicity", ("民族",)),
    )

    def load() -> None:
        outcome = pipeline.run(
            plan=ResourcePlan("bench.people", fields, ("record_no",)),
            connector="files",
            settings={"path": str(folder / "people.csv")},
            data_root=folder / "data",
            delivery="bench",
            delivered_on=date(2026, 11, 1),
        )
        assert outcome.new == outcome.rows_read

    return load


def floor(folder: Path) -> Contender:
    import duckdb

    from tongchou.pool.engine.connection import memory_mb, threads

    def load() -> None:
        with duckdb.connect(config={"threads": threads(), "memory_limit": f"{memory_mb()}MB"}) as connection:
            connection.execute(
                f"COPY (FROM read_csv('{folder}/people.csv')) TO '{folder}/floor.parquet'"
            ).fetchall()

    return load


def peer(folder: Path) -> Contender:
    os.environ["DLT_TELEMETRY"] = os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    import pandas as pd
    import pandera.pandas as pa

    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

    def checked(numbers: pd.Series) -> pd.Series:
        plausible = numbers.str.fullmatch(r"\d{17}[\dX]")
        total = sum(
            w * pd.to_numeric(numbers.str[i], errors="coerce").fillna(0) for i, w in enumerate(weights)
        )
        return plausible & (numbers.str[17] == (total % 11).map(lambda rest: "10X98765432"[int(rest)]))

    text = lambda *checks: pa.Column(str, checks=list(checks))  # noqa: E731
    schema = pa.DataFrameSchema(
        {
            "记录号": pa.Column(str, unique=True),
            "姓名": text(pa.Check.str_matches(r"^[一-鿿]{2,4}$")),
            "身份证号": text(pa.Check(checked)),
            "性别": text(pa.Check.isin(["男", "女"])),
            **{
                each: pa.Column("datetime64[ns]", coerce=True)
                for each in ("出生日期", "迁入日期", "登记日期")
            },
            "电话": text(pa.Check.str_matches(r"^1[3-9]\d{9}$")),
            "地址": text(),
            "民族": text(),
        }
    )

    @dlt.resource(name="people", write_disposition="append")
    def people() -> Any:
        for part in pd.read_csv(folder / "slice.csv", dtype=str, chunksize=100_000):
            for each, form in (("出生日期", "%Y-%m-%d"), ("迁入日期", "%Y%m%d"), ("登记日期", "%Y/%m/%d")):
                part[each] = pd.to_datetime(part[each], format=form)
            try:
                schema.validate(part, lazy=True)
            except pa.errors.SchemaErrors as found:
                part = part.drop(index=found.failure_cases["index"].dropna().unique())
            # dlt keeps only Latin letters of a column's name, and would find ten columns of one name.
            yield part.set_axis([f"c{index}" for index in range(COLUMNS)], axis=1)

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        dataset_name="bench",
        destination=dlt.destinations.filesystem(bucket_url=(folder / "dlt_out").as_uri()),
    )
    return lambda: pipeline.run(people(), loader_file_format="parquet")


def run(size: str) -> list[dict[str, Any]]:
    """The rows of the report. size: "full" or "small"."""
    from tongchou.pool.engine.connection import memory_mb, part_bytes, threads

    folder = Path(tempfile.mkdtemp(prefix="bench-load-"))
    try:
        rows = ROWS[size]
        generate(folder / "people.csv", rows)
        with (folder / "people.csv").open("rb") as whole, (folder / "slice.csv").open("wb") as part:
            for _ in range(PEER_ROWS[size] + 1):
                part.write(whole.readline())
        rounds = [_round(folder, number) for number in range(ROUNDS[size])]
        try:
            other = measure("peer", folder)
        except (subprocess.CalledProcessError, OSError):
            other = None  # the peer is an optional dependency (pip install tongchou[bench])
        written = (folder / "data" / "pool" / "log").rglob("*.parquet")
        log_mb = sum(each.stat().st_size for each in written) >> 20
        floor_mb = (folder / "floor.parquet").stat().st_size >> 20
        shared = {
            "size": size,
            "rows": rows,
            "columns": COLUMNS,
            "cores": threads(),
            "memory_mb": round(max(loaded["memory_mb"] for _, loaded in rounds)),
        }
        about = (
            f"floor: types detected, snappy; log: zstd 1, {log_mb} MB against {floor_mb} MB; DuckDB limit "
            f"{memory_mb()} MB, parts of {part_bytes() >> 20} MB; peer on {PEER_ROWS[size]:,} rows"
        )
        return [
            _row("load", "rows/s", "seconds", rows, PEER_ROWS[size], rounds, other, about) | shared,
            _row("load_per_core", "rows/s per CPU second", "cpu", rows, PEER_ROWS[size], rounds, other, about)
            | shared,
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _round(folder: Path, number: int) -> tuple[Measured, Measured]:
    """Floor and ours once each, in turn first. Returns (floor, ours)."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    done = {}
    for what in ("floor", "ours") if number % 2 == 0 else ("ours", "floor"):
        done[what] = measure(what, folder)
    return done["floor"], done["ours"]


def _row(
    name: str,
    unit: str,
    clock: str,
    rows: int,
    peer_rows: int,
    rounds: list[tuple[Measured, Measured]],
    other: Measured | None,
    about: str,
) -> dict[str, Any]:
    """One row of the report: medians over the rounds by one clock, "seconds" or "cpu"."""
    ratios = sorted(plain[clock] / loaded[clock] for plain, loaded in rounds)
    rate = rows / statistics.median(loaded[clock] for _, loaded in rounds)
    peer_rate = peer_rows / other[clock] if other else None
    return {
        "name": name,
        "value": round(rate),
        "unit": unit,
        "floor": round(rows / statistics.median(plain[clock] for plain, _ in rounds)),
        "peer": round(peer_rate) if peer_rate else None,
        "ratio_to_floor": round(statistics.median(ratios), 3),
        "ratio_to_peer": round(rate / peer_rate, 2) if peer_rate else None,
        "note": f"median of {len(rounds)} rounds, ratios {ratios[0]:.3f}–{ratios[-1]:.3f}; {about}",
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if len(sys.argv) == 3:
        load = {"ours": ours, "floor": floor, "peer": peer}[sys.argv[1]](Path(sys.argv[2]))
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        load()
        took, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
        print(
            json.dumps(
                {
                    "seconds": took,
                    "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
                    "memory_mb": used.ru_maxrss / 1024,
                }
            )
        )
    else:
        for row in run(sys.argv[1] if len(sys.argv) > 1 else "small"):
            print(json.dumps(row, ensure_ascii=False))

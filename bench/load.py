"""Loading: a CSV of people into the record log, beside DuckDB's plain CSV → Parquet (floor) and dlt with
pandera (peer).

Nine million rows (small: 300 thousand) of ten columns: source number, name, identity number with check
character, sex, three dates in three forms, phone, address, nationality; two in a hundred identity numbers
are wrong. The load does everything a delivery gets: bytes kept and digested, standardised, checked,
divided, repeated keys looked for, values counted, appended. The floor reads the same file with the same
threads, finds its types, and writes it in DuckDB's default form (snappy; the log's files are zstd level 1,
which costs a little more and is smaller though it has nine columns besides). dlt reads it with its own CSV
reader into Parquet after pandera has checked types, forms and the check character; it gets a slice, as
stated.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROWS = {"full": 9_000_000, "small": 300_000}
PEER_ROWS = {"full": 300_000, "small": 100_000}
COLUMNS = 10


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


def measure(what: str, folder: Path) -> dict[str, float]:
    """Run one contender in a process of its own. Returns seconds, CPU seconds and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, what, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def ours(folder: Path) -> int:
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
    outcome = pipeline.run(
        plan=ResourcePlan("bench.people", fields, ("record_no",)),
        connector="files",
        settings={"path": str(folder / "people.csv")},
        data_root=folder / "data",
        delivery="bench",
        delivered_on=date(2026, 11, 1),
    )
    assert outcome.new == outcome.rows_read
    return outcome.rows_read


def floor(folder: Path) -> int:
    import duckdb

    from tongchou.pool.engine.connection import memory_mb, threads

    with duckdb.connect(config={"threads": threads(), "memory_limit": f"{memory_mb()}MB"}) as connection:
        done = connection.execute(
            f"COPY (FROM read_csv('{folder}/people.csv')) TO '{folder}/floor.parquet'"
        ).fetchall()
    return int(done[0][0])


def peer(folder: Path) -> int:
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
    pipeline.run(people(), loader_file_format="parquet")
    with (folder / "slice.csv").open("rb") as lines:
        return sum(1 for _ in lines) - 1


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
        plain = measure("floor", folder)
        loaded = measure("ours", folder)
        try:
            other = measure("peer", folder)
            peer_rate = PEER_ROWS[size] / other["seconds"]
        except (subprocess.CalledProcessError, OSError):
            peer_rate = None  # the peer is an optional dependency (pip install tongchou[bench])
        written = (folder / "data" / "pool" / "log").rglob("*.parquet")
        loaded_mb = sum(each.stat().st_size for each in written) >> 20
        floor_mb = (folder / "floor.parquet").stat().st_size >> 20
        rate, floor_rate = rows / loaded["seconds"], rows / plain["seconds"]
        shared = {
            "size": size,
            "rows": rows,
            "columns": COLUMNS,
            "cores": threads(),
            "memory_mb": round(loaded["memory_mb"]),
            "note": f"floor: types detected, snappy; log: zstd 1, {loaded_mb} MB against {floor_mb} MB; "
            f"DuckDB limit {memory_mb()} MB, parts of {part_bytes() >> 20} MB; "
            f"peer on {PEER_ROWS[size]} rows",
        }
        return [
            {
                "name": "load", "value": round(rate), "unit": "rows/s", "floor": round(floor_rate),
                "peer": round(peer_rate) if peer_rate else None,
                "ratio_to_floor": round(rate / floor_rate, 3),
                "ratio_to_peer": round(rate / peer_rate, 2) if peer_rate else None, **shared,
            },
            {
                "name": "load_per_core", "value": round(rows / loaded["cpu"]),
                "unit": "rows/s per CPU second",
                "floor": round(rows / plain["cpu"]),
                "peer": round(PEER_ROWS[size] / other["cpu"]) if peer_rate else None,
                "ratio_to_floor": round(plain["cpu"] / loaded["cpu"], 3),
                "ratio_to_peer": round(rows / loaded["cpu"] / (PEER_ROWS[size] / other["cpu"]), 2)
                if peer_rate else None,
                **shared,
            },
        ]  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if len(sys.argv) == 3:
        begun = time.perf_counter()
        {"ours": ours, "floor": floor, "peer": peer}[sys.argv[1]](Path(sys.argv[2]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            json.dumps(
                {
                    "seconds": time.perf_counter() - begun,
                    "cpu": used.ru_utime + used.ru_stime,
                    "memory_mb": used.ru_maxrss / 1024,
                }
            )
        )
    else:
        for row in run(sys.argv[1] if len(sys.argv) > 1 else "small"):
            print(json.dumps(row, ensure_ascii=False))

"""Taking records out of a log: gone from every file and old version; deliveries, other rows and as-of stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tongchou.pool.engine.connection import connect, rows
from tongchou.pool.engine.locks import writing
from tongchou.pool.engine.log import DeliveryNote, RecordLog
from tongchou.standards.errors import HouseError

SECRET = "不许留下"


def put(log: RecordLog, day: int, names: dict[str, str]) -> None:
    count = len(names)
    note = DeliveryNote(f"d{day}", log.next_recorded_at(), date(2026, 1, day), "increment")
    table = pa.table(
        {
            "_key": list(names), "_op": ["put"] * count, "_valid_from": pa.array([note.delivered_on] * count),
            "_valid_to": pa.nulls(count, pa.date32()),
            "_recorded_at": pa.array([note.recorded_at] * count, pa.timestamp("us", "UTC")),
            "_digest": list(names.values()), "_failures": [0] * count, "_delivery": [note.delivery] * count,
            "_row": list(range(count)), "name": list(names.values()),
        }
    )  # fmt: skip
    part = log.root / f"p{day}.parquet"
    pq.write_table(table, part)
    with connect(log.root) as db:
        log.append(db, parts=[part], note=note)
    part.unlink()


@pytest.fixture
def log(tmp_path: Path) -> RecordLog:
    made = RecordLog(tmp_path, "r", ("name",))
    put(made, 1, {"k1": SECRET, "k2": "乙"})
    put(made, 2, {"k3": "丙"})
    made.compact(keep_hours=24)
    put(made, 3, {"k1": SECRET + "2", "k2": "乙2"})
    (made.folder / "part-abandoned.parquet").write_bytes(SECRET.encode())
    return made


def seen(log: RecordLog) -> list[str]:
    """Files of the log in which the secret can be read, tables unpacked."""
    found = []
    for path in log.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if content.startswith(b"PAR1"):
                content += str(pq.read_table(path).to_pylist()).encode()
            if SECRET.encode() in content or SECRET.encode("unicode_escape") in content:
                found.append(path.name)
    return found


def state(log: RecordLog, day: int) -> dict[str, str]:
    with connect(log.root) as db:
        found = rows(db, log.as_of_sql(date(2026, 1, day), None, ("_key", "name")))
    return {str(key): str(name) for key, name in found}


def test_no_file_and_no_old_version_holds_the_record(log: RecordLog) -> None:
    assert len(seen(log)) > 2
    assert log.erase(["k1"], "X-1") == 2
    assert seen(log) == []
    assert state(log, 1) == {"k2": "乙"} and state(log, 3) == {"k2": "乙2", "k3": "丙"}
    assert [each.delivery for each in log.deliveries()] == ["d1", "d2", "d3"]
    with pytest.raises(Exception, match=r".+"):
        DeltaTable(str(log.folder), version=0).to_pyarrow_table()


def test_erasing_again_or_nobody_changes_nothing(log: RecordLog) -> None:
    log.erase(["k1"], "X-1")
    files = log.files()
    assert log.erase(["k1"], "X-1") == 0 and log.erase(["nobody"], "X-2") == 0
    assert log.files() == files


def test_the_log_goes_on_after_it(log: RecordLog) -> None:
    log.erase(["k1", "k2", "k3"], "X-1")
    assert state(log, 3) == {}
    put(log, 4, {"k4": "丁"})
    log.compact()
    assert state(log, 4) == {"k4": "丁"} and log.has("d1")


def test_a_load_under_way_is_not_disturbed(log: RecordLog) -> None:
    with writing(log.root, "r"), pytest.raises(HouseError) as refusal:
        log.erase(["k1"], "X-1", wait_seconds=0.1)
    assert refusal.value.code == "gather.resource_busy"


def test_as_of_whole_and_mixed_files_agree_with_row_by_row(log: RecordLog) -> None:
    """Files taken as a whole must say what ranking every row says."""
    for day in (1, 2, 3, 9):
        for known in (None, datetime(2020, 1, 1, tzinfo=UTC), log.deliveries()[0].recorded_at):
            bound = f"AND _recorded_at <= TIMESTAMPTZ '{known.isoformat()}'" if known else ""
            plain = f"""SELECT _key, name FROM ({log.rows_sql()}) WHERE _valid_from <= DATE '2026-01-{day:02}' {bound}
                QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _recorded_at DESC) = 1"""
            with connect(log.root) as db:
                told = sorted(rows(db, log.as_of_sql(date(2026, 1, day), known, ("_key", "name"))))
                assert told == sorted(rows(db, plain))

"""What the tests of gathering share: a small plan, files to load, and questions to the log."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tongchou.gather import pipeline
from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.log import RecordLog
from tongchou.standards import identity
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan

FIELDS = (
    FieldPlan("number", "identifier", ("编号", "记录号"), required=True),
    FieldPlan("name", "person_name", ("姓名",), required=True),
    FieldPlan("id_number", "id_number", ("身份证件号", "身份证号"), on_failure="keep"),
    FieldPlan("born", "birth_date", ("出生日期",)),
)
PLAN = ResourcePlan("test.people", FIELDS, ("number",))
INCREMENTS = ResourcePlan("test.people", FIELDS, ("number",), mode="increment")
HEADING = "编号,姓名,身份证号,出生日期"
NUMBERS = tuple(body + identity.check_character(body) for body in ("44060419850307001", "44060519900331569"))
ROWS = (f"1,王建国,{NUMBERS[0]},1985-03-07", "2,李秀英,,1990/12/1", f"3,欧阳明,{NUMBERS[1]},20010203")
DAY = date(2026, 11, 20)
EXPECTED = [
    ("1", "王建国", NUMBERS[0], "1985-03-07"),
    ("2", "李秀英", None, "1990-12-01"),
    ("3", "欧阳明", NUMBERS[1], "2001-02-03"),
]
"""What the log holds of ROWS."""


def write(path: Path, *lines: str, encoding: str = "utf-8", heading: str = HEADING, end: str = "\n") -> Path:
    """A text file with a heading and lines."""
    path.write_bytes(end.join((heading, *lines, "")).encode(encoding))
    return path


def load(
    data: Path, path: Path, delivery: str = "d1", *, plan: ResourcePlan = PLAN, day: date = DAY, **more: Any
) -> pipeline.Outcome:
    """Load one file."""
    given: dict[str, Any] = {"connector": "files", "settings": {"path": str(path)}} | more
    return pipeline.run(plan=plan, data_root=data, delivery=delivery, delivered_on=day, **given)


def refusal(data: Path, path: Path, **more: object) -> HouseError:
    """What a load is refused with; told in full, and nothing of it in the log."""
    with pytest.raises(HouseError) as caught:
        load(data, path, **more)
    assert caught.value.what.zh and caught.value.what.en and caught.value.next.zh and caught.value.next.en
    assert not (data / "pool" / "log" / "test.people" / "_delta_log").exists()
    return caught.value


def log(data: Path, plan: ResourcePlan = PLAN) -> RecordLog:
    """The log of the plan's resource."""
    return RecordLog(data, plan.code, [each.name for each in plan.fields])


def ask(data: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a question."""
    with connect(data) as connection:
        return [tuple(row.values()) for row in connection.sql(sql).to_arrow_table().to_pylist()]


def current(data: Path, *columns: str, plan: ResourcePlan = PLAN) -> list[tuple[Any, ...]]:
    """The current rows' columns, by key."""
    wanted = columns or tuple(each.name for each in plan.fields)
    return ask(data, f"SELECT {', '.join(wanted)} FROM ({log(data, plan).current_sql()}) ORDER BY _key")


def quarantine(data: Path, outcome: pipeline.Outcome) -> list[tuple[int, Any, list[tuple[str, str]]]]:
    """Row number, raw row, and failures of everything set aside."""
    if outcome.quarantine_file is None:
        return []
    rows = pyarrow.parquet.read_table(data / outcome.quarantine_file).to_pylist()
    return [
        (row["row"], json.loads(row["raw"]), [(each["field"], each["rule"]) for each in row["failures"]])
        for row in rows
    ]

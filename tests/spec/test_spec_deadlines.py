"""The page deadlines.md, line by line."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.spec.tables import rows
from tongchou.standards.working_time import CHINA, Limit, Pause, WorkingClock, published_calendars

TABLE = rows("deadlines.md", "received")
CLOCK = WorkingClock(published_calendars())


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=CHINA)


def limit(written: str) -> Limit:
    amount, unit, *custom = written.split()
    assert unit in ("urgent_hours", "working_hours", "working_days", "natural_days")
    return Limit(float(amount), unit, {"": None, "at once": False, "next day": True}[" ".join(custom)])  # type: ignore[arg-type]


def pauses(written: str) -> list[Pause]:
    found = []
    for entry in filter(None, written.split(",")):
        begin, _, end = entry.strip().partition("/")
        found.append(Pause(instant(begin), instant(end) if end else None))
    return found


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['received']} {row['limit']}" for row in TABLE])
def test_due(row: dict[str, str]) -> None:
    due = CLOCK.due(instant(row["received"]), limit(row["limit"]), pauses(row["pauses"]))
    if row["due"] == "stands":
        assert due is None
        return
    assert due is not None
    assert due.at == instant(row["due"])
    assert due.provisional == row["why"].startswith("provisional")

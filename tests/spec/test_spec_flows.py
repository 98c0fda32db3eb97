"""The page flows.md, line by line."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.spec.tables import rows
from tongchou.flow import limits
from tongchou.flow.definitions import parse
from tongchou.standards.working_time import CHINA, WorkingClock, published_calendars

TABLE = rows("flows.md", "begun")
CLOCK = WorkingClock(published_calendars())
FLOW = parse(
    {
        "code": "x", "title": "x", "start": "open", "limit": {"working_days": 20}, "escalate": {"tell": "bureau"},
        "states": {
            "open": {"title": "x", "limit": {"working_days": 5}, "remind": {"before": {"working_days": 2}}},
            "back": {"title": "x", "stands": True, "limit": {"natural_days": 30}},
        },
        "actions": {},
    }
)  # fmt: skip


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=CHINA)


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['begun']} {row['asked back']}" for row in TABLE])
def test_limits(row: dict[str, str]) -> None:
    now = instant(row["begun"])
    clocks = limits.entered({}, FLOW, left="", state="open", now=now, clock=CLOCK)
    if row["asked back"]:
        asked, now = instant(row["asked back"]), instant(row["came back"])
        clocks = limits.entered(clocks, FLOW, left="open", state="back", now=asked, clock=CLOCK)
        assert limits.due_of(clocks, "open") is None and limits.due_of(clocks, "") is None
        assert limits.due_of(clocks, "back") is not None
        clocks = limits.entered(clocks, FLOW, left="back", state="open", now=now, clock=CLOCK)
    assert set(clocks) == {"", "open"}
    assert limits.due_of(clocks, "open") == instant(row["state due"])
    assert limits.due_of(clocks, "") == instant(row["whole due"])
    reminded = [one.at for one in limits.alarms(clocks, FLOW, now, CLOCK) if one.kind == "remind"]
    assert reminded == ([instant(row["reminded"])] if row["reminded"] else [])

"""Instants: a day with its time, in China's time."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from .cleaning import fold_width, today_in_china
from .clocks import TIME, offset_minutes
from .dates import examine

_digits = re.compile(r"[0-9]+").fullmatch


def examine_instant(text: str, *, today: date | None = None) -> tuple[str | None, str | None]:
    """A day with its time as YYYY-MM-DDThh:mm:ss in China's time, or None with the rule it fails; never
    raises.

    A day without a time, and a Unix time in milliseconds (13 digits), are read as well.
    """
    value = fold_width(text).upper().strip("'\"“”‘’ ")
    now = today or today_in_china()
    if len(value) == 13 and _digits(value) and value[0] in "012":
        return (datetime(1970, 1, 1) + timedelta(milliseconds=int(value), hours=8)).isoformat()[:19], None  # noqa: DTZ001
    if len(value) in (12, 14) and _digits(value):
        value = f"{value[:8]} {value[8:10]}:{value[10:12]}:{value[12:] or '00'}"
    reading, problem = examine(value, today=now)
    if reading is None:
        return None, problem
    if reading.precision != "day":
        return None, "time.unreadable"
    clock = TIME.search(value)
    if not clock:
        return f"{reading.value}T00:00:00", reading.problem
    hour, minute, second = int(clock.group(1)), int(clock.group(2) or 0), int(clock.group(3) or 0)
    if re.search(r"下午|晚上|PM", clock.group()) and hour < 12:
        hour += 12
    elif re.search(r"上午|凌晨|AM", clock.group()) and hour == 12:
        hour = 0
    if hour > 23 or minute > 59 or second > 59:
        return None, "time.unreadable"
    minutes = hour * 60 + minute
    if clock.group(4):
        minutes = (minutes - offset_minutes(clock.group(4)) + 480) % 1440
    return f"{reading.value}T{minutes // 60:02}:{minutes % 60:02}:{second:02}", reading.problem

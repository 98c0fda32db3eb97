"""The time of day beside a date, as offices write it, and the zone it is in."""

from __future__ import annotations

import re

TIME = re.compile(
    r"(?:T|\s+|(?<=[日号])\s*)(?:[上下]午|凌晨|早上|中午|晚上|AM|PM)?\s*"
    r"([0-9]{1,2})[:时点]([0-9]{1,2})?(?:[:分]?([0-9]{1,2})?)秒?(?:[.,][0-9]+)?\s*(?:AM|PM)?\s*"
    r"(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?(?:\[[A-Z/_]+\])?$"
)
"""A time at the end of a text: hour, minute, second, zone."""


def offset_minutes(offset: str) -> int:
    """Minutes that a zone (Z, UTC, GMT, +08:00, -0330) is ahead of UTC."""
    if offset in ("Z", "UTC", "GMT"):
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if offset[0] == "-" else 1)

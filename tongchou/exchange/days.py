"""The two times by which two days are compared, and what two days must be."""

from __future__ import annotations

from datetime import date

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

VALID, KNOWN = "valid", "known"
#: The two times: {axis: what it is called}.
AXES: dict[str, Text] = {
    VALID: Text("当天的情况", "as it was true on the days"),
    KNOWN: Text("当天已知的", "as it was known on the days"),
}


def check_days(earlier: date, later: date, axis: str) -> None:
    """Raises HouseError "exchange.history_days" unless these are two days in order, on one of the two times."""
    if earlier < later and axis in AXES:
        return
    raise HouseError(
        "exchange.history_days",
        Text("请给出先后两个不同的日期。", "Two different days are needed, the earlier one first."),
        Text("请改正日期。", "Correct the days."),
    )

"""Decisions on erasing on plain values: who may decide, what a reason may say, when a record's time is over. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

_NUMBER_OF_SOMEBODY = re.compile(r"\d{17}[\dXx]|\d{15}|1[3-9]\d{9}")
_LEAST, _MOST = 4, 500


def check_reason(text: str) -> str:
    """A reason without blanks around it. It is kept when the person is gone, so it may hold nobody's number.

    Raises HouseError "pool.erasure_reason".
    """
    said = " ".join(text.split())
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", said))
    if _LEAST <= len(said) <= _MOST and not _NUMBER_OF_SOMEBODY.search(plain):
        return said
    raise HouseError(
        "pool.erasure_reason",
        Text(
            f"理由须为 {_LEAST} 至 {_MOST} 字，且不得含证件号或电话：删除之后理由仍会保留。",
            f"A reason has {_LEAST} to {_MOST} characters and no identity or phone number: it stays after the erasure.",
        ),
        Text("请写明依据的文号或申请编号。", "Name the decision or the application it rests on."),
    )


def check_decider(decider: str, asker: str, number: str) -> None:
    """Nobody decides what they asked for. Raises HouseError "pool.erasure_same_person"."""
    if decider == asker:
        raise HouseError(
            "pool.erasure_same_person",
            Text("不能复核自己提出的删除。", "Nobody decides on an erasure they asked for."),
            Text("请由另一位有权人员复核。", "Have another person who may decide look at it."),
            number,
        )


def can_decide(decider: str, asker: str) -> bool:
    """Whether `check_decider` would pass."""
    return decider != asker


def check_state(state: str, allowed: Collection[str], number: str) -> None:
    """Raises HouseError "pool.erasure_state" when the erasure is not in one of these states."""
    if state not in allowed:
        raise HouseError(
            "pool.erasure_state",
            Text("这项删除现在不能这样办理。", "The erasure is not in a state for that."),
            Text("请刷新页面查看它的进展。", "Reload the page to see how far it is."),
            number,
        )


def over_before(today: date, months: int) -> date:
    """The day before which whatever began counting is over its time: `months` calendar months before today.

    The last day of a shorter month stands for days it does not have.
    """
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    month += 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    return date(year, month, min(today.day, last))

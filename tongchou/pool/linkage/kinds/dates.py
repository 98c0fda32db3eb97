"""Dates of birth as offices keep them: months only, day and month swapped, a digit mistyped, lunar.

A date is `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; anything else is read as `standards.dates` reads it, or is
absent. Who knows only the year writes 1 January: beside another day of the year that is no contradiction, and two
people of whom nothing but the year is known do not agree in a day. 1 January of 1900 or before is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tongchou.standards.dates import examine
from tongchou.standards.lunar import to_gregorian
from tongchou.standards.text import Text

from .base import (
    UNKNOWN,
    Bytes,
    Folded,
    Ints,
    Level,
    Mask,
    absent,
    choose,
    level_numbers,
    same_known,
    texts_of,
)

EMPTY_YEAR = 1901  # 1900-01-01 and 1901-01-01 are what machines write for nothing
_STANDARD = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def read_date(value: str) -> tuple[int, int, int]:
    """Year, month and day; 0 for a part that is not said, all 0 where it is no date."""
    found = _STANDARD.match(value)
    if not found:
        reading, _ = examine(value)
        found = _STANDARD.match(reading.value) if reading else None
    if not found:
        return 0, 0, 0
    year, month, day = (int(part or 0) for part in found.groups())
    if (month, day) == (1, 1) and year <= EMPTY_YEAR:
        return 0, 0, 0
    return (year, month, day) if 1850 <= year <= 2100 else (0, 0, 0)


@lru_cache(maxsize=1 << 17)
def solar(year: int, month: int, day: int) -> int:
    """The solar date, as YYYYMMDD, of a lunar date; UNKNOWN where there is none."""
    found = to_gregorian(year, month, day) if day and month <= 12 else None
    return found.year * 10000 + found.month * 100 + found.day if found else UNKNOWN


class BirthDate:
    """Comparison of dates."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "day"),
        Level("swapped", Text("{label}月日颠倒", "{label} has day and month swapped")),
        Level("one_digit", Text("{label}差一位数字", "{label} differs in one digit")),
        Level("decade", Text("{label}月日相同、相差整十年", "{label} decades apart to the day")),
        Level("lunar", Text("{label}一为农历一为公历", "{label} is lunar on one side")),
        Level("same_month", Text("{label}同年同月", "{label} in the same month"), "month"),
        Level(
            "other_day",
            Text("{label}同年同月不同日", "{label} on another day of the same month"),
            like="same_month",
        ),
        Level(
            "january_first",
            Text("{label}同年，其一写作1月1日", "{label} in the same year, one says 1 January"),
            like="same_year",
        ),
        Level("same_day", Text("{label}月日相同年份不同", "{label} on the same day of another year")),
        Level("same_year", Text("{label}同年", "{label} in the same year")),
        Level("near", Text("{label}相差不到两年", "{label} less than two years apart")),
        Level("different", Text("{label}不同", "other {label}")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Read dates; groups: day, month, year as plain numbers; arrays: parts, digits, solar."""
        parts = np.array([read_date(value) for value in values], np.int64).reshape(len(values), 3)
        year, month, day = parts[:, 0], parts[:, 1], parts[:, 2]
        whole = year * 10000 + month * 100 + day
        groups = {
            "day": np.where(day > 0, whole, UNKNOWN),
            "month": np.where(month > 0, year * 100 + month, UNKNOWN),
            "year": np.where(year > 0, year, UNKNOWN),
            "month_day": np.where(day > 0, month * 100 + day, UNKNOWN),
        }
        lunar = np.array([solar(int(y), int(m), int(d)) for y, m, d in parts], np.int64)
        digits = (whole[:, None] // 10 ** np.arange(8)[None, :] % 10).astype(np.uint8)
        arrays: dict[str, np.ndarray] = {"parts": parts, "digits": digits, "lunar": lunar}
        text = [str(number) if number else "" for number in whole]
        return Folded(texts_of(text), year > 0, groups, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of dates."""
        answer = np.ones(len(left), np.uint8)  # the same
        look = np.flatnonzero(~same_known(folded.groups["day"], left, right))
        answer[look] = self._differing(folded, left[look], right[look])
        return answer

    def _differing(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs that are not the same day."""
        at = level_numbers(self.levels)
        one, two = folded.arrays["parts"][left], folded.arrays["parts"][right]
        whole: Mask = (one[:, 2] > 0) & (two[:, 2] > 0)
        monthly: Mask = (one[:, 1] > 0) & (two[:, 1] > 0)
        same_year = one[:, 0] == two[:, 0]
        same_month = monthly & (one[:, 1] == two[:, 1])
        same_day = whole & (one[:, 2] == two[:, 2])
        swapped = whole & (one[:, 1] == two[:, 2]) & (one[:, 2] == two[:, 1])
        first = whole & (one[:, 1] == 1) & (one[:, 2] == 1)
        other_first = whole & (two[:, 1] == 1) & (two[:, 2] == 1)
        neither: Mask = ~(first & other_first)
        # The first of a month stands for a day not known.
        other_day: Mask = whole & ~same_day & (one[:, 2] != 1) & (two[:, 2] != 1)
        off = np.sum(folded.arrays["digits"][left] != folded.arrays["digits"][right], axis=1)
        lunar = folded.arrays["lunar"]
        day = folded.groups["day"]
        gap = np.abs((one[:, 0] - two[:, 0]) * 12 + np.where(monthly, one[:, 1] - two[:, 1], 0))
        rules: list[tuple[Mask, int]] = [
            (same_year & swapped, at["swapped"]),
            (whole & neither & (off == 1) & (one[:, 0] // 10 != two[:, 0] // 10), at["decade"]),
            (whole & neither & (off == 1), at["one_digit"]),
            (whole & ((lunar[left] == day[right]) | (lunar[right] == day[left])), at["lunar"]),
            (same_year & same_month & ~other_day, at["same_month"]),
            (same_year & same_month, at["other_day"]),
            (same_year & (first | other_first), at["january_first"]),
            (same_month & same_day & neither, at["same_day"]),
            (same_year, at["same_year"]),
            (gap < 24, at["near"]),
        ]
        return choose(rules, at["different"], len(left))

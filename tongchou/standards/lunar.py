"""The Chinese lunar calendar (农历) for 1900–2099, as far as old papers need it: lunar day → Gregorian day.

The months' lengths are facts of the calendar (ruled since 2017 by GB/T 33661); they stand here as a table because
computing them needs an ephemeris. A test computes them (`tests/rules/test_standards_lunar.py`): of 2,474 months two years
differ, by what lay seconds or minutes from midnight under the theories of their time, and are kept as they were printed.
"""

from __future__ import annotations

from datetime import date, timedelta

FIRST_YEAR = 1900
_NEW_YEAR_1900 = date(1900, 1, 31)

# One number a year: bits 15–4 say whether months 1–12 have 30 days, bit 16 whether the leap month has,
# bits 3–0 which month is followed by a leap month (0: none).
_TABLE = """
04bd8 04ae0 0a570 054d5 0d260 0d950 16554 056a0 09ad0 055d2
04ae0 0a5b6 0a4d0 0d250 1d255 0b540 0d6a0 0ada2 095b0 14977
04970 0a4b0 0b4b5 06a50 06d40 1ab54 02b60 09570 052f2 04970
06566 0d4a0 0ea50 16a95 05ad0 02b60 186e3 092e0 1c8d7 0c950
0d4a0 1d8a6 0b550 056a0 1a5b4 025d0 092d0 0d2b2 0a950 0b557
06ca0 0b550 15355 04da0 0a5b0 14573 052b0 0a9a8 0e950 06aa0
0aea6 0ab50 04b60 0aae4 0a570 05260 0f263 0d950 05b57 056a0
096d0 04dd5 04ad0 0a4d0 0d4d4 0d250 0d558 0b540 0b6a0 195a6
095b0 049b0 0a974 0a4b0 0b27a 06a50 06d40 0af46 0ab60 09570
04af5 04970 064b0 074a3 0ea50 06b58 05ac0 0ab60 096d5 092e0
0c960 0d954 0d4a0 0da50 07552 056a0 0abb7 025d0 092d0 0cab5
0a950 0b4a0 0baa4 0ad50 055d9 04ba0 0a5b0 15176 052b0 0a930
07954 06aa0 0ad50 05b52 04b60 0a6e6 0a4e0 0d260 0ea65 0d530
05aa0 076a3 096d0 04afb 04ad0 0a4d0 1d0b6 0d250 0d520 0dd45
0b5a0 056d0 055b2 049b0 0a577 0a4b0 0aa50 1b255 06d20 0ada0
14b63 09370 049f8 04970 064b0 168a6 0ea50 06aa0 1a6c4 0aae0
092e0 0d2e3 0c960 0d557 0d4a0 0da50 05d55 056a0 0a6d0 055d4
052d0 0a9b8 0a950 0b4a0 0b6a6 0ad50 055a0 0aba4 0a5b0 052b0
0b273 06930 07337 06aa0 0ad50 14b55 04b60 0a570 054e4 0d160
0e968 0d520 0daa0 16aa6 056d0 04ae0 0a9d4 0a2d0 0d150 0f252
"""
_YEARS = tuple(int(year, 16) for year in _TABLE.split())
LAST_YEAR = FIRST_YEAR + len(_YEARS) - 1


def leap_month(year: int) -> int:
    """The month that `year` has twice, or 0. Raises KeyError outside 1900–2099."""
    return _row(year) & 0xF


def month_days(year: int, month: int, leap: bool = False) -> int:
    """Days of a lunar month, 29 or 30; 0 when there is no such month. Raises KeyError outside 1900–2099."""
    row = _row(year)
    if leap:
        return 0 if month != row & 0xF or month == 0 else 29 + (row >> 16 & 1)
    return 29 + (row >> (16 - month) & 1) if 1 <= month <= 12 else 0


def year_days(year: int) -> int:
    """Days of a lunar year, 353–385. Raises KeyError outside 1900–2099."""
    return sum(month_days(year, month) for month in range(1, 13)) + month_days(
        year, leap_month(year), leap=True
    )


def to_gregorian(year: int, month: int, day: int, leap: bool = False) -> date | None:
    """The Gregorian day of a lunar one; None when the lunar calendar has no such day or the year is not
    covered."""
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= day <= month_days(year, month, leap):
        return None
    days = _STARTS[year - FIRST_YEAR] + day - 1
    twice = leap_month(year)
    for earlier in range(1, month):
        days += month_days(year, earlier)
        if earlier == twice:
            days += month_days(year, earlier, leap=True)
    if leap:
        days += month_days(year, month)
    return _NEW_YEAR_1900 + timedelta(days=days)


def from_gregorian(day: date) -> tuple[int, int, int, bool] | None:
    """Lunar year, month, day and whether the month is a leap month; None outside the covered years."""
    left = (day - _NEW_YEAR_1900).days
    if left < 0:
        return None
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        length = year_days(year)
        if left >= length:
            left -= length
            continue
        twice = leap_month(year)
        for month in range(1, 13):
            for leap in (False, True) if month == twice else (False,):
                length = month_days(year, month, leap)
                if left < length:
                    return year, month, left + 1, leap
                left -= length
    return None


def _row(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise KeyError(year)
    return _YEARS[year - FIRST_YEAR]


def _starts() -> tuple[int, ...]:
    starts, total = [], 0
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        starts.append(total)
        total += year_days(year)
    return tuple(starts)


_STARTS = _starts()

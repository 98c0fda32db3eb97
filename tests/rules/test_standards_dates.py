"""Dates: what holds for all of them, beside the examples in tests/spec/standards_dates.csv."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.standards import dates, instants, lunar
from tongchou.standards.problems import RULES, InvalidValue

TODAY = date(2026, 6, 1)
days = st.dates(date(1900, 1, 31), date(2099, 12, 31))
_DIGITS = "〇一二三四五六七八九"


def chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("" if tens == 1 else _DIGITS[tens]) + "十") + (
        "" if ones == 0 else _DIGITS[ones]
    )


@settings(deadline=None)
@given(days)
def test_every_unambiguous_form_comes_to_the_same_day(day: date) -> None:
    year = "".join(_DIGITS[int(each)] for each in str(day.year))
    forms = (
        day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日", f"{year}年{chinese(day.month)}月{chinese(day.day)}日",
        f"{day:%d-%b-%Y}".upper(), f"{day.isoformat()}T12:00:00+08:00", f"{day.isoformat()} 00:00:00",
        "".join(chr(ord(each) + 0xFEE0) for each in f"{day:%Y%m%d}"),
    )  # fmt: skip
    for form in forms:
        reading, problem = dates.examine(form, today=TODAY)
        assert reading is not None and (reading.value, problem) == (day.isoformat(), None), form


@settings(deadline=None)
@given(st.dates(date(1927, 1, 1), TODAY))
def test_two_digit_years_are_the_latest_not_in_the_future(day: date) -> None:
    reading, _ = dates.examine(f"{day:%y}年{day.month}月{day.day}日", today=TODAY)
    assert reading is not None and reading.value == day.isoformat()


@settings(deadline=None)
@given(days)
def test_day_first_wins_over_month_first(day: date) -> None:
    reading, problem = dates.examine(f"{day.day}/{day.month}/{day.year}", today=TODAY)
    assert reading is not None and reading.value == day.isoformat()
    assert (problem == "date.ambiguous") == (day.day <= 12 and day.day != day.month)


@settings(deadline=None)
@given(days)
def test_lunar_days_and_gregorian_days_match_one_to_one(day: date) -> None:
    found = lunar.from_gregorian(day)
    assert found is not None
    year, month, number, leap = found
    assert lunar.to_gregorian(year, month, number, leap) == day


def test_lunar_new_years_known_from_the_almanac() -> None:
    known = {1900: (1, 31), 1949: (1, 29), 1976: (1, 31), 1985: (2, 20), 2000: (2, 5), 2008: (2, 7),
             2020: (1, 25),
             2023: (1, 22), 2024: (2, 10), 2026: (2, 17), 2033: (1, 31)}  # fmt: skip
    for year, (month, day) in known.items():
        assert lunar.to_gregorian(year, 1, 1) == date(year, month, day)
    assert [lunar.leap_month(year) for year in (1984, 1987, 2017, 2020, 2023, 2025, 2033)] == [
        10,
        6,
        6,
        4,
        2,
        6,
        11,
    ]


@settings(deadline=None)
@given(days, st.integers(0, 86399))
def test_serials_of_both_counts(day: date, second: int) -> None:
    if day >= date(1900, 3, 1):
        assert dates.from_serial((day - date(1899, 12, 30)).days + second / 86400) == day.isoformat()
    if day >= date(1904, 1, 1):
        assert dates.from_serial((day - date(1904, 1, 1)).days, since_1904=True) == day.isoformat()


def test_the_day_that_never_was_is_refused() -> None:
    assert dates.from_serial(59) == "1900-02-28" and dates.from_serial(61) == "1900-03-01"
    for number in (-1, 0, 60, 2958466, float("nan"), float("inf")):
        with pytest.raises(InvalidValue):
            dates.from_serial(number)


@settings(deadline=None)
@given(st.text(max_size=24) | st.from_regex(r"[0-9年月日/\-. :TZ农历闰初十一二]{0,20}", fullmatch=True))
def test_never_raises_and_is_idempotent(text: str) -> None:
    reading, problem = dates.examine(text, today=TODAY)
    assert problem is None or problem in RULES
    if reading is not None:
        again, problem = dates.examine(reading.value, today=TODAY)
        assert again is not None and again.value == reading.value
        assert problem is None
    instant, problem = instants.examine_instant(text, today=TODAY)
    if instant is not None:
        assert instants.examine_instant(instant, today=TODAY) == (instant, None)


@settings(deadline=None)
@given(days)
def test_birth_dates_must_have_been(day: date) -> None:
    problem = dates.birth_problem(day.isoformat(), today=TODAY)
    assert problem == ("date.in_future" if day > TODAY else None)
    assert dates.birth_problem((TODAY + timedelta(days=1)).isoformat(), today=TODAY) == "date.in_future"
    assert dates.birth_problem("2026", today=TODAY) is None


def test_an_error_never_tells_the_date() -> None:
    with pytest.raises(InvalidValue) as caught:
        dates.read("2015-02-30")
    assert caught.value.rule == "date.impossible" and "2015-02-30" not in str(caught.value)

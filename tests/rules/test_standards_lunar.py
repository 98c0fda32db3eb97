"""The table of lunar months, held against new moons and the sun computed for every month of two hundred years."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.rules import astronomy
from tongchou.standards import lunar

#: Where the printed calendar was otherwise: the first day it gave, and how far from midnight (in seconds) that was
#: decided. 1906 was reckoned by the old theory of the dynasty; in 1917 a principal term lay at midnight itself, nearer
#: than the sun is computed here, and the second month and not the third was doubled.
OTHERWISE = {
    (1906, 4, False): (date(1906, 4, 24), 600),
    (1917, 3, False): (date(1917, 4, 21), 300),
    (1917, 3, True): (None, 300),
}


def test_every_month_begins_when_the_moon_is_new() -> None:
    computed = list(astronomy.months(lunar.FIRST_YEAR, lunar.LAST_YEAR))
    assert len(computed) == 2474
    differing = {
        (month.year, month.number, month.leap): month
        for month in computed
        if lunar.to_gregorian(month.year, month.number, 1, month.leap) != month.first
    }
    assert differing.keys() == OTHERWISE.keys(), differing
    for which, (printed, seconds) in OTHERWISE.items():
        year, number, leap = which
        assert lunar.to_gregorian(year, number, 1, leap) == printed
        assert differing[which].near < seconds
    tabled = {
        (year, month, leap)
        for year in range(lunar.FIRST_YEAR, lunar.LAST_YEAR + 1)
        for month in range(1, 13)
        for leap in (False, True)
        if lunar.month_days(year, month, leap)
    }
    assert tabled ^ {(month.year, month.number, month.leap) for month in computed} == {
        (1917, 2, True),
        (1917, 3, True),
    }


@pytest.mark.parametrize(
    ("computed", "published"),
    [
        (astronomy.in_china(astronomy.new_moon(0)), datetime(2000, 1, 7, 2, 14)),  # noqa: DTZ001
        (astronomy.in_china(astronomy.new_moon(299)), datetime(2024, 3, 10, 17, 0)),  # noqa: DTZ001
        (astronomy.term(0), datetime(2000, 3, 20, 15, 35)),  # noqa: DTZ001
        (astronomy.term(9), datetime(2000, 12, 21, 21, 37)),  # noqa: DTZ001
    ],
)
def test_the_astronomy_is_good_to_minutes(computed: datetime, published: datetime) -> None:
    assert abs((computed - published).total_seconds()) < 300


@pytest.mark.parametrize(
    ("lunar_day", "day"),
    [
        ((1954, 11, 1), date(1954, 11, 25)),
        ((1978, 8, 15), date(1978, 9, 17)),
        ((1933, 6, 1), date(1933, 7, 23)),
        ((2033, 11, 1), date(2033, 11, 22)),
        ((2024, 1, 1), date(2024, 2, 10)),
    ],
)
def test_days_that_tables_are_often_wrong_about(lunar_day: tuple[int, int, int], day: date) -> None:
    assert lunar.to_gregorian(*lunar_day) == day
    assert lunar.from_gregorian(day) == (*lunar_day, False)

"""New moons and the sun's longitude, and the Chinese calendar made of them: what the table of lunar months is held to.

Jean Meeus, Astronomical Algorithms, second edition: chapter 49 (new moons, good to some seconds) and 25 (the sun, with
the largest perturbations of the first edition's chapter 18; good to some minutes of time). Difference between
dynamical and universal time: polynomials of Espenak and Meeus (2006). The rules of the calendar are those of
GB/T 33661-2017: a month begins on the day of the new moon at 120° E; the month that holds the winter solstice is the
eleventh; where thirteen months lie between two of these, the first without a principal term is a leap month.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from math import cos, floor, radians, sin
from typing import NamedTuple

_J2000 = 2451545.0
_EPOCH = datetime(2000, 1, 1, 12)  # noqa: DTZ001 – of dynamical time
_BEFORE_1929 = timedelta(hours=7, minutes=45, seconds=40)
"""Peking's own mean time, by which the calendar went until 1928."""
_CHINA = timedelta(hours=8)

#: Days of correction to a new moon, by multiples of M, M' and F; the fourth number is the power of E.
_TERMS = [
    (-0.40720, 0, 1, 0, 0), (0.17241, 1, 0, 0, 1), (0.01608, 0, 2, 0, 0), (0.01039, 0, 0, 2, 0),
    (0.00739, -1, 1, 0, 1), (-0.00514, 1, 1, 0, 1), (0.00208, 2, 0, 0, 2), (-0.00111, 0, 1, -2, 0),
    (-0.00057, 0, 1, 2, 0), (0.00056, 1, 2, 0, 1), (-0.00042, 0, 3, 0, 0), (0.00042, 1, 0, 2, 1),
    (0.00038, 1, 0, -2, 1), (-0.00024, -1, 2, 0, 1), (-0.00007, 2, 1, 0, 0), (0.00004, 0, 2, -2, 0),
    (0.00004, 3, 0, 0, 0), (0.00003, 1, 1, -2, 0), (0.00003, 0, 2, 2, 0), (-0.00003, 1, 1, 2, 0),
    (0.00003, -1, 1, 2, 0), (-0.00002, -1, 1, -2, 0), (-0.00002, 1, 3, 0, 0), (0.00002, 0, 4, 0, 0),
]  # fmt: skip
#: Planetary arguments: degrees at k = 0, degrees a new moon, millionths of a day.
_PLANETS = [
    (299.77, 0.107408, 325), (251.88, 0.016321, 165), (251.83, 26.651886, 164), (349.42, 36.412478, 126),
    (84.66, 18.206239, 110), (141.74, 53.303771, 62), (207.14, 2.453732, 60), (154.84, 7.306860, 56),
    (34.52, 27.261239, 47), (207.19, 0.121824, 42), (291.34, 1.844379, 40), (161.72, 24.198154, 37),
    (239.56, 25.513099, 35), (331.55, 3.592518, 23),
]  # fmt: skip


def _sin(degrees: float) -> float:
    return sin(radians(degrees))


def _cos(degrees: float) -> float:
    return cos(radians(degrees))


def new_moon(k: int) -> float:
    """Julian ephemeris day of new moon `k`; 0 is that of 6 January 2000."""
    t = k / 1236.85
    jde = 2451550.09766 + 29.530588861 * k + t**2 * (0.00015437 - 0.000000150 * t + 0.00000000073 * t**2)
    e = 1 - 0.002516 * t - 0.0000074 * t**2
    m = 2.5534 + 29.10535670 * k - 0.0000014 * t**2 - 0.00000011 * t**3
    moon = 201.5643 + 385.81693528 * k + 0.0107582 * t**2 + 0.00001238 * t**3 - 0.000000058 * t**4
    f = 160.7108 + 390.67050284 * k - 0.0016118 * t**2 - 0.00000227 * t**3 + 0.000000011 * t**4
    node = 124.7746 - 1.56375588 * k + 0.0020672 * t**2 + 0.00000215 * t**3
    jde += sum(days * e**power * _sin(a * m + b * moon + c * f) for days, a, b, c, power in _TERMS)
    jde -= 0.00017 * _sin(node)
    first = -0.009173 * t**2
    return jde + sum(
        1e-6 * size * _sin(start + rate * k + (first if place == 0 else 0))
        for place, (start, rate, size) in enumerate(_PLANETS)
    )


def sun(jde: float) -> float:
    """Apparent longitude of the sun in degrees."""
    t = (jde - _J2000) / 36525
    since_1900 = t + 1
    m = 357.52911 + 35999.05029 * t - 0.0001537 * t**2
    longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    longitude += (1.914602 - 0.004817 * t - 0.000014 * t**2) * _sin(m)
    longitude += (0.019993 - 0.000101 * t) * _sin(2 * m) + 0.000289 * _sin(3 * m)
    longitude += 0.00134 * _cos(153.23 + 22518.7541 * since_1900) + 0.00154 * _cos(
        216.57 + 45037.5082 * since_1900
    )
    longitude += 0.00200 * _cos(312.69 + 32964.3577 * since_1900)
    longitude += 0.00179 * _sin(350.74 + 445267.1142 * since_1900 - 0.00144 * since_1900**2)
    longitude += 0.00178 * _sin(231.19 + 20.20 * since_1900)
    return (longitude - 0.00569 - 0.00478 * _sin(125.04 - 1934.136 * t)) % 360


def delta_t(year: float) -> float:
    """Seconds by which dynamical time is ahead of universal time."""
    y = year
    if y < 1920:
        t = y - 1900
        return -2.79 + 1.494119 * t - 0.0598939 * t**2 + 0.0061966 * t**3 - 0.000197 * t**4
    if y < 1941:
        t = y - 1920
        return 21.20 + 0.84493 * t - 0.076100 * t**2 + 0.0020936 * t**3
    if y < 1961:
        t = y - 1950
        return 29.07 + 0.407 * t - t**2 / 233 + t**3 / 2547
    if y < 1986:
        t = y - 1975
        return 45.45 + 1.067 * t - t**2 / 260 - t**3 / 718
    t = y - 2000
    if y < 2005:
        return (
            63.86
            + 0.3345 * t
            - 0.060374 * t**2
            + 0.0017275 * t**3
            + 0.000651814 * t**4
            + 0.00002373599 * t**5
        )
    if y < 2050:
        return 62.92 + 0.32217 * t + 0.005589 * t**2
    return -20 + 32 * ((y - 1820) / 100) ** 2 - 0.5628 * (2150 - y)


def in_china(jde: float) -> datetime:
    """The civil instant in China of a Julian ephemeris day."""
    dynamical = _EPOCH + timedelta(days=jde - _J2000)
    universal = dynamical - timedelta(seconds=delta_t(dynamical.year + (dynamical.month - 0.5) / 12))
    return universal + (_CHINA if universal.year >= 1929 else _BEFORE_1929)


@cache
def term(number: int) -> datetime:
    """When the sun has gone 30° · `number` since the spring equinox of 2000, in China: a principal term (中气)."""
    jde = 2451623.8 + 365.2422 / 12 * number
    for _ in range(30):
        off = (sun(jde) - 30 * number + 180) % 360 - 180
        jde -= off * 365.2422 / 360
        if abs(off) < 1e-7:
            break
    return in_china(jde)


class Month(NamedTuple):
    """One lunar month. year and number as the calendar counts them. near: how far, in seconds, what decided of its
    beginning or number lay from midnight: where that is little, a finer theory might decide otherwise."""

    year: int
    number: int
    leap: bool
    first: date
    near: float


def _seconds_off_midnight(at: datetime) -> float:
    seconds = at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
    return min(seconds, 86400 - seconds)


def months(first_year: int, last_year: int) -> Iterator[Month]:
    """The months of lunar years, computed."""
    for year in range(first_year, last_year + 2):
        for month in _between_solstices(year):
            if first_year <= month.year <= last_year:
                yield month


def _between_solstices(year: int) -> Iterator[Month]:
    """From the month of the winter solstice before `year` up to, and without, that of the solstice in it."""
    solstices = [term(12 * (each - 2000) + 9) for each in (year - 1, year)]
    assert [each.year for each in solstices] == [year - 1, year]
    start = floor((year - 2000) * 12.3685) - 3
    moons = [in_china(new_moon(k)) for k in range(start, start + 20)]
    places = [max(i for i, moon in enumerate(moons) if moon.date() <= each.date()) for each in solstices]
    found = moons[places[0] : places[1] + 1]
    terms = [term(12 * (year - 1 - 2000) + 9 + each) for each in range(14)]
    leaps = len(found) - 1 == 13
    number, counted = 10, year - 1
    for place, (moon, following) in enumerate(itertools.pairwise(found)):
        inside = [each for each in terms if moon.date() <= each.date() < following.date()]
        leap = leaps and place > 0 and not inside
        if leap:
            leaps = False
        else:
            number = number % 12 + 1
            counted = year if number < 11 else year - 1
        near = [_seconds_off_midnight(moon)]
        edges = (
            moon.date(),
            following.date(),
            following.date() - timedelta(days=1),
            moon.date() - timedelta(days=1),
        )
        near += [_seconds_off_midnight(each) for each in terms if each.date() in edges]
        yield Month(counted, number, leap, moon.date(), min(near))

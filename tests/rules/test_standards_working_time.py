"""The working-time clock: inverse, monotone, unchanged by how the years are cut; calendars and their versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tongchou.standards.working_time import (
    CHINA, Calendar, Limit, Pause, WorkingClock, published_calendars,
)  # fmt: skip

PUBLISHED = published_calendars()
SUMMER = Calendar(
    "440604", 2025, version=3,
    holidays=frozenset({date(2025, 1, 1), date(2025, 6, 2)}), working_days=frozenset({date(2025, 1, 4)}),
    spans=((time(8, 30), time(12)), (time(14), time(17, 30))),
    summer=((5, 1), (9, 30)), summer_spans=((time(8), time(12)), (time(15), time(18))),
)  # fmt: skip
CLOCKS = [WorkingClock(PUBLISHED), WorkingClock((*PUBLISHED, SUMMER), "440604"), WorkingClock()]

instants = st.datetimes(datetime(2023, 6, 1), datetime(2028, 6, 1)).map(
    lambda d: d.replace(tzinfo=CHINA, microsecond=0)
)
clocks = st.sampled_from(CLOCKS)
limits = st.one_of(
    st.builds(Limit, st.integers(0, 400), st.sampled_from(["working_days", "natural_days"]), st.sampled_from([None, True, False])),
    st.builds(
        Limit, st.integers(0, 4000).map(lambda n: n / 4), st.sampled_from(["working_hours", "urgent_hours"]),
        st.sampled_from([None, True, False]),
    ),
)  # fmt: skip


def counted(clock: WorkingClock, start: datetime, end: datetime) -> float:
    """Working seconds by looking at each day: slow and plain."""
    total = 0.0
    day = start.date()
    while day <= end.date():
        for a, b in clock.calendar(day.year).spans_of(day):
            begin = max(start, datetime.combine(day, a, CHINA))
            total += max(0.0, (min(end, datetime.combine(day, b, CHINA)) - begin).total_seconds())
        day += timedelta(1)
    return total


@given(clocks, instants, st.timedeltas(timedelta(0), timedelta(400)))
def test_elapsed_is_what_counting_gives(clock: WorkingClock, start: datetime, span: timedelta) -> None:
    end = start + timedelta(seconds=int(span.total_seconds()))
    assert clock.elapsed(start, end) == counted(clock, start, end)
    assert clock.elapsed(end, start) == -clock.elapsed(start, end)


@given(clocks, instants, st.integers(0, 20_000_000))
def test_add_and_elapsed_are_inverse(clock: WorkingClock, start: datetime, seconds: int) -> None:
    end = clock.add_seconds(start, seconds)
    assert end >= start
    assert clock.elapsed(start, end) == seconds
    if seconds:  # the earliest such instant
        assert clock.elapsed(start, end - timedelta(seconds=1)) == seconds - 1


@given(clocks, instants, st.integers(0, 5_000_000), st.integers(0, 5_000_000))
def test_adding_twice_is_adding_the_sum(clock: WorkingClock, start: datetime, one: int, two: int) -> None:
    assume(two)
    assert clock.add_seconds(clock.add_seconds(start, one), two) == clock.add_seconds(start, one + two)


@given(clocks, instants, st.timedeltas(timedelta(0), timedelta(30)), limits)
def test_later_receipt_is_never_due_earlier(
    clock: WorkingClock, start: datetime, later: timedelta, limit: Limit
) -> None:
    assert clock.add(start, limit).at <= clock.add(start + later, limit).at


@given(clocks, instants, limits, st.integers(1, 30))
def test_longer_limits_are_never_due_earlier(
    clock: WorkingClock, start: datetime, limit: Limit, more: int
) -> None:
    assert clock.add(start, limit).at <= clock.add(start, replace(limit, amount=limit.amount + more)).at


@given(clocks, st.dates(date(2023, 1, 1), date(2028, 1, 1)), st.integers(1, 600))
def test_working_days_are_counted_back(clock: WorkingClock, day: date, count: int) -> None:
    last = clock.add_working_days(day, count)
    assert clock.is_working_day(last)
    assert clock.working_days_between(day, last) == count
    assert clock.working_days_between(last, day) == -count
    assert clock.working_days_between(day, last - timedelta(1)) == count - 1


@given(
    clocks, instants, limits, st.lists(st.tuples(st.integers(-200, 2000), st.integers(0, 900)), max_size=4)
)
def test_pauses_only_ever_put_off(
    clock: WorkingClock, start: datetime, limit: Limit, hours: list[tuple[int, int]]
) -> None:
    pauses = [Pause(start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in hours]
    plain = clock.due(start, limit)
    paused = clock.due(start, limit, pauses)
    assert plain is not None and paused is not None
    assert paused.at >= plain.at
    assert clock.due(start, limit, pauses[::-1]) == paused


@given(clocks, instants, st.integers(1, 200), st.integers(0, 100), st.integers(0, 300))
def test_a_pause_keeps_the_working_time_left(
    clock: WorkingClock, start: datetime, hours: int, before: int, length: int
) -> None:
    limit = Limit(hours, "working_hours")
    pause = Pause(start + timedelta(hours=before), start + timedelta(hours=before + length))
    plain, due = clock.add(start, limit), clock.due(start, limit, [pause])
    assert due is not None
    if pause.begin < plain.at:
        assert clock.elapsed(start, pause.begin) + clock.remaining(pause.end or start, due.at) == hours * 3600
    else:
        assert due.at == plain.at


def test_remaining_is_negative_when_late() -> None:
    clock = CLOCKS[0]
    due = datetime(2026, 11, 16, 12, 0, tzinfo=CHINA)
    assert clock.remaining(datetime(2026, 11, 16, 11, 0, tzinfo=CHINA), due) == 3600
    assert clock.remaining(datetime(2026, 11, 16, 15, 0, tzinfo=CHINA), due) == -3600


def test_other_time_zones_and_none() -> None:
    clock = CLOCKS[0]
    utc = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
    assert clock.add(utc, Limit(4, "working_hours")).at == datetime(2026, 11, 16, 16, 0, tzinfo=CHINA)
    with pytest.raises(ValueError, match="time zone"):
        clock.add(datetime(2026, 11, 16, 2, 0), Limit(1, "working_hours"))  # noqa: DTZ001


def test_publication_is_noticed() -> None:
    before = WorkingClock(PUBLISHED)
    start = datetime(2027, 1, 28, 10, 0, tzinfo=CHINA)
    due = before.add(start, Limit(10, "working_days"))
    assert due.provisional and not before.outdated(due)
    festival = frozenset(date(2027, 2, day) for day in range(5, 12))
    after = WorkingClock((*PUBLISHED, Calendar("000000", 2027, holidays=festival)))
    assert after.outdated(due)
    again = after.add(start, Limit(10, "working_days"))
    assert not again.provisional and again.at > due.at


def test_own_calendar_before_the_country_and_later_version_before_earlier() -> None:
    own = Calendar("440604", 2026, version=1, spans=((time(9), time(17)),))
    fix = replace(own, version=2, spans=((time(10), time(18)),))
    assert WorkingClock((*PUBLISHED, own, fix), "440604").calendar(2026) is fix
    assert WorkingClock((*PUBLISHED, own, fix), "440605").calendar(2026).division == "000000"


@pytest.mark.parametrize(
    "wrong",
    [
        {"holidays": frozenset({date(2025, 1, 1)})},
        {"holidays": frozenset({date(2026, 1, 1)}), "working_days": frozenset({date(2026, 1, 1)})},
        {"spans": ((time(9), time(8)),)},
        {"spans": ((time(9), time(12)), (time(11), time(18)))},
        {"spans": ()},
        {"summer": ((5, 1), (9, 30))},
    ],
)
def test_impossible_calendars(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Calendar("000000", 2026, **wrong)  # type: ignore[arg-type]


def test_impossible_limits() -> None:
    with pytest.raises(ValueError):
        Limit(-1, "working_days")
    with pytest.raises(ValueError):
        Limit(1.5, "natural_days")


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_published_years(year: int, days: int) -> None:
    """Working days of the year: 365 or 366 less 104 or 105 weekend days and the statutory holidays of the year."""
    clock = CLOCKS[0]
    assert clock.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == days
    assert not clock.calendar(year).provisional


def test_calendar_from_mapping() -> None:
    made = Calendar.from_mapping(
        {"division": "440604", "year": 2026, "holidays": ["2026-05-01/2026-05-03"], "spans": ["09:00-12:00", "14:00-18:00"],
         "summer": {"from": "06-01", "to": "09-30", "spans": ["08:00-12:00", "15:00-18:00"]}}
    )  # fmt: skip
    assert not made.is_working(date(2026, 5, 1))
    assert made.spans_of(date(2026, 6, 1))[1] == (time(15), time(18))
    assert made.spans_of(date(2026, 5, 29))[1] == (time(14), time(18))
    assert made.spans_of(date(2026, 5, 30)) == ()

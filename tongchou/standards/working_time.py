"""The working-time clock 工作时钟: when a limit ends, how much of it has passed, what a pause does to it.

Limits come in four units, as offices write them (the words of GB/T 30428 for urgent and working hours;
provisional, the standard's text was not at hand):
- urgent hours 紧急工作时: hours of the clock, day and night;
- working hours 工作时: hours within the working spans of working days;
- working days 工作日: whole working days; the limit ends at the close of the last one;
- natural days 自然日: calendar days; one that would end on a day off ends after the next working day instead
  (民法典 第二百零三条).
A limit in days begins on the day after receipt (民法典 第二百零一条), unless it says otherwise.

Which days are worked is a `Calendar`: one division, one year, one version. A year without a published
calendar is reckoned by Monday to Friday and every answer that used it says `provisional`; once its calendar
is published, `WorkingClock.outdated` tells which stored answers to reckon again.
Instants are aware datetimes; China keeps UTC+8 without summer time. Nothing here asks what time it is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from .calendars import COUNTRY, USUAL_SPANS, Calendar, Span, published_calendars

__all__ = [
    "CHINA", "COUNTRY", "USUAL_SPANS", "Calendar", "Due", "Limit", "Pause", "Span", "Unit", "WorkingClock",
    "published_calendars",
]  # fmt: skip

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
Unit = Literal["urgent_hours", "working_hours", "working_days", "natural_days"]


@dataclass(frozen=True)
class Limit:
    """How long something may take.

    amount: more than 0, or 0 for "the same day"; whole for days. next_day: the limit begins on the day after;
    None takes the unit's custom: days begin the day after, hours at once.
    """

    amount: float
    unit: Unit
    next_day: bool | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a negative amount or part of a day."""
        if self.amount < 0 or (self.unit.endswith("days") and self.amount != int(self.amount)):
            raise ValueError("a limit's amount must not be negative, and whole for days")

    @property
    def begins_next_day(self) -> bool:
        """Whether the day of receipt is left out."""
        return self.unit.endswith("days") if self.next_day is None else self.next_day


class Pause(NamedTuple):
    """A time during which the clock stands, such as 补正; end None: it still stands."""

    begin: datetime
    end: datetime | None


class Due(NamedTuple):
    """When a limit ends.

    at: the instant, in China's time. provisional: it rests on a year whose calendar is not published. basis:
    (year, version) of the calendars used, by which `WorkingClock.outdated` sees that it must be reckoned
    again.
    """

    at: datetime
    provisional: bool
    basis: tuple[tuple[int, int], ...]


class _Year(NamedTuple):
    """One year made ready: seconds worked before each day, and the number of working days before it."""

    calendar: Calendar
    spans: tuple[tuple[tuple[int, int], ...], ...]  # per day: seconds of the day
    seconds: tuple[int, ...]  # seconds[i]: worked before day i; one longer than the year
    days: tuple[int, ...]


def _second(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


@lru_cache(maxsize=256)
def _year(calendar: Calendar) -> _Year:
    first = date(calendar.year, 1, 1)
    length = (date(calendar.year + 1, 1, 1) - first).days
    spans = tuple(
        tuple((_second(a), _second(b)) for a, b in calendar.spans_of(first + timedelta(n)))
        for n in range(length)
    )
    worked = [sum(b - a for a, b in day) for day in spans]
    return _Year(
        calendar,
        spans,
        tuple(accumulate(worked, initial=0)),
        tuple(accumulate((1 if day else 0 for day in spans), initial=0)),
    )


@dataclass(frozen=True)
class WorkingClock:
    """Reckons with the calendars of one division.

    calendars: any number; of one year the highest version counts, and a division's own before the country's
    ("000000"). Years without one are reckoned by `Calendar.weekdays` with `spans`.
    """

    calendars: tuple[Calendar, ...] = ()
    division: str = COUNTRY
    spans: tuple[Span, ...] = USUAL_SPANS
    _chosen: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False, hash=False)

    def calendar(self, year: int) -> Calendar:
        """The calendar used for a year."""
        return self._ready(year).calendar

    def _ready(self, year: int) -> _Year:
        ready = self._chosen.get(year)
        if ready is None:
            fitting = [c for c in self.calendars if c.year == year and c.division in (self.division, COUNTRY)]
            best = max(fitting, key=lambda c: (c.division == self.division, c.version), default=None)
            ready = _year(best or Calendar.weekdays(self.division, year, self.spans))
            self._chosen[year] = ready
        return ready

    def is_working_day(self, day: date) -> bool:
        """Whether a day is worked."""
        return self._ready(day.year).calendar.is_working(day)

    # -- seconds --

    def _before(self, at: datetime) -> float:
        """Seconds worked in its year before an instant of China's time."""
        ready = self._ready(at.year)
        index = at.timetuple().tm_yday - 1
        now = _second(at.time()) + at.microsecond / 1e6
        return ready.seconds[index] + sum(max(0.0, min(b, now) - a) for a, b in ready.spans[index])

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Working seconds from `start` to `end`; negative when `end` is earlier."""
        start, end = _in_china(start), _in_china(end)
        if end < start:
            return -self.elapsed(end, start)
        whole = sum(self._ready(year).seconds[-1] for year in range(start.year, end.year))
        return whole + self._before(end) - self._before(start)

    def remaining(self, now: datetime, due: datetime) -> float:
        """Working seconds left until `due`; negative by how much it is overdue."""
        return self.elapsed(now, due)

    def add_seconds(self, start: datetime, seconds: float) -> datetime:
        """The earliest instant by which so many working seconds have passed since `start`.

        With 0 that is `start` itself, if it is worked, or the next opening.
        """
        start = _in_china(start)
        ready = self._ready(start.year)
        target = self._before(start) + seconds
        while target > ready.seconds[-1] or (seconds == 0 and target >= ready.seconds[-1]):
            target -= ready.seconds[-1]
            ready = self._ready(ready.calendar.year + 1)
        if seconds == 0:
            index = bisect_right(ready.seconds, target) - 1
        else:
            index = bisect_left(ready.seconds, target) - 1
        rest = target - ready.seconds[index]
        midnight = datetime(ready.calendar.year, 1, 1, tzinfo=CHINA) + timedelta(index)
        for begin, end in ready.spans[index]:
            if rest < end - begin or (rest == end - begin and seconds > 0):
                return max(start, midnight + timedelta(seconds=begin + rest))
            rest -= end - begin
        return max(start, midnight + timedelta(seconds=ready.spans[index][-1][1]))

    # -- days --

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; with 0 the day itself or the next working day."""
        ready = self._ready(day.year)
        index = day.timetuple().tm_yday - 1
        target = ready.days[index + 1] + count if count else ready.days[index] + 1
        while target > ready.days[-1]:
            target -= ready.days[-1]
            ready = self._ready(ready.calendar.year + 1)
        return date(ready.calendar.year, 1, 1) + timedelta(bisect_left(ready.days, target) - 1)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative when `last` is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        whole = sum(self._ready(year).days[-1] for year in range(first.year, last.year))
        before = self._ready(first.year).days[first.timetuple().tm_yday]
        return whole + self._ready(last.year).days[last.timetuple().tm_yday] - before

    def close_of(self, day: date) -> datetime:
        """The end of a working day's last span; midnight at its end on a day off."""
        spans = self._ready(day.year).spans[day.timetuple().tm_yday - 1]
        midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
        return midnight + timedelta(seconds=spans[-1][1] if spans else 86400)

    # -- limits --

    def add(self, start: datetime, limit: Limit) -> Due:
        """When a limit that begins with `start` ends.

        Working days from the day after: the close of the last day. Working days at once: the same time of
        day so many working days later, moved into the working spans. Natural days end at midnight after the
        last day.
        """
        start = _in_china(start)
        if limit.unit == "urgent_hours":
            at = (_midnight_after(start) if limit.begins_next_day else start) + timedelta(hours=limit.amount)
        elif limit.unit == "working_hours":
            begin = _midnight_after(start) if limit.begins_next_day else start
            at = self.add_seconds(begin, limit.amount * 3600)
        elif limit.unit == "working_days":
            at = self._add_days(start, int(limit.amount), limit.begins_next_day)
        else:
            last = start.date() + timedelta(int(limit.amount))
            if not limit.begins_next_day and limit.amount:
                last -= timedelta(1)
            if not self.is_working_day(last):
                last = self.add_working_days(last, 0)
            at = datetime(last.year, last.month, last.day, tzinfo=CHINA) + timedelta(1)
        return self._due(start, at)

    def _add_days(self, start: datetime, count: int, next_day: bool) -> datetime:
        if next_day:
            return self.close_of(self.add_working_days(start.date(), count))
        begin = self.add_seconds(start, 0)
        day = self.add_working_days(begin.date(), count)
        spans = self._ready(day.year).spans[day.timetuple().tm_yday - 1]
        now = _second(begin.time()) + begin.microsecond / 1e6
        # a time of day that is no working time there (other hours in summer) waits for the next span
        second = next((max(float(a), now) for a, b in spans if now <= b), float(spans[-1][1]))
        return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(seconds=second)

    def due(self, start: datetime, limit: Limit, pauses: Sequence[Pause] = ()) -> Due | None:
        """When a limit ends with the clock standing during `pauses`; None while it stands.

        What was left of the limit when a pause began is what is left when it ends: working time, or time of
        the clock for urgent hours and natural days. Pauses may overlap and come in any order; those outside
        the limit change nothing. A limit in whole working days still ends with a day's close.
        """
        due = self.add(start, limit)
        whole_day = limit.unit == "working_days" and limit.begins_next_day
        for begin, end in _merged(pauses, _in_china(start)):
            if begin >= due.at:
                break
            if end is None:
                return None
            if limit.unit in ("urgent_hours", "natural_days"):
                at = end + (due.at - begin)
            elif self.elapsed(begin, due.at) == 0:
                at = max(due.at, end)
            else:
                at = self.add_seconds(end, self.elapsed(begin, due.at))
                at = max(due.at, self.close_of(at.date()) if whole_day else at)
            due = self._due(start, at)
        return due

    def _due(self, start: datetime, at: datetime) -> Due:
        years = range(_in_china(start).year, at.year + 1)
        used = [self.calendar(year) for year in years]
        return Due(at, any(c.provisional for c in used), tuple((c.year, c.version) for c in used))

    def outdated(self, due: Due) -> bool:
        """Whether a stored answer rests on calendars that have since been published or corrected."""
        return any(self.calendar(year).version != version for year, version in due.basis)


def _in_china(at: datetime) -> datetime:
    """An instant in China's time. Raises ValueError for one without a time zone."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(CHINA)


def _midnight_after(at: datetime) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=CHINA) + timedelta(1)


def _merged(pauses: Sequence[Pause], start: datetime) -> list[Pause]:
    """Pauses in order, overlapping ones joined, what lies before `start` cut away."""
    result: list[Pause] = []
    for begin, end in sorted(pauses, key=lambda pause: _in_china(pause.begin)):
        begin = max(_in_china(begin), start)
        end = None if end is None else _in_china(end)
        if end is not None and end <= begin:
            continue
        if result and (result[-1].end is None or begin <= result[-1].end):
            last = result[-1].end
            result[-1] = Pause(result[-1].begin, None if last is None or end is None else max(last, end))
        else:
            result.append(Pause(begin, end))
    return result

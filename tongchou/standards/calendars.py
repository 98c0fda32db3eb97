"""Calendars of working days: one division, one year, one version; published ones come with the product."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from importlib.resources import files
from typing import Any

COUNTRY = "000000"

Span = tuple[time, time]
# Common office hours; a district sets its own (provisional).
USUAL_SPANS: tuple[Span, ...] = ((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30)))


@dataclass(frozen=True)
class Calendar:
    """Which days of one year are worked in one division, and when.

    division: code, "000000" for the country. version: 1 upwards; a correction is a new version. provisional:
    not yet published. holidays: days off besides Saturday and Sunday; working_days: weekend days worked to
    make up (调休上班), which win over everything. spans: the working spans of a day in order, lunch left out.
    summer: first and last (month, day) of summer hours, with their spans; None where there are none.
    source: the notice it comes from.
    """

    division: str
    year: int
    version: int = 1
    provisional: bool = False
    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    spans: tuple[Span, ...] = USUAL_SPANS
    summer: tuple[tuple[int, int], tuple[int, int]] | None = None
    summer_spans: tuple[Span, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for days of another year and spans that overlap, are empty or out of order."""
        if any(day.year != self.year for day in (*self.holidays, *self.working_days)):
            raise ValueError("a calendar's days must lie in its year")
        if self.holidays & self.working_days:
            raise ValueError("a day cannot be both a holiday and a working day")
        for spans in (self.spans, self.summer_spans):
            edges = [edge for span in spans for edge in span]
            if edges != sorted(set(edges)):
                raise ValueError("working spans must be in order, not empty, and must not overlap")
        if not self.spans or (self.summer is not None and not self.summer_spans):
            raise ValueError("a calendar needs working spans, and summer hours theirs")

    def is_working(self, day: date) -> bool:
        """Whether a day of this year is worked."""
        if day in self.working_days:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """The working spans of a day; empty on a day off."""
        if not self.is_working(day):
            return ()
        if self.summer is not None:
            first, last = self.summer
            at = (day.month, day.day)
            if (first <= at <= last) if first <= last else (at >= first or at <= last):
                return self.summer_spans
        return self.spans

    @classmethod
    def weekdays(cls, division: str, year: int, spans: tuple[Span, ...] = USUAL_SPANS) -> Calendar:
        """Monday to Friday, marked provisional, version 0: what is used until a calendar is published."""
        return cls(division, year, version=0, provisional=True, spans=spans, source="周一至周五（未公布）")

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Calendar:
        """A calendar from JSON or YAML: days "2026-05-01" or "2026-05-01/2026-05-05", spans "08:30-12:00"."""
        summer = data.get("summer")
        return cls(
            division=str(data.get("division", COUNTRY)),
            year=int(data["year"]),
            version=int(data.get("version", 1)),
            provisional=bool(data.get("provisional", False)),
            holidays=frozenset(_days(data.get("holidays", ()))),
            working_days=frozenset(_days(data.get("working_days", ()))),
            spans=_spans(data["spans"]) if "spans" in data else USUAL_SPANS,
            summer=(_month_day(summer["from"]), _month_day(summer["to"])) if summer else None,
            summer_spans=_spans(summer["spans"]) if summer else (),
            source=str(data.get("source", "")),
        )


def _days(written: Iterable[str]) -> list[date]:
    days: list[date] = []
    for entry in written:
        first, _, last = str(entry).partition("/")
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
        days += [begin + timedelta(n) for n in range((end - begin).days + 1)]
    return days


def _spans(written: Iterable[str]) -> tuple[Span, ...]:
    parts = (entry.split("-") for entry in written)
    return tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in parts)


def _month_day(written: str) -> tuple[int, int]:
    month, day = written.split("-")
    return int(month), int(day)


def published_calendars() -> tuple[Calendar, ...]:
    """The calendars that come with the product: the State Council's notices for 2024, 2025 and 2026."""
    text = files("tongchou.standards").joinpath("data", "calendars.json").read_text(encoding="utf-8")
    return tuple(Calendar.from_mapping(entry) for entry in json.loads(text))

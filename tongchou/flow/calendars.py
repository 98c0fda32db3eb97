"""The working-time clock of this installation: the calendars that come with the product and those of the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from tongchou.standards.working_time import COUNTRY, Calendar, WorkingClock, published_calendars

from . import errors
from .models import WorkCalendar

_made: tuple[object, WorkingClock] | None = None


def working_clock() -> WorkingClock:
    """The clock by the calendars of now: one small query, and the calendars themselves only when they have changed.

    The division is that of the installation's own calendars, the country ("000000") where it has none.
    """
    global _made
    # a number taken back by a rollback is given again, hence the instant beside it
    latest = WorkCalendar.objects.aggregate(pk=Max("pk"), at=Max("published_at"))
    if _made is None or _made[0] != latest:
        rows = list(WorkCalendar.objects.order_by("pk"))
        own = tuple(Calendar.from_mapping(row.content) for row in rows)
        division = next((one.division for one in reversed(own) if one.division != COUNTRY), COUNTRY)
        _made = (latest, WorkingClock((*published_calendars(), *own), division))
    return _made[1]


def read_calendar(content: Mapping[str, Any]) -> Calendar:
    """The calendar a mapping describes. Raises HouseError "flow.calendar_unreadable"."""
    try:
        return Calendar.from_mapping(content)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise errors.bad_calendar(str(content.get("year", ""))[:10], type(wrong).__name__) from None

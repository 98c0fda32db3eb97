"""Publishing the working days of a year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor

from ..calendars import read_calendar
from ..models import WorkCalendar


@action(permission="packs.apply", event="flow.calendar_published")
def publish_calendar(*, by: Actor, content: Mapping[str, Any], pack: str = "") -> WorkCalendar:
    """Publish a year's calendar, or correct it with the next version. Open limits that rest on it are reckoned again by
    `timers.run_due`, on record.

    content: as `Calendar.from_mapping` reads it; its version is given here. Raises HouseError
    "flow.calendar_unreadable".
    """
    calendar = read_calendar(content)
    note(division=calendar.division, year=calendar.year, pack=pack)
    last = (
        WorkCalendar.objects.filter(division=calendar.division, year=calendar.year)
        .order_by("-version")
        .values_list("version", flat=True)
        .first()
        or 0
    )
    version = (
        max(last, calendar.version - 1, 1) + 1
    )  # above 1: those that come with the product are version 1
    note(version=version)
    return WorkCalendar.objects.create(
        division=calendar.division, year=calendar.year, version=version, content={**content, "version": version},
        source=calendar.source[:300], published_by=by.username, published_at=timezone.now(),
    )  # fmt: skip

"""Limits of an instance on the working-time clock, as plain values kept on its row. Pure.

An instance has one limit for each scope: the state it is in, and "" for the whole flow. A limit stands while the thing
waits for its applicant (a state with `stands`): the whole flow's, and that of the state it came from, which goes on
when the thing comes back there. Everything else begins afresh when a state is entered.

A limit is kept as {"started", "pauses": [[begin, end or null]], "due", "provisional", "basis": [[year, version]]},
instants as ISO texts, "due" null while it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tongchou.standards.working_time import CHINA, Due, Limit, Pause, WorkingClock

from .definitions import Definition, Reminder

Clocks = dict[str, dict[str, Any]]
WHOLE = ""


class Alarm(NamedTuple):
    """Something to happen at an instant. kind: "remind" or "limit"; scope: the limit it belongs to."""

    kind: str
    scope: str
    at: datetime


def entered(
    clocks: Mapping[str, Mapping[str, Any]], definition: Definition, *, left: str, state: str, now: datetime,
    clock: WorkingClock,
) -> Clocks:  # fmt: skip
    """The limits of an instance that left one state (empty: it begins) for another. An end has none."""
    target = definition.states[state]
    if target.end:
        return {}
    kept: Clocks = {scope: dict(each) for scope, each in clocks.items() if scope == WHOLE or _stands(each)}
    came_from = definition.states.get(left)
    if left and left in clocks and target.stands and came_from is not None and not came_from.stands:
        kept[left] = dict(clocks[left])
    if not left and definition.limit is not None:
        kept[WHOLE] = _new(now, definition.limit, clock)
    if target.stands:
        kept = {scope: _paused(each, now) for scope, each in kept.items()}
    else:
        kept = {scope: each for scope, each in kept.items() if scope in (WHOLE, state)}
        for scope in list(kept):
            limit = limit_of(definition, scope)
            if limit is not None:
                kept[scope] = _resumed(kept[scope], limit, now, clock)
    if target.limit is not None and (target.stands or state not in kept):
        kept[state] = _new(now, target.limit, clock)
    return kept


def limit_of(definition: Definition, scope: str) -> Limit | None:
    """The limit of a scope as the definition says it."""
    if scope == WHOLE:
        return definition.limit
    state = definition.states.get(scope)
    return state.limit if state else None


def reckoned_again(
    clocks: Mapping[str, Mapping[str, Any]], definition: Definition, clock: WorkingClock
) -> Clocks | None:
    """The limits by the calendars of now; None when none of them rests on one that has changed since."""
    changed = False
    result: Clocks = {}
    for scope, each in clocks.items():
        result[scope] = dict(each)
        limit = limit_of(definition, scope)
        if limit is not None and clock.outdated(_due_of(each)):
            result[scope] = _reckoned(each, limit, clock)
            changed = True
    return result if changed else None


def due_of(clocks: Mapping[str, Mapping[str, Any]], scope: str) -> datetime | None:
    """When the limit of a scope ends; None when there is none or it stands."""
    due = clocks.get(scope, {}).get("due")
    return datetime.fromisoformat(due) if due else None


def next_due(clocks: Mapping[str, Mapping[str, Any]]) -> datetime | None:
    """The earliest end of all limits that run."""
    return min((due for scope in clocks if (due := due_of(clocks, scope)) is not None), default=None)


def is_provisional(clocks: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether any limit rests on a year whose calendar is not published."""
    return any(each.get("provisional") for each in clocks.values())


def alarms(
    clocks: Mapping[str, Mapping[str, Any]], definition: Definition, now: datetime, clock: WorkingClock
) -> list[Alarm]:
    """What is to happen on the limits that run, in order of time. Reminders that would come at once or too late are
    left out."""
    found: list[Alarm] = []
    for scope, each in clocks.items():
        due = due_of(clocks, scope)
        if due is None:
            continue
        found.append(Alarm("limit", scope, due))
        state = definition.states.get(scope)
        reminders: Sequence[Reminder] = definition.remind if scope == WHOLE else state.remind if state else ()
        started = datetime.fromisoformat(each["started"])
        for reminder in reminders:
            at = clock.add(started, reminder.lead).at if reminder.after else before(due, reminder.lead, clock)
            if now < at < due:
                found.append(Alarm("remind", scope, at))
    return sorted(found, key=lambda alarm: alarm.at)


def before(due: datetime, lead: Limit, clock: WorkingClock) -> datetime:
    """The instant that lies `lead` before `due`: on working days at their opening, working hours counted backwards."""
    due = due.astimezone(CHINA)
    if lead.unit == "urgent_hours":
        return due - timedelta(hours=lead.amount)
    if lead.unit == "natural_days":
        return due - timedelta(days=lead.amount)
    if lead.unit == "working_hours":
        wanted = lead.amount * 3600
        day = datetime(due.year, due.month, due.day, tzinfo=CHINA)
        while clock.elapsed(day, due) < wanted:
            day -= timedelta(1)
        rest = clock.elapsed(day, due) - wanted
        return clock.add_seconds(day, rest)
    day_of = (due - timedelta(seconds=1)).date()
    left = int(lead.amount)
    while left > 0:
        day_of -= timedelta(1)
        left -= clock.is_working_day(day_of)
    return clock.add_seconds(datetime(day_of.year, day_of.month, day_of.day, tzinfo=CHINA), 0)


def overdue_scopes(clocks: Mapping[str, Mapping[str, Any]], now: datetime) -> Iterator[str]:
    """The scopes whose limit has passed."""
    return (scope for scope in clocks if (due := due_of(clocks, scope)) is not None and due <= now)


def _new(now: datetime, limit: Limit, clock: WorkingClock) -> dict[str, Any]:
    return _with(clock.add(now, limit), {"started": now.astimezone(CHINA).isoformat(), "pauses": []})


def _with(due: Due | None, rest: Mapping[str, Any]) -> dict[str, Any]:
    if due is None:
        return {**rest, "due": None, "provisional": False, "basis": []}
    return {
        **rest,
        "due": due.at.isoformat(),
        "provisional": due.provisional,
        "basis": [list(pair) for pair in due.basis],
    }


def _stands(each: Mapping[str, Any]) -> bool:
    pauses = each.get("pauses") or []
    return bool(pauses) and pauses[-1][1] is None


def _paused(each: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    if _stands(each):
        return dict(each)
    return {**each, "pauses": [*each["pauses"], [now.astimezone(CHINA).isoformat(), None]], "due": None}


def _resumed(each: Mapping[str, Any], limit: Limit, now: datetime, clock: WorkingClock) -> dict[str, Any]:
    if not _stands(each):
        return dict(each)
    pauses = [*each["pauses"][:-1], [each["pauses"][-1][0], now.astimezone(CHINA).isoformat()]]
    return _reckoned({**each, "pauses": pauses}, limit, clock)


def _reckoned(each: Mapping[str, Any], limit: Limit, clock: WorkingClock) -> dict[str, Any]:
    pauses = [
        Pause(datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None)
        for begin, end in each["pauses"]
    ]
    due = clock.due(datetime.fromisoformat(each["started"]), limit, pauses)
    return _with(due, {"started": each["started"], "pauses": each["pauses"]})


def _due_of(each: Mapping[str, Any]) -> Due:
    at = datetime.fromisoformat(each.get("due") or each["started"])
    return Due(
        at, bool(each.get("provisional")), tuple((year, version) for year, version in each.get("basis", []))
    )

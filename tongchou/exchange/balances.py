"""The arithmetic of the balance 贡献账: what counts as a use, what a day adds up to, how organisations stand. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tongchou.gather.rules import freshness

#: Entries that say that an organisation used data under a grant, in whatever form. Not among them: a person reading
#: their own file, a provider seeing a disputed value, a steward comparing two records.
USES = frozenset(
    (
        "access.read", "access.revealed", "access.document", "access.queried", "access.verified", "export.downloaded",
        "changes.read", "changes.sent", "statistics.asked",
    )
)  # fmt: skip
#: Parts of the index of giving, out of 100 (provisional: a district sets its own).
WEIGHTS = {"fresh": 30, "quality": 30, "answers": 20, "served": 20}
#: Hours within which an answer counts in full, and after which not at all (provisional).
PROMPT_HOURS, SLOW_HOURS = 24, 240


def counted(kind: str, body: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Who used which resources by an entry of the ledger: (organisation, resources); ("", ()) when it is no use.

    An entry of USES that was answered counts once for each resource it names.
    """
    if kind not in USES or body.get("outcome") != "done":
        return "", ()
    organisation = str(body.get("organisation") or "")
    named = body.get("resources") or ([body["resource"]] if body.get("resource") else [])
    return (
        (organisation, tuple(sorted({str(each) for each in named}))) if organisation and named else ("", ())
    )


@dataclass
class Day:
    """What one organisation gave and took on one day; the same names as `models.Balance`."""

    resources: int = 0
    fresh: int = 0
    late: int = 0
    never: int = 0
    deliveries: int = 0
    rows_delivered: int = 0
    rows_quarantined: int = 0
    requests_answered: int = 0
    answer_minutes: int = 0
    needs_met: int = 0
    grants_given: int = 0
    accesses_served: int = 0
    grants_held: int = 0
    requests_made: int = 0
    accesses_made: int = 0


COLUMNS = tuple(each.name for each in fields(Day))
STOCKS = ("resources", "fresh", "late", "never", "grants_given", "grants_held")


@dataclass(frozen=True)
class ResourceFact:
    """A resource: owner, cycle, published on, withdrawn on (or None)."""

    code: str
    owner: str
    cycle: str
    published_on: dt.date
    withdrawn_on: dt.date | None


@dataclass(frozen=True)
class GrantFact:
    """A grant: holder, resource, given on, last day, taken back on (or None). Suspension does not end holding."""

    number: str
    holder: str
    resource: str
    given_on: dt.date
    until: dt.date
    ended_on: dt.date | None


@dataclass(frozen=True)
class DeliveryFact:
    """A finished delivery: resource, business date, day it was done, rows read and quarantined."""

    resource: str
    delivered_on: dt.date
    done_on: dt.date
    rows: int
    quarantined: int


@dataclass(frozen=True)
class RequestFact:
    """A request: asker, resource, asked on; answered on and after how many minutes (None while it waits, or when it
    was granted at once, which is no answer of anybody)."""

    asker: str
    resource: str
    asked_on: dt.date
    answered_on: dt.date | None
    minutes: int


@dataclass(frozen=True)
class Facts:
    """Everything from which balances are drawn."""

    resources: Sequence[ResourceFact]
    grants: Sequence[GrantFact]
    deliveries: Sequence[DeliveryFact]
    requests: Sequence[RequestFact]
    #: (resource that met a need, on which day)
    needs_met: Sequence[tuple[str, dt.date]]
    #: (day, resource, organisation, how often)
    accesses: Iterable[tuple[dt.date, str, str, int]]


def drawn(facts: Facts, since: dt.date, through: dt.date) -> dict[tuple[str, dt.date], Day]:
    """The balances of every organisation for each day from `since` to `through`; days on which nothing is held, given
    or done are left out. The same facts give the same balances, from whatever day on they are drawn."""
    owner = {one.code: one.owner for one in facts.resources}
    found: dict[tuple[str, dt.date], Day] = defaultdict(Day)
    _flows(facts, owner, found, since, through)
    latest: dict[str, dt.date] = {}
    waiting = sorted(facts.deliveries, key=lambda one: one.done_on)
    position, day = 0, since
    while day <= through:
        while position < len(waiting) and waiting[position].done_on <= day:
            one = waiting[position]
            latest[one.resource] = max(one.delivered_on, latest.get(one.resource, one.delivered_on))
            position += 1
        for resource in facts.resources:
            if resource.published_on <= day and (
                resource.withdrawn_on is None or day < resource.withdrawn_on
            ):
                row = found[resource.owner, day]
                row.resources += 1
                state = freshness(cycle=resource.cycle, delivered_on=latest.get(resource.code), today=day)
                setattr(row, state, getattr(row, state) + 1)
        for grant in facts.grants:
            if grant.given_on <= day <= grant.until and (grant.ended_on is None or day < grant.ended_on):
                found[grant.holder, day].grants_held += 1
                if grant.resource in owner and owner[grant.resource] != grant.holder:
                    found[owner[grant.resource], day].grants_given += 1
        day += dt.timedelta(days=1)
    return dict(found)


def _flows(
    facts: Facts,
    owner: Mapping[str, str],
    found: dict[tuple[str, dt.date], Day],
    since: dt.date,
    through: dt.date,
) -> None:
    def within(day: dt.date | None) -> bool:
        return day is not None and since <= day <= through

    for delivery in facts.deliveries:
        if within(delivery.done_on) and delivery.resource in owner:
            row = found[owner[delivery.resource], delivery.done_on]
            row.deliveries += 1
            row.rows_delivered += delivery.rows
            row.rows_quarantined += delivery.quarantined
    for request in facts.requests:
        if within(request.asked_on):
            found[request.asker, request.asked_on].requests_made += 1
        if request.answered_on is not None and within(request.answered_on) and request.resource in owner:
            row = found[owner[request.resource], request.answered_on]
            row.requests_answered += 1
            row.answer_minutes += request.minutes
    for resource, day in facts.needs_met:
        if within(day) and resource in owner:
            found[owner[resource], day].needs_met += 1
    for day, resource, organisation, count in facts.accesses:
        if not within(day):
            continue
        provider = owner.get(resource, "")
        if provider == organisation:
            continue  # one's own data: neither given nor taken
        found[organisation, day].accesses_made += count
        if provider:
            found[provider, day].accesses_served += count


@dataclass(frozen=True)
class Standing:
    """How one organisation stands over a span of days: stocks of the last day, sums of what happened.

    fresh_share, good_share: 0–1, None without anything to judge; answer_hours: mean, None without an answer; index: of
    giving, 0–100, None for an organisation that provides nothing.
    """

    organisation: str
    totals: Day
    fresh_share: float | None
    good_share: float | None
    answer_hours: float | None
    index: int | None


def standing(organisation: str, days: Sequence[Day], *, most_served: int) -> Standing:
    """The standing from an organisation's days in order. most_served: by the busiest provider over the same days."""
    totals = Day()
    for name in COLUMNS:
        values = [getattr(day, name) for day in days]
        setattr(totals, name, (values[-1] if values else 0) if name in STOCKS else sum(values))
    fresh = totals.fresh / totals.resources if totals.resources else None
    good = 1 - totals.rows_quarantined / totals.rows_delivered if totals.rows_delivered else None
    hours = totals.answer_minutes / 60 / totals.requests_answered if totals.requests_answered else None
    prompt = None if hours is None else min(1.0, max(0.0, (SLOW_HOURS - hours) / (SLOW_HOURS - PROMPT_HOURS)))
    served = totals.accesses_served / most_served if most_served else None
    parts = [
        (WEIGHTS["fresh"], fresh),
        (WEIGHTS["quality"], good),
        (WEIGHTS["answers"], prompt),
        (WEIGHTS["served"], served),
    ]
    judged = [(weight, value) for weight, value in parts if value is not None]
    index = None
    if totals.resources and judged:
        index = round(
            100 * sum(weight * value for weight, value in judged) / sum(weight for weight, _value in judged)
        )
    return Standing(organisation, totals, fresh, good, hours, index)

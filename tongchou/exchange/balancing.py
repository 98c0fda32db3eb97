"""Keeping the balances: counting new entries of the ledger exactly once, and drawing the days that changed.

Everything here is derived and can be rebuilt: `rebuild` gives the same numbers as keeping up day by day does. The
worker calls `keep_up`; killed anywhere, it continues where its last transaction ended.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter

from django.db import transaction
from django.db.models import F, Max, Min, Q
from django.utils import timezone

from tongchou.catalogue.models import Need, Resource
from tongchou.gather.models import Delivery
from tongchou.ledger.models import Entry, Run

from . import balances
from .balances import COLUMNS, DeliveryFact, Facts, GrantFact, RequestFact, ResourceFact
from .models import AccessTally, Balance, BalanceState, Grant, Request

#: Entries read in one transaction.
READ_AT_ONCE = 5_000
#: Days balances are kept and drawn for.
KEPT_DAYS = 800
#: What happened is looked for so much before the last drawing, in case clocks differ between processes.
OVERLAP = dt.timedelta(hours=1)


class Overtaken(Exception):
    """Another process has counted the same entries; this transaction is rolled back."""


def keep_up(now: dt.datetime | None = None) -> int:
    """Count what is new in the ledger and draw the days that changed; returns how many entries were read."""
    read = 0
    while True:
        count = read_ledger()
        read += count
        if count == 0:
            break
    draw(now)
    return read


def read_ledger(most: int = READ_AT_ONCE) -> int:
    """Count the next entries of the ledger, at most `most`, in the order of its tree; returns how many were read.

    The tallies and the position change in one transaction, and only if nobody else has moved the position, so that an
    entry is counted once whatever is killed and however many processes run.
    """
    try:
        with transaction.atomic():
            state, _new = BalanceState.objects.get_or_create(pk=1)
            position, tallies = _next(state.position, most)
            if position == state.position:
                return 0
            moved = BalanceState.objects.filter(pk=1, position=state.position).update(position=position)
            if not moved:
                raise Overtaken
            for (day, resource, organisation, kind), count in sorted(tallies.items()):
                tally, _new = AccessTally.objects.get_or_create(
                    day=day, resource=resource, organisation=organisation, kind=kind
                )
                AccessTally.objects.filter(pk=tally.pk).update(count=F("count") + count)
            if tallies:
                first = min(day for day, *_rest in tallies)
                BalanceState.objects.filter(pk=1).filter(Q(dirty_from=None) | Q(dirty_from__gt=first)).update(
                    dirty_from=first
                )
            return position - state.position
    except Overtaken:
        return 0


def _next(position: int, most: int) -> tuple[int, Counter[tuple[dt.date, str, str, str]]]:
    """The position after at most `most` leaves, and what the entries among them count for."""
    tallies: Counter[tuple[dt.date, str, str, str]] = Counter()
    first = (
        Run.objects.filter(first_index__lte=position)
        .order_by("-first_index")
        .values_list("first_index", flat=True)
    )
    runs = Run.objects.filter(first_index__gte=first[0] if first else 0).order_by("first_index")
    end = position + most
    for run in runs[:most].iterator():
        start, stop = max(position, run.first_index), min(end, run.first_index + run.length)
        if start != position:
            if start > position:
                break  # a gap in the tree: nothing beyond it is counted
            continue
        if stop <= start:
            continue
        entries = Entry.objects.filter(
            stream=run.stream, kind__in=balances.USES,
            seq__gte=run.first_seq + start - run.first_index, seq__lt=run.first_seq + stop - run.first_index,
        )  # fmt: skip
        for entry in entries.only("kind", "body", "at").iterator():
            organisation, resources = balances.counted(entry.kind, json.loads(bytes(entry.body)))
            day = timezone.localdate(entry.happened_at)
            for resource in resources:
                tallies[day, resource[:80], organisation[:60], entry.kind] += 1
        position = stop
        if position >= end:
            break
    return position, tallies


def draw(now: dt.datetime | None = None) -> int:
    """Draw the balances of the days that changed since the last drawing; returns how many rows were written."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    with transaction.atomic():
        state, _new = BalanceState.objects.get_or_create(pk=1)
        lasting = _lasting()
        digest = hashlib.sha256(repr(lasting).encode()).hexdigest()
        earliest = today - dt.timedelta(days=KEPT_DAYS)
        changed = [state.drawn_through, state.dirty_from]
        if state.drawn_at is not None:
            changed.append(_happened_since(state.drawn_at - OVERLAP))
        since = earliest
        if digest == state.digest and state.drawn_through is not None:
            since = max(earliest, min(day for day in changed if day is not None))
        earliest = max(earliest, _first_day(today))
        since = max(since, earliest)
        written = _write(balances.drawn(_facts(lasting, since), since, today), since)
        Balance.objects.filter(day__lt=earliest).delete()
        BalanceState.objects.filter(pk=1).update(
            dirty_from=None, drawn_through=today, drawn_at=now, digest=digest
        )
        return written


def rebuild(now: dt.datetime | None = None) -> int:
    """Forget everything derived, count the whole ledger again and draw every day; returns how many entries were read."""
    with transaction.atomic():
        AccessTally.objects.all().delete()
        Balance.objects.all().delete()
        BalanceState.objects.all().delete()
    return keep_up(now)


def _lasting() -> tuple[list[ResourceFact], list[GrantFact], list[tuple[str, dt.date]]]:
    """What may change days long past when it changes: resources, grants, needs that were met."""
    resources = [
        ResourceFact(one.code, one.organisation.code, one.cycle, one.published_on, one.withdrawn_on)
        for one in Resource.objects.select_related("organisation").order_by("code")
    ]
    grants = [
        GrantFact(
            one.number, one.organisation.code, one.resource.code, timezone.localdate(one.granted_at), one.until,
            timezone.localdate(one.withdrawn_at) if one.withdrawn_at else None,
        )
        for one in Grant.objects.select_related("organisation", "resource").order_by("number")
    ]  # fmt: skip
    met = Need.objects.filter(state=Need.State.MET, met_by__isnull=False, answered_at__isnull=False)
    needs = [
        (one.met_by.code, timezone.localdate(one.answered_at))
        for one in met.select_related("met_by").order_by("number")
        if one.met_by is not None and one.answered_at is not None
    ]
    return resources, grants, needs


def _facts(
    lasting: tuple[list[ResourceFact], list[GrantFact], list[tuple[str, dt.date]]], since: dt.date
) -> Facts:
    """The lasting facts, with what happened from `since` on, and the latest delivery of each resource before that."""
    resources, grants, needs = lasting
    done = Delivery.objects.filter(state=Delivery.State.DONE, finished_at__isnull=False)
    start = _midnight(since)
    deliveries = [
        DeliveryFact(code, delivered_on, since - dt.timedelta(days=1), 0, 0)
        for code, delivered_on in _latest_before(start)
    ]
    for code, delivered_on, finished_at, rows, bad in done.filter(finished_at__gte=start).values_list(
        "resource__code", "delivered_on", "finished_at", "rows_read", "rows_quarantined"
    ):
        if finished_at is not None:
            deliveries.append(DeliveryFact(code, delivered_on, timezone.localdate(finished_at), rows, bad))
    requests = []
    asked = Request.objects.filter(Q(requested_at__gte=start) | Q(decided_at__gte=start))
    for one in asked.select_related("organisation", "resource"):
        answered = (
            one.decided_at is not None
            and bool(one.instance)
            and one.state in (Request.State.GRANTED, Request.State.REFUSED)
        )
        minutes = int((one.decided_at - one.requested_at).total_seconds() // 60) if one.decided_at else 0
        requests.append(
            RequestFact(
                one.organisation.code, one.resource.code, timezone.localdate(one.requested_at),
                timezone.localdate(one.decided_at) if answered and one.decided_at else None, max(0, minutes),
            )
        )  # fmt: skip
    accesses = AccessTally.objects.filter(day__gte=since).values_list(
        "day", "resource", "organisation", "count"
    )
    return Facts(resources, grants, deliveries, requests, needs, accesses.iterator())


def _latest_before(start: dt.datetime) -> list[tuple[str, dt.date]]:
    done = Delivery.objects.filter(state=Delivery.State.DONE, finished_at__lt=start)
    return [
        (code, day)
        for code, day in done.order_by().values_list("resource__code").annotate(latest=Max("delivered_on"))
        if day is not None
    ]


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _happened_since(moment: dt.datetime) -> dt.date | None:
    """The earliest day on which a delivery was done, or a request made or decided, after an instant."""
    found = [
        Delivery.objects.filter(finished_at__gte=moment).aggregate(first=Min("finished_at"))["first"],
        Request.objects.filter(requested_at__gte=moment).aggregate(first=Min("requested_at"))["first"],
        Request.objects.filter(decided_at__gte=moment).aggregate(first=Min("decided_at"))["first"],
    ]
    return min((timezone.localdate(one) for one in found if one is not None), default=None)


def _first_day(today: dt.date) -> dt.date:
    """The first day on which anything happened here."""
    moments = [
        Delivery.objects.aggregate(first=Min("finished_at"))["first"],
        Grant.objects.aggregate(first=Min("granted_at"))["first"],
        Request.objects.aggregate(first=Min("requested_at"))["first"],
    ]
    days = [timezone.localdate(one) for one in moments if one is not None]
    tally = AccessTally.objects.aggregate(first=Min("day"))["first"]
    first: dt.date = min([*days, *([tally] if tally else []), today])
    return first


def _write(wanted: dict[tuple[str, dt.date], balances.Day], since: dt.date) -> int:
    """Bring the rows from `since` on to `wanted`; returns how many were made, changed or removed."""
    made, changed, gone = [], [], []
    for row in Balance.objects.filter(day__gte=since):
        day = wanted.pop((row.organisation, row.day), None)
        if day is None:
            gone.append(row.pk)
        elif any(getattr(row, name) != getattr(day, name) for name in COLUMNS):
            for name in COLUMNS:
                setattr(row, name, getattr(day, name))
            changed.append(row)
    for (organisation, on), day in sorted(wanted.items()):
        made.append(
            Balance(organisation=organisation, day=on, **{name: getattr(day, name) for name in COLUMNS})
        )
    Balance.objects.filter(pk__in=gone).delete()
    Balance.objects.bulk_update(changed, COLUMNS, batch_size=200)
    Balance.objects.bulk_create(made, batch_size=500)
    return len(made) + len(changed) + len(gone)

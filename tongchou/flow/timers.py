"""What time brings about: reminders, limits that pass, limits reckoned again when a calendar is published.

A timer fires exactly once: it is claimed by compare-and-set in the transaction of what it brings about, so a worker that
is killed in between has done nothing, and of two workers one wins. What cannot be done (an effect of another room
refuses) is put on record and tried again an hour later.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tongchou import ledger
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import effects, moves
from .calendars import working_clock
from .models import Event, Instance, Timer

log = logging.getLogger(__name__)

#: How many timers one call takes, so that the caller comes back to look whether it should stop.
BATCH = 500
RETRY_AFTER = timedelta(hours=1)

#: The clock by which open limits were last looked through in this process; another one means a calendar has changed.
_looked_through_by: object = None


def run_due(now: datetime | None = None) -> int:
    """Do what is due by `now`; returns how many timers fired here and limits were reckoned again. The worker calls it
    every few seconds; tests give `now`."""
    at = now or timezone.now()
    done = reckon_outdated(at)
    due = (
        Timer.objects.filter(fired_at=None, due_at__lte=at)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)
    )
    for pk in list(due[:BATCH]):
        done += _fire(pk, at)
    return done


def reckon_outdated(now: datetime) -> int:
    """Reckon open limits again that rest on calendars which have since been published or corrected; returns how many.

    Looks through the open instances once for each change of the calendars, and once when the process begins.
    """
    global _looked_through_by
    clock = working_clock()
    if _looked_through_by is clock:
        return 0
    done = 0
    open_ones = Instance.objects.filter(ended_at=None, due_at__isnull=False).order_by("pk")
    for pk in open_ones.values_list("pk", flat=True).iterator(chunk_size=2000):
        done += _reckon(pk, now)
    _looked_through_by = clock
    return done


def _reckon(pk: int, now: datetime) -> int:
    for _attempt in range(3):
        try:
            with transaction.atomic():
                instance = Instance.objects.select_related("definition").get(pk=pk)
                if instance.ended_at is not None:
                    return 0
                return int(moves.reckon_again(instance, working_clock(), now))
        except HouseError as moved:  # somebody acted in between: look again
            if moved.code != "flow.moved_on":
                raise
    return 0


def _fire(pk: int, now: datetime) -> int:
    """Fire one timer; 1 when it was this call that did."""
    try:
        with transaction.atomic():
            # The instance is locked before its timers, as moves do; a timer that is gone was overtaken by a move.
            moves.lock(Timer.objects.filter(pk=pk).values_list("instance_id", flat=True).first())
            found = Timer.objects.filter(pk=pk, fired_at=None).select_related("instance__definition").first()
            if found is None or not moves.claim(found, now):
                return 0
            if found.kind == Timer.Kind.REMIND:
                _remind(found.instance, now)
            else:
                _limit(found, now)
            return 1
    except HouseError as refusal:
        _put_off(pk, refusal, now)
        return 0


def _remind(instance: Instance, now: datetime) -> None:
    house = Actor.house("flow")
    Event.objects.create(
        instance=instance, kind=Event.Kind.REMINDED, at=now, from_state=instance.state, to_state=instance.state,
        user=house.username, role=house.role, due_at=instance.due_at,
    )  # fmt: skip
    ledger.record(
        "flow.reminded",
        {
            **house.trace(), **moves.trace_of(instance), "state": instance.state,
            "due": instance.due_at.isoformat() if instance.due_at else None, "outcome": "done",
        },
    )  # fmt: skip
    effects.call_reminder(by=house, instance=instance)


def _limit(timer: Timer, now: datetime) -> None:
    """A limit has passed: the action the definition names is taken, or the bureau is told."""
    instance = timer.instance
    definition = moves.definition_of(instance.definition)
    house = Actor.house("flow")
    state = definition.states[instance.state]
    action = state.escalate.action if timer.scope == instance.state and state.escalate else ""
    ledger.record(
        "flow.escalated",
        {
            **house.trace(), **moves.trace_of(instance), "state": instance.state, "due": timer.due_at.isoformat(),
            "action": action, "outcome": "done",
        },
    )  # fmt: skip
    if action:
        moves.by_itself(
            instance=instance, action=definition.actions[action], now=now, kind=Event.Kind.ESCALATED
        )
        return
    # Only a mark: the version stays, so that whoever is just acting is not sent back.
    Instance.objects.filter(pk=instance.pk).update(told=True)
    instance.told = True
    Event.objects.create(
        instance=instance, kind=Event.Kind.ESCALATED, at=now, from_state=instance.state, to_state=instance.state,
        user=house.username, role=house.role, due_at=timer.due_at,
    )  # fmt: skip
    effects.call_reminder(by=house, instance=instance)


def _put_off(pk: int, refusal: HouseError, now: datetime) -> None:
    """Put on record that a timer could not fire, and try again later. A move that was overtaken needs nothing."""
    if refusal.code == "flow.moved_on":
        return
    log.warning("a timer could not fire: %s; it is tried again", refusal.code)
    with transaction.atomic():
        timer = Timer.objects.filter(pk=pk, fired_at=None).select_related("instance__definition").first()
        if timer is None:
            return
        first = timer.failure != refusal.code
        timer.due_at, timer.failure = now + RETRY_AFTER, refusal.code[:80]
        timer.save(update_fields=["due_at", "failure"])
        if not first:
            return
        house, instance = Actor.house("flow"), timer.instance
        Event.objects.create(
            instance=instance, kind=Event.Kind.FAILED, at=now, from_state=instance.state, to_state=instance.state,
            user=house.username, role=house.role, comment=refusal.code,
        )  # fmt: skip
        ledger.record(
            "flow.escalated",
            {
                **house.trace(), **moves.trace_of(instance), "state": instance.state, "action": "",
                "due": now.isoformat(), "outcome": "refused", "reason": refusal.code,
            },
        )  # fmt: skip

"""The one place where instances change: begin, move, end. Inside the caller's transaction, all or nothing.

A move is: compare-and-set on the row (whoever comes second gets `flow.moved_on`), the event, the timers of the new
state, the children of the state that was left ended, those of the new one begun, the effects of other rooms, and, when
it was a child that ended, the parent's join. Rows are locked from the top down, a parent before its child, so that two
children that end at the same moment see each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongchou import ledger
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.text import Text
from tongchou.standards.working_time import WorkingClock

from . import effects, errors, facts, limits
from .calendars import working_clock
from .definitions import BUREAU, OWNER, STARTER, Action, Children, Definition, parse
from .models import Event, Flow, FlowVersion, Instance, Timer

_parsed: dict[tuple[str, str], Definition] = {}
_MOST_PARSED = 512


def definition_of(version: FlowVersion) -> Definition:
    """The definition a version holds; parsed once, as versions never change."""
    key = (version.content["code"], version.digest)
    found = _parsed.get(key)
    if found is None:
        if len(_parsed) >= _MOST_PARSED:
            _parsed.clear()
        found = _parsed[key] = parse(version.content)
    return found


def current_version(code: str) -> FlowVersion:
    """The version in which new instances begin. Raises HouseError "flow.flow_not_found"."""
    flow = Flow.objects.select_related("current").filter(code=code).first()
    if flow is None or flow.current is None:
        raise errors.no_flow(code)
    version = flow.current
    version.flow = flow
    return version


def trace_of(instance: Instance) -> dict[str, Any]:
    """Which instance, as it goes on record."""
    return {
        "instance": instance.number,
        "flow": instance.flow,
        "flow_version": instance.definition.number,
        "ref": instance.ref,
    }


def begin(
    *,
    by: Actor,
    version: FlowVersion,
    title: Text,
    ref: str,
    owner: str,
    given: Mapping[str, Any],
    now: datetime,
    parent: Instance | None = None,
) -> Instance:
    """Begin an instance of a version. A child's starter is its parent's, so that nobody judges their own matter below."""
    definition = definition_of(version)
    kept = facts.read(definition, given)
    clock = working_clock()
    state = definition.states[definition.start]
    clocks = limits.entered({}, definition, left="", state=state.code, now=now, clock=clock)
    instance = Instance(
        number=f"draft-{secrets.token_hex(12)}",
        definition=version, flow=definition.code, ref=ref, name=title.zh, name_en=title.en, state=state.code,
        owner=owner, facts=kept, clocks=clocks, due_at=limits.next_due(clocks), standing=state.stands,
        provisional=limits.is_provisional(clocks), started_at=now, entered_at=now,
        starter=parent.starter if parent else by.username,
        starter_organisation=parent.starter_organisation if parent else by.organisation,
        starter_role=parent.starter_role if parent else by.role,
        parent=parent, parent_state=parent.state if parent else "", parent_version=parent.version if parent else 0,
    )  # fmt: skip
    _hold(instance, definition)
    instance.save(force_insert=True)
    instance.number = f"F-{now.astimezone(timezone.get_default_timezone()):%Y}-{instance.pk:06d}"
    Instance.objects.filter(pk=instance.pk).update(number=instance.number)
    _event(instance, Event.Kind.STARTED, by=by, now=now, to_state=state.code, given=kept)
    _set_timers(instance, definition, now, clock)
    if state.children is not None:
        _begin_children(instance, definition, state.children, by=by, now=now)
    if effects.call(definition.code, "", state.code, by=by, instance=instance, facts=given):
        instance.refresh_from_db()
    return instance


def move(
    *,
    instance: Instance,
    action: Action,
    by: Actor,
    now: datetime,
    comment: str = "",
    given: Mapping[str, Any] | None = None,
    kind: str = Event.Kind.ACTED,
) -> Instance:
    """Take an action that was found allowed on the instance as it was read. Raises HouseError "flow.moved_on" when the
    row has changed since, and whatever effects raise."""
    given = given or {}
    definition = definition_of(instance.definition)
    lock(instance.parent_id)
    clock = working_clock()
    left, target = instance.state, definition.states[action.to]
    kept = facts.read(definition, given)
    before = instance.version
    instance.facts = {**instance.facts, **kept}
    instance.clocks = limits.entered(
        instance.clocks, definition, left=left, state=target.code, now=now, clock=clock
    )
    instance.state, instance.version, instance.entered_at = target.code, before + 1, now
    instance.standing, instance.told = target.stands, False
    if target.end:
        instance.ended_at, instance.outcome = now, target.outcome
    _hold(instance, definition)
    _write(instance, before)
    _event(
        instance, kind, by=by, now=now, action=action.code, from_state=left, to_state=target.code, comment=comment,
        given=kept,
    )  # fmt: skip
    _set_timers(instance, definition, now, clock)
    if definition.states[left].children is not None:
        _end_children(instance, now)
    if target.children is not None:
        _begin_children(instance, definition, target.children, by=by, now=now)
    if effects.call(definition.code, action.code, target.code, by=by, instance=instance, facts=given):
        instance.refresh_from_db()
    if target.end and instance.parent_id:
        _join(instance.parent_id, now)
    return instance


def by_itself(*, instance: Instance, action: Action, now: datetime, kind: str = Event.Kind.ACTED) -> Instance:
    """A move the house makes, on record like those of people."""
    house = Actor.house("flow")
    left = instance.state
    moved = move(instance=instance, action=action, by=house, now=now, kind=kind)
    ledger.record(
        "flow.acted",
        {
            **house.trace(), **trace_of(moved), "action": action.code, "from_state": left, "to_state": action.to,
            "version": moved.version, "outcome": "done",
        },
    )  # fmt: skip
    return moved


def reckon_again(instance: Instance, clock: WorkingClock, now: datetime) -> bool:
    """Bring an instance's limits to the calendars of now, on record; whether anything changed.

    The row's version is raised, so that whoever acts on what they read before is told and nothing is overwritten.
    """
    definition = definition_of(instance.definition)
    clocks = limits.reckoned_again(instance.clocks, definition, clock)
    if clocks is None:
        return False
    passed = set(limits.overdue_scopes(instance.clocks, now))
    old, before = instance.due_at, instance.version
    instance.clocks, instance.version = clocks, before + 1
    _write(instance, before)
    house = Actor.house("flow")
    _event(
        instance, Event.Kind.RECKONED, by=house, now=now, from_state=instance.state, to_state=instance.state
    )
    # A limit that had passed and has still passed has been dealt with.
    _set_timers(instance, definition, now, clock, but=passed & set(limits.overdue_scopes(clocks, now)))
    ledger.record(
        "flow.reckoned",
        {
            **house.trace(), **trace_of(instance), "state": instance.state, "before": old.isoformat() if old else None,
            "due": instance.due_at.isoformat() if instance.due_at else None, "outcome": "done",
        },
    )  # fmt: skip
    return True


def _write(instance: Instance, before: int) -> None:
    """Compare-and-set the row from version `before` to what the object says."""
    instance.due_at = limits.next_due(instance.clocks)
    instance.provisional = limits.is_provisional(instance.clocks)
    names = (
        "state", "version", "facts", "clocks", "due_at", "standing", "provisional", "told", "entered_at", "ended_at",
        "outcome", "holder", "holder_user", "needs_permission", "needs_role",
    )  # fmt: skip
    changed = Instance.objects.filter(pk=instance.pk, version=before, ended_at=None).update(
        **{name: getattr(instance, name) for name in names}
    )
    if not changed:
        raise errors.moved_on(instance.number)


def _hold(instance: Instance, definition: Definition) -> None:
    """Write on the row who must act in its state."""
    state = definition.states[instance.state]
    instance.holder = instance.holder_user = instance.needs_permission = instance.needs_role = ""
    if state.end:
        return
    instance.needs_permission, instance.needs_role = state.permission, state.role
    if state.owner == OWNER:
        instance.holder = instance.owner
    elif state.owner == STARTER:
        instance.holder = instance.starter_organisation
        if definition.starter == "person":
            instance.holder_user = instance.starter
    elif state.owner == BUREAU:
        instance.holder = bureau(definition.code)
    else:
        instance.holder = state.owner


def bureau(flow: str) -> str:
    """Code of the organisation that runs the platform. Raises HouseError "flow.no_bureau"."""
    code = (
        Organisation.objects.filter(kind=Organisation.Kind.BUREAU, active=True)
        .order_by("code")
        .values_list("code", flat=True)
        .first()
    )
    if code is None:
        raise errors.no_bureau(flow)
    return code


def _event(
    instance: Instance,
    kind: str,
    *,
    by: Actor,
    now: datetime,
    given: Mapping[str, Any] | None = None,
    **rest: Any,
) -> None:
    Event.objects.create(
        instance=instance, kind=kind, version=instance.version, at=now, user=by.username, organisation=by.organisation,
        role=by.role, facts=sorted(given or ()), due_at=instance.due_at, **rest,
    )  # fmt: skip


def _set_timers(
    instance: Instance,
    definition: Definition,
    now: datetime,
    clock: WorkingClock,
    but: set[str] | frozenset[str] = frozenset(),
) -> None:
    """Replace the timers that have not fired by those of the limits that run. but: scopes whose limit has been dealt with."""
    if instance.version > 1:
        Timer.objects.filter(instance=instance, fired_at=None).delete()
    Timer.objects.bulk_create(
        Timer(instance=instance, kind=alarm.kind, scope=alarm.scope, due_at=alarm.at)
        for alarm in limits.alarms(instance.clocks, definition, now, clock)
        if not (alarm.kind == "limit" and alarm.scope in but)
    )


# -- children --


def _begin_children(
    instance: Instance, definition: Definition, children: Children, *, by: Actor, now: datetime
) -> None:
    owners = (
        children.owners if isinstance(children.owners, tuple) else instance.facts.get(children.owners) or ()
    )
    if not owners:
        raise errors.no_children(instance.number, instance.state)
    version = current_version(children.flow)
    below = definition_of(version)
    shared = {code: value for code, value in instance.facts.items() if code in below.facts}
    for owner in dict.fromkeys(owners):
        child = begin(
            by=by, version=version, title=instance.title, ref=instance.ref, owner=owner, given=shared, now=now,
            parent=instance,
        )  # fmt: skip
        ledger.record(
            "flow.started",
            {
                **by.trace(), **trace_of(child), "state": child.state, "owner": owner, "parent": instance.number,
                "outcome": "done",
            },
        )  # fmt: skip


def _end_children(instance: Instance, now: datetime) -> None:
    """End what still runs below a state that was left; what it has decided no longer counts."""
    house = Actor.house("flow")
    for child in (
        Instance.objects.filter(parent=instance, ended_at=None).select_related("definition").order_by("pk")
    ):
        before, left = child.version, child.state
        child.version, child.ended_at, child.outcome = before + 1, now, Instance.Outcome.WITHDRAWN
        child.clocks, child.standing, child.told = {}, False, False
        child.holder = child.holder_user = child.needs_permission = child.needs_role = ""
        _write(child, before)
        Timer.objects.filter(instance=child, fired_at=None).delete()
        _event(child, Event.Kind.CANCELLED, by=house, now=now, from_state=left, to_state=left)
        ledger.record(
            "flow.acted",
            {
                **house.trace(), **trace_of(child), "action": "cancelled", "from_state": left, "to_state": left,
                "version": child.version, "outcome": "done",
            },
        )  # fmt: skip
        _end_children(child, now)


def _join(parent_id: int, now: datetime) -> None:
    """Go on with the parent when its children's join holds, or cannot hold any more."""
    parent = Instance.objects.select_related("definition").get(pk=parent_id)
    definition = definition_of(parent.definition)
    children = definition.states[parent.state].children
    if children is None or parent.ended_at is not None:
        return
    # Those of this stay: a state that is entered anew begins children anew.
    stay = Event.objects.filter(instance=parent, to_state=parent.state, version__isnull=False).exclude(
        kind=Event.Kind.RECKONED
    )
    entered = stay.order_by("-version").values_list("version", flat=True).first()
    outcomes = list(
        Instance.objects.filter(parent=parent, parent_version=entered or 0).values_list("outcome", flat=True)
    )
    accepted = [outcome == Instance.Outcome.ACCEPTED for outcome in outcomes]
    ended = all(outcomes)
    if (children.join == "all" and ended and all(accepted)) or (children.join == "any" and any(accepted)):
        by_itself(instance=parent, action=definition.actions[children.then], now=now)
    elif ended:
        by_itself(instance=parent, action=definition.actions[children.otherwise], now=now)


def lock(pk: int | None) -> None:
    """Lock an instance and those above it, from the top down; nothing for None."""
    chain: list[int] = []
    while pk is not None:
        chain.append(pk)
        pk = Instance.objects.filter(pk=pk).values_list("parent_id", flat=True).first()
    for each in reversed(chain):
        list(Instance.objects.select_for_update().filter(pk=each).values_list("pk", flat=True))


def claim(timer: Timer, now: datetime) -> bool:
    """Mark a timer as fired; whether it was this call that did. Inside the transaction of what it brings about."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a timer is claimed in the transaction of what it brings about")
    return bool(Timer.objects.filter(pk=timer.pk, fired_at=None).update(fired_at=now, failure=""))

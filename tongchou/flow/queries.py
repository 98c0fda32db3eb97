"""Reads of this room: one instance, what waits for whom, what may be done, what happened, how much time is left."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.text import Text

from . import errors, facts, moves, rules
from .calendars import working_clock
from .definitions import STARTER, Action
from .models import Event, Instance


class Offered(NamedTuple):
    """One action as it is offered. reason: why it is not allowed, None when it is. tone: of its button. lasting: the
    actor could not come to have the right on this instance, so that a screen need not show it."""

    action: str
    label: Text
    allowed: bool
    reason: Text | None
    needs_comment: bool = False
    tone: str = ""
    lasting: bool = False


class TimeLeft(NamedTuple):
    """How much time an instance has. seconds: working seconds until due_at, negative when late; None where nothing runs.

    stands: the clock stands, waiting for the applicant. provisional: a calendar it rests on is not published yet.
    """

    due_at: datetime | None
    seconds: float | None
    late: bool
    stands: bool
    provisional: bool
    words: Text


def instance(number: str) -> Instance:
    """The instance of that number with its version. Raises HouseError "flow.instance_not_found"."""
    found = (
        Instance.objects.select_related("definition").defer("definition__text").filter(number=number).first()
    )
    if found is None:
        raise errors.no_instance(number)
    return found


def waiting_for(by: Actor) -> list[Instance]:
    """Open instances that `by` has to act on, those nearest to their limit first."""
    mine = Q(holder=by.organisation, holder_user="") | Q(holder_user=by.username)
    found = (
        Instance.objects.filter(mine, ended_at=None)
        .filter(Q(needs_role="") | Q(needs_role=by.role))
        .select_related("definition")
        .defer("definition__text")
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    return [one for one in found if not one.needs_permission or by.may(one.needs_permission)]


def visible_to(by: Actor) -> QuerySet[Instance]:
    """The instances that concern an actor: those they or their organisation began, own or acted on; all for those who
    oversee flows. What only its starter may see is not shown to colleagues."""
    found = Instance.objects.select_related("definition").defer("definition__text")
    if by.role == "house" or by.may("flows.oversee"):
        return found
    took_part = (
        Event.objects.filter(organisation=by.organisation).exclude(organisation="").values("instance_id")
    )
    personal = Q(definition__content__starter="person")
    return found.filter(
        Q(starter=by.username)
        | Q(holder_user=by.username)
        | Q(owner=by.organisation)
        | (Q(holder=by.organisation, holder_user="") & ~Q(holder=""))
        | (Q(starter_organisation=by.organisation) & ~personal)
        | (Q(pk__in=took_part) & ~(personal & Q(starter_organisation=by.organisation)))
    )


def acting_of(by: Actor) -> rules.Acting:
    """The actor as the rules see them; whether they are the bureau is looked up when it matters."""
    return rules.Acting(
        user=by.username,
        organisation=by.organisation,
        role=by.role,
        permissions=by.permissions,
        bureau=functools.partial(_is_bureau, by.organisation),
        house=by.role == "house" and by.user_id is None,
    )


def _is_bureau(organisation: str) -> bool:
    return Organisation.objects.filter(code=organisation, kind=Organisation.Kind.BUREAU, active=True).exists()


def standing_of(
    found: Instance, actions: Iterable[Action], given: Mapping[str, Any] | None = None
) -> rules.Standing:
    """Where an instance stands for those actions, as the rules see it. given: facts about to be given."""
    asked = {code for action in actions for code in (*action.not_by, *action.apart)} - {STARTER}
    doers: dict[str, set[tuple[str, str]]] = {}
    if asked:
        rows = Event.objects.filter(instance=found, action__in=asked).values_list(
            "action", "user", "organisation"
        )
        for code, user, organisation in rows:
            doers.setdefault(code, set()).add((user, organisation))
    kept = facts.read(moves.definition_of(found.definition), given) if given else {}
    return rules.Standing(
        number=found.number, state=found.state, owner=found.owner, starter=found.starter,
        starter_organisation=found.starter_organisation, facts={**found.facts, **kept},
        doers={code: frozenset(each) for code, each in doers.items()},
    )  # fmt: skip


def actions_for(by: Actor, found: Instance) -> list[Offered]:
    """The actions that people may take in the instance's state; those this actor may not take with the reason."""
    definition = moves.definition_of(found.definition)
    if found.ended_at is not None:
        return []
    actions = [action for action in definition.out_of(found.state) if action.by == "people"]
    standing, acting, today = standing_of(found, actions), acting_of(by), timezone.localdate()
    offered = []
    for action in actions:
        refusal = rules.why_not(definition, action, acting, standing, on=today)
        offered.append(
            Offered(
                action.code, action.title, refusal is None, refusal.what if refusal else None, action.needs_comment,
                action.tone, refusal is not None and refusal.lasting,
            )
        )  # fmt: skip
    return offered


def history(found: Instance) -> list[Event]:
    """What happened to the instance, oldest first."""
    return list(Event.objects.filter(instance=found).order_by("pk"))


def time_left(found: Instance, now: datetime) -> TimeLeft:
    """How much time is left, in working time, in words."""
    if found.ended_at is not None:
        return TimeLeft(None, None, False, False, False, Text("已结束", "Ended"))
    due = found.due_at
    if due is None:
        if found.standing:
            return TimeLeft(None, None, False, True, False, Text("时限暂停", "The clock stands"))
        return TimeLeft(None, None, False, False, False, Text("无时限", "No limit"))
    seconds = working_clock().remaining(now, due)
    late = now >= due
    about = _amount(abs(seconds))
    words = (
        Text(f"逾期 {about.zh}", f"{about.en} late") if late else Text(f"剩余 {about.zh}", f"{about.en} left")
    )
    return TimeLeft(due, seconds, late, found.standing, found.provisional, words)


def _amount(seconds: float) -> Text:
    """Working time as people say it: hours, and minutes below one hour."""
    hours = seconds / 3600
    if hours >= 1:
        said = f"{hours:.0f}" if hours >= 10 else f"{hours:.1f}".rstrip("0").rstrip(".")
        return Text(f"{said} 工作小时", f"{said} working hour{'' if said == '1' else 's'}")
    minutes = max(0, round(seconds / 60))
    return Text(f"{minutes} 工作分钟", f"{minutes} working minute{'' if minutes == 1 else 's'}")

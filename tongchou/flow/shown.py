"""What screens and the pieces for other rooms show of flows: pictures, steps, timelines, words for owners and limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from tongchou.accounts.models import Organisation, User
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.standards.text import Text

from . import queries, rules
from .definitions import BUREAU, OWNER, STARTER, Action, Definition, Escalation, State
from .drawing.picture import limit_in_words
from .models import Event, Instance
from .moves import definition_of

OWNERS = {
    OWNER: Text("主办机构", "The organisation it was given to"),
    BUREAU: Text("统筹局", "The bureau"),
    STARTER: Text("发起方", "Whoever began it"),
}
OUTCOMES = {
    "accepted": Text("办成", "Accepted"),
    "refused": Text("不同意", "Refused"),
    "withdrawn": Text("撤销", "Withdrawn"),
    "lapsed": Text("逾期终止", "Lapsed"),
}
TONES = {"accepted": "green", "refused": "red", "withdrawn": "grey", "lapsed": "grey"}
MOST_STEPS = 6
HOUSE = Text("系统", "The house")


class Step(NamedTuple):
    """One step of the stepper. state: done, now or next. who, when: of whoever finished it, or has to act."""

    label: Text
    state: str
    who: Text | None
    when: datetime | None
    note: Text | None
    late: bool = False


class Happening(NamedTuple):
    """One line of the timeline."""

    when: datetime
    title: Text
    who: Text
    organisation: Text
    comment: str
    tone: str


class StateRow(NamedTuple):
    """One state as its table shows it."""

    state: State
    owner: Text
    right: Text
    limit: Text | None
    escalation: Text | None
    actions: list[Action]


def organisation_names(codes: Iterable[str]) -> dict[str, Text]:
    """Names of organisations by code."""
    rows = Organisation.objects.filter(code__in={code for code in codes if code}).values_list(
        "code", "name", "name_en"
    )
    return {code: Text(name, name_en or name) for code, name, name_en in rows}


def _people(usernames: Iterable[str]) -> dict[str, Text]:
    wanted = {one for one in usernames if one and not one.startswith("@")}
    rows = User.objects.filter(username__in=wanted).values_list("username", "name", "name_en")
    return {username: Text(name, name_en or name) for username, name, name_en in rows}


def steps(found: Instance, now: datetime | None = None) -> list[Step]:
    """The way an instance has come, where it is, and the shortest way on to a good end."""
    definition = definition_of(found.definition)
    moves = [
        one for one in queries.history(found) if one.version is not None and one.kind != Event.Kind.RECKONED
    ]
    names = organisation_names([*(one.organisation for one in moves), found.holder])
    people = _people(one.user for one in moves)
    passed = []
    for one in moves:
        if one.from_state and one.from_state in definition.states:
            organisation = names.get(one.organisation)
            person = people.get(one.user)
            who = Text(
                " · ".join(each.zh for each in (organisation, person) if each) or HOUSE.zh,
                " · ".join(each.en for each in (organisation, person) if each) or HOUSE.en,
            )
            action = definition.actions.get(one.action)
            passed.append(
                Step(
                    definition.states[one.from_state].title,
                    "done",
                    who,
                    one.at,
                    action.title if action else None,
                )
            )
    here = definition.states[found.state]
    if found.ended_at is not None:
        return [*passed[-MOST_STEPS:], Step(here.title, "done", None, found.ended_at, None)]
    left = queries.time_left(found, now or timezone.now())
    current = Step(here.title, "now", names.get(found.holder), None, left.words, left.late)
    ahead = [
        Step(definition.states[code].title, "next", None, None, None)
        for code in _shortest(definition, found.state)
    ]
    return [*passed[-MOST_STEPS:], current, *ahead[:4]]


def _shortest(definition: Definition, state: str) -> list[str]:
    """The states on the shortest way from a state to an accepted end, the end included."""
    before: dict[str, str] = {state: ""}
    waiting = deque([state])
    while waiting:
        here = waiting.popleft()
        found = definition.states[here]
        if found.end and found.outcome == "accepted":
            path = []
            while here != state:
                path.append(here)
                here = before[here]
            return path[::-1]
        for action in definition.out_of(here):
            if action.by != "clock" and action.to not in before:
                before[action.to] = here
                waiting.append(action.to)
    return []


_HAPPENED = {
    Event.Kind.STARTED: (Text("发起", "Begun"), "blue"),
    Event.Kind.REMINDED: (Text("时限将到，已提醒", "Near its limit: reminded"), "amber"),
    Event.Kind.ESCALATED: (Text("逾期，已告知统筹局", "Past its limit: the bureau was told"), "red"),
    Event.Kind.RECKONED: (Text("工作日历变动，重算时限", "Limit reckoned again by a new calendar"), "grey"),
    Event.Kind.FAILED: (
        Text("到期操作未能完成，将重试", "What was due could not be done; it is tried again"),
        "red",
    ),
    Event.Kind.CANCELLED: (Text("随上级流转单终止", "Ended with the matter above it"), "grey"),
}


def timeline(found: Instance) -> list[Happening]:
    """What happened to an instance, newest first."""
    definition = definition_of(found.definition)
    happened = queries.history(found)
    names = organisation_names(one.organisation for one in happened)
    people = _people(one.user for one in happened)
    lines = []
    for one in happened:
        action = definition.actions.get(one.action)
        if action is not None:
            to = definition.states[one.to_state]
            title = Text(f"{action.title.zh} → {to.title.zh}", f"{action.title.en} → {to.title.en}")
            tone = TONES.get(to.outcome, "blue") if to.end else "blue"
            if one.kind == Event.Kind.ESCALATED:
                title, tone = Text(f"逾期：{title.zh}", f"Past its limit: {title.en}"), "red"
        else:
            title, tone = _HAPPENED.get(Event.Kind(one.kind), (Text(one.kind, one.kind), "grey"))
        organisation = names.get(one.organisation, Text(one.organisation, one.organisation))
        who = people.get(one.user, HOUSE if one.role == "house" else Text(one.user, one.user))
        lines.append(Happening(one.at, title, who, organisation, one.comment, tone))
    return lines[::-1]


def state_rows(definition: Definition) -> list[StateRow]:
    """The states of a definition in the words of the screen."""
    codes = {state.owner for state in definition.states.values()}
    names = {**organisation_names(codes), **OWNERS}
    return [
        StateRow(
            state=state,
            owner=names.get(state.owner, Text(state.owner, state.owner)),
            right=right_in_words(state.permission, state.role),
            limit=limit_in_words(state.limit.amount, state.limit.unit) if state.limit else None,
            escalation=escalation_in_words(definition, state.escalate),
            actions=definition.out_of(state.code),
        )
        for state in definition.states.values()
    ]


def right_in_words(permission: str, role: str) -> Text:
    """What whoever acts must hold."""
    parts = []
    if permission:
        parts.append(PERMISSIONS.get(permission, Text(permission, permission)))
    if role:
        parts.append(Text(f"角色 {role}", f"role {role}"))
    return Text("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def escalation_in_words(definition: Definition, escalate: Escalation | None) -> Text | None:
    """What happens when the limit passes."""
    if escalate is None:
        return None
    if escalate.tell:
        return Text("告知统筹局", "The bureau is told")
    action = definition.actions.get(escalate.action)
    return action.title if action else Text(escalate.action, escalate.action)


def guard_in_words(definition: Definition, action: Action) -> Text | None:
    """The guard of an action as a sentence; None without one."""
    if not action.guard:
        return None
    return action.guard_says or rules.guard_in_words(definition, action)


def not_by_in_words(definition: Definition, action: Action) -> Text | None:
    """Who may not take an action."""
    said = [(code, Text("本人", "in person")) for code in action.not_by]
    said += [(code, Text("及其机构", "and their organisation")) for code in action.apart]
    if not said:
        return None
    names = {code: each.title for code, each in definition.actions.items()}
    names[STARTER] = Text("发起人", "the starter")
    parts = [(names.get(code, Text(code, code)), how) for code, how in said]
    return Text(
        "、".join(f"{name.zh}（{how.zh}）" for name, how in parts),
        ", ".join(f"{name.en} ({how.en})" for name, how in parts),
    )

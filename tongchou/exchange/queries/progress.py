"""How far a matter has come on its flow, as the stepper and the timeline of a page take it."""

from __future__ import annotations

from typing import Any

from tongchou.flow import moves
from tongchou.flow import queries as flow
from tongchou.flow.models import Event, Instance
from tongchou.standards.text import Text

_TONES = {"accepted": "green", "refused": "red", "withdrawn": "grey", "lapsed": "amber"}


def of(instance: Instance, *, names: bool = False) -> dict[str, Any]:
    """{"steps", "events"}: the states gone through and the one it is in; what happened, newest first.

    names: tell who acted by account (for colleagues); otherwise by organisation alone (for the person concerned).
    """
    definition = moves.definition_of(instance.definition)
    told = flow.history(instance)
    gone = [each for each in told if each.to_state and each.kind != Event.Kind.REMINDED]
    steps: list[dict[str, Any]] = []
    for each in gone:
        title = (
            definition.states[each.to_state].title
            if each.to_state in definition.states
            else Text(each.to_state, each.to_state)
        )
        if steps and steps[-1]["label"] == title:
            continue
        steps.append({"label": title, "state": "done", "note": f"{each.at:%Y-%m-%d}"})
    if steps and instance.ended_at is None:
        steps[-1]["state"] = "now"
        steps.append({"label": Text("办结", "Settled"), "state": "next", "note": ""})
    events = [
        {
            "when": each.at,
            "title": definition.actions[each.action].title
            if each.action in definition.actions
            else _KINDS.get(each.kind, Text("", "")),
            "detail": _who(each, names),
            "tone": "amber" if each.kind in (Event.Kind.REMINDED, Event.Kind.ESCALATED) else "blue",
        }
        for each in reversed(told)
    ]
    if events and instance.ended_at is not None:
        events[0]["tone"] = _TONES.get(instance.outcome, "blue")
    return {"steps": steps, "events": events}


_KINDS: dict[str, Text] = {
    Event.Kind.STARTED: Text("提出", "Asked"),
    Event.Kind.REMINDED: Text("提醒", "Reminded"),
    Event.Kind.ESCALATED: Text("逾期升级", "Escalated"),
    Event.Kind.CANCELLED: Text("终止", "Cancelled"),
}


def _who(event: Event, names: bool) -> Text:
    if event.user.startswith("@"):
        return Text("平台自动", "by the house")
    return Text(event.user, event.user) if names else Text("", "")

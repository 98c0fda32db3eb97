"""Decisions about deliveries, on plain values."""

from __future__ import annotations

import datetime as dt

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: From which states an action may take a delivery, and to which it brings it.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "claim": (frozenset({"waiting"}), "running"),
    "close": (frozenset({"running"}), "done"),
    "fail": (frozenset({"running"}), "failed"),
    "cancel": (frozenset({"waiting"}), "cancelled"),
    "retry": (frozenset({"failed", "cancelled"}), "waiting"),
    "hold": (frozenset({"running"}), "held"),
    "release": (frozenset({"held"}), "waiting"),
    "refuse": (frozenset({"held"}), "refused"),
}


def check_transition(state: str, verb: str, number: str) -> str:
    """The state `verb` brings a delivery in `state` to; raises HouseError when it may not."""
    sources, target = TRANSITIONS[verb]
    if state not in sources:
        raise HouseError(
            "gather.wrong_state",
            Text(f"批次当前状态为 {state}，不能执行 {verb}。", f"The delivery is {state}; it cannot {verb}."),
            Text("请刷新页面查看最新状态。", "Reload the page to see its present state."),
            where=number,
        )
    return target


def can_transition(state: str, verb: str) -> bool:
    """Whether `verb` is open to a delivery in `state`."""
    return state in TRANSITIONS[verb][0]


def can_handle(*, owner: str, organisation: str, steward: bool) -> bool:
    """Whether someone of `organisation` may run, see into or send back deliveries of resources owned by `owner`.

    Stewards of the bureau may for all; others for their own organisation.
    """
    return steward or (organisation != "" and organisation == owner)


def check_handle(*, owner: str, organisation: str, steward: bool, resource: str) -> None:
    """Raise HouseError unless `can_handle`."""
    if not can_handle(owner=owner, organisation=organisation, steward=steward):
        raise HouseError(
            "gather.not_yours",
            Text("这项资源由其他部门负责。", "This resource belongs to another department."),
            Text("请联系提供部门或数据统筹局。", "Ask the department that provides it, or the bureau."),
            where=resource,
        )


#: Days after a delivery's business date within which a resource of each cycle still counts as fresh; None: always.
FRESH_DAYS: dict[str, int | None] = {
    "realtime": 1,
    "daily": 2,
    "weekly": 10,
    "monthly": 40,
    "quarterly": 105,
    "yearly": 400,
    "once": None,
}


def freshness(*, cycle: str, delivered_on: dt.date | None, today: dt.date) -> str:
    """ "fresh", "late" (its cycle and some grace have passed), or "never" for a resource without a delivery."""
    if delivered_on is None:
        return "never"
    days = FRESH_DAYS[cycle]
    return "fresh" if days is None or (today - delivered_on).days <= days else "late"

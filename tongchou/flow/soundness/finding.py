"""Making a finding, and walking the ways of a definition. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tongchou.standards.text import Text

from ..definitions import STARTER, Action, Definition, Finding, Place


def finding(code: str, place: Place, zh: str, en: str) -> Finding:
    """A finding by the part of its code after "flow."."""
    return Finding(f"flow.{code}", place, Text(zh, en))


def decides(definition: Definition, action: Action, state: str) -> bool:
    """Whether an action there judges other people's work: unless it says otherwise, whatever is not the starter's."""
    if action.by != "people":
        return False
    if action.decides is not None:
        return action.decides
    return definition.owner_of(action, state) != STARTER


def always_open(definition: Definition, action: Action) -> bool:
    """Whether no guard can close this way: it has none. People, clock and joins all take it sooner or later."""
    return not action.guard


def reachable(starts: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    """What can be come to from `starts`, themselves included."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += edges.get(one, ())
    return found


def edges_of(actions: Iterable[Action], *, backwards: bool = False) -> dict[str, set[str]]:
    """Which states actions lead to, or (backwards) come from."""
    edges: dict[str, set[str]] = {}
    for action in actions:
        for source in action.sources:
            one, two = (action.to, source) if backwards else (source, action.to)
            edges.setdefault(one, set()).add(two)
    return edges

"""Whether a definition is sound: every problem at once, each with its place. Pure.

What is promised of a flow that passes (and tested on random ones): every state can be reached; from every state an end
can be reached by ways that no guard can close; whoever waits is named, has a limit, and something happens when it
passes; nothing is accepted that nobody but its starter has decided; nobody decides on what they did themselves; guards
speak of declared facts alone; children exist, do not contain one another, and their join leads on either way.
"""

from __future__ import annotations

from ..definitions import Definition, Finding
from . import parts, ways
from .finding import always_open, decides
from .known import Known
from .parts import child_flows

__all__ = ["Known", "always_open", "check", "child_flows", "decides"]


def check(definition: Definition, known: Known | None = None) -> list[Finding]:
    """All that is wrong with a definition, in the order of its text; empty when it may be published."""
    around = known or Known()
    found = list(parts.names(definition, around))
    if not {one.code for one in found} & {"flow.unknown_state", "flow.starts_at_end"} and definition.states:
        found += ways.graph(definition)
        found += ways.reviews(definition)
    found += parts.owners(definition, around)
    found += parts.limits(definition)
    found += parts.clock_and_joins(definition)
    found += parts.guards(definition)
    found += parts.children(definition, around)
    order = {"start": 0, "facts": 1, "states": 2, "actions": 3}
    codes = {code: position for position, code in enumerate([*definition.states, *definition.actions])}
    return sorted(
        dict.fromkeys(found),
        key=lambda one: (
            order.get(str(one.place[0]), 0),
            codes.get(str(one.place[1]), 0) if len(one.place) > 1 else 0,
        ),
    )

"""What other rooms do when a flow moves. Registered when they start, called in the transaction of the move.

An effect that raises HouseError refuses the move: nothing of it is kept but the refusal on record. Of one thing that
happens only one function may be registered, so that nobody has to guess an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from tongchou.accounts.actor import Actor
from tongchou.standards import hooks

from .models import Instance


class Effect(Protocol):
    """by: who acted (`Actor.house("flow")` for the clock). instance: as it stands after the move. facts: those given."""

    def __call__(self, *, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None: ...


_of_action: dict[tuple[str, str], Effect] = {}
_of_state: dict[tuple[str, str], Effect] = {}
_of_reminder: dict[str, Effect] = {}


def _put(table: dict[Any, Effect], key: Any, function: Effect) -> None:
    if table.setdefault(key, function) is not function:
        raise ValueError(f"two effects are registered for {key}")


def register(*, flow: str, action: str, function: Effect) -> None:
    """Call `function` whenever `action` of `flow` is taken."""
    _put(_of_action, (flow, action), function)


def on_enter(*, flow: str, state: str, function: Effect) -> None:
    """Call `function` whenever an instance of `flow` comes into `state`, its first included."""
    _put(_of_state, (flow, state), function)


def on_remind(*, flow: str, function: Effect) -> None:
    """Call `function` whenever the owner of an instance of `flow` is reminded, or the bureau told."""
    _put(_of_reminder, flow, function)


def forget(*, flow: str) -> None:
    """Take back everything registered for `flow`; for rooms that are taken out, and tests."""
    hooks.settle(__name__)
    for table in (_of_action, _of_state):
        for key in [key for key in table if key[0] == flow]:
            del table[key]
    _of_reminder.pop(flow, None)


def call(
    flow: str, action: str, state: str, *, by: Actor, instance: Instance, facts: Mapping[str, Any]
) -> bool:
    """Call what is registered for an action (where one was taken), then for the state it led to; whether anything was."""
    hooks.settle(__name__)
    found = [effect for effect in (_of_action.get((flow, action)), _of_state.get((flow, state))) if effect]
    for effect in found:
        effect(by=by, instance=instance, facts=facts)
    return bool(found)


def call_reminder(*, by: Actor, instance: Instance) -> None:
    """Call what is registered for reminders of the instance's flow."""
    hooks.settle(__name__)
    effect = _of_reminder.get(instance.flow)
    if effect is not None:
        effect(by=by, instance=instance, facts={})

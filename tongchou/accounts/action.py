"""`@action`: every write that crosses rows or must be on record.

An action is a keyword-only function named by a verb. The decorator checks the permission, opens a transaction,
runs the function and writes its record to the ledger inside that transaction: the change and its trace stand or
fall together. A refusal is recorded after the rollback, so that it survives. What the record says beyond who
and how it ended, the action adds with `note(...)`: codes and identifiers, never a personal value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import transaction

from tongchou import ledger
from tongchou.standards.errors import HouseError

from .actor import Actor, require

Result = TypeVar("Result")

_notes: ContextVar[dict[str, Any] | None] = ContextVar("action_notes", default=None)


def note(**facts: Any) -> None:
    """Add facts to the record of the action that is running: codes, counts, names of fields."""
    notes = _notes.get()
    if notes is None:
        raise RuntimeError("note() outside an action")
    notes.update(facts)


def action(*, permission: str | None, event: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Make a function an action.

    permission: what `by` must hold; None where the action itself decides (signing in, one's own password).
    event: its code in the ledger's vocabulary; a refusal is recorded as the same event with outcome "refused".
    """

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        @functools.wraps(function)
        def run(*, by: Actor, **arguments: Any) -> Result:
            token = _notes.set({})
            try:
                try:
                    if permission is not None:
                        require(by, permission)
                    with transaction.atomic():
                        result = function(by=by, **arguments)
                        ledger.record(event, {**by.trace(), **(_notes.get() or {}), "outcome": "done"})
                        return result
                except HouseError as refusal:
                    body = {
                        **by.trace(),
                        **(_notes.get() or {}),
                        "outcome": "refused",
                        "reason": refusal.code,
                    }
                    if refusal.where:
                        body.setdefault("where", refusal.where)
                    with transaction.atomic():
                        ledger.record(event, body)
                    raise
            finally:
                _notes.reset(token)

        run.action = {"permission": permission, "event": event}  # type: ignore[attr-defined]
        return run

    return decorate

"""`@traced`: every read of personal data, answered only after its trace is committed.

A read changes nothing, so it needs no transaction of its own; what it needs is that its entry is in the ledger
before the answer leaves. The decorator checks the permission, runs the function, appends the entry and waits for
its commit, and only then returns. A refusal takes the same way. If the ledger cannot be written, LedgerUnavailable
is raised and nothing is answered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tongchou import ledger
from tongchou.accounts.actor import Actor, require
from tongchou.standards.errors import HouseError


@dataclass(frozen=True)
class ReceiptPlace:
    """Where the trace of an answer stands in the ledger; a receipt is asked for with it."""

    stream: str
    seq: int

    def __str__(self) -> str:
        return f"{self.stream}/{self.seq}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a traced function returns. receipt: set by `traced`."""

    receipt: ReceiptPlace | None = None


Result = TypeVar("Result", bound=Answer)

_facts: ContextVar[dict[str, Any] | None] = ContextVar("traced_facts", default=None)


def tell(**facts: Any) -> None:
    """Add facts to the trace of the read that is running: codes, ids, names of fields, counts; never a value."""
    held = _facts.get()
    if held is None:
        raise RuntimeError("tell() outside a traced function")
    held.update(facts)


def traced(*, permission: str, event: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Make a function a traced read; see the module. It is keyword-only and its first parameter is `by`."""

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        @functools.wraps(function)
        def run(*, by: Actor, **arguments: Any) -> Result:
            token = _facts.set({})
            try:
                try:
                    require(by, permission)
                    answer = function(by=by, **arguments)
                except HouseError as refusal:
                    body = {
                        **by.trace(),
                        **(_facts.get() or {}),
                        "outcome": "refused",
                        "reason": refusal.code,
                    }
                    if refusal.where:
                        body["where"] = refusal.where
                    ledger.append(event, body)
                    raise
                position = ledger.append(event, {**by.trace(), **(_facts.get() or {}), "outcome": "done"})
                return replace(answer, receipt=ReceiptPlace(position.stream, position.seq))
            finally:
                _facts.reset(token)

        run.action = {"permission": permission, "event": event}  # type: ignore[attr-defined]
        return run

    return decorate

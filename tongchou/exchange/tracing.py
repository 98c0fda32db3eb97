"""`@traced`: every read of personal data, answered only after its trace is committed.

A read changes nothing, so it needs no transaction of its own; what it needs is that its entry is in the ledger
before the answer leaves. The decorator checks the permission, runs the function, commits the use (`uses`) and waits,
and only then returns. A refusal takes the same way. If the ledger cannot be written, LedgerUnavailable is raised and
nothing is answered.

The function may be a plain one, or a generator that yields what it needs to know (`asks`): called as usual it is
driven to its end at once; the gateway drives the same function by `begin`, one step after the other, without a thread
that waits. Who reads and what was found is decided in the function alone.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import TimeoutError as WaitedTooLong
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from tongchou import ledger
from tongchou.accounts.actor import Actor, require
from tongchou.ledger.errors import LedgerUnavailable
from tongchou.ledger.journal import LONGEST_WAIT_S
from tongchou.standards.errors import HouseError

from . import asks, uses
from .asks import Ask
from .quotas import Claim
from .rules import Terms
from .uses import Committed, Nonce, Use


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

_running: ContextVar[Running[Any] | None] = ContextVar("traced_running", default=None)


def tell(**facts: Any) -> None:
    """Add facts to the trace of the read that is running: codes, ids, names of fields, counts; never a value."""
    held = _running.get()
    if held is None:
        raise RuntimeError("tell() outside a traced function")
    held.facts.update(facts)


def count(terms: Iterable[Terms], *, times: int = 1, missed: bool = False) -> None:
    """Say under which grants the running read is made: it takes `times` from the quota of each.

    missed: nobody was found, or the grants show nothing of whoever was. Called again, it adds grants.
    """
    held = _running.get()
    if held is None:
        raise RuntimeError("count() outside a traced function")
    held.grants.update({each.number: each.quota_per_day for each in terms})
    held.times, held.missed = times, missed


def beside(event: str, **facts: Any) -> None:
    """Another subject of whom the running read shows something: an entry of their own, by the same reader, written when the
    read is committed and waited for before it is answered. A read that is refused leaves none.
    """
    held = _running.get()
    if held is None:
        raise RuntimeError("beside() outside a traced function")
    held.others.append((event, {**held.by.trace(), **facts, "outcome": "done"}))


def probe(statement: str, subject_id: str) -> None:
    """Say that asking the same with other parameters would close in on a value, so that it is counted."""
    held = _running.get()
    if held is None:
        raise RuntimeError("probe() outside a traced function")
    asked = "\x1f".join((held.by.username, statement, subject_id))
    held.probe = hashlib.blake2b(asked.encode(), digest_size=16).hexdigest()


class Running(Generic[Result]):
    """One traced read under way.

    `go` runs it to its next question and returns that, None at its end; then `use` is what to commit and `settle` gives
    its answer, or raises its refusal, once that is done.
    """

    def __init__(
        self, function: Callable[..., Any], permission: str, event: str, by: Actor, arguments: dict[str, Any]
    ) -> None:
        self.by, self.event = by, event
        self.facts: dict[str, Any] = {}
        self.grants: dict[str, int | None] = {}
        self.others: list[tuple[str, dict[str, Any]]] = []
        self.times, self.missed, self.probe = 1, False, ""
        self._function, self._permission, self._arguments = function, permission, arguments
        self._steps: Generator[Ask, Any, Result] | None = None
        self._answer: Result | None = None
        self.refusal: HouseError | None = None

    def go(self, answer: Any = None) -> Ask | None:
        """Run on with the answer to the last question (a HouseError is raised where the question was asked)."""
        token = _running.set(self)
        try:
            if self._steps is None:
                require(self.by, self._permission)
                made = self._function(by=self.by, **self._arguments)
                if not isinstance(made, Generator):
                    self._answer = made
                    return None
                steps: Generator[Ask, Any, Result] = made
                self._steps = steps
                return next(steps)
            if isinstance(answer, HouseError):
                return self._steps.throw(answer)
            return self._steps.send(answer)
        except StopIteration as end:
            self._answer = end.value
        except HouseError as refusal:
            self.refusal = refusal
        finally:
            _running.reset(token)
        return None

    def use(self, *, nonce: Nonce | None = None, limit: int | None = None) -> Use:
        """What to commit. nonce: of the signed request; limit: how often the caller may ask a day."""
        facts = {**self.by.trace(), **self.facts}
        if self.refusal is not None and self.refusal.where:
            facts["where"] = self.refusal.where
        now = time.time()
        claim = Claim(
            self.by.username, self.grants, limit, self.times, self.missed, uses.is_night(now),
            bool(facts.get("case_ref")), self.probe,
        )  # fmt: skip
        return Use(self.event, facts, self.refusal.code if self.refusal else "", claim, nonce)

    def settle(self, committed: Committed) -> Result:
        """The answer, with the place of its trace. Raises the refusal, its own or the one met when committing."""
        if self.refusal is not None:
            raise self.refusal
        uses.check(committed)
        if self._answer is None:
            raise RuntimeError("a traced function ended without an answer")
        self._tell_others()
        return replace(self._answer, receipt=ReceiptPlace(committed.position.stream, committed.position.seq))

    def _tell_others(self) -> None:
        waiting = [ledger.append(event, facts, wait=False) for event, facts in self.others]
        try:
            for entry in waiting:
                entry.result(LONGEST_WAIT_S)
        except WaitedTooLong:
            raise LedgerUnavailable("timeout") from None


def traced(*, permission: str, event: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a traced read; see the module. It is keyword-only and its first parameter is `by`.

    The result is called as usual, or begun: `read.begin(by=…, …) -> Running`. `read.stepwise` says whether it yields.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def begin(*, by: Actor, **arguments: Any) -> Running[Any]:
            return Running(function, permission, event, by, arguments)

        @functools.wraps(function)
        def run(*, by: Actor, **arguments: Any) -> Any:
            running = begin(by=by, **arguments)
            ask = running.go()
            while ask is not None:
                try:
                    answer: Any = asks.fetch(ask)
                except HouseError as refusal:
                    answer = refusal
                ask = running.go(answer)
            return running.settle(uses.commit(running.use()))

        run.action = {"permission": permission, "event": event}  # type: ignore[attr-defined]
        run.begin = begin  # type: ignore[attr-defined]
        run.stepwise = inspect.isgeneratorfunction(function)  # type: ignore[attr-defined]
        return run

    return decorate

"""The two ways to write the ledger.

`record(kind, body)` for changes of the control plane: the entry is part of the caller's transaction and
stands or falls with it. `append(kind, body)` for accesses and refusals: the entry is committed by itself,
together with those of other threads, and the call returns only then, so that whoever answers after it can be
sure of the trace.

In tests: `record` works anywhere. `append` commits on a connection of its own, so test it with
`pytest.mark.django_db(transaction=True)` (TransactionTestCase); inside TestCase's transaction it refuses on
SQLite, as it would wait for a lock this transaction holds, and on PostgreSQL its entries outlive the test.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from typing import Literal, overload

from django.db import connections, router, transaction
from django.db.models import Max

from .canonical import instant
from .errors import AppendInsideTransaction, LedgerUnavailable
from .events import checked_body
from .flusher import STREAM_IDLE_S, Draft, Position, close_all, flusher, insert, new_stream, open_stream
from .models import Entry, Stream

__all__ = ["Position", "append", "close", "record"]

LONGEST_WAIT_S = 60.0
"""After this `append` gives up. The entry may still be committed later: a trace without an answer, never the
reverse.
"""


def record(kind: str, body: Mapping[str, object]) -> Position:
    """Write an entry as part of the caller's transaction (or in one of its own, when there is none).

    kind: a declared event; body: see `events.checked_body`, which raises UnknownEvent. When the transaction
    rolls back the entry is gone and its number is used again, so that no gap arises. Raises what the database
    raises.
    """
    draft = _draft(kind, body)
    alias = _alias()
    connection = connections[alias]
    with transaction.atomic(using=alias):
        stream = _streams.mine()
        # Asked every time rather than counted, because a rollback (of the transaction or of a savepoint) may
        # have taken back numbers that this thread has given.
        last: int | None = Entry.objects.using(alias).filter(stream=stream).aggregate(last=Max("seq"))["last"]
        if last is None and not Stream.objects.using(alias).filter(name=stream).exists():
            open_stream(connection, stream)
        return insert(connection, stream, (last or 0) + 1, [draft])[0]


@overload
def append(kind: str, body: Mapping[str, object], *, wait: Literal[True] = True) -> Position: ...
@overload
def append(kind: str, body: Mapping[str, object], *, wait: Literal[False]) -> Future[Position]: ...
def append(kind: str, body: Mapping[str, object], *, wait: bool = True) -> Position | Future[Position]:
    """Commit an entry by itself and return its position; with wait=False a future of it, for asynchronous
    callers.

    Whoever takes the future must not answer before it is done (`asyncio.wrap_future`). Raises
    LedgerUnavailable when the entry could not be committed, UnknownEvent as `record` does, and
    AppendInsideTransaction on SQLite inside an open transaction.
    """
    draft = _draft(kind, body)
    alias = _alias()
    connection = connections[alias]
    if connection.vendor == "sqlite" and connection.in_atomic_block:
        raise AppendInsideTransaction
    future = flusher(alias).submit(draft)
    if not wait:
        return future
    try:
        return future.result(LONGEST_WAIT_S)
    except WaitedTooLong:
        raise LedgerUnavailable("timeout") from None


def close() -> None:
    """Commit what is queued and close this process's ledger connections; used before a test database is
    dropped.
    """
    close_all()


def _alias() -> str:
    return router.db_for_write(Entry)


def _draft(kind: str, body: Mapping[str, object]) -> Draft:
    data = checked_body(kind, body)
    subject = body.get("subject_id")
    return Draft(instant(), kind, data, subject if isinstance(subject, str) else "")


class _Lease:
    """A thread's hold on a stream. When the thread ends, the stream goes back for the next thread to use."""

    def __init__(self, pool: Streams) -> None:
        self._pool, self._pid = pool, os.getpid()
        self.stream, self.used_at = pool.free.pop() if pool.free else new_stream(), pool.clock()

    def __del__(self) -> None:
        if self._pid == os.getpid() and self._pool.clock() - self.used_at < STREAM_IDLE_S / 2:
            self._pool.free.append(self.stream)


class Streams:
    """The streams of `record`: one per thread at a time, so that numbers never contend; few in all.

    clock: seconds that only grow, for telling how long a stream was idle.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.free: list[str] = []
        self._local = threading.local()

    def mine(self) -> str:
        """The stream of this thread."""
        lease: _Lease | None = getattr(self._local, "lease", None)
        if lease is None or self.clock() - lease.used_at > STREAM_IDLE_S:
            if lease is not None:
                lease.used_at = float("-inf")
            lease = self._local.lease = _Lease(self)
        lease.used_at = self.clock()
        return lease.stream


_streams = Streams()


def _after_fork() -> None:
    global _streams
    _streams = Streams()


os.register_at_fork(after_in_child=_after_fork)

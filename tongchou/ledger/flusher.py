"""Group commit: one thread per process writes what all its threads append, many entries to a transaction.

While one batch is being committed the next one gathers, so the batch grows with the load and a lone entry
never waits for company. The thread has its own database connection and its own stream. When a batch fails,
everybody waiting is told at once and the thread goes on with a new stream: whether the failed batch reached
the disk after all may be unknown, so its numbers are never used again.
"""

from __future__ import annotations

import atexit
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from .canonical import leaf_of
from .errors import LedgerUnavailable

LARGEST_BATCH = 512
CHECK_AFTER_IDLE_S = 5.0
"""A connection unused for so long is tested before it is used: the server may have closed it meanwhile."""

STREAM_IDLE_S = 6 * 3600.0
"""A stream unused for so long is left for a new one; the sequencer stops asking for it much later
(`sequencer`).
"""


class Position(NamedTuple):
    """Where an entry stands: its stream, its number there (from 1) and its 32-byte leaf hash."""

    stream: str
    seq: int
    leaf: bytes


class Draft(NamedTuple):
    """An entry without its place."""

    at: str
    kind: str
    body: bytes
    subject_id: str


wrote = threading.Event()
"""Set once this process has written an entry; a command that ends then has them signed (`config.cli`)."""


def new_stream() -> str:
    """A stream's name: 96 random bits, so that two writers never meet."""
    return secrets.token_hex(12)


def insert(
    connection: BaseDatabaseWrapper, stream: str, first_seq: int, drafts: Sequence[Draft]
) -> list[Position]:
    """Write `drafts` as entries first_seq … of `stream` on `connection`, inside its open transaction."""
    wrote.set()
    rows, positions = [], []
    for seq, (at, kind, body, subject_id) in enumerate(drafts, first_seq):
        leaf = leaf_of(stream, seq, at, kind, body)
        rows.append((stream, seq, at, kind, body, leaf, subject_id))
        positions.append(Position(stream, seq, leaf))
    columns = "stream, seq, at, kind, body, leaf, subject_id"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > 8:
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(
                f"INSERT INTO ledger_entry ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s)", rows
            )
    return positions


def open_stream(connection: BaseDatabaseWrapper, stream: str) -> None:
    """Make `stream` known to the sequencer, in the transaction of its first entry."""
    from .models import Stream

    Stream.objects.using(connection.alias).create(name=stream, opened_at=timezone.now())


class Flusher:
    """The writing thread of one process; started by the first entry, drained when the process ends.

    A room that must commit something else together with its entries, or decide at that very moment, derives its own
    from it and overrides `write`.

    clock: seconds that only grow, for telling how long a stream was idle.
    """

    def __init__(self, alias: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._alias, self._clock = alias, clock
        self._drafts: deque[tuple[Draft, Future[Position]]] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._stream, self._next_seq, self._used_at = new_stream(), 1, clock()
        self.connection: BaseDatabaseWrapper | None = None

    def submit(self, draft: Draft) -> Future[Position]:
        """Queue an entry; the future is done when it is committed, or fails with LedgerUnavailable."""
        future: Future[Position] = Future()
        future.set_running_or_notify_cancel()
        with self._wake:
            if self._thread is None:
                self._closing = False
                self._thread = threading.Thread(target=self._run, name="ledger-flusher", daemon=True)
                self._thread.start()
            self._drafts.append((draft, future))
            if len(self._drafts) == 1:
                self._wake.notify()
        return future

    def write(
        self, connection: BaseDatabaseWrapper, stream: str, first_seq: int, drafts: Sequence[Draft]
    ) -> Sequence[Position]:
        """Write one batch in its open transaction: one entry a draft, numbered from first_seq on. What stands at a
        draft's place in the answer is what its future is done with."""
        return insert(connection, stream, first_seq, drafts)

    def close(self) -> None:
        """Commit what is queued, end the thread and its connection. The next entry starts them, with a new
        stream.
        """
        with self._wake:
            thread = self._thread
            self._closing = True
            self._wake.notify()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        connection = self.connection = connections[self._alias]
        batch: list[tuple[Draft, Future[Position]]] = []
        try:
            while True:
                with self._wake:
                    while not self._drafts and not self._closing:
                        self._wake.wait()
                    if not self._drafts:
                        self._thread = None
                        self._stream, self._next_seq = new_stream(), 1
                        return
                    batch = [self._drafts.popleft() for _ in range(min(len(self._drafts), LARGEST_BATCH))]
                self._commit(connection, batch)
        except BaseException as fatal:
            # The thread is dying (no memory, a defect): nobody may be left waiting for it.
            with self._wake:
                batch += self._drafts
                self._drafts.clear()
                self._thread = None
            _fail(batch, fatal)
            raise
        finally:
            connection.close()

    def _commit(self, connection: BaseDatabaseWrapper, batch: list[tuple[Draft, Future[Position]]]) -> None:
        now = self._clock()
        idle_s, self._used_at = now - self._used_at, now
        if idle_s > STREAM_IDLE_S:
            self._stream, self._next_seq = new_stream(), 1
        try:
            if (
                idle_s > CHECK_AFTER_IDLE_S
                and connection.connection is not None
                and not connection.is_usable()
            ):
                connection.close()
            if connection.connection is None:
                _open(connection)
            with transaction.atomic(using=self._alias, durable=True):
                if self._next_seq == 1:
                    open_stream(connection, self._stream)
                drafts = [draft for draft, _ in batch]
                positions = self.write(connection, self._stream, self._next_seq, drafts)
        except (DatabaseError, InterfaceError, OSError) as failure:
            self._stream, self._next_seq = new_stream(), 1
            try:
                connection.close()
            finally:
                _fail(batch, failure)
            return
        self._next_seq += len(batch)
        for (_, future), position in zip(batch, positions, strict=True):
            future.set_result(position)


def _open(connection: BaseDatabaseWrapper) -> None:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        # In WAL mode only FULL makes a committed entry survive a power cut, whatever the control plane is set
        # to.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def _fail(batch: list[tuple[Draft, Future[Position]]], cause: BaseException) -> None:
    for _, future in batch:
        if not future.done():
            # Only the type: a driver's message may quote the row.
            future.set_exception(LedgerUnavailable(type(cause).__name__))


_flushers: dict[tuple[str, type[Flusher]], Flusher] = {}
_lock = threading.Lock()
_inherited: list[dict[tuple[str, type[Flusher]], Flusher]] = []


def flusher(alias: str, kind: type[Flusher] = Flusher) -> Flusher:
    """This process's flusher of a kind for the database `alias`."""
    found = _flushers.get((alias, kind))
    if found is None:
        with _lock:
            found = _flushers.setdefault((alias, kind), kind(alias))
    return found


def close_all() -> None:
    """Drain and stop every flusher of this process."""
    for found in list(_flushers.values()):
        found.close()


def _after_fork() -> None:
    # The child has neither the parent's thread nor the right to its connection. The old objects are kept,
    # because collecting them would close the connection the parent is still using.
    global _flushers, _lock
    _inherited.append(_flushers)
    _flushers, _lock = {}, threading.Lock()


atexit.register(close_all)
os.register_at_fork(after_in_child=_after_fork)

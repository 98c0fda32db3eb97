"""How the gateway asks without waiting: the rulebook, documents and lookups, from its event loop.

Where the serving index and the control plane are SQLite files, a question is answered in some microseconds and asked
straight away on connections of the loop's own. PostgreSQL is asked by a thread that takes everything that has gathered
meanwhile in one round trip, so that a hundred questions cost little more than one. Every answer comes with the version
of `changes` at that moment: whoever was answered by an older rulebook begins again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tongchou.pool.folders import pool_root
from tongchou.pool.serving.digests import digester
from tongchou.pool.serving.sealing import unseal
from tongchou.pool.serving.sqlite import SqliteStore

from .. import changes, rulebook
from ..asks import MOST, Ask, Call, Document, Lookup
from ..rulebook import Rulebook
from ..uses import Committed, Use, submit


class Stale(Exception):
    """The rulebook has changed since the request began."""


class Reader(Protocol):
    """Answers questions at once or later."""

    async def version(self) -> changes.Version:
        """The present version."""

    async def sealed(self, ask: Document | Lookup) -> tuple[changes.Version | None, list[tuple[str, bytes]]]:
        """The sealed documents asked for, and the version of a moment not before the question (None where the version was
        read when the request came in)."""

    def close(self) -> None:
        """Close connections and threads."""


class SqliteReader:
    """Both files are read on the loop's thread, the version for each request when it comes in."""

    def __init__(self, control: str) -> None:
        self._db = sqlite3.connect(
            control, isolation_level=None, check_same_thread=False, uri=control.startswith("file:"), timeout=5
        )
        self._db.execute("PRAGMA query_only = 1")
        self._store = SqliteStore(pool_root() / "serving.sqlite3")
        self._digest = digester()

    def version_now(self) -> changes.Version:
        """The present version."""
        row: tuple[int, int] = self._db.execute(changes.VERSION_SQL).fetchone()
        return row

    async def version(self) -> changes.Version:
        return self.version_now()

    async def sealed(self, ask: Document | Lookup) -> tuple[changes.Version | None, list[tuple[str, bytes]]]:
        if isinstance(ask, Document):
            wanted = [ask.subject_id]
        else:
            wanted = self._store.find(self._digest(ask.kind, *ask.values), MOST)
        return None, [each for each in map(self._store.document, wanted) if each is not None]

    def close(self) -> None:
        self._db.close()


class Wakes:
    """Brings results from other threads to the loop: one waking for all that are ready."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready: list[tuple[asyncio.Future[Any], Future[Any]]] = []
        self._lock = threading.Lock()
        self._gathered: list[tuple[Use, asyncio.Future[Committed]]] = []

    def add(self, done: tuple[asyncio.Future[Any], Future[Any]]) -> None:
        """Settle the loop's future as the other one is, soon. From any thread."""
        with self._lock:
            self._ready.append(done)
            first = len(self._ready) == 1
        if first:
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # the loop has ended, and with it everybody who waits
                return

    def _drain(self) -> None:
        with self._lock:
            ready, self._ready = self._ready, []
        for waiting, done in ready:
            _settle(waiting, done)

    def submit(self, use: Use) -> asyncio.Future[Committed]:
        """Commit a use, together with all that this round of the loop brings; the future is the loop's."""
        waiting: asyncio.Future[Committed] = self._loop.create_future()
        self._gathered.append((use, waiting))
        if len(self._gathered) == 1:
            self._loop.call_soon(self._submit_gathered)
        return waiting

    def _submit_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        for use, waiting in gathered:
            try:
                submitted = submit(use)
            except Exception as failure:  # it is told to whoever waits
                waiting.set_exception(failure)
                continue
            submitted.add_done_callback(lambda done, waiting=waiting: self.add((waiting, done)))  # type: ignore[misc]


def _settle(waiting: asyncio.Future[Any], done: Future[Any]) -> None:
    if waiting.done():
        return
    failure = done.exception()
    if failure is not None:
        waiting.set_exception(failure)
    else:
        waiting.set_result(done.result())


_Wanted = tuple[Document | Lookup | None, "asyncio.Future[tuple[changes.Version, list[tuple[str, bytes]]]]"]


class PostgresReader:
    """One thread with one connection takes what has gathered."""

    def __init__(self, settings: dict[str, Any], wakes: Wakes, loop: asyncio.AbstractEventLoop) -> None:
        self._settings, self._wakes, self._loop = settings, wakes, loop
        self._digest = digester()
        self._wanted: list[_Wanted] = []
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="gateway-reader", daemon=True)
        self._thread.start()

    async def version(self) -> changes.Version:
        return (await self._ask(None))[0]

    async def sealed(self, ask: Document | Lookup) -> tuple[changes.Version, list[tuple[str, bytes]]]:
        return await self._ask(ask)

    def _ask(
        self, ask: Document | Lookup | None
    ) -> asyncio.Future[tuple[changes.Version, list[tuple[str, bytes]]]]:
        waiting: asyncio.Future[tuple[changes.Version, list[tuple[str, bytes]]]] = self._loop.create_future()
        with self._wake:
            self._wanted.append((ask, waiting))
            if len(self._wanted) == 1:
                self._wake.notify()
        return waiting

    def close(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        from tongchou.pool.serving.grouped import GroupedReader

        group = GroupedReader(self._settings, changes.VERSION_SQL)
        try:
            while True:
                with self._wake:
                    while not self._wanted and not self._closing:
                        self._wake.wait()
                    if self._closing:
                        return
                    wanted, self._wanted = self._wanted, []
                self._answer(group, wanted)
        finally:
            group.close()

    def _answer(self, group: Any, wanted: Sequence[_Wanted]) -> None:
        ids = {ask.subject_id for ask, _ in wanted if isinstance(ask, Document)}
        digests = {ask: self._digest(ask.kind, *ask.values) for ask, _ in wanted if isinstance(ask, Lookup)}
        try:
            version, documents, found = group.read(sorted(ids), sorted(set(digests.values())), MOST)
        except Exception as failure:
            # Nobody may be left waiting; the next round opens a new connection.
            group.close()
            for _, waiting in wanted:
                told: Future[Any] = Future()
                told.set_exception(failure)
                self._wakes.add((waiting, told))
            return
        for ask, waiting in wanted:
            if isinstance(ask, Document):
                rows = [documents[ask.subject_id]] if ask.subject_id in documents else []
            elif isinstance(ask, Lookup):
                rows = found.get(digests[ask], [])
            else:
                rows = []
            answered: Future[Any] = Future()
            answered.set_result((version, rows))
            self._wakes.add((waiting, answered))


class Asking:
    """Answers what traced reads ask, on the loop; what may wait runs in a few threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int = 8) -> None:
        alias = connections["default"].alias
        settings = connections[alias].settings_dict
        self.wakes = Wakes(loop)
        self._loop = loop
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="gateway")
        self._opened: set[BaseDatabaseWrapper] = set()
        self.reader: Reader = (
            PostgresReader(settings, self.wakes, loop)
            if connections[alias].vendor == "postgresql"
            else SqliteReader(str(settings["NAME"]))
        )
        self._fresh_at_once = isinstance(self.reader, SqliteReader)

    async def book(self) -> tuple[Rulebook, bool]:
        """The rulebook, and whether it is surely the present one."""
        held = rulebook.held()
        if held is not None and not self._fresh_at_once:
            return held, False
        version = await self.reader.version()
        if held is None or held.version != version:
            held = await self.off(lambda: rulebook.at(version))
        return held, True

    async def renew(self) -> None:
        """Read the rulebook again if it has changed."""
        version = await self.reader.version()
        held = rulebook.held()
        if held is None or held.version != version:
            await self.off(lambda: rulebook.at(version))

    async def answer(self, ask: Ask, book: Rulebook) -> Any:
        """What is asked. Raises Stale when the rulebook has changed meanwhile, HouseError as what is asked does."""
        if isinstance(ask, Call):
            return await self.off(ask.function)
        if isinstance(ask, Document | Lookup):
            version, rows = await self.reader.sealed(ask)
            if version is not None and version != book.version:
                raise Stale
            documents = [unseal(*row) for row in rows]
            return documents if isinstance(ask, Lookup) else (documents[0] if documents else None)
        return book

    async def off(self, function: Callable[[], Any]) -> Any:
        """Run what may wait in a thread, with the ORM at hand."""

        def run() -> Any:
            self._opened.add(connections["default"])
            close_old_connections()
            try:
                return function()
            finally:
                close_old_connections()

        return await self._loop.run_in_executor(self._threads, run)

    def close(self) -> None:
        """End threads and connections."""
        self.reader.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for each in self._opened:  # their threads are gone
            each.inc_thread_sharing()
            each.close()

"""Shards written by processes of their own, so that all cores are used: what a name or an address is found by takes most
of the time of making an index, and Python makes one at a time.

`python -m tongchou.pool.search.apart` is such a process. It reads messages that begin with their length (8 bytes) from its
input: first what kind of subject it is and the key (JSON), then for each shard where it lies and whom to take out (JSON),
its rows in batches (Arrow), each answered by how many subjects that were, and an empty message, answered by an empty one
when the shard is on disk. It ends with its input, however whoever asked it ended.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import IO, NamedTuple

import orjson
import pyarrow as pa

from . import shards
from .keyed import tokens_under
from .searched import Entry, Maker

Report = Callable[[int], None]
"""report(how many more subjects were taken in)"""


class Task(NamedTuple):
    """One shard to be written. gone: whom to take out first; rows: `searched.COLUMNS` of whom to add."""

    folder: Path
    gone: list[str]
    rows: Iterable[pa.RecordBatch]


def here(task: Task, maker: Maker, report: Report) -> None:
    """Write one shard."""

    def entries() -> Iterator[list[Entry]]:
        for batch in task.rows:
            found, subjects = maker.entries(batch)
            yield found
            report(subjects)

    shards.write(task.folder, task.gone, entries())


def by_processes(tasks: Iterable[Task], kind: str, secret: str, processes: int) -> Iterator[int]:
    """Write shards, so many at once; tells how many more subjects were taken in, as it goes.

    Raises RuntimeError when a process ended on its own.
    """
    running = [_Process(kind, secret) for _ in range(processes)]
    try:
        free: SimpleQueue[_Process] = SimpleQueue()
        for each in running:
            free.put(each)
        told: SimpleQueue[int | None] = SimpleQueue()

        def write(task: Task) -> None:
            process = free.get()
            try:
                process.write(task, told.put)
            finally:
                free.put(process)
                told.put(None)

        with ThreadPoolExecutor(processes, thread_name_prefix="apart") as threads:
            waiting: deque[Future[None]] = deque()

            def until(left: int) -> Iterator[int]:
                while len(waiting) > left:
                    more = told.get()
                    if more is None:
                        waiting.popleft().result()
                    else:
                        yield more

            for task in tasks:
                waiting.append(threads.submit(write, task))
                yield from until(processes)  # one is ready for whoever is free first
            yield from until(0)
    finally:
        for each in running:
            each.end()


class _Process:
    """One of the processes, as its parent sees it."""

    def __init__(self, kind: str, secret: str) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "tongchou.pool.search.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._running.stdin is not None and self._running.stdout is not None
        self._to: IO[bytes] = self._running.stdin
        self._from: IO[bytes] = self._running.stdout
        _tell(self._to, orjson.dumps({"kind": kind, "secret": secret}))

    def write(self, task: Task, report: Report) -> None:
        """Have it write one shard."""
        try:
            _tell(self._to, orjson.dumps({"folder": str(task.folder), "gone": task.gone}))
            for batch in task.rows:
                _tell(self._to, _written(batch))
                report(int(self._answer()))
            _tell(self._to, b"")
            self._answer()
        except BrokenPipeError:
            raise _ended() from None

    def _answer(self) -> bytes:
        told = _hear(self._from)
        if told is None:
            raise _ended()
        return told

    def end(self) -> None:
        """Let it end, and wait for it."""
        self._running.kill()
        self._running.communicate()


def _ended() -> RuntimeError:
    return RuntimeError("a process that writes search entries has ended")


def _written(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _tell(to: IO[bytes], message: bytes) -> None:
    to.write(len(message).to_bytes(8, "big"))
    to.write(message)
    to.flush()


def _hear(of: IO[bytes]) -> bytes | None:
    """The next message; None at the end."""
    size = of.read(8)
    if len(size) < 8:
        return None
    message = of.read(int.from_bytes(size, "big"))
    return message if len(message) == int.from_bytes(size, "big") else None


def _batches() -> Iterator[pa.RecordBatch]:
    """The rows of one shard, to the empty message."""
    while message := _hear(sys.stdin.buffer):
        yield from pa.ipc.open_stream(message)


def main() -> None:
    """In a process of its own."""
    gc.disable()  # nothing here refers in circles
    told = _hear(sys.stdin.buffer)
    if told is None:
        return
    asked = orjson.loads(told)
    maker = Maker(asked["kind"], tokens_under(asked["secret"]))

    def answer(subjects: int) -> None:
        _tell(sys.stdout.buffer, str(subjects).encode())

    try:
        while (message := _hear(sys.stdin.buffer)) is not None:
            asked = orjson.loads(message)
            here(Task(Path(asked["folder"]), asked["gone"], _batches()), maker, answer)
            _tell(sys.stdout.buffer, b"")
    except Exception as defect:  # its text may hold a value; its kind will do
        raise SystemExit(f"search entries: {type(defect).__name__}") from None


if __name__ == "__main__":
    main()

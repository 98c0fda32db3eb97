"""Values folded by more than one process: a helper beside this one takes every chunk it comes to first.

Folding reads addresses and names with the interpreter, which one thread holds at a time; two million records have a
million homes. So, where there are many values and another core, a second interpreter is started (`main`),
takes chunks from its standard input and gives back their foldings; nothing touches the disk. Without it, or when it
dies, this process does what is left. The outcome is the same: values are folded one by one.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, Any

import pyarrow as pa

from .kinds import KINDS
from .kinds.base import Folded, Kind
from .tabled import folded_in, table_of

AT_ONCE = 20_000  # values folded together, so that what a kind makes on the way does not all stand in memory
WORTH = 100_000  # so many values of one column are worth a helper
_LENGTH = struct.Struct("<q")


class Helper:
    """Another process that folds; started when first needed, gone when the block ends."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process is not None:
            assert self.process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it died; what it had taken was folded here
                self.process.stdin.close()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process.wait()
            self.process = None

    def fold(self, kind: Kind, values: pa.Array) -> Folded:
        """Fold distinct values; as `kind.fold`, some at a time."""
        starts = range(0, max(len(values), 1), AT_ONCE)
        chunks = [values.slice(start, AT_ONCE) for start in starts]
        found: dict[int, Folded] = {}
        waiting = iter(range(len(chunks)))
        turn = threading.Lock()
        name = next((name for name, each in KINDS.items() if each is kind), "")

        def take() -> int | None:
            with turn:
                return next(waiting, None)

        beside = None
        if name and len(values) >= WORTH and len(os.sched_getaffinity(0)) > 1:
            beside = threading.Thread(target=self._beside, args=(name, chunks, take, found), name="folding")
            beside.start()
        while (number := take()) is not None:
            found[number] = kind.fold(chunks[number].to_pylist())
        if beside is not None:
            beside.join()
        for number, chunk in enumerate(chunks):
            if number not in found:  # the helper died with it
                found[number] = kind.fold(chunk.to_pylist())
        return Folded.joined([found[number] for number in range(len(chunks))])

    def _beside(self, name: str, chunks: Sequence[pa.Array], take: Any, found: dict[int, Folded]) -> None:
        try:
            process = self.process = self.process or _start()
            assert process.stdin is not None
            assert process.stdout is not None
            while (number := take()) is not None:
                _tell(process.stdin, pa.table({name: chunks[number]}))
                found[number] = folded_in(_heard(process.stdout))[0]
        except (OSError, EOFError, ValueError, pa.ArrowException):
            return  # it died, or the block ended under it


def _start() -> subprocess.Popen[bytes]:
    """The helper, with this process's way of finding modules."""
    path = os.pathsep.join(each for each in sys.path if each)
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what it fails at fails here again, and is told here
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def _tell(pipe: IO[bytes], table: pa.Table) -> None:
    told = pa.BufferOutputStream()
    with pa.ipc.new_stream(told, table.schema) as writer:
        writer.write_table(table)
    content = told.getvalue()
    pipe.write(_LENGTH.pack(content.size))
    pipe.write(content)
    pipe.flush()


def _heard(pipe: IO[bytes]) -> pa.Table:
    """What the other side told. Raises EOFError when it has nothing more to tell."""
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        raise EOFError
    return pa.ipc.open_stream(pa.py_buffer(pipe.read(_LENGTH.unpack(length)[0]))).read_all()


def main() -> None:
    """Fold what comes in until no more does."""
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing else may come between
    while True:
        try:
            table = _heard(sys.stdin.buffer)
        except EOFError:
            return
        [name] = table.column_names
        _tell(out, table_of(KINDS[name].fold(table[name].to_pylist())))

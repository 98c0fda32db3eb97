"""DuckDB as the house uses it: in memory, bounded, spilling into the data folder."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

MEMORY_MB = 2048
"""What one connection may hold before it spills; `TONGCHOU_MEMORY_MB` changes it."""

_KEEP_MS = 10_000
"""How long freed memory stays with the process for reuse."""


_IDLE = 4
"""How many engines a process keeps for the next question."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_file_cache": False,  # what it remembers of files would outlive them
}
_idle: list[duckdb.DuckDBPyConnection] = []


def memory_mb() -> int:
    """The memory limit of one connection in megabytes."""
    return int(os.environ.get("TONGCHOU_MEMORY_MB") or MEMORY_MB)


def threads() -> int:
    """Threads of one connection: the cores this process may use; `TONGCHOU_THREADS` changes it."""
    return int(os.environ.get("TONGCHOU_THREADS") or len(os.sched_getaffinity(0)))


def part_bytes() -> int:
    """How much text is worked on, and resumed, at once; what bounds a load's memory beside DuckDB's own
    limit."""
    return int(os.environ.get("TONGCHOU_ENGINE_PART_BYTES") or 64 << 20)


def reuse_memory() -> None:
    """Have Arrow allocate from jemalloc, where it has it, for the whole process.

    A load goes through gigabytes in pieces of some megabytes. The usual allocator gives each back to the
    system, which clears the pages again: a fifth of a load's time.
    """
    if "jemalloc" in pa.supported_memory_backends() and pa.default_memory_pool().backend_name != "jemalloc":
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(_KEEP_MS)


def quote(text: str) -> str:
    """A text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def file_list(paths: list[str] | list[Path]) -> str:
    """Paths as an SQL list literal for `read_parquet`."""
    return "[" + ", ".join(quote(str(each)) for each in paths) + "]"


def rows(
    connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any] | None = None
) -> list[tuple[Any, ...]]:
    """Run a statement to its end and fetch what it gives (for COPY: the number of rows written)."""
    return connection.execute(sql, values).fetchall()


def one(connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any] | None = None) -> tuple[Any, ...]:
    """The first row a statement gives; the empty tuple when it gives none."""
    found = rows(connection, sql, values)
    return found[0] if found else ()


@contextmanager
def connect(
    data_root: Path | None = None,
    *,
    memory: int | None = None,
    cores: int | None = None,
    ordered: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that is closed, and its spilled files removed, when the block ends.

    data_root: the data folder; spilling goes to `<data_root>/tmp/`. None: no spilling (small questions only).
    memory: megabytes, cores: threads; None for the engine's own measure. ordered: rows come in the order of what
    they are read from, which costs a little.
    The session counts in UTC and reads no extension from anywhere.
    """
    spill = data_root / "tmp" / f"duckdb-{os.getpid()}-{os.urandom(4).hex()}" if data_root else None
    if spill:
        spill.parent.mkdir(parents=True, exist_ok=True)  # it makes its own folder, and no more
    instance = _instance()
    sound = False
    try:
        connection = instance.cursor()
        try:
            for setting in (
                f"memory_limit = '{memory or memory_mb()}MB'",
                f"threads = {cores or threads()}",
                f"temp_directory = {quote(str(spill) if spill else '')}",
                f"preserve_insertion_order = {str(ordered).lower()}",
                "TimeZone = 'UTC'",
            ):
                rows(connection, f"SET {setting}")
            yield connection
            sound = True
        finally:
            connection.close()
    finally:
        # One that has spilled keeps its folder; one that failed may have failed for good.
        if sound and not (spill and spill.exists()) and len(_idle) < _IDLE:
            _idle.append(instance)
        else:
            instance.close()
        if spill:
            shutil.rmtree(spill, ignore_errors=True)


def _instance() -> duckdb.DuckDBPyConnection:
    """An engine that nobody uses: making one takes 13 ms of a core, asking most questions takes less.

    Whoever connects has it alone: tables are of the connection (`TEMP`), and settings are set anew each time.
    """
    try:
        return _idle.pop()
    except IndexError:
        return duckdb.connect(":memory:", config=_SETTINGS)


def _let_go() -> None:
    """Close the engines that are kept: their threads would be missing in a fork."""
    with suppress(IndexError):  # another thread may take the last
        while True:
            _idle.pop().close()


os.register_at_fork(before=_let_go)
atexit.register(_let_go)

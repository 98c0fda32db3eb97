"""Files that change all at once: a new version is written beside the old one, then a pointer is swapped.

A folder holds `HEAD.json`, which names the current version and its files. Readers follow it; whoever opened the
old files keeps reading them. A writer that dies leaves files no pointer names, swept by the next one.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: Versions whose files are kept for readers that opened them before the swap.
KEEP_VERSIONS = 2
ROWS_TOGETHER = 100_000


@dataclass(frozen=True)
class Version:
    """One published version: its number, the instant it stands for, and the path of each of its parts."""

    number: int
    at: datetime
    parts: dict[str, Path]
    facts: dict[str, Any] = field(default_factory=dict)


def current(folder: Path) -> Version | None:
    """The version the pointer names; None before the first."""
    try:
        head = json.loads((folder / "HEAD.json").read_text())
    except FileNotFoundError:
        return None
    return Version(
        head["number"],
        datetime.fromisoformat(head["at"]),
        {name: folder / file for name, file in head["parts"].items()},
        head.get("facts", {}),
    )


def publish(
    folder: Path,
    tables: dict[str, pa.Table],
    *,
    number: int | None = None,
    at: datetime | None = None,
    facts: dict[str, Any] | None = None,
    together: int = ROWS_TOGETHER,
) -> Version:
    """Write the tables as a version and swap the pointer. The caller holds the population's lock.

    number: of the version, None for the one after the current. at: the instant it stands for, None for now.
    together: rows that are read together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = current(folder)
    number = number or (before.number + 1 if before else 1)
    files = {name: f"{name}-{number:06d}.parquet" for name in tables}
    for name, table in tables.items():
        write(folder, files[name], table, together)
    instant = (at or datetime.now(UTC)).isoformat()
    head = {
        "number": number,
        "at": instant,
        "parts": files,
        "facts": facts or {},
    }
    pointer = folder / f".HEAD.{os.getpid()}"
    pointer.write_text(json.dumps(head))
    _sync(pointer)
    os.replace(pointer, folder / "HEAD.json")
    _sync(folder)
    return Version(
        number,
        datetime.fromisoformat(str(head["at"])),
        {n: folder / f for n, f in files.items()},
        facts or {},
    )


def write(folder: Path, name: str, table: pa.Table, together: int = ROWS_TOGETHER) -> None:
    """Write a table as Parquet, whole or not at all, on disk when this returns."""
    unfinished = folder / f".{name}.{os.getpid()}"
    pq.write_table(table, unfinished, compression="zstd", row_group_size=together)
    _sync(unfinished)
    os.replace(unfinished, folder / name)


def sweep(folder: Path, names: tuple[str, ...]) -> None:
    """Remove the files of versions that no reader can still be opening, and what dead writers left."""
    head = current(folder)
    if head is None:
        return
    for name in names:
        for file in folder.glob(f"{name}-*.parquet"):
            number = int(file.stem.rsplit("-", 1)[1])
            if number <= head.number - KEEP_VERSIONS or number > head.number:
                file.unlink(missing_ok=True)
    for file in folder.glob(".*"):
        file.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""How files become part of a log: one Delta commit per delivery, marked with the delivery's name.

The files are written first, by DuckDB, straight into the table's folder; they count only once the commit
names them. The commit carries an application transaction for its delivery, so that the same delivery cannot
be committed twice, by whichever process, after whatever accident.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction
from deltalake.exceptions import TableNotFoundError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

SYSTEM_COLUMNS = (
    ("_key", "string"),
    ("_op", "string"),
    ("_valid_from", "date"),
    ("_valid_to", "date"),
    ("_recorded_at", "timestamp"),
    ("_digest", "string"),
    ("_failures", "long"),
    ("_delivery", "string"),
    ("_row", "long"),
)
"""The columns every log has before the fields of its resource, with their Delta types."""


@dataclass(frozen=True)
class NewFile:
    """A data file that was written into the table's folder: its name there, its size in bytes, its rows."""

    name: str
    size: int
    rows: int


def open_table(folder: Path) -> DeltaTable | None:
    """The table as it is now; None when nothing was ever committed."""
    try:
        return DeltaTable(str(folder))
    except TableNotFoundError:
        return None


def read_table(folder: Path) -> DeltaTable | None:
    """The table as it is now, to be read only; opened once for each commit, however often it is asked for."""
    newest = _newest_commit(folder)
    return _opened(str(folder), *newest) if newest else open_table(folder)


def _newest_commit(folder: Path) -> tuple[str, int, int] | None:
    try:
        with os.scandir(folder / "_delta_log") as found:
            newest = max((each for each in found if each.name.endswith(".json")), key=_name, default=None)
            about = newest.stat() if newest else None
    except OSError:
        return None
    return (newest.name, about.st_ino, about.st_mtime_ns) if newest and about else None


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


@lru_cache(maxsize=256)
def _opened(folder: str, newest: str, inode: int, written: int) -> DeltaTable | None:
    return open_table(Path(folder))


def field_names(table: DeltaTable | None) -> tuple[str, ...]:
    """The fields a log knows, in the order in which they were added."""
    if table is None:
        return ()
    system = {name for name, _ in SYSTEM_COLUMNS}
    return tuple(field.name for field in table.schema().fields if field.name not in system)


def is_committed(table: DeltaTable | None, delivery: str) -> bool:
    """Whether the log holds this delivery."""
    return table is not None and table.transaction_version(_application(delivery)) is not None


def commit(folder: Path, fields: Sequence[str], files: Sequence[NewFile], delivery: str, at_ms: int) -> None:
    """Make the files part of the log, all of them or none.

    fields: the log's fields in order, new ones last. at_ms: the instant, milliseconds since 1970 UTC. The
    files must be on disk, and the resource's lock held. A delivery without changes commits no files, and so
    is known to have been loaded.
    """
    schema = Schema(
        [
            *(Field(name, PrimitiveType(kind), nullable=True) for name, kind in SYSTEM_COLUMNS),
            *(Field(name, PrimitiveType("string"), nullable=True) for name in fields),
        ]
    )
    added = [
        AddAction(each.name, each.size, {}, at_ms, True, json.dumps({"numRecords": each.rows}))
        for each in files
    ]
    properties = CommitProperties(
        custom_metadata={"delivery": delivery},
        app_transactions=[Transaction(_application(delivery), 1, at_ms)],
    )
    table = open_table(folder)
    if table is None:
        folder.mkdir(parents=True, exist_ok=True)
        create_table_with_add_actions(str(folder), schema, added, mode="error", commit_properties=properties)
        return
    grown = [name for name in fields if name not in field_names(table)]
    if grown:
        table.alter.add_columns([Field(name, PrimitiveType("string"), nullable=True) for name in grown])
        table = DeltaTable(str(folder))
    actions: list[AddAction | RemoveAction] = [*added]
    table.create_write_transaction(
        actions, mode="append", schema=table.schema(), commit_properties=properties
    )


def _application(delivery: str) -> str:
    return f"tongchou:{delivery}"

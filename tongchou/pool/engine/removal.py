"""Taking rows out of a record log for good: the one way by which a log ever loses anything.

The log is only appended to, and old versions of its Delta table name old files. So whoever must be forgotten is taken
out in this order: files that hold their rows are written anew without them; one commit puts the new files in the old
ones' place; every file the table does not name now is deleted; and the table's own older commits are folded into a
checkpoint and deleted, because some carry least and greatest values of columns. Killed anywhere it is repeated from its
beginning. A reader that still held the old list of files fails, and reads again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from . import commits
from .connection import connect, file_list, quote, rows

_COMPRESSION = "COMPRESSION zstd, COMPRESSION_LEVEL 1"
_COMMIT = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)")


def erase(root: Path, folder: Path, keys: Sequence[str], mark: str, at_ms: int) -> int:
    """Remove every version of the records with these keys; returns how many rows.

    root: the data folder; folder: of the log, whose lock the caller holds. mark: names what it was done for, in new
    files' names and the commit. at_ms: the instant, milliseconds since 1970 UTC.
    """
    table = commits.open_table(folder)
    if table is None:
        return 0
    found = _holding(root, folder, table, keys)
    if found:
        _replace(root, folder, table, sorted(found), keys, mark, at_ms)
    forget_the_past(folder)
    return sum(found.values())


def count(root: Path, folder: Path, keys: Sequence[str]) -> int:
    """How many rows of the log are versions of these records."""
    table = commits.open_table(folder)
    return sum(_holding(root, folder, table, keys).values()) if table else 0


def forget_the_past(folder: Path) -> None:
    """Delete all files the table does not name now, and its older commits, which a checkpoint replaces."""
    table = commits.open_table(folder)
    if table is None:
        return
    named = {Path(each).name for each in table.file_uris()}
    for file in folder.glob("*.parquet"):
        if file.name not in named:
            file.unlink(missing_ok=True)
    table.create_checkpoint()
    now = table.version()
    for file in (folder / "_delta_log").iterdir():
        told = _COMMIT.fullmatch(file.name)
        if told and int(told[1]) < now:
            file.unlink(missing_ok=True)


def _holding(root: Path, folder: Path, table: DeltaTable, keys: Sequence[str]) -> dict[str, int]:
    """{name of a file: rows of these keys in it}."""
    files = [str(folder / Path(each).name) for each in table.file_uris()]
    if not files or not keys:
        return {}
    with connect(root) as db:
        db.register("forgotten", pa.table({"key": pa.array(sorted(set(keys)), pa.string())}))
        told = rows(
            db,
            f"""SELECT filename, count(*) FROM read_parquet({file_list(files)}, filename = true, union_by_name = true)
            WHERE _key IN (SELECT key FROM forgotten) GROUP BY filename""",
        )
    return {Path(str(file)).name: int(number) for file, number in told}


def _replace(
    root: Path, folder: Path, table: DeltaTable, names: list[str], keys: Sequence[str], mark: str, at_ms: int
) -> None:
    """Put files without the rows in the place of these, in one commit."""
    actions: list[AddAction | RemoveAction] = []
    sizes = {name: (folder / name).stat().st_size for name in names}
    with connect(root, ordered=True) as db:
        db.register("forgotten", pa.table({"key": pa.array(sorted(set(keys)), pa.string())}))
        for index, name in enumerate(names):
            target = folder / f"part-{mark}-{table.version()}-{index:05}.parquet"
            rows(
                db,
                f"""COPY (SELECT * FROM read_parquet({quote(str(folder / name))})
                WHERE _key IS NULL OR _key NOT IN (SELECT key FROM forgotten))
                TO {quote(str(target))} (FORMAT parquet, {_COMPRESSION})""",
            )
            actions.append(RemoveAction(name, True, at_ms, sizes[name], {}))
            left = int(pyarrow.parquet.read_metadata(target).num_rows)
            if left:
                _sync(target)
                told = json.dumps({"numRecords": left})
                actions.append(AddAction(target.name, target.stat().st_size, {}, at_ms, True, told))
    table.create_write_transaction(
        actions,
        mode="append",
        schema=table.schema(),
        commit_properties=CommitProperties(custom_metadata={"upkeep": mark}),
    )


def _sync(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())

"""A table or view of an SQLite database, opened for reading only.

settings: `path`, the database file. locator: `table`, its name; `documents`, the folder beside the database in
which rows name files. What is taken is the state of the table at
that moment, as text, one Parquet file in the raw layer: the same state gives the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from tongchou.gather import headings
from tongchou.pool.engine import raw as raw_layer
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from ..beside import Folder, Packed, beside_of
from ..items import Batch, Item, Position, Reading, text_table

__all__ = ["beside", "check", "discover", "read", "take"]

_BATCH_ROWS = 100_000
_WAIT_SECONDS = 5.0


def check(settings: dict[str, Any]) -> list[HouseError]:
    """A missing `path`, no file there, or a file that is no database or is locked."""
    try:
        with closing(_opened(settings)) as database:
            _asked(database, "SELECT count(*) FROM sqlite_master")
    except HouseError as problem:
        return [problem]
    return []


def discover(settings: dict[str, Any], locator: dict[str, Any]) -> list[Item]:
    """The table, as one item whose digest changes with the file (or its write-ahead log)."""
    with closing(_opened(settings)) as database:
        table = _table(database, locator)
    path = _path(settings)
    states = [path, path.with_name(path.name + "-wal")]
    told = "\n".join(f"{each.stat().st_size} {each.stat().st_mtime_ns}" for each in states if each.exists())
    digest = hashlib.sha256(f"{path.name}\n{table}\n{told}".encode()).hexdigest()
    return [Item(table, digest, None, path, path.stat().st_size)]


def take(settings: dict[str, Any], locator: dict[str, Any], item: Item, data_root: Path) -> tuple[str, Path]:
    """The table's rows as text, in the order of the table, within one reading transaction."""
    unfinished = data_root / "tmp" / f"sqlite-{os.getpid()}-{os.urandom(4).hex()}.parquet"
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(_opened(settings)) as database:
            table = _table(database, locator)
            database.text_factory = bytes
            cursor = _asked(database, f"SELECT * FROM {_quoted(table)}")
            names = [str(each[0]) for each in cursor.description]
            # Columns are named by their place: a view may give two the same name, which `assign` reports.
            schema = pa.schema(
                [(f"c{index}", pa.string()) for index in range(len(names))],
                metadata={f"heading{index}": name for index, name in enumerate(names)},
            )
            with pa.parquet.ParquetWriter(unfinished, schema, compression="zstd") as writer:
                while found := _fetched(cursor):
                    columns = [[_text(row[index]) for row in found] for index in range(len(names))]
                    writer.write_table(pa.table(columns, schema=schema))
        return raw_layer.keep(data_root, unfinished, "table.parquet")
    finally:
        unfinished.unlink(missing_ok=True)


def beside(
    settings: dict[str, Any], locator: dict[str, Any], item: Path, raw: Path
) -> Folder | Packed | None:
    """The files in the folder of the database."""
    folder = _path(settings).parent.resolve()
    return beside_of(folder if item.resolve().is_relative_to(folder) else None, locator, raw)


def read(
    settings: dict[str, Any], locator: dict[str, Any], raw: Path, plan: ResourcePlan, start: Position | None
) -> Reading:
    """Open what was taken. Rows count from 1: a table has no heading row."""
    kept = pa.parquet.ParquetFile(raw)
    metadata = kept.schema_arrow.metadata
    names = tuple(
        metadata[f"heading{index}".encode()].decode() for index in range(len(kept.schema_arrow.names))
    )
    size = kept.metadata.num_rows
    if not names:
        raise HouseError(
            "gather.file_empty",
            Text("表中没有列。", "The table has no columns."),
            Text("请检查表的定义。", "Check the definition of the table."),
            plan.code,
        )

    def batches() -> Iterator[Batch]:
        begin = 0
        for part in kept.iter_batches(batch_size=_BATCH_ROWS):
            end = begin + part.num_rows
            if start is None or start.offset <= begin:
                rows = pa.array(np.arange(begin + 1, end + 1, dtype=np.int64))
                filled = [pa.compute.fill_null(column, "") for column in part.columns]
                yield Batch(text_table(filled, rows), Position(end, end + 1), end)
            begin = end

    return Reading(names, batches(), size, "rows", {"table": headings.plain(str(locator.get("table") or ""))})


def _path(settings: dict[str, Any]) -> Path:
    if not settings.get("path"):
        raise HouseError(
            "gather.setting_missing",
            Text(
                "数据源没有写明 path（数据库文件）。",
                "The source does not say its `path` (the database file).",
            ),
            Text("请在数据源设置中补上 path。", "Add `path` to the settings of the source."),
            "path",
        )
    return Path(str(settings["path"])).expanduser()


def _opened(settings: dict[str, Any]) -> sqlite3.Connection:
    path = _path(settings)
    if not path.is_file():
        raise HouseError(
            "gather.path_missing",
            Text("数据库文件不存在。", "The database file does not exist."),
            Text("请检查数据源设置中的 path。", "Check `path` in the settings of the source."),
            str(settings["path"]),
        )
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS)


def _asked(database: sqlite3.Connection, sql: str) -> sqlite3.Cursor:
    try:
        return database.execute(sql)
    except sqlite3.DatabaseError as trouble:
        raise _told(trouble) from None


def _fetched(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    try:
        return cursor.fetchmany(_BATCH_ROWS)
    except sqlite3.DatabaseError as trouble:
        raise _told(trouble) from None


def _told(trouble: sqlite3.DatabaseError) -> HouseError:
    """What SQLite says, as one of ours; its own text may quote values and is not passed on."""
    code = getattr(trouble, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return HouseError(
            "gather.database_locked",
            Text("数据库正被其他程序锁定。", "The database is locked by another program."),
            Text(
                "请稍后重试，或请提供部门导出副本。", "Try again later, or have the department export a copy."
            ),
        )
    return HouseError(
        "gather.database_unreadable",
        Text(
            "文件不是可读的 SQLite 数据库，或表无法读取。",
            "The file is no readable SQLite database, or the table cannot be read.",
        ),
        Text("请检查文件和表名。", "Check the file and the name of the table."),
    )


def _table(database: sqlite3.Connection, locator: dict[str, Any]) -> str:
    """The table the locator names, or the only one there is. Raises HouseError "gather.unknown_table"."""
    found = _asked(database, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    tables = [str(name) for (name,) in found.fetchall() if not str(name).startswith("sqlite_")]
    wanted = locator.get("table")
    if wanted in tables:
        return str(wanted)
    if not wanted and len(tables) == 1:
        return tables[0]
    listed = "、".join(tables) or "—"
    raise HouseError(
        "gather.unknown_table",
        Text(
            f"数据库中没有指定的表；有：{listed}。", f"The database has no such table. There are: {listed}."
        ),
        Text("请更正资源定位中的 table。", "Correct `table` in the locator of the resource."),
        str(wanted or ""),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Any) -> str | None:
    """A value of any of SQLite's types as text: whole reals without a fraction, text in UTF-8 or GB 18030."""
    if value is None:
        return None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("gb18030", "replace")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)

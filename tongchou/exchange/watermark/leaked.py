"""Reading a file that turned up somewhere: CSV in any usual encoding, workbook, Parquet, Arrow. Columns as texts."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.gather.sources.files.encodings import detect
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: Rows looked at; of a longer file so many, drawn at random.
MOST_ROWS = 40_000
#: Files larger than this are not read.
MOST_BYTES = 2 << 30
_SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")


@dataclass(frozen=True)
class Leaked:
    """What a file holds. columns: its cells, of all sheets; digest: SHA-256 of the file."""

    columns: list[list[str | None]]
    rows: int
    digest: str


def read(path: Path) -> Leaked:
    """The cells of a file. Raises HouseError "exchange.leak_unreadable"."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise unreadable(path.name)
        data = path.read_bytes()
    except OSError:
        raise unreadable(path.name) from None
    digest = hashlib.sha256(data).hexdigest()
    try:
        columns = _columns(path, data)
    except (pa.ArrowException, fastexcel.FastExcelError, csv.Error, UnicodeError, ValueError):
        raise unreadable(path.name) from None
    rows = max((len(each) for each in columns), default=0)
    if rows > MOST_ROWS:
        # The draw does not look at any key: it cannot turn against anyone innocent.
        chosen = sorted(random.Random(digest).sample(range(rows), MOST_ROWS))  # noqa: S311
        columns = [[each[row] for row in chosen if row < len(each)] for each in columns]
    return Leaked(columns, rows, digest)


def _columns(path: Path, data: bytes) -> list[list[str | None]]:
    if data[:4] == b"PAR1":
        return _of_table(pq.read_table(pa.BufferReader(data)))
    if data[:6] == b"ARROW1":
        return _of_table(pa.ipc.open_file(pa.BufferReader(data)).read_all())
    if data[:4] == b"\xff\xff\xff\xff":
        return _of_table(pa.ipc.open_stream(pa.BufferReader(data)).read_all())
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0" or path.suffix.lower() in _SHEETS:
        book = fastexcel.read_excel(data)
        return [
            column
            for sheet in book.sheet_names
            for column in _of_table(
                pa.table(book.load_sheet(sheet, header_row=None, dtypes="string").to_arrow())
            )
        ]
    return _of_text(data)


def _of_table(table: pa.Table) -> list[list[str | None]]:
    found = []
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            found.append(column.to_pylist())
        elif pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
            found.append([None if each is None else str(each) for each in column.to_pylist()])
    return found


def _of_text(data: bytes) -> list[list[str | None]]:
    codec, mark = detect(data[: 1 << 20])
    text = data[mark:].decode(codec, errors="replace")
    head = text[: 1 << 16]
    delimiter = max(",\t;|", key=head.count)
    if not head.count(delimiter):
        delimiter = ","
    csv.field_size_limit(1 << 24)
    columns: list[list[str | None]] = []
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
        while len(columns) < len(row):
            columns.append([None] * number)
        for column, cell in zip(columns, row, strict=False):
            column.append(cell)
        for column in columns[len(row) :]:
            column.append(None)
    return columns


def unreadable(where: str) -> HouseError:
    return HouseError(
        "exchange.leak_unreadable",
        Text("读不出这个文件。", "The file cannot be read."),
        Text(
            "请提供 CSV、工作簿或 Parquet 文件（无密码）。",
            "Give a CSV, a workbook or a Parquet file without a password.",
        ),
        where,
    )

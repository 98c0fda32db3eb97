"""The forms an export's file takes: CSV, workbook, Parquet, Arrow IPC stream. Pure but for the file it writes."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import xlsxwriter

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: Rows a sheet holds besides its heading.
WORKBOOK_ROWS = 1_048_575

ENDINGS = {"csv": "csv", "xlsx": "xlsx", "parquet": "parquet", "arrow": "arrows"}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}


class Sink(Protocol):
    """Where a file is written, from its beginning to its end."""

    def write(self, data: Any, /) -> int: ...


def write(
    sink: Sink,
    form: str,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    headings: Sequence[str],
    notes: Mapping[str, str],
    folder: Path,
) -> None:
    """Write batches of texts in a form of `ENDINGS`. headings: of the sheet; notes: kept in the file where it can
    hold any; folder: a private one, for a workbook on its way."""
    if form == "csv":
        _csv(sink, schema, batches)
    elif form == "xlsx":
        _workbook(sink, batches, headings, notes, folder)
    elif form == "parquet":
        described = schema.with_metadata({f"tongchou.{key}": value for key, value in notes.items()})
        with pq.ParquetWriter(pa.PythonFile(sink, "w"), described, compression="zstd") as parquet:
            for each in batches:
                parquet.write_batch(each.cast(described))
    else:
        described = schema.with_metadata({f"tongchou.{key}": value for key, value in notes.items()})
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), described) as stream:
            for each in batches:
                stream.write_batch(each.cast(described))


def check_rows(form: str, rows: int) -> None:
    """Raises HouseError "exchange.export_too_long" when the form cannot hold so many rows."""
    if form == "xlsx" and rows > WORKBOOK_ROWS:
        raise HouseError(
            "exchange.export_too_long",
            Text(
                f"工作簿一张表最多 {WORKBOOK_ROWS:,} 行，本次有 {rows:,} 行。",
                f"A sheet holds at most {WORKBOOK_ROWS:,} rows; this would be {rows:,}.",
            ),
            Text("请改用 CSV 或 Parquet，或减少行数。", "Choose CSV or Parquet, or fewer rows."),
        )


def _csv(sink: Sink, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    sink.write(b"\xef\xbb\xbf")  # so that a spreadsheet takes it for UTF-8
    with pacsv.CSVWriter(pa.PythonFile(sink, "w"), schema) as writer:
        for each in batches:
            columns = [defused(column) for column in each.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


#: What a spreadsheet takes for a formula, unless it is a number.
_FORMULA = r"\A[=+\-@\t\r]"
_NUMBER = r"\A[+-]?[0-9]+(?:\.[0-9]+)?\z"


def defused(column: pa.Array) -> pa.Array:
    """Texts that a spreadsheet would run as a formula, behind an apostrophe (as spreadsheets themselves write them)."""
    risky = pc.fill_null(
        pc.and_(
            pc.match_substring_regex(column, _FORMULA), pc.invert(pc.match_substring_regex(column, _NUMBER))
        ),
        False,
    )
    if not pc.any(risky).as_py():
        return column
    return pc.if_else(risky, pc.binary_join_element_wise(pa.scalar("'"), column, pa.scalar("")), column)


def _workbook(
    sink: Sink,
    batches: Iterable[pa.RecordBatch],
    headings: Sequence[str],
    notes: Mapping[str, str],
    folder: Path,
) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A workbook is a zip file, which cannot be written from its beginning to its end.
    with tempfile.TemporaryDirectory(dir=folder) as private:
        path = Path(private) / "book.xlsx"
        book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet("数据")
        about = book.add_worksheet("说明")
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading)
        row = 1
        for each in batches:
            for values in zip(*(column.to_pylist() for column in each.columns), strict=True):
                for place, value in enumerate(values):
                    if value is not None:
                        sheet.write_string(row, place, value)
                row += 1
        for line, (key, value) in enumerate(notes.items()):
            about.write_string(line, 0, key)
            about.write_string(line, 1, value)
        book.close()
        with path.open("rb") as file:
            shutil.copyfileobj(file, _Sinking(sink), 1 << 20)


class _Sinking(io.RawIOBase):
    """A sink as a file that is only written."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._sink.write(data)

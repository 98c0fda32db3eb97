"""Cutting rows out of delivered bytes, for people who were erased; everything else of the file stays as it came.

In text the bytes of a row become blanks, as many as they were, so that every other row stays where it is and a load
that was interrupted goes on; the reader passes over a blank row. What was taken from a database loses the row's values.
A workbook is written anew, its cells as text. A file out of which nobody can cut is deleted whole: better no copy of
what the log holds anyway than one with somebody in it who must be forgotten. The file keeps its name, the digest of
what was delivered; `<name>.cut` beside it says that it is not that any more.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zipfile
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, cast

import fastexcel
import pyarrow as pa
import pyarrow.parquet
import xlsxwriter

from tongchou.pool.engine.raw import MARK
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan

from .sources import connector as find_connector
from .sources.files import careful, encodings, packed

_STRETCH = 4 << 20
_HEAD = 1 << 20


def cut(
    raw: Path,
    rows: Collection[int],
    *,
    connector: str,
    settings: dict[str, Any],
    locator: dict[str, Any],
    plan: ResourcePlan,
) -> bool:
    """Take the rows with these numbers out of a kept file; the rest is as it was.

    Returns whether the file is still there: False when it had to be deleted whole. On disk when this returns.
    """
    if not rows or not raw.is_file():
        return raw.is_file()
    unfinished = raw.with_name(f".cutting-{os.getpid()}-{raw.name}")
    try:
        notes = _opened(raw, connector, settings, locator, plan)
        _write(raw, unfinished, set(rows), notes, locator)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        os.chmod(unfinished, 0o440)
        os.replace(unfinished, raw)
    except (HouseError, OSError, ValueError, pa.ArrowInvalid, fastexcel.FastExcelError, zipfile.BadZipFile):
        unfinished.unlink(missing_ok=True)
        raw.unlink(missing_ok=True)
    mark = raw.with_name(raw.name + MARK)
    before = json.loads(mark.read_text())["rows"] if mark.exists() else []
    mark.write_text(json.dumps({"rows": sorted({*before, *rows}), "whole": not raw.exists()}))
    return raw.exists()


def _opened(
    raw: Path, connector: str, settings: dict[str, Any], locator: dict[str, Any], plan: ResourcePlan
) -> dict[str, Any]:
    """How the connector reads the file: encoding, delimiter, sheet."""
    reading = find_connector(connector).read(settings, locator, raw, plan, None)
    with closing(cast(Any, reading.batches)):
        return reading.notes


def _write(raw: Path, target: Path, rows: set[int], notes: dict[str, Any], locator: dict[str, Any]) -> None:
    if raw.suffix == ".parquet":
        _cut_table(raw, target, rows)
    elif "sheet" in notes:
        _cut_workbook(raw, target, rows, str(notes["sheet"]))
    else:
        _cut_text(raw, target, rows, notes, locator)


def _cut_table(raw: Path, target: Path, rows: set[int]) -> None:
    kept = pa.parquet.ParquetFile(raw)
    begin = 0
    with pa.parquet.ParquetWriter(target, kept.schema_arrow, compression="zstd") as writer:
        for batch in kept.iter_batches():
            gone = pa.array([begin + index + 1 in rows for index in range(batch.num_rows)])
            nothing = pa.scalar(None, pa.string())
            columns = [pa.compute.if_else(gone, nothing, column) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=kept.schema_arrow))
            begin += batch.num_rows


def _cut_workbook(raw: Path, target: Path, rows: set[int], sheet: str) -> None:
    book = fastexcel.read_excel(str(raw))
    with xlsxwriter.Workbook(str(target), {"constant_memory": True, "strings_to_numbers": False}) as made:
        for name in book.sheet_names:
            page = made.add_worksheet(name)
            try:
                read = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow()
            except fastexcel.FastExcelError as nothing:
                if "NoData" not in type(nothing).__name__ and "no data" not in str(nothing).lower():
                    raise
                continue
            lines = zip(*(column.to_pylist() for column in read.columns), strict=True)
            for index, line in enumerate(lines):
                gone = name == sheet and index + 1 in rows
                # A row that is not there at all would move the others up: one blank cell keeps its place.
                page.write_string(index, 0, " ")
                for place, value in enumerate(line):
                    if value is not None and not gone:
                        page.write_string(index, place, value)


def _cut_text(
    raw: Path, target: Path, rows: set[int], notes: dict[str, Any], locator: dict[str, Any]
) -> None:
    codec, delimiter = str(notes["encoding"]), str(notes["delimiter"])
    source, _ = packed.open_bytes(raw, locator)
    with closing(source):
        head = packed.filled(source, _HEAD)
    _, mark = encodings.detect(head)
    wide = codec.startswith("utf-16")
    with _created(raw, target, locator) as out:
        opened, _ = packed.open_bytes(raw, locator)
        with closing(opened):
            packed.skip(opened, mark)
            text = cast(BinaryIO, encodings.Recoded(opened, codec)) if wide else opened
            out.write(b"\xef\xbb\xbf" if wide else head[:mark])
            for piece in _pieces(text, "utf-8" if wide else codec, delimiter, rows):
                out.write(piece)


def _pieces(source: BinaryIO, codec: str, delimiter: str, rows: set[int]) -> Iterator[bytes]:
    """The file's bytes in order, those of the rows blank."""
    rest, number, ended = b"", 0, False
    returns_alone = False
    while not ended:
        read = packed.filled(source, _STRETCH)
        ended = len(read) < _STRETCH
        data = rest + read
        if b"\x00" in data:
            raise ValueError("characters that the reader leaves out: rows cannot be counted")
        if number == 0:
            returns_alone = b"\r" in data and b"\n" not in data
        parsed = data.replace(b"\r", b"\n") if returns_alone else data
        at = 0
        for record in careful.records(parsed, codec, delimiter, last=ended):
            number += 1
            whole = data[at : at + record.size]
            at += record.size
            if number in rows:
                end = len(whole) - len(whole.rstrip(b"\r\n"))
                whole = b" " * (len(whole) - end) + whole[len(whole) - end :]
            yield whole
        rest = data[at:]
    yield rest


def _created(raw: Path, target: Path, locator: dict[str, Any]) -> Any:
    """The new file, packed as the old one is."""
    if raw.name.endswith(".gz"):
        return gzip.open(target, "wb", compresslevel=6)
    if raw.name.endswith(".zip"):
        return _Zipped(raw, target, locator)
    return target.open("wb")


class _Zipped:
    """An archive in which one member is written anew and the others are as they were."""

    def __init__(self, raw: Path, target: Path, locator: dict[str, Any]) -> None:
        self._old, self._new = zipfile.ZipFile(raw), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        members = [each for each in self._old.infolist() if not each.is_dir()]
        real = [each for each in members if "__MACOSX" not in each.filename]
        wanted = locator.get("member")
        chosen = next(each for each in real if not wanted or each.filename == wanted)
        for each in real:
            if each.filename != chosen.filename:
                with self._old.open(each) as old, self._new.open(each.filename, "w") as new:
                    shutil.copyfileobj(old, new)
        self._member = self._new.open(chosen.filename, "w", force_zip64=True)

    def __enter__(self) -> _Zipped:
        return self

    def __exit__(self, *_: object) -> None:
        self._member.close()
        self._new.close()
        self._old.close()

    def write(self, data: bytes) -> None:
        """Write on in the member."""
        self._member.write(data)

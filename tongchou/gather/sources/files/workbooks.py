"""Workbooks (.xlsx, .xls, .ods): a sheet as rows of text, with what spreadsheets do to numbers found out.

A sheet is at most a million rows and is read whole. Cells come as the text they stand for: dates as
2015-03-01, numbers without exponent. A number of more than 15 digits that was stored as a quantity has lost
its end: the cell is flagged, whatever its digits now look like.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from tongchou.gather import headings
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from ..items import Batch, Flag, Position, Reading, text_table
from . import quantities

_BATCH_ROWS = 131_072
MOST_UNPACKED = 4 << 30
USUAL_UNPACKED, MOST_RATIO = 256 << 20, 200
"""Beyond so many bytes unpacked, no more than so many times the packed ones: a full sheet of a million rows packs to a
twentieth."""
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_SERIAL = re.compile(r"[1-9]\d{4}(\.0+)?")
_EPOCH = np.datetime64("1899-12-30")


def read(locator: dict[str, Any], raw: Path, plan: ResourcePlan, start: Position | None) -> Reading:
    """Open a workbook of the raw layer.

    locator: `sheet` (name, or number from 1) when it should not be chosen; otherwise the sheet whose
    headings match the plan best is taken. Raises HouseErrors "gather.workbook_password",
    "gather.workbook_damaged", "gather.workbook_too_large", "gather.unknown_sheet", "gather.sheet_ambiguous", "gather.file_empty".
    """
    book = _opened(raw, plan.code)
    sheet, table, found = _sheet(book, locator.get("sheet"), plan)
    first = found.first + found.rows
    columns = [_tidied(column) for column in table.columns]
    kinds = _kinds(found.names, plan)
    columns = [_serials(column) if kinds.get(i) == "date" else column for i, column in enumerate(columns)]
    lost = sorted(quantities.too_long(raw, book.sheet_names.index(sheet)))
    height = table.num_rows

    def batches() -> Iterator[Batch]:
        for begin in range(max(start.offset if start else first, first), height, _BATCH_ROWS):
            end = min(begin + _BATCH_ROWS, height)
            rows = pa.array(np.arange(begin + 1, end + 1, dtype=np.int64))
            flags = tuple(
                Flag(row + 1, column, "workbook.number_lost_digits")
                for row, column in lost
                if begin <= row < end
            )
            cut = [_filled(column.slice(begin, end - begin)) for column in columns]
            yield Batch(text_table(cut, rows), Position(end, end + 1), end, flags=flags)

    notes = {"sheet": sheet, "heading_row": found.first + 1, "heading_rows": found.rows}
    return Reading(found.names, batches(), height, "rows", notes)


def _opened(raw: Path, where: str) -> fastexcel.ExcelReader:
    """The workbook. One under a password is a container of another kind that holds an encrypted package
    (MS-OFFCRYPTO)."""
    _check_size(raw, where)
    content = raw.read_bytes()
    locked = content.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in content
    try:
        return fastexcel.read_excel(str(raw))
    except fastexcel.FastExcelError as trouble:
        told = str(trouble).lower()
        if locked or "password" in told or "encrypt" in told:
            raise HouseError(
                "gather.workbook_password",
                Text(
                    "工作簿设有密码，无法打开。",
                    "The workbook is protected by a password and cannot be opened.",
                ),
                Text("请取消密码后重新报送。", "Remove the password and deliver it again."),
                where,
            ) from None
        raise _damaged(where) from None


def _check_size(raw: Path, where: str) -> None:
    """A workbook is unpacked in memory; one that unpacks to a thousand times its size was made to fill it."""
    if not zipfile.is_zipfile(raw):
        return
    with zipfile.ZipFile(raw) as packed:
        unpacked = sum(each.file_size for each in packed.infolist())
    if unpacked <= MOST_UNPACKED and (
        unpacked <= USUAL_UNPACKED or unpacked <= MOST_RATIO * raw.stat().st_size
    ):
        return
    raise HouseError(
        "gather.workbook_too_large",
        Text(
            f"工作簿解压后有 {unpacked >> 20:,} MB，超出可读取的大小。",
            f"The workbook unpacks to {unpacked >> 20:,} MB, more than can be read.",
        ),
        Text(
            "请分成几个文件，或另存为 CSV 后重新报送；来源不明的文件请勿打开。",
            "Divide it, or save it as CSV, and deliver again; do not open it if you do not know where it comes from.",
        ),
        where,
    )


def _damaged(where: str) -> HouseError:
    return HouseError(
        "gather.workbook_damaged",
        Text("工作簿已损坏或不完整。", "The workbook is damaged or incomplete."),
        Text(
            "请用表格软件打开核对，重新保存并报送。",
            "Open it in a spreadsheet, check it, save it again and deliver it again.",
        ),
        where,
    )


def _sheet(
    book: fastexcel.ExcelReader, wanted: str | int | None, plan: ResourcePlan
) -> tuple[str, pa.Table, headings.Headings]:
    """The sheet to read, all its rows as text, and its headings."""
    names = book.sheet_names
    if wanted not in (None, ""):
        if isinstance(wanted, int) and 1 <= wanted <= len(names):
            names = [names[wanted - 1]]
        elif wanted in names:
            names = [str(wanted)]
        else:
            listed = "、".join(names)
            raise HouseError(
                "gather.unknown_sheet",
                Text(f"没有这张工作表；有：{listed}。", f"There is no such sheet. There are: {listed}."),
                Text("请更正资源定位中的 sheet。", "Correct `sheet` in the locator of the resource."),
                plan.code,
            )
    read: list[_Sheet] = []
    for name in names:
        try:
            loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        except fastexcel.FastExcelError as trouble:
            if "NoData" in type(trouble).__name__ or "no data" in str(trouble).lower():
                continue
            raise _damaged(plan.code) from None
        table = pa.Table.from_batches([loaded.to_arrow()])
        rows = [list(row.values()) for row in table.slice(0, headings.SEARCHED_ROWS + 1).to_pylist()]
        found = headings.find(rows, plan)
        if found is None:
            continue
        known = {headings.plain(each) for each in found.names}
        matched = sum(any(headings.plain(c) in known for c in headings.columns_of(f)) for f in plan.fields)
        read.append(_Sheet(matched, name, table, found, str(loaded.visible) == "visible"))
    if not read:
        raise HouseError(
            "gather.file_empty",
            Text("工作簿是空的，连表头也没有。", "The workbook is empty; it has not even a heading."),
            Text("请检查导出是否成功后重新报送。", "Check that the export succeeded and deliver again."),
            plan.code,
        )
    best = _the_one(read, plan)
    width = best.table.num_columns
    names_found = (*best.headings.names, *[""] * width)[:width]
    return best.name, best.table, best.headings._replace(names=tuple(names_found))


class _Sheet(NamedTuple):
    """A sheet with its headings. matched: how many fields of the plan they name."""

    matched: int
    name: str
    table: pa.Table
    headings: headings.Headings
    visible: bool

    @property
    def rows(self) -> int:
        """Rows below its headings."""
        return int(self.table.num_rows) - self.headings.first - self.headings.rows


def _the_one(read: list[_Sheet], plan: ResourcePlan) -> _Sheet:
    """The sheet whose headings match best; what somebody hid only where nothing else matches. Two that match alike and hold
    rows are not chosen among: the other's rows would be lost. Raises HouseError "gather.sheet_ambiguous"."""
    shown = [each for each in read if each.visible and each.matched] or read
    most = max(each.matched for each in shown)
    alike = [each for each in shown if each.matched == most]
    held = [each for each in alike if each.rows > 0]
    if most and len(held) > 1:
        listed = "、".join(each.name for each in held)
        raise HouseError(
            "gather.sheet_ambiguous",
            Text(f"有几张工作表都像是要报送的：{listed}。", f"Several sheets look like the table: {listed}."),
            Text(
                "请合并成一张，或在资源定位的 sheet 中写明是哪一张。",
                "Put them into one, or name the one that is meant as `sheet` in the locator of the resource.",
            ),
            plan.code,
        )
    return (held or alike)[0]


def _kinds(names: tuple[str, ...], plan: ResourcePlan) -> dict[int, str]:
    """The kind of data element each column feeds, by its index."""
    place = {headings.plain(each): index for index, each in enumerate(names)}
    return {
        place[headings.plain(column)]: element(field.element).kind
        for field in plan.fields
        for column in headings.columns_of(field)
        if headings.plain(column) in place
    }


def _tidied(column: pa.ChunkedArray) -> pa.Array:
    """Text cells with the midnight taken off dates."""
    text = column.cast(pa.string()).combine_chunks()
    return compute.replace_substring_regex(text, _MIDNIGHT, r"\1")


def _filled(column: pa.Array) -> pa.Array:
    return compute.fill_null(column, "")


def _serials(column: pa.Array) -> pa.Array:
    """Five-digit numbers in a date column are days since 1899-12-30, as spreadsheets count them: made
    dates."""
    distinct = compute.unique(column).to_pylist()
    days = {
        each: str(_EPOCH + np.timedelta64(int(float(each)), "D"))
        for each in distinct
        if each is not None and _SERIAL.fullmatch(each)
    }
    if not days:
        return column
    return pa.array([days.get(each, each) for each in column.to_pylist()], pa.string())

"""Workbooks of all formats: cells as the text they stand for, digits that were lost, what cannot be opened."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from loading import EXPECTED, FIELDS, NUMBERS, current, load, quarantine, refusal

from tongchou.standards.plans import FieldPlan, ResourcePlan


def workbook(path: Path, rows: list[list[object]], title: str | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    if title:
        sheet.append([title])
        sheet.merge_cells("A1:D1")
    for row in rows:
        sheet.append(row)
    other = book.create_sheet("说明")
    other.append(["请勿修改"])
    book.save(path)
    return path


def test_a_workbook_with_title_dates_and_lost_digits(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["编号", "姓名", "身份证件号", "出生日期"],
        [1, "王建国", NUMBERS[0], date(1985, 3, 7)],
        [2, "李秀英", None, 33208],
        [None, None, None, None],
        [3, "欧阳明", int(NUMBERS[1]), "20010203"],
    ]
    outcome = load(tmp_path, workbook(tmp_path / "a.xlsx", rows, "二〇二六年人口台账"))
    assert current(tmp_path) == [EXPECTED[0], EXPECTED[1], ("3", "欧阳明", None, "2001-02-03")]
    assert outcome.rules == ("id_number:workbook.number_lost_digits",)
    assert current(tmp_path, "_row", "_failures") == [(3, 0), (4, 0), (6, 1)]


CELLS: list[list[object]] = [
    ["编号", "姓名", "身份证件号", "出生日期"],
    [1, "王建国", NUMBERS[0], date(1985, 3, 7)],
    [2.0, "李秀英", None, 33208],
    [3, "欧阳明", int(NUMBERS[1]), "20010203"],
]


def old_workbook(path: Path, rows: list[list[object]], empty_rows: int = 0) -> Path:
    """An .xls (BIFF8), the rows on its second sheet."""
    book = xlwt.Workbook()
    book.add_sheet("说明").write(0, 0, 10**17)
    sheet = book.add_sheet("名册")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for row, cells in enumerate(rows, start=empty_rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell, *([day] if isinstance(cell, date) else []))
    book.save(str(path))
    return path


def open_document(path: Path, rows: list[list[object]], empty_rows: int = 0) -> Path:
    """An .ods as office programs write it: cells with a type, blank rows and cells by their number."""

    def cell(value: object) -> str:
        if value is None:
            return '<table:table-cell table:number-columns-repeated="1"/>'
        told = {date: "date", int: "float", float: "float"}.get(type(value), "string")
        stored = "date-value" if told == "date" else "value"
        said = f' office:{stored}="{value}"' if told != "string" else ""
        return (
            f'<table:table-cell office:value-type="{told}"{said}><text:p>{value}</text:p></table:table-cell>'
        )

    blank = (
        f'<table:table-row table:number-rows-repeated="{empty_rows}"><table:table-cell/></table:table-row>'
    )
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "".join(
        f' xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"'
        for each in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<?xml version='1.0'?><manifest/>")
        packed.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body><office:spreadsheet>'
            f'<table:table table:name="说明"><table:table-row>{cell(10**17)}</table:table-row></table:table>'
            f'<table:table table:name="名册">{blank if empty_rows else ""}{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


@pytest.mark.parametrize("make", [old_workbook, open_document])
def test_workbooks_of_other_formats(tmp_path: Path, make: Callable[..., Path]) -> None:
    for empty_rows in (0, 3):
        data = tmp_path / str(empty_rows)
        suffix = ".xls" if make is old_workbook else ".ods"
        outcome = load(data, make(tmp_path / f"{empty_rows}{suffix}", CELLS, empty_rows))
        assert outcome.notes["sheet"] == "名册"
        assert current(data) == [EXPECTED[0], EXPECTED[1], ("3", "欧阳明", None, "2001-02-03")]
        # The third's number was typed as a quantity: its last digits are not what was typed, whatever they look like.
        assert outcome.rules == ("id_number:workbook.number_lost_digits",)
        assert current(data, "_row", "_failures") == [(row + empty_rows, row == 4) for row in (2, 3, 4)]


def test_a_large_old_workbook_and_one_of_many_small_sectors(tmp_path: Path) -> None:
    rows: list[list[object]] = [["编号", "姓名", "身份证件号", "出生日期"]]
    rows += [
        [number, "王建国", int(NUMBERS[0]) if number % 997 == 0 else NUMBERS[0], None]
        for number in range(1, 30_000)
    ]
    outcome = load(tmp_path, old_workbook(tmp_path / "a.xls", rows))
    assert outcome.kept == 29_999
    assert outcome.quality["id_number"]["failed"] == 29_999 // 997


def test_a_damaged_old_workbook_is_refused(tmp_path: Path) -> None:
    whole = old_workbook(tmp_path / "a.xls", CELLS).read_bytes()
    (tmp_path / "b.xls").write_bytes(whole[:700])
    assert refusal(tmp_path, tmp_path / "b.xls").code == "gather.workbook_damaged"


def test_lost_digits_quarantine_where_failures_are_not_kept(tmp_path: Path) -> None:
    plan = ResourcePlan(
        "test.people", (*FIELDS[:2], FieldPlan("id_number", "id_number", ("证号",))), ("number",)
    )
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet("表")
    sheet.write_row(0, 0, ["编号", "姓名", "证号"])
    sheet.write_row(1, 0, ["1", "王建国", int(NUMBERS[0])])
    sheet.write_row(2, 0, ["2", "李秀英", NUMBERS[1]])
    book.close()
    outcome = load(tmp_path, tmp_path / "a.xlsx", plan=plan)
    assert [(row, failures) for row, _, failures in quarantine(tmp_path, outcome)] == [
        (2, [("id_number", "workbook.number_lost_digits")])
    ]


def test_damaged_and_locked_workbooks(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [["编号"], ["1"]]).read_bytes()
    for index, cut in enumerate((len(whole) // 2, len(whole) - 30, 100)):
        (tmp_path / f"{index}.xlsx").write_bytes(whole[:cut])
        assert refusal(tmp_path, tmp_path / f"{index}.xlsx").code == "gather.workbook_damaged"
    from msoffcrypto.format.ooxml import OOXMLFile

    with (tmp_path / "a.xlsx").open("rb") as plain, (tmp_path / "locked.xlsx").open("wb") as locked:
        OOXMLFile(plain).encrypt("secret", locked)
    assert refusal(tmp_path, tmp_path / "locked.xlsx").code == "gather.workbook_password"
    (tmp_path / "empty.xlsx").write_bytes(b"")
    assert refusal(tmp_path, tmp_path / "empty.xlsx").code in ("gather.workbook_damaged", "gather.file_empty")


def test_the_sheet_can_be_named_and_a_wrong_name_lists_the_sheets(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", [["编号", "姓名", "身份证件号", "出生日期"], ["1", "王建国", "", ""]]
    )
    load(tmp_path / "1", path, locator={"sheet": "Sheet"})
    load(tmp_path / "2", path, locator={"sheet": 1})
    told = refusal(tmp_path / "3", path, locator={"sheet": "人口"})
    assert told.code == "gather.unknown_sheet" and "说明" in told.what.zh

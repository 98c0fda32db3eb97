"""Files an office really sends: a web page called .xls, two sheets, totals at the end, a link, a file still being written."""

from __future__ import annotations

import threading
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from loading import EXPECTED, HEADING, NUMBERS, ROWS, current, load, quarantine, refusal, write

from tongchou.gather.sources.files import discover, workbooks
from tongchou.pool.engine import raw
from tongchou.standards.errors import HouseError


def book(path: Path, sheets: dict[str, list[str]], hidden: str = "") -> Path:
    """A workbook; each sheet has the headings and some of ROWS."""
    made = xlsxwriter.Workbook(str(path))
    for name, lines in sheets.items():
        sheet = made.add_worksheet(name)
        for row, line in enumerate([HEADING, *lines]):
            sheet.write_row(row, 0, line.split(","))
        if name == hidden:
            sheet.hide()
        else:
            sheet.activate()
            sheet.set_first_sheet()
    made.close()
    return path


@pytest.mark.parametrize(
    "lines",
    [ROWS, ("王建国,男,佛山",), (f"姓名,编号,王建国 {NUMBERS[0]},李秀英",), ("<td>王建国</td>,姓名",)],
)
def test_a_file_without_headings_is_refused_and_its_first_row_not_told(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    path = write(tmp_path / "a.csv", *lines[1:], heading=lines[0])
    error = refusal(tmp_path, path)
    assert error.code == "gather.missing_columns"
    for value in ("王建国", "李秀英", NUMBERS[0], "1985"):
        assert value not in error.say("zh") + error.say("en")


def test_renamed_headings_are_told(tmp_path: Path) -> None:
    error = refusal(tmp_path, write(tmp_path / "a.csv", *ROWS, heading="序,称呼,证件,生于哪天"))
    assert "称呼" in error.what.zh


@pytest.mark.parametrize(
    "begins", ["<html><table><tr><td>王建国</td></tr>", "%PDF-1.4", "\ufeff<!DOCTYPE html>"]
)
def test_what_is_no_table_is_named(tmp_path: Path, begins: str) -> None:
    path = tmp_path / "名册.xls"
    path.write_text(begins, encoding="utf-8")
    assert refusal(tmp_path, path).code == "gather.file_kind"


def test_totals_and_notes_below_the_table_are_no_records(tmp_path: Path) -> None:
    below = (
        "合计,3人,,",
        "合计：3人,张三,,",
        f"制表人：王建国,李四,{NUMBERS[0]},",
        "审核日期：2026年11月,,,",
    )
    outcome = load(tmp_path, write(tmp_path / "a.csv", *ROWS, *below, "总计工程队,王建国,,1985-03-07"))
    assert current(tmp_path)[:3] == EXPECTED
    assert [row for row, *_ in quarantine(tmp_path, outcome)] == [5, 6, 7, 8]
    assert {failures[0] for *_, failures in quarantine(tmp_path, outcome)} == {("number", "row.summary")}
    assert outcome.kept == 4


def test_a_hidden_sheet_is_not_taken_for_the_table(tmp_path: Path) -> None:
    load(tmp_path, book(tmp_path / "a.xlsx", {"旧": [ROWS[0]], "新": [*ROWS]}, hidden="旧"))
    assert current(tmp_path) == EXPECTED


def test_of_two_sheets_none_is_left_out_in_silence(tmp_path: Path) -> None:
    error = refusal(tmp_path, book(tmp_path / "a.xlsx", {"一": [ROWS[0]], "二": [ROWS[1]]}))
    assert (error.code, "一、二" in error.what.zh) == ("gather.sheet_ambiguous", True)
    load(tmp_path, book(tmp_path / "b.xlsx", {"样表": [], "二": [*ROWS]}))
    assert current(tmp_path) == EXPECTED


def test_a_workbook_that_unpacks_to_fill_the_memory_is_not_opened(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"一": [*ROWS]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/more.xml", "w") as file:
        for _ in range(workbooks.USUAL_UNPACKED >> 20):
            file.write(bytes(1 << 20))
    assert refusal(tmp_path, path).code == "gather.workbook_too_large"


def test_a_link_out_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "outside.csv", *ROWS)
    (tmp_path / "in" / "a.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(HouseError) as caught:
        discover({"path": str(tmp_path / "in")}, {"file": "*.csv"})
    assert caught.value.code == "gather.link_outside"


def test_a_file_that_is_still_written_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(48 << 20))
    done = threading.Event()

    def write_on() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"x" * 4096)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        with pytest.raises(HouseError) as caught:
            raw.keep(tmp_path / "data", path)
    finally:
        done.set()
        writer.join()
    assert caught.value.code == "gather.file_changing"
    assert not [each for each in (tmp_path / "data").rglob("*") if each.is_file()]
    assert raw.keep(tmp_path / "data", path)[1].stat().st_size == path.stat().st_size

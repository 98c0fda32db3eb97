"""Cutting rows out of delivered files: those rows are gone from the bytes, every other row reads as before, in place."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.gather import cutting
from tongchou.gather.sources import connector
from tongchou.pool.engine import raw as raw_layer
from tongchou.standards.plans import FieldPlan, ResourcePlan

PLAN = ResourcePlan(
    "x.people",
    tuple(FieldPlan(each, "text", (each,)) for each in ("number", "name", "note")),
    ("number",),
)
ROWS = [["1", "王小明", "甲"], ["2", "李佳怡", "跨\n行,有逗号"], ["3", "陈美玲", "丙"], ["4", "欧阳明", ""]]


def csv_bytes(rows: list[list[str]], codec: str, ending: str = "\n", delimiter: str = ",") -> bytes:
    def cell(text: str) -> str:
        return f'"{text}"' if any(each in text for each in ('"', "\n", delimiter)) else text

    lines = [delimiter.join(map(cell, row)) for row in [["number", "name", "note"], *rows]]
    return (ending.join(lines) + ending).encode(codec)


def read(file: Path, kind: str = "files", locator: dict[str, Any] | None = None) -> dict[int, list[str]]:
    reading = connector(kind).read({}, locator or {}, file, PLAN, None)
    found = {}
    for batch in reading.batches:
        for row in batch.table.to_pylist():
            number = row.pop("_row")
            if any((value or "").strip() for value in row.values()):
                found[number] = [value or "" for value in row.values()]
    return found


def cut(file: Path, rows: list[int], kind: str = "files", locator: dict[str, Any] | None = None) -> bool:
    return cutting.cut(file, rows, connector=kind, settings={}, locator=locator or {}, plan=PLAN)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_text_keeps_every_other_row_where_it_was(tmp_path: Path, codec: str, ending: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes(ROWS, codec, ending))
    before = read(file)
    size = file.stat().st_size
    assert cut(file, [2, 3])
    assert read(file) == {number: row for number, row in before.items() if number not in (2, 3)}
    assert not any("王小明".encode(each) in file.read_bytes() for each in ("utf-8", "gb18030", "utf-16-le"))
    assert codec == "utf-16" or file.stat().st_size == size
    assert raw_layer.is_cut(file)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_packed_text_is_packed_again(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name.endswith(".gz"):
        file.write_bytes(gzip.compress(csv_bytes(ROWS, "gb18030")))
    else:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("people.csv", csv_bytes(ROWS, "gb18030"))
            packed.writestr("__MACOSX/other", b"x")
    before = read(file)
    assert cut(file, [4])
    assert read(file) == {number: row for number, row in before.items() if number != 4}
    content = (
        gzip.decompress(file.read_bytes())
        if name.endswith(".gz")
        else zipfile.ZipFile(file).read("people.csv")
    )
    assert "陈美玲".encode("gb18030") not in content and "李佳怡".encode("gb18030") in content


def test_a_workbook_loses_the_row_and_keeps_its_other_sheets(tmp_path: Path) -> None:
    file, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["number", "name", "note"], *ROWS]:
        sheet.append(row)
    book.create_sheet("说明").append(["第二张表"])
    book.save(file)
    before = read(file)
    assert cut(file, [2])
    assert read(file) == {number: row for number, row in before.items() if number != 2}
    assert openpyxl.load_workbook(file)["说明"]["A1"].value == "第二张表"
    assert not any(
        "王小明".encode() in zipfile.ZipFile(file).read(each) for each in zipfile.ZipFile(file).namelist()
    )


def test_what_was_taken_from_a_database_loses_the_row(tmp_path: Path) -> None:
    source = tmp_path / "source.sqlite"
    with sqlite3.connect(source) as db:
        db.execute("CREATE TABLE people (number, name, note)")
        db.executemany("INSERT INTO people VALUES (?, ?, ?)", ROWS)
    sqlite = connector("sqlite")
    (item,) = sqlite.discover({"path": str(source)}, {"table": "people"})
    _, file = sqlite.take({"path": str(source)}, {"table": "people"}, item, tmp_path)
    before = read(file, "sqlite", {"table": "people"})
    assert cut(file, [1], "sqlite", {"table": "people"})
    after = read(file, "sqlite", {"table": "people"})
    assert after == {number: row for number, row in before.items() if number != 1}


def test_a_file_nobody_can_cut_is_deleted_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK\x03\x04 not a workbook")
    assert cut(file, [2]) is False
    assert not file.exists() and raw_layer.is_cut(file)


def test_cutting_again_changes_nothing_more(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes(ROWS, "utf-8"))
    cut(file, [3])
    once = file.read_bytes()
    assert cut(file, [3]) and file.read_bytes() == once


VALUES = st.text(st.sampled_from('甲乙丙a1 ,"\n'), max_size=6)


@given(rows=st.lists(st.tuples(st.just("k"), VALUES, VALUES), min_size=1, max_size=8), data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_rows_are_cut_the_others_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("cut") / "a.csv"
    quoted = [[each.replace('"', '""') for each in row] for row in rows]
    lines = [",".join(f'"{each}"' for each in row) for row in [["number", "name", "note"], *quoted]]
    file.write_bytes(("\n".join(lines) + "\n").encode())
    before = read(file)
    gone = data.draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    cut(file, sorted(gone))
    assert read(file) == {number: row for number, row in before.items() if number not in gone}

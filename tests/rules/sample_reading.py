"""Reads what the sample wrote, as plainly as can be: the tests' own eyes, not the product's connectors."""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
from pathlib import Path

import openpyxl

from tongchou.sample.delivery import FORMATS, SYSTEMS

Row = dict[str, str | None]


def rows_of(folder: Path, resource: str, pattern: str) -> list[Row]:
    """Rows of the one file that fits the pattern."""
    (path,) = folder.glob(pattern)
    form = FORMATS[resource]
    if form.kind == "sqlite":
        with sqlite3.connect(path) as database:
            found = database.execute(f'SELECT * FROM "{form.table}"')
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]
    if form.kind == "xlsx":
        return _workbook(path)
    data = path.read_bytes()
    data = gzip.decompress(data) if form.packed else data
    reader = csv.DictReader(
        io.StringIO(data.decode(form.encoding), newline=""), delimiter="\t" if form.kind == "tsv" else ","
    )
    return [{name: value or None for name, value in row.items()} for row in reader]


def _workbook(path: Path) -> list[Row]:
    sheet = openpyxl.load_workbook(path).active
    table = list(sheet.iter_rows(values_only=True))
    assert len([cell for cell in table[0] if cell]) == 1, "a title over the headings"
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert any(area.startswith("A1:") for area in merged)
    depth = 2 if any(area.startswith("A2:A3") for area in merged) else 1
    heads = table[1 : 1 + depth]
    names = [next(cell for cell in reversed(column) if cell) for column in zip(*heads, strict=True)]
    return [dict(zip(names, row, strict=True)) for row in table[1 + depth :]]


def headings_of(folder: Path, resource: str, pattern: str) -> set[str]:
    """Headings of the first file that fits the pattern."""
    path = sorted(folder.glob(pattern))[0]
    return set(rows_of(path.parent, resource, path.name)[0])


def system_folders(folder: Path) -> set[str]:
    """The systems' folders that were written."""
    return {path.name for path in folder.iterdir() if path.name in SYSTEMS}

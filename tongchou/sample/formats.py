"""How each office's system writes its files: encodings, separators, workbooks, databases."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.csv as pacsv

STAMP = (2026, 11, 20, 0, 0, 0)


@dataclass(frozen=True)
class Format:
    """One way of writing a table.

    kind: comma- or tab-separated text, a workbook, or a table of a SQLite database. title: the merged line
    over a workbook's headings. groups: merged headings over several columns, as (text, number of columns);
    an empty text merges the one heading downwards. table: the database's table. quoted: values may hold
    separators and line breaks, so all are quoted.
    """

    kind: Literal["csv", "tsv", "xlsx", "sqlite"] = "csv"
    encoding: str = "utf-8"
    packed: bool = False
    title: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    table: str = ""
    quoted: bool = False


class Sink:
    """A file under way: takes one block's columns after another."""

    def __init__(self, path: Path, form: Format) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.form, self.rows = path, form, 0

    def write(self, columns: dict[str, pa.Array]) -> None:
        """Append rows; every call brings the same headings."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish the file."""
        raise NotImplementedError


class TextSink(Sink):
    """Separated text, with its heading, in the office's encoding, packed or plain."""

    def __init__(self, path: Path, form: Format) -> None:
        super().__init__(path, form)
        self._raw: IO[bytes] = path.open("wb")
        self._file: IO[bytes] = self._raw
        if form.packed:
            # No name and no time in the head: the same rows give the same bytes.
            self._file = gzip.GzipFile("", "wb", 1, self._raw, mtime=0)  # type: ignore[assignment]
        self._separator = "\t" if form.kind == "tsv" else ","

    def write(self, columns: dict[str, pa.Array]) -> None:
        encoding = self.form.encoding
        if not self.rows:
            self._file.write((self._separator.join(columns) + "\n").encode(encoding))
            # The byte-order mark belongs to the first line only.
        encoding = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
        table = pa.table(columns)
        style = "needed" if self.form.quoted else "none"
        options = pacsv.WriteOptions(include_header=False, delimiter=self._separator, quoting_style=style)
        sink = pa.BufferOutputStream()
        pacsv.write_csv(table, sink, options)
        data = sink.getvalue()
        if encoding == "utf-8":
            self._file.write(data)
        else:
            self._file.write(str(data, "utf-8").encode(encoding, errors="replace"))
        self.rows += table.num_rows

    def close(self) -> None:
        self._file.close()
        self._raw.close()


class DatabaseSink(Sink):
    """A table of a SQLite database; several tables may share one file."""

    def __init__(self, path: Path, form: Format) -> None:
        super().__init__(path, form)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")

    def write(self, columns: dict[str, pa.Array]) -> None:
        names = ", ".join(f'"{name}" TEXT' for name in columns)
        if not self.rows:
            self._database.execute(f'CREATE TABLE "{self.form.table}" ({names})')
        marks = ", ".join("?" * len(columns))
        rows = zip(*(column.to_pylist() for column in columns.values()), strict=True)
        self._database.execute("BEGIN")
        self._database.executemany(f'INSERT INTO "{self.form.table}" VALUES ({marks})', rows)
        self._database.execute("COMMIT")
        self.rows += len(next(iter(columns.values())))

    def close(self) -> None:
        self._database.close()


class WorkbookSink(Sink):
    """A workbook of one sheet, written straight to its XML; meant for tables of some thousand rows.

    Over the headings stand a merged title and, where the format has groups, a line of merged group headings.
    Source: ECMA-376 part 1 (SpreadsheetML), the least a reader needs.
    """

    def __init__(self, path: Path, form: Format) -> None:
        super().__init__(path, form)
        self._body = io.StringIO()
        self._merged: list[str] = []
        self._line = 0

    def write(self, columns: dict[str, pa.Array]) -> None:
        if not self._line:
            self._head(list(columns))
        for row in zip(*(column.to_pylist() for column in columns.values()), strict=True):
            self._row(row)
            self.rows += 1

    def _head(self, names: list[str]) -> None:
        last = _letters(len(names) - 1)
        if self.form.title:
            self._row([self.form.title])
            self._merged.append(f"A1:{last}1")
        if not self.form.groups:
            self._row(names)
            return
        upper: list[str | None] = []
        lower: list[str | None] = []
        line = self._line + 1
        for text, width in self.form.groups:
            at, part = len(upper), names[len(upper) : len(upper) + width]
            if text:
                self._merged.append(f"{_letters(at)}{line}:{_letters(at + width - 1)}{line}")
                upper += [text] + [None] * (width - 1)
                lower += part
            else:
                self._merged += [
                    f"{_letters(at + step)}{line}:{_letters(at + step)}{line + 1}" for step in range(width)
                ]
                upper += part
                lower += [None] * width
        self._row(upper)
        self._row(lower)

    def _row(self, values: list[str | None] | tuple[str | None, ...] | list[str]) -> None:
        self._line += 1
        cells = "".join(
            f'<c r="{_letters(at)}{self._line}" t="inlineStr"><is>'
            f'<t xml:space="preserve">{escape(value)}</t></is></c>'
            for at, value in enumerate(values)
            if value is not None
        )
        self._body.write(f'<row r="{self._line}">{cells}</row>')

    def close(self) -> None:
        merged = "".join(f'<mergeCell ref="{area}"/>' for area in self._merged)
        merged = f'<mergeCells count="{len(self._merged)}">{merged}</mergeCells>' if merged else ""
        sheet = f"{_XML}<worksheet {_MAIN}><sheetData>{self._body.getvalue()}</sheetData>{merged}</worksheet>"
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
            for name, text in (*_PARTS, ("xl/worksheets/sheet1.xml", sheet)):
                book.writestr(zipfile.ZipInfo(name, STAMP), text, compress_type=zipfile.ZIP_DEFLATED)


def open_sink(path: Path, form: Format) -> Sink:
    """The sink for a file of that format, created empty."""
    kinds: dict[str, type[Sink]] = {
        "csv": TextSink,
        "tsv": TextSink,
        "xlsx": WorkbookSink,
        "sqlite": DatabaseSink,
    }
    return kinds[form.kind](path, form)


def _letters(at: int) -> str:
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = (
    (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETS}.worksheet+xml"/></Types>',
    ),
    (
        "_rels/.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    ),
    (
        "xl/workbook.xml",
        f'{_XML}<workbook {_MAIN} xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    ),
    (
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
    ),
)

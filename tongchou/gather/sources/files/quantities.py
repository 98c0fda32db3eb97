"""Which cells of a workbook hold a quantity of more than 15 digits: a number that lost its end when it was typed.

A spreadsheet keeps quantities as binary floating point; 440604198503070011 becomes …70016, which looks like any
other number afterwards. Only the file itself still tells a number from text, so each format is asked in its own way:
.xlsx (ECMA-376), .ods (OpenDocument 1.3), .xls (MS-CFB and MS-XLS).
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

LONG = 1e15
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})(\d+)"([^>]*)>\s*(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?\s*<v>([-+0-9.eE]+)</v>'
)


def too_long(raw: Path, sheet: int) -> set[tuple[int, int]]:
    """The cells of the sheet of that number (from 0), as row and column from 0."""
    if not zipfile.is_zipfile(raw):
        return set(_in_xls(raw.read_bytes(), sheet))
    with zipfile.ZipFile(raw) as packed:
        if "content.xml" in packed.namelist():
            return set(_in_ods(packed, sheet))
    part = _sheet_part(raw, sheet)
    return _in_xlsx(raw, part) if part is not None else set()


# ── .xlsx ──────────


def _in_xlsx(raw: Path, part: str) -> set[tuple[int, int]]:
    lost: set[tuple[int, int]] = set()
    with zipfile.ZipFile(raw) as packed, packed.open(part) as source:
        rest = b""
        while block := source.read(4 << 20):
            data = rest + block
            cut = data.rfind(b"<c ")
            cut = cut if cut > 0 else len(data)
            for found in _CELL.finditer(data, 0, cut):
                letters, row, attributes, number = found.groups()
                if b't="' in attributes and b't="n"' not in attributes:
                    continue
                if len(number) > 15 or b"e" in number.lower():
                    value = abs(float(number))
                    if value >= 1e15 and value == int(value):
                        lost.add((int(row) - 1, _column(letters)))
            rest = data[cut:]
        for found in _CELL.finditer(rest):
            letters, row, attributes, number = found.groups()
            if (b't="' not in attributes or b't="n"' in attributes) and abs(float(number)) >= 1e15:
                lost.add((int(row) - 1, _column(letters)))
    return lost


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheet_part(raw: Path, sheet: int) -> str | None:
    """The part of an .xlsx package that holds the sheet of that number, from its own table of contents."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    with zipfile.ZipFile(raw) as packed:
        try:
            book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314 – expat resolves no entities
            links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        except (KeyError, ElementTree.ParseError):
            return None
        targets = {each.get("Id"): each.get("Target", "") for each in links}
        sheets = [each.get(link) for each in book.iter(f"{main}sheet")]
        if sheet >= len(sheets):
            return None
        target = targets.get(sheets[sheet], "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return part if part in packed.namelist() else None


# ── .ods ──────────

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def _in_ods(packed: zipfile.ZipFile, sheet: int) -> Iterator[tuple[int, int]]:
    """Repeated rows and cells are written once with their number; rows are let go as they are read."""
    tables, row, column = -1, 0, 0
    with packed.open("content.xml") as source:
        for event, each in ElementTree.iterparse(source, ("start", "end")):  # noqa: S314 – expat resolves no entities
            if event == "start" and each.tag == f"{_TABLE}table":
                tables, row = tables + 1, 0
            elif event == "start" and each.tag == f"{_TABLE}table-row":
                column = 0
            elif event == "end" and each.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                repeated = int(each.get(f"{_TABLE}number-columns-repeated", 1))
                kind, value = each.get(f"{_OFFICE}value-type"), each.get(f"{_OFFICE}value")
                if tables == sheet and kind == "float" and value and abs(float(value)) >= LONG:
                    yield from ((row, column + number) for number in range(repeated))
                column += repeated
            elif event == "end" and each.tag == f"{_TABLE}table-row":
                row += int(each.get(f"{_TABLE}number-rows-repeated", 1))
                each.clear()


# ── .xls ──────────

_END = 0xFFFFFFFC
"""Sector numbers from here on are marks: end of a chain, free, and the like."""
_BOUNDSHEET, _EOF, _BOF = 0x0085, 0x000A, 0x0809
_NUMBER, _RK, _MULRK, _FORMULA = 0x0203, 0x027E, 0x00BD, 0x0006


def _in_xls(data: bytes, sheet: int) -> Iterator[tuple[int, int]]:
    try:
        book = _workbook_stream(data)
        starts = [
            struct.unpack_from("<I", body)[0] for kind, body in _records(book, 0) if kind == _BOUNDSHEET
        ]
        for row, column, value in _numbers(book, starts[sheet]):
            if abs(value) >= LONG:
                yield row, column
    except (struct.error, IndexError, ValueError):
        return  # not laid out as the format says; it was read all the same, and cells are taken as they came


def _numbers(book: bytes, start: int) -> Iterator[tuple[int, int, float]]:
    """The numbers of a sheet: row, column, value."""
    depth = 0
    for kind, body in _records(book, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth == 0:
                return
        elif depth == 1 and kind in (_NUMBER, _FORMULA) and body[12:14] != b"\xff\xff":
            row, column, _, value = struct.unpack_from("<HHHd", body)
            yield row, column, value
        elif depth == 1 and kind == _RK:
            row, column, _, packed = struct.unpack_from("<HHHI", body)
            yield row, column, _rk(packed)
        elif depth == 1 and kind == _MULRK:
            row, first = struct.unpack_from("<HH", body)
            for number in range((len(body) - 6) // 6):
                yield row, first + number, _rk(struct.unpack_from("<I", body, 6 + 6 * number)[0])


def _rk(packed: int) -> float:
    """A number packed into 30 bits (MS-XLS 2.5.122)."""
    value = (
        float(packed >> 2) if packed & 2 else struct.unpack("<d", struct.pack("<Q", (packed & ~3) << 32))[0]
    )
    return float(value) / 100 if packed & 1 else float(value)


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a stream from a place on: kind and body."""
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size


def _workbook_stream(data: bytes) -> bytes:
    """The stream Workbook (or Book, of older versions) of a compound file."""
    sector, small_sector = (
        1 << struct.unpack_from("<H", data, 30)[0],
        1 << struct.unpack_from("<H", data, 32)[0],
    )
    directory, cutoff, small_table = struct.unpack_from("<I4xII", data, 48)
    more, count = struct.unpack_from("<II", data, 68)

    def at(number: int) -> bytes:
        return data[(number + 1) * sector : (number + 2) * sector]

    lists = [number for number in struct.unpack_from("<109I", data, 76) if number < _END]
    for _ in range(count):
        *numbers, more = struct.unpack(f"<{sector // 4}I", at(more))
        lists += [number for number in numbers if number < _END]
    table = [number for each in lists for number in struct.unpack(f"<{sector // 4}I", at(each))]

    def stream(start: int) -> bytes:
        found: list[bytes] = []
        while start < _END and len(found) <= len(table):
            found.append(at(start))
            start = table[start]
        return b"".join(found)

    entries = stream(directory)
    small = b""
    for place in range(0, len(entries), 128):
        length = struct.unpack_from("<H", entries, place + 64)[0]
        name = entries[place : place + max(length - 2, 0)].decode("utf-16-le", "replace")
        start, size = struct.unpack_from("<II", entries, place + 116)
        if name == "Root Entry":
            small = stream(start)
        elif name in ("Workbook", "Book"):
            if size >= cutoff:
                return stream(start)[:size]
            chain = struct.unpack(f"<{len(held := stream(small_table)) // 4}I", held)
            pieces: list[bytes] = []
            while start < _END and len(pieces) <= len(chain):
                pieces.append(small[start * small_sector : (start + 1) * small_sector])
                start = chain[start]
            return b"".join(pieces)[:size]
    raise ValueError("no workbook in the container")

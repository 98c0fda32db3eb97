"""CSV and TSV: quick where a file is regular, careful where it is not, exact about row numbers in both.

The file is cut at record ends into stretches of 16 MB. Each is parsed by Arrow, several at a time; a
stretch with anything odd in it (bytes of another encoding, unbalanced quotation marks, stray carriage
returns) is read again by `careful`, alone. Only the stretches under way are in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tongchou.gather import headings
from tongchou.pool.engine.connection import part_bytes, threads
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from ..items import Batch, Position, Reading, text_table
from . import careful, encodings, packed

_HEAD = 1 << 20
_DELIMITERS = ",\t;|，"


@dataclass(frozen=True)
class _Form:
    """How a file is written. codec: of the bytes handed to the parsers; lossy: decoding may have left
    U+FFFD."""

    codec: str
    delimiter: str
    width: int
    lossy: bool


class _Parsed(NamedTuple):
    """A stretch: its columns, row numbers counted from 0 at its start, rows refused, and records in all."""

    columns: list[pa.Array]
    rows: Any
    refused: list[tuple[int, str, str]]
    records: int


def read(locator: dict[str, Any], raw: Path, plan: ResourcePlan, start: Position | None) -> Reading:
    """Open a text file of the raw layer.

    locator: `encoding` and `delimiter` when they should not be detected, `member` for a zip of several files.
    Raises HouseErrors "gather.file_empty", "gather.file_damaged", "gather.file_ambiguous".
    """
    source, size = packed.open_bytes(raw, locator)
    with closing(source):
        head = packed.filled(source, _HEAD)
        if not head.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
            raise HouseError(
                "gather.file_empty",
                Text("文件是空的，连表头也没有。", "The file is empty; it has not even a heading."),
                Text("请检查导出是否成功后重新报送。", "Check that the export succeeded and deliver again."),
                plan.code,
            )
        codec, mark = _codec(locator, head, source)

    def text_from(offset: int) -> BinaryIO:
        opened = packed.open_bytes(raw, locator)[0]
        if codec.startswith("utf-16"):
            packed.skip(opened, mark)
            recoded = cast(BinaryIO, encodings.Recoded(opened, codec))
            packed.skip(recoded, offset)
            return recoded
        packed.skip(opened, mark + offset)
        return opened

    lossy = codec.startswith("utf-16")
    byte_codec = "utf-8" if lossy else codec
    with closing(text_from(0)) as beginning:
        head = _lone_returns(packed.filled(beginning, _HEAD))
    delimiter, found, first = _heading(head, byte_codec, plan, locator.get("delimiter"))
    form = _Form(byte_codec, delimiter, len(found.names), lossy)
    at = start or first
    notes = {"encoding": codec, "delimiter": delimiter, "heading_row": found.first + 1}
    return Reading(
        found.names, _batches(lambda: text_from(at.offset), form, at, size, notes), size, "bytes", notes
    )


def _codec(locator: dict[str, Any], head: bytes, source: BinaryIO) -> tuple[str, int]:
    found, mark = encodings.detect(head, lambda: source.read(_HEAD))
    if locator.get("encoding"):
        wanted = encodings.named(str(locator["encoding"]))
        return wanted, mark if mark and (wanted == found or wanted.startswith("utf-16")) else 0
    return found, mark


def _lone_returns(data: bytes) -> bytes:
    """Old Macintosh line ends (a carriage return alone) made ordinary, where the file knows no others."""
    return data.replace(b"\r", b"\n") if b"\n" not in data else data


def _heading(
    head: bytes, codec: str, plan: ResourcePlan, delimiter: str | None
) -> tuple[str, headings.Headings, Position]:
    """The delimiter, the headings, and where the first row after them begins."""
    best: tuple[tuple[int, int], str, headings.Headings, Position] | None = None
    for each in [delimiter] if delimiter else _DELIMITERS:
        rows: list[list[str]] = []
        ends: list[int] = []
        position = 0
        for record in careful.records(head, codec, each, last=len(head) < _HEAD):
            position += record.size
            rows.append(record.values)
            ends.append(position)
            if len(rows) > headings.SEARCHED_ROWS + 1:
                break
        found = headings.find(rows, plan)
        if found is None:
            continue
        names = {headings.plain(name) for name in found.names}
        matched = sum(any(headings.plain(c) in names for c in headings.columns_of(f)) for f in plan.fields)
        after = found.first + found.rows
        score = (matched, len(found.names))
        if best is None or score > best[0]:
            best = (score, each, found, Position(ends[after - 1], after + 1))
    if best is None:
        raise HouseError(
            "gather.file_empty",
            Text("文件里没有表头。", "The file has no heading."),
            Text("请检查导出是否成功后重新报送。", "Check that the export succeeded and deliver again."),
            plan.code,
        )
    return best[1], best[2], best[3]


def _batches(
    opened: Callable[[], BinaryIO], form: _Form, at: Position, size: int, notes: dict[str, Any]
) -> Iterator[Batch]:
    """Stretches in file order, parsed a few ahead. The position after each is exact, so a load can go on
    there."""
    waiting: deque[tuple[Future[_Parsed], int]] = deque()
    offset, row = at.offset, at.row
    ahead = threads() + 1
    # Space is used again: a fresh piece of memory is cleared by the system, page by page, before it is filled.
    spaces: SimpleQueue[bytearray] = SimpleQueue()
    source = opened()
    pool = ThreadPoolExecutor(max_workers=threads(), thread_name_prefix="parse")

    def parsed(space: bytearray, length: int) -> _Parsed:
        try:
            return _parse(space, length, form, notes)
        finally:
            spaces.put(space)

    try:
        for space, length in _stretches(source, form, spaces):
            waiting.append((pool.submit(parsed, space, length), length))
            if len(waiting) < ahead:
                continue
            batch, offset, row = _batch(*waiting.popleft(), offset, row, size)
            yield batch
        while waiting:
            batch, offset, row = _batch(*waiting.popleft(), offset, row, size)
            yield batch
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        source.close()


def _batch(parsed: Future[_Parsed], length: int, offset: int, row: int, size: int) -> tuple[Batch, int, int]:
    done = parsed.result()
    offset += length
    table = text_table(done.columns, pa.array(done.rows + row, pa.int64()))
    refused = tuple(careful.refused(row + index, rule, text) for index, rule, text in done.refused)
    row += done.records
    return Batch(table, Position(offset, row), min(offset, size), refused), offset, row


def _stretches(
    source: BinaryIO, form: _Form, spaces: SimpleQueue[bytearray]
) -> Iterator[tuple[bytearray, int]]:
    """The rest of the file in pieces that end where a record ends: the space each is in, and its length.

    spaces: where the reader of a piece leaves its space when it is done with it.
    """
    rest = b""
    size = min(16 << 20, part_bytes() // 4)
    while True:
        data = _space(spaces, len(rest) + size)
        data[: len(rest)] = rest
        have = len(rest) + packed.fill(source, memoryview(data)[len(rest) : len(rest) + size])
        if have < len(rest) + size:
            if have:
                yield data, have
            return
        cut = data.rfind(b"\n", 0, have) + 1
        if cut == 0 and data.find(b"\r", 0, have) >= 0:
            cut = data.rfind(b"\r", 0, have - 1) + 1
        if data.find(b'"', 0, cut) >= 0 and data.count(b'"', 0, cut) % 2:
            cut = _record_end(bytes(memoryview(data)[:have]), form)
        if cut == 0 and have < 4 * size:
            rest = bytes(memoryview(data)[:have])
            continue
        cut = cut or have
        rest = bytes(memoryview(data)[cut:have])
        yield data, cut


def _space(spaces: SimpleQueue[bytearray], size: int) -> bytearray:
    """A space of at least that size: one that is free, else a new one."""
    with suppress(Empty):
        if len(space := spaces.get_nowait()) >= size:
            return space
    return bytearray(size + (size >> 3))


def _record_end(data: bytes, form: _Form) -> int:
    """Where the last whole record of `data` ends, found record by record."""
    return sum(each.size for each in careful.records(data, form.codec, form.delimiter, last=False))


def _parse(space: bytearray, length: int, form: _Form, notes: dict[str, Any]) -> _Parsed:
    """The stretch that fills the first `length` bytes of a space."""

    def has(mark: bytes) -> bool:
        return space.find(mark, 0, length) >= 0

    returns, nuls = has(b"\r"), has(b"\x00")
    if nuls or (returns and not has(b"\n")):
        space = space[:length]
        if returns and not has(b"\n"):
            space, returns = space.replace(b"\r", b"\n"), False
        if nuls:
            notes["nul_characters_removed"] = notes.get("nul_characters_removed", 0) + space.count(0)
            space = space.replace(b"\x00", b"")
        length = len(space)
    quotes = space.count(b'"', 0, length) if has(b'"') else 0  # looking is ten times as quick as counting
    regular = not returns or space.count(b"\r", 0, length) == space.count(b"\r\n", 0, length)
    lost = form.lossy and has("\ufffd".encode())
    data = memoryview(space)[:length]
    try:
        if regular and quotes % 2 == 0 and not lost and len(form.delimiter.encode(form.codec)) == 1:
            return _quick(data, form, quotes > 0)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        pass  # not plainly regular after all: the careful reader says what is wrong, row by row
    return _careful(bytes(data), form)


def _quick(stretch: memoryview, form: _Form, quoted: bool) -> _Parsed:
    """Arrow's parser. Raises ArrowInvalid or UnicodeDecodeError when the stretch is not plainly regular."""
    data: bytes | memoryview = stretch
    if form.codec != "utf-8":
        if careful.MAY_BE_UTF8.search(data):
            raise pa.ArrowInvalid("another encoding may be mixed in")
        data = str(data, form.codec).encode()
    refused: list[tuple[int, str, str]] = []
    blank: list[int] = []

    def odd(row: Any) -> str:
        index = row.number - 1
        if not row.text.strip():
            blank.append(index)
        else:
            short = row.actual_columns < row.expected_columns
            refused.append((index, "row.too_short" if short else "row.too_long", row.text.rstrip("\r\n")))
        return "skip"

    names = [f"c{index}" for index in range(form.width)]
    table = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=form.delimiter,
            newlines_in_values=quoted,
            ignore_empty_lines=False,
            invalid_row_handler=odd,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    records = table.num_rows + len(refused) + len(blank)
    if quoted and records != _lines(data):
        raise pa.ArrowInvalid("a value spans lines, or a quotation mark is not closed")
    columns = [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks() for column in table.columns
    ]
    rows = np.arange(records, dtype=np.int64)
    if refused or blank:
        rows = np.delete(rows, [index for index, _, _ in refused] + blank)
    return _Parsed(columns, rows, refused, records)


def _lines(data: bytes | memoryview) -> int:
    """How many lines there are, counting one that has no end."""
    text = bytes(data)
    return text.count(b"\n") + (not text.endswith(b"\n"))


def _careful(data: bytes, form: _Form) -> _Parsed:
    rows: list[int] = []
    values: list[list[str]] = []
    refused: list[tuple[int, str, str]] = []
    count = -1
    for count, record in enumerate(
        careful.records(data, form.codec, form.delimiter, last=True, strict_marks=form.lossy)
    ):
        if record.problem:
            refused.append((count, record.problem, record.text))
        elif not record.text.strip():
            continue
        elif len(record.values) != form.width:
            rule = "row.too_short" if len(record.values) < form.width else "row.too_long"
            refused.append((count, rule, record.text))
        else:
            rows.append(count)
            values.append(record.values)
    columns = [pa.array(each, pa.string()) for each in _turned(values, form.width)]
    return _Parsed(columns, np.array(rows, dtype=np.int64), refused, count + 1)


def _turned(values: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    return [[row[index] for row in values] for index in range(width)]

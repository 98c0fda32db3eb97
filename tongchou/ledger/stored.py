"""What the database holds of the ledger, read in batches for verification and export; whatever was altered is read as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connections

from . import witnesses
from .findings import Finding, Report, StoredHead
from .models import Head, Run, Tile

LEAVES_PER_BATCH = 16_384

Row = tuple[str, int, Any, Any, Any, Any, Any]
"""stream, seq, at, kind, body, leaf, subject_id, as the database gives them."""


class Stretch(NamedTuple):
    """A run, as read."""

    first_index: int
    length: int
    stream: str
    first_seq: int


def as_bytes(value: object) -> bytes:
    """A binary column's value. SQLite returns text where an attacker wrote text; that is hashed, not tripped
    over.
    """
    return value.encode(errors="replace") if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]


def stored_heads(database: str, last_number: int) -> Iterator[StoredHead]:
    """The heads up to a number, in the order of their numbers, each note with its witnesses' signatures."""
    after = -1 << 62
    while True:
        page = list(
            Head.objects.using(database)
            .filter(number__gt=after, number__lte=last_number)
            .order_by("number")
            .values_list("number", "size", "root", "note")[:1000]
        )
        if not page:
            return
        lines = witnesses.lines_of(database, [row[1] for row in page])
        for number, size, root, note in page:
            yield StoredHead(number, size, as_bytes(root), note + "".join(lines.get(size, ())))
        after = page[-1][0]


def stretches(database: str, size: int, report: Report | None = None) -> Iterator[list[Stretch]]:
    """The runs up to `size` leaves, a batch at a time, checked that they follow each other without a gap.

    Ends at the first run that does not, which is added to `report`.
    """
    expected_index = 0
    streams: dict[str, int] = {}
    batch: list[Stretch] = []
    leaves = 0
    while expected_index < size:
        page = list(
            Run.objects.using(database)
            .filter(first_index__gte=expected_index, first_index__lt=size)
            .order_by("first_index")
            .values_list("first_index", "length", "stream", "first_seq")[:4000]
        )
        if not page:
            break
        for row in page:
            run = Stretch(*row)
            next_seq = streams.get(run.stream, 1)
            if (
                run.first_index != expected_index
                or run.first_seq != next_seq
                or not 0 < run.length <= size - expected_index
            ):
                # Nothing after this can be placed; the heads say what the order was.
                if report is not None:
                    report.add(
                        Finding(
                            "order",
                            run.stream,
                            run.first_seq,
                            expected_index,
                            detail=f"run at {run.first_index}",
                        )
                    )
                if batch:
                    yield batch
                return
            streams[run.stream] = next_seq + run.length
            expected_index += run.length
            batch.append(run)
            leaves += run.length
            if leaves >= LEAVES_PER_BATCH:
                yield batch
                batch, leaves = [], 0
    if batch:
        yield batch


def stored_rows(database: str, batch: list[Stretch]) -> list[Row]:
    """The entries of the batch in its order; those that are not there are simply left out."""
    columns = "e.stream, e.seq, e.at, e.kind, e.body, e.leaf, e.subject_id"
    rows: list[Row] = []
    with connections[database].cursor() as cursor:
        if len(batch) * 64 <= LEAVES_PER_BATCH:
            for run in batch:
                cursor.execute(
                    f"""SELECT {columns} FROM ledger_entry e
                        WHERE stream = %s AND seq BETWEEN %s AND %s ORDER BY seq""",
                    [run.stream, run.first_seq, run.first_seq + run.length - 1],
                )
                rows += cursor.fetchall()
            return rows
        cursor.execute(
            f"""SELECT {columns} FROM ledger_run r CROSS JOIN ledger_entry e
                WHERE r.first_index >= %s AND r.first_index <= %s
                  AND e.stream = r.stream AND e.seq >= r.first_seq AND e.seq < r.first_seq + r.length
                ORDER BY r.first_index, e.seq""",
            [batch[0].first_index, batch[-1].first_index],
        )
        rows += cursor.fetchall()
        return rows


def stored_leaves(database: str, start: int, stop: int) -> bytes:
    """The stored leaf hashes start … stop−1; where tiles are missing or short, what follows is left out."""
    first, last = start // 256, (stop - 1) // 256
    tiles = dict(
        Tile.objects.using(database)
        .filter(level=0, number__range=(first, last))
        .values_list("number", "hashes")
    )
    joined = bytearray()
    for number in range(first, last + 1):
        tile = as_bytes(tiles.get(number, b""))
        joined += tile
        if len(tile) != 8192:
            break
    offset = 32 * (start - 256 * first)
    return bytes(joined[offset : offset + 32 * (stop - start)])

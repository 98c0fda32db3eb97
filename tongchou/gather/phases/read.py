"""read: batches of the connector, gathered into parts. A part is what is worked on, and resumed, at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from tongchou.gather.sources.items import Batch, Flag, Position, Refused
from tongchou.pool.engine.connection import part_bytes


@dataclass(frozen=True)
class Part:
    """Some batches as one. table: `_row` and the text columns; start and end: positions in the reading."""

    table: pa.Table
    start: Position | None
    end: Position
    done: int
    refused: tuple[Refused, ...]
    flags: tuple[Flag, ...]


def parts(batches: Iterator[Batch], start: Position | None) -> Iterator[Part]:
    """The batches in parts, in order."""
    waiting: list[Batch] = []
    size = 0
    begun = start
    for batch in batches:
        waiting.append(batch)
        size += batch.table.nbytes
        if size >= part_bytes():
            yield _joined(waiting, begun)
            begun, waiting, size = batch.end, [], 0
    if waiting:
        yield _joined(waiting, begun)


def _joined(batches: list[Batch], start: Position | None) -> Part:
    return Part(
        pa.concat_tables([each.table for each in batches]),
        start,
        batches[-1].end,
        batches[-1].done,
        tuple(refused for each in batches for refused in each.refused),
        tuple(flag for each in batches for flag in each.flags),
    )

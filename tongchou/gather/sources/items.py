"""What passes between a connector and the phases: items to deliver, and their rows in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import pyarrow as pa

from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan


@dataclass(frozen=True)
class Item:
    """One thing a source has to deliver for a resource: a file, a sheet of files, a table.

    name: for people and for asking again, within its source. digest: another whenever the thing has changed
    (for files made of size and time of change), so that the control plane makes one delivery of each state.
    delivered_on: the day it speaks of, where its name says so (residents_20261101.csv). path: where it
    lies. size: bytes.
    """

    name: str
    digest: str
    delivered_on: date | None
    path: Path
    size: int


class Refused(NamedTuple):
    """A row that cannot even be split into columns: where, why, and the whole of it as JSON text."""

    row: int
    rule: str
    raw: str


class Flag(NamedTuple):
    """A cell the reader knows to be damaged: row number, index of its column, rule."""

    row: int
    column: int
    rule: str


@dataclass(frozen=True)
class Position:
    """Where reading goes on: an offset the connector understands, and the number of the next row."""

    offset: int = 0
    row: int = 0


@dataclass(frozen=True)
class Batch:
    """Some rows as text. table: `_row` (int64, as a person counts: the first row of the file is 1), then
    one text column per heading, `c0`, `c1`, …. end: where the next batch begins. done: how much of
    `Reading.size` that is.
    """

    table: pa.Table
    end: Position
    done: int
    refused: tuple[Refused, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Reading:
    """An opened item. headings: as found, in order. size and unit: of the whole, for progress. notes: what
    a person should know of how it was read (encoding, delimiter, sheet, row of the headings …), without
    values.
    """

    headings: tuple[str, ...]
    batches: Iterator[Batch]
    size: int
    unit: str
    notes: dict[str, Any] = field(default_factory=dict)


class Connector(Protocol):
    """The five functions every connector folder has."""

    def check(self, settings: dict[str, Any]) -> list[HouseError]:
        """Everything that is wrong with the settings, or with reaching the source. Empty: all well."""

    def discover(self, settings: dict[str, Any], locator: dict[str, Any]) -> list[Item]:
        """What the source has for a resource, in the order in which it should be loaded."""

    def take(
        self, settings: dict[str, Any], locator: dict[str, Any], item: Item, data_root: Path
    ) -> tuple[str, Path]:
        """Keep the item's bytes in the raw layer. Returns (SHA-256, path there)."""

    def read(
        self,
        settings: dict[str, Any],
        locator: dict[str, Any],
        raw: Path,
        plan: ResourcePlan,
        start: Position | None,
    ) -> Reading:
        """Open what was kept and read it, from the beginning or from `start`."""

    def beside(
        self, settings: dict[str, Any], locator: dict[str, Any], item: Path, raw: Path
    ) -> Beside | None:
        """The files that came along with the rows of `item`, by their names in the locator's `documents`; None when
        none can have. Raises PermissionError when the locator leads out of the source."""


class Beside(Protocol):
    """Files that came along with rows."""

    def open(self, name: str) -> BinaryIO:
        """The file's bytes. Raises FileNotFoundError, PermissionError (outside the delivery), OSError."""


def text_table(columns: list[pa.Array], rows: pa.Array) -> pa.Table:
    """The table of a batch out of its text columns and row numbers."""
    return pa.table([rows, *columns], names=["_row", *(f"c{index}" for index in range(len(columns)))])

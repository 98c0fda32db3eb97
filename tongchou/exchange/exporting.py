"""How an export's file is made: read, masked, marked, sealed, part by part.

A part is a share of the rows by the hash of their key, kept sealed as soon as it is done; a job that was killed goes
on with the part it was at. The file is put together from the parts. Which rows there are was settled when the export was
asked for (`valid_on`, `known_at`), so that all parts are of one state however long it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from tongchou.accounts.actor import Actor
from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.connection import name as quoted
from tongchou.pool.folders import data_root

from . import column_masks, holdings, sealed, selection, writing
from .holdings import Field, Holding
from .models import Export
from .selection import KEY, SUBJECT
from .watermark import carriers, code, pseudonyms

#: Columns every export begins with: ids of the record and of its subject that only this recipient has.
ROW_REF, SUBJECT_REF = "row_ref", "subject_ref"
#: Rows of a part, and of a batch within it.
PART_ROWS = 250_000
BATCH_ROWS = 65_536

Report = Callable[[int, int], None]
"""report(rows done, rows in all); it may raise, which ends the work."""


@dataclass(frozen=True)
class Made:
    """A finished file. digest: SHA-256 of what the holder receives."""

    rows: int
    size_bytes: int
    digest: str


def folder_of(number: str) -> Path:
    """Where an export's files lie."""
    return data_root() / "exchange" / "exports" / number


def file_of(number: str) -> Path:
    """The sealed file."""
    return folder_of(number) / "file.sealed"


def actor_of(export: Export) -> Actor:
    """The recipient as the one for whom the job reads."""
    return Actor(
        export.requested_by, export.requested_by, export.organisation.code, export.role.code,
        frozenset({"exchange.export"}),
    )  # fmt: skip


def holding_of(export: Export) -> Holding:
    """The grant of an export as it may be used now. Raises what `holdings.holding` raises."""
    return holdings.holding(
        by=actor_of(export), grant=export.grant.number, form="batch", purpose=export.purpose
    )


def make(export: Export, report: Report, *, part_rows: int = PART_ROWS) -> Made:
    """Make the file of an export, continuing what an earlier job left. Raises HouseError when the grant is gone."""
    holding = holding_of(export)
    fields = holding.only(export.fields)
    total = selection.count(holding, valid_on=export.valid_on, known_at=export.known_at)
    writing.check_rows(export.format, total)
    report(0, total)
    parts = max(1, math.ceil(total / part_rows))
    done = 0
    for part in range(parts):
        path = folder_of(export.number) / f"part-{part:05}-of-{parts:05}.sealed"
        name = f"{export.number}/{path.name}"
        if path.exists():
            done += sum(each.num_rows for each in _batches(path, name))
        else:
            holding = holding_of(export)  # a grant that was withdrawn meanwhile ends the job
            done = _part(export, holding, fields, path, name, (part, parts), done, total, report)
        report(done, total)
    return _together(export, fields, parts)


def schema_of(fields: tuple[Field, ...]) -> pa.Schema:
    """The columns of a file, all texts."""
    return pa.schema(
        [(name, pa.string()) for name in (ROW_REF, SUBJECT_REF, *(each.name for each in fields))]
    )


def _part(
    export: Export, holding: Holding, fields: tuple[Field, ...], path: Path, name: str, which: tuple[int, int],
    done: int, total: int, report: Report,
) -> int:  # fmt: skip
    names = [each.name for each in fields]
    rows, values = selection.state_sql(
        holding, (KEY, *names), valid_on=export.valid_on, known_at=export.known_at
    )
    share = f"hash({KEY}) % {which[1]} = {which[0]}" if which[1] > 1 else "TRUE"
    links = selection.links_sql(holding)
    subject = f"l.subject_id AS {SUBJECT}" if links else f"NULL::VARCHAR AS {SUBJECT}"
    join = f"LEFT JOIN ({links}) l ON l.source_key = r.{KEY}" if links else ""
    columns = ", ".join(f"r.{quoted(each)}" for each in names)
    sql = f"SELECT r.{KEY}, {subject}, {columns} FROM (SELECT * FROM ({rows}) WHERE {share}) r {join}"
    writer = sealed.Writer(path, name)
    marking = Marking(export.number, export.organisation.code, holding.resource, fields, export.format)
    try:
        with (
            connect(data_root()) as db,
            pa.ipc.new_stream(
                pa.PythonFile(writer, "w"),
                schema_of(fields),
                options=pa.ipc.IpcWriteOptions(compression="lz4"),
            ) as stream,
        ):
            for batch in db.sql(sql, params=values).to_arrow_reader(BATCH_ROWS):
                stream.write_batch(marking.told(batch))
                done += batch.num_rows
                report(done, total)
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return done


def _ids_of(recipient: str) -> code.Keys:
    return pseudonyms.keys_of(settings.WATERMARK_KEY, recipient)


def row_refs(recipient: str, resource: str, keys: list[str]) -> list[str]:
    """An organisation's ids of records: the same in whatever it receives of the resource."""
    return pseudonyms.made(_ids_of(recipient), f"record:{resource}", keys)


class Marking:
    """How rows leave for one recipient: ids of their own, masks, marks."""

    def __init__(
        self, number: str, recipient: str, resource: str, fields: tuple[Field, ...], form: str
    ) -> None:
        self.fields = fields
        self.resource = resource
        self.schema = schema_of(fields)
        self.recipient = recipient
        self._marks = code.keys_of(settings.WATERMARK_KEY, number)
        self._ids = _ids_of(recipient)
        self._carriers = {each.name: carrier_of(each, form) for each in fields}

    def told(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of a selection (KEY, SUBJECT, fields) as it leaves."""
        refs = self.row_refs(batch.column(KEY).to_pylist())
        subjects = batch.column(SUBJECT)
        linked = subjects.is_valid().to_pylist()
        ids = iter(pseudonyms.made(self._ids, "subject", subjects.drop_null().to_pylist()))
        columns = [
            pa.array(refs, pa.string()),
            pa.array([next(ids) if each else None for each in linked], pa.string()),
            *(self.shown(each, batch.column(each.name)) for each in self.fields),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def row_refs(self, keys: list[str]) -> list[str]:
        """The recipient's ids of records."""
        return row_refs(self.recipient, self.resource, keys)

    def shown(self, field: Field, column: pa.Array) -> pa.Array:
        """One column masked and marked."""
        hidden = column_masks.masked(column, field.mask)
        carrier = self._carriers[field.name]
        return carriers.mark(hidden, carrier, self._marks) if carrier else hidden


def carrier_of(field: Field, form: str) -> str:
    """What may carry a mark in a field's values: "" for what others are found by (names, numbers, codes).

    Dates and amounts keep one form where they are read by machines.
    """
    if field.mask != "none":
        return carriers.SIGNS
    if field.kind == "address" or field.element == "text":
        return carriers.WIDTHS
    if form in ("csv", "xlsx"):
        if field.element in ("amount_yuan", "area_m2"):
            return carriers.AMOUNTS
        if field.element in ("date", "birth_date"):
            return carriers.DATES
    return ""


def _batches(path: Path, name: str) -> Iterator[pa.RecordBatch]:
    with pa.ipc.open_stream(pa.PythonFile(sealed.opened(path, name), "r")) as stream:
        yield from stream


def _together(export: Export, fields: tuple[Field, ...], parts: int) -> Made:
    """The file out of its parts, which are then removed."""
    folder = folder_of(export.number)
    rows = 0

    def all_batches() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        for part in range(parts):
            path = folder / f"part-{part:05}-of-{parts:05}.sealed"
            for batch in _batches(path, f"{export.number}/{path.name}"):
                rows += batch.num_rows
                yield batch

    writer = sealed.Writer(file_of(export.number), export.number)
    try:
        writing.write(
            writer, export.format, schema_of(fields), all_batches(),
            headings=["记录标识", "主体标识", *(each.label.zh for each in fields)],
            notes=terms_of(export), folder=folder / "tmp",
        )  # fmt: skip
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    for path in folder.glob("part-*.sealed"):
        path.unlink()
    return Made(rows, writer.size, writer.digest)


def terms_of(export: Export) -> dict[str, str]:
    """What a file says of itself, where it can."""
    return {
        "export": export.number,
        "grant": export.grant.number,
        "resource": export.resource.code,
        "recipient": f"{export.organisation.code}/{export.role.code}",
        "purpose": export.purpose,
        "valid_on": export.valid_on.isoformat(),
        "known_at": export.known_at.isoformat(),
        "terms": "谁使用，谁负责。本文件含水印，可追溯到本次导出；同一内容可能有不同写法（* 与 ×、日期 - 与 /、"
        "金额末尾的 0、数字全角与半角），含义相同。Whoever uses it answers for it. This file is marked and can be "
        "traced to this export; forms that say the same may differ from row to row.",
    }

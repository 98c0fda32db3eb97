"""The past for programs: the same traced reads as the screens of history, under /api/v1/."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from .actions import history, tables
from .api_parts import ERRORS, Told, caller

router = Router(tags=["history"])


class Why(Schema):
    """Why it is read."""

    purpose: str
    case_ref: str = ""


class ChangesQuery(Why):
    """Two days, and which time they are of: `valid` as it was true, `known` as it was known."""

    earlier: date
    later: date
    axis: Literal["valid", "known"] = "valid"


class OriginQuery(Why):
    """The day of which the value is, and the day it was known on; today without."""

    valid_on: date | None = None
    known_on: date | None = None


class TableQuery(Why):
    """Both times, and the page."""

    valid_on: date | None = None
    known_on: date | None = None
    start: int = 0
    limit: int = tables.PAGE


class TableChangesQuery(ChangesQuery):
    """Two days, and the page."""

    start: int = 0
    limit: int = tables.PAGE


class ValueTold(Schema):
    field: str
    label: Told
    shown: str
    masked: bool
    changed: bool


class VersionTold(Schema):
    op: str
    valid_from: str | None
    valid_to: str | None
    recorded_at: str
    delivery: str
    row: int | None
    values: list[ValueTold]


class RecordHistoryTold(Schema):
    subject_id: str
    resource: str
    record: str
    title: Told
    organisation: Told
    versions: list[VersionTold]
    receipt: str


class FieldChangeTold(Schema):
    """hidden: both sides are masked, so that they may look alike."""

    field: str
    label: Told
    before: str
    after: str
    hidden: bool


class RecordChangeTold(Schema):
    kind: str
    resource: str
    record: str
    title: Told
    organisation: Told
    fields: list[FieldChangeTold]


class SubjectChangesTold(Schema):
    subject_id: str
    earlier: str
    later: str
    axis: str
    changes: list[RecordChangeTold]
    receipt: str


class SourceTold(Schema):
    delivery: str
    resource: str
    item: str
    source: str
    delivered_on: str
    taken_at: str | None
    digest: str
    kept: str


class OriginTold(Schema):
    """raw: as the delivered file has it; empty where the value is masked or the file is gone."""

    subject_id: str
    resource: str
    record: str
    field: str
    label: Told
    shown: str
    valid_from: str | None
    recorded_at: str
    delivery: str
    row: int | None
    source: SourceTold | None
    heading: str
    raw: str
    kept: str
    receipt: str


class LineTold(Schema):
    row_ref: str
    values: list[str]
    kind: str
    before: list[str]
    changed: list[str]


class TableTold(Schema):
    resource: str
    title: Told
    fields: list[tuple[str, Told]]
    valid_on: str
    known_at: str
    total: int
    start: int
    lines: list[LineTold]
    receipt: str


class TableChangesTold(Schema):
    resource: str
    title: Told
    fields: list[tuple[str, Told]]
    earlier: str
    later: str
    axis: str
    new: int
    ended: int
    changed: int
    start: int
    lines: list[LineTold]
    receipt: str


@router.get(
    "/subjects/{subject_id}/changes",
    response={200: SubjectChangesTold, **ERRORS},
    operation_id="list_subject_changes",
)
def subject_changes(request: HttpRequest, subject_id: str, asked: Query[ChangesQuery]) -> Any:
    """What changed about a subject between two days."""
    return history.changes(by=caller(request), subject_id=subject_id, **asked.dict(), via="api").as_json()


@router.get(
    "/subjects/{subject_id}/records/{resource}/{record}",
    response={200: RecordHistoryTold, **ERRORS},
    operation_id="get_record_history",
)
def record_history(
    request: HttpRequest, subject_id: str, resource: str, record: str, asked: Query[Why]
) -> Any:
    """All versions of one record, newest knowledge first."""
    return history.record(
        by=caller(request), subject_id=subject_id, resource=resource, record=record, **asked.dict(), via="api"
    ).as_json()


@router.get(
    "/subjects/{subject_id}/records/{resource}/{record}/{field}",
    response={200: OriginTold, **ERRORS},
    operation_id="get_origin",
)
def origin(
    request: HttpRequest, subject_id: str, resource: str, record: str, field: str, asked: Query[OriginQuery]
) -> Any:
    """Where a value came from: its delivery, row and cell."""
    return history.origin(
        by=caller(request), subject_id=subject_id, resource=resource, record=record, field=field, **asked.dict(),
        via="api",
    ).as_json()  # fmt: skip


@router.get("/tables/{grant}", response={200: TableTold, **ERRORS}, operation_id="get_table_as_of")
def table(request: HttpRequest, grant: str, asked: Query[TableQuery]) -> Any:
    """A page of what a batch grant covers, as of both times."""
    said = asked.dict(exclude={"case_ref"})
    return tables.table(by=caller(request), grant=grant, **said, via="api").as_json()


@router.get(
    "/tables/{grant}/changes", response={200: TableChangesTold, **ERRORS}, operation_id="list_table_changes"
)
def table_changes(request: HttpRequest, grant: str, asked: Query[TableChangesQuery]) -> Any:
    """What changed of a table between two days."""
    said = asked.dict(exclude={"case_ref"})
    return tables.changes(by=caller(request), grant=grant, **said, via="api").as_json()

"""Reads of the past 历史: one record's versions, what changed about a subject between two days, where a value came from.

Both times can be asked: what was true on a day, and what was known on it. Every read is granted, masked and on the
ledger as a dossier is (`access.read`), under the same event, so that whoever looks at who looked finds it there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.gather import origins
from tongchou.pool import rules as pool_rules
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.text import Text

from .. import errors
from ..days import VALID, check_days
from ..dossiers import plain
from ..opened import Opened, end_of, opened, shown_as
from ..rules import Scope
from ..tracing import Answer, traced


@dataclass(frozen=True)
class Told:
    """A value as it may be seen. masked: whether something of it is hidden."""

    field: str
    label: Text
    shown: str
    masked: bool
    changed: bool = False


@dataclass(frozen=True)
class VersionTold:
    """One version: what held from valid_from (before valid_to), known since recorded_at; op "put" or "end"."""

    op: str
    valid_from: str | None
    valid_to: str | None
    recorded_at: str
    delivery: str
    row: int | None
    values: tuple[Told, ...]


@dataclass(frozen=True, kw_only=True)
class RecordHistory(Answer):
    """All versions of one record, newest knowledge first."""

    subject_id: str
    resource: str
    record: str
    title: Text
    organisation: Text
    versions: tuple[VersionTold, ...]

    def as_json(self, language: str = "") -> dict[str, Any]:
        """Plain JSON values."""
        return dict(plain({**asdict(self), "receipt": str(self.receipt)}, language))


@dataclass(frozen=True)
class FieldChange:
    """One field before and after. hidden: both are masked, so that they may look alike."""

    field: str
    label: Text
    before: str
    after: str
    hidden: bool


@dataclass(frozen=True)
class RecordChange:
    """What became of one record: "new", "ended", "changed"; "entered" or "left" the rows that are granted."""

    kind: str
    resource: str
    record: str
    title: Text
    organisation: Text
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, kw_only=True)
class SubjectChanges(Answer):
    """What changed about a subject between two days."""

    subject_id: str
    earlier: date
    later: date
    axis: str
    changes: tuple[RecordChange, ...]

    def as_json(self, language: str = "") -> dict[str, Any]:
        """Plain JSON values."""
        return dict(plain({**asdict(self), "receipt": str(self.receipt)}, language))


@dataclass(frozen=True, kw_only=True)
class Origin(Answer):
    """Where a value came from. source: the delivery it came with, None when it was captured here; raw: the text as the
    file has it, "" where the value is masked or the file is gone; kept: "whole", "cut" or "gone"."""

    subject_id: str
    resource: str
    record: str
    field: str
    label: Text
    shown: str
    valid_from: str | None
    recorded_at: str
    delivery: str
    row: int | None
    source: origins.Source | None
    heading: str
    raw: str
    kept: str

    def as_json(self, language: str = "") -> dict[str, Any]:
        """Plain JSON values."""
        return dict(plain({**asdict(self), "receipt": str(self.receipt)}, language))


@traced(permission="dossier.read", event="access.read")
def record(
    *, by: Actor, subject_id: str, resource: str, record: str, purpose: str, case_ref: str = "", via: str = ""
) -> RecordHistory:
    """All that was ever known of one record, what each version changed marked.

    record: its reference as its dossier gives it. Raises what `access.read` raises, NotFound
    "exchange.record_not_found".
    """
    it = opened(by=by, subject_id=subject_id, purpose=purpose, case_ref=case_ref, via=via)
    feed, held = it.feed(resource)
    found: list[VersionTold] = []
    before: dict[str, str | None] = {}
    versions = it.versions(resource, record)
    for version, scope in versions:
        values = tuple(
            Told(each.name, each.label, *shown_as(version["values"].get(each.name), each, scope),
                 changed=bool(found) and before.get(each.name) != version["values"].get(each.name))
            for each in feed.fields
            if each.name in scope.fields and version["op"] == "put"
        )  # fmt: skip
        if version["op"] == "put":
            before = dict(version["values"])
        found.append(
            VersionTold(
                version["op"], version["valid_from"], version["valid_to"], version["recorded_at"],
                version["delivery"], version["row"], values,
            )
        )  # fmt: skip
    it.use({resource}, {f"{resource}.{name}" for name in held.fields}, len(found))
    return RecordHistory(
        subject_id=it.document["subject_id"], resource=resource,
        record=record_reference(resource, versions[0][0]["key"]), title=feed.title,
        organisation=feed.organisation_title, versions=tuple(reversed(found)),
    )  # fmt: skip


@traced(permission="dossier.read", event="access.read")
def changes(
    *,
    by: Actor,
    subject_id: str,
    purpose: str,
    earlier: date,
    later: date,
    axis: str = VALID,
    case_ref: str = "",
    via: str = "",
) -> SubjectChanges:
    """What changed about a subject between two days, record by record.

    axis: "valid" compares what was true on the two days by all we know now; "known" what was known at the end of each,
    about how things stand today. Raises what `access.read` raises, HouseError "exchange.history_days".
    """
    check_days(earlier, later, axis)
    it = opened(by=by, subject_id=subject_id, purpose=purpose, case_ref=case_ref, via=via)
    first, second = (_standing(it, day, axis) for day in (earlier, later))
    found = []
    for place in sorted(first.keys() | second.keys()):
        change = _changed(it, place, first.get(place), second.get(place))
        if change is not None:
            found.append(change)
    days = (
        {"valid_on": later.isoformat()} if axis == VALID else {"known_at": pool_rules.instant(end_of(later))}
    )
    resources = {each.resource for each in found}
    fields = {f"{each.resource}.{one.field}" for each in found for one in each.fields}
    it.use(resources, fields, len(found), **days)
    return SubjectChanges(
        subject_id=it.document["subject_id"], earlier=earlier, later=later, axis=axis, changes=tuple(found)
    )


Standing = tuple[pool_rules.Version, Scope | None]


def _standing(it: Opened, day: date, axis: str) -> dict[tuple[str, str], Standing]:
    on, known = (day, None) if axis == VALID else (timezone.localdate(), end_of(day))
    return {
        (each["resource"], each["key"]): (each, it.scope[each["resource"]].of(each["values"]))
        for each in pool_rules.as_of(it.document, on, known)
        if each["resource"] in it.scope
    }


def _changed(
    it: Opened, place: tuple[str, str], before: Standing | None, after: Standing | None
) -> RecordChange | None:
    """What became of a record; None when nothing the reader may see."""
    old, new = (each[1] if each else None for each in (before, after))
    if old is None and new is None:
        return None
    feed = it.feeds[place[0]]
    if old is None:
        kind = "new" if before is None else "entered"
    elif new is None:
        kind = "ended" if after is None else "left"
    else:
        kind = "changed"
    fields = []
    for each in feed.fields:
        values = [side[0]["values"].get(each.name) if side and side[1] and each.name in side[1].fields else None
                  for side in (before, after)]  # fmt: skip
        if values[0] == values[1]:
            continue
        told = [shown_as(value, each, scope) if scope else None
                for value, scope in zip(values, (old, new), strict=True)]  # fmt: skip
        first, second = (side.text if side else "" for side in told)
        hidden = any(side.masked for side in told if side)
        fields.append(FieldChange(each.name, each.label, first, second, hidden))
    if not fields:
        return None
    return RecordChange(
        kind, feed.resource, record_reference(*place), feed.title, feed.organisation_title, tuple(fields)
    )


@traced(permission="dossier.read", event="access.read")
def origin(
    *,
    by: Actor,
    subject_id: str,
    resource: str,
    record: str,
    field: str,
    purpose: str,
    case_ref: str = "",
    valid_on: date | None = None,
    known_on: date | None = None,
    via: str = "",
) -> Origin:
    """Where one value came from: the delivery, its row, and what stands in the delivered file.

    The delivered text is only told where the grant shows the value whole. Raises what `record` raises.
    """
    it = opened(by=by, subject_id=subject_id, purpose=purpose, case_ref=case_ref, via=via)
    feed, _ = it.feed(resource)
    described = feed.field_named(field)
    versions = it.versions(resource, record)
    on = valid_on or timezone.localdate()
    holding = pool_rules.as_of(
        {"versions": [version for version, _ in versions]}, on, end_of(known_on) if known_on else None
    )
    version = holding[0] if holding else versions[-1][0]
    scope = next(scope for each, scope in versions if each is version)
    if described is None or field not in scope.fields:
        raise errors.not_granted(f"{resource}.{field}" if described else resource)
    answer = shown_as(version["values"].get(field), described, scope)
    source = origins.source_of(version["delivery"])
    cell = None
    if source is not None and version["row"] is not None and not answer.masked:
        cell = origins.cell(source, int(version["row"]), field)
    it.use({resource}, {f"{resource}.{field}"}, 1)
    return Origin(
        subject_id=it.document["subject_id"], resource=resource, record=record_reference(resource, version["key"]),
        field=field, label=described.label, shown=answer.text, valid_from=version["valid_from"],
        recorded_at=version["recorded_at"], delivery=version["delivery"], row=version["row"], source=source,
        heading=cell.heading if cell else "", raw=cell.text if cell else "",
        kept=source.kept if source else "gone",
    )  # fmt: skip

"""Corrected values on a dossier: beside what holds now, what the source said and why it does not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tongchou.gather import standing
from tongchou.gather.models import StandingCorrection
from tongchou.gather.phases.correct import Fix
from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.masking import HIDDEN
from tongchou.standards.text import Text

from . import dossiers
from .dossiers import Corrected, Dossier, Record, Value
from .rules import shown

Held = Mapping[tuple[str, str, str], tuple[StandingCorrection, Fix]]
"""(resource, record's reference, field) → the correction that stands on it, and what it says."""


def of_document(document: pool_rules.Document) -> Held:
    """The corrections in the log about a document's records. One query; nothing is opened when there are none."""
    places = {(each["resource"], each["key"]) for each in document["versions"]}
    return {
        (each.resource.code, each.record, each.field): (each, standing.fix_of(each))
        for each in standing.of_records(places)
    }


def annotated(dossier: Dossier, document: pool_rules.Document, feeds: Mapping[str, Feed]) -> Dossier:
    """The dossier with each corrected value said to be one. What the source said is masked like the value itself."""
    held = of_document(document)
    if not held:
        return dossier
    told = _told(document, dossier)
    groups = tuple(
        replace(
            group,
            records=tuple(
                replace(record, values=tuple(_value(each, record, feeds, held, told) for each in record.values))
                for record in group.records
            ),
        )
        for group in dossier.groups
    )
    return replace(dossier, groups=groups)


def _told(document: pool_rules.Document, dossier: Dossier) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The values of the records that hold, by resource and reference."""
    return {
        (each["resource"], record_reference(each["resource"], each["key"])): each["values"]
        for each in pool_rules.as_of(document, dossier.valid_on, dossier.known_at)
    }


def _value(
    value: Value,
    record: Record,
    feeds: Mapping[str, Feed],
    held: Held,
    told: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Value:
    found = held.get((record.resource, record.record, value.field))
    field = feeds[record.resource].field_named(value.field)
    if found is None or field is None:
        return value
    correction, fix = found
    if told.get((record.resource, record.record), {}).get(value.field) != fix.right:
        return value  # what was known then, or the source has moved on
    was = fix.wrong[0] or ""
    text = shown(dossiers.told(was, field), field.element, field.grade).text if was else ""
    if was and value.shown != shown(dossiers.told(fix.right, field), field.element, field.grade).text:
        text = HIDDEN  # the grant hides more than the grade does: so it does here
    return replace(value, corrected=said(correction, text))


def said(correction: StandingCorrection, was: str) -> Corrected:
    """The note beside a value."""
    owner = correction.resource.organisation
    since = correction.entered_at or correction.created_at
    return Corrected(was, correction.number, f"{since:%Y-%m-%d}", Text(owner.name, owner.name_en or owner.name))

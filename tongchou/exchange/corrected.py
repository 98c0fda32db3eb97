"""Corrected values on a dossier: beside what holds now, what the source said and why it does not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tongchou.gather import standing
from tongchou.gather.models import StandingCorrection
from tongchou.gather.phases.correct import Fix
from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.text import Text

from .dossiers import Corrected, Dossier, Record, Value, told, visible
from .rules import Scope, shown

Held = Mapping[tuple[str, str, str], tuple[StandingCorrection, Fix]]
"""(resource, record's reference, field) → the correction that stands on it, and what it says."""


def of_document(document: pool_rules.Document) -> Held:
    """The corrections in the log about a document's records. One query; nothing is opened when there are none."""
    places = {(each["resource"], each["key"]) for each in document["versions"]}
    return {
        (each.resource.code, each.record, each.field): (each, standing.fix_of(each))
        for each in standing.of_records(places)
    }


def annotated(
    dossier: Dossier, document: pool_rules.Document, feeds: Mapping[str, Feed], scope: Mapping[str, Scope]
) -> Dossier:
    """The dossier with each corrected value said to be one. What the source said is masked like the value itself."""
    held = of_document(document)
    if not held:
        return dossier
    seen = {
        (each.resource, record_reference(each.resource, each.record["key"])): each
        for each in visible(document, scope, dossier.valid_on, dossier.known_at)
    }

    def value_of(value: Value, record: Record) -> Value:
        field = feeds[record.resource].field_named(value.field)
        found, one = (
            held.get((record.resource, record.record, value.field)),
            seen.get((record.resource, record.record)),
        )
        if found is None or field is None or one is None:
            return value
        if one.record["values"].get(value.field) != found[1].right:
            return value  # what was known then, or the source has moved on
        was = told(found[1].wrong[0] or "", field)
        text = shown(was, one.held.mask_of(field.name, field.element, field.grade)).text if was else ""
        return replace(value, corrected=said(found[0], text))

    groups = tuple(
        replace(
            group,
            records=tuple(
                replace(record, values=tuple(value_of(each, record) for each in record.values))
                for record in group.records
            ),
        )
        for group in dossier.groups
    )
    return replace(dossier, groups=groups)


def said(correction: StandingCorrection, was: str) -> Corrected:
    """The note beside a value."""
    owner = correction.resource.organisation
    since = correction.entered_at or correction.created_at
    return Corrected(
        was, correction.number, f"{since:%Y-%m-%d}", Text(owner.name, owner.name_en or owner.name)
    )

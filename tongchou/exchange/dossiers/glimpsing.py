"""A subject as a search result: a few facts, always under a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from tongchou.pool import rules as pool_rules
from tongchou.pool.base import ATTRIBUTES, label_of
from tongchou.pool.plans import Feed, FeedField

from ..rules import Scope, glimpse, shown
from .composing import Seen, identity_of, told, visible
from .parts import Found

#: What a search result tells besides the name.
_GLIMPSED = {
    "person": ("sex", "birth_date", "address"),
    "enterprise": ("uscc", "industry", "address"),
    "place": ("address", "community"),
}


def glimpse_of(
    document: pool_rules.Document,
    feeds: Mapping[str, Feed],
    scope: Mapping[str, Scope],
    on: date,
    known_at: datetime | None = None,
) -> Found | None:
    """The subject as a search result; None when nothing of it is granted."""
    return glimpsed(document, visible(document, scope, on, known_at), feeds)


def glimpsed(
    document: pool_rules.Document, records: Sequence[Seen], feeds: Mapping[str, Feed]
) -> Found | None:
    """`glimpse_of` by the records that are granted."""
    if not records:
        return None
    kind = document["kind"]
    labels = {label_of(kind, each) for each in _GLIMPSED[kind]}
    wanted = {each for each in ATTRIBUTES[kind] if each == "name" or label_of(kind, each) in labels}

    def show(value: str, field: FeedField, mask: str) -> str:
        # Sex is needed to tell two results apart and hides nothing that the masked name does not.
        if field.attribute == "sex":
            return shown(told(value, field), mask).text
        return glimpse(told(value, field), field.element, mask)

    who = identity_of(records, feeds, kind, show, wanted)
    return Found(document["subject_id"], kind, who.title, who.facts)


def glimpsed_fields(kind: str, records: Sequence[Seen], feeds: Mapping[str, Feed]) -> list[str]:
    """The fields that a glimpse of these records tells of, as "resource.field". A relative's tells no address."""
    told_of = {"name", *_GLIMPSED[kind]} - {"address"}
    found = {
        f"{each.resource}.{field.name}"
        for each in records
        for field in feeds[each.resource].fields
        if field.attribute in told_of
        and field.name in each.held.fields
        and each.record["values"].get(field.name)
    }
    return sorted(found)

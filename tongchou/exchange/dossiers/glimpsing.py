"""A subject as a search result: a few facts, always under a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed, FeedField

from ..rules import Scope, glimpse, shown
from .composing import Seen, identity_of, label_of, told, visible
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
    records = visible(document, scope, on, known_at)
    if not records:
        return None
    kind = document["kind"]
    labels = {label_of(kind, each) for each in _GLIMPSED[kind]}

    def show(value: str, field: FeedField, mask: str) -> str:
        # Sex is needed to tell two results apart and hides nothing that the masked name does not.
        if field.attribute == "sex":
            return shown(told(value, field), mask).text
        return glimpse(told(value, field), field.element, mask)

    who = identity_of(records, feeds, kind, show)
    return Found(
        document["subject_id"], kind, who.title, tuple(fact for fact in who.facts if fact[0] in labels)
    )


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

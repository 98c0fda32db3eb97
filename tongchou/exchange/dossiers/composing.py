"""Putting a dossier together from its document: records, who it is, contradictions, events, reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from tongchou.gather.problems import RULES
from tongchou.pool import rules as pool_rules
from tongchou.pool.base import ATTRIBUTES, label_of
from tongchou.pool.base.survivorship import Rule, choose, said_of, sentence
from tongchou.pool.plans import Feed, FeedField
from tongchou.pool.queries import claims as claims_of
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.codes import code_list
from tongchou.standards.documents import reference_of
from tongchou.standards.text import Text

from .. import masks
from ..rules import Scope, shown
from .parts import (
    Contradiction,
    Dossier,
    Event,
    File,
    Group,
    Identity,
    NotGranted,
    Record,
    Side,
    Taken,
    Value,
    Why,
)

HOW: dict[str, Text] = {
    "number": Text("号码一致", "same number"),
    "probability": Text("比对相似", "similar by comparison"),
    "judgement": Text("人工判定", "judged by a steward"),
    "single": Text("单条记录", "single record"),
}


#: The element of fields that refer to a document.
DOCUMENT = "document"

Failing = Callable[[str, Mapping[str, Any]], Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Seen:
    """One record that the reader may see, and what of it."""

    record: pool_rules.Version
    held: Scope

    @property
    def resource(self) -> str:
        """Code of its resource."""
        return str(self.record["resource"])


def visible(
    document: pool_rules.Document, scope: Mapping[str, Scope], on: date, known_at: datetime | None
) -> list[Seen]:
    """The records in force that lie within the scope, each with what its own values leave of the scope."""
    found = []
    for each in pool_rules.as_of(document, on, known_at):
        held = scope[each["resource"]].of(each["values"]) if each["resource"] in scope else None
        if held is not None:
            found.append(Seen(each, held))
    return found


def told(value: str, field: FeedField) -> str:
    """A code in the reader's words; anything else as it is."""
    if not field.code_list:
        return value
    label = code_list(field.code_list).label(value)
    return label.say(get_language() or "zh") if label else value


Claimed = tuple[pool_rules.Claim, FeedField, Scope]
"""What a record says about its subject, by which field, and what the reader may see of that record."""


def _claimed(records: Sequence[Seen], feeds: Mapping[str, Feed]) -> list[Claimed]:
    found = []
    for each in records:
        said = claims_of([each.record], dict(feeds), {each.resource: set(each.held.fields)})
        for claim in said:
            field = feeds[claim.resource].field_named(claim.field)
            if field is not None:
                found.append((claim, field, each.held))
    return found


def identity_of(
    records: Sequence[Seen],
    feeds: Mapping[str, Feed],
    kind: str,
    show: Callable[[str, FeedField, str], str],
    wanted: Collection[str] | None = None,
) -> Identity:
    """Who the subject is by the granted fields: of each attribute the value most records agree on.

    show: how a value is told, from the value, its field and the mask it leaves under. wanted: the attributes told; None
    for all.
    """
    claimed = _claimed(records, feeds)
    best: dict[str, str] = {}
    for attribute in ATTRIBUTES[kind]:
        if wanted is not None and attribute not in wanted:
            continue
        counted: dict[str, list[Claimed]] = {}
        for each in claimed:
            if each[0].attribute == attribute:
                counted.setdefault(pool_rules.fold_as(attribute, each[0].value), []).append(each)
        if counted:
            claim, field, held = min(
                counted.values(), key=lambda group: (-len(group), -len(group[0][0].value), group[0][0].value)
            )[0]
            best[attribute] = show(claim.value, field, held.mask_of(field.name, field.element, field.grade))
    facts = tuple(
        (label_of(kind, attribute), text) for attribute, text in best.items() if attribute != "name"
    )
    return Identity(best.get("name", ""), facts)


def compose(
    document: pool_rules.Document,
    *,
    feeds: Mapping[str, Feed],
    scope: Mapping[str, Scope],
    on: date,
    known_at: datetime | None,
    purpose: str,
    case_ref: str,
    failing: Failing,
    rules: Mapping[str, Rule] | None = None,
) -> Dossier:
    """The dossier of a document within a scope. Of records that no grant covers there is nothing in any part of it.

    rules: how the base library chooses among values; None leaves out what it would take.
    """
    records = visible(document, scope, on, known_at)
    kind = document["kind"]
    return Dossier(
        subject_id=document["subject_id"],
        kind=kind,
        population=document["population"],
        identity=identity_of(records, feeds, kind, lambda v, f, mask: shown(told(v, f), mask).text),
        groups=_groups(document, records, feeds, scope, failing),
        contradictions=_contradictions(_claimed(records, feeds), feeds, kind),
        events=_events(records, feeds, on),
        links=_links(document, records, feeds),
        not_granted=_not_granted(feeds, scope),
        valid_on=on,
        known_at=known_at,
        purpose=purpose,
        case_ref=case_ref,
        taken=_taken(records, feeds, kind, rules or {}),
    )


def _taken(
    records: Sequence[Seen], feeds: Mapping[str, Feed], kind: str, rules: Mapping[str, Rule]
) -> tuple[Taken, ...]:
    """Of each attribute that a granted field tells, the value the rules take, and why."""
    held = {(each.resource, each.record["key"]): each.record for each in records}
    claimed = _claimed(records, feeds)
    answer = []
    for attribute, rule in rules.items():
        mine = [each for each in claimed if each[0].attribute == attribute]
        said = [
            said_of(claim.value, claim.resource, field.element, held[claim.resource, claim.key])
            for claim, field, _ in mine
        ]
        chosen = choose(said, rule)
        if chosen is None:
            continue
        _, field, scope = mine[said.index(chosen.said)]
        source = feeds[chosen.said.resource].title
        over = feeds[chosen.over].title if chosen.over else Text("", "")
        answer.append(
            Taken(
                label_of(kind, attribute),
                shown(told(chosen.said.value, field), scope.mask_of(field.name, field.element, field.grade)).text,
                source, chosen.since, sentence(chosen.why, source, over, chosen.since), chosen.others, rule.about,
            )
        )  # fmt: skip
    return tuple(answer)


def _groups(
    document: pool_rules.Document,
    records: Sequence[Seen],
    feeds: Mapping[str, Feed],
    scope: Mapping[str, Scope],
    failing: Failing,
) -> tuple[Group, ...]:
    versions: dict[tuple[str, str], int] = {}
    for each in document["versions"]:
        # Versions that no grant covers are not counted either.
        if each["resource"] in scope and scope[each["resource"]].of(each["values"]) is not None:
            place = (each["resource"], each["key"])
            versions[place] = versions.get(place, 0) + 1
    by_organisation: dict[str, list[Record]] = {}
    for seen in records:
        record, held = seen.record, seen.held
        feed = feeds[seen.resource]
        wrong = failing(feed.resource, record)
        values = tuple(
            _value(record["values"].get(each.name), each, held, wrong.get(each.name, ()))
            for each in feed.fields
            if each.name in held.fields
        )
        entry = Record(
            resource=feed.resource,
            record=record_reference(feed.resource, record["key"]),
            organisation_name=feed.organisation_title,
            resource_name=feed.title,
            values=values,
            valid_from=record["valid_from"],
            valid_to=record["valid_to"],
            recorded_on=record["recorded_at"][:10],
            delivery=record["delivery"],
            row=record["row"],
            versions=versions[(record["resource"], record["key"])],
        )
        by_organisation.setdefault(feed.organisation, []).append(entry)
    titles = {feed.organisation: feed.organisation_title for feed in feeds.values()}
    return tuple(
        Group(code, titles[code], tuple(entries)) for code, entries in sorted(by_organisation.items())
    )


def _value(value: str | None, field: FeedField, scope: Scope, problems: Collection[str]) -> Value:
    said = tuple(RULES[code].message if code in RULES else Text(code, code) for code in problems)
    if value is None:
        return Value(field.name, field.label, "", False, False, said, element=field.element)
    reference = reference_of(value) if field.element == DOCUMENT else None
    if reference is not None:
        file = File(reference.form, reference.size, reference.told, field.name in scope.revealable)
        return Value(
            field.name,
            field.label,
            reference.told.say(get_language() or "zh"),
            True,
            False,
            said,
            file=file,
            element=field.element,
        )
    answer = shown(told(value, field), scope.mask_of(field.name, field.element, field.grade))
    return Value(
        field.name,
        field.label,
        answer.text,
        answer.masked,
        answer.masked and field.name in scope.revealable,
        said,
        element=field.element,
    )


def _contradictions(
    claimed: Sequence[Claimed], feeds: Mapping[str, Feed], kind: str
) -> tuple[Contradiction, ...]:
    by_claim = {claim: (field, held) for claim, field, held in claimed}
    answer = []
    for conflict in pool_rules.conflicts(by_claim):
        sides = []
        for group in conflict.claims:
            # The strictest mask among those who say it decides how it is shown.
            mask = masks.strictest(
                held.mask_of(field.name, field.element, field.grade)
                for field, held in (by_claim[claim] for claim in group)
            )
            text = shown(told(group[0].value, by_claim[group[0]][0]), mask).text
            sides.append(Side(text, tuple(source_of(feeds[claim.resource]) for claim in group)))
        answer.append(Contradiction(label_of(kind, conflict.attribute), tuple(sides)))
    return tuple(answer)


def _events(records: Sequence[Seen], feeds: Mapping[str, Feed], on: date) -> tuple[Event, ...]:
    held = {(each.resource, each.record["key"]): each.held for each in records}

    def date_field(resource: str) -> str:
        return feeds[resource].timeline_on

    dated = [each.record for each in records if date_field(each.resource) in each.held.fields]
    answer = []
    for happening in pool_rules.timeline(dated, date_field, on):
        feed = feeds[happening.resource]
        field = feed.field_named(feed.timeline_on)
        if field is not None:
            scope = held[(happening.resource, happening.key)]
            when = shown(happening.on, scope.mask_of(field.name, field.element, field.grade)).text
            answer.append(Event(when, feed.timeline, source_of(feed)))
    return tuple(answer)


def _links(
    document: pool_rules.Document, records: Sequence[Seen], feeds: Mapping[str, Feed]
) -> tuple[Why, ...]:
    seen = {(each.resource, each.record["key"]) for each in records}
    return tuple(
        Why(
            title=source_of(feeds[each["resource"]]),
            how=HOW.get(each["how"], Text(each["how"], each["how"])),
            score=each["score"],
            sentence=Text(each["zh"] or "", each["en"] or ""),
            since=each["since"][:10],
        )
        for each in document["links"]
        if (each["resource"], each["key"]) in seen
    )


def _not_granted(feeds: Mapping[str, Feed], scope: Mapping[str, Scope]) -> tuple[NotGranted, ...]:
    return tuple(
        NotGranted(feed.resource, feed.title, feed.organisation_title, feed.share_class == "closed")
        for feed in sorted(feeds.values(), key=lambda each: (each.organisation, each.resource))
        if feed.resource not in scope
    )


def source_of(feed: Feed) -> Text:
    """Who says so, in which table."""
    return Text(
        f"{feed.organisation_title.zh} · {feed.title.zh}", f"{feed.organisation_title.en} · {feed.title.en}"
    )

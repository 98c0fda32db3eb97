"""Query (查询): certain fields of one subject, for a system or a room of `use`."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongchou.accounts.actor import Actor
from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed
from tongchou.pool.serving.digests import record_reference

from .. import cases, dossiers, errors, rules, uses
from ..asks import Call, Reading, Standing
from ..naming import subject_of
from ..rulebook import Rulebook
from ..rules import EVERYTHING, Scope, Terms
from ..tracing import Answer, count, tell, traced


@dataclass(frozen=True)
class Told:
    """One record as it is sent. values: by field, masked but for those in `plain`; codes stay codes. None: no value."""

    resource: str
    record: str
    values: Mapping[str, str | None]
    masked: tuple[str, ...]
    valid_from: str | None
    valid_to: str | None
    recorded_on: str


@dataclass(frozen=True, kw_only=True)
class Queried(Answer):
    """What `query` answers. subject_id and kind: empty when nothing of the subject is granted, or there is none."""

    subject_id: str
    kind: str
    records: tuple[Told, ...]
    valid_on: date


@traced(permission="gateway.use", event="access.queried")
def query(
    *,
    by: Actor,
    subject: Mapping[str, str],
    fields: Mapping[str, Collection[str]],
    purpose: str,
    case_ref: str = "",
    plain: Mapping[str, Collection[str]] | None = None,
    valid_on: date | None = None,
    via: str = "",
) -> Reading[Queried]:
    """Fields of one subject, as they were true on a day.

    subject: see `naming.subject_of`. fields: {resource: names, or ["*"] for all that is granted}, of resources about
    one kind of subject. plain: those of them that are wanted unmasked, where the grant allows it. Whether there is no
    such subject or none of whom anything is granted, the answer is the same: no records.

    Raises NotAllowed, Refused (exchange.refused.*, exchange.purpose_missing, exchange.case_reference,
    exchange.ambiguous), HouseError (exchange.query_unreadable), LedgerUnavailable.
    """
    book: Rulebook = yield Standing()
    now = time.time()
    today = uses.today(now)
    on = valid_on or today
    reference = told_why(book, purpose=purpose, case_ref=case_ref, via=via)
    if valid_on:
        tell(valid_on=valid_on.isoformat())
    fitting = book.fitting(by, purpose, rules.QUERY, today)
    population = _population(book, fields)
    known = book.feeds[population]
    scope = rules.narrowed(book.scopes(by, purpose, rules.QUERY, today, population), fields)
    wanted = _plain(scope, known, plain or {})
    terms = terms_within(fitting, scope)
    tell(grants=sorted(each.number for each in terms), resources=sorted(scope))
    document = yield from subject_of(subject)
    if document is not None and document["population"] != population:
        document = None
    yield from under_case(terms, by=by, document=document, case_ref=reference)
    records: list[Told] = []
    if document is not None:
        tell(subject_id=document["subject_id"])
        mine = {"versions": [each for each in document["versions"] if each["resource"] in scope]}
        for seen in dossiers.visible(mine, scope, on, None):
            records.append(_told(seen.record, known[seen.resource], seen.held, wanted.get(seen.resource, ())))
    count(terms, missed=not records)
    said = {f"{each.resource}.{name}" for each in records for name in each.values}
    tell(fields=sorted(said), records=len(records))
    if wanted:
        tell(plain=sorted(f"{resource}.{name}" for resource, names in wanted.items() for name in names))
    found = document if records else None
    return Queried(
        subject_id=found["subject_id"] if found else "",
        kind=found["kind"] if found else "",
        records=tuple(records),
        valid_on=on,
    )


def told_why(book: Rulebook, *, purpose: str, case_ref: str, via: str) -> str:
    """Tell the trace what may be told of a refusal too; returns the case reference.

    Raises Refused (exchange.case_reference, exchange.purpose_missing).
    """
    if via:
        tell(via=via)
    reference = rules.check_case_reference(case_ref)
    if reference:
        tell(case_ref=reference)
    if purpose not in book.purposes:
        raise errors.purpose_missing()
    tell(purpose=purpose)
    return reference


def terms_within(fitting: Collection[Terms], scope: Mapping[str, Scope]) -> list[Terms]:
    """The grants that a scope rests on."""
    numbers = {number for each in scope.values() for number in each.grants}
    return [each for each in fitting if each.number in numbers]


def under_case(
    terms: Collection[Terms], *, by: Actor, document: Mapping[str, Any] | None, case_ref: str
) -> Reading[None]:
    """Ask whether the case is good, where a grant demands one. Raises Refused "exchange.refused.case_needed"."""
    if any(each.needs_case for each in terms):
        subject_id = document["subject_id"] if document else ""
        yield Call(lambda: cases.check_case(terms, by=by, subject_id=subject_id, case_ref=case_ref))


def _population(book: Rulebook, fields: Mapping[str, Collection[str]]) -> str:
    """The population that the resources are about. What is not in the catalogue is refused and not repeated."""
    populations = {book.population_of(resource) for resource in fields}
    population = populations.pop() if len(populations) == 1 else ""
    if not population:
        raise errors.not_granted("")
    for resource, names in fields.items():
        if not set(names) <= {EVERYTHING, *(each.name for each in book.feeds[population][resource].fields)}:
            raise errors.not_granted(resource)
    return population


def _plain(
    scope: Mapping[str, Scope], known: Mapping[str, Feed], plain: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    for resource, names in plain.items():
        if resource not in scope:
            raise errors.not_granted(resource if resource in known else "")
        for name in names:
            if name not in scope[resource].fields:
                raise errors.not_granted(resource)
            rules.check_reveal(scope, resource, name)
    return {resource: frozenset(names) for resource, names in plain.items() if names}


def _told(record: pool_rules.Version, feed: Feed, held: Scope, plain: Collection[str]) -> Told:
    values: dict[str, str | None] = {}
    masked: list[str] = []
    for field in feed.fields:
        if field.name not in held.fields:
            continue
        value = record["values"].get(field.name)
        if value is not None and not (field.name in plain and field.name in held.revealable):
            answer = rules.shown(value, held.mask_of(field.name, field.element, field.grade))
            value = answer.text
            if answer.masked:
                masked.append(field.name)
        values[field.name] = value
    return Told(
        resource=feed.resource,
        record=record_reference(feed.resource, record["key"]),
        values=values,
        masked=tuple(masked),
        valid_from=record["valid_from"],
        valid_to=record["valid_to"],
        recorded_on=record["recorded_at"][:10],
    )

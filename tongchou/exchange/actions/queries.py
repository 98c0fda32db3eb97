"""Query (查询): certain fields of one subject, for a system or a room of `use`."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from tongchou.accounts.actor import Actor
from tongchou.pool.plans import Feed
from tongchou.pool.serving.digests import record_reference

from .. import dossiers, errors, rules, uses
from ..asks import Reading, Standing
from ..grounds import told_why, under_case
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
    plan = _planned(book, by, purpose, today, fields, plain or {})
    tell(grants=plan.grants, resources=plan.resources)
    document = yield from subject_of(subject)
    if document is not None and document["population"] != plan.population:
        document = None
    yield from under_case(plan.terms, by=by, document=document, case_ref=reference)
    records: list[Told] = []
    if document is not None:
        tell(subject_id=document["subject_id"])
        mine = {"versions": [each for each in document["versions"] if each["resource"] in plan.scope]}
        records = [_told(plan, each) for each in dossiers.visible(mine, plan.scope, on, None)]
    count(plan.terms, missed=not records)
    said = {f"{each.resource}.{name}" for each in records for name in each.values}
    tell(fields=sorted(said), records=len(records))
    if plan.plain:
        tell(plain=sorted(f"{resource}.{name}" for resource, names in plan.plain.items() for name in names))
    found = document if records else None
    return Queried(
        subject_id=found["subject_id"] if found else "",
        kind=found["kind"] if found else "",
        records=tuple(records),
        valid_on=on,
    )


@dataclass(frozen=True)
class _Plan:
    """What one way of asking comes to under the present grants: it is the same for every subject."""

    population: str
    known: Mapping[str, Feed]
    scope: Mapping[str, Scope]
    terms: tuple[Terms, ...]
    grants: list[str]
    resources: list[str]
    plain: Mapping[str, frozenset[str]]
    #: {resource: (field, mask)}, for records of which all that is asked for is granted.
    masks: Mapping[str, tuple[tuple[str, str], ...]]


def _planned(
    book: Rulebook,
    by: Actor,
    purpose: str,
    today: date,
    fields: Mapping[str, Collection[str]],
    plain: Mapping[str, Collection[str]],
) -> _Plan:
    """Raises what `query` raises before it looks for the subject."""

    def make() -> _Plan:
        fitting = book.fitting(by, purpose, rules.QUERY, today)
        population = _population(book, fields)
        known = book.feeds[population]
        scope = rules.narrowed(book.scopes(by, purpose, rules.QUERY, today, population), fields)
        numbers = {number for each in scope.values() for number in each.grants}
        return _Plan(
            population=population,
            known=known,
            scope=scope,
            terms=tuple(each for each in fitting if each.number in numbers),
            grants=sorted(numbers),
            resources=sorted(scope),
            plain=_plain(scope, known, plain),
            masks={resource: _masks(known[resource], held) for resource, held in scope.items()},
        )

    told = tuple((resource, *names) for resource, names in fields.items())
    bare = tuple((resource, *names) for resource, names in plain.items())
    return book.remembered(("query", by.organisation, by.role, purpose, today, told, bare), make)


def _masks(feed: Feed, held: Scope) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each.name, held.mask_of(each.name, each.element, each.grade))
        for each in feed.fields
        if each.name in held.fields
    )


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


def _told(plan: _Plan, seen: dossiers.Seen) -> Told:
    record, resource = seen.record, seen.resource
    whole = seen.held is plan.scope[resource]
    plain = plan.plain.get(resource, frozenset()) & seen.held.revealable
    values: dict[str, str | None] = {}
    masked: list[str] = []
    for name, mask in plan.masks[resource] if whole else _masks(plan.known[resource], seen.held):
        value = record["values"].get(name)
        if value is not None and mask != "none" and name not in plain:
            answer = rules.shown(value, mask)
            value = answer.text
            if answer.masked:
                masked.append(name)
        values[name] = value
    return Told(
        resource=resource,
        record=record_reference(resource, record["key"]),
        values=values,
        masked=tuple(masked),
        valid_from=record["valid_from"],
        valid_to=record["valid_to"],
        recorded_on=record["recorded_at"][:10],
    )

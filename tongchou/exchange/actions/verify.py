"""Verify (核验): whether a declared statement about a subject is true. Yes, no or not known; never the value."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongchou.accounts.actor import Actor
from tongchou.pool import rules as pool_rules
from tongchou.standards.text import Text

from .. import errors, rules, statements, uses
from ..asks import Reading, Standing
from ..grounds import told_why, under_case
from ..naming import subject_of
from ..rulebook import Rulebook
from ..tracing import Answer, count, probe, tell, traced

FORM = "verify"


@dataclass(frozen=True, kw_only=True)
class Verified(Answer):
    """What `verify` answers. answer: "yes", "no" or "not_known". recorded_on: of the newest record that bears a yes out."""

    answer: str
    statement: str
    name: Text
    resource: str
    organisation_name: Text
    recorded_on: str | None
    valid_on: date


@traced(permission="gateway.use", event="access.verified")
def verify(
    *,
    by: Actor,
    subject: Mapping[str, str],
    statement: str,
    purpose: str,
    parameters: Mapping[str, Any] | None = None,
    case_ref: str = "",
    valid_on: date | None = None,
    via: str = "",
) -> Reading[Verified]:
    """Whether a statement about a subject is true as of a day.

    subject: see `naming.subject_of`. parameters: those the statement declares. Somebody nobody knows is answered like
    somebody of whom the resource holds nothing. Records outside the grant's rows leave a "no" open.

    Raises NotAllowed, Refused (exchange.refused.*, exchange.purpose_missing, exchange.case_reference, exchange.ambiguous),
    HouseError (exchange.parameters, exchange.statement_unusable, exchange.query_unreadable), LedgerUnavailable.
    """
    book: Rulebook = yield Standing()
    now = time.time()
    today = uses.today(now)
    on = valid_on or today
    reference = told_why(book, purpose=purpose, case_ref=case_ref, via=via)
    if valid_on:
        tell(valid_on=valid_on.isoformat())
    declared = book.statements.get(statement)
    terms = [
        each
        for each in book.fitting(by, purpose, FORM, today)
        if declared is not None and each.resource == declared.resource and statement in each.statements
    ]
    if declared is None or not terms:
        raise errors.statement_not_granted()
    tell(statement=statement, resource=declared.resource, grants=sorted(each.number for each in terms))
    if declared.broken:
        raise errors.statement_unusable(statement)
    given = statements.given(declared, parameters or {})
    population = book.population_of(declared.resource)
    document = yield from subject_of(subject)
    if document is not None and document["population"] != population:
        document = None
    if document is not None:
        tell(subject_id=document["subject_id"])
    yield from under_case(terms, by=by, document=document, case_ref=reference)
    count(terms, missed=document is None)
    if declared.is_probed and document is not None:
        probe(statement, document["subject_id"])
    feed = book.feeds[population][declared.resource]
    kinds = {declared.resource: dict(declared.kinds)}
    scope = rules.scopes(terms, kinds)[declared.resource]
    mine = {
        "versions": [
            each
            for each in (document or {"versions": ()})["versions"]
            if each["resource"] == declared.resource
        ]
    }
    records = pool_rules.as_of(mine, on)
    covered = [each for each in records if scope.of(each["values"]) is not None]
    answer = statements.evaluate(declared, [each["values"] for each in covered], given, on)
    if answer == statements.NO and len(covered) < len(records):
        answer = statements.NOT_KNOWN
    bearing = [
        each["recorded_at"][:10]
        for each in covered
        if answer == statements.YES and statements.bears_out(declared, each["values"], given, on)
    ]
    return Verified(
        answer=answer,
        statement=statement,
        name=declared.name,
        resource=declared.resource,
        organisation_name=feed.organisation_title,
        recorded_on=max(bearing, default=None),
        valid_on=on,
    )

"""The one way by which data about a subject leaves the pool.

`read`, `reveal` and `search` each: find the grants of the reader's organisation and role → check the purpose →
ask the pool → keep what is granted → mask by grade → write the trace and wait for its commit (`tracing`) → answer.
A refusal takes the same way. There is no other function in the tree that hands out what a record says, but for
`judging.compare`, which shows two records to the steward who must judge them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from tongchou.accounts.actor import Actor
from tongchou.pool import documents
from tongchou.pool import queries as pool
from tongchou.pool import rules as pool_rules
from tongchou.pool.logs import failing
from tongchou.pool.plans import FeedField
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.documents import reference_of
from tongchou.standards.text import Text

from .. import cases, dossiers, errors, finding, rulebook, rules
from .. import corrected as corrections
from ..dossiers import Dossier, Opened, Results, Revealed
from ..nearby import near_numbers
from ..neighbours import Neighbours
from ..spots import placed
from ..tracing import beside, count, tell, traced

#: More results than this are not shown. Ranked ones are cut, others were asked for too widely.
MOST_RESULTS = finding.MOST_RESULTS


@traced(permission="dossier.read", event="access.read")
def read(
    *,
    by: Actor,
    subject_id: str,
    purpose: str,
    case_ref: str = "",
    valid_on: date | None = None,
    known_at: datetime | date | None = None,
    fields: Mapping[str, Collection[str]] | None = None,
    via: str = "",
) -> Dossier:
    """Everything granted about one subject, masked.

    purpose: code of a purpose the reader's grants name. case_ref: the case, where there is one. valid_on: as it was
    true on that day (today); known_at: by what was known at that instant, or on that day to its end (now).
    fields: {resource: names or {"*"}}
    to ask for less than is granted. via: "screen" or "api", for the trace.

    Raises NotAllowed, Refused (exchange.refused.*, exchange.purpose_missing, exchange.case_reference),
    NotFound (exchange.no_subject), LedgerUnavailable.
    """
    _tell_of(subject_id)
    reference, book, fitting = _checked(by, purpose, case_ref, via)
    known_at = _instant_of(known_at)
    document = _document(subject_id)
    known = book.feeds.get(document["population"], {})
    held = [each for each in fitting if each.resource in known]
    usable = cases.under_case(
        held, by=by, subject_id=document["subject_id"], case_ref=reference, asked=fields
    )
    scope = rules.narrowed(book.scope_of(usable, document["population"]), fields)
    on = valid_on or timezone.localdate()
    around = Neighbours(
        by=by, book=book, terms=fitting, case_ref=reference, on=on, known_at=known_at, fields=fields
    )
    around.know(document, scope)
    related, said = around.related(document["subject_id"])
    if not scope and not related:
        raise errors.no_grant()
    dossier = dossiers.compose(
        document, feeds=known, scope=scope, on=on, known_at=known_at,
        purpose=purpose, case_ref=reference, failing=failing, rules=book.choosing(document["population"]),
    )  # fmt: skip
    dossier = corrections.annotated(
        replace(dossier, needs_case=tuple(sorted({each.resource for each in held} - set(scope)))), document,
        known, scope,
    )  # fmt: skip
    dossier = placed(replace(dossier, related=related), book.places)
    shown = [record for group in dossier.groups for record in group.records]
    numbers = {number for each in scope.values() for number in each.grants} | {each[2] for each in said}
    tell(
        resources=sorted({record.resource for record in shown} | {each[0] for each in said}),
        fields=sorted(
            {f"{record.resource}.{value.field}" for record in shown for value in record.values}
            | {f"{resource}.{field}" for resource, field, _ in said}
        ),
        grants=sorted(numbers),
        records=dossier.record_count,
        related=len(related),
        **_when(valid_on, known_at),
    )
    count(each for each in fitting if each.number in numbers)
    for other in dict.fromkeys(each.other for each in related if each.other_kind == "person"):
        # Neither whose file it was nor the case: nobody's trace speaks of somebody else.
        beside("access.related", subject_id=other, purpose=purpose, via=via, fields=around.shown_of(other))
    return dossier


@traced(permission="dossier.reveal", event="access.revealed")
def reveal(
    *,
    by: Actor,
    subject_id: str,
    resource: str,
    key: str,
    field: str,
    purpose: str,
    case_ref: str = "",
    valid_on: date | None = None,
    known_at: datetime | date | None = None,
    via: str = "",
) -> Revealed:
    """The plain value of one field of one record.

    key: the record's reference as its dossier gives it (`Entry.record`); the source's own key is taken as well.
    Raises what `read` raises, and Refused (exchange.refused.masked_only), NotFound (exchange.record_not_found).
    """
    value, described = _one_value(
        by, subject_id, resource, key, field, purpose, case_ref, valid_on, known_at, via
    )
    reference = reference_of(value) if described.element == dossiers.DOCUMENT else None
    # A document's reference says nothing to a reader; the document itself is opened.
    text = reference.told.say(get_language() or "zh") if reference else dossiers.told(value, described)
    return Revealed(text=text, label=described.label)


@traced(permission="dossier.reveal", event="access.document")
def open_document(
    *,
    by: Actor,
    subject_id: str,
    resource: str,
    key: str,
    field: str,
    purpose: str,
    case_ref: str = "",
    valid_on: date | None = None,
    known_at: datetime | date | None = None,
    via: str = "",
) -> Opened:
    """The document that one field of one record refers to: a scan, a certificate.

    Asked, allowed and counted as `reveal` is. Raises what `reveal` raises, NotFound (exchange.no_document),
    HouseError (pool.document_gone, pool.document_file_damaged).
    """
    value, described = _one_value(
        by, subject_id, resource, key, field, purpose, case_ref, valid_on, known_at, via
    )
    reference = reference_of(value) if described.element == dossiers.DOCUMENT else None
    if reference is None or reference.form not in documents.FORMS:
        raise errors.no_document(f"{resource}.{field}")
    form = documents.FORMS[reference.form]
    return Opened(
        data=documents.store().read(reference), form=form.code, media_type=form.media_type,
        name=f"{resource}-{field}-{reference.address[:8]}{form.endings[0]}", inline=form.inline, label=described.label,
    )  # fmt: skip


def _one_value(
    by: Actor,
    subject_id: str,
    resource: str,
    key: str,
    field: str,
    purpose: str,
    case_ref: str,
    valid_on: date | None,
    known_at: datetime | date | None,
    via: str,
) -> tuple[str, FeedField]:
    """The plain value of one field of one record, checked, told to the trace and counted; and its field."""
    _tell_of(subject_id)
    reference_of_case, book, fitting = _checked(by, purpose, case_ref, via)
    known_at = _instant_of(known_at)
    document = _document(subject_id)
    known = book.feeds.get(document["population"], {})
    feed = known.get(resource)
    described = feed.field_named(field) if feed else None
    if feed is None or described is None:
        raise errors.not_granted("")
    tell(resource=resource, field=field, **_when(valid_on, known_at))
    fitting = cases.under_case(
        [each for each in fitting if each.resource in known],
        by=by, subject_id=document["subject_id"], case_ref=reference_of_case, asked={resource},
    )  # fmt: skip
    scope = book.scope_of(fitting, document["population"])
    if not scope:
        raise errors.no_grant()
    tell(grants=sorted(rules.check_reveal(scope, resource, field).grants))
    on = valid_on or timezone.localdate()
    for seen in dossiers.visible(document, {resource: scope[resource]}, on, known_at):
        record, reference = seen.record, record_reference(resource, seen.record["key"])
        if key in (reference, record["key"]):
            # What the grants allow together, those that cover this record may not.
            tell(
                record=reference,
                grants=sorted(rules.check_reveal({resource: seen.held}, resource, field).grants),
            )
            value = record["values"].get(field) or ""
            count(each for each in fitting if each.number in seen.held.grants)
            return value, described
    raise errors.NotFound(
        "exchange.record_not_found",
        Text("该主体在此时点没有这条记录。", "The subject has no such record on that day."),
        Text("请重新打开档案。", "Open the dossier again."),
        resource,
    )


@traced(permission="dossier.search", event="access.searched")
def search(*, by: Actor, query: str, purpose: str, case_ref: str = "", via: str = "") -> Results:
    """Subjects by what the one box holds: a number, a phone, words of a name or an address in any spelling.

    Only subjects of whom something is granted for the purpose are found, by values that are granted, and they are
    shown masked; resources of the catalogue are found by the same words. What was looked for is in no record.
    Raises what `read` raises, HouseError (exchange.query_unreadable), Refused (exchange.too_wide).
    """
    reference = _reason(case_ref, via)
    book = rulebook.current()
    if purpose in book.purposes:
        tell(purpose=purpose)
    finder = finding.Finder(by, book, purpose, reference)
    asked = rules.parse_query(query)
    tell(query_kind=asked[0].kind, found=0)
    for each in [*asked, *near_numbers(query)]:
        finder.look(each)
        if finder.found:
            tell(query_kind=each.kind)
            break
    found = finder.found
    resources = finding.resources(by, query) if asked[-1].kind == rules.WORDS else ()
    tell(found=len(found), grants=finder.grants)
    if len(found) > MOST_RESULTS and not finder.is_ranked:
        raise errors.too_many_found()
    count((), missed=not found)
    for one in found[:MOST_RESULTS]:
        if one.needs_case:  # nothing but this search shows that somebody looked for them
            beside("access.found", subject_id=one.subject_id, purpose=purpose, via=via)
    return Results(
        kind=asked[0].kind,
        found=tuple(found[:MOST_RESULTS]),
        more=len(found) > MOST_RESULTS,
        resources=resources,
        advice=None if found or resources else _NOTHING,
    )


_NOTHING = Text(
    "没有查到：或者平台没有此人（企业）的数据，或者您的授权不含其所在的资源。请核对输入。",
    "Nothing found: the pool holds no such subject, or your grants cover none of its records. Check what you typed.",
)


def _instant_of(known_at: datetime | date | None) -> datetime | None:
    """An instant as it is, or the last instant of a day here: all that was recorded on it counts as known."""
    if known_at is None or isinstance(known_at, datetime):
        return known_at
    midnight = datetime.combine(known_at + timedelta(days=1), time.min, timezone.get_current_timezone())
    return midnight - timedelta(microseconds=1)


def _reason(case_ref: str, via: str) -> str:
    """The case reference, checked; tells the trace of it."""
    if via:
        tell(via=via)
    reference = rules.check_case_reference(case_ref)
    if reference:
        tell(case_ref=reference)
    return reference


def _checked(
    by: Actor, purpose: str, case_ref: str, via: str
) -> tuple[str, rulebook.Rulebook, list[rules.Terms]]:
    """The case reference, the rulebook and the grants that fit; tells the trace what may be told of a refusal too."""
    reference = _reason(case_ref, via)
    book = rulebook.current()
    if purpose not in book.purposes:
        raise errors.purpose_missing()
    tell(purpose=purpose)
    return reference, book, list(book.fitting(by, purpose, rules.QUERY, timezone.localdate()))


def _tell_of(subject_id: str) -> None:
    """Say whom a reading is about before anything can refuse it, so that they see refused attempts, too."""
    if rules.is_subject_id(subject_id):
        tell(subject_id=subject_id)


def _document(subject_id: str) -> dict[str, Any]:
    # What was asked for is only repeated in the trace when it can be no person's number or name.
    document = pool.document(subject_id) if rules.is_subject_id(subject_id) else None
    if document is None:
        raise errors.subject_unknown(subject_id if rules.is_subject_id(subject_id) else "")
    tell(subject_id=document["subject_id"])
    return document


def _when(valid_on: date | None, known_at: datetime | None) -> dict[str, str]:
    told = {}
    if valid_on:
        told["valid_on"] = valid_on.isoformat()
    if known_at:
        told["known_at"] = pool_rules.instant(known_at)
    return told

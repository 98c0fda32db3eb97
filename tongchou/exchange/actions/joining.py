"""Showing a steward what a file is made of, record by record with why each is in it, and questioning one of its joins."""

from __future__ import annotations

from dataclasses import dataclass

from tongchou.accounts.actor import Actor
from tongchou.pool import queries as pool
from tongchou.pool.models import Population
from tongchou.pool.plans import feeds
from tongchou.pool.rules import Document
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.text import Text

from .. import cases, errors, reviews
from ..dossiers.composing import HOW
from ..models import Case
from ..tracing import Answer, tell, traced


@dataclass(frozen=True)
class Join:
    """One record of a file. reference: names it in addresses; sentence: why it is in the file, without values."""

    reference: str
    organisation: Text
    resource: Text
    how: Text
    score: float | None
    sentence: Text
    since: str


@dataclass(frozen=True, kw_only=True)
class Joins(Answer):
    """What `joins` answers: the file as it stands now."""

    subject_id: str
    joins: tuple[Join, ...]


@traced(permission="links.review", event="access.joins")
def joins(*, by: Actor, case: Case) -> Joins:
    """Which records make up the file a review case is about, and why; no value of any of them.

    Raises Refused (exchange.refused.case_needed) unless it is a live review case of the actor's organisation.
    """
    document = _document(by, case)
    known = feeds()
    found = [
        Join(
            reference=record_reference(each["resource"], each["key"]),
            organisation=known[each["resource"]].organisation_title,
            resource=known[each["resource"]].title,
            how=HOW.get(each["how"], Text(each["how"], each["how"])),
            score=each.get("score"),
            sentence=Text(each.get("zh") or "", each.get("en") or ""),
            since=str(each.get("since") or "")[:10],
        )
        for each in document["links"]
        if each["resource"] in known
    ]
    tell(subject_id=document["subject_id"], case_ref=case.ref, records=len(found))
    return Joins(subject_id=document["subject_id"], joins=tuple(found))


@dataclass(frozen=True, kw_only=True)
class Named(Answer):
    """What `named` answers: the population and the two records meant by their references."""

    population: Population
    left: tuple[str, str]
    right: tuple[str, str]


@traced(permission="links.judge", event="access.joins")
def named(*, by: Actor, case: Case, left: str, right: str) -> Named:
    """The records behind two references of a file, to be put before the reviewers (`pool.question_link`).

    Raises Refused as `joins`, NotFound (exchange.record_not_found).
    """
    document = _document(by, case)
    held = {record_reference(each["resource"], each["key"]): each for each in document["links"]}
    tell(subject_id=document["subject_id"], case_ref=case.ref, records=2)
    if left not in held or right not in held:
        raise errors.NotFound(
            "exchange.record_not_found",
            Text("档案中没有这条记录。", "The file has no such record."),
            Text("请重新打开档案，再选择两条记录。", "Open the file again and choose two records."),
        )
    one, two = held[left], held[right]
    return Named(
        population=Population.objects.get(code=document["population"]),
        left=(one["resource"], one["key"]),
        right=(two["resource"], two["key"]),
    )


def _document(by: Actor, case: Case) -> Document:
    live = cases.live_case(by=by, subject_id=case.subject_id, case_ref=case.ref)
    document = pool.document(case.subject_id) if live and case.kind == reviews.KIND else None
    if document is None:
        raise errors.case_needed()
    return document

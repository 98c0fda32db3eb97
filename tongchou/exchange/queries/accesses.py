"""Accesses as the ledger holds them, told for screens: who, what, why, when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, QuerySet

from tongchou.accounts.models import Organisation, Role
from tongchou.ledger import queries as ledger
from tongchou.ledger.events import EVENTS
from tongchou.ledger.models import Entry
from tongchou.standards.text import Text
from tongchou.web.templatetags.house import named

from ..models import Purpose

#: The kinds of entries that say that somebody saw data about a subject.
ACCESS_KINDS = (
    "access.read", "access.revealed", "access.document", "access.compared", "access.searched", "access.queried",
    "access.verified", "access.listed",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One entry for a table. body: as stored; organisation and purpose in words where they are still known."""

    stream: str
    seq: int
    at: datetime
    kind: str
    label: Text
    user: str
    organisation: str
    role: str
    purpose: str
    case_ref: str
    subject_id: str
    refused: bool
    reason: str
    resources: tuple[str, ...]
    fields: tuple[str, ...]
    body: dict[str, Any]


def lines(entries: Iterable[Entry]) -> list[Line]:
    """Entries told in words. Three queries besides the entries."""
    taken = [ledger.trace(each) for each in entries]
    said = {key: {str(t.body.get(key, "")) for t in taken} for key in ("organisation", "purpose", "role")}
    organisations = {
        one.code: named(one) for one in Organisation.objects.filter(code__in=said["organisation"])
    }
    purposes = {one.code: named(one) for one in Purpose.objects.filter(code__in=said["purpose"])}
    roles = {one.code: named(one) for one in Role.objects.filter(code__in=said["role"])}
    found = []
    for each in taken:
        body = dict(each.body)
        organisation, purpose = str(body.get("organisation", "")), str(body.get("purpose", ""))
        resources = body.get("resources") or ([body["resource"]] if body.get("resource") else [])
        fields = body.get("fields") or (
            [f"{body.get('resource')}.{body['field']}"] if body.get("field") else []
        )
        found.append(
            Line(
                stream=each.stream,
                seq=each.seq,
                at=datetime.strptime(each.at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
                kind=each.kind,
                label=EVENTS[each.kind].label if each.kind in EVENTS else Text(each.kind, each.kind),
                user=str(body.get("user", "")),
                organisation=organisations.get(organisation, organisation),
                role=roles.get(str(body.get("role", "")), str(body.get("role", ""))),
                purpose=purposes.get(purpose, purpose),
                case_ref=str(body.get("case_ref", "")),
                subject_id=str(body.get("subject_id", "")),
                refused=body.get("outcome") == "refused",
                reason=str(body.get("reason", "")),
                resources=tuple(map(str, resources)),
                fields=tuple(map(str, fields)),
                body=body,
            )
        )
    return found


def of_subject(subject_id: str) -> QuerySet[Entry]:
    """Who looked at a subject, newest first."""
    kinds = (*ACCESS_KINDS, "access.found", "access.related")
    return ledger.entries(subject_id=subject_id).filter(kind__in=kinds)


def recent(count: int) -> list[Line]:
    """The latest accesses of anyone."""
    return lines(ledger.entries().filter(kind__in=ACCESS_KINDS)[:count])


def recent_of_user(username: str, count: int) -> list[Line]:
    """The latest accesses of one user, among the latest of all."""
    latest = ledger.entries().filter(kind__in=ACCESS_KINDS)[:500]
    return [each for each in lines(latest) if each.user == username][:count]


def count() -> int:
    """Entries of the ledger."""
    return Entry.objects.count()


def counts_by_kind() -> list[tuple[str, Text, int]]:
    """How many entries of each kind there are."""
    found = Entry.objects.values_list("kind").annotate(n=Count("id")).order_by("kind")
    return [(kind, EVENTS[kind].label if kind in EVENTS else Text(kind, kind), n) for kind, n in found]

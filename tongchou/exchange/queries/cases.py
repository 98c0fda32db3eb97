"""Cases for screens: which somebody may see, what was read under one, and what the bureau should look at."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.ledger import queries as ledger
from tongchou.ledger.models import Entry
from tongchou.pool import queries as pool

from ..models import Case
from .standing import is_bureau


def visible_to(by: Actor) -> QuerySet[Case]:
    """The cases of the actor's organisation; all of them for auditors and for the bureau's watch."""
    found = Case.objects.select_related("organisation")
    if by.may("ledger.audit") or (by.may("cases.watch") and is_bureau(by)):
        return found
    return found.filter(organisation__code=by.organisation)


def in_state(found: QuerySet[Case], state: str) -> QuerySet[Case]:
    """Narrowed to "open" (live today), "expired" (forgotten open), "closed" or "unusual"; anything else: all."""
    today = timezone.localdate()
    if state == "open":
        return found.filter(state=Case.State.OPEN, until__gte=today)
    if state == "expired":
        return found.filter(state=Case.State.OPEN, until__lt=today)
    if state == "closed":
        return found.filter(state=Case.State.CLOSED)
    if state == "unusual":
        return found.exclude(unusual=[])
    return found


def live_about(by: Actor, subject_id: str) -> list[Case]:
    """The live cases of the actor's organisation about a subject, those the actor opened first."""
    found = Case.objects.filter(
        organisation__code=by.organisation, state=Case.State.OPEN, until__gte=timezone.localdate(),
        subject_id__in=pool.ids_of(subject_id),
    )  # fmt: skip
    return sorted(found, key=lambda each: (each.opened_by != by.username, -each.pk))


def search(found: QuerySet[Case], words: str) -> QuerySet[Case]:
    """Narrowed to a part of the number, a subject's id or who opened it."""
    return (
        found.filter(Q(ref__icontains=words) | Q(subject_id=words) | Q(opened_by__iexact=words))
        if words
        else found
    )


def entries_under(case: Case, most: int = 500) -> list[Entry]:
    """The accesses that named the case, newest first, among the latest `most` of its subject."""
    found = ledger.entries().filter(subject_id__in=pool.ids_of(case.subject_id), kind__startswith="access.")
    return [each for each in found[:most] if ledger.trace(each).body.get("case_ref") == case.ref]

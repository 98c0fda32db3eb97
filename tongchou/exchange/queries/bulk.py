"""Exports and subscriptions as screens list them; none of these touches a person's data."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tongchou.accounts.actor import Actor

from ..models import ErasedRow, Export, Subscription
from .standing import is_bureau

#: Records that were erased since an export was made.
_ERASED_SINCE = ErasedRow.objects.filter(
    organisation=OuterRef("organisation__code"), resource=OuterRef("resource__code"),
    erased_at__gt=OuterRef("known_at"),
)  # fmt: skip


def exports(by: Actor) -> QuerySet[Export]:
    """What an actor may see of exports: all for bureau and auditors, else its organisation's, and those of its resources.

    names_erased: whether records were erased that its copies may hold (`erased_rows.beside` names them).
    """
    found = Export.objects.select_related("grant", "resource__organisation", "organisation", "role").annotate(
        names_erased=Q(downloads__gt=0) & Exists(_ERASED_SINCE)
    )
    if by.may("ledger.audit") or is_bureau(by):
        return found
    return found.filter(
        Q(organisation__code=by.organisation) | Q(resource__organisation__code=by.organisation)
    )


def is_own(export: Export, by: Actor) -> bool:
    """Whether the actor asked for it, and so may fetch, cancel and delete it."""
    return (export.requested_by, export.organisation.code, export.role.code) == (
        by.username, by.organisation, by.role,
    )  # fmt: skip


def rate_of(export: Export) -> int | None:
    """Rows per second so far, or over all."""
    if export.started_at is None or not export.done:
        return None
    ends = export.finished_at or timezone.now()
    seconds = (ends - export.started_at).total_seconds()
    return round(export.done / seconds) if seconds > 0 else None


def seconds_left(export: Export) -> int | None:
    """Until a running export is done, at the rate so far."""
    rate = rate_of(export)
    if not rate or not export.total or export.state != Export.State.RUNNING:
        return None
    return round((export.total - export.done) / rate)


def subscriptions(by: Actor) -> QuerySet[Subscription]:
    """Like `exports`, with how many pages are dead and on their way."""
    found = Subscription.objects.select_related(
        "grant__resource__organisation", "organisation", "role"
    ).annotate(
        dead=Count("deliveries", filter=Q(deliveries__state="dead")),
        waiting=Count("deliveries", filter=Q(deliveries__state="waiting")),
    )
    found = found.order_by("-created_at", "-pk")
    if by.may("ledger.audit") or is_bureau(by):
        return found
    return found.filter(
        Q(organisation__code=by.organisation) | Q(grant__resource__organisation__code=by.organisation)
    )

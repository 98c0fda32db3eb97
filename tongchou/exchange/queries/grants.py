"""Grants and purposes as the rules and the screens take them."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from tongchou.accounts.actor import Actor

from ..models import Grant, Purpose
from ..rules import Terms
from .standing import is_bureau as is_bureau


def terms_of(by: Actor) -> list[Terms]:
    """What was ever granted to exactly the actor's organisation and role. Two queries."""
    found = Grant.objects.filter(organisation__code=by.organisation, role__code=by.role)
    return [
        as_terms(each)
        for each in found.select_related("organisation", "role", "resource").prefetch_related("purposes")
    ]


def as_terms(grant: Grant) -> Terms:
    """One grant as plain values."""
    return Terms(
        number=grant.number,
        organisation=grant.organisation.code,
        role=grant.role.code,
        resource=grant.resource.code,
        share_class=grant.resource.share_class,
        state=grant.state,
        fields=frozenset(grant.fields),
        unmasked=frozenset(grant.unmasked),
        purposes=frozenset(each.code for each in grant.purposes.all()),
        until=grant.until,
        rows=grant.rows,
        masking=dict(grant.masking),
        forms=frozenset(grant.forms),
        statements=frozenset(grant.statements),
        needs_case=grant.needs_case,
        quota_per_day=grant.quota_per_day,
    )


def purpose_is_known(code: str) -> bool:
    """Whether there is such a purpose, in use."""
    return Purpose.objects.filter(code=code, active=True).exists()


def purposes_of(by: Actor, on: date) -> QuerySet[Purpose]:
    """The purposes for which the actor holds a live grant; those a purpose select offers."""
    return (
        Purpose.objects.filter(
            active=True,
            grants__organisation__code=by.organisation,
            grants__role__code=by.role,
            grants__state=Grant.State.LIVE,
            grants__until__gte=on,
        )
        .exclude(grants__resource__share_class="closed")
        .distinct()
        if by.organisation
        else Purpose.objects.none()
    )


def visible_to(by: Actor) -> QuerySet[Grant]:
    """The grants an actor may see: all for the bureau and auditors, otherwise those it gave or holds."""
    found = Grant.objects.select_related("organisation", "role", "resource", "resource__organisation")
    if by.may("ledger.audit") or is_bureau(by):
        return found
    return found.filter(
        Q(organisation__code=by.organisation) | Q(resource__organisation__code=by.organisation)
    )

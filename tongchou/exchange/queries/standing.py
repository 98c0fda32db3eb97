"""Who acts and what is decided on, as the pure policies take them."""

from __future__ import annotations

from typing import Any

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation
from tongchou.catalogue.models import Resource
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from ..clauses import Clauses, ResourceSaid
from ..models import Grant, Request, Statement
from ..policies import Standing
from ..rows import FieldSaid


def is_bureau(by: Actor) -> bool:
    """Whether the actor acts for the bureau that runs the platform, or is the house itself."""
    if by.role == "house":
        return True
    return Organisation.objects.filter(code=by.organisation, kind=Organisation.Kind.BUREAU).exists()


def bureau_code() -> str:
    """The bureau that runs the platform; "" where there is none yet."""
    found = Organisation.objects.filter(kind=Organisation.Kind.BUREAU, active=True).first()
    return found.code if found else ""


def standing_of(by: Actor) -> Standing:
    """The actor with every seat their user holds. Two queries."""
    seats = Membership.objects.filter(user__username__iexact=by.username, active=True)
    return Standing(
        username=by.username,
        organisation=by.organisation,
        bureau=is_bureau(by),
        house=by.role == "house",
        person=by.user_id is not None,
        seats=frozenset(seats.values_list("organisation__code", flat=True)),
    )


def said_of(resource: Resource) -> ResourceSaid:
    """What clauses may speak of on a resource. Two queries."""
    return ResourceSaid(
        code=resource.code,
        owner=resource.organisation.code,
        share_class=resource.share_class,
        fields=tuple(
            FieldSaid(
                each.name, each.element, each.grade, each.code_list or element(each.element).code_list or ""
            )
            for each in resource.fields.all()
        ),
        statements=frozenset(
            Statement.objects.filter(resource=resource, active=True).values_list("code", flat=True)
        ),
        legal_basis=Text(resource.legal_basis, resource.legal_basis_en or resource.legal_basis),
        published=resource.state == Resource.State.PUBLISHED,
    )


def clauses_of(held: Grant | Request) -> Clauses:
    """What a grant allows, or a request asks for. One query."""
    more: dict[str, Any] = {}
    if isinstance(held, Grant):
        more = {
            "masking": dict(held.masking),
            "needs_case": held.needs_case,
            "quota_per_day": held.quota_per_day,
        }
    return Clauses(
        fields=frozenset(held.fields),
        unmasked=frozenset(held.unmasked),
        purposes=frozenset(each.code for each in held.purposes.all()),
        rows=held.rows,
        forms=frozenset(held.forms),
        statements=frozenset(held.statements),
        until=held.until,
        **more,
    )

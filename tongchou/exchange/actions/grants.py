"""Giving and taking back grants."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import date

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import policies
from ..models import Grant, Purpose
from ..queries.grants import is_bureau


@action(permission="grants.manage", event="grants.created")
def create(
    *,
    by: Actor,
    organisation: Organisation,
    role: Role,
    resource: Resource,
    fields: Collection[str],
    purposes: Collection[Purpose],
    until: date,
    unmasked: Collection[str] = (),
    number: str = "",
    pack: str = "",
) -> Grant:
    """Give one role of one organisation certain fields of a resource, for purposes, until a day (included).

    fields, unmasked: names, or ["*"]. number: given by a pack; otherwise the next one. Raises Refused
    (exchange.grant_*), all problems of the request told one after the other in its sentence.
    """
    note(holder=organisation.code, holder_role=role.code, resource=resource.code)
    policies.check_may_grant(
        owner=resource.organisation.code, share_class=resource.share_class, resource=resource.code,
        giver=by.organisation, giver_role=by.role, bureau=is_bureau(by),
        holder=organisation.code, holder_role=role.code,
    )  # fmt: skip
    policies.check_terms(
        known=set(resource.fields.values_list("name", flat=True)), fields=fields, unmasked=unmasked,
        purposes=[each.code for each in purposes], until=until, today=timezone.localdate(), resource=resource.code,
    )  # fmt: skip
    grant = Grant.objects.create(
        number=number or f"draft-{secrets.token_hex(8)}", organisation=organisation, role=role, resource=resource,
        fields=sorted(set(fields)), unmasked=sorted(set(unmasked)), until=until, granted_by=by.username, pack=pack,
    )  # fmt: skip
    if not number:
        grant.number = f"G-{timezone.localdate():%Y}-{grant.pk:06d}"
        grant.save(update_fields=["number"])
    grant.purposes.set(purposes)
    note(
        grant=grant.number, fields=grant.fields, unmasked=grant.unmasked,
        purposes=sorted(each.code for each in purposes), until=until.isoformat(),
    )  # fmt: skip
    return grant


@action(permission="grants.manage", event="grants.withdrawn")
def withdraw(*, by: Actor, grant: Grant) -> Grant:
    """Take a grant back, from now on. The provider of the resource and the bureau may.

    Raises Refused (exchange.refused.grant_not_yours), HouseError (exchange.grant_withdrawn).
    """
    note(
        grant=grant.number,
        holder=grant.organisation.code,
        holder_role=grant.role.code,
        resource=grant.resource.code,
    )
    policies.check_may_withdraw(
        owner=grant.resource.organisation.code,
        giver=by.organisation,
        bureau=is_bureau(by),
        number=grant.number,
    )
    changed = Grant.objects.filter(pk=grant.pk, state=Grant.State.LIVE).update(
        state=Grant.State.WITHDRAWN, withdrawn_by=by.username, withdrawn_at=timezone.now()
    )
    if not changed:
        raise HouseError(
            "exchange.grant_withdrawn",
            Text("该授权已经撤回。", "The grant was already withdrawn."),
            Text("无需再次操作。", "Nothing needs doing."),
            grant.number,
        )
    grant.refresh_from_db()
    return grant

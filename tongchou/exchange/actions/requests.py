"""Asking for data. What follows on a request moves on the flow `share_request`: see `exchange.deciding`."""

from __future__ import annotations

import secrets

from django.utils import timezone

from tongchou import ledger
from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.flow.actions.instances import start
from tongchou.standards.text import Text

from .. import clauses as terms
from .. import deciding, giving, policies
from ..clauses import Clauses
from ..models import Purpose, Request
from ..queries.standing import bureau_code, said_of, standing_of


@action(permission="requests.ask", event="requests.sent")
def ask(
    *, by: Actor, resource: Resource, role: Role, clauses: Clauses, reason: str, legal_basis: str = ""
) -> Request:
    """Ask for the use of a resource by one role of the asker's own organisation.

    reason: why, in the asker's words; legal_basis: the law or rule that allows it. What the resource shares
    unconditionally is granted at once; the rest waits for its provider, or for the bureau where the provider itself
    asks. Raises Refused (exchange.refused.people_ask, .resource_closed, .nobody_decides), BadClauses
    (exchange.grant_terms) with all problems at once.
    """
    note(holder=by.organisation, holder_role=role.code, resource=resource.code)
    said, standing = said_of(resource), standing_of(by)
    revealed = [each.grade for each in said.named(clauses.unmasked)]
    at_once = policies.is_at_once(
        share_class=said.share_class,
        grades=[each.grade for each in said.named(clauses.fields)],
        revealed=revealed,
    )
    policies.check_may_ask(
        owner=said.owner, share_class=said.share_class, legal_basis=said.legal_basis, resource=said.code, by=standing,
        at_once=at_once, published=said.published,
    )  # fmt: skip
    deciding.check_asked(clauses, said, reason, legal_basis)
    request = Request.objects.create(
        number=f"draft-{secrets.token_hex(8)}", organisation=Organisation.objects.get(code=by.organisation), role=role,
        resource=resource, requested_by=by.username, hands=[by.username], reason=reason.strip(),
        legal_basis=legal_basis.strip(), **deciding.values_of(clauses),
    )  # fmt: skip
    request.number = f"R-{timezone.localdate():%Y}-{request.pk:06d}"
    request.save(update_fields=["number"])
    request.purposes.set(Purpose.objects.filter(code__in=clauses.purposes))
    note(request=request.number, at_once=at_once, **terms.recorded(clauses))
    if at_once:
        _grant_at_once(request, clauses, said)
        return request
    owner = bureau_code() if said.owner == by.organisation else said.owner
    name, name_en = resource.name, resource.name_en or resource.name
    asker = request.organisation
    instance = start(
        by=by, flow=deciding.FLOW, ref=request.number, owner=owner,
        title=Text(f"{asker.name}申请{name}", f"{asker.name_en or asker.name} asks for {name_en}"),
    )  # fmt: skip
    request.instance = instance.number
    request.save(update_fields=["instance"])
    return request


def _grant_at_once(request: Request, clauses: Clauses, said: terms.ResourceSaid) -> None:
    """Unconditional sharing: nobody decides, but it is on record with its purposes and terms."""
    rule = Actor.house("unconditional")
    grant = giving.give(
        by=rule, clauses=clauses, said=said, organisation=request.organisation, role=request.role,
        resource=request.resource, request=request,
    )  # fmt: skip
    request.state, request.decided_by, request.decided_at = (
        Request.State.GRANTED, rule.username, timezone.now(),
    )  # fmt: skip
    request.save(update_fields=["state", "decided_by", "decided_at"])
    ledger.record(
        "grants.created",
        {
            **rule.trace(), "grant": grant.number, "request": request.number, **giving.holder_facts(grant),
            **terms.recorded(clauses), "outcome": "done",
        },
    )  # fmt: skip

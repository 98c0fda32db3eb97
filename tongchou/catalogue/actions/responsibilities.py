"""Claiming that a department keeps a fact right, and giving the claim up."""

from __future__ import annotations

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import policies, rules
from ..models import Resource, Responsibility
from ..queries.people import is_bureau


@action(permission="catalogue.register", event="responsibility.claimed")
def claim(
    *,
    by: Actor,
    organisation: Organisation,
    element: str,
    subject_kind: str,
    aspect: str = "",
    resource: Resource | None = None,
    basis: str = "",
) -> Responsibility:
    """Say that an organisation keeps a fact right. Two may claim the same: that is a conflict, and is shown.

    Raises Refused (accounts.not_allowed), HouseError (catalogue.claim_unknown, catalogue.claimed_already).
    """
    fact = "/".join(part for part in (subject_kind, element, aspect) if part)
    policies.check_keep(
        owner=organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=organisation.code
    )
    if (
        element not in ELEMENTS
        or subject_kind not in Resource.SubjectKind.values
        or aspect not in rules.ASPECTS
        or (resource is not None and resource.organisation != organisation)
    ):
        raise HouseError(
            "catalogue.claim_unknown",
            Text("数据元、主体类别或资源不对：资源须是本部门的。",
                 "The element, the kind of subject or the resource is wrong; the resource must be your own."),
            Text("请重新选择。", "Choose again."),
            organisation.code,
        )  # fmt: skip
    note(fact=fact, owner=organisation.code, resource=resource.code if resource else "")
    made, new = Responsibility.objects.get_or_create(
        organisation=organisation, element=element, subject_kind=subject_kind, aspect=aspect,
        defaults={"resource": resource, "basis": basis.strip()[:300], "claimed_by": by.username},
    )  # fmt: skip
    if not new:
        raise HouseError(
            "catalogue.claimed_already",
            Text("这一项已在责任清单上。", "This is on the list already."),
            Text("无需再次认领。", "Nothing needs doing."),
            fact,
        )
    return made


@action(permission="catalogue.register", event="responsibility.released")
def release(*, by: Actor, responsibility: Responsibility) -> None:
    """Take a claim off the list. Raises Refused (accounts.not_allowed)."""
    owner = responsibility.organisation.code
    note(
        owner=owner,
        fact="/".join(
            part
            for part in (responsibility.subject_kind, responsibility.element, responsibility.aspect)
            if part
        ),
    )
    policies.check_keep(
        owner=owner, organisation=by.organisation, bureau=is_bureau(by), where=str(responsibility)
    )
    responsibility.delete()

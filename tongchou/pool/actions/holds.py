"""Legal holds on record: placing one, lifting it."""

from __future__ import annotations

import secrets
from datetime import date

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import queries
from ..erasure_rules import check_reason
from ..models import LegalHold


@action(permission="holds.manage", event="hold.placed")
def place(
    *, by: Actor, basis: str, subject_id: str = "", resource: str = "", until: date | None = None
) -> LegalHold:
    """Protect a subject, or a whole resource, from every erasure.

    basis: the decision it rests on, without anybody's name or number. until: the last day, None for no end. Raises
    HouseError: pool.erasure_reason, pool.hold_of_what.
    """
    said = check_reason(basis)[:200]
    now = queries.id_now(subject_id) if subject_id else None
    known = Resource.objects.filter(code=resource).exists() if resource else False
    if bool(subject_id) == bool(resource) or (subject_id and now is None) or (resource and not known):
        raise HouseError(
            "pool.hold_of_what",
            Text(
                "保全须针对一个已有的主体或一个信息资源。",
                "A hold is on one subject or one resource that there is.",
            ),
            Text("请核对主体号或资源代码。", "Check the subject's id or the resource's code."),
        )
    made = LegalHold.objects.create(
        number=f"draft-{secrets.token_hex(8)}", subject_id=now or "", resource=resource, basis=said, until=until,
        placed_by=by.username,
    )  # fmt: skip
    made.number = f"H-{timezone.localdate():%Y}-{made.pk:06d}"
    made.save(update_fields=["number"])
    note(
        hold=made.number,
        subject_id=made.subject_id,
        resource=resource,
        until=until.isoformat() if until else "",
    )
    return made


@action(permission="holds.manage", event="hold.lifted")
def lift(*, by: Actor, number: str, reason: str) -> LegalHold:
    """End a hold. Raises HouseError pool.hold_unknown, pool.erasure_reason."""
    found = LegalHold.objects.filter(number=number, lifted_at__isnull=True).first()
    if found is None:
        raise HouseError(
            "pool.hold_unknown",
            Text("没有这项保全，或已解除。", "There is no such hold, or it was lifted."),
            Text("请在保全清单中查看。", "See the list of holds."),
            number,
        )
    note(hold=found.number, subject_id=found.subject_id, resource=found.resource)
    found.lifted_because = check_reason(reason)[:200]
    found.lifted_by, found.lifted_at = by.username, timezone.now()
    found.save()
    return found

"""Writing a grant and its history; the actions that may do so check first and record in the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .clauses import Change, Clauses, Problem, ResourceSaid, problems, settled
from .errors import Refused
from .models import Grant, GrantEvent, Purpose, Request


class BadClauses(Refused):
    """Clauses that cannot be granted or asked for; `problems` holds them one by one, for forms."""

    def __init__(self, found: Sequence[Problem], where: str) -> None:
        self.problems = list(found)
        super().__init__(
            "exchange.grant_terms",
            Text(
                "；".join(each.said.zh for each in found) + "。",
                _capital("; ".join(each.said.en for each in found)) + ".",
            ),
            Text("请改正后重新提交。", "Correct it and submit again."),
            where,
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def latest_day(today: date | None = None) -> date:
    """The last day a grant may be given until: so many days from today as the settings say."""
    return (today or timezone.localdate()) + timedelta(days=settings.TONGCHOU_GRANT_DAYS)


def check_clauses(
    clauses: Clauses, resource: ResourceSaid, *, by_provider: bool, held: date | None = None
) -> None:
    """Raise BadClauses ("exchange.grant_terms") with everything that is wrong. held: until when it is held already."""
    today = timezone.localdate()
    latest = max(latest_day(today), held) if held else latest_day(today)
    found = problems(clauses, resource, today=today, latest=latest, by_provider=by_provider)
    known = set(Purpose.objects.filter(code__in=clauses.purposes, active=True).values_list("code", flat=True))
    strange = sorted(clauses.purposes - known)
    if strange:
        told = ", ".join(strange)
        found.append(Problem("purposes", Text(f"没有这些用途：{told}", f"there is no purpose {told} in use")))
    if found:
        raise BadClauses(found, resource.code)


def values_of(clauses: Clauses, resource: ResourceSaid) -> dict[str, object]:
    """The columns of a grant from its clauses, but for its purposes."""
    return {
        "fields": sorted(clauses.fields), "unmasked": sorted(clauses.unmasked),
        "masking": settled(clauses, resource), "rows": clauses.rows.strip(), "forms": sorted(clauses.forms),
        "statements": sorted(clauses.statements), "needs_case": clauses.needs_case,
        "quota_per_day": clauses.quota_per_day, "until": clauses.until,
    }  # fmt: skip


def give(
    *,
    by: Actor,
    clauses: Clauses,
    said: ResourceSaid,
    organisation: Organisation,
    role: Role,
    resource: Resource,
    request: Request | None = None,
    number: str = "",
    pack: str = "",
    reason: str = "",
) -> Grant:
    """Write a grant; its number is the next one unless a pack gives it."""
    grant = Grant.objects.create(
        number=number or f"draft-{secrets.token_hex(8)}", organisation=organisation, role=role, resource=resource,
        request=request, granted_by=by.username, pack=pack, **values_of(clauses, said),
    )  # fmt: skip
    if not number:
        grant.number = f"G-{timezone.localdate():%Y}-{grant.pk:06d}"
        grant.save(update_fields=["number"])
    grant.purposes.set(Purpose.objects.filter(code__in=clauses.purposes))
    remember(by=by, grant=grant, kind=GrantEvent.Kind.CREATED, reason=reason)
    return grant


def remember(
    *, by: Actor, grant: Grant, kind: GrantEvent.Kind, reason: str = "", changes: Sequence[Change] = ()
) -> GrantEvent:
    """One more step on the grant's timeline."""
    return GrantEvent.objects.create(
        grant=grant, kind=kind, username=by.username, organisation=by.organisation, role=by.role,
        version=grant.version, reason=reason, changes=[each._asdict() for each in changes],
    )  # fmt: skip


def holder_facts(held: Grant | Request) -> dict[str, str]:
    """Whom it is for and on what, for the ledger."""
    return {
        "holder": held.organisation.code,
        "holder_role": held.role.code,
        "resource": held.resource.code,
    }


def moved_on(number: str) -> HouseError:
    """Somebody changed it meanwhile."""
    return HouseError(
        "exchange.grant_moved_on",
        Text(
            "该授权在您编辑期间已被更改，或已不再有效。", "The grant was changed meanwhile, or holds no more."
        ),
        Text("请重新打开后再办理。", "Open it again and repeat what is still right."),
        number,
    )

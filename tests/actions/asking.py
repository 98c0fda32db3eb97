"""A district in which departments ask one another for data: who asks, who decides, what is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tests import district
from tests.cast import read_pack
from tests.prepared import prepare
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role, User
from tongchou.accounts.queries import actor_of
from tongchou.catalogue.models import Resource
from tongchou.config import packs
from tongchou.exchange import deciding
from tongchou.exchange.actions.requests import ask
from tongchou.exchange.clauses import Clauses
from tongchou.exchange.models import Request
from tongchou.flow.queries import instance

REASON = "核查低保申请人的户籍情况"


def member(username: str, role: str, organisation: str) -> Actor:
    """A user in a role of packs/core; the same name twice makes a second seat of one user."""
    user, _ = User.objects.get_or_create(username=username, defaults={"name": username, "name_en": username})
    membership, _ = Membership.objects.get_or_create(
        user=user, role=Role.objects.get(code=role), organisation=Organisation.objects.get(code=organisation)
    )
    return actor_of(membership)


def found() -> dict[str, Actor]:
    """Organisations, resources, roles and flows of packs/core, and one officer for each part."""
    prepare("asking", _found)
    return {
        "provider": member("provider", "officer", "ps"),
        "colleague": member("colleague", "officer", "ps"),
        "asker": member("asker", "officer", "hr"),
        "asker2": member("asker2", "officer", "hr"),
        "other": member("other", "officer", "health"),
        "bureau": member("bureau", "steward", "data"),
        "clerk": member("hrclerk", "clerk", "hr"),
        "auditor": member("auditor", "auditor", "audit"),
    }


def _found() -> None:
    district.organisations()
    packs.apply(by=Actor.house("tests"), pack=read_pack("core"))
    district.resources()


def wanted(**changed: Any) -> Clauses:
    """What is asked for, unless changed."""
    said: dict[str, Any] = {
        "fields": frozenset({"name", "id_number", "address"}), "purposes": frozenset({"relief_check"}),
        "until": timezone.localdate() + timedelta(days=200), **changed,
    }  # fmt: skip
    return Clauses(**said)


def send(by: Actor, resource: str = "ps.residents", role: str = "clerk", **changed: Any) -> Request:
    """A request for the residents, by default for the asker's clerks."""
    return ask(
        by=by, resource=Resource.objects.get(code=resource), role=Role.objects.get(code=role),
        clauses=wanted(**changed), reason=REASON, legal_basis="社会救助暂行办法",
    )  # fmt: skip


def version(request: Request) -> int:
    """The version of the request's instance now."""
    return instance(request.instance).version


def grant(by: Actor, request: Request, **more: Any) -> Request:
    """Granted as it stands now."""
    return deciding.grant(by=by, request=request, version=version(request), **more)


def reshare(resource: str, share_class: str) -> None:
    """Set a share class."""
    Resource.objects.filter(code=resource).update(share_class=share_class)


def today() -> date:
    """The day here."""
    return timezone.localdate()

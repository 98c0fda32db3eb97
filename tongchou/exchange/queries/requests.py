"""Requests for the screens: who sees which, whose turn it is, how much time is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Need
from tongchou.flow import queries as flows
from tongchou.flow.models import Instance
from tongchou.flow.queries import TimeLeft
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import policies
from ..errors import Refused
from ..models import Grant, Request
from ..policies import Standing
from .standing import is_bureau, standing_of

#: A limit is near when less working time than this is left (two working days of seven hours).
NEAR_S = 2 * 7 * 3600

_OPEN = (Request.State.WAITING, Request.State.ESCALATED)
#: States in which a request still waits for somebody.
OPEN = (*_OPEN, Request.State.RETURNED)


@dataclass(frozen=True)
class Listed:
    """A request in a list. left: its time, None when it does not move any more; mine: waits for the reader's decision."""

    request: Request
    left: TimeLeft | None
    mine: bool

    @property
    def near(self) -> bool:
        """Whether its limit is near or past."""
        return self.left is not None and self.left.seconds is not None and self.left.seconds < NEAR_S


def visible_to(by: Actor) -> QuerySet[Request]:
    """All for the bureau and auditors, otherwise what the organisation asked for or is asked for."""
    found = Request.objects.select_related("organisation", "role", "resource__organisation").prefetch_related(
        "purposes"
    )
    if by.may("ledger.audit") or is_bureau(by):
        return found
    return found.filter(
        Q(organisation__code=by.organisation) | Q(resource__organisation__code=by.organisation)
    )


def asked_by(organisation: str) -> QuerySet[Request]:
    """What an organisation asked for."""
    return _all().filter(organisation__code=organisation)


def matching(found: QuerySet[Request], words: str) -> QuerySet[Request]:
    """Those whose number, resource or asking organisation holds the words."""
    return found.filter(
        Q(number__icontains=words)
        | Q(resource__name__icontains=words)
        | Q(resource__code__icontains=words)
        | Q(organisation__name__icontains=words)
    )


def to_decide(by: Actor) -> QuerySet[Request]:
    """What waits for the decision of the actor's organisation."""
    found = _all().filter(state__in=_OPEN)
    mine = Q(resource__organisation__code=by.organisation)
    if is_bureau(by):
        mine |= Q(state=Request.State.ESCALATED) | Q(resource__organisation=F("organisation"))
    return found.filter(mine).exclude(organisation__code=by.organisation)


def _all() -> QuerySet[Request]:
    return Request.objects.select_related("organisation", "role", "resource__organisation").prefetch_related(
        "purposes"
    )


def listed(found: Iterable[Request], by: Actor, now: datetime | None = None) -> list[Listed]:
    """Requests with their time left. Three queries besides theirs."""
    requests = list(found)
    at, standing = now or timezone.now(), standing_of(by)
    instances = {
        each.number: each
        for each in Instance.objects.filter(number__in=[one.instance for one in requests if one.instance])
    }
    rows = []
    for request in requests:
        instance = instances.get(request.instance)
        left = flows.time_left(instance, at) if instance is not None and request.is_open else None
        rows.append(Listed(request, left, _mine(request, standing) and by.may("requests.decide")))
    return rows


def nearest_first(rows: Sequence[Listed]) -> list[Listed]:
    """Those with least time left first; those without a limit last."""
    return sorted(
        rows,
        key=lambda row: (
            row.left is None or row.left.seconds is None,
            row.left.seconds if row.left and row.left.seconds is not None else 0.0,
            row.request.pk,
        ),
    )


def _mine(request: Request, standing: Standing) -> bool:
    return request.state in _OPEN and policies.can_decide(**_facts(request), by=standing)


def _facts(request: Request) -> dict[str, Any]:
    return {
        "owner": request.resource.organisation.code, "asker": request.organisation.code,
        "hands": {request.requested_by, *request.hands}, "escalated": request.state == Request.State.ESCALATED,
    }  # fmt: skip


class Step(NamedTuple):
    """Something that may be done to a request: reason says why not, None when it may."""

    code: str
    label: Text
    reason: Text | None
    tone: str
    needs_comment: bool


def steps_for(by: Actor, request: Request, instance: Instance | None) -> list[Step]:
    """What the actor may do with a request; what they may not, with the reason, where they could come to have the right."""
    if instance is None:
        return []
    standing = standing_of(by)
    decide: Text | None = None
    if by.may("requests.decide"):
        try:
            policies.check_may_decide(**_facts(request), by=standing, request=request.number)
        except Refused as refusal:
            decide = Text(refusal.what.zh + refusal.next.zh, f"{refusal.what.en} {refusal.next.en}")
    found: dict[str, Step] = {}
    for offered in flows.actions_for(by, instance):
        code = offered.action.removesuffix("_late")
        reason = None if offered.allowed else offered.reason
        if code in ("grant", "refuse", "return") and decide is not None:
            reason = decide
        step = Step(code, LABELS.get(code, offered.label), reason, offered.tone, offered.needs_comment)
        if code not in found or (found[code].reason is not None and reason is None):
            found[code] = step
    return list(found.values())


LABELS = {
    "grant": Text("授权", "Grant"), "refuse": Text("拒绝", "Refuse"), "return": Text("退回补充", "Return for more"),
    "resend": Text("补充后重新提交", "Change and send again"), "withdraw": Text("撤销申请", "Withdraw"),
}  # fmt: skip


def instance_of(request: Request) -> Instance | None:
    """The instance it moves on; None where it was granted at once."""
    if not request.instance:
        return None
    try:
        return flows.instance(request.instance)
    except HouseError:
        return None


def granted_to_others(request: Request) -> QuerySet[Grant]:
    """Live grants on the same resource, to compare a decision with."""
    return (
        Grant.objects.filter(
            resource=request.resource, state=Grant.State.LIVE, until__gte=timezone.localdate()
        )
        .select_related("organisation", "role")
        .prefetch_related("purposes")
        .order_by("organisation__code", "number")
    )


def needs_of(provider: Organisation) -> QuerySet[Request]:
    """What a provider itself asks for and has not got yet: what could be offered in return."""
    return _all().filter(organisation=provider, state__in=OPEN)


def wanted_by(provider: Organisation) -> QuerySet[Need]:
    """The open entries of a provider's list of needs (需求清单): data it wants and nobody has offered yet."""
    return Need.objects.filter(organisation=provider, state=Need.State.OPEN)

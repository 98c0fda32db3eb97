"""What happens to a request: decided, returned, sent again, withdrawn, escalated.

Each step is an action of the flow `share_request` (packs/core/flows), which checks state, owner, permission and version.
What it means for the request and the grant stands here as the flow's effects, in the same transaction, and is the same
whichever screen or program took the step. Who may decide is checked here once more by `policies`, for the flow does not
know in how many organisations one user sits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tongchou import ledger
from tongchou.accounts.actor import Actor
from tongchou.flow import effects
from tongchou.flow.actions.instances import act
from tongchou.flow.models import Instance
from tongchou.flow.queries import history
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import clauses as terms
from . import giving, policies, rows
from .clauses import Clauses, Problem, ResourceSaid
from .errors import Refused
from .giving import BadClauses
from .models import Purpose, Request
from .queries.standing import clauses_of, said_of, standing_of

FLOW = "share_request"
#: Least and most characters of a reason; most of a legal basis.
SHORTEST_REASON, LONGEST_REASON, LONGEST_BASIS = 4, 2000, 300

_OPEN = (Request.State.WAITING, Request.State.ESCALATED)


def grant(
    *, by: Actor, request: Request, version: int, clauses: Clauses | None = None, comment: str = ""
) -> Request:
    """Grant what is asked for, or less. version: of the flow's instance as the decider saw it.

    clauses: None for exactly what is asked for. Raises Refused (flow.refused.*, exchange.refused.*), HouseError
    (flow.moved_on, …), BadClauses (exchange.grant_terms).
    """
    return _act(by, request, "grant", version, comment, {"clauses": clauses} if clauses else {})


def refuse(*, by: Actor, request: Request, version: int, comment: str) -> Request:
    """Refuse a request, with the reason. Raises what `grant` raises."""
    return _act(by, request, "refuse", version, comment, {})


def send_back(*, by: Actor, request: Request, version: int, comment: str) -> Request:
    """Return a request for more, saying what is missing. Raises what `grant` raises."""
    return _act(by, request, "return", version, comment, {})


def resend(
    *,
    by: Actor,
    request: Request,
    version: int,
    clauses: Clauses,
    reason: str,
    legal_basis: str = "",
    comment: str = "",
) -> Request:
    """Send a returned request again, changed; it goes to the provider anew. Raises what `grant` and `ask` raise."""
    given = {"clauses": clauses, "reason": reason, "legal_basis": legal_basis}
    return _act(by, request, "resend", version, comment, given)


def withdraw(*, by: Actor, request: Request, version: int, comment: str = "") -> Request:
    """Take a request back; the asking organisation may, until it is decided. Raises what `grant` raises."""
    return _act(by, request, "withdraw", version, comment, {})


def _act(
    by: Actor, request: Request, step: str, version: int, comment: str, facts: Mapping[str, Any]
) -> Request:
    if not request.instance:
        raise _closed(request)
    # After the limit the provider's own steps bear other names, so that the flow tells the two deciders apart.
    late = request.state == Request.State.ESCALATED and by.organisation == request.resource.organisation.code
    if late and step in ("grant", "refuse", "return") and _bureau_is_elsewhere(by):
        step += "_late"
    act(by=by, instance=request.instance, action=step, version=version, comment=comment, facts=facts)
    request.refresh_from_db()
    return request


def _bureau_is_elsewhere(by: Actor) -> bool:
    return not standing_of(by).bureau


def check_asked(clauses: Clauses, said: ResourceSaid, reason: str, legal_basis: str) -> None:
    """Raise BadClauses with everything that is wrong with what is asked for and why."""
    found = []
    why = reason.strip()
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        found.append(
            Problem(
                "reason",
                Text(
                    f"申请理由应有 {SHORTEST_REASON} 到 {LONGEST_REASON} 个字",
                    f"the reason has {SHORTEST_REASON} to {LONGEST_REASON} characters",
                ),
            )
        )
    if len(legal_basis.strip()) > LONGEST_BASIS:
        found.append(
            Problem(
                "legal_basis",
                Text(
                    f"法律依据至多 {LONGEST_BASIS} 个字",
                    f"the legal basis has at most {LONGEST_BASIS} characters",
                ),
            )
        )
    for place, text in (("reason", why), ("legal_basis", legal_basis)):
        if rows.holds_number_of_somebody(text):
            found.append(
                Problem(place, Text("不要写证件号或电话", "holds no identity or phone number, please"))
            )
    try:
        giving.check_clauses(clauses, said, by_provider=False)
    except BadClauses as wrong:
        found += wrong.problems
    if found:
        raise BadClauses(found, said.code)


def values_of(clauses: Clauses) -> dict[str, Any]:
    """The columns of a request from its clauses, but for its purposes."""
    return {
        "fields": sorted(clauses.fields), "unmasked": sorted(clauses.unmasked), "rows": clauses.rows.strip(),
        "forms": sorted(clauses.forms), "statements": sorted(clauses.statements), "until": clauses.until,
    }  # fmt: skip


# -- effects --


def _request_of(instance: Instance) -> Request:
    return Request.objects.select_related("organisation", "role", "resource__organisation").get(
        number=instance.ref, instance=instance.number
    )


def _comment_of(instance: Instance) -> str:
    return history(instance)[-1].comment


def _may_decide(by: Actor, request: Request) -> policies.Standing:
    standing = standing_of(by)
    policies.check_may_decide(
        owner=request.resource.organisation.code, asker=request.organisation.code, hands=_hands(request),
        escalated=request.state == Request.State.ESCALATED, by=standing, request=request.number,
    )  # fmt: skip
    if request.state not in _OPEN:
        raise _closed(request)
    return standing


def _hands(request: Request) -> set[str]:
    return {request.requested_by, *request.hands}


def _granted(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    request = _request_of(instance)
    standing, said = _may_decide(by, request), said_of(request.resource)
    asked = clauses_of(request)
    given: Clauses = facts.get("clauses") or asked
    if said.share_class == "closed":
        raise Refused(
            "exchange.refused.grant_closed",
            Text("该资源现属“不予共享”。", "The resource has been closed to sharing meanwhile."),
            Text("请拒绝该申请，或先调整共享属性。", "Refuse the request, or change the share class first."),
            said.code,
        )
    policies.check_grades(
        owner=said.owner, grades=[each.grade for each in said.named(given.fields)], by=standing, request=request.number
    )  # fmt: skip
    found = terms.beyond(asked, given, said)
    try:
        giving.check_clauses(given, said, by_provider=standing.organisation == said.owner)
    except BadClauses as wrong:
        found += wrong.problems
    if found:
        raise BadClauses(found, request.number)
    made = giving.give(
        by=by, clauses=given, said=said, organisation=request.organisation, role=request.role,
        resource=request.resource, request=request, reason=_comment_of(instance)[:300],
    )  # fmt: skip
    ledger.record(
        "grants.created",
        {
            **by.trace(), "grant": made.number, "request": request.number, **giving.holder_facts(made),
            **terms.recorded(given), "outcome": "done",
        },
    )  # fmt: skip
    less = [
        each.aspect for each in terms.changes(asked, given, said) if not each.wider or each.aspect == "rows"
    ]
    _decided(by, request, Request.State.GRANTED, instance, grant=made.number, less=less)


def _refused(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    request = _request_of(instance)
    _may_decide(by, request)
    _decided(by, request, Request.State.REFUSED, instance)


def _returned(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    request = _request_of(instance)
    _may_decide(by, request)
    _decided(by, request, Request.State.RETURNED, instance)


def _decided(by: Actor, request: Request, state: Request.State, instance: Instance, **more: Any) -> None:
    request.state, request.decided_by, request.decided_at = state, by.username, timezone.now()
    request.decision = _comment_of(instance)
    request.save(update_fields=["state", "decided_by", "decided_at", "decision"])
    _record("requests.decided", by, request, decision=str(state), **more)


def _resent(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    request = _request_of(instance)
    said, standing = said_of(request.resource), standing_of(by)
    policies.check_may_take_back(asker=request.organisation.code, by=standing, request=request.number)
    policies.check_may_ask(
        owner=said.owner, share_class=said.share_class, legal_basis=said.legal_basis, resource=said.code, by=standing,
        published=said.published,
    )  # fmt: skip
    wanted: Clauses = facts.get("clauses") or clauses_of(request)
    reason, basis = (
        str(facts.get("reason", request.reason)),
        str(facts.get("legal_basis", request.legal_basis)),
    )
    check_asked(wanted, said, reason, basis)
    for name, value in values_of(wanted).items():
        setattr(request, name, value)
    request.reason, request.legal_basis, request.state = reason.strip(), basis.strip(), Request.State.WAITING
    request.hands = sorted({*_hands(request), by.username})
    request.save()
    request.purposes.set(Purpose.objects.filter(code__in=wanted.purposes))
    _record("requests.resent", by, request, **terms.recorded(wanted))


def _withdrawn(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    request = _request_of(instance)
    policies.check_may_take_back(asker=request.organisation.code, by=standing_of(by), request=request.number)
    request.state = Request.State.WITHDRAWN
    request.save(update_fields=["state"])
    _record("requests.withdrawn", by, request)


def _moved(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    request = _request_of(instance)
    request.state = Request.State(instance.state)
    request.save(update_fields=["state"])
    _record("requests.moved", by, request, state=instance.state)


def _record(event: str, by: Actor, request: Request, **more: Any) -> None:
    ledger.record(
        event,
        {**by.trace(), "request": request.number, **giving.holder_facts(request), **more, "outcome": "done"},
    )


def _closed(request: Request) -> HouseError:
    return HouseError(
        "exchange.request_closed",
        Text(
            "该申请已经办结，或现在不由人办理。", "The request is closed, or waits for nobody's decision now."
        ),
        Text("请刷新页面查看现状。", "Open it again to see how it stands."),
        request.number,
    )


def register() -> None:
    """Tell the flow what its steps mean; called once at start."""
    for step, effect in (
        ("grant", _granted), ("grant_late", _granted), ("refuse", _refused), ("refuse_late", _refused),
        ("return", _returned), ("return_late", _returned), ("resend", _resent), ("withdraw", _withdrawn),
        ("escalate", _moved), ("lapse", _moved),
    ):  # fmt: skip
        effects.register(flow=FLOW, action=step, function=effect)

"""Requests and grants for programs: the same actions the screens use. People decide: a client's signature does not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tongchou.accounts.actor import Actor, require
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.standards.text import Text

from . import deciding
from .actions import grants as granting
from .actions.requests import ask
from .api_parts import ERRORS, caller
from .clauses import Clauses, plain
from .errors import NotFound
from .models import Grant, Purpose, Request
from .queries import grants as grant_queries
from .queries import requests as queries
from .queries.standing import clauses_of

router = Router(tags=["sharing"])

#: Most rows a list answers; narrower questions find the rest.
MOST_LISTED = 500

Names = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=500)]


class ClausesAsked(Schema):
    """What may be used. fields, unmasked: names, or ["*"]; rows: a condition over the resource's fields, empty for all."""

    fields: Names
    unmasked: Names = []
    rows: str = Field("", max_length=2000)
    forms: Names = ["query"]
    statements: Names = []
    purposes: Names
    until: date


class ClausesGiven(ClausesAsked):
    """What a grant says besides. masking: {field: mask}."""

    masking: dict[str, Annotated[str, Field(max_length=40)]] = {}
    needs_case: bool = False
    quota_per_day: int | None = None


class RequestAsked(ClausesAsked):
    """A request: for which role of the caller's own organisation, why, and by what right."""

    resource: str = Field(max_length=80)
    role: str = Field(max_length=40)
    reason: str = Field(max_length=2000)
    legal_basis: str = Field("", max_length=300)


class RequestAgain(ClausesAsked):
    """A returned request, changed."""

    version: int
    reason: str = Field(max_length=2000)
    legal_basis: str = Field("", max_length=300)


class RequestTold(ClausesAsked):
    """version: to be sent back with every step on it; 0 where nothing can be done any more."""

    number: str
    organisation: str
    role: str
    resource: str
    provider: str
    state: str
    version: int
    due_at: datetime | None
    reason: str
    legal_basis: str
    requested_at: datetime
    decision: str
    grants: list[str]


class Decision(Schema):
    """clauses: what is granted instead of all that was asked for; never more."""

    decision: Literal["grant", "refuse", "return"]
    version: int
    comment: str = Field("", max_length=2000)
    clauses: ClausesGiven | None = None


class Versioned(Schema):
    version: int


class GrantGiven(ClausesGiven):
    """A grant its provider gives without a request."""

    organisation: str = Field(max_length=60)
    role: str = Field(max_length=40)
    resource: str = Field(max_length=80)


class GrantChanged(ClausesGiven):
    version: int
    reason: str = Field("", max_length=300)


class Reason(Schema):
    reason: str = Field("", max_length=300)


class StepTold(Schema):
    at: datetime
    kind: str
    user: str
    organisation: str
    version: int
    reason: str
    changes: list[dict[str, Any]]


class GrantDetail(ClausesGiven):
    number: str
    organisation: str
    role: str
    resource: str
    provider: str
    state: str
    version: int
    request: str
    history: list[StepTold]


class GrantTold(Schema):
    number: str
    organisation: str
    role: str
    resource: str
    fields: list[str]
    unmasked: list[str]
    purposes: list[str]
    until: date
    state: str
    rows: str
    masking: dict[str, str]
    forms: list[str]
    statements: list[str]
    needs_case: bool
    quota_per_day: int | None


@router.get("/requests", response={200: list[RequestTold], **ERRORS}, operation_id="list_requests")
def list_requests(
    request: HttpRequest, side: Literal["asked", "to_decide", "all"] = "all", state: str = ""
) -> Any:
    """Requests the caller may see: what its organisation asked for, what waits for its decision, or both; newest first."""
    by = _viewer(request)
    found = {
        "asked": lambda: queries.asked_by(by.organisation),
        "to_decide": lambda: queries.to_decide(by),
    }.get(side, lambda: queries.visible_to(by))()
    if state:
        found = found.filter(state=state[:12])
    return [_request_told(each) for each in found[:MOST_LISTED]]


@router.post("/requests", response={200: RequestTold, **ERRORS}, operation_id="send_request")
def send_request(request: HttpRequest, asked: RequestAsked) -> Any:
    """Ask for data. Unconditional resources answer with state "granted" and the grant."""
    made = ask(
        by=caller(request), resource=_found(Resource, "resource", code=asked.resource),
        role=_found(Role, "role", code=asked.role), clauses=_clauses(asked), reason=asked.reason,
        legal_basis=asked.legal_basis,
    )  # fmt: skip
    return _request_told(made)


@router.get("/requests/{number}", response={200: RequestTold, **ERRORS}, operation_id="get_request")
def get_request(request: HttpRequest, number: str) -> Any:
    """One request."""
    return _request_told(_request(_viewer(request), number))


@router.post(
    "/requests/{number}/decision", response={200: RequestTold, **ERRORS}, operation_id="decide_request"
)
def decide_request(request: HttpRequest, number: str, said: Decision) -> Any:
    """Grant, refuse or return; `version` as last read."""
    by = _viewer(request)
    found = _request(by, number)
    if said.decision == "grant":
        clauses = _clauses(said.clauses) if said.clauses else None
        deciding.grant(by=by, request=found, version=said.version, clauses=clauses, comment=said.comment)
    elif said.decision == "refuse":
        deciding.refuse(by=by, request=found, version=said.version, comment=said.comment)
    else:
        deciding.send_back(by=by, request=found, version=said.version, comment=said.comment)
    return _request_told(found)


@router.post(
    "/requests/{number}/resend", response={200: RequestTold, **ERRORS}, operation_id="resend_request"
)
def resend_request(request: HttpRequest, number: str, said: RequestAgain) -> Any:
    """Send a returned request again."""
    by = _viewer(request)
    found = _request(by, number)
    deciding.resend(
        by=by, request=found, version=said.version, clauses=_clauses(said), reason=said.reason,
        legal_basis=said.legal_basis,
    )  # fmt: skip
    return _request_told(found)


@router.post(
    "/requests/{number}/withdraw", response={200: RequestTold, **ERRORS}, operation_id="withdraw_request"
)
def withdraw_request(request: HttpRequest, number: str, said: Versioned) -> Any:
    """Take a request back."""
    by = _viewer(request)
    found = _request(by, number)
    deciding.withdraw(by=by, request=found, version=said.version)
    return _request_told(found)


@router.get("/grants", response={200: list[GrantTold], **ERRORS}, operation_id="list_grants")
def list_grants(request: HttpRequest) -> Any:
    """What the caller's organisation and role hold."""
    return [
        {
            **asdict(each), "fields": sorted(each.fields), "unmasked": sorted(each.unmasked),
            "purposes": sorted(each.purposes), "forms": sorted(each.forms), "statements": sorted(each.statements),
        }
        for each in grant_queries.terms_of(caller(request))
    ]  # fmt: skip


@router.post("/grants", response={200: GrantDetail, **ERRORS}, operation_id="give_grant")
def give_grant(request: HttpRequest, said: GrantGiven) -> Any:
    """Give a grant as the provider."""
    clauses = _clauses(said)
    made = granting.create(
        by=caller(request), organisation=_found(Organisation, "organisation", code=said.organisation, active=True),
        role=_found(Role, "role", code=said.role), resource=_found(Resource, "resource", code=said.resource),
        fields=clauses.fields, unmasked=clauses.unmasked, masking=clauses.masking, rows=clauses.rows,
        forms=clauses.forms, statements=clauses.statements, needs_case=clauses.needs_case,
        quota_per_day=clauses.quota_per_day, until=clauses.until,
        purposes=[_found(Purpose, "purpose", code=code) for code in sorted(clauses.purposes)],
    )  # fmt: skip
    return _grant_told(made)


@router.get("/grants/{number}", response={200: GrantDetail, **ERRORS}, operation_id="get_grant")
def get_grant(request: HttpRequest, number: str) -> Any:
    """One grant with what became of it."""
    return _grant_told(_grant(request, number))


@router.put("/grants/{number}", response={200: GrantDetail, **ERRORS}, operation_id="change_grant")
def change_grant(request: HttpRequest, number: str, said: GrantChanged) -> Any:
    """Let a grant say something else; `version` as last read."""
    found = _grant(request, number)
    granting.change(
        by=caller(request), grant=found, version=said.version, clauses=_clauses(said), reason=said.reason
    )
    return _grant_told(found)


@router.post("/grants/{number}/suspend", response={200: GrantDetail, **ERRORS}, operation_id="suspend_grant")
def suspend_grant(request: HttpRequest, number: str, said: Reason) -> Any:
    """Let a grant rest."""
    found = _grant(request, number)
    return _grant_told(granting.suspend(by=caller(request), grant=found, reason=said.reason))


@router.post("/grants/{number}/resume", response={200: GrantDetail, **ERRORS}, operation_id="resume_grant")
def resume_grant(request: HttpRequest, number: str, said: Reason) -> Any:
    """Lift a suspension."""
    found = _grant(request, number)
    return _grant_told(granting.resume(by=caller(request), grant=found, reason=said.reason))


@router.post(
    "/grants/{number}/withdraw", response={200: GrantDetail, **ERRORS}, operation_id="withdraw_grant"
)
def withdraw_grant(request: HttpRequest, number: str, said: Reason) -> Any:
    """Take a grant back for good."""
    found = _grant(request, number)
    return _grant_told(granting.withdraw(by=caller(request), grant=found, reason=said.reason))


def _viewer(request: HttpRequest) -> Actor:
    by = caller(request)
    require(by, "requests.view")
    return by


def _request(by: Actor, number: str) -> Request:
    found = queries.visible_to(by).filter(number=number).first()
    if found is None:
        raise _unknown("request")
    return found


def _grant(request: HttpRequest, number: str) -> Grant:
    by = caller(request)
    require(by, "grants.view")
    found = grant_queries.visible_to(by).filter(number=number).first()
    if found is None:
        raise _unknown("grant")
    return found


def _found(model: Any, what: str, **by: Any) -> Any:
    found = model.objects.filter(**by).first()
    if found is None:
        raise _unknown(what)
    return found


_WORDS = {
    "request": Text("申请", "request"), "grant": Text("授权", "grant"), "resource": Text("信息资源", "resource"),
    "role": Text("角色", "role"), "organisation": Text("机构", "organisation"), "purpose": Text("用途", "purpose"),
}  # fmt: skip


def _unknown(what: str) -> NotFound:
    word = _WORDS[what]
    return NotFound(
        f"exchange.{what}_not_found",
        Text(
            f"没有这个{word.zh}，或与您的机构无关。", f"There is no such {word.en}, or it is none of yours."
        ),
        Text("请核对代码或编号。", "Check its code or number."),
    )


def _clauses(said: ClausesAsked) -> Clauses:
    more: dict[str, Any] = {}
    if isinstance(said, ClausesGiven):
        more = {
            "masking": dict(said.masking),
            "needs_case": said.needs_case,
            "quota_per_day": said.quota_per_day,
        }
    return Clauses(
        fields=frozenset(said.fields), unmasked=frozenset(said.unmasked), rows=said.rows, forms=frozenset(said.forms),
        statements=frozenset(said.statements), purposes=frozenset(said.purposes), until=said.until, **more,
    )  # fmt: skip


def _clauses_told(held: Grant | Request) -> dict[str, Any]:
    clauses = clauses_of(held)
    names = ("fields", "unmasked", "forms", "statements", "purposes")
    return {
        **{name: plain(getattr(clauses, name)) for name in names}, "rows": clauses.rows, "until": clauses.until,
        "masking": dict(clauses.masking), "needs_case": clauses.needs_case, "quota_per_day": clauses.quota_per_day,
    }  # fmt: skip


def _request_told(found: Request) -> dict[str, Any]:
    instance = queries.instance_of(found) if found.is_open else None
    return {
        **_clauses_told(found), "number": found.number, "organisation": found.organisation.code,
        "role": found.role.code, "resource": found.resource.code, "provider": found.resource.organisation.code,
        "state": str(found.state), "version": instance.version if instance else 0,
        "due_at": instance.due_at if instance else None, "reason": found.reason, "legal_basis": found.legal_basis,
        "requested_at": found.requested_at, "decision": found.decision,
        "grants": [each.number for each in found.grants.all()],
    }  # fmt: skip


def _grant_told(found: Grant) -> dict[str, Any]:
    return {
        **_clauses_told(found), "number": found.number, "organisation": found.organisation.code,
        "role": found.role.code, "resource": found.resource.code, "provider": found.resource.organisation.code,
        "state": str(found.state), "version": found.version, "request": found.request.number if found.request else "",
        "history": [
            {
                "at": each.at, "kind": str(each.kind), "user": each.username, "organisation": each.organisation,
                "version": each.version, "reason": each.reason, "changes": each.changes,
            }
            for each in found.events.all()
        ],
    }  # fmt: skip

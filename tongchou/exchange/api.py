"""The exchange for programs: /api/v1/, a thin skin over the same actions the screens use.

A program signs on with `Authorization: Bearer <token>` and acts as the token's membership. Numbers and names to
search for come in bodies, never in addresses. Errors are problem documents (RFC 9457), both languages by
Accept-Language; they never repeat what was sent. The description is at /api/v1/openapi.json (OpenAPI 3.1).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import get_language
from ninja import NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer

from tongchou.accounts.access import Access
from tongchou.accounts.actor import Actor, require
from tongchou.accounts.tokens import actor_of_token
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.web.middleware import status_of

from .actions import access
from .api_history import router as history
from .api_parts import ERRORS, Told, caller
from .api_sharing import router as sharing
from .dossiers import Dossier, plain
from .queries import grants as grant_queries
from .views import served

_PROBLEM = "application/problem+json"


class Token(HttpBearer):
    """A program's token."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        return actor_of_token(token)


class Signed(APIKeyCookie):
    """Somebody signed in on screen (the cookie comes with its CSRF token)."""

    param_name = "tongchou_session"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is not None:
            require(actor, "api.use")
        return actor


class SearchQuery(Schema):
    """query: a number, a phone, a name with a birth date, a company's name."""

    query: str
    purpose: str
    case_ref: str = ""


class FoundSubject(Schema):
    subject_id: str
    kind: str
    name: str
    facts: list[tuple[Told, str]]
    needs_case: bool
    why: Told | None
    documents: list[Told]


class FoundResource(Schema):
    code: str
    title: Told
    organisation: Told
    why: Told


class SearchAnswer(Schema):
    """more: less likely ones were left out; resources: of the catalogue, by the same words."""

    kind: str
    found: list[FoundSubject]
    advice: Told | None
    more: bool
    resources: list[FoundResource]
    receipt: str


class FileTold(Schema):
    """A document the field refers to: `may_open` says whether /document would answer."""

    form: str
    size: int
    told: Told
    may_open: bool


class FieldValue(Schema):
    """shown: what may be seen: masked where `masked`; `may_reveal` says whether /reveal would answer."""

    field: str
    label: Told
    shown: str
    masked: bool
    may_reveal: bool
    problems: list[Told]
    file: FileTold | None = None


class RecordTold(Schema):
    resource: str
    record: str
    organisation_name: Told
    resource_name: Told
    values: list[FieldValue]
    valid_from: str | None
    valid_to: str | None
    recorded_on: str
    delivery: str
    row: int | None
    versions: int


class Department(Schema):
    organisation: str
    organisation_name: Told
    records: list[RecordTold]


class ContradictingSide(Schema):
    text: str
    sources: list[Told]


class ContradictionTold(Schema):
    label: Told
    sides: list[ContradictingSide]


class EventTold(Schema):
    on: str
    label: Told
    source: Told


class LinkTold(Schema):
    title: Told
    how: Told
    score: float | None
    sentence: Told
    since: str


class ResourceNotGranted(Schema):
    resource: str
    title: Told
    organisation: Told
    closed: bool


class RelatedTold(Schema):
    """What another subject is to this one; `name` and `facts` are a masked glimpse, "" where nothing may be seen."""

    kind: str
    section: str
    label: Told
    other: str
    other_kind: str
    name: str
    facts: list[tuple[Told, str]]
    since: str
    until: str
    how: str
    sources: list[Told]
    household: bool


class SpotTold(Schema):
    """A place of the subject. Position in degrees (WGS 84) and grid, told only where its address may be seen whole
    (`exact`)."""

    label: Told
    other: str
    address: str
    community: str
    longitude: float | None
    latitude: float | None
    exact: bool
    grid: Told


class IdentityTold(Schema):
    title: str
    facts: list[tuple[Told, str]]


class DossierAnswer(Schema):
    subject_id: str
    kind: str
    population: str
    identity: IdentityTold
    groups: list[Department]
    contradictions: list[ContradictionTold]
    events: list[EventTold]
    links: list[LinkTold]
    not_granted: list[ResourceNotGranted]
    related: list[RelatedTold]
    household: list[RelatedTold]
    spots: list[SpotTold]
    valid_on: date
    known_at: datetime | None
    purpose: str
    case_ref: str
    receipt: str


class DossierQuery(Schema):
    """valid_on: as it was true on that day; known_at: by what was known at that instant, with its offset."""

    purpose: str
    case_ref: str = ""
    valid_on: date | None = None
    known_at: datetime | None = None


class RevealQuery(DossierQuery):
    """One field of one record; `record` as the dossier gives it."""

    resource: str
    record: str
    field: str


class RevealAnswer(Schema):
    text: str
    label: Told
    receipt: str


class PurposeTold(Schema):
    code: str
    name: Told


api = NinjaAPI(
    title="统筹 Tongchou exchange",
    version="1",
    description="Reading about a subject under a grant, for a purpose, masked, with a receipt.",
    urls_namespace="exchange:api",
    docs_url=None,
    auth=[Token(), Signed()],
)

api.add_router("", sharing)
api.add_router("", history)


@api.post("/search", response={200: SearchAnswer, **ERRORS}, operation_id="search")
@api.post("/subjects/search", response={200: SearchAnswer, **ERRORS}, operation_id="search_subjects")
def search(request: HttpRequest, asked: SearchQuery) -> Any:
    """Find subjects of whom something is granted for the purpose; shown masked."""
    found = access.search(
        by=caller(request), query=asked.query, purpose=asked.purpose, case_ref=asked.case_ref, via="api"
    )
    return plain({**asdict(found), "receipt": str(found.receipt)})


@api.get(
    "/subjects/{subject_id}/dossier", response={200: DossierAnswer, **ERRORS}, operation_id="read_dossier"
)
def dossier(request: HttpRequest, subject_id: str, asked: Query[DossierQuery]) -> Any:
    """Everything granted about one subject, masked by grade."""
    found: Dossier = access.read(
        by=caller(request), subject_id=subject_id, purpose=asked.purpose, case_ref=asked.case_ref,
        valid_on=asked.valid_on, known_at=_aware(asked.known_at), via="api",
    )  # fmt: skip
    return found.as_json()


@api.post(
    "/subjects/{subject_id}/reveal", response={200: RevealAnswer, **ERRORS}, operation_id="reveal_value"
)
def reveal(request: HttpRequest, subject_id: str, asked: RevealQuery) -> Any:
    """The plain value of one field, where the grant allows it."""
    found = access.reveal(
        by=caller(request), subject_id=subject_id, resource=asked.resource, key=asked.record, field=asked.field,
        purpose=asked.purpose, case_ref=asked.case_ref, valid_on=asked.valid_on, known_at=_aware(asked.known_at),
        via="api",
    )  # fmt: skip
    return plain({**asdict(found), "receipt": str(found.receipt)})


@api.post("/subjects/{subject_id}/document", response={200: None, **ERRORS}, operation_id="open_document")
def document(request: HttpRequest, subject_id: str, asked: RevealQuery) -> Any:
    """The document one field refers to, as bytes; its receipt is in the header X-Tongchou-Receipt."""
    found = access.open_document(
        by=caller(request), subject_id=subject_id, resource=asked.resource, key=asked.record, field=asked.field,
        purpose=asked.purpose, case_ref=asked.case_ref, valid_on=asked.valid_on, known_at=_aware(asked.known_at),
        via="api",
    )  # fmt: skip
    return served.document(found)


@api.get("/purposes", response={200: list[PurposeTold], **ERRORS}, operation_id="list_purposes")
def purposes(request: HttpRequest) -> Any:
    """The purposes for which the caller holds a live grant."""
    return [
        {"code": each.code, "name": {"zh": each.name, "en": each.name_en or each.name}}
        for each in grant_queries.purposes_of(caller(request), timezone.localdate())
    ]


def routes() -> tuple[list[URLPattern], str, str]:
    """The interface's routes, each declaring its access as views do."""
    patterns, name, _ = api.urls
    routes = [pattern for pattern in patterns if isinstance(pattern, URLPattern)]
    for pattern in routes:
        public = pattern.name in ("openapi-json", "api-root")
        view: Any = pattern.callback
        view.access = Access("public") if public else Access("requires", "api.use")
    return routes, name, "api"


def _aware(moment: datetime | None) -> datetime | None:
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment


def _problem(status: int, code: str, title: Text, detail: Text, where: str = "") -> HttpResponse:
    language = get_language() or "zh"
    body = HouseError(code, title, detail, where).as_problem(language, status)
    return JsonResponse(body, status=status, content_type=_PROBLEM)


@api.exception_handler(HouseError)
def refused(request: HttpRequest, error: HouseError) -> HttpResponse:
    """An expected refusal."""
    status = 401 if error.code == "accounts.token_refused" else status_of(error)
    return _problem(status, error.code, error.what, error.next, error.where)


@api.exception_handler(AuthenticationError)
def unknown_caller(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or one that is not good."""
    answer = _problem(
        401,
        "exchange.no_token",
        Text("没有有效的令牌。", "There is no valid token."),
        Text(
            "请在请求头加上 Authorization: Bearer <令牌>。", "Send the header Authorization: Bearer <token>."
        ),
    )
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request of the wrong shape: names the parts, never repeats their values."""
    parts = sorted({".".join(str(step) for step in each["loc"] if step != "asked") for each in error.errors})
    return _problem(
        422,
        "exchange.request_unreadable",
        Text("请求的形式不对。", "The request has the wrong shape."),
        Text("请对照接口说明 /api/v1/openapi.json。", "Compare it with /api/v1/openapi.json."),
        ", ".join(parts),
    )


@api.exception_handler(HttpError)
def wrong_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses, such as a body that is no JSON."""
    return _problem(
        error.status_code,
        "exchange.request_unreadable",
        Text("请求无法读取。", "The request cannot be read."),
        Text("请对照接口说明 /api/v1/openapi.json。", "Compare it with /api/v1/openapi.json."),
    )

"""The interface for programs: the same rules as on screen, problem documents, numbers never in addresses."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.models import ApiToken, Membership
from tongchou.accounts.tokens import digest_of, new_secret
from tongchou.exchange.models import Grant
from tongchou.ledger import queries as ledger
from tongchou.pool import links

pytestmark = pytest.mark.usefixtures("data")

PERSONAL = ("440604199005011237", "1990-05-01", "13800138000", "人民路12号")


@pytest.fixture
def token() -> str:
    """The clerk's token, in a district gathered, linked and granted."""
    district.linked()
    district.grant("ps.residents", unmasked=["id_number"], number="G-RES")
    return token_of("clerk")


def token_of(username: str) -> str:
    secret = new_secret()
    ApiToken.objects.create(
        name="test", digest=digest_of(secret), membership=Membership.objects.get(user__username=username),
        expires_on=timezone.localdate() + timedelta(days=1),
    )  # fmt: skip
    return secret


def ask(token: str, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
    client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})
    if method == "get":
        answer = client.get(f"/api/v1{path}", query)
    else:
        answer = client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()


def wang() -> str:
    return str(links.subject_of("people", "ps.residents", "R1"))


def test_search_read_reveal(token: str) -> None:
    status, found = ask(
        token, "post", "/subjects/search", {"query": "440604199005011237", "purpose": "relief_check"}
    )
    assert status == 200
    (hit,) = found["found"]
    assert hit["subject_id"] == wang()
    status, told = ask(token, "get", f"/subjects/{wang()}/dossier", purpose="relief_check", case_ref="2026-7")
    assert status == 200
    for personal in PERSONAL:
        assert personal not in json.dumps(told, ensure_ascii=False)
    record = told["groups"][0]["records"][0]
    number = next(each for each in record["values"] if each["field"] == "id_number")
    assert (number["masked"], number["may_reveal"], number["label"]["en"]) == (True, True, "Identity number")
    stream, seq = told["receipt"].split("/")
    entry = ledger.trace(ledger.entries(subject_id=wang()).get(stream=stream, seq=int(seq)))
    assert (entry.body["via"], entry.body["case_ref"]) == ("api", "2026-7")
    status, plain = ask(
        token, "post", f"/subjects/{wang()}/reveal",
        {"resource": "ps.residents", "record": record["record"], "field": "id_number", "purpose": "relief_check"},
    )  # fmt: skip
    assert (status, plain["text"]) == (200, "440604199005011237")


def test_as_of_by_days_and_instants(token: str) -> None:
    path = f"/subjects/{wang()}/dossier"
    assert ask(token, "get", path, purpose="relief_check", valid_on="2020-01-01")[1]["groups"] == []
    assert ask(token, "get", path, purpose="relief_check", known_at="2020-01-01T00:00:00Z")[1]["groups"] == []
    assert ask(token, "get", path, purpose="relief_check", known_at="2020-01-01T00:00:00")[0] == 200
    assert ask(token, "get", path, purpose="relief_check", valid_on="yesterday")[0] == 422


@pytest.mark.parametrize(
    ("path", "purpose", "status", "code"),
    [
        ("/subjects/{wang}/dossier", "curiosity", 400, "exchange.purpose_missing"),
        ("/subjects/{wang}/dossier", "other", 403, "exchange.refused.wrong_purpose"),
        ("/subjects/PAAAAAAAAAAAA/dossier", "relief_check", 404, "exchange.no_subject"),
        ("/subjects/440604199005011237/dossier", "relief_check", 404, "exchange.no_subject"),
    ],
)
def test_refusals_are_problem_documents(token: str, path: str, purpose: str, status: int, code: str) -> None:
    district.purpose("other")
    answer = ask(token, "get", path.format(wang=wang()), purpose=purpose)
    assert (answer[0], answer[1]["code"], answer[1]["status"]) == (status, code, status)
    assert "440604199005011237" not in json.dumps(answer[1])


def test_without_a_good_token_nothing(token: str) -> None:
    for bad in ("", "tc_nonsense", token[:-1]):
        assert ask(bad, "get", "/grants")[0] == 401
    ApiToken.objects.update(revoked_at=timezone.now())
    assert ask(token, "get", "/grants")[0] == 401


def test_a_role_without_the_interface_is_refused(token: str) -> None:
    assert ask(token_of("outsider"), "get", "/grants")[0] == 403


def test_what_was_sent_is_never_repeated(token: str) -> None:
    status, told = ask(token, "post", "/subjects/search", {"query": ["440604199005011237"], "purpose": 3})
    assert status == 422
    assert "440604199005011237" not in json.dumps(told)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    broken = client.post("/api/v1/subjects/search", b'{"query": "4406041990', content_type="application/json")
    assert broken.status_code in (400, 422)
    assert b"4406041990" not in broken.content


def test_grants_and_purposes_are_those_of_the_caller(token: str) -> None:
    district.grant("hr.insured", organisation="hall2", number="G-HALL2")
    assert [each["number"] for each in ask(token, "get", "/grants")[1]] == ["G-RES"]
    assert [each["code"] for each in ask(token, "get", "/purposes")[1]] == ["relief_check"]
    Grant.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert ask(token, "get", "/purposes")[1] == []


def test_the_description_is_public_and_every_route_declares_its_access() -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {
        "/api/v1/search",
        "/api/v1/subjects/search", "/api/v1/subjects/{subject_id}/dossier", "/api/v1/subjects/{subject_id}/reveal",
        "/api/v1/purposes", "/api/v1/grants", "/api/v1/grants/{number}", "/api/v1/grants/{number}/suspend",
        "/api/v1/grants/{number}/resume", "/api/v1/grants/{number}/withdraw", "/api/v1/requests",
        "/api/v1/requests/{number}", "/api/v1/requests/{number}/decision", "/api/v1/requests/{number}/resend",
        "/api/v1/subjects/{subject_id}/changes",
        "/api/v1/subjects/{subject_id}/records/{resource}/{record}",
        "/api/v1/subjects/{subject_id}/records/{resource}/{record}/{field}",
        "/api/v1/tables/{grant}/changes",
        "/api/v1/tables/{grant}",
        "/api/v1/requests/{number}/withdraw",
        "/api/v1/subjects/{subject_id}/document",
    }  # fmt: skip


@pytest.mark.parametrize("role", ["steward", "clerk", "auditor"])
def test_the_cards_of_the_desks(token: str, role: str) -> None:
    from tongchou.accounts.models import User

    client = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(User.objects.get(username=role))
    ask(token, "get", f"/subjects/{wang()}/dossier", purpose="relief_check")
    text = client.get("/", follow=True).content.decode()
    expected = {"steward": "去判定", "clerk": "我最近的查看", "auditor": "账本状态"}[role]
    assert expected in text

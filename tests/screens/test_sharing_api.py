"""Requests and grants for programs: the same rules as on screen, problem documents for all that is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.actions import asking
from tongchou.accounts.models import ApiToken, Membership
from tongchou.accounts.tokens import digest_of, new_secret

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens() -> dict[str, str]:
    """Tokens of the officers and the steward."""
    asking.found()
    made = {}
    for username in ("provider", "asker", "other", "bureau"):
        secret = made[username] = new_secret()
        ApiToken.objects.create(
            name="test", digest=digest_of(secret), membership=Membership.objects.get(user__username=username),
            expires_on=timezone.localdate() + timedelta(days=1),
        )  # fmt: skip
    return made


def call(token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    client = Client(headers={"Authorization": f"Bearer {token}"})
    more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(f"/api/v1{path}", **more)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()


def wanted(**changed: Any) -> dict[str, Any]:
    return {
        "resource": "ps.residents", "role": "clerk", "fields": ["name", "id_number"], "purposes": ["relief_check"],
        "until": str(asking.wanted().until), "reason": asking.REASON, **changed,
    }  # fmt: skip


def test_asked_and_decided(tokens: dict[str, str]) -> None:
    status, sent = call(tokens["asker"], "post", "/requests", wanted())
    assert (status, sent["state"], sent["provider"]) == (200, "waiting", "ps")
    assert [each["number"] for each in call(tokens["provider"], "get", "/requests?side=to_decide")[1]] == [
        sent["number"]
    ]
    assert call(tokens["other"], "get", f"/requests/{sent['number']}")[0] == 404
    own = {"decision": "grant", "version": sent["version"]}
    assert call(tokens["asker"], "post", f"/requests/{sent['number']}/decision", own)[0] == 403
    less = {
        "decision": "grant", "version": sent["version"],
        "clauses": {"fields": ["name"], "purposes": ["relief_check"], "until": str(asking.wanted().until),
                    "rows": "sex = '1'", "quota_per_day": 10},
    }  # fmt: skip
    status, granted = call(tokens["provider"], "post", f"/requests/{sent['number']}/decision", less)
    assert (status, granted["state"]) == (200, "granted")
    grant = call(tokens["asker"], "get", f"/grants/{granted['grants'][0]}")[1]
    assert (grant["fields"], grant["rows"], grant["quota_per_day"]) == (["name"], "sex = '1'", 10)
    assert grant["history"][0]["kind"] == "created"


def test_returned_sent_again_withdrawn(tokens: dict[str, str]) -> None:
    sent = call(tokens["asker"], "post", "/requests", wanted())[1]
    back = {"decision": "return", "version": sent["version"], "comment": "字段太多"}
    returned = call(tokens["provider"], "post", f"/requests/{sent['number']}/decision", back)[1]
    assert (returned["state"], returned["decision"]) == ("returned", "字段太多")
    again = {**wanted(fields=["name"]), "version": returned["version"]}
    for name in ("resource", "role"):
        again.pop(name)
    resent = call(tokens["asker"], "post", f"/requests/{sent['number']}/resend", again)[1]
    assert (resent["state"], resent["fields"]) == ("waiting", ["name"])
    stale = {"version": sent["version"]}
    assert (
        call(tokens["asker"], "post", f"/requests/{sent['number']}/withdraw", stale)[1]["code"]
        == "flow.moved_on"
    )
    fresh = {"version": resent["version"]}
    assert (
        call(tokens["asker"], "post", f"/requests/{sent['number']}/withdraw", fresh)[1]["state"]
        == "withdrawn"
    )


def test_the_life_of_a_grant(tokens: dict[str, str]) -> None:
    said = {**wanted(), "organisation": "hr", "masking": {"id_number": "hide"}}
    said.pop("reason")
    assert call(tokens["bureau"], "post", "/grants", said)[0] == 403
    status, made = call(tokens["provider"], "post", "/grants", said)
    assert (status, made["masking"]) == (200, {"id_number": "hide"})
    path = f"/grants/{made['number']}"
    change = {name: made[name] for name in ("fields", "purposes", "until", "masking")} | {
        "version": made["version"]
    }
    wider = {**change, "fields": ["name", "id_number", "address"]}
    assert call(tokens["bureau"], "put", path, wider)[1]["code"] == "exchange.refused.only_provider_widens"
    assert call(tokens["other"], "put", path, wider)[0] == 404
    assert call(tokens["provider"], "put", path, wider)[1]["version"] == made["version"] + 1
    assert call(tokens["provider"], "put", path, wider)[1]["code"] == "exchange.grant_moved_on"
    assert call(tokens["bureau"], "post", f"{path}/suspend", {"reason": "异常"})[1]["state"] == "suspended"
    assert call(tokens["provider"], "post", f"{path}/resume", {})[0] == 403
    assert call(tokens["bureau"], "post", f"{path}/resume", {})[1]["state"] == "live"
    assert call(tokens["provider"], "post", f"{path}/withdraw", {})[1]["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"rows": "sex = '1'; drop table x"}, 400), ({"fields": []}, 400), ({"resource": "no.such"}, 404),
        ({"role": "no"}, 404), ({"until": "someday"}, 422), ({"fields": "name"}, 422), ({"rows": "x" * 3000}, 422),
        ({"forms": ["steal"]}, 400), ({"purposes": ["curiosity"]}, 400), ({"reason": ""}, 400),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_problem(tokens: dict[str, str], changed: dict[str, Any], status: int) -> None:
    assert call(tokens["asker"], "post", "/requests", wanted(**changed))[0] == status

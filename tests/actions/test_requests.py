"""Requests: who may ask for what, who decides, and every way round that is closed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.actions import asking
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Role
from tongchou.catalogue.models import Resource, ResourceField
from tongchou.exchange import deciding
from tongchou.exchange.actions.requests import ask
from tongchou.exchange.giving import BadClauses
from tongchou.exchange.models import Grant, GrantEvent, Purpose, Request
from tongchou.exchange.queries import requests as queries
from tongchou.flow.timers import run_due
from tongchou.ledger import queries as ledger
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Actor]:
    """Officers of three departments, the bureau's steward, a clerk."""
    return asking.found()


def code_of(function: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(HouseError) as refused:
        function(*arguments, **more)
    return refused.value.code


def bodies(kind: str) -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


def escalate(request: Request) -> Request:
    run_due(timezone.now() + timedelta(days=40))
    request.refresh_from_db()
    assert request.state == Request.State.ESCALATED
    return request


# -- asking --


def test_a_conditional_resource_waits_for_its_provider(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    assert request.state == Request.State.WAITING
    assert not Grant.objects.exists()
    assert [
        each.request
        for each in queries.listed(queries.to_decide(people["provider"]), people["provider"])
        if each.mine
    ]
    assert not queries.to_decide(people["asker"]).exists()
    assert not queries.to_decide(people["bureau"]).exists()
    (body,) = bodies("requests.sent")
    assert (body["request"], body["holder"], body["resource"]) == (request.number, "hr", "ps.residents")
    assert asking.REASON not in json.dumps(body, ensure_ascii=False)


def test_granted_as_asked(people: dict[str, Actor]) -> None:
    request = asking.grant(people["provider"], asking.send(people["asker"], rows="sex = '1'"))
    grant = request.grants.get()
    assert request.state == Request.State.GRANTED
    assert (grant.organisation.code, grant.role.code, grant.rows) == ("hr", "clerk", "sex = '1'")
    assert [each.code for each in grant.purposes.all()] == ["relief_check"]
    assert bodies("grants.created")[0]["request"] == request.number
    assert bodies("requests.decided")[0]["grant"] == grant.number
    assert [each.kind for each in grant.events.all()] == [GrantEvent.Kind.CREATED]


def test_an_unconditional_resource_is_granted_at_once_on_record_with_its_terms(
    people: dict[str, Actor],
) -> None:
    asking.reshare("ps.residents", "unconditional")
    request = asking.send(people["asker"])
    assert (request.state, request.instance) == (Request.State.GRANTED, "")
    grant = request.grants.get()
    assert [each.code for each in grant.purposes.all()] == ["relief_check"]
    assert bodies("requests.sent")[0]["at_once"] is True
    assert bodies("grants.created")[0]["purposes"] == ["relief_check"]
    assert (
        code_of(deciding.withdraw, by=people["asker"], request=request, version=1)
        == "exchange.request_closed"
    )


def test_plain_values_and_grade_four_are_never_given_at_once(people: dict[str, Actor]) -> None:
    asking.reshare("ps.residents", "unconditional")
    assert asking.send(people["asker"], unmasked=frozenset({"id_number"})).state == Request.State.WAITING
    ResourceField.objects.filter(resource__code="ps.residents", name="address").update(grade=4)
    assert asking.send(people["asker"]).state == Request.State.WAITING
    assert not Grant.objects.exists()


def test_a_closed_resource_cannot_be_asked_for_and_says_why_and_how(people: dict[str, Actor]) -> None:
    asking.reshare("ps.residents", "closed")
    with pytest.raises(HouseError) as refused:
        asking.send(people["asker"])
    assert refused.value.code == "exchange.refused.resource_closed"
    assert "依据" in refused.value.what.zh
    assert "调整共享属性" in refused.value.next.zh
    assert not Request.objects.exists()
    assert bodies("requests.sent")[0]["outcome"] == "refused"


def test_a_request_closed_meanwhile_is_not_granted(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    asking.reshare("ps.residents", "closed")
    assert code_of(asking.grant, people["provider"], request) == "exchange.refused.grant_closed"
    request.refresh_from_db()
    assert request.state == Request.State.WAITING


def test_all_that_is_wrong_is_said_at_once(people: dict[str, Actor]) -> None:
    with pytest.raises(BadClauses) as wrong:
        ask(
            by=people["asker"], resource=Resource.objects.get(code="ps.residents"), role=Role.objects.get(code="clerk"),
            clauses=asking.wanted(
                fields=frozenset({"nonsense"}), unmasked=frozenset({"name"}), purposes=frozenset(), rows="'; --",
                forms=frozenset({"steal"}), until=timezone.localdate() - timedelta(days=1),
            ),
            reason="x",
        )  # fmt: skip
    assert {each.place for each in wrong.value.problems} == {
        "reason", "fields", "unmasked", "purposes", "rows", "forms", "until",
    }  # fmt: skip


def test_longer_than_the_longest_and_unknown_purposes_are_refused(people: dict[str, Actor]) -> None:
    assert (
        code_of(asking.send, people["asker"], until=timezone.localdate() + timedelta(days=5000))
        == "exchange.grant_terms"
    )
    assert code_of(asking.send, people["asker"], purposes=frozenset({"curiosity"})) == "exchange.grant_terms"
    Purpose.objects.filter(code="relief_check").update(active=False)
    assert code_of(asking.send, people["asker"]) == "exchange.grant_terms"


@pytest.mark.parametrize("typed", ["核查 440604199005011237 的户籍", "请联系１３８００１３８０００核实"])
def test_a_reason_holds_no_number_of_anybody(people: dict[str, Actor], typed: str) -> None:
    assert (
        code_of(
            ask, by=people["asker"], resource=Resource.objects.get(code="ps.residents"),
            role=Role.objects.get(code="clerk"), clauses=asking.wanted(), reason=typed,
        )
        == "exchange.grant_terms"
    )  # fmt: skip


def test_only_people_who_may_ask_ask(people: dict[str, Actor]) -> None:
    assert code_of(asking.send, people["clerk"]) == "accounts.not_allowed"
    program = Actor("@client:x", "x", "hr", "officer", people["asker"].permissions)
    assert code_of(asking.send, program) == "exchange.refused.people_ask"


# -- nobody decides on their own request --


def test_the_bureau_waits_for_the_limit_and_the_provider_may_still_decide(people: dict[str, Actor]) -> None:
    first, second = asking.send(people["asker"]), asking.send(people["asker"], role="officer")
    assert "refused" in code_of(asking.grant, people["bureau"], first)
    run_due(timezone.now() + timedelta(days=40))
    for each in (first, second):
        each.refresh_from_db()
        assert each.state == Request.State.ESCALATED
    assert bodies("requests.moved")[0]["state"] == "escalated"
    assert asking.grant(people["bureau"], first).state == Request.State.GRANTED
    assert asking.grant(people["provider"], second).state == Request.State.GRANTED


def test_the_bureau_grants_no_field_of_grade_four(people: dict[str, Actor]) -> None:
    ResourceField.objects.filter(resource__code="ps.residents", name="address").update(grade=4)
    request = escalate(asking.send(people["asker"]))
    assert code_of(asking.grant, people["bureau"], request) == "exchange.refused.grade_four"
    less = asking.wanted(fields=frozenset({"name"}))
    assert asking.grant(people["bureau"], request, clauses=less).grants.get().fields == ["name"]


def test_the_provider_may_give_less_and_never_more(people: dict[str, Actor]) -> None:
    asked = {"unmasked": frozenset({"id_number"}), "forms": frozenset({"query", "batch"})}
    request = asking.send(people["asker"], **asked)
    for more in (
        {"fields": frozenset({"name", "birth_date"})}, {"fields": frozenset({"*"})},
        {"unmasked": frozenset({"id_number", "address"})}, {"purposes": frozenset({"relief_check", "audit"})},
        {"forms": frozenset({"query", "subscribe"})}, {"until": asking.wanted().until + timedelta(days=1)},
    ):  # fmt: skip
        assert (
            code_of(asking.grant, people["provider"], request, clauses=asking.wanted(**{**asked, **more}))
            == "exchange.grant_terms"
        )
    less = asking.wanted(
        fields=frozenset({"name", "id_number"}), masking={"id_number": "last_four"}, rows="moved_in_on is not null",
        needs_case=True, quota_per_day=50, until=asking.wanted().until - timedelta(days=100),
    )  # fmt: skip
    grant = asking.grant(people["provider"], request, clauses=less).grants.get()
    assert (grant.masking, grant.needs_case, grant.quota_per_day) == ({"id_number": "last_four"}, True, 50)
    assert set(bodies("requests.decided")[0]["less"]) >= {"fields", "unmasked", "forms", "until", "rows"}


def test_refusing_and_returning_need_a_reason(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    assert (
        code_of(
            deciding.refuse,
            by=people["provider"],
            request=request,
            version=asking.version(request),
            comment=" ",
        )
        == "flow.comment_needed"
    )
    refused = deciding.refuse(
        by=people["provider"], request=request, version=asking.version(request), comment="依据不足"
    )
    assert (refused.state, refused.decision) == (Request.State.REFUSED, "依据不足")
    assert "依据不足" not in json.dumps(bodies("requests.decided"), ensure_ascii=False)
    assert code_of(asking.grant, people["provider"], request) != ""


def test_returned_changed_and_sent_again(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    deciding.send_back(
        by=people["provider"], request=request, version=asking.version(request), comment="字段太多"
    )
    assert request.state == Request.State.RETURNED
    assert code_of(asking.grant, people["provider"], request) in (
        "flow.action_not_here",
        "exchange.request_closed",
    )
    changed = asking.wanted(fields=frozenset({"name"}))
    by_other = {"request": request, "clauses": changed, "reason": asking.REASON}
    assert "refused" in code_of(
        deciding.resend, by=people["other"], version=asking.version(request), **by_other
    )
    deciding.resend(by=people["asker"], version=asking.version(request), **by_other)
    assert (request.state, request.fields) == (Request.State.WAITING, ["name"])
    assert asking.grant(people["provider"], request).grants.get().fields == ["name"]


def test_what_is_not_added_to_in_time_lapses(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    deciding.send_back(
        by=people["provider"], request=request, version=asking.version(request), comment="字段太多"
    )
    run_due(timezone.now() + timedelta(days=60))
    request.refresh_from_db()
    assert request.state == Request.State.LAPSED


def test_only_the_asker_withdraws_and_a_decided_request_stays(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    assert "refused" in code_of(
        deciding.withdraw, by=people["provider"], request=request, version=asking.version(request)
    )
    assert (
        deciding.withdraw(by=people["asker2"], request=request, version=asking.version(request)).state
        == "withdrawn"
    )
    decided = asking.grant(people["provider"], asking.send(people["asker"]))
    assert (
        code_of(deciding.withdraw, by=people["asker"], request=decided, version=asking.version(decided)) != ""
    )


def test_two_who_decide_at_once(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    seen = asking.version(request)
    deciding.grant(by=people["provider"], request=request, version=seen)
    assert (
        code_of(deciding.refuse, by=people["colleague"], request=request, version=seen, comment="不")
        == "flow.moved_on"
    )
    assert Grant.objects.count() == 1

"""Requests: who may ask for what, who decides, and every way round that is closed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.actions import asking
from tongchou.accounts.actions.tokens import create_token
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role
from tongchou.accounts.queries import actor_of
from tongchou.accounts.tokens import actor_of_token
from tongchou.catalogue.models import Resource, ResourceField
from tongchou.exchange import deciding
from tongchou.exchange.actions import grants as granting
from tongchou.exchange.actions.requests import ask
from tongchou.exchange.giving import BadClauses
from tongchou.exchange.models import Grant, GrantEvent, Purpose, Request
from tongchou.exchange.queries import requests as queries
from tongchou.flow.actions.instances import act
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


def test_not_the_requester_nor_a_colleague(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    for by in (people["asker"], people["asker2"]):
        for step in (deciding.grant, deciding.refuse, deciding.send_back):
            more = {} if step is deciding.grant else {"comment": "因为"}
            assert "refused" in code_of(step, by=by, request=request, version=asking.version(request), **more)
    assert not Grant.objects.exists()


def test_not_through_a_second_membership_with_the_provider(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    seat = asking.member("asker", "officer", "ps")
    assert "refused" in code_of(asking.grant, seat, request)
    assert not Grant.objects.exists()


def test_not_a_user_who_also_sits_in_the_asking_organisation(people: dict[str, Actor]) -> None:
    """Another user than the one who asked, deciding for the provider, but a member of the asker's organisation besides."""
    asking.member("provider", "clerk", "hr")
    request = asking.send(people["asker"])
    assert code_of(asking.grant, people["provider"], request) == "exchange.refused.own_request"
    Membership.objects.filter(user__username="provider", organisation__code="hr").update(active=False)
    assert asking.grant(people["provider"], request).state == Request.State.GRANTED


def test_not_after_moving_to_the_provider(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    Membership.objects.filter(user__username="asker").update(active=False)
    assert "refused" in code_of(asking.grant, asking.member("asker", "officer", "ps"), request)


def test_not_whoever_had_a_hand_in_it(people: dict[str, Actor]) -> None:
    """A colleague who only changed the request and sent it again, and later sits with the provider."""
    request = asking.send(people["asker"])
    deciding.send_back(
        by=people["provider"], request=request, version=asking.version(request), comment="请补充"
    )
    deciding.resend(
        by=people["asker2"], request=request, version=asking.version(request), clauses=asking.wanted(),
        reason=asking.REASON,
    )  # fmt: skip
    Membership.objects.filter(user__username="asker2").update(active=False)
    assert "refused" in code_of(asking.grant, asking.member("asker2", "officer", "ps"), request)


def test_not_the_provider_on_its_own_resource(people: dict[str, Actor]) -> None:
    """The provider asks for its own resource: its other officers do not decide, the bureau does, from the start."""
    request = asking.send(people["provider"])
    assert "refused" in code_of(asking.grant, people["colleague"], request)
    assert queries.to_decide(people["bureau"]).get() == request
    assert asking.grant(people["bureau"], request).state == Request.State.GRANTED


def test_not_the_bureau_on_what_the_bureau_asks_for(people: dict[str, Actor]) -> None:
    request = escalate(asking.send(people["bureau"], role="steward"))
    second = asking.member("bureau2", "steward", "data")
    for by in (people["bureau"], second):
        assert "refused" in code_of(asking.grant, by, request)
    assert asking.grant(people["provider"], request).state == Request.State.GRANTED


def test_the_bureau_cannot_ask_for_its_own_resource(people: dict[str, Actor]) -> None:
    Resource.objects.filter(code="hr.insured").update(organisation=Organisation.objects.get(code="data"))
    bureau = people["bureau"]
    assert (
        code_of(asking.send, bureau, "hr.insured", fields=frozenset({"name"}))
        == "exchange.refused.nobody_decides"
    )


def test_no_program_decides_whatever_role_it_was_given(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    for by in (
        Actor("@client:ps", "ps", "ps", "officer", people["provider"].permissions),
        Actor.house("command line"),
    ):
        assert code_of(asking.grant, by, request) == "exchange.refused.people_decide"


def test_a_token_is_its_user(people: dict[str, Actor]) -> None:
    """A delegate that is a program of the requester acts as the requester's membership."""
    request = asking.send(people["asker"])
    asking.member("asker", "officer", "ps")
    membership = Membership.objects.get(user__username="asker", organisation__code="ps")
    _token, secret = create_token(by=actor_of(membership), name="x", days=9)
    assert "refused" in code_of(asking.grant, actor_of_token(secret), request)


def test_not_by_giving_oneself_a_grant_instead(people: dict[str, Actor]) -> None:
    """The door beside: a grant without a request, to one's own organisation or one where one also sits."""
    said = {
        "role": Role.objects.get(code="clerk"), "resource": Resource.objects.get(code="ps.residents"), "fields": ["name"],
        "purposes": [Purpose.objects.get(code="relief_check")], "until": asking.wanted().until,
    }  # fmt: skip
    for by, holder in (("provider", "ps"), ("asker", "hr"), ("bureau", "data"), ("bureau", "hr")):
        assert "refused" in code_of(
            granting.create, by=people[by], organisation=Organisation.objects.get(code=holder), **said
        )
    asking.member("provider", "clerk", "hr")
    assert (
        code_of(
            granting.create, by=people["provider"], organisation=Organisation.objects.get(code="hr"), **said
        )
        == "exchange.refused.grant_to_oneself"
    )
    assert not Grant.objects.exists()


def test_not_by_the_flow_s_own_door(people: dict[str, Actor]) -> None:
    """The flow's generic step runs the same checks."""
    asking.member("provider", "clerk", "hr")
    request = asking.send(people["asker"])
    for by in (people["provider"], people["asker"], people["other"], people["bureau"]):
        assert "refused" in code_of(
            act, by=by, instance=request.instance, action="grant", version=asking.version(request)
        )
    assert not Grant.objects.exists()


# -- deciding --


def test_another_department_decides_nothing(people: dict[str, Actor]) -> None:
    request = asking.send(people["asker"])
    assert "refused" in code_of(asking.grant, people["other"], request)
    assert not queries.visible_to(people["other"]).exists()


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

"""Who decides a request for data, and who may not, by whichever door."""

from __future__ import annotations

import pytest

from tests.actions import asking
from tests.actions.test_requests import code_of, escalate
from tongchou.accounts.actions.tokens import create_token
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role
from tongchou.accounts.queries import actor_of
from tongchou.accounts.tokens import actor_of_token
from tongchou.catalogue.models import Resource
from tongchou.exchange import deciding
from tongchou.exchange.actions import grants as granting
from tongchou.exchange.models import Grant, Purpose, Request
from tongchou.exchange.queries import requests as queries
from tongchou.flow.actions.instances import act

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Actor]:
    """Officers of three departments, the bureau's steward, a clerk."""
    return asking.found()


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

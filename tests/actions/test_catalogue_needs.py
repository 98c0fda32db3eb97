"""What departments need and cannot find: stated, met, reopened; who answers for which data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.test_catalogue_lists import last, organisation
from tests.cast import Cast
from tongchou.catalogue.actions import needs, responsibilities
from tongchou.catalogue.models import (
    Need,
    Resource,
)
from tongchou.catalogue.queries import lists, offers
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("sample_catalogue")


NEED: dict[str, Any] = {
    "title": "家长参保", "reason": "积分入学", "subject_kind": "person", "fields": [{"label": "累计缴费月数"}],
}  # fmt: skip


def test_a_need_is_stated_met_and_reopened(cast: Cast) -> None:
    need = needs.state(
        by=cast.actor("officer"), organisation=organisation("edu"),
        values={**NEED, "addressed_to": organisation("civil")},
    )  # fmt: skip
    assert offers.candidates(need)[0].resource.code == "hrss.insured"
    relief = Resource.objects.get(code="civil.relief")
    met = needs.answer(by=cast.actor("other_officer"), need=need, version=1, target="met", resource=relief)
    assert (met.state, met.met_by.code, met.version) == ("met", "civil.relief", 2)  # type: ignore[union-attr]
    with pytest.raises(HouseError) as refusal:
        needs.answer(by=cast.actor("other_officer"), need=met, version=2, target="declined", answer="没有")
    assert refusal.value.code == "catalogue.need_state"
    again = needs.answer(by=cast.actor("officer"), need=met, version=2, target="open")
    assert again.met_by is None
    with pytest.raises(HouseError) as refusal:
        needs.answer(by=cast.actor("officer"), need=again, version=3, target="declined", answer="自己拒绝")
    assert refusal.value.code == "accounts.not_allowed"
    with pytest.raises(HouseError) as refusal:
        needs.answer(
            by=cast.actor("other_officer"), need=again, version=2, target="declined", answer="旧页面"
        )
    assert refusal.value.code == "catalogue.moved_on"
    with pytest.raises(HouseError) as refusal:
        needs.answer(by=cast.actor("other_officer"), need=again, version=3, target="declined", answer=" ")
    assert refusal.value.code == "catalogue.answer_incomplete"
    declined = needs.answer(
        by=cast.actor("steward"), need=again, version=3, target="declined", answer="省里才有"
    )
    assert declined.state == "declined"


def test_a_stranger_meets_a_need_only_with_a_resource_of_their_own(cast: Cast) -> None:
    need = Need.objects.get(number="N-0004")  # hrss asks edu
    by = cast.actor("other_officer")  # civil
    residents = Resource.objects.get(code="ps.residents")
    with pytest.raises(HouseError) as refusal:
        needs.answer(by=by, need=need, version=1, target="met", resource=residents)
    assert refusal.value.code == "accounts.not_allowed"
    with pytest.raises(HouseError):
        needs.answer(by=by, need=need, version=1, target="declined", answer="代答")
    with pytest.raises(HouseError):
        needs.change(by=by, need=need, version=1, values=NEED)
    own = Resource.objects.get(code="civil.relief")
    assert needs.answer(by=by, need=need, version=1, target="met", resource=own).state == "met"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"reason": ""},
        {"fields": []},
        {"subject_kind": "x"},
        {"fields": [{"label": "a", "element": "x"}]},
    ],
)
def test_a_need_says_what_and_why(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(HouseError) as refusal:
        needs.state(by=cast.actor("officer"), organisation=organisation("edu"), values={**NEED, **wrong})
    assert refusal.value.code == "catalogue.need_incomplete"


def duty(key: str) -> lists.Duty:
    found = {
        "/".join(part for part in (one.subject, one.element, one.aspect) if part): one
        for one in lists.duties()
    }
    return found[key]


def test_conflicts_gaps_and_broken_claims_are_shown(cast: Cast) -> None:
    assert duty("person/education").state == "conflict"
    assert duty("person/address/registered").state == "kept"
    assert duty("person/address/current").state == "gap"
    assert [one.state for one in lists.duties()][:1] == ["conflict"]
    responsibilities.claim(
        by=cast.actor("officer"), organisation=organisation("edu"), element="email", subject_kind="person"
    )
    assert duty("person/email").state == "broken"
    claim = next(one for one in duty("person/education").claims if one.organisation.code == "edu")
    responsibilities.release(by=cast.actor("officer"), responsibility=claim)
    assert duty("person/education").state == "kept"


def test_claims_are_made_for_oneself(cast: Cast) -> None:
    by = cast.actor("officer")
    made = responsibilities.claim(
        by=by, organisation=organisation("edu"), element="address", subject_kind="person", aspect="current",
        resource=Resource.objects.get(code="edu.pupils"),
    )  # fmt: skip
    assert last("responsibility.claimed")["fact"] == "person/address/current"
    for wrong in (
        {"organisation": organisation("ps")}, {"element": "no-such"}, {"aspect": "x"}, {"subject_kind": "x"},
        {"resource": Resource.objects.get(code="ps.residents")}, {},
    ):  # fmt: skip
        whole: dict[str, Any] = {
            "organisation": organisation("edu"), "element": "address", "subject_kind": "person", "aspect": "current",
        }  # fmt: skip
        with pytest.raises(HouseError):
            responsibilities.claim(by=by, **{**whole, **wrong})
    with pytest.raises(HouseError):
        responsibilities.release(by=cast.actor("other_officer"), responsibility=made)

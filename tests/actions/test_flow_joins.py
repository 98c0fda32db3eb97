"""Matters with parts: children that agree, object or stay silent, and what becomes of the parent."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tests.actions.test_flow_time import kinds
from tests.cast import Cast
from tests.flow_case import JOINT, OPINION, begun, published
from tongchou.accounts.actor import Actor
from tongchou.flow import timers
from tongchou.flow.actions.instances import act
from tongchou.flow.models import Event, Instance, Timer
from tongchou.standards.errors import HouseError


def joint(cast: Cast, join: str = "all") -> Instance:
    published(OPINION)
    published(JOINT, states__consulting__children__join=join)
    by = cast.actor("officer")
    instance = begun(by, flow="trial_joint", owner="edu", asked=["civil", "hall", "audit"], urgent=True)
    return act(by=by, instance=instance.number, action="ask", version=1)


def member(organisation: str) -> Actor:
    return Actor(
        f"at_{organisation}",
        "",
        organisation,
        "officer",
        frozenset({"grants.view"}),
        user_id=hash(organisation),
    )


def answer(instance: Instance, organisation: str, action: str) -> Instance:
    child = instance.children.get(owner=organisation)
    return act(
        by=member(organisation), instance=child.number, action=action, version=child.version, comment="x"
    )


def test_all_children_agree_and_the_parent_goes_on(cast: Cast) -> None:
    instance = joint(cast)
    assert instance.state == "consulting"
    children = list(instance.children.order_by("pk"))
    assert [child.owner for child in children] == ["civil", "hall", "audit"]
    assert all(child.facts == {"urgent": True} and child.starter == "officer" for child in children)
    for organisation in ("civil", "hall"):
        answer(instance, organisation, "agree")
        instance.refresh_from_db()
        assert instance.state == "consulting"
    answer(instance, "audit", "agree")
    instance.refresh_from_db()
    assert (instance.state, instance.outcome) == ("settled", "accepted")


def test_one_objection_and_silence_end_a_join_of_all_otherwise(cast: Cast) -> None:
    instance = joint(cast)
    answer(instance, "civil", "object")
    answer(instance, "hall", "agree")
    instance.refresh_from_db()
    assert instance.state == "consulting"
    silent = instance.children.get(owner="audit")
    assert silent.due_at is not None
    timers.run_due(silent.due_at)
    silent.refresh_from_db()
    instance.refresh_from_db()
    assert silent.outcome == "lapsed"
    assert (instance.state, instance.outcome) == ("unsettled", "refused")


def test_the_first_agreement_settles_a_join_of_any_and_ends_the_others(cast: Cast) -> None:
    instance = joint(cast, "any")
    answer(instance, "civil", "object")
    answer(instance, "hall", "agree")
    instance.refresh_from_db()
    assert instance.state == "settled"
    left = instance.children.get(owner="audit")
    assert left.outcome == "withdrawn" and kinds(left)[-1] == "cancelled"
    assert not Timer.objects.filter(instance=left, fired_at=None).exists()
    with pytest.raises(HouseError) as late:
        act(by=member("audit"), instance=left.number, action="agree", version=left.version)
    assert late.value.code == "flow.action_not_here"


def test_nobody_judges_their_own_matter_below(cast: Cast) -> None:
    published(OPINION)
    published(JOINT)
    by = cast.actor("officer")
    instance = begun(by, flow="trial_joint", asked=["edu"])
    act(by=by, instance=instance.number, action="ask", version=1)
    child = instance.children.get()
    with pytest.raises(HouseError) as own:
        act(by=by, instance=child.number, action="agree", version=1)
    assert own.value.code == "flow.refused.own_work"


def test_dropping_the_parent_ends_its_children(cast: Cast) -> None:
    instance = joint(cast)
    act(by=cast.actor("officer"), instance=instance.number, action="drop", version=2)
    assert set(instance.children.values_list("outcome", flat=True)) == {"withdrawn"}


def test_nobody_to_ask_refuses_the_move(cast: Cast) -> None:
    published(OPINION)
    published(JOINT)
    by = cast.actor("officer")
    instance = begun(by, flow="trial_joint")
    with pytest.raises(HouseError) as nobody:
        act(by=by, instance=instance.number, action="ask", version=1)
    assert nobody.value.code == "flow.no_children"
    assert Instance.objects.get(number=instance.number).state == "drafted"
    assert Event.objects.filter(instance=instance).count() == 1


def test_children_that_end_at_the_same_moment_see_each_other(transactional_db: None, cast: Cast) -> None:
    for _round in range(3):
        instance = joint(cast)
        answer(instance, "civil", "agree")
        together = threading.Barrier(2)
        problems: list[str] = []

        def agree(
            organisation: str, instance: Instance, together: threading.Barrier, problems: list[str]
        ) -> None:
            together.wait()
            try:
                answer(instance, organisation, "agree")
            except HouseError as refusal:
                problems.append(refusal.code)
            finally:
                connection.close()

        threads = [
            threading.Thread(target=agree, args=(organisation, instance, together, problems))
            for organisation in ("hall", "audit")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        instance.refresh_from_db()
        assert not problems
        assert instance.state == "settled"

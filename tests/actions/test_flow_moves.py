"""Moving instances: who may, who may not, what is on record, and that of two who act at once one wins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.flow_case import begun, published
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role
from tongchou.flow import effects, queries, triggers
from tongchou.flow.actions.instances import act, start
from tongchou.flow.models import Event, FlowVersion, Instance, Timer
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


def code_of(**arguments: Any) -> str:
    with pytest.raises(HouseError) as refusal:
        act(**arguments)
    return refusal.value.code


@pytest.fixture
def no_effects() -> Iterator[None]:
    yield
    effects.forget(flow="trial_request")


def test_a_request_goes_from_hand_to_hand(cast: Cast) -> None:
    published()
    asker, provider = cast.actor("officer"), cast.actor("other_officer")
    instance = begun(asker, months=6)
    assert instance.number.startswith("F-") and instance.state == "waiting" and instance.version == 1
    assert instance.holder == "civil" and instance.due_at is not None
    assert queries.waiting_for(provider) == [instance]
    assert queries.waiting_for(asker) == []

    moved = act(by=provider, instance=instance.number, action="grant", version=1, comment="同意")
    assert (moved.state, moved.version, moved.outcome) == ("granted", 2, "accepted")
    assert moved.ended_at is not None and moved.due_at is None and moved.holder == ""
    assert not Timer.objects.filter(instance=moved, fired_at=None).exists()
    assert queries.waiting_for(provider) == []
    told = queries.history(moved)
    assert [(one.kind, one.action, one.user, one.comment) for one in told] == [
        ("started", "", "officer", ""),
        ("acted", "grant", "other_officer", "同意"),
    ]


def test_every_move_is_on_the_ledger_and_says_no_value(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"), months=6)
    provider = cast.actor("other_officer")
    assert (
        code_of(by=cast.actor("clerk"), instance=instance.number, action="grant", version=1)
        == "flow.refused.not_yours"
    )
    act(
        by=provider,
        instance=instance.number,
        action="grant",
        version=1,
        facts={"months": 7_777_777, "terms": "意见全文"},
    )
    bodies = [
        (one.kind, bytes(one.body).decode())
        for one in Entry.objects.filter(kind__in=["flow.started", "flow.acted"]).order_by("pk")
    ]
    assert [kind for kind, _body in bodies] == ["flow.started", "flow.acted", "flow.acted"]
    refused, done = bodies[1][1], bodies[2][1]
    assert (
        '"outcome":"refused"' in refused
        and '"reason":"flow.refused.not_yours"' in refused
        and '"user":"clerk"' in refused
    )
    assert '"action":"grant"' in done and '"from_state":"waiting"' in done and '"to_state":"granted"' in done
    assert '"facts":["months"]' in done
    assert "7777777" not in done and "意见全文" not in done


def test_who_may_not(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"), owner="edu")  # its own resource: the owner is the asker's bureau
    number = instance.number
    asker = cast.actor("officer")
    colleague = Actor(**{**asker.__dict__, "username": "colleague", "user_id": 99})
    assert code_of(by=asker, instance=number, action="grant", version=1) == "flow.refused.own_work"
    assert (
        code_of(by=colleague, instance=number, action="grant", version=1) == "flow.refused.own_organisation"
    )
    bare = Actor(**{**colleague.__dict__, "permissions": frozenset()})
    assert code_of(by=bare, instance=number, action="grant", version=1) == "flow.refused.no_permission"
    assert code_of(by=colleague, instance=number, action="pass_on", version=1) == "flow.refused.automatic"
    assert code_of(by=colleague, instance=number, action="lapse", version=1) == "flow.action_not_here"
    assert (
        code_of(by=colleague, instance=number, action="no'; DROP TABLE", version=1) == "flow.action_not_here"
    )
    assert code_of(by=colleague, instance="F-none", action="grant", version=1) == "flow.instance_not_found"
    assert code_of(by=colleague, instance=number, action="grant", version=2) == "flow.moved_on"
    # a role named like the house is no house
    posing = Actor(**{**bare.__dict__, "role": "house"})
    assert code_of(by=posing, instance=number, action="grant", version=1) == "flow.refused.no_permission"
    assert Instance.objects.get(number=number).version == 1


def test_a_second_role_does_not_help_the_starter(cast: Cast) -> None:
    published()
    user = cast.user("officer")
    second = Membership.objects.create(
        user=user, role=Role.objects.get(code="officer"), organisation=Organisation.objects.get(code="civil")
    )
    from tongchou.accounts.queries import actor_of

    instance = begun(cast.actor("officer"), owner="civil")
    assert (
        code_of(by=actor_of(second), instance=instance.number, action="grant", version=1)
        == "flow.refused.own_work"
    )


def test_whoever_submitted_again_is_as_barred_as_the_starter(cast: Cast) -> None:
    published()
    starter, provider = cast.actor("officer"), cast.actor("other_officer")
    colleague = Actor(**{**starter.__dict__, "username": "colleague", "user_id": 99})
    instance = begun(starter)
    act(by=provider, instance=instance.number, action="ask_back", version=1, comment="请补充依据")
    act(by=colleague, instance=instance.number, action="resubmit", version=2)
    turned = Actor(**{**provider.__dict__, "username": "colleague", "user_id": 99})
    assert (
        code_of(by=turned, instance=instance.number, action="refuse", version=3, comment="x")
        == "flow.refused.own_work"
    )
    # the provider who asked back decides: that was no work of theirs
    assert act(by=provider, instance=instance.number, action="grant", version=3).state == "granted"


def test_guards_comments_and_facts(cast: Cast) -> None:
    published()
    provider = cast.actor("other_officer")
    instance = begun(cast.actor("officer"))
    number = instance.number
    assert code_of(by=provider, instance=number, action="grant_long", version=1) == "flow.refused.guard_open"
    given = {"months": 6, "urgent": False}
    assert (
        code_of(by=provider, instance=number, action="grant_long", version=1, facts=given)
        == "flow.refused.guard"
    )
    assert (
        code_of(by=provider, instance=number, action="refuse", version=1, comment="  ")
        == "flow.comment_needed"
    )
    assert (
        code_of(by=provider, instance=number, action="refuse", version=1, comment="长" * 2001)
        == "flow.comment_too_long"
    )
    for wrong in ({"months": "many"}, {"months": 1.5}, {"urgent": "yes"}, {"months": True}):
        assert (
            code_of(by=provider, instance=number, action="grant", version=1, facts=wrong)
            == "flow.fact_unreadable"
        )
    moved = act(
        by=provider, instance=number, action="grant_long", version=1, facts={"months": 12, "urgent": False}
    )
    assert moved.facts == {"months": "12", "urgent": False}


def test_starting_refuses_what_cannot_begin(cast: Cast) -> None:
    by = cast.actor("officer")
    title = Text("一", "One")
    with pytest.raises(HouseError) as none:
        start(by=by, flow="none_such", title=title, ref="", owner="civil")
    assert none.value.code == "flow.flow_not_found"
    published()
    with pytest.raises(HouseError) as nobody:
        start(by=by, flow="trial_request", title=title, ref="", owner="nobody")
    assert nobody.value.code == "flow.owner_not_found"
    published(
        start="escalated", actions__pass_on=None, actions__withdraw__from=["escalated", "returned", "waiting"]
    )
    Organisation.objects.filter(kind="bureau").update(active=False)
    with pytest.raises(HouseError) as no_bureau:
        start(by=by, flow="trial_request", title=title, ref="", owner="civil")
    assert no_bureau.value.code == "flow.no_bureau"
    assert not Instance.objects.exists()


def test_offered_actions_carry_the_reasons(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"), months=24, urgent=True)
    offered = {one.action: one for one in queries.actions_for(cast.actor("other_officer"), instance)}
    assert set(offered) == {"grant", "grant_long", "refuse", "ask_back", "withdraw"}
    assert offered["grant"].allowed and offered["grant"].reason is None
    assert not offered["grant_long"].allowed
    assert offered["grant_long"].reason == Text(
        "不符合条件：只用于不紧急且不少于 12 个月的申请",
        "The condition does not hold: Only for requests of 12 months or more that are not urgent",
    )
    assert not offered["withdraw"].allowed
    assert {one.action for one in queries.actions_for(cast.actor("officer"), instance) if one.allowed} == {
        "withdraw"
    }
    done = act(by=cast.actor("officer"), instance=instance.number, action="withdraw", version=1)
    assert queries.actions_for(cast.actor("officer"), done) == []


def test_what_a_button_promises_the_action_keeps(cast: Cast) -> None:
    """For everybody of the cast and every action: allowed on screen is allowed in fact, and the other way round."""
    published()
    for part in ("officer", "other_officer", "steward", "clerk", "auditor"):
        for code in ("grant", "grant_long", "refuse", "ask_back", "withdraw"):
            instance = begun(cast.actor("officer"), months=1)
            by = cast.actor(part)
            allowed = {one.action for one in queries.actions_for(by, instance) if one.allowed}
            try:
                act(by=by, instance=instance.number, action=code, version=1, comment="x")
            except HouseError:
                assert code not in allowed, (part, code)
            else:
                assert code in allowed, (part, code)


# -- effects --


def test_effects_run_in_the_same_transaction(cast: Cast, no_effects: None) -> None:
    published()
    seen: list[tuple[str, str, dict[str, Any]]] = []

    def note(*, by: Actor, instance: Instance, facts: Any) -> None:
        seen.append((by.username, instance.state, dict(facts)))

    def refuse(*, by: Actor, instance: Instance, facts: Any) -> None:
        raise HouseError("trial.no", Text("不行", "No"), Text("无", "None"), where=instance.number)

    effects.register(flow="trial_request", action="grant", function=note)
    effects.on_enter(flow="trial_request", state="granted", function=note)
    effects.on_enter(flow="trial_request", state="waiting", function=note)
    effects.register(flow="trial_request", action="refuse", function=refuse)
    with pytest.raises(ValueError, match="two effects"):
        effects.register(flow="trial_request", action="grant", function=refuse)
    provider = cast.actor("other_officer")
    instance = begun(cast.actor("officer"))
    assert seen == [("officer", "waiting", {})]
    assert (
        code_of(by=provider, instance=instance.number, action="refuse", version=1, comment="x") == "trial.no"
    )
    instance.refresh_from_db()
    assert (instance.state, instance.version, instance.events.count()) == ("waiting", 1, 1)
    act(by=provider, instance=instance.number, action="grant", version=1, facts={"fields": ["a"]})
    assert seen[1:] == [("other_officer", "granted", {"fields": ["a"]})] * 2


def test_an_effect_may_move_the_instance_on_at_once(cast: Cast, no_effects: None) -> None:
    published()

    def at_once(*, by: Actor, instance: Instance, facts: Any) -> None:
        if facts.get("unconditional"):
            act(by=Actor.house("flow"), instance=instance.number, action="grant", version=instance.version)

    effects.on_enter(flow="trial_request", state="waiting", function=at_once)
    instance = begun(cast.actor("officer"), unconditional=True)
    assert (instance.state, instance.outcome) == ("granted", "accepted")


# -- versions, triggers --


def test_an_instance_keeps_the_version_it_began_with(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"))
    second = published(actions__grant__needs_comment=True)
    assert second.number == 2
    assert published().number == 1  # the same content is the same version
    published(actions__grant__needs_comment=True)
    assert begun(cast.actor("officer")).definition == second
    assert (
        act(by=cast.actor("other_officer"), instance=instance.number, action="grant", version=1).state
        == "granted"
    )


def test_the_database_keeps_versions_and_events(cast: Cast) -> None:
    published()
    second = published(actions__grant__needs_comment=True)
    instance = begun(cast.actor("officer"))
    first = FlowVersion.objects.get(number=1, flow__code="trial_request")
    with connection.cursor() as cursor:
        assert cursor
    triggers.install(connection)
    try:
        for change in (
            lambda: Event.objects.filter(instance=instance).update(comment="x"),
            lambda: Event.objects.filter(instance=instance).delete(),
            lambda: FlowVersion.objects.filter(pk=second.pk).update(text="x"),
            lambda: Instance.objects.filter(pk=instance.pk).update(definition=first),
            lambda: Instance.objects.filter(pk=instance.pk).update(version=0),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert act(
            by=cast.actor("other_officer"), instance=instance.number, action="grant", version=1, comment="好"
        )
    finally:
        triggers.remove(connection)


# -- races and cost --


def test_of_two_at_once_one_wins_and_nothing_is_lost(transactional_db: None, cast: Cast) -> None:
    published()
    provider = cast.actor("other_officer")
    other = Actor(**{**provider.__dict__, "username": "another", "user_id": 98})
    for _round in range(5):
        instance = begun(cast.actor("officer"))
        outcomes: list[str] = []
        together = threading.Barrier(2)

        def decide(
            by: Actor, action: str, number: str, together: threading.Barrier, outcomes: list[str]
        ) -> None:
            together.wait()
            try:
                act(by=by, instance=number, action=action, version=1, comment=by.username)
                outcomes.append("done")
            except HouseError as refusal:
                outcomes.append(refusal.code)
            finally:
                connection.close()

        threads = [
            threading.Thread(target=decide, args=(by, action, instance.number, together, outcomes))
            for by, action in ((provider, "grant"), (other, "refuse"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "flow.moved_on"]
        instance.refresh_from_db()
        acted = Event.objects.filter(instance=instance, kind="acted")
        assert instance.version == 2 and acted.count() == 1
        assert instance.state == {"grant": "granted", "refuse": "refused"}[acted.get().action]
    bodies = [bytes(one.body).decode() for one in Entry.objects.filter(kind="flow.acted")]
    assert sum('"reason":"flow.moved_on"' in body for body in bodies) == 5
    close_old_connections()


def test_a_move_costs_few_queries(cast: Cast) -> None:
    published()
    provider, asker = cast.actor("other_officer"), cast.actor("officer")
    act(by=provider, instance=begun(asker).number, action="grant", version=1)  # caches are filled
    instance = begun(asker)
    with CaptureQueriesContext(
        connection,
    ) as ask_back:
        act(by=provider, instance=instance.number, action="ask_back", version=1, comment="x")
    with CaptureQueriesContext(connection) as resubmit:
        act(by=asker, instance=instance.number, action="resubmit", version=2)
    with CaptureQueriesContext(connection) as grant:
        act(by=provider, instance=instance.number, action="grant", version=3)
    with CaptureQueriesContext(connection) as started:
        begun(asker)

    def real(captured: CaptureQueriesContext) -> int:
        return sum("SAVEPOINT" not in one["sql"] for one in captured.captured_queries)

    assert real(ask_back) <= 10 and real(resubmit) <= 10 and real(grant) <= 10
    assert real(started) <= 12

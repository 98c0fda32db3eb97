"""Two reviewers who do not see one another, a third where they disagree, undo, and what survives a re-run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_links_judgements import CLINIC, HOME, LI, WORK, pair, subject
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.accounts.models import Organisation, Role
from tongchou.ledger import queries as ledger
from tongchou.pool.actions.judging import judge, question_link, withdraw_judgement, withdraw_verdict
from tongchou.pool.actions.quality import request_sample
from tongchou.pool.models import Judgement, Population, ReviewPair, ReviewSample, SampledPair, Verdict
from tongchou.pool.quality import estimates, queue, sampling
from tongchou.pool.work import perform_next
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

State, Kind = ReviewPair.State, ReviewPair.Kind


@pytest.fixture
def reviewers() -> list[Actor]:
    """Three who may judge, over the district gathered and linked."""
    people = district.cast()
    role, bureau = Role.objects.get(code="steward"), Organisation.objects.get(code="data")
    others = [district._member(name, role, bureau) for name in ("second", "third")]
    district.linked()
    return [people["steward"], *others]


def in_force() -> list[str]:
    return list(Judgement.objects.filter(withdrawn_at__isnull=True).values_list("verdict", flat=True))


def waits_for(reviewer: Actor, asked: ReviewPair) -> bool:
    return queue.waiting_for(reviewer.username).filter(pk=asked.pk).exists()


def test_one_verdict_takes_effect_and_a_second_confirms_it_unseen(reviewers: list[Actor]) -> None:
    first, second, third = reviewers
    asked = pair(CLINIC, LI)
    judge(by=first, pair=asked, verdict="same")
    assert in_force() == ["same"]
    assert not waits_for(first, asked)
    assert waits_for(second, asked)
    assert queue.sight(asked, second.username) == queue.Sight(False, False, "second")
    assert queue.shown_state(asked, spoken=False) == "second"
    judge(by=second, pair=asked, verdict="same")
    asked.refresh_from_db()
    assert (asked.state, asked.closed) == (State.SAME, True)
    assert not waits_for(third, asked)
    assert queue.sight(asked, third.username).verdicts
    assert Judgement.objects.get().judged_by == first.username, "the second confirms, and changes nothing"


def test_two_who_disagree_cancel_out_and_a_third_decides(reviewers: list[Actor]) -> None:
    first, second, third = reviewers
    asked = pair(CLINIC, LI)
    judge(by=first, pair=asked, verdict="same")
    assert judge(by=second, pair=asked, verdict="different") is None
    assert in_force() == []
    asked.refresh_from_db()
    assert (asked.state, asked.closed) == (State.DISPUTED, False)
    assert not waits_for(first, asked)
    assert not waits_for(second, asked)
    assert queue.waiting_for(third.username).first() == asked, "a disagreement comes before all else"
    assert queue.sight(asked, third.username) == queue.Sight(False, False, "third")
    decided = judge(by=third, pair=asked, verdict="different")
    assert decided is not None
    assert decided.judged_by == second.username
    assert in_force() == ["different"]
    asked.refresh_from_db()
    assert (asked.state, asked.closed) == (State.DIFFERENT, True)


def test_undo_restores_what_was_before_one_spoke(reviewers: list[Actor]) -> None:
    first, second, _third = reviewers
    asked = pair(CLINIC, LI)
    judge(by=first, pair=asked, verdict="same")
    judge(by=second, pair=asked, verdict="different")
    last = queue.last_of(second.username)
    assert last is not None
    assert last.pair == asked
    withdraw_verdict(by=second, pair=asked)
    asked.refresh_from_db()
    assert (asked.state, asked.closed, in_force()) == (State.SAME, False, ["same"])
    assert waits_for(second, asked), "asked again, and still without seeing the first"
    assert not queue.sight(asked, second.username).verdicts
    withdraw_verdict(by=first, pair=asked)
    asked.refresh_from_db()
    assert (asked.state, in_force()) == (State.OPEN, [])
    with pytest.raises(HouseError) as refused:
        withdraw_verdict(by=first, pair=asked)
    assert refused.value.code == "pool.no_verdict"
    assert Verdict.objects.count() == 2, "what was said stays on file"


def test_who_cannot_tell_passes_it_on_and_after_three_it_is_closed(reviewers: list[Actor]) -> None:
    asked = pair(CLINIC, LI)
    for each in reviewers:
        assert not asked.closed
        assert judge(by=each, pair=asked, verdict="unsure") is None
        assert not waits_for(each, asked)
    asked.refresh_from_db()
    assert (asked.state, asked.closed, in_force()) == (State.UNDECIDED, True, [])


def test_verdicts_survive_re_runs_and_taking_a_judgement_back_begins_anew(reviewers: list[Actor]) -> None:
    first, second, _third = reviewers
    asked = pair(CLINIC, LI)
    judge(by=first, pair=asked, verdict="same")
    judgement = judge(by=second, pair=asked, verdict="same")
    assert judgement is not None
    for _ in range(2):
        district.link_people()
        asked.refresh_from_db()
        assert (asked.state, asked.closed) == (State.SAME, True)
        assert subject(*LI) == subject(*CLINIC)
    assert asked.verdicts.filter(withdrawn_at__isnull=True).count() == 2
    withdraw_judgement(by=first, judgement=judgement)
    asked.refresh_from_db()
    assert (asked.state, asked.closed) == (State.OPEN, False)
    assert waits_for(second, asked)
    district.link_people()
    assert subject(*LI) != subject(*CLINIC)


def test_a_disagreement_survives_a_re_run_too(reviewers: list[Actor]) -> None:
    first, second, third = reviewers
    asked = pair(CLINIC, LI)
    judge(by=first, pair=asked, verdict="same")
    judge(by=second, pair=asked, verdict="different")
    district.link_people()
    asked.refresh_from_db()
    assert asked.state == State.DISPUTED
    assert waits_for(third, asked)


def test_false_merges_are_offered_first_then_by_value(reviewers: list[Actor]) -> None:
    ReviewPair.objects.all().delete()
    for number, (kind, value) in enumerate([(Kind.APART, 9.0), (Kind.MERGED, 1.0), (Kind.MERGED, 4.0)]):
        made = pair(CLINIC, ("ps.residents", f"X{number}"))
        made.kind, made.value = kind, value
        made.save()
    order = list(queue.waiting_for(reviewers[0].username).values_list("kind", "value"))
    assert order == [(Kind.MERGED, 4.0), (Kind.MERGED, 1.0), (Kind.APART, 9.0)]
    first, *_rest, last = queue.waiting_for(reviewers[0].username)
    assert queue.following(queue.waiting_for(reviewers[0].username), last) == first, (
        "after the last, the first"
    )
    judge(by=reviewers[1], pair=first, verdict="different")
    assert queue.waiting_for(reviewers[0].username).last() == first, (
        "second opinions come after what nobody has judged"
    )


def test_a_weak_join_inside_a_file_is_put_before_the_reviewers(reviewers: list[Actor]) -> None:
    """The clinic's 王小名 came to 王小明's file by date and phone: a run offers that join, and "different" undoes it."""
    ReviewPair.objects.all().delete()
    district.deliver("health.patients", [{**district.WANG_PATIENT, "name": "黄小敏"}])
    assert subject(*CLINIC) == subject(*HOME)
    run = district.link_people()
    doubted = ReviewPair.objects.filter(kind=Kind.MERGED)
    if subject(*CLINIC) == subject(*HOME):
        asked = doubted.get()
        assert {asked.left_key, asked.right_key} & {"H1"}
        assert (asked.moves, asked.closed) == (1, False)
        judge(by=reviewers[0], pair=asked, verdict="different")
        district.link_people()
        assert subject(*CLINIC) != subject(*HOME)
    assert run.report["how"]
    assert sum(count for _top, count in run.report["sizes"]) == run.subjects


def test_a_link_anybody_doubts_can_be_questioned(reviewers: list[Actor]) -> None:
    people = Population.objects.get(code="people")
    asked = question_link(by=reviewers[0], population=people, left=WORK, right=HOME)
    assert (asked.kind, asked.left_key) == (Kind.QUESTIONED, "S1")
    assert queue.waiting_for(reviewers[1].username).first() == asked
    assert question_link(by=reviewers[1], population=people, left=HOME, right=WORK) == asked
    district.link_people()
    asked.refresh_from_db()
    assert asked.state == State.OPEN, "a run does not settle what somebody questions"
    with pytest.raises(HouseError) as refused:
        question_link(by=reviewers[0], population=people, left=HOME, right=HOME)
    assert refused.value.code == "pool.pair_of_one"


def drawn(by: Actor, seed: int = 42) -> ReviewSample:
    request_sample(by=by, population=Population.objects.get(code="people"), wanted=20, seed=seed)
    assert perform_next(by=Actor.house("worker"), now=timezone.now())
    return ReviewSample.objects.first() or pytest.fail("nothing was drawn")


def test_a_sample_is_drawn_by_the_worker_with_its_seed_on_record(reviewers: list[Actor]) -> None:
    sample = drawn(reviewers[0])
    assert sample.state == ReviewSample.State.READY
    assert sample.run is not None
    assert sample.pairs.count() == sum(each["drawn"] for each in sample.strata) > 0
    (body,) = bodies("links.sample_drawn")
    assert (body["seed"], body["pairs"], body["outcome"]) == (42, sample.pairs.count(), "done")
    assert (bodies("links.sample_requested")[0]["seed"]) == 42
    again = drawn(reviewers[0])
    assert again.pk != sample.pk
    ends = [[(each.pair.pk, each.stratum, each.times) for each in one.pairs.all()] for one in (sample, again)]
    assert ends[0] == ends[1], "the same links and seed make the same sample"


def test_nothing_of_a_sample_takes_effect_before_two_agree(reviewers: list[Actor]) -> None:
    first, second, _third = reviewers
    sample = drawn(first)
    linked = next(each.pair for each in sample.pairs.select_related("pair") if each.linked)
    waiting = queue.waiting_in(sample, second.username)
    assert linked in waiting
    assert not queue.sight(linked, second.username).linked, "what the machine thinks is not told either"
    assert judge(by=first, pair=linked, verdict="different") is None
    assert in_force() == []
    assert all("verdict" not in body for body in bodies("links.judged")), "nor can it be read in the ledger"
    assert not queue.sight(linked, second.username).verdicts
    assert judge(by=second, pair=linked, verdict="different") is not None
    assert in_force() == ["different"]
    assert {body.get("verdict") for body in bodies("links.judged")} == {None, "different"}
    told = estimates.assess(sampling.strata_of(sample), sampling.answers_of(sample))
    assert told.answered == 1
    assert queue.agreement_table(sample) == {("second", "steward"): [("different", "different")]}


def test_a_whole_sample_judged_gives_precision_and_recall(reviewers: list[Actor]) -> None:
    sample = drawn(reviewers[0])
    for each in sample.pairs.select_related("pair"):
        about = {"R1": 1, "H1": 1, "S1": 1, "R2": 2}
        same = about[each.pair.left_key] == about[each.pair.right_key]
        for reviewer in reviewers[:2]:
            judge(by=reviewer, pair=each.pair, verdict="same" if same else "different")
    told = estimates.assess(sampling.strata_of(sample), sampling.answers_of(sample))
    assert (told.waiting, told.unsure) == (0, 0)
    assert told.quality.precision is not None
    assert (told.quality.precision.low, told.quality.precision.value) == (1, 1), "everything was asked"


def test_groups_of_the_people_sampled_are_sealed(reviewers: list[Actor]) -> None:
    sample = drawn(reviewers[0])
    for each in SampledPair.objects.all():
        assert b"migrant" not in bytes(each.groups)
        assert b"child" not in bytes(each.groups)
    assert all(isinstance(each.groups, frozenset) for each in sampling.answers_of(sample))
    assert len({len(bytes(each.groups)) for each in SampledPair.objects.all()}) == 1


def test_only_those_who_judge_may_ask_for_samples_of_a_sensible_size(reviewers: list[Actor]) -> None:
    people = Population.objects.get(code="people")
    with pytest.raises(NotAllowed):
        request_sample(by=district.cast()["clerk"], population=people)
    with pytest.raises(HouseError) as refused:
        request_sample(by=reviewers[0], population=people, wanted=3)
    assert refused.value.code == "pool.sample_size"
    request_sample(by=reviewers[0], population=people)
    with pytest.raises(HouseError) as refused:
        request_sample(by=reviewers[0], population=people)
    assert refused.value.code == "pool.sample_waiting"


def test_a_sample_before_the_first_run_fails_and_says_why() -> None:
    steward = district.cast()["steward"]
    district.resources()
    request_sample(by=steward, population=Population.objects.get(code="people"))
    assert perform_next(by=Actor.house("worker"))
    failed = ReviewSample.objects.get()
    assert (failed.state, failed.error["code"]) == (ReviewSample.State.FAILED, "pool.nothing_linked")


def bodies(kind: str) -> list[dict[str, Any]]:
    found = [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]
    assert "王" not in json.dumps(found, ensure_ascii=False)
    return found

"""A steward's judgement forces and unforces: links follow at the next run, ids survive, everything is on record."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.exchange.actions.judging import compare
from tongchou.exchange.differences import pieces_of
from tongchou.ledger import queries as ledger
from tongchou.pool import links, queries, rules
from tongchou.pool.actions.linkage import judge, withdraw_judgement
from tongchou.pool.folders import links_folder
from tongchou.pool.models import Judgement, Population, ReviewPair
from tongchou.pool.work import perform_next
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def cast() -> dict[str, Actor]:
    """The district, gathered and linked."""
    return district.linked()


def subject(resource: str, key: str) -> str:
    found = links.subject_of("people", resource, key)
    assert found is not None
    return found


def pair(left: tuple[str, str], right: tuple[str, str], score: float = 1.0) -> ReviewPair:
    first, second = sorted((left, right))
    made, _ = ReviewPair.objects.get_or_create(
        population=Population.objects.get(code="people"), left_resource=first[0], left_key=first[1],
        right_resource=second[0], right_key=second[1],
        defaults={"score": score, "sentence_zh": "姓名近似", "sentence_en": "names are similar"},
    )  # fmt: skip
    return made


HOME, CLINIC, WORK, LI = (
    ("ps.residents", "R1"),
    ("health.patients", "H1"),
    ("hr.insured", "S1"),
    ("ps.residents", "R2"),
)


def test_different_parts_and_withdrawing_joins_again_with_the_same_ids(cast: dict[str, Actor]) -> None:
    wang = subject(*HOME)
    assert subject(*CLINIC) == wang
    judgements = [
        judge(by=cast["steward"], pair=pair(CLINIC, other), verdict="different", reason="两个人")
        for other in (HOME, WORK)
    ]
    assert queries.needs_linking(Population.objects.get(code="people"))
    assert subject(*CLINIC) == wang, "links follow by a run, not at once"
    district.link_people()
    apart = subject(*CLINIC)
    assert apart != wang
    assert subject(*HOME) == subject(*WORK) == wang
    assert queries.find("phone", "13800138000") == sorted((wang, apart))
    for each in judgements:
        withdraw_judgement(by=cast["steward"], judgement=each)
    district.link_people()
    assert subject(*CLINIC) == wang
    shutil.rmtree(links_folder("people"))  # the links can be lost; ids and where they led are issued once
    district.link_people()
    assert subject(*CLINIC) == wang
    # The id of the part that is gone leads to where it went.
    document = queries.document(apart)
    assert document is not None
    assert document["subject_id"] == wang


def test_same_joins_what_no_score_would_and_undoing_it_restores_both_files(cast: dict[str, Actor]) -> None:
    wang, li = subject(*HOME), subject(*LI)
    assert wang != li
    judgement = judge(by=cast["steward"], pair=pair(CLINIC, LI), verdict="same")
    district.link_people()
    assert subject(*LI) == subject(*CLINIC)
    told = {each["resource"]: each for each in (queries.document(subject(*LI)) or {})["links"]}
    assert "judgement" in {each["how"] for each in told.values()}
    withdraw_judgement(by=cast["steward"], judgement=judgement)
    district.link_people()
    assert subject(*LI) == li
    assert subject(*HOME) == wang


def test_the_worker_links_soon_after_the_last_judgement_and_only_then(cast: dict[str, Actor]) -> None:
    worker, begun = Actor.house("worker"), timezone.now()
    assert not perform_next(by=worker, now=begun + timedelta(days=1)), "nothing was judged"
    judge(by=cast["steward"], pair=pair(CLINIC, LI), verdict="same")
    assert not perform_next(by=worker, now=timezone.now()), "the steward may still be judging"
    assert perform_next(by=worker, now=timezone.now() + rules.JUDGED_QUIET)
    assert subject(*LI) == subject(*CLINIC)
    later = timezone.now() + timedelta(days=1)
    assert not perform_next(by=worker, now=later), "the links say what was judged"
    judged = Judgement.objects.get()
    withdraw_judgement(by=cast["steward"], judgement=judged)
    assert perform_next(by=worker, now=later)
    assert subject(*LI) != subject(*CLINIC)
    withdraw_judgement(
        by=cast["steward"], judgement=judge(by=cast["steward"], pair=pair(WORK, LI), verdict="same")
    )
    assert not perform_next(by=worker, now=later), "made and withdrawn: the links are as they should be"


def test_judging_without_a_pause_does_not_put_the_links_off_for_ever() -> None:
    now = timezone.now()
    steadily = [now - timedelta(seconds=each) for each in range(200)]
    assert rules.judgements_are_due(steadily, now)
    assert not rules.judgements_are_due(steadily[:30], now)
    assert not rules.judgements_are_due([], now)


def test_a_second_verdict_replaces_the_first_and_keeps_it_as_history(cast: dict[str, Actor]) -> None:
    asked = pair(CLINIC, LI)
    judge(by=cast["steward"], pair=asked, verdict="same")
    judge(by=cast["steward"], pair=asked, verdict="different")
    asked.refresh_from_db()
    assert asked.state == ReviewPair.State.DIFFERENT
    assert Judgement.objects.count() == 2
    assert Judgement.objects.get(withdrawn_at__isnull=True).verdict == "different"
    standing = Judgement.objects.get(withdrawn_at__isnull=True)
    withdraw_judgement(by=cast["steward"], judgement=standing)
    asked.refresh_from_db()
    assert asked.state == ReviewPair.State.OPEN
    with pytest.raises(HouseError) as refused:
        withdraw_judgement(by=cast["steward"], judgement=standing)
    assert refused.value.code == "pool.judgement_withdrawn"


def test_judged_pairs_stay_and_pairs_that_vanished_are_settled(cast: dict[str, Actor]) -> None:
    judged, left = pair(CLINIC, LI), pair(WORK, LI)
    judge(by=cast["steward"], pair=judged, verdict="different")
    district.link_people()
    judged.refresh_from_db()
    left.refresh_from_db()
    assert (judged.state, left.state) == (ReviewPair.State.DIFFERENT, ReviewPair.State.SETTLED)


def test_only_stewards_judge_and_only_with_a_known_verdict(cast: dict[str, Actor]) -> None:
    with pytest.raises(NotAllowed):
        judge(by=cast["clerk"], pair=pair(CLINIC, LI), verdict="same")
    with pytest.raises(HouseError) as refused:
        judge(by=cast["steward"], pair=pair(CLINIC, LI), verdict="perhaps")
    assert refused.value.code == "pool.verdict_unknown"
    assert Judgement.objects.count() == 0


def bodies(kind: str) -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


def test_judging_is_on_record_without_keys_or_values(cast: dict[str, Actor]) -> None:
    judge(by=cast["steward"], pair=pair(CLINIC, LI), verdict="same", reason="王小明的妻子")
    (told,) = bodies("links.judged")
    assert (told["verdict"], told["left_resource"], told["right_resource"]) == (
        "same",
        "health.patients",
        "ps.residents",
    )
    assert "王小明" not in json.dumps(told, ensure_ascii=False)


def test_opening_a_pair_is_on_record_for_both_subjects(cast: dict[str, Actor]) -> None:
    compare(by=cast["steward"], pair=pair(CLINIC, LI))
    assert {each["subject_id"] for each in bodies("access.compared")} == {subject(*CLINIC), subject(*LI)}
    with pytest.raises(NotAllowed):
        compare(by=cast["clerk"], pair=pair(CLINIC, LI))


def test_the_steward_sees_names_whole_and_of_numbers_what_differs(cast: dict[str, Actor]) -> None:
    found = compare(by=cast["steward"], pair=pair(HOME, CLINIC))
    rows = {each.label.zh: each for each in found.rows}
    left, right = ("".join(piece.text for piece in side) for side in (rows["姓名"].left, rows["姓名"].right))
    assert {left, right} == {"王小明", "王小名"}
    assert [piece.text for piece in rows["姓名"].left if piece.differs] in (["明"], ["名"])
    number = rows["公民身份号码"]
    assert "440604199005011237" not in "".join(piece.text for piece in (*number.left, *number.right))
    assert found.linked
    assert found.parts


def test_of_two_numbers_only_the_difference_is_shown() -> None:
    left, right = pieces_of("440604199005011237", "440604199005011273", masked=True, mask="id_number")
    assert "".join(piece.text for piece in left) == "440***********1237"
    assert [piece.text for piece in left if piece.differs]
    assert [piece.text for piece in right if piece.differs]
    one, two = pieces_of("440604199005011237", "440605199005011237", masked=True, mask="id_number")
    assert "".join(piece.text for piece in one) == "440**4********1237"
    assert "".join(piece.text for piece in two) == "440**5********1237"
    # Nothing alike: showing what differs would show everything.
    one, _ = pieces_of("13800138000", "15912345679", masked=True, mask="phone")
    assert "".join(piece.text for piece in one) == "138****8000"

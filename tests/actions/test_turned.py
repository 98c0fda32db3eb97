"""Two people were one file for a while: whoever held its id is led right when they are two again."""

from __future__ import annotations

import pytest

from tests import citizens, district
from tests.actions.pooled import data  # noqa: F401
from tongchou.exchange.actions import corrections
from tongchou.exchange.actions.cases import open_case
from tongchou.exchange.actions.my_data import read_own
from tongchou.exchange.models import Case, Correction, OwnFile
from tongchou.pool.actions.linkage import judge, withdraw_judgement
from tongchou.pool.models import Population, ReviewPair, SubjectTurn

pytestmark = pytest.mark.usefixtures("data")


def test_own_files_corrections_and_cases_after_a_merge_is_undone() -> None:
    people = citizens.found()
    wang, li = citizens.wang(), citizens.li()
    pair = ReviewPair.objects.create(
        population=Population.objects.get(code="people"), left_resource="ps.residents", left_key="R1",
        right_resource="ps.residents", right_key="R2", score=1.0, sentence_zh="姓名近似", sentence_en="names",
    )  # fmt: skip
    judged = judge(by=people["steward"], pair=pair, verdict="same")
    assert judged is not None
    district.link_people()
    one = citizens.wang()
    assert one == citizens.li()
    assert SubjectTurn.objects.filter(kind="merged", other_id=one).exists()

    # While they are one: both open their accounts, one asks for a correction, a clerk opens a case.
    for username, number in (("wang", citizens.WANG_NUMBER), ("li", citizens.LI_NUMBER)):
        mine = citizens.bind(people["clerk"], username, number)
        assert mine.subject_id == one
        OwnFile.objects.filter(pk=mine.pk).update(ended_at=None if username == "li" else mine.bound_at)
    record = next(
        record.record for group in read_own(by=people["li"]).groups for record in group.records
        if record.resource == "ps.residents" and any(value.shown == district.LI["name"] for value in record.values)
    )  # fmt: skip
    asked = corrections.ask(
        by=people["li"],
        resource="ps.residents",
        record=record,
        field="address",
        says="门牌不对",
        proposed="",
        evidence="",
    )
    case = open_case(by=people["clerk"], kind="window", subject=one, ref="HALL-1")

    withdraw_judgement(by=people["steward"], judgement=judged)
    district.link_people()
    assert (citizens.wang(), citizens.li()) == (wang, li)
    assert SubjectTurn.objects.filter(kind="split", told_at__isnull=False).exists()
    assert OwnFile.objects.get(user__username="li").subject_id == li
    assert Correction.objects.get(number=asked.number).subject_id == li
    unusual = Case.objects.get(pk=case.pk)
    assert unusual.subject_id == one and "split" in unusual.unusual
    shown = {
        value.shown
        for group in read_own(by=people["li"]).groups
        for record in group.records
        for value in record.values
    }
    assert district.WANG["name"] not in shown

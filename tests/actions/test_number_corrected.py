"""The police correct an identity number: the old one still finds the person, and what bears it stays theirs."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.exchange.actions import access, history
from tongchou.pool import queries
from tongchou.pool.models import Judgement, Population

pytestmark = [pytest.mark.usefixtures("data", "gathered"), pytest.mark.any_database]

OLD, NEW = "440604199005011237", "440604197611035537"
#: Number and birth date are put right, and by now they live elsewhere: nothing but the old number leads to the others.
RIGHT = {
    **district.WANG,
    "id_number": NEW,
    "birth_date": "1976-11-03",
    "address": "佛山市禅城区石湾镇街道江湾路88号",
}


@pytest.fixture
def gathered() -> None:
    district.linked()


def found(number: str) -> str:
    (subject,) = queries.find("id_number", number)
    return subject


def resources(subject: str) -> set[str]:
    document = queries.document(subject)
    assert document is not None
    return {each["resource"] for each in document["links"]}


def test_the_old_number_finds_the_person_and_the_links_follow() -> None:
    before = found(OLD)
    district.deliver("ps.residents", [RIGHT, district.LI], date(2026, 11, 8))
    district.link_people()
    assert found(OLD) == found(NEW) == before
    assert {"ps.residents", "hr.insured"} <= resources(before)
    # The others bring the new number in their own time; nothing changes for the person.
    district.deliver(
        "hr.insured",
        [{**district.WANG_INSURED, "id_number": NEW, "birth_date": "1976-11-03"}],
        date(2026, 12, 1),
    )
    district.link_people()
    assert found(OLD) == found(NEW) == before and Judgement.objects.count() == 0


def test_the_past_tells_the_number_as_it_was_and_when_it_was_put_right() -> None:
    subject = found(OLD)
    district.deliver("ps.residents", [RIGHT, district.LI], date(2026, 11, 8))
    district.link_people()
    district.grant("ps.residents", unmasked=["*"])
    by, why = district.cast()["clerk"], {"purpose": "relief_check"}
    asked = {
        "by": by,
        "subject_id": subject,
        "resource": "ps.residents",
        "key": "R1",
        "field": "id_number",
        **why,
    }
    assert access.reveal(valid_on=date(2026, 11, 3), **asked).text == OLD
    assert access.reveal(valid_on=date(2026, 11, 9), **asked).text == NEW
    told = history.changes(
        by=by, subject_id=subject, earlier=date(2026, 11, 2), later=date(2026, 11, 9), **why
    )
    assert {each.field for each in told.changes[0].fields} == {"id_number", "birth_date", "address"}
    assert timezone.localdate() >= date(2026, 1, 1)


def test_a_number_that_was_taken_from_a_record_because_it_is_anothers_binds_nobody() -> None:
    other = {**district.LI, "record_no": "R3", "name": "王小明", "id_number": OLD, "birth_date": "1990-05-01"}
    district.deliver("ps.residents", [RIGHT, district.LI, other], date(2026, 11, 8))
    district.link_people()
    assert resources(found(NEW)) == {"ps.residents"}
    assert any(
        "hr.insured" in resources(each) for each in queries.find("id_number", OLD) if each != found(NEW)
    )


def test_another_name_under_the_old_number_is_not_drawn_along() -> None:
    stranger = {**district.WANG_INSURED, "insured_no": "S7", "name": "赵国强", "birth_date": "1955-01-01"}
    district.deliver("hr.insured", [stranger], date(2026, 11, 4))
    district.link_people()
    district.deliver("ps.residents", [RIGHT, district.LI], date(2026, 11, 8))
    district.link_people()
    (new,) = queries.find("id_number", NEW)
    assert "赵国强" not in str(queries.document(new))


def test_a_stewards_word_goes_before_it() -> None:
    district.deliver("ps.residents", [RIGHT, district.LI], date(2026, 11, 8))
    Judgement.objects.create(
        population=Population.objects.get(code="people"), left_resource="hr.insured", left_key="S1",
        right_resource="ps.residents", right_key="R1", verdict="different", judged_by="steward",
    )  # fmt: skip
    district.link_people()
    (new,) = queries.find("id_number", NEW)
    assert "hr.insured" not in resources(new)

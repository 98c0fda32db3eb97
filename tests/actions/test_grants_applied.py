"""What a grant's rows and masks do to everything a dossier shows, and on which day it takes effect."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import access, grants
from tongchou.exchange.dossiers import Dossier
from tongchou.exchange.models import Grant
from tongchou.ledger import queries as ledger
from tongchou.pool import links
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def cast() -> dict[str, Actor]:
    """The district, gathered and linked; the clerk holds residents and insured."""
    people = district.linked()
    district.grant("ps.residents", unmasked=["id_number"], number="G-RES")
    district.grant("hr.insured", fields=["name", "phone", "birth_date"], number="G-INS")
    return people


def wang() -> str:
    return str(links.subject_of("people", "ps.residents", "R1"))


def read(by: Actor, **more: Any) -> Dossier:
    return access.read(by=by, subject_id=more.pop("subject_id", wang()), purpose="relief_check", **more)


def shown(found: Dossier) -> dict[str, str]:
    return {
        f"{record.resource}.{value.field}": value.shown
        for group in found.groups
        for record in group.records
        for value in record.values
    }


def change(number: str, **values: Any) -> None:
    Grant.objects.filter(number=number).update(**values)


def test_a_record_outside_the_rows_is_nowhere(cast: dict[str, Actor]) -> None:
    before = read(cast["clerk"])
    assert before.contradictions
    assert before.events
    change("G-RES", rows="sex = '2'")
    found = read(cast["clerk"])
    assert {group.organisation for group in found.groups} == {"hr"}
    assert found.contradictions == ()
    assert found.events == ()
    assert {each.title.zh for each in found.links} == {"人社局 · 参保人员"}
    assert "佛山" not in str(found.identity)
    assert found.record_count == 1
    body = ledger.trace(ledger.entries(kind="access.read")[0]).body
    assert body["records"] == 1
    assert all(not field.startswith("ps.") for field in body["fields"])
    with pytest.raises(HouseError) as refused:
        access.reveal(
            by=cast["clerk"],
            subject_id=wang(),
            resource="ps.residents",
            key="R1",
            field="id_number",
            purpose="relief_check",
        )
    assert refused.value.code == "exchange.record_not_found"


def test_a_subject_with_nothing_inside_the_rows_is_not_found(cast: dict[str, Actor]) -> None:
    change("G-RES", rows="sex = '1'")
    li = access.search(by=cast["clerk"], query="440604198812125527", purpose="relief_check")
    assert len(li) == 0
    assert len(access.search(by=cast["clerk"], query="440604199005011237", purpose="relief_check")) == 1


@pytest.mark.parametrize(
    "rows", ["moved_in_on > date '2030-01-01'", "gone is null", "not a filter", "phone is null"]
)
def test_what_is_open_or_cannot_be_asked_covers_nothing(cast: dict[str, Actor], rows: str) -> None:
    change("G-RES", rows=rows)
    assert "ps" not in {group.organisation for group in read(cast["clerk"]).groups}


def test_two_grants_with_different_rows_are_not_added_up(cast: dict[str, Actor]) -> None:
    """One shows numbers of women, the other names of all: of a man the number stays unseen."""
    change("G-RES", fields=["id_number"], unmasked=["id_number"], rows="sex = '2'")
    district.grant("ps.residents", fields=["name"], number="G-ALL")
    found = shown(read(cast["clerk"]))
    assert "ps.residents.name" in found
    assert "ps.residents.id_number" not in found
    li = str(links.subject_of("people", "ps.residents", "R2"))
    assert {"ps.residents.name", "ps.residents.id_number"} <= shown(read(cast["clerk"], subject_id=li)).keys()
    with pytest.raises(HouseError) as refused:
        access.reveal(
            by=cast["clerk"],
            subject_id=wang(),
            resource="ps.residents",
            key="R1",
            field="id_number",
            purpose="relief_check",
        )
    assert refused.value.code == "exchange.refused.not_granted"


def test_earlier_versions_outside_the_rows_are_not_counted(cast: dict[str, Actor]) -> None:
    moved = {**district.WANG, "address": "佛山市南海区桂城街道南海大道1号"}
    district.deliver("ps.residents", [moved, district.LI], date(2026, 11, 10))
    district.link_people()

    def versions() -> list[int]:
        found = read(cast["clerk"], valid_on=date(2026, 11, 12))
        return [
            each.versions
            for group in found.groups
            for each in group.records
            if each.resource == "ps.residents"
        ]

    assert versions() == [2]
    change("G-RES", rows="address starts with '佛山市南海区'")
    assert versions() == [1]


def test_the_grant_s_mask_is_the_one_that_counts(cast: dict[str, Actor]) -> None:
    change("G-RES", masking={"id_number": "hide", "name": "name", "birth_date": "month"})
    found = shown(read(cast["clerk"]))
    assert found["ps.residents.id_number"] == "****"
    assert found["ps.residents.name"] == "王**"
    assert found["ps.residents.birth_date"] == "1990-05"
    # Where two records say the same under different masks, the stricter decides; unlike ones stand under their own.
    (birth,) = [each for each in read(cast["clerk"]).contradictions if each.label.zh == "出生日期"]
    assert {side.text for side in birth.sides} == {"1990-05", "1990"}


def test_grade_four_stays_hidden_whatever_the_grant_says(cast: dict[str, Actor]) -> None:
    resource = Grant.objects.get(number="G-RES").resource
    resource.fields.filter(name="address").update(grade=4)
    change("G-RES", masking={"address": "none"})
    assert shown(read(cast["clerk"]))["ps.residents.address"] == "****"


def test_of_two_grants_the_one_that_shows_more_counts(cast: dict[str, Actor]) -> None:
    change("G-RES", masking={"birth_date": "hide"})
    district.grant("ps.residents", fields=["birth_date"], number="G-AGE")
    assert shown(read(cast["clerk"]))["ps.residents.birth_date"] == "1990"


def test_a_search_result_shows_no_more_than_the_grant(cast: dict[str, Actor]) -> None:
    change("G-INS", state=Grant.State.WITHDRAWN)
    change("G-RES", masking={"name": "hide", "birth_date": "month", "sex": "hide"})
    (found,) = access.search(by=cast["clerk"], query="440604199005011237", purpose="relief_check")
    assert found.name == "****"
    assert "男" not in " ".join(found.shown())
    assert "1990-05" not in " ".join(found.shown())


def test_suspended_withdrawn_and_changed_take_effect_with_the_next_read(cast: dict[str, Actor]) -> None:
    provider = cast["officer"]
    grant = Grant.objects.get(number="G-RES")
    grants.suspend(by=provider, grant=grant)
    assert {group.organisation for group in read(cast["clerk"]).groups} == {"hr"}
    grants.resume(by=provider, grant=grant)
    assert {group.organisation for group in read(cast["clerk"]).groups} == {"hr", "ps"}
    grants.withdraw(by=provider, grant=grant)
    assert {group.organisation for group in read(cast["clerk"]).groups} == {"hr"}

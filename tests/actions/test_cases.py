"""A grant that demands a case: read under a live one about that very subject, refused otherwise, from the next request on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import citizens, district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.exchange import cases as kinds
from tongchou.exchange import reviews
from tongchou.exchange.actions import access
from tongchou.exchange.actions.cases import close_case, open_case
from tongchou.exchange.actions.judging import compare
from tongchou.exchange.models import Case, Grant
from tongchou.exchange.queries import cases as queries
from tongchou.exchange.queries import grants
from tongchou.ledger import queries as ledger
from tongchou.pool.models import Population, ReviewPair
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def people() -> dict[str, Actor]:
    found = citizens.found()
    Grant.objects.filter(number="G-INS").update(needs_case=True)
    return found


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(HouseError) as refusal:
        ask()
    return refusal.value.code


def read(by: Actor, subject: str = "", case_ref: str = "", **more: Any) -> Any:
    return access.read(
        by=by, subject_id=subject or citizens.wang(), purpose="relief_check", case_ref=case_ref, **more
    )


def opened(by: Actor, subject: str = "", ref: str = "HALL-1") -> Case:
    return open_case(by=by, kind="window", subject=subject or citizens.wang(), ref=ref)


def traces(kind: str) -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


def shown(found: Any) -> set[str]:
    return {record.resource for group in found.groups for record in group.records}


def test_without_a_case_only_what_needs_none_is_shown_and_the_rest_is_told(people: dict[str, Actor]) -> None:
    found = read(people["clerk"])
    assert shown(found) == {"ps.residents"}
    assert found.needs_case == ("hr.insured",)


def test_under_a_live_case_everything_granted_is_shown_and_the_case_is_on_record(
    people: dict[str, Actor],
) -> None:
    case = opened(people["clerk"])
    found = read(people["clerk"], case_ref=case.ref)
    assert shown(found) == {"ps.residents", "hr.insured"}
    assert found.needs_case == ()
    assert traces("access.read")[0]["case_ref"] == case.ref == "HALL-1"
    assert [each.kind for each in queries.entries_under(case)] == ["access.read"]


def test_all_that_demands_a_case_is_refused_with_the_way_to_do_it_right(people: dict[str, Actor]) -> None:
    Grant.objects.update(needs_case=True)
    with pytest.raises(HouseError) as refusal:
        read(people["clerk"])
    assert refusal.value.code == "exchange.refused.case_needed"
    assert "登记事由" in refusal.value.next.zh
    told = traces("access.read")[0]
    assert (told["outcome"], told["subject_id"]) == ("refused", citizens.wang())


@pytest.mark.parametrize("wrong", ["closed", "expired", "another subject", "another organisation", "unknown"])
def test_a_case_that_is_none_refuses(people: dict[str, Actor], wrong: str) -> None:
    clerk = people["clerk"]
    case = opened(
        people["other_clerk"] if wrong == "another organisation" else clerk,
        citizens.li() if wrong == "another subject" else citizens.wang(),
    )
    if wrong == "closed":
        assert shown(read(clerk, case_ref=case.ref)) == {"ps.residents", "hr.insured"}
        close_case(by=clerk, ref=case.ref)
    elif wrong == "expired":
        Case.objects.update(until=timezone.localdate() - timedelta(days=1))
    ref = "HALL-2" if wrong == "unknown" else case.ref
    assert refused(lambda: read(clerk, case_ref=ref)) == "exchange.refused.case_needed"
    assert refused(lambda: reveal(clerk, ref)) == "exchange.refused.case_needed"


def reveal(by: Actor, ref: str) -> str:
    return access.reveal(
        by=by, subject_id=citizens.wang(), resource="hr.insured", key="S1", field="phone",
        purpose="relief_check", case_ref=ref,
    ).text  # fmt: skip


def test_one_value_needs_the_case_too(people: dict[str, Actor]) -> None:
    Grant.objects.filter(number="G-INS").update(unmasked=["phone"])
    assert refused(lambda: reveal(people["clerk"], "")) == "exchange.refused.case_needed"
    case = opened(people["clerk"])
    assert reveal(people["clerk"], case.ref) == "13800138000"


def test_asking_for_what_needs_a_case_is_refused_without_one(people: dict[str, Actor]) -> None:
    ask = {"hr.insured": {"name"}}
    assert refused(lambda: read(people["clerk"], fields=ask)) == "exchange.refused.case_needed"
    assert shown(read(people["clerk"], fields={"ps.residents": {"*"}})) == {"ps.residents"}


def test_a_case_follows_a_subject_that_was_merged(people: dict[str, Actor]) -> None:
    other = {**district.WANG_INSURED, "insured_no": "S9", "name": "陈志强", "id_number": "440604198001011114",
             "birth_date": "1980-01-01", "phone": None}  # fmt: skip
    from datetime import date

    from tongchou.pool import links

    district.deliver("hr.insured", [district.WANG_INSURED, other], date(2026, 11, 11))
    district.link_people()
    before = str(links.subject_of("people", "hr.insured", "S9"))
    case = opened(people["clerk"], before)
    assert refused(lambda: read(people["clerk"], case_ref=case.ref)) == "exchange.refused.case_needed"
    district.deliver(
        "hr.insured",
        [district.WANG_INSURED, {**district.WANG_INSURED, "insured_no": "S9"}],
        date(2026, 11, 12),
    )
    district.link_people()
    assert links.subject_of("people", "hr.insured", "S9") == citizens.wang() != before
    assert "hr.insured" in shown(read(people["clerk"], case_ref=case.ref))
    assert "hr.insured" in shown(read(people["clerk"], before, case_ref=case.ref))
    assert "hr.insured" in shown(
        read(people["clerk"], before, case_ref=opened(people["clerk"], ref="HALL-9").ref)
    )


def test_the_check_for_other_doors(people: dict[str, Actor]) -> None:
    terms = [each for each in grants.terms_of(people["clerk"]) if each.resource == "hr.insured"]
    args = {"by": people["clerk"], "subject_id": citizens.wang()}
    assert refused(lambda: kinds.check_case(terms, **args, case_ref="")) == "exchange.refused.case_needed"
    assert refused(lambda: kinds.check_case(terms[0], **args, case_ref="")) == "exchange.refused.case_needed"
    kinds.check_case([], **args, case_ref="")
    kinds.check_case(terms, **args, case_ref=opened(people["clerk"]).ref)


def test_who_can_only_be_read_under_a_case_is_found_by_masked_name_alone_and_sees_it(
    people: dict[str, Actor],
) -> None:
    Grant.objects.update(needs_case=True)
    found = access.search(by=people["clerk"], query=str(citizens.WANG_NUMBER), purpose="relief_check")
    assert [(each.name, each.facts, each.needs_case) for each in found] == [("王**", (), True)]
    (told,) = traces("access.found")
    assert (told["subject_id"], told["organisation"]) == (citizens.wang(), "hall")
    case = opened(people["clerk"])
    again = access.search(
        by=people["clerk"], query=str(citizens.WANG_NUMBER), purpose="relief_check", case_ref=case.ref
    )
    assert again[0].facts and not again[0].needs_case
    assert len(traces("access.found")) == 1


# ── opening and closing ──────────


def test_a_case_by_hand_is_on_record_with_its_subject(people: dict[str, Actor]) -> None:
    case = opened(people["clerk"], ref="")
    assert case.ref.startswith("S-") and case.by_hand
    told = traces("case.opened")[0]
    assert (told["case_ref"], told["subject_id"], told["by_hand"]) == (case.ref, citizens.wang(), True)
    assert "nothing_behind" in told["unusual"]
    close_case(by=people["second_clerk"], ref=case.ref)
    close_case(by=people["clerk"], ref=case.ref)
    assert {each["case_ref"] for each in traces("case.closed")} == {case.ref}


@pytest.mark.parametrize(
    ("who", "kind", "code"),
    [
        ("clerk", "correction", "exchange.refused.case_by_hand"),
        ("steward", "correction", "exchange.refused.case_by_hand"),
        ("clerk", "review", "accounts.not_allowed"),
        ("ps_officer", "window", "accounts.not_allowed"),
        ("wang", "window", "accounts.not_allowed"),
        ("clerk", "no such kind", "exchange.case_kind"),
    ],
)
def test_who_may_open_what_by_hand(people: dict[str, Actor], who: str, kind: str, code: str) -> None:
    assert refused(lambda: open_case(by=people[who], kind=kind, subject=citizens.wang())) == code
    assert not Case.objects.exists()
    assert traces("case.opened")[0]["outcome"] == "refused"


@pytest.mark.parametrize("origin", ["C-2026-000001", "pair 1", "pair 99999999999", "x"])
def test_a_case_needs_what_it_is_said_to_come_from(people: dict[str, Actor], origin: str) -> None:
    for kind in ("correction", "review", "window"):
        ask = {"kind": kind, "subject": citizens.wang(), "origin": origin}
        assert refused(lambda: open_case(by=people["clerk"], **ask)) == "exchange.refused.case_unconfirmed"  # noqa: B023


def test_bad_subjects_and_references(people: dict[str, Actor]) -> None:
    clerk = people["clerk"]
    for subject in ("P" + "A" * 12, "", "王小明", str(citizens.WANG_NUMBER)):
        assert refused(lambda: opened(clerk, subject or "x")) == "exchange.no_subject"  # noqa: B023
    assert refused(lambda: opened(clerk, ref=str(citizens.WANG_NUMBER))) == "exchange.case_reference"
    opened(clerk)
    assert refused(lambda: opened(people["other_clerk"])) == "exchange.case_exists"
    for told in (json.dumps(each, ensure_ascii=False) for each in traces("case.opened")):
        assert str(citizens.WANG_NUMBER) not in told and "王小明" not in told


def test_nobody_opens_a_case_about_themselves(people: dict[str, Actor]) -> None:
    both = citizens.person("clerk", "applicant", "gov")
    citizens.bind(people["second_clerk"], "clerk", citizens.WANG_NUMBER)
    assert both.role == "applicant"
    assert refused(lambda: opened(people["clerk"])) == "exchange.refused.case_oneself"
    opened(people["clerk"], citizens.li())


def test_another_organisation_does_not_close_it(people: dict[str, Actor]) -> None:
    case = opened(people["clerk"])
    assert (
        refused(lambda: close_case(by=people["other_clerk"], ref=case.ref))
        == "exchange.refused.case_not_yours"
    )
    assert refused(lambda: close_case(by=people["clerk"], ref="none")) == "exchange.case_not_found"
    assert queries.visible_to(people["other_clerk"]).count() == 0
    assert queries.visible_to(people["auditor"]).count() == queries.visible_to(people["steward"]).count() == 1


def test_opening_again_and_again_is_told_to_the_bureau(people: dict[str, Actor]) -> None:
    for number in range(kinds.MANY_A_SUBJECT + 1):
        case = opened(people["clerk"], ref=f"N-{number}")
    assert "same_subject" in case.unusual
    watched = queries.in_state(queries.visible_to(people["steward"]), "unusual")
    assert case in watched


def test_what_is_unusual() -> None:
    from datetime import UTC, datetime

    noon, night = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert kinds.unusual(today=0, about_subject=0, at=noon, reference="A-1") == []
    assert kinds.unusual(today=kinds.MANY_A_DAY, about_subject=9, at=night, reference="") == [
        "many_a_day", "same_subject", "odd_hours", "nothing_behind",
    ]  # fmt: skip
    assert set(kinds.UNUSUAL) == {"many_a_day", "same_subject", "odd_hours", "nothing_behind", "split"}


# ── the steward's review cases ──────────


@pytest.fixture
def pair(people: dict[str, Actor]) -> ReviewPair:
    return ReviewPair.objects.create(
        population=Population.objects.get(code="people"), left_resource="ps.residents", left_key="R1",
        right_resource="ps.residents", right_key="R2", score=1.0, sentence_zh="", sentence_en="",
    )  # fmt: skip


def test_judging_a_pair_opens_a_review_case_for_each_subject_and_uses_it(
    people: dict[str, Actor], pair: ReviewPair
) -> None:
    compare(by=people["steward"], pair=pair)
    compare(by=people["steward"], pair=pair)
    held = Case.objects.filter(kind="review")
    assert {each.subject_id for each in held} == {citizens.wang(), citizens.li()}
    assert held.count() == 2
    told = [each for each in traces("access.compared") if each["subject_id"] == citizens.li()]
    assert told[0]["case_ref"] == held.get(subject_id=citizens.li()).ref
    for each in traces("access.compared"):
        others = {citizens.wang(), citizens.li()} - {each["subject_id"]}
        assert not others & {str(value) for value in each.values()}
    assert reviews.close(people["steward"], pair) == 2
    assert not Case.objects.filter(state="open").exists()


def test_a_quality_read_uses_the_review_case(people: dict[str, Actor], pair: ReviewPair) -> None:
    district.grant(
        "hr.insured", organisation="data", role="steward", purposes=["data_quality"], number="G-DQ"
    )
    Grant.objects.filter(number="G-DQ").update(needs_case=True)

    def look(ref: str = "") -> Any:
        return access.read(
            by=people["steward"], subject_id=citizens.wang(), purpose="data_quality", case_ref=ref
        )

    assert refused(look) == "exchange.refused.case_needed"
    compare(by=people["steward"], pair=pair)
    ref = Case.objects.get(subject_id=citizens.wang()).ref
    assert shown(look(ref)) == {"hr.insured"}
    reviews.close(people["steward"], pair)
    assert refused(lambda: look(ref)) == "exchange.refused.case_needed"
    by_hand = open_case(by=people["steward"], kind="review", subject=citizens.wang())
    assert shown(look(by_hand.ref)) == {"hr.insured"}


def test_not_allowed_is_not_asked_about_cases(people: dict[str, Actor]) -> None:
    with pytest.raises(NotAllowed):
        read(people["wang"])

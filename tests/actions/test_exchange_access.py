"""The one function through which data about a subject is read: granted, for a purpose, masked, on the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.exchange.actions import access
from tongchou.exchange.dossiers import Dossier, Value
from tongchou.exchange.models import Grant
from tongchou.ledger import queries as ledger
from tongchou.ledger import receipts, sequencer
from tongchou.ledger.errors import LedgerUnavailable
from tongchou.pool import links
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

WANG_VALUES = ("王小明", "王小名", "440604199005011237", "1990-05-01", "13800138000", "人民路12号", "8650")


@pytest.fixture
def cast() -> dict[str, Actor]:
    """The district, gathered and linked, with the hall's clerk granted residents and insured for relief checks."""
    people = district.linked()
    district.grant("ps.residents", unmasked=["id_number"], number="G-RES")
    district.grant("hr.insured", fields=["name", "phone", "birth_date"], number="G-INS")
    return people


def wang() -> str:
    found = links.subject_of("people", "ps.residents", "R1")
    assert found is not None
    return found


def read(by: Actor, **more: Any) -> Dossier:
    return access.read(**{"by": by, "subject_id": wang(), "purpose": "relief_check", **more})


def traces(kind: str = "") -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


def value(found: Dossier, resource: str, field: str) -> Value:
    return next(
        each
        for group in found.groups
        for record in group.records
        if record.resource == resource
        for each in record.values
        if each.field == field
    )


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(HouseError) as refused:
        ask()
    for personal in WANG_VALUES:
        assert personal not in refused.value.say("zh") + refused.value.say("en")
    last = traces()[0]
    assert last["outcome"] == "refused"
    assert last["reason"] == refused.value.code
    return refused.value.code


def test_what_is_granted_is_shown_masked_by_grade(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"], case_ref="2026-0012")
    assert {group.organisation for group in found.groups} == {"hr", "ps"}
    assert value(found, "ps.residents", "name").shown == "王小明"  # grade 2: whole for whoever holds a grant
    number = value(found, "ps.residents", "id_number")
    assert (number.shown, number.masked, number.may_reveal) == ("440***********1237", True, True)
    assert value(found, "ps.residents", "address").shown == "佛山市禅城区祖庙街道人民路****"
    assert value(found, "ps.residents", "birth_date").shown == "1990"
    assert (
        value(found, "ps.residents", "sex").shown == "男性"
        or value(found, "ps.residents", "sex").shown == "男"
    )
    phone = value(found, "hr.insured", "phone")
    assert (phone.shown, phone.may_reveal) == ("138****8000", False)
    # A field that is not granted does not exist; neither does a resource.
    with pytest.raises(StopIteration):
        value(found, "hr.insured", "wage")
    with pytest.raises(StopIteration):
        value(found, "health.patients", "name")
    assert [each.resource for each in found.not_granted] == ["health.patients"]


def test_every_value_names_its_source_and_the_whole_has_a_receipt(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"])
    record = next(
        record for group in found.groups for record in group.records if record.resource == "ps.residents"
    )
    assert "公安分局" in record.source_line("zh")
    assert "2026-11-01" in record.source_line("zh")
    assert found.receipt is not None
    sequencer.sequence()
    proof = ledger.receipt(found.receipt.stream, found.receipt.seq)
    body = json.loads(proof.body)
    assert body["subject_id"] == wang()
    assert body["purpose"] == "relief_check"
    assert body["grants"] == ["G-INS", "G-RES"]
    assert "ps.residents.id_number" in body["fields"]
    assert "hr.insured.wage" not in body["fields"]
    assert receipts.Receipt.parse(proof.as_json()) == proof


def test_contradictions_between_departments_say_who_says_what(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"])
    (birth,) = [each for each in found.contradictions if each.label.zh == "出生日期"]
    assert [[source.zh for source in side.sources] for side in birth.sides] == [
        ["人社局 · 参保人员"], ["公安分局 · 户籍人口"],
    ]  # fmt: skip
    assert {side.text for side in birth.sides} == {"1990"}  # masked as the fields are


def test_the_timeline_and_the_reasons_keep_to_the_grant(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"])
    assert [(each.on, each.label.zh) for each in found.events] == [("2015-03-02", "迁入")]
    assert {each.title.zh for each in found.links} == {"公安分局 · 户籍人口", "人社局 · 参保人员"}
    Grant.objects.filter(number="G-RES").update(fields=["name"])
    assert read(cast["clerk"]).events == ()


def test_no_personal_value_reaches_the_ledger(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"], case_ref="2026-0012")
    access.search(by=cast["clerk"], query="440604199005011237", purpose="relief_check")
    access.search(by=cast["clerk"], query="王小明 1990-05-01", purpose="relief_check")
    access.reveal(
        by=cast["clerk"], subject_id=wang(), resource="ps.residents",
        key=found.groups[1].records[0].record, field="id_number", purpose="relief_check",
    )  # fmt: skip
    stored = b"".join(bytes(each.body) for each in ledger.entries()).decode()
    for personal in WANG_VALUES:
        assert personal not in stored
    assert "access.revealed" in {each.kind for each in ledger.entries()}


def test_without_any_grant_nothing_is_answered(cast: dict[str, Actor]) -> None:
    Grant.objects.all().delete()
    assert refusal(lambda: read(cast["clerk"])) == "exchange.refused.no_grant"


def test_a_purpose_must_be_one_the_grant_names(cast: dict[str, Actor]) -> None:
    district.purpose("curiosity")
    assert refusal(lambda: read(cast["clerk"], purpose="curiosity")) == "exchange.refused.wrong_purpose"
    assert refusal(lambda: read(cast["clerk"], purpose="")) == "exchange.purpose_missing"
    assert refusal(lambda: read(cast["clerk"], purpose="王小明")) == "exchange.purpose_missing"
    assert "王小明" not in json.dumps(traces(), ensure_ascii=False)


def test_a_grant_for_another_purpose_adds_nothing(cast: dict[str, Actor]) -> None:
    district.grant("health.patients", purposes=["vaccination"], number="G-HEA")
    found = read(cast["clerk"])
    assert "health" not in {group.organisation for group in found.groups}


def test_an_expired_and_a_withdrawn_grant_are_dead(cast: dict[str, Actor]) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Grant.objects.filter(number="G-RES").update(until=yesterday)
    assert {group.organisation for group in read(cast["clerk"]).groups} == {"hr"}
    Grant.objects.filter(number="G-RES").update(until=timezone.localdate())
    assert {group.organisation for group in read(cast["clerk"]).groups} == {"hr", "ps"}
    Grant.objects.update(state=Grant.State.WITHDRAWN)
    assert refusal(lambda: read(cast["clerk"])) == "exchange.refused.no_grant"


def test_a_grant_is_good_for_its_own_organisation_and_role_alone(cast: dict[str, Actor]) -> None:
    # The other hall lies below the hall that holds the grant.
    assert refusal(lambda: read(cast["other_clerk"])) == "exchange.refused.no_grant"
    stranger = Actor("x", "x", "hall", "steward", cast["clerk"].permissions)
    assert refusal(lambda: read(stranger)) == "exchange.refused.no_grant"


def test_a_resource_closed_later_is_shared_no_more(cast: dict[str, Actor]) -> None:
    resource = Grant.objects.get(number="G-RES").resource
    resource.share_class = "closed"
    resource.save()
    found = read(cast["clerk"])
    assert {group.organisation for group in found.groups} == {"hr"}
    assert [each.closed for each in found.not_granted if each.resource == "ps.residents"] == [True]


def test_permission_comes_first(cast: dict[str, Actor]) -> None:
    with pytest.raises(NotAllowed):
        read(cast["outsider"])
    assert traces("access.read")[0]["reason"] == "accounts.not_allowed"


def test_asking_for_less_gives_less_and_for_more_is_refused(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"], fields={"ps.residents": ["name"]})
    assert [each.field for group in found.groups for record in group.records for each in record.values] == [
        "name"
    ]
    assert traces("access.read")[0]["fields"] == ["ps.residents.name"]
    assert (
        refusal(lambda: read(cast["clerk"], fields={"hr.insured": ["wage"]}))
        == "exchange.refused.not_granted"
    )
    assert (
        refusal(lambda: read(cast["clerk"], fields={"health.patients": ["*"]}))
        == "exchange.refused.not_granted"
    )


@pytest.mark.parametrize("asked", ["PAAAAAAAAAAAA", "440604199005011237", "王小明", "../etc", ""])
def test_an_unknown_subject_is_not_found_and_what_was_typed_not_repeated(
    cast: dict[str, Actor], asked: str
) -> None:
    assert refusal(lambda: read(cast["clerk"], subject_id=asked)) == "exchange.no_subject"


@pytest.mark.parametrize(
    "reference",
    ["440604199005011237", "13800138000", "E12345678", "王小明", "x" * 41, "4406041990 0501 1237"],
)
def test_a_case_reference_cannot_smuggle_a_person_onto_the_ledger(
    cast: dict[str, Actor], reference: str
) -> None:
    assert refusal(lambda: read(cast["clerk"], case_ref=reference)) == "exchange.case_reference"
    assert reference not in json.dumps(traces(), ensure_ascii=False)


def test_as_it_was_and_as_it_was_known(cast: dict[str, Actor]) -> None:
    moved = {**district.WANG, "address": "佛山市南海区桂城街道南海大道1号"}
    district.deliver("ps.residents", [moved, district.LI], date(2026, 11, 10))
    district.link_people()
    now = read(cast["clerk"], valid_on=date(2026, 11, 12))
    assert value(now, "ps.residents", "address").shown.startswith("佛山市南海区")
    before = read(cast["clerk"], valid_on=date(2026, 11, 9))
    assert value(before, "ps.residents", "address").shown.startswith("佛山市禅城区")
    assert read(cast["clerk"], valid_on=date(2026, 10, 31)).groups == ()
    unknown = read(cast["clerk"], valid_on=date(2026, 11, 12), known_at=district.moment("2020-01-01"))
    assert unknown.groups == ()
    told = traces("access.read")[0]
    assert (told["valid_on"], told["known_at"][:10]) == ("2026-11-12", "2020-01-01")


def test_a_failed_check_is_said_beside_the_value(cast: dict[str, Actor]) -> None:
    wrong = {**district.WANG, "id_number": "440604199005011230"}
    district.deliver(
        "ps.residents", [wrong, district.LI], date(2026, 11, 10),
        rules=["address:address.unreadable", "id_number:id_number.check_character"], failures={"R1": 2},
    )  # fmt: skip
    district.link_people()
    found = read(cast["clerk"], subject_id=str(links.subject_of("people", "ps.residents", "R1")))
    assert [each.zh for each in value(found, "ps.residents", "id_number").problems] == [
        "公民身份号码校验码不符，至少有一位有误。"
    ]
    assert value(found, "ps.residents", "address").problems == ()


def test_one_value_is_revealed_where_the_grant_allows_it(cast: dict[str, Actor]) -> None:
    found = read(cast["clerk"])
    record = next(
        record for group in found.groups for record in group.records if record.resource == "ps.residents"
    )

    def reveal(field: str, key: str = record.record, resource: str = "ps.residents") -> str:
        return access.reveal(
            by=cast["clerk"],
            subject_id=wang(),
            resource=resource,
            key=key,
            field=field,
            purpose="relief_check",
        ).text

    assert reveal("id_number") == "440604199005011237"
    told = traces("access.revealed")[0]
    assert (told["resource"], told["field"], told["grants"]) == ("ps.residents", "id_number", ["G-RES"])
    assert refusal(lambda: reveal("address")) == "exchange.refused.masked_only"
    assert refusal(lambda: reveal("wage", resource="hr.insured")) == "exchange.refused.not_granted"
    assert refusal(lambda: reveal("王小明")) == "exchange.refused.not_granted"
    assert refusal(lambda: reveal("id_number", key="no such")) == "exchange.record_not_found"


@pytest.mark.parametrize(
    "query",
    [
        "440604199005011237",
        "440604 19900501 1237",
        "13800138000",
        "王小明 1990-05-01",
        "王小明，1990年5月1日",
        "1990-05-01 王小明",
        "王小明19900501",
    ],
)
def test_search_finds_by_number_phone_and_name_with_birth(cast: dict[str, Actor], query: str) -> None:
    found = access.search(by=cast["clerk"], query=query, purpose="relief_check")
    assert [each.subject_id for each in found] == [wang()]
    assert found[0].name == "王**"
    shown = " ".join(found[0].shown())
    assert "1990" in shown
    for personal in ("440604199005011237", "1990-05-01", "人民路12号", "小明"):
        assert personal not in shown
    told = traces("access.searched")[0]
    assert told["found"] == 1
    assert set(told) <= {
        "user",
        "organisation",
        "role",
        "outcome",
        "purpose",
        "grants",
        "query_kind",
        "found",
        "via",
    }


def test_search_finds_nobody_of_whom_nothing_is_granted(cast: dict[str, Actor]) -> None:
    Grant.objects.all().delete()
    district.grant("health.patients", number="G-HEA")
    # Li is in the household register alone.
    assert len(access.search(by=cast["clerk"], query="440604198812125527", purpose="relief_check")) == 0
    assert len(access.search(by=cast["clerk"], query="440604199005011237", purpose="relief_check")) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("王", "exchange.query_unreadable"),
        ("w", "exchange.query_unreadable"),
        ("", "exchange.query_unreadable"),
        ("%", "exchange.query_unreadable"),
    ],
)
def test_search_refuses_what_is_too_little(cast: dict[str, Actor], query: str, code: str) -> None:
    assert refusal(lambda: access.search(by=cast["clerk"], query=query, purpose="relief_check")) == code


def test_nothing_is_answered_when_the_ledger_cannot_be_written(cast: dict[str, Actor]) -> None:
    # A real failure: the table of entries is gone.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry RENAME TO ledger_entry_away")
    try:
        for ask in (
            lambda: read(cast["clerk"]),
            lambda: access.search(by=cast["clerk"], query="13800138000", purpose="relief_check"),
            lambda: read(cast["other_clerk"]),
        ):
            with pytest.raises(LedgerUnavailable):
                ask()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry_away RENAME TO ledger_entry")
    assert read(cast["clerk"]).receipt is not None


def test_the_entry_is_committed_before_the_answer(cast: dict[str, Actor], tmp_path: Path) -> None:
    found = read(cast["clerk"])
    assert found.receipt is not None
    entry = ledger.entries(subject_id=wang()).first()
    assert entry is not None
    assert (entry.stream, entry.seq) == (found.receipt.stream, found.receipt.seq)


def test_an_id_that_was_merged_leads_to_the_file_it_is_in_now(cast: dict[str, Actor]) -> None:
    # A third person turns out to be Wang: the department corrects the number.
    other = {
        "insured_no": "S9",
        "name": "陈志强",
        "id_number": "440604198001011114",
        "birth_date": "1980-01-01",
        "phone": None,
        "wage": None,
    }
    district.deliver("hr.insured", [district.WANG_INSURED, other], date(2026, 11, 11))
    district.link_people()
    before = links.subject_of("people", "hr.insured", "S9")
    assert before not in (None, wang())
    district.deliver(
        "hr.insured",
        [district.WANG_INSURED, {**district.WANG_INSURED, "insured_no": "S9"}],
        date(2026, 11, 12),
    )
    district.link_people()
    assert links.subject_of("people", "hr.insured", "S9") == wang()
    assert read(cast["clerk"], subject_id=before).subject_id == wang()

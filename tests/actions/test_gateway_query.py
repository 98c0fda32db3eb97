"""Query and verify at the gateway: the same decision as on screen, on the ledger before it leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import district
from tests.actions.gate import Gate, gate, register, statement  # noqa: F401
from tests.actions.pooled import data  # noqa: F401
from tongchou.exchange.models import Grant
from tongchou.ledger import queries as ledger
from tongchou.pool import links

pytestmark = pytest.mark.usefixtures("data")

WANG = "440604199005011237"
PERSONAL = (WANG, "1990-05-01", "13800138000", "人民路12号", "8650")
ASKED = {
    "subject": {"id_number": WANG},
    "fields": {"ps.residents": ["name", "id_number", "birth_date"]},
    "purpose": "relief_check",
}


@pytest.fixture
def at(gate: Gate) -> Gate:  # noqa: F811
    """The gateway of the invented district; the hall's system holds grants on residents and insured."""
    district.linked()
    gate.client = register()
    district.grant("ps.residents", role="system", unmasked=["id_number"], number="G-RES")
    insured = district.grant("hr.insured", role="system", fields=["name", "wage"], number="G-INS")
    Grant.objects.filter(pk=insured.pk).update(forms=["verify"], statements=["insured", "wage_at_least"])
    statement("insured", "hr.insured", "")
    statement(
        "wage_at_least",
        "hr.insured",
        "wage >= :amount",
        absence_means_no=True,
        parameters={"amount": {"element": "amount_yuan", "zh": "金额", "en": "Amount"}},
    )
    return gate


def wang() -> str:
    return str(links.subject_of("people", "ps.residents", "R1"))


def last() -> dict[str, Any]:
    """The newest entry's body."""
    return dict(ledger.trace(ledger.entries()[0]).body)


def test_fields_of_one_subject_masked_with_a_receipt(at: Gate) -> None:
    answer = at.ask("/exchange/query", ASKED)
    assert answer.status == 200, answer.body
    found = answer.json()
    assert found["subject"] == {"id": wang(), "kind": "person"}
    (record,) = found["records"]
    assert record["values"] == {"name": "王小明", "id_number": "440***********1237", "birth_date": "1990"}
    assert record["masked"] == ["id_number", "birth_date"]
    stream, seq = found["receipt"].split("/")
    entry = ledger.trace(ledger.entries(subject_id=wang()).get(stream=stream, seq=int(seq)))
    assert entry.kind == "access.queried"
    assert entry.body["user"] == "@client:hall-desk"
    assert entry.body["grants"] == ["G-RES"]
    assert entry.body["fields"] == ["ps.residents.birth_date", "ps.residents.id_number", "ps.residents.name"]
    assert (entry.body["outcome"], entry.body["via"], entry.body["records"]) == ("done", "gateway", 1)
    everything = json.dumps([dict(ledger.trace(each).body) for each in ledger.entries()], ensure_ascii=False)
    assert not [personal for personal in PERSONAL if personal in everything]


def query(at: Gate, **more: Any) -> Any:
    answer = at.ask("/exchange/query", {**ASKED, **more})
    return answer.json() if answer.status == 200 else (answer.status, answer.json()["code"])


def verify(at: Gate, code: str, **more: Any) -> Any:
    asked = {"subject": {"id_number": WANG}, "purpose": "relief_check", "statement": code, **more}
    answer = at.ask("/exchange/verify", asked)
    return answer.json()["answer"] if answer.status == 200 else (answer.status, answer.json()["code"])


def test_a_subject_is_named_in_several_ways(at: Gate) -> None:
    for subject in (
        {"id": wang()},
        {"id_number": "440604 19900501 1237"},
        {"name": "王小明", "birth_date": "1990-05-01"},
    ):
        assert query(at, subject=subject)["subject"]["id"] == wang()
    for wrong in (
        {"phone": "13800138000"},
        {"name": "王小明"},
        {"id": wang(), "id_number": WANG},
        {},
        {"id": "P"},
    ):
        answer = at.ask("/exchange/query", {**ASKED, "subject": wrong})
        assert (answer.status, answer.json()["where"]) == (
            422,
            "subject" if wrong != {"id": "P"} else "subject.id",
        )


def test_plain_values_only_where_the_grant_allows_them(at: Gate) -> None:
    found = query(at, plain={"ps.residents": ["id_number"]})
    assert found["records"][0]["values"]["id_number"] == WANG
    assert found["records"][0]["masked"] == ["birth_date"]
    assert last()["plain"] == ["ps.residents.id_number"]
    assert query(at, plain={"ps.residents": ["birth_date"]}) == (403, "exchange.refused.masked_only")
    assert query(at, plain={"ps.residents": ["address"]}) == (403, "exchange.refused.not_granted")
    assert query(at, plain={"hr.insured": ["name"]}) == (403, "exchange.refused.not_granted")


def test_what_is_not_granted_is_refused_and_on_record(at: Gate) -> None:
    Grant.objects.filter(number="G-RES").update(fields=["name"])
    assert query(at) == (403, "exchange.refused.not_granted")
    assert (last()["outcome"], last()["reason"]) == ("refused", "exchange.refused.not_granted")
    found = query(at, fields={"ps.residents": ["*"]})
    assert list(found["records"][0]["values"]) == ["name"]
    for fields in ({"health.patients": ["name"]}, {"hr.insured": ["name"]}, {"no.such": ["name"]}):
        assert query(at, fields=fields) == (403, "exchange.refused.not_granted")
    assert query(at, fields={"ps.residents": ["nonsense440604199005011237"]}) == (
        403,
        "exchange.refused.not_granted",
    )
    assert "nonsense" not in json.dumps(last())
    assert query(at, purpose="curiosity") == (400, "exchange.purpose_missing")
    district.purpose("other")
    assert query(at, purpose="other") == (403, "exchange.refused.wrong_purpose")
    Grant.objects.filter(number="G-RES").update(forms=["batch"])
    assert query(at) == (403, "exchange.refused.wrong_form")


def test_nobody_and_nothing_granted_are_answered_alike(at: Gate) -> None:
    unknown = query(at, subject={"id_number": "440604198001011233"})
    Grant.objects.filter(number="G-RES").update(rows="sex = '9'")
    hidden = query(at)
    for answer in (unknown, hidden):
        answer.pop("receipt")
    assert unknown == hidden == {"subject": None, "records": [], "as_of": unknown["as_of"]}
    assert query(at, subject={"id": "PAAAAAAAAAAAA"})["subject"] is None


def test_rows_and_masks_of_the_grant(at: Gate) -> None:
    Grant.objects.filter(number="G-RES").update(rows="sex = '1'", masking={"name": "hide"})
    assert query(at)["records"][0]["values"]["name"] == "****"
    Grant.objects.filter(number="G-RES").update(rows="sex = '2'", masking={})
    assert query(at)["records"] == []


def test_a_case_where_the_grant_demands_one(at: Gate) -> None:
    from datetime import date

    from tongchou.accounts.models import Organisation
    from tongchou.exchange.models import Case

    Grant.objects.update(needs_case=True)
    assert query(at) == (403, "exchange.refused.case_needed")
    hall = Organisation.objects.get(code="hall")
    Case.objects.create(
        ref="A-1", kind="x", subject_id=wang(), organisation=hall, opened_by="x", until=date(2099, 1, 1)
    )
    assert query(at, case_ref="A-1")["subject"]["id"] == wang()
    assert last()["case_ref"] == "A-1"
    assert verify(at, "insured", case_ref="A-1") == "yes"
    assert query(at, case_ref="A-2") == (403, "exchange.refused.case_needed")
    other = {"subject": {"id_number": "440604198812125527"}, "case_ref": "A-1"}
    assert query(at, **other) == (403, "exchange.refused.case_needed")
    assert query(at, subject={"id_number": "440604198001011233"}, case_ref="A-1") == (
        403,
        "exchange.refused.case_needed",
    )
    Case.objects.update(state="closed")
    assert query(at, case_ref="A-1") == (403, "exchange.refused.case_needed")
    assert query(at, case_ref=WANG) == (400, "exchange.case_reference")


def test_a_statement_is_true_false_or_not_known_and_never_the_value(at: Gate) -> None:
    assert verify(at, "insured") == "yes"
    assert verify(at, "insured", subject={"id_number": "440604198812125527"}) == "not_known"
    assert verify(at, "insured", subject={"id_number": "440604198001011233"}) == "not_known"
    assert verify(at, "wage_at_least", parameters={"amount": 8000}) == "yes"
    assert verify(at, "wage_at_least", parameters={"amount": "9,000"}) == "no"
    everything = json.dumps([dict(ledger.trace(each).body) for each in ledger.entries()], ensure_ascii=False)
    assert not [personal for personal in (*PERSONAL, "8000", "9,000") if personal in everything]
    entry = last()
    assert (entry["statement"], entry["resource"], entry["grants"]) == (
        "wage_at_least",
        "hr.insured",
        ["G-INS"],
    )
    assert "answer" not in entry


def test_the_answer_names_its_source_and_date(at: Gate) -> None:
    found = at.ask(
        "/exchange/verify", {"subject": {"id": wang()}, "purpose": "relief_check", "statement": "insured"}
    ).json()
    assert found["source"]["resource"] == "hr.insured"
    assert found["source"]["organisation"]["zh"] == "人社局"
    assert found["source"]["recorded_on"]
    assert set(found) == {"answer", "statement", "name", "source", "as_of", "receipt"}
    before = at.ask(
        "/exchange/verify",
        {"subject": {"id": wang()}, "purpose": "relief_check", "statement": "insured", "as_of": "2020-01-01"},
    ).json()
    assert (before["answer"], before["source"]["recorded_on"], before["as_of"]) == (
        "not_known",
        None,
        "2020-01-01",
    )


@pytest.mark.parametrize(
    "parameters",
    [None, {}, {"amount": "much"}, {"amount": 1, "more": 2}, {"amount": True}, {"amount": "x" * 101}],
)
def test_parameters_must_be_those_declared(at: Gate, parameters: Any) -> None:
    more = {} if parameters is None else {"parameters": parameters}
    assert verify(at, "wage_at_least", **more) in (
        (400, "exchange.parameters"),
        (422, "exchange.gateway.unreadable"),
    )


def test_closing_in_on_a_value_ends(at: Gate) -> None:
    said = [
        verify(at, "wage_at_least", parameters={"amount": amount})
        for amount in (1000, 9000, 8000, 8500, 8600)
    ]
    assert said == ["yes", "no", "yes", (429, "exchange.refused.probed"), (429, "exchange.refused.probed")]
    li = {"id_number": "440604198812125527"}
    assert verify(at, "wage_at_least", parameters={"amount": 1000}, subject=li) == "no"
    assert verify(at, "insured") == "yes"


def test_a_statement_that_is_not_granted_is_as_if_there_were_none(at: Gate) -> None:
    statement("wage_known", "hr.insured", "wage is not null")
    for code in ("wage_known", "no_such_statement"):
        assert verify(at, code) == (403, "exchange.refused.statement")
    assert "no_such_statement" not in json.dumps(last())
    Grant.objects.filter(number="G-INS").update(forms=["query"])
    assert verify(at, "insured") == (403, "exchange.refused.wrong_form")


def test_records_beyond_the_grants_rows_leave_a_no_open(at: Gate) -> None:
    Grant.objects.filter(number="G-INS").update(rows="wage > 10000")
    assert verify(at, "wage_at_least", parameters={"amount": 9000}) == "not_known"


def test_a_statement_whose_field_is_gone_is_told(at: Gate) -> None:
    from tongchou.catalogue.models import ResourceField

    ResourceField.objects.filter(resource__code="hr.insured", name="wage").delete()
    assert verify(at, "wage_at_least", parameters={"amount": 9000}) == (409, "exchange.statement_unusable")


def test_change_is_felt_by_the_next_request(at: Gate) -> None:
    from datetime import timedelta

    from django.utils import timezone

    for change, back in (
        ({"state": "suspended"}, {"state": "live"}),
        ({"state": "withdrawn"}, {"state": "live"}),
        ({"until": timezone.localdate() - timedelta(days=1)}, {"until": district.FAR}),
    ):
        assert query(at)["subject"] is not None
        Grant.objects.filter(number="G-RES").update(**change)
        assert query(at)[0] == 403
        Grant.objects.filter(number="G-RES").update(**back)
    resource = Grant.objects.get(number="G-RES").resource
    assert query(at)["subject"] is not None
    resource.share_class = "closed"
    resource.save()
    assert query(at)[0] == 403


def test_rooms_verify_in_the_same_way(at: Gate) -> None:
    from tongchou.accounts.actor import Actor
    from tongchou.exchange.actions import queries
    from tongchou.exchange.actions import verify as verifying

    by = Actor("@room", "room", "hall", "system", frozenset({"gateway.use"}))
    found = verifying.verify(by=by, subject={"id": wang()}, statement="insured", purpose="relief_check")
    assert found.answer == "yes"
    assert str(found.receipt) == f"{ledger.entries()[0].stream}/{ledger.entries()[0].seq}"
    told = queries.query(
        by=by, subject={"id": wang()}, fields={"ps.residents": ["name"]}, purpose="relief_check"
    )
    assert [each.values for each in told.records] == [{"name": "王小明"}]


def test_when_the_ledger_cannot_be_written_nothing_is_answered(at: Gate) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry RENAME TO ledger_entry_away")
    try:
        assert query(at) == (503, "ledger.unavailable")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry_away RENAME TO ledger_entry")
    assert query(at)["subject"] is not None


def test_problems_come_in_the_readers_language(at: Gate) -> None:
    for language, title in (
        ("en-GB,en;q=0.8", "No purpose"),
        ("zh-CN", "没有说明用途"),
        ("fr", "没有说明用途"),
        ("en;q=0.2, zh;q=0.1", "No p"),
    ):
        answer = at.ask("/exchange/query", {**ASKED, "purpose": "curiosity"}, language=language)
        assert answer.json()["title"].startswith(title)
        assert answer.json()["status"] == answer.status == 400

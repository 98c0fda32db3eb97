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
    district.cast()
    district.gather()
    district.link_people()
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

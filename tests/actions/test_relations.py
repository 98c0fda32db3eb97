"""Relations by a link run: who a number or name means, what follows, what stays open, what lies on disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from tests.actions import families
from tests.actions.families import subject
from tests.actions.pooled import data  # noqa: F401
from tongchou.pool import relations
from tongchou.pool.relations import relations_of

pytestmark = pytest.mark.usefixtures("data")

TODAY = date(2026, 11, 10)


def told(of: str, on: date = TODAY) -> set[tuple[str, str, str]]:
    return {(each.kind, each.other, each.resource) for each in relations_of(of, valid_on=on)}


def test_a_family_by_its_records() -> None:
    families.linked()
    chen, he = subject("ps.hukou", "R1"), subject("ps.hukou", "R2")
    son, girl, grandmother = subject("ps.hukou", "R3"), subject("ps.hukou", "R4"), subject("ps.hukou", "R5")
    assert ("spouse", he, "civil.marriages") in told(chen)
    assert ("spouse", he, "ps.hukou") in told(chen)
    assert {
        ("parent", he, "health.births"),
        ("parent", chen, "edu.pupils"),
        ("guardian", chen, "edu.pupils"),
    } <= told(son)
    assert ("parent", he, "health.births") in told(girl), "one slip of the pen in the number, the same name"
    assert {("sibling", girl, "ps.hukou"), ("sibling", girl, "health.births")} <= told(son)
    assert ("grandparent", grandmother, "ps.hukou") in told(son)
    assert ("parent_in_law", grandmother, "ps.hukou") in told(he)
    assert {("child", son, "edu.pupils"), ("ward", son, "edu.pupils")} <= told(chen)
    mother = next(
        each
        for each in relations_of(son, valid_on=TODAY)
        if each.other == he and each.resource == "health.births"
    )
    assert (mother.label.zh, mother.fields) == ("母亲", ("mother_id_number", "mother_name"))
    assert mother.basis[0].subject_id == son
    assert relations.counts_of(son) == {}


def test_a_firm_and_its_people() -> None:
    families.linked()
    chen, zhao, firm = subject("ps.hukou", "R1"), subject("ps.hukou", "R6"), subject("market.firms", "M1")
    assert told(firm) == {("legal_representative", zhao, "market.firms"), ("employee", chen, "hr.work")}
    assert ("represents", firm, "market.firms") in told(zhao)
    work = next(each for each in relations_of(chen, valid_on=TODAY) if each.kind == "employer")
    assert (work.other, work.other_kind, work.since) == (firm, "enterprise", "2019-04-01")
    assert ("employer", firm, "hr.work") not in told(chen, date(2018, 1, 1))


def test_a_divorce_and_a_death() -> None:
    families.gather()
    chen_he = {
        "name": "陈志强",
        "id_number": families.CHEN,
        "spouse_name": "何美玲",
        "spouse_id_number": families.HE,
    }
    families.deliver("civil.marriages", [
        {"record_no": "J1-1", **chen_he, "registered_on": "2010-05-20", "kind": "结婚登记"},
        {"record_no": "J9-1", **chen_he, "registered_on": "2026-10-01", "kind": "离婚登记"},
    ], date(2026, 11, 3))  # fmt: skip
    families.deliver("health.deaths", [
        {"certificate_no": "D1", "name": "赵伟", "id_number": families.ZHAO, "died_on": "2026-09-01"},
    ])  # fmt: skip
    families.link()
    chen, he, firm = subject("ps.hukou", "R1"), subject("ps.hukou", "R2"), subject("market.firms", "M1")
    assert ("spouse", he, "civil.marriages") not in told(chen)
    assert ("spouse", he, "ps.hukou") not in told(chen), "the register has not followed yet"
    assert "legal_representative" not in {each.kind for each in relations_of(firm, valid_on=TODAY)}


def test_doubt_leaves_it_open() -> None:
    """A number that is not the one named, a name two bear, a placeholder on a whole source."""
    families.gather()
    placeholder = families.number("19700101", 7)
    rows = [
        {"certificate_no": f"N{each}", "name": f"何{chr(0x5B50 + each * 11)}{chr(0x660C + each * 7)}",
         "birth_date": f"20{each % 25:02}-0{1 + each % 9}-1{each % 8}", "sex": "1",
         "mother_name": "何美玲", "mother_id_number": placeholder, "phone": None}
        for each in range(40)
    ]  # fmt: skip
    rows.append({"certificate_no": "B1", "name": "陈家俊", "birth_date": "2012-02-03", "sex": "1", "mother_name": "王丽",
                 "mother_id_number": families.HE, "phone": "13900139000"})  # fmt: skip
    families.deliver("health.births", rows, date(2026, 11, 4))
    nobody = dict.fromkeys([name for name, _, _ in families.TABLES["hr.work"][2]])
    families.deliver("hr.work", [{**nobody, "record_no": "W9", "name": "何美玲", "id_number": placeholder}])
    families.link()
    he = subject("ps.hukou", "R2")
    assert ("child", subject("ps.hukou", "R3"), "health.births") not in told(he), (
        "the number is hers, the name is not"
    )
    assert not [each for each in told(subject("hr.work", "W9")) if each[0] == "child"], (
        "forty sons of one placeholder"
    )


def test_a_second_refresh_writes_nothing_and_what_changed_is_rewritten() -> None:
    families.linked()
    assert relations.refresh() == 0
    assert not relations.is_behind()
    families.deliver("hr.work", [], date(2026, 11, 5))
    families.link()
    firm = subject("market.firms", "M1")
    assert ("employee", subject("ps.hukou", "R1"), "hr.work") not in told(firm)
    assert ("employee", subject("ps.hukou", "R1"), "hr.work") in told(firm, date(2026, 11, 4))


def test_nothing_personal_lies_open(tmp_path: Path) -> None:
    families.linked()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM serving.relations")
            stored = b"".join(bytes(body) for (body,) in cursor.fetchall())
    else:
        stored = b"".join(file.read_bytes() for file in (tmp_path / "pool").glob("relations.sqlite3*"))
    assert stored
    for value in (families.CHEN, "陈志强", "spouse"):
        assert value.encode() not in stored

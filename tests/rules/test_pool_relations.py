"""Relations read from a document: kin by the register, siblings, marriages that end, both times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tongchou.pool.relations.kin import Member, between
from tongchou.pool.relations.kinds import KINDS, kind_of_code, label_of
from tongchou.pool.relations.reading import relations
from tongchou.standards.codes import code_list

TODAY = date(2026, 11, 1)


def version(recorded: str = "2026-01-01T00:00:00.000000Z", **said: Any) -> dict[str, Any]:
    return {
        "op": "put", "valid_from": None, "valid_to": None, "recorded_at": recorded, "ties": [], "homes": [], **said,
    }  # fmt: skip


def tie(kind: str, other: str, **said: Any) -> dict[str, Any]:
    return {
        "kind": kind, "code": "", "other": other, "other_kind": "person", "fields": ["number"], "since": "",
        "ended": "", "how": "number", **said,
    }  # fmt: skip


def home(code: str, number: str = "h", born: str = "", sex: str = "") -> dict[str, Any]:
    return {"number": number, "code": code, "fields": ["household_no", "relation"], "born": born, "sex": sex}


def record(subject: str, *versions: dict[str, Any], key: str = "", resource: str = "r") -> dict[str, Any]:
    return {
        "resource": resource, "key": key or subject, "subject": subject, "kind": "person", "versions": list(versions),
    }  # fmt: skip


def document(subject: str, *records: dict[str, Any], died: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "subject_id": subject, "kind": "person", "records": list(records), "died": died or {}, "left_out": {},
    }  # fmt: skip


def told(found: dict[str, Any], on: date = TODAY, known_at: datetime | None = None) -> set[tuple[str, str]]:
    return {(each.kind, each.other) for each in relations(found, on, known_at)}


def test_every_kind_has_its_inverse() -> None:
    for kind in KINDS.values():
        assert KINDS[kind.inverse].inverse == kind.code


def test_every_code_of_the_register_is_placed() -> None:
    for code in code_list("household_relation").codes():
        kind = kind_of_code(code)
        assert kind in KINDS or code in ("01", "02", "80", "98"), code
        if kind:
            assert label_of(kind, code) == code_list("household_relation").label(code)


@pytest.mark.parametrize(
    ("mine", "theirs", "kind"),
    [
        ("02", "12", "spouse"), ("12", "02", "spouse"), ("02", "22", "child"), ("22", "02", "parent"),
        ("20", "30", "sibling"), ("20", "12", "parent"), ("12", "20", "child"), ("20", "51", "grandparent"),
        ("52", "30", "grandchild"), ("12", "51", "parent_in_law"), ("51", "12", "child_in_law"),
        ("02", "38", "child_in_law"), ("38", "02", "parent_in_law"), ("71", "51", "parent"), ("71", "02", "sibling"),
        ("20", "71", "kin"), ("98", "20", ""), ("20", "98", ""), ("27", "12", ""), ("20", "38", ""),
    ],
)  # fmt: skip
def test_what_two_members_are_to_each_other(mine: str, theirs: str, kind: str) -> None:
    me, other = Member("a", mine, "", "1", None), Member("b", theirs, "", "2", None)
    head = [] if "02" in (mine, theirs) else [Member("h", "02", "", "1", None)]
    found = between(me, other, [me, other, *head])
    assert (found.kind if found else "") == kind


def test_two_heads_say_nothing() -> None:
    people = [
        Member("a", "02", "", "1", None),
        Member("b", "02", "", "2", None),
        Member("c", "20", "", "1", None),
    ]
    assert between(people[2], people[0], people) is None


def test_a_parent_is_older_than_the_child() -> None:
    head, child = Member("a", "02", "1990-01-01", "1", None), Member("b", "20", "1985-01-01", "1", None)
    assert between(child, head, [head, child]) is None
    grown = child._replace(born="2012-03-01")
    assert between(grown, head, [head, grown]) is not None


def test_two_parents_are_married_only_when_they_are_father_and_mother() -> None:
    father, mother = Member("f", "51", "1950", "1", None), Member("m", "52", "1952", "2", None)
    assert between(father, mother, [father, mother]) is not None
    third = Member("g", "56", "1951", "2", None)
    assert between(father, third, [father, mother, third]) is None
    assert between(father, mother._replace(sex="1"), [father, mother]) is None


def test_a_household_by_the_register() -> None:
    people = [
        record("head", version(homes=[home("02", born="1980-01-01", sex="1")])),
        record("wife", version(homes=[home("12", born="1982-01-01", sex="2")])),
        record("son", version(homes=[home("20", born="2010-01-01", sex="1")])),
        record("lodger", version(homes=[home("98")])),
        record("next door", version(homes=[home("02", number="other")])),
    ]
    assert told(document("son", *people)) == {
        ("household", "head"), ("household", "wife"), ("household", "lodger"), ("parent", "head"), ("parent", "wife"),
    }  # fmt: skip
    father = next(
        each
        for each in relations(document("son", *people), TODAY)
        if each.other == "head" and each.kind == "parent"
    )
    assert (father.label.zh, father.how, len(father.basis)) == ("父亲", "said", 2)
    mother = next(
        each
        for each in relations(document("son", *people), TODAY)
        if (each.other, each.kind) == ("wife", "parent")
    )
    assert mother.how == "inferred"


def test_siblings_by_one_mother_and_parents_of_one_child() -> None:
    births = [
        record("a", version(ties=[tie("parent", "mother"), tie("parent", "father")])),
        record("b", version(ties=[tie("parent", "mother")])),
    ]
    assert told(document("a", *births)) == {("parent", "mother"), ("parent", "father"), ("sibling", "b")}
    assert told(document("mother", *births)) == {("child", "a"), ("child", "b"), ("coparent", "father")}


def test_a_divorce_ends_the_marriage_before_it_and_not_the_next() -> None:
    rows = [
        record("x", version(ties=[tie("spouse", "y", since="2001-05-01")]), key="1"),
        record("x", version(ties=[tie("spouse", "y", since="2010-05-01", ended="2010-05-01")]), key="2"),
        record("x", version(ties=[tie("spouse", "y", since="2015-05-01")]), key="3"),
    ]
    assert told(document("x", *rows), date(2005, 1, 1)) == {("spouse", "y")}
    assert told(document("y", *rows), date(2012, 1, 1)) == set()
    assert told(document("y", *rows), date(2016, 1, 1)) == {("spouse", "y".replace("y", "x"))}
    [first] = relations(document("x", *rows), date(2005, 1, 1))
    assert (first.since, first.until) == ("2001-05-01", "2010-05-01")


def test_a_death_ends_a_marriage_and_no_parenthood() -> None:
    rows = [
        record("x", version(ties=[tie("spouse", "y")]), key="1"),
        record("c", version(ties=[tie("parent", "y")])),
        record("c", version(ties=[tie("parent", "x")]), key="2"),
    ]
    died = {"y": {"on": "2020-02-02", "recorded_at": "2020-03-01T00:00:00.000000Z"}}
    assert told(document("x", *rows, died=died)) == {("child", "c"), ("coparent", "y")} - {("coparent", "y")}
    assert told(document("c", *rows, died=died)) == {("parent", "x"), ("parent", "y")}
    before = datetime(2020, 2, 20, tzinfo=UTC)
    rows_known = [
        record("x", version("2019-01-01T00:00:00.000000Z", ties=[tie("spouse", "y")]), key="1"),
    ]
    assert told(document("x", *rows_known, died=died), TODAY, before) == {("spouse", "y")}


def test_both_times_choose_the_version() -> None:
    moved = record(
        "a",
        version("2024-01-01T00:00:00.000000Z", ties=[tie("employer", "E1", other_kind="enterprise")], valid_from="2024-01-01"),
        version("2025-06-01T00:00:00.000000Z", ties=[tie("employer", "E2", other_kind="enterprise")], valid_from="2025-05-01"),
        {**version("2026-02-01T00:00:00.000000Z", valid_from="2026-01-01"), "op": "end"},
    )  # fmt: skip
    assert told(document("a", moved), date(2025, 1, 1)) == {("employer", "E1")}
    assert told(document("a", moved), date(2025, 5, 15)) == {("employer", "E2")}
    assert told(document("a", moved), date(2025, 5, 15), datetime(2025, 5, 20, tzinfo=UTC)) == {
        ("employer", "E1")
    }
    assert told(document("a", moved), date(2026, 5, 1)) == set()
    assert told(document("E2", moved), date(2025, 8, 1)) == {("employee", "a")}

"""Linking what no office should deliver: one number on every row, a hospital of nameless children, a whole street."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from bench.dirty_people import GIVEN, deliver, number_of
from bench.linkage import quality, standardised
from tongchou.pool.linkage import LinkResult, link, load_model

PEOPLE = load_model("zh_people")
SOMEBODYS = number_of(date(1976, 3, 2), "女", "440604", 279)  # passes its check: a clerk's own


def table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def labels(result: LinkResult) -> dict[tuple[str, str], int]:
    return {(row["resource"], row["source_key"]): row["cluster"] for row in result.clusters.to_pylist()}


def measured(records: pa.Table) -> dict[str, float]:
    return quality(labels(link(records.drop_columns(["person"]), model=PEOPLE)), records)


def replaced(records: pa.Table, source: str, column: str, value: str | None, share: float = 1.0) -> pa.Table:
    """The records with one column of one source filled with one value, on a share of its rows."""
    rng = random.Random(5)
    found = zip(records["resource"].to_pylist(), records[column].to_pylist(), strict=True)
    values = [value if resource == source and rng.random() < share else old for resource, old in found]
    return records.set_column(records.column_names.index(column), column, pa.array(values, pa.string()))


@pytest.fixture(scope="module")
def people() -> pa.Table:
    return standardised(deliver(2_000, 977, "mild"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id_number", SOMEBODYS),
        ("id_number", SOMEBODYS[:17] + ("1" if SOMEBODYS[17] != "1" else "2")),
        ("phone", "13639349721"),
        ("birth_date", "1990-01-01"),
        ("birth_date", "1900-01-01"),
        ("birth_date", "1984-07-15"),
        ("address", "江南省清平市东城区中山路1号"),
        ("name", "患者"),
    ],
)
@pytest.mark.parametrize(("source", "share"), [("clinic", 1.0), ("register", 0.6)])
def test_a_value_on_a_whole_source_is_worth_no_more_than_none(
    people: pa.Table, column: str, value: str, source: str, share: float
) -> None:
    without = measured(replaced(people, source, column, None, share))
    filled = measured(replaced(people, source, column, value, share))
    assert filled["F1"] >= without["F1"] - 0.012
    assert filled["P"] >= without["P"] - 0.004


def test_the_clerk_whose_number_stands_on_a_thousand_rows_keeps_it_elsewhere(people: pa.Table) -> None:
    clerk = {"name": "欧阳文静", "id_number": SOMEBODYS, "birth_date": "1976-03-02", "sex": "2"}
    rows = replaced(people, "clinic", "id_number", SOMEBODYS).drop_columns(["person"]).to_pylist()
    rows += [
        clerk | {"resource": name, "source_key": "clerk"} for name in ("register", "insurance", "library")
    ]
    found = labels(link(table(rows), model=PEOPLE))
    assert len({found[name, "clerk"] for name in ("register", "insurance", "library")}) == 1
    assert Counter(found.values())[found["register", "clerk"]] == 3


def newborns(count: int, *, mother: bool) -> list[dict[str, Any]]:
    """One hospital's year: one stand-in for a name, its own telephone and address on every certificate."""
    rng = random.Random(11)
    rows = []
    for at in range(count):
        born = date(2025, 1, 1) + timedelta(days=rng.randrange(365))
        row = {
            "resource": "births", "source_key": f"T{at:05d}", "name": "张某之子", "sex": "1",
            "birth_date": born.isoformat(), "phone": "075782340000", "address": "清平市东城区人民路100号妇幼保健院",
        }  # fmt: skip
        if mother:
            row |= {"mother_name": f"{rng.choice('王李陈何')}{rng.choice('静芳敏丽娜')}{rng.choice('文英华玉')}",
                    "phone": f"139{rng.randrange(10**8):08d}", "address": None}  # fmt: skip
        rows.append(row)
    return rows


def test_five_thousand_newborns_of_one_name_stay_five_thousand() -> None:
    found = labels(link(table(newborns(5_000, mother=False)), model=PEOPLE))
    assert len(set(found.values())) == 5_000


def test_newborns_without_a_name_meet_the_registered_child_through_mother_and_day() -> None:
    rng = random.Random(3)
    rows = newborns(5_000, mother=True)
    truth = {}
    for at, birth in enumerate(rows[:3_000]):
        born = date.fromisoformat(birth["birth_date"])
        rows.append(
            {
                "resource": "register", "source_key": f"R{at:05d}", "sex": "1", "birth_date": birth["birth_date"],
                "name": "张" + rng.choice(GIVEN) + rng.choice(GIVEN),
                "id_number": number_of(born, "男", "440604", at % 500), "guardian_name": birth["mother_name"],
                "phone": birth["phone"],
            }
        )  # fmt: skip
        truth[birth["source_key"]] = f"R{at:05d}"
    found = labels(link(table(rows), model=PEOPLE))
    right = sum(found["births", birth] == found["register", child] for birth, child in truth.items())
    assert right >= 0.97 * len(truth)
    born_once = Counter(label for (resource, _), label in found.items() if resource == "births")
    assert max(born_once.values()) == 1
    registered_once = Counter(label for (resource, _), label in found.items() if resource == "register")
    assert max(registered_once.values()) == 1


def test_a_village_of_one_surname_one_phone_and_one_address_is_not_one_person() -> None:
    rng = random.Random(8)
    rows, truth = [], {}
    for at in range(1_500):
        name = (
            "陈志" + rng.choice("强明华国伟军平文辉勇刚杰")
            if rng.random() < 0.5
            else "陈" + rng.choice("强明华国")
        )
        born = date(1940, 1, 1) + timedelta(days=rng.randrange(25_000))
        for source in ("village", "clinic", "relief"):
            if rng.random() < 0.6:
                key = f"{at:05d}"
                said = {} if rng.random() < 0.5 else {"birth_date": born.isoformat()}
                row = {"resource": source, "source_key": key, "name": name, "sex": "1", "phone": "13639349721",
                       "address": "清平县石湾村东坊"}  # fmt: skip
                rows.append(row | said)
                truth[source, key] = at
    found = labels(link(table(rows), model=PEOPLE))
    people_in: dict[int, set[int]] = {}
    for record, label in found.items():
        people_in.setdefault(label, set()).add(truth[record])
    assert max(len(members) for members in people_in.values()) <= 3
    assert sum(len(members) > 1 for members in people_in.values()) <= 0.03 * len(people_in)


def test_namesakes_in_one_home_stay_two_when_each_source_knows_both() -> None:
    home = {"address": "清平市东城区中山路12号3栋502室", "phone": "13639349721", "sex": "2", "name": "李静"}
    rows = [
        home | {"resource": source, "source_key": key, "birth_date": born}
        for source in ("register", "clinic", "insurance")
        for key, born in (("grandmother", "1938-05-17"), ("mother", "1976-10-02"))
    ]
    found = labels(link(table(rows), model=PEOPLE))
    assert len(set(found.values())) == 2
    assert len({found[source, "mother"] for source in ("register", "clinic", "insurance")}) == 1


def test_one_sexed_twins_without_names_are_left_to_a_steward() -> None:
    born = {"birth_date": "2025-03-04", "sex": "2", "mother_name": "李静", "mother_id_number": SOMEBODYS}
    rows = [
        {"resource": "births", "source_key": "1", "name": "李静之大女"} | born,
        {"resource": "births", "source_key": "2", "name": "李静之小女"} | born,
        {"resource": "register", "source_key": "1", "name": "王文静"} | born,
        {"resource": "register", "source_key": "2", "name": "王文芳"} | born,
    ]
    result = link(table(rows), model=PEOPLE)
    assert len(set(labels(result).values())) == 4
    assert "review" in result.edges["decision"].to_pylist()


def test_twins_of_different_sex_are_found_before_they_have_names() -> None:
    born = {"birth_date": "2025-03-04", "mother_name": "李静", "mother_id_number": SOMEBODYS}
    rows = [
        {"resource": source, "source_key": sex, "name": name, "sex": sex} | born
        for source, names in (("births", ("李静之子", "李静之女")), ("register", ("王文博", "王文芳")))
        for sex, name in zip("12", names, strict=True)
    ]
    found = labels(link(table(rows), model=PEOPLE))
    assert found["births", "1"] == found["register", "1"] != found["births", "2"] == found["register", "2"]


def test_a_mother_is_not_the_child_that_bears_her_number_and_phone() -> None:
    rows = [
        {"resource": "register", "source_key": "m", "name": "李静", "id_number": SOMEBODYS, "phone": "13639349721"},
        {"resource": "school", "source_key": "c", "name": "王文博", "id_number": SOMEBODYS, "phone": "13639349721",
         "guardian_name": "李静"},
        {"resource": "births", "source_key": "b", "name": "李静之子", "id_number": SOMEBODYS, "phone": "13639349721"},
    ]  # fmt: skip
    found = labels(link(table(rows), model=PEOPLE))
    assert found["register", "m"] not in (found["school", "c"], found["births", "b"])

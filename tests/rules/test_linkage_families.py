"""Families: births before names, twins, namesakes, long names, returners; and that all of it links day by day alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bench.dirty_families import deliver
from bench.linkage import quality, standardised
from tests.rules.test_linkage_bad_input import SOMEBODYS, replaced
from tests.rules.test_linkage_incremental import District, live
from tongchou.pool.linkage import compare, link, load_model
from tongchou.pool.linkage.cluster import mixture
from tongchou.pool.linkage.compare import Scores, score_pairs
from tongchou.pool.linkage.households import same_households, with_housemates
from tongchou.pool.linkage.identities import Identities, read_identities
from tongchou.pool.linkage.steady import kept_apart
from tongchou.standards.identity import check_character

PEOPLE = load_model("zh_people")


@pytest.mark.parametrize(
    ("profile", "f1", "precision"),
    [
        ("usual", 0.97, 0.993),
        ("few_numbers", 0.965, 0.993),
        ("poor_births", 0.955, 0.99),
        ("harsh", 0.90, 0.98),
    ],
)
def test_invented_families(profile: str, f1: float, precision: float) -> None:
    records = with_housemates(standardised(deliver(3_000, 7_411, profile)))
    result = link(records.drop_columns(["person"]), model=PEOPLE)
    clusters = {(row["resource"], row["source_key"]): row["cluster"] for row in result.clusters.to_pylist()}
    found = quality(clusters, records)
    assert found["F1"] >= f1
    assert found["P"] >= precision


@pytest.mark.parametrize("seed", [1, 2])
def test_families_link_day_by_day_as_at_once(seed: int) -> None:
    assert live(District(with_housemates(deliver(250, seed, "harsh")), seed), PEOPLE, 3) == []


def test_a_source_of_one_number_links_day_by_day_as_at_once() -> None:
    records = replaced(deliver(250, 4, "usual"), "clinic", "id_number", SOMEBODYS)
    assert live(District(records, 4), PEOPLE, 3) == []


def household(*rows: tuple[str, str, str, str]) -> pa.Table:
    names = ("resource", "household", "name", "birth_date")
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


def test_housemates_are_named_parents_first_and_never_oneself() -> None:
    records = household(
        ("register", "1", "王文博", "2020-01-02"),
        ("register", "1", "王文静", "2018-05-06"),
        ("register", "1", "李静", "1990-03-04"),
        ("register", "1", "王伟", "1988-07-08"),
        ("register", "2", "陈芳", "1970-01-05"),
        ("migrants", "1", "赵敏", "1999-09-09"),
    )
    assert with_housemates(records)["housemates"].to_pylist() == [
        "李静、王伟、王文静", "李静、王伟、王文博", "王伟、王文博、王文静", "李静、王文博、王文静", None, None,
    ]  # fmt: skip


def test_a_dormitory_is_no_household() -> None:
    rows = [("register", "1", f"工人{at:02d}", "1990-02-03") for at in range(30)]
    assert with_housemates(household(*rows))["housemates"].null_count == 30


def test_who_moves_in_changes_those_who_live_there() -> None:
    records = household(
        ("register", "1", "李静", "1990-03-04"),
        ("register", "1", "王伟", "1988-07-08"),
        ("register", "2", "陈芳", "1970-01-05"),
        ("migrants", "1", "赵敏", "1999-09-09"),
    )
    changed = np.array([True, False, False, False])
    assert same_households(records, changed).tolist() == [True, True, False, False]


def test_a_certificate_meets_the_household_its_parents_live_in() -> None:
    birth = {"name": "李静之女", "birth_date": "2025-03-04", "mother_name": "李静", "father_name": "王伟"}
    child = {"name": "王文博", "birth_date": "2025-03-04", "housemates": "李静、王伟"}
    told = compare(birth, child, model=PEOPLE)
    assert told.sentence.zh == "姓名未定（如新生儿）；出生日期相同；父母或监护人相同"
    assert told.score > compare(birth, {**child, "housemates": "陈芳、赵敏"}, model=PEOPLE).score + 8


SIBLING = "44060420210611"
HOME = "佛山市禅城区季华六路13号4栋1402室"


def numbered(turn: int) -> str:
    body = f"{SIBLING}{turn:03d}"
    return body + check_character(body)


def clusters_of(rows: list[dict[str, str]]) -> dict[str, int]:
    """The cluster of each row's key, linked in a crowd in which nothing is rare by chance."""
    crowd = [
        {**row, "resource": f"crowd {row['resource']}"}
        for row in deliver(1_500, 33, "usual").drop_columns(["person"]).to_pylist()
    ]
    told = [{"resource": row["source_key"], **row} for row in rows]
    names = sorted({name for row in (*crowd, *told) for name in row})
    records = pa.table(
        {name: pa.array([row.get(name) for row in (*crowd, *told)], pa.string()) for name in names}
    )
    result = link(with_housemates(records), model=PEOPLE).clusters.to_pylist()
    wanted = {row["source_key"] for row in rows}
    return {row["source_key"]: row["cluster"] for row in result if row["source_key"] in wanted}


def test_a_newborn_and_a_reader_with_initials_are_both_the_child() -> None:
    child = {"name": "汪琪欣", "birth_date": "2021-06-11", "sex": "2", "id_number": numbered(62)}
    found = clusters_of(
        [
            {
                **child,
                "source_key": "register",
                "phone": "13310328756",
                "guardian_name": "刘妙翠",
                "address": HOME,
            },
            {
                "source_key": "births",
                "name": "汪某之女",
                "birth_date": "2021-06-11",
                "sex": "2",
                "mother_name": "刘妙翠",
            },
            {"source_key": "library", "name": "WANG QX", "phone": "13310328756", "sex": "2"},
            {"source_key": "other", "name": "LI QX", "phone": "13310328757", "birth_date": "2021-06-11"},
        ]
    )
    assert found["births"] == found["library"] == found["register"]
    assert found["other"] != found["register"]


def pair(one: dict[str, str], two: dict[str, str]) -> tuple[Identities, Scores]:
    """Two records, as linking compares them."""
    rows = [{"resource": "a", "source_key": "1", **one}, {"resource": "b", "source_key": "2", **two}]
    names = sorted({name for row in rows for name in row})
    read = read_identities(
        pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}),
        PEOPLE,
        alone=True,
    )
    return read, score_pairs(read, PEOPLE, np.array([0]), np.array([1]))


@pytest.mark.parametrize(
    ("name", "apart"), [("陈梓梓", True), ("CHEN ZZ", True), ("陈梓妍", False), ("陈梓研", False)]
)
def test_two_valid_numbers_of_one_day_and_another_name_are_twins_without_any_parent_named(
    name: str, apart: bool
) -> None:
    _, scores = pair({"name": "陈梓妍", "id_number": numbered(62)}, {"name": name, "id_number": numbered(65)})
    assert kept_apart(PEOPLE, scores.levels, np.array([0]), 1).tolist() == [apart]


@pytest.mark.parametrize(("name", "speaks"), [("汪某之女", False), ("李芳", True)])
def test_a_child_without_a_name_contradicts_nobody(name: str, speaks: bool) -> None:
    _, scores = pair({"name": "WANG QX", "phone": "13310328756"}, {"name": name, "phone": "13310328756"})
    *_, against = mixture(PEOPLE, scores, np.array([0]))
    assert bool(against[0] < 0) is speaks

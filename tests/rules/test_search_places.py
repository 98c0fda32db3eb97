"""An address is found where it says it lies; its namesakes elsewhere say that they are."""

from __future__ import annotations

import pytest

from tongchou.pool.search.asked import read
from tongchou.pool.search.likeness import Likeness, likeness, namesakes
from tongchou.pool.serving.placing import asked as labels
from tongchou.pool.serving.placing import division_of, lookups

HERE, THERE, NOWHERE = "佛山市禅城区汾江路7号", "佛山市南海区汾江路7号", "汾江路7号"


def like(query: str, address: str) -> Likeness | None:
    asked = read(query)
    assert asked is not None
    return likeness(asked, {"address": [address]}, "place")


@pytest.mark.parametrize("query", ["禅城区汾江路7号", "佛山禅城汾江路7号", "广东省佛山市禅城区汾江路七号"])
def test_who_names_the_district_finds_no_namesake(query: str) -> None:
    assert like(query, THERE) is None
    here, unsaid = like(query, HERE), like(query, NOWHERE)
    assert here is not None
    assert unsaid is not None
    assert here.score > unsaid.score
    assert "未写市区" in unsaid.why.zh


def test_a_person_beside_a_place_is_found_in_its_district_only() -> None:
    asked = read("王伟 禅城区汾江路7号")
    assert asked is not None
    assert likeness(asked, {"name": ["王伟"], "address": [HERE]}, "person") is not None
    assert likeness(asked, {"name": ["王伟"], "address": [THERE]}, "person") is None


def test_namesakes_of_a_query_without_a_district_say_so() -> None:
    asked = read("汾江路7号")
    assert asked is not None
    found = [each for address in (HERE, THERE) if (each := like("汾江路7号", address))]
    assert len(found) == 2
    assert all(
        "不止一处" in each.why.zh and "add city or district" in each.why.en
        for each in namesakes(asked, found)
    )
    alone = [each for each in (like("汾江路7号", HERE),) if each]
    assert namesakes(asked, alone) == alone
    named = read("禅城区汾江路7号")
    assert named is not None
    assert namesakes(named, found) == found


def test_a_place_is_looked_up_by_what_it_says_of_its_division() -> None:
    def under(*addresses: str) -> set[str]:
        return {
            str(key)
            for kind, key in lookups(addresses, lambda *parts: "|".join(parts[:2]).encode())
            if kind == "address_in"
        }

    def first(query: str, *addresses: str) -> int | None:
        there = under(*addresses)
        return next(
            (at for at, label in enumerate(labels(query)) if str(f"address_in|{label}".encode()) in there),
            None,
        )

    assert division_of("佛山市高新区汾江路7号") == ("佛山市", "")  # a zone is no district
    assert labels(NOWHERE) == []
    assert first("禅城区汾江路7号", HERE) == 0
    assert first("禅城区汾江路7号", THERE) is None
    assert first("禅城区汾江路7号", NOWHERE) == 3
    assert first("禅城区汾江路7号", NOWHERE, HERE) == 0
    assert first("禅城区汾江路7号", NOWHERE, THERE) is None  # one of its records says where it lies
    assert first("禅城区汾江路7号", "佛山市汾江路7号") == 2
    assert first("禅城区汾江路7号", "广州市汾江路7号") is None
    assert first("佛山市汾江路7号", THERE) == 0

"""Linking of whoever is no Chinese person: English people, enterprises and their branches."""

from __future__ import annotations

from tests.rules.test_linkage_link import ENGLISH, ENTERPRISES, HOME, groups, table, together
from tongchou.pool.linkage import compare, link


def test_english_people_by_parts_or_by_whole_lines() -> None:
    parts = [
        {"id": "a:1", "given_name": "mitchell", "surname": "green", "birth_date": "1956-04-09",
         "address_1": "wallaby place", "suburb": "marsden", "soc_sec_id": "1804974"},
        {"id": "a:2", "given_name": "green", "surname": "mitchel", "birth_date": "1956-04-09",
         "address_1": "walaby place", "suburb": "marsden"},
        {"id": "a:3", "given_name": "harley", "surname": "mccarthy", "birth_date": "1908-04-19",
         "address_1": "pridham street", "suburb": "marsden", "soc_sec_id": "7359009"},
    ]  # fmt: skip
    assert groups(link(table(parts), model=ENGLISH)) == {frozenset({"a:1", "a:2"}), frozenset({"a:3"})}
    told = compare(parts[0], parts[1], model=ENGLISH)
    assert {part.column for part in told.parts} >= {"address", "given_name", "suburb"}
    whole = [
        {
            "id": "a:1",
            "name": "Elizabeth Green",
            "birth_date": "1956-04-09",
            "address": "7 Wallaby Place, Marsden",
        },
        {"id": "b:1", "name": "Green, Beth", "birth_date": "1956-04-09", "address": "7 Walaby Pl Marsden"},
        {"id": "b:2", "name": "Harley McCarthy", "birth_date": "1956-09-04", "address": "9 Kent Street"},
    ]
    assert together(link(table(whole), model=ENGLISH), "a:1", "b:1")


def test_enterprises_and_their_branches() -> None:
    rows = [
        {"id": "mr:1", "name": "佛山市禅城区恒福五金有限公司", "legal_representative": "张伟",
         "address": HOME},
        {"id": "tax:1", "name": "恒福五金有限责任公司", "legal_representative": "张玮", "address": HOME},
        {"id": "mr:2", "name": "佛山市禅城区恒福五金有限公司南海分公司", "legal_representative": "张伟",
         "address": "佛山市南海区桂城南一路8号"},
        {"id": "tax:2", "name": "恒福五金有限公司南海分公司", "legal_representative": "张伟",
         "address": "桂城南一路8号"},
    ]  # fmt: skip
    assert groups(link(table(rows), model=ENTERPRISES)) == {
        frozenset({"mr:1", "tax:1"}),
        frozenset({"mr:2", "tax:2"}),
    }


FIRM = "91440600MA4UQXXW5U"


def test_a_valid_code_is_the_enterprise_unless_the_name_is_a_branch() -> None:
    full = {
        "id": "mr:1",
        "uscc": FIRM,
        "name": "佛山市恒福五金有限公司",
        "legal_representative": "张伟",
        "address": HOME,
    }
    rows = [
        full,
        {"id": "hall:1", "uscc": FIRM, "name": "佛山市恒福五金有限公司"},
        {"id": "hall:2", "uscc": FIRM, "name": "恒福五金公司"},
        {"id": "patrol:1", "name": "佛山市恒福五金有限公司", "address": HOME},
        {"id": "tax:1", "uscc": FIRM, "name": "佛山市新立商贸有限公司", "address": HOME},
        {
            "id": "mr:2",
            "uscc": FIRM,
            "name": "佛山市恒福五金有限公司南海分公司",
            "address": "佛山市南海区桂城南一路8号",
        },
    ]
    result = link(table(rows), model=ENTERPRISES)
    assert groups(result) == {
        frozenset({"mr:1", "hall:1", "hall:2", "patrol:1", "tax:1"}),
        frozenset({"mr:2"}),
    }
    how = {
        edge["right_resource"]: edge["how"] for edge in result.edges.to_pylist() if edge["decision"] == "link"
    }
    assert how["patrol"] == "probability"

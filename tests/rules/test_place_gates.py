"""What whole addresses teach of gates, estates and renamed roads; and what they must not teach."""

from __future__ import annotations

import random

import pytest

from bench.dirty_addresses import deliver
from tongchou.pool.linkage.kinds.gates import complete, learn
from tongchou.standards.addresses import Place, parse

REGISTER = [
    "长沙市岳麓区银杉路67号金桂华府3栋601", "长沙市岳麓区银杉路67号金桂华府8栋1203", "长沙市岳麓区银杉路67号金桂华府12栋804",
    "长沙市雨花区圭塘路9号阳光花园1栋101", "长沙市雨花区圭塘路9号阳光花园2栋202",
]  # fmt: skip


def known_of(*texts: str) -> dict[str, str]:
    return learn([(text, parse(text).place) for text in texts])


def completed(text: str, *texts: str) -> Place:
    return complete(parse(text).place, known_of(*REGISTER, *texts))


def test_an_estate_lies_at_its_gate_and_a_gate_is_its_estates() -> None:
    of_estate, of_gate = completed("金桂华府3栋601"), completed("银杉大道67号3栋601")
    for place in (of_estate, of_gate):
        assert (place.street, place.number, place.core, place.sort) == ("银杉", "67", "金桂", "华府")
        assert (place.building, place.room) == ("3", "601")
    assert completed("金桂3栋601").street == "银杉"  # the word for its kind left out
    assert completed("岳麓区金桂华府3栋601").number == "67"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("雨花区金桂华府3栋601", ()),  # its namesake in the other district, of which nobody wrote the road
        ("金桂花园3栋601", ()),  # another estate of that name
        ("银杉路67号601", ()),  # a shop at the gate has no building
        ("银杉路69号3栋601", ()),
        (
            "金桂华府3栋601",
            tuple(f"长沙市雨花区洞井路5号金桂华府{at}栋301" for at in (1, 2, 3)),
        ),  # two of that name
        (
            "银杉路67号3栋601",
            tuple(f"长沙市岳麓区银杉路67号丽景名城{at}栋301" for at in (1, 2, 3)),
        ),  # two at that gate
    ],
)
def test_what_is_not_certain_teaches_nothing(text: str, more: tuple[str, ...]) -> None:
    assert completed(text, *more) == parse(text).place


def test_one_address_alone_teaches_nothing() -> None:
    assert known_of(REGISTER[0]) == {}


def test_of_two_of_one_name_each_is_found_in_its_own_district() -> None:
    other = [f"长沙市雨花区洞井路5号金桂华府{at}栋301" for at in (1, 2, 3)]
    assert completed("岳麓区金桂华府3栋601", *other).street == "银杉"
    assert completed("雨花区金桂华府3栋601", *other).street == "洞井"


def test_a_renamed_road_is_learnt_from_who_says_so_and_from_shared_gates() -> None:
    assert completed("旧岭路7号301", "雨花区圭塘路9号（原旧岭路）").street == "圭塘"
    gates = [(67, "金桂华府"), (9, "丽景名城"), (31, "中天家园")]
    under = [f"长沙市岳麓区{road}{number}号{estate}{at}栋601" for road, often in (("银杉路", 4), ("旧塘路", 2))
             for number, estate in gates for at in range(1, often)]  # fmt: skip
    assert completed("旧塘路45号302", *under).street == "银杉"


def test_roads_that_differ_in_a_numeral_are_never_one() -> None:
    gates = [(67, "金桂华府"), (9, "丽景名城"), (31, "中天家园")]
    under = [f"长沙市岳麓区{road}{number}号{estate}{at}栋601" for road, often in (("银杉一路", 4), ("银杉二路", 2))
             for number, estate in gates for at in range(1, often)]  # fmt: skip
    assert completed("银杉二路45号302", *under).street == "银杉二"


def test_what_is_learnt_depends_on_no_order() -> None:
    texts = deliver(150, 4, "renamed")["address"].to_pylist()
    shuffled = [*texts, *texts[:40]]
    random.Random(1).shuffle(shuffled)
    assert known_of(*texts) == known_of(*shuffled) != {}


def test_completing_again_changes_nothing() -> None:
    texts = deliver(150, 5)["address"].to_pylist()
    known = known_of(*texts)
    once = [complete(parse(text).place, known) for text in texts]
    assert [complete(place, known) for place in once] == once
    assert any(place != parse(text).place for place, text in zip(once, texts, strict=True))


def test_what_breaks_off_within_a_known_name_is_cut() -> None:
    assert completed("银杉路67号金").cut
    assert not completed("银杉路67号金桂").cut  # what the estate is called for short
    assert not completed("银杉路67号电信局").cut
    assert not completed("银杉路69号金").cut  # nothing is known there

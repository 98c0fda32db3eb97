"""Same place, same enterprise: on pairs with hard negatives, of seeds nothing was written on; and what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import dirty_places, enterprise_pairs
from bench.places import enterprises, places
from tongchou.standards.addresses import SAME, Relation, compare, parse, same_place

_PIECES = """佛山市 样例区 祖庙街道 同济社区 古灶村 同济路 岭南大道北 季华五路 东华里 12号 十二号 38号 锦绣花园 锦绣豪庭 二期
3栋 三座 3# 2单元 2梯 601 0601室 六零一房 12楼 - ( ) A座 之二 附3号"""
ADDRESS = st.lists(st.sampled_from(_PIECES.split()), max_size=8).map("".join)


@pytest.mark.parametrize("seed", [71, 72])
def test_same_place_on_pairs_with_hard_negatives(seed: int) -> None:
    quality, peer, _ = places(seed, 4_000)
    assert quality["P"] >= 0.985
    assert quality["R"] >= 0.975
    assert quality["P"] > peer["P"]
    assert quality["F1"] > peer["F1"]


@pytest.mark.parametrize("seed", [71, 72])
def test_same_enterprise_on_pairs_with_hard_negatives(seed: int) -> None:
    found = enterprises(seed, 3_000)
    for way in ("alone", "linked"):
        assert found[way]["P"] >= 0.985, way
        assert found[way]["R"] >= 0.97, way
        assert found[way]["F1"] > found["peer"]["F1"], way


@pytest.mark.parametrize("why", sorted(dirty_places.HARD))
def test_no_kind_of_hard_negative_is_joined(why: str) -> None:
    pairs = [pair for pair in dirty_places.pairs(4_000, 5) if pair.why == why]
    assert len(pairs) > 50
    joined = [pair for pair in pairs if same_place(pair.one, pair.other)]
    assert len(joined) <= len(pairs) // 100


def test_both_sets_of_pairs_are_what_they_say() -> None:
    of_places = list(dirty_places.pairs(1_000, 3))
    of_enterprises = list(enterprise_pairs.pairs(1_000, 3))
    for pairs in (of_places, of_enterprises):
        assert sum(pair.same for pair in pairs) == 500
    assert {pair.why for pair in of_places} >= {
        *dirty_places.HARD,
        "cut",
        "written otherwise",
        "another home",
    }
    assert {pair.why for pair in of_enterprises} >= {
        "branch",
        "sister",
        "namesake",
        "licence",
        "name changed",
    }


@settings(max_examples=100, deadline=None)
@given(one=ADDRESS, other=ADDRESS)
def test_comparing_is_symmetric_and_bounded(one: str, other: str) -> None:
    there, back = compare(one, other), compare(other, one)
    assert (there.relation, there.score) == (back.relation, back.score)
    assert 0.0 <= there.score <= 1.0
    assert (there.score >= SAME) == there.same
    if there.relation in (Relation.DIFFERENT, Relation.PART):
        assert not there.same


@settings(max_examples=100, deadline=None)
@given(text=ADDRESS)
def test_an_address_is_never_another_place_than_itself(text: str) -> None:
    assert compare(text, text).relation is not Relation.DIFFERENT


def test_the_normal_form_names_the_same_place() -> None:
    for pair in dirty_places.pairs(1_000, 9):
        place = parse(pair.one).place
        assert parse(parse(pair.one).normal_form()).place.written() == place.written(), pair.one


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("同济路38号锦绣花园3栋601", "同济路38号锦绣花园3栋", Relation.CUT),
        ("同济路38号锦绣花园3栋601", "同济路38号锦绣花园3栋6", Relation.CUT),
        ("同济路12号", "同济路12号301", Relation.PART),
        ("同济路12号", "锦绣花园3栋", Relation.UNKNOWN),
        ("同济路12号", "同济路14号", Relation.DIFFERENT),
        ("同济路38号锦绣花园3栋601", "样例区同济路38号3座0601室", Relation.SAME),
    ],
)
def test_relations(one: str, other: str, relation: Relation) -> None:
    assert compare(one, other).relation is relation

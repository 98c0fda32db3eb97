"""Whole populations of places and of enterprises in the second dirt, from seeds nothing was written on."""

from __future__ import annotations

import pytest

from bench.dirty_addresses import NOWHERE
from bench.dirty_addresses import deliver as deliver_places
from bench.dirty_companies import deliver as deliver_companies
from bench.linkage import ours, standardised
from bench.places import linked_places, population
from tongchou.pool.linkage import load_model
from tongchou.pool.linkage.kinds import KINDS


@pytest.mark.parametrize(
    ("profile", "precision", "recall"),
    [("mild", 0.985, 0.945), ("renamed", 0.985, 0.93), ("harsh", 0.97, 0.85)],
)
@pytest.mark.parametrize("seed", [811, 812])
def test_places_linked_as_a_whole(profile: str, precision: float, recall: float, seed: int) -> None:
    found = population(deliver_places(1_500, seed, profile))
    assert found["P"] >= precision
    assert found["R"] >= recall


def test_without_what_the_population_knows_fewer_are_found() -> None:
    records = deliver_places(1_500, 811)
    whole = population(records)
    # Each record beside its own place's records only: nothing can be learnt of an estate from one home.
    alone = [population(records.filter(records["place"].to_numpy() == each)) for each in range(60)]
    assert whole["R"] >= 0.94
    assert sum(each["R"] < 1.0 for each in alone) > 3


@pytest.mark.parametrize("text", NOWHERE)
def test_what_says_nowhere_is_no_value(text: str) -> None:
    assert not KINDS["place_address"].fold([text]).present[0]


def test_a_record_of_no_place_is_joined_to_none() -> None:
    records = deliver_places(400, 3)
    labels = linked_places(records)
    nowhere = [label for label, place in zip(labels, records["place"].to_pylist(), strict=True) if place < 0]
    assert len(nowhere) > 10
    assert len(set(nowhere)) == len(nowhere)


@pytest.mark.parametrize(
    ("profile", "precision", "recall"),
    [("mild", 0.99, 0.96), ("shops", 0.985, 0.93), ("lookalikes", 0.985, 0.95)],
)
def test_enterprises_that_look_like_one_another(profile: str, precision: float, recall: float) -> None:
    found, _, _ = ours(standardised(deliver_companies(1_500, 811, profile)), "zh_enterprises")
    assert found["P"] >= precision
    assert found["R"] >= recall


def test_the_shipped_models_name_every_level() -> None:
    for name in ("zh_places", "zh_enterprises"):
        for column in load_model(name).columns:
            assert {level.name for level in column.kind.levels} - {"absent"} == set(column.bits)

"""How well the shipped models link: floors of quality, on shared sets and on invented people."""

from __future__ import annotations

import os

import pytest

from bench.dirty_enterprises import deliver as deliver_enterprises
from bench.dirty_people import deliver
from bench.linkage import febrl, four_sources, ours, standardised
from tests.rules.shared_data import shared


@pytest.fixture(autouse=True)
def _shared_folder(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("shared_data") and "TONGCHOU_SHARED_DATA" not in os.environ:
        monkeypatch.setenv("TONGCHOU_SHARED_DATA", str(shared("people").parent))


@pytest.mark.shared_data
def test_four_dirty_chinese_sources() -> None:
    quality = ours(standardised(four_sources(0.1)), "zh_people")[0]
    assert quality["F1"] >= 0.985
    assert quality["P"] >= 0.99


@pytest.mark.shared_data
@pytest.mark.parametrize("number", [1, 2, 3])
def test_febrl(number: int) -> None:
    quality = ours(febrl(number), "en_people")[0]
    assert quality["F1"] >= 0.99
    assert quality["P"] >= 0.995


@pytest.mark.parametrize(
    ("profile", "f1", "precision"),
    [
        ("mild", 0.98, 0.99),
        ("few_numbers", 0.97, 0.99),
        ("twins", 0.96, 0.97),
        ("no_birth", 0.95, 0.985),
        ("rural", 0.98, 0.99),
        ("harsh", 0.93, 0.985),
    ],
)
def test_invented_people_in_other_dirt(profile: str, f1: float, precision: float) -> None:
    quality = ours(standardised(deliver(3_000, 4711, profile)), "zh_people")[0]
    assert quality["F1"] >= f1
    assert quality["P"] >= precision


@pytest.mark.parametrize(
    ("profile", "f1", "precision"),
    [
        ("mild", 0.97, 0.995),
        ("few_codes", 0.95, 0.995),
        ("shops", 0.935, 0.995),
        ("groups", 0.97, 0.995),
        ("harsh", 0.86, 0.99),
    ],
)
def test_invented_enterprises(profile: str, f1: float, precision: float) -> None:
    quality = ours(standardised(deliver_enterprises(2_000, 4711, profile)), "zh_enterprises")[0]
    assert quality["F1"] >= f1
    assert quality["P"] >= precision


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("without", "f1", "precision"),
    [("id_number", 0.95, 0.98), ("phone", 0.98, 0.99), ("address", 0.98, 0.99), ("birth_date", 0.97, 0.99)],
)
def test_a_missing_column_costs_recall_more_than_precision(without: str, f1: float, precision: float) -> None:
    records = standardised(four_sources(0.1)).drop_columns([without])
    quality = ours(records, "zh_people")[0]
    assert quality["F1"] >= f1
    assert quality["P"] >= precision

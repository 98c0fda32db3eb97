"""The tables of the standards: each row is an example in the reference and a test."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from tongchou.standards import dates, identity, names, phones
from tongchou.standards.elements import element
from tongchou.standards.masking import MASKS, mask
from tongchou.standards.problems import RULES

HERE = Path(__file__).parent
TODAY = date(2026, 6, 1)


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(row: dict[str, str]) -> str:
    return f"{row.get('element', row.get('mask', ''))} {row.get('written', row.get('value'))}"


@pytest.mark.parametrize("row", rows("standards_dates.csv"), ids=told)
def test_dates(row: dict[str, str]) -> None:
    found = element("date").standardise(row["written"])
    assert (found.value or "", found.problem or "") == (row["value"], row["rule"])
    if row["value"]:
        reading, _ = dates.examine(row["written"], today=TODAY)
        assert reading is not None and reading.value == row["value"]


@pytest.mark.parametrize("row", rows("standards_names.csv"), ids=told)
def test_names(row: dict[str, str]) -> None:
    name, problem = names.examine(row["written"])
    assert (name.value, name.alias or "", problem or "") == (row["value"], row["alias"], row["rule"])
    parts = names.split(name.value)
    assert (parts.surname, parts.given) == (row["surname"], row["given"])


@pytest.mark.parametrize("row", rows("standards_phones.csv"), ids=told)
def test_phones(row: dict[str, str]) -> None:
    phone, value, problem = phones.examine(row["written"])
    assert (value, phone.kind if phone else "", problem or "") == (row["value"], row["kind"], row["rule"])


@pytest.mark.parametrize("row", rows("standards_identity.csv"), ids=told)
def test_identity_numbers(row: dict[str, str]) -> None:
    found = element("id_number").standardise(row["written"])
    assert (found.value or "", found.problem or "") == (row["value"], row["rule"])
    if row["kind"]:
        number = identity.parse(row["written"], today=TODAY)
        assert (number.kind, number.birth_date.isoformat()) == (row["kind"], row["birth_date"])
        assert (number.sex or "") == row["sex"]


@pytest.mark.parametrize("row", rows("standards_numbers.csv"), ids=told)
def test_other_elements(row: dict[str, str]) -> None:
    found = element(row["element"]).standardise(row["written"])
    assert (found.value or "", found.problem or "") == (row["value"], row["rule"])


@pytest.mark.parametrize("row", rows("standards_masks.csv"), ids=told)
def test_masks(row: dict[str, str]) -> None:
    assert mask(row["value"], row["mask"]) == row["shown"]


def test_every_mask_is_shown() -> None:
    assert {row["mask"] for row in rows("standards_masks.csv")} == set(MASKS)


def test_every_rule_named_here_exists() -> None:
    for table in sorted(HERE.glob("standards_*.csv")):
        assert {row["rule"] for row in rows(table.name) if row.get("rule")} <= set(RULES)

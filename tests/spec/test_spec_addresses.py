"""The page addresses.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec.tables import rows
from tongchou.standards.addresses import Address, normal_form, parse, similarity

READING = rows("addresses.md", "as written")
COMPARING = rows("addresses.md", "one")
_PARTS = (
    "town",
    "community",
    "group",
    "road",
    "lane",
    "number",
    "compound",
    "building",
    "unit",
    "floor",
    "room",
    "tail",
)


def parts(address: Address) -> str:
    told = [f"{name}={getattr(address, name)}" for name in _PARTS if getattr(address, name)]
    return " ".join(told + (["cut=True"] if address.cut else []))


@pytest.mark.parametrize("row", READING, ids=[row["as written"] for row in READING])
def test_reading(row: dict[str, str]) -> None:
    assert parts(parse(row["as written"])) == row["parts"]
    assert normal_form(row["as written"]) == row["normal form"]
    assert normal_form(row["normal form"]) == row["normal form"]


@pytest.mark.parametrize("row", COMPARING, ids=[f"{row['one']}~{row['other']}" for row in COMPARING])
def test_comparing(row: dict[str, str]) -> None:
    one, other = parse(row["one"]), parse(row["other"])
    score, why = similarity(one, other)
    assert float(row["at least"]) <= score <= float(row["at most"])
    assert row["why"] in why.zh
    assert similarity(other, one)[0] == score

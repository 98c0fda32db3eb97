"""The page addresses.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec import asking
from tests.spec.tables import rows

READING = rows("addresses.md", "as written")
COMPARING = rows("addresses.md", "one")


@pytest.mark.parametrize("row", READING, ids=[row["as written"] for row in READING])
def test_reading(row: dict[str, str]) -> None:
    assert asking.address(row["as written"]) == (row["normal form"], row["parts"])
    assert asking.address(row["normal form"])[0] == row["normal form"]


@pytest.mark.parametrize("row", COMPARING, ids=[f"{row['one']}~{row['other']}" for row in COMPARING])
def test_comparing(row: dict[str, str]) -> None:
    score, why = asking.likeness(row["one"], row["other"])
    assert float(row["at least"]) <= score <= float(row["at most"])
    assert row["why"] in why.zh
    assert asking.likeness(row["other"], row["one"])[0] == score

"""The page kin.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec import asking
from tests.spec.tables import rows

ROWS = rows("kin.md", "I am")


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['I am']}-{row['the other is']}" for row in ROWS])
def test_line(row: dict[str, str]) -> None:
    found = asking.kin(row)
    assert (found.kind if found else "") == row["the other is to me"]
    assert ("" if found is None else "said" if found.said else "inferred") == row["how"]

"""The page deadlines.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec import asking
from tests.spec.tables import rows

TABLE = rows("deadlines.md", "received")


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['received']} {row['limit']}" for row in TABLE])
def test_due(row: dict[str, str]) -> None:
    due = asking.due(row)
    if row["due"] == "stands":
        assert due is None
        return
    assert due is not None
    assert due.at == asking.instant(row["due"])
    assert due.provisional == row["why"].startswith("provisional")

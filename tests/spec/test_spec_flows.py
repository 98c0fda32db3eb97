"""The page flows.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec import asking
from tests.spec.tables import rows

TABLE = rows("flows.md", "begun")


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['begun']} {row['asked back']}" for row in TABLE])
def test_limits(row: dict[str, str]) -> None:
    assert asking.flow_limits(row) == {
        "state due": asking.instant(row["state due"]),
        "whole due": asking.instant(row["whole due"]),
        "reminded": asking.instant(row["reminded"]) if row["reminded"] else None,
    }

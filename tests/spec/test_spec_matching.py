"""The page matching.md, line by line."""

from __future__ import annotations

import numpy as np
import pytest

from tests.spec.tables import rows
from tongchou.pool.linkage.kinds import KINDS

ROWS = rows("matching.md", "kind")


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']}: {row['one']}~{row['other']}" for row in ROWS])
def test_level(row: dict[str, str]) -> None:
    kind = KINDS[row["kind"]]
    folded = kind.fold([row["one"], row["other"]])
    assert folded.present.all()
    there, back = kind.compare(folded, np.array([0, 1]), np.array([1, 0]))
    assert kind.levels[there].name == row["level"]
    assert there == back


def test_every_kind_is_on_the_page() -> None:
    assert {row["kind"] for row in ROWS} | {"code"} == set(KINDS)

"""The page matching.md, line by line."""

from __future__ import annotations

import numpy as np
import pytest

from tests.spec import asking
from tests.spec.tables import rows
from tongchou.pool.linkage.kinds import KINDS

STANDS_FOR_NOTHING = rows("matching.md", "column")
IN_PLACE_OF_A_NAME = rows("matching.md", "written")
ROWS = rows("matching.md", "kind")
RECORDS = rows("matching.md", "case")


@pytest.mark.parametrize("row", RECORDS, ids=[row["case"] for row in RECORDS])
def test_whole_records(row: dict[str, str]) -> None:
    found = asking.records(row)
    assert found.decided == row["decided"]
    turned = asking.records({**row, "one": row["other"], "other": row["one"]})
    assert (turned.decided, turned.comparison.score) == (found.decided, found.comparison.score)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']}: {row['one']}~{row['other']}" for row in ROWS])
def test_level(row: dict[str, str]) -> None:
    kind = KINDS[row["kind"]]
    folded = kind.fold([row["one"], row["other"]])
    assert folded.present.all()
    there, back = kind.compare(folded, np.array([0, 1]), np.array([1, 0]))
    assert kind.levels[there].name == row["level"]
    assert there == back


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']}: {row['one']}~{row['other']}" for row in ROWS])
def test_what_a_clerk_is_told_is_that_level(row: dict[str, str]) -> None:
    told = asking.values(row)
    assert told.level == row["level"]
    assert told.sentence.zh and told.sentence.en


def test_every_kind_is_on_the_page() -> None:
    assert {row["kind"] for row in ROWS} | {"code"} == set(KINDS)


@pytest.mark.parametrize(
    "row", STANDS_FOR_NOTHING, ids=[f"{row['column']}-{row['rows']}" for row in STANDS_FOR_NOTHING]
)
def test_what_stands_for_nothing(row: dict[str, str]) -> None:
    assert asking.stands_for_nothing(row) == (row["taken out"] == "yes")


@pytest.mark.parametrize("row", IN_PLACE_OF_A_NAME, ids=[row["written"] for row in IN_PLACE_OF_A_NAME])
def test_what_a_text_in_place_of_a_name_says(row: dict[str, str]) -> None:
    assert asking.in_place_of_a_name(row) == (row["is"], row["parent"])

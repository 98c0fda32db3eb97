"""The page matching.md, line by line."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tests.spec.tables import rows
from tongchou.pool.linkage import load_model
from tongchou.pool.linkage.kinds import KINDS
from tongchou.pool.linkage.kinds.unnamed import is_newborn, is_nobody, mother_in
from tongchou.pool.linkage.reading import find_placeholders, hashed

STANDS_FOR_NOTHING = rows("matching.md", "column")
IN_PLACE_OF_A_NAME = rows("matching.md", "written")
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


@pytest.mark.parametrize(
    "row", STANDS_FOR_NOTHING, ids=[f"{row['column']}-{row['rows']}" for row in STANDS_FOR_NOTHING]
)
def test_what_stands_for_nothing(row: dict[str, str]) -> None:
    often = int(row["rows"])
    other = {
        "id_number": lambda at: f"4406041950{at:08d}",
        "phone": lambda at: f"138{at:08d}",
        "birth_date": lambda at: f"{1930 + at % 80}-03-{at % 28 + 1:02d}",
    }[row["column"]]
    names = [
        f"{one}{two}" for one in "赵钱孙李周吴郑王冯陈" for two in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
    ]
    values = [row["value"] if at < often else other(at) for at in range(200)]
    records = pa.table({"resource": ["a"] * 200, "name": names, row["column"]: values})
    found = find_placeholders(records, load_model("zh_people")).get(row["column"], frozenset())
    assert (("a", hashed(row["value"])) in found) == (row["taken out"] == "yes")


@pytest.mark.parametrize("row", IN_PLACE_OF_A_NAME, ids=[row["written"] for row in IN_PLACE_OF_A_NAME])
def test_what_a_text_in_place_of_a_name_says(row: dict[str, str]) -> None:
    text = row["written"]
    said = "a newborn" if is_newborn(text) else "nobody" if is_nobody(text) else "a name"
    assert (said, mother_in(text)) == (row["is"], row["parent"])

"""The page grants.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec import asking
from tests.spec.tables import rows
from tongchou.exchange.errors import Refused

PAGE = "grants.md"


def tables() -> dict[str, list[dict[str, str]]]:
    """The five tables; two begin with the same heading and are told apart by another."""
    who = rows(PAGE, "who")
    return {
        "decide": [row for row in who if "asked by" in row],
        "grant": [row for row in who if "holder" in row],
        "at once": rows(PAGE, "share class"),
        "masks": rows(PAGE, "grade"),
        "wider": rows(PAGE, "clause"),
    }


TABLES = tables()


def answer(refusal: Refused | None) -> str:
    return refusal.code.removeprefix("exchange.refused.") if refusal else "yes"


@pytest.mark.parametrize("row", TABLES["decide"], ids=lambda row: row["why"])
def test_who_decides(row: dict[str, str]) -> None:
    refusal, can = asking.decide_on(row)
    assert answer(refusal) == row["answer"]
    assert can is (row["answer"] == "yes")


@pytest.mark.parametrize("row", TABLES["at once"], ids=lambda row: row["why"])
def test_at_once(row: dict[str, str]) -> None:
    assert asking.at_once(row) is (row["at once"] == "yes")


@pytest.mark.parametrize("row", TABLES["grant"], ids=lambda row: f"{row['who']} on {row['holder']}")
def test_who_may_do_what(row: dict[str, str]) -> None:
    found = asking.may_do(row)
    assert len(found) == 7
    assert {name: "no" if refusal else "yes" for name, refusal in found.items()} == {
        name: row[name] for name in found
    }


@pytest.mark.parametrize(
    "row", TABLES["masks"], ids=lambda row: f"{row['grade']} {row['mask set']} {row['why']}"
)
def test_masks(row: dict[str, str]) -> None:
    found = asking.mask_problems(row)
    assert {who: "no" if said else "yes" for who, said in found.items()} == {
        who: row[who] for who in ("provider", "bureau")
    }


@pytest.mark.parametrize(
    "row", TABLES["wider"], ids=lambda row: f"{row['clause']}: {row['before']} to {row['after']}"
)
def test_what_widens(row: dict[str, str]) -> None:
    assert asking.widening(row) == (row["clause"], row["wider"] == "yes")

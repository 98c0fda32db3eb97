"""The page grants.md, line by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.spec.tables import rows
from tongchou.exchange import policies
from tongchou.exchange.clauses import Clauses, ResourceSaid, changes
from tongchou.exchange.errors import Refused
from tongchou.exchange.policies import Standing
from tongchou.exchange.rows import FieldSaid

PAGE = "grants.md"
RESOURCE = ResourceSaid(
    "t", "ps", "conditional", (FieldSaid("name", "person_name", 2), FieldSaid("birth_date", "birth_date", 3))
)


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


def standing(who: str, organisation: str) -> Standing:
    name, *seats = who.split("+")
    return Standing(
        username=name, organisation=organisation, bureau=organisation == "data" or who == "@house",
        house=who == "@house", person=not who.startswith("@"), seats=frozenset(filter(None, [organisation, *seats])),
    )  # fmt: skip


def answer(check: Callable[..., None], **given: Any) -> str:
    try:
        check(**given)
    except Refused as refusal:
        return refusal.code.removeprefix("exchange.refused.")
    return "yes"


def listed(written: str) -> frozenset[str]:
    return frozenset(each.strip() for each in written.split(",") if each.strip())


@pytest.mark.parametrize("row", TABLES["decide"], ids=lambda row: row["why"])
def test_who_decides(row: dict[str, str]) -> None:
    given: dict[str, Any] = {
        "owner": "ps", "asker": row["asked by"], "hands": listed(row["hands"]), "escalated": row["escalated"] == "yes",
        "by": standing(row["who"], row["acts for"]), "request": "R-1",
    }  # fmt: skip
    assert answer(policies.check_may_decide, **given) == row["answer"]
    assert policies.can_decide(**given) is (row["answer"] == "yes")


@pytest.mark.parametrize("row", TABLES["at once"], ids=lambda row: row["why"])
def test_at_once(row: dict[str, str]) -> None:
    found = policies.is_at_once(
        share_class=row["share class"], grades=[1, int(row["highest grade asked for"])],
        revealed=[int(row["highest grade to be revealed"])] if row["highest grade to be revealed"] != "0" else [],
    )  # fmt: skip
    assert found is (row["at once"] == "yes")


@pytest.mark.parametrize("row", TABLES["grant"], ids=lambda row: f"{row['who']} on {row['holder']}")
def test_who_may_do_what(row: dict[str, str]) -> None:
    by = standing(row["who"], row["acts for"])
    held = {"owner": "ps", "holder": row["holder"], "by": by, "number": "G-1"}
    another = "data" if row["acts for"] == "ps" else "ps"
    found = {
        "give": answer(
            policies.check_may_give, owner="ps", share_class="conditional", resource="t", by=by, holder=row["holder"]
        ),
        "narrow": answer(policies.check_may_change, wider=False, **held),
        "widen": answer(policies.check_may_change, wider=True, **held),
        "suspend": answer(policies.check_may_withdraw, owner="ps", by=by, number="G-1"),
        "withdraw": answer(policies.check_may_withdraw, owner="ps", by=by, number="G-1"),
        "resume own": answer(policies.check_may_resume, suspended_by=row["acts for"], **held),
        "resume another's": answer(policies.check_may_resume, suspended_by=another, **held),
    }  # fmt: skip
    assert {name: "yes" if said == "yes" else "no" for name, said in found.items()} == {
        name: row[name] for name in found
    }


@pytest.mark.parametrize(
    "row", TABLES["masks"], ids=lambda row: f"{row['grade']} {row['mask set']} {row['why']}"
)
def test_masks(row: dict[str, str]) -> None:
    for who in ("provider", "bureau"):
        said = policies.masking_problem(
            int(row["grade"]), row["element's mask"], row["mask set"], by_provider=who == "provider"
        )
        assert (said is None) is (row[who] == "yes")


def clause(aspect: str, written: str) -> Any:
    if aspect in ("fields", "unmasked", "forms", "purposes"):
        return listed(written)
    if aspect == "masking":
        return dict(each.split("=") for each in listed(written))
    if aspect == "needs_case":
        return written == "yes"
    if aspect == "quota_per_day":
        return int(written) if written else None
    return date.fromisoformat(written) if aspect == "until" else written


@pytest.mark.parametrize(
    "row", TABLES["wider"], ids=lambda row: f"{row['clause']}: {row['before']} to {row['after']}"
)
def test_what_widens(row: dict[str, str]) -> None:
    base: dict[str, Any] = {
        "fields": frozenset({"name", "birth_date"}), "purposes": frozenset({"audit"}), "until": date(2027, 1, 1),
    }  # fmt: skip
    before, after = (
        Clauses(**{**base, row["clause"]: clause(row["clause"], row[side])}) for side in ("before", "after")
    )
    (found,) = changes(before, after, RESOURCE)
    assert (found.aspect, found.wider) == (row["clause"], row["wider"] == "yes")

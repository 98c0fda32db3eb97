"""Households in the logs: who lives together is a column of each record, also when only changes are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.pool import linkstates
from tongchou.pool.engine.connection import connect
from tongchou.pool.identities import changed_identities, identities
from tongchou.pool.plans import feeds_of

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]


@pytest.fixture(autouse=True)
def _households(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [*district.FIELDS["ps.residents"], ("household_no", "identifier", "household")]
    monkeypatch.setitem(district.FIELDS, "ps.residents", fields)


def resident(number: int, name: str, household: str) -> dict[str, str]:
    return {
        "record_no": f"R{number}",
        "name": name,
        "household_no": household,
        "birth_date": f"19{40 + number}-05-06",
    }


def mates(root: Path, seen: dict[str, str] | None = None) -> dict[str, str | None]:
    feeds = feeds_of("people")
    with connect(root) as db:
        table = changed_identities(db, root, feeds, seen) if seen else identities(db, root, feeds)
    return dict(zip(table["source_key"].to_pylist(), table["housemates"].to_pylist(), strict=True))


def test_who_moves_changes_those_left_behind_and_those_joined(tmp_path: Path) -> None:
    district.resources()
    rows = [
        resident(1, "王小明", "A"), resident(2, "李佳怡", "A"), resident(3, "王大力", "A"),
        resident(4, "陈芳", "B"), resident(5, "赵敏", "C"), resident(6, "周杰", "C"),
    ]  # fmt: skip
    district.deliver("ps.residents", rows)
    assert mates(tmp_path)["R1"] == "李佳怡、王大力"
    seen = linkstates.newest(feeds_of("people"))
    district.deliver("ps.residents", [resident(3, "王大力", "B")], date(2026, 11, 9))
    changed = mates(tmp_path, seen)
    assert changed == {"R1": "李佳怡", "R2": "王小明", "R3": "陈芳", "R4": "王大力"}
    everything = mates(tmp_path)
    assert {key: everything[key] for key in changed} == changed
    assert everything["R5"] == "周杰"


def test_a_run_over_a_move_gives_what_a_run_over_everything_gives() -> None:
    from tongchou.pool import links
    from tongchou.pool.actions import linkage
    from tongchou.pool.models import Population

    district.resources()
    rows = [resident(at, f"{name}小{other}", f"H{at // 3}") for at, (name, other) in enumerate(
        (name, other) for name in "王李张刘陈" for other in "明华强芳静丽"
    )]  # fmt: skip
    district.deliver("ps.residents", rows)
    district.link_people()
    moved = [{**rows[4], "household_no": "H9"}]
    district.deliver("ps.residents", moved, date(2026, 11, 9))
    run = district.link_people()
    assert run.extent == run.Extent.CHANGES
    by_changes = links.tables("people")[0].sort_by("source_key")
    population = Population.objects.get(code="people")
    linkage.link(by=linkage.Actor.house("tests"), population=population, recount=True)
    again = links.tables("people")[0].sort_by("source_key")
    assert by_changes.select(["source_key", "subject_id"]).equals(again.select(["source_key", "subject_id"]))

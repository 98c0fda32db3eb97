"""Files beside rows, through the whole pipeline: taken, told by reference, refused with a reason, followed when they change."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.rules import loading
from tongchou.gather import pipeline
from tongchou.gather.sources import Item, connector
from tongchou.gather.sources.files.discover import item_of
from tongchou.pool.documents import DocumentStore, Taker
from tongchou.sample.scans import page, picture
from tongchou.standards.documents import reference_of
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan

FIELDS = (
    FieldPlan("number", "identifier", ("编号",), required=True),
    FieldPlan("scan", "document", ("影像",), on_failure="keep"),
)
PLAN = ResourcePlan("test.papers", FIELDS, ("number",), locator={"file": "*.csv", "documents": "scans"})
STRICT = replace(PLAN, fields=(FIELDS[0], replace(FIELDS[1], on_failure="quarantine")))
HEADING = "编号,影像"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A department's folder: rows, and their scans in a folder of their own."""
    folder = tmp_path / "source"
    (folder / "scans").mkdir(parents=True)
    (folder / "scans" / "1.png").write_bytes(picture("1"))
    (folder / "scans" / "2.pdf").write_bytes(b"<html>not a paper</html>")
    loading.write(
        folder / "rows.csv", "1,1.png", "2,2.pdf", "3,3.pdf", "4,", "5,../rows.csv", heading=HEADING
    )
    return folder


def load(
    data: Path, source: Path, delivery: str, *, plan: ResourcePlan = PLAN, **more: Any
) -> pipeline.Outcome:
    return loading.load(
        data, source, delivery, plan=plan, taking=lambda beside: Taker(data, beside, 1 << 20), **more
    )


def items(source: Path) -> list[Item]:
    return connector("files").discover({"path": str(source)}, PLAN.locator)


def test_a_delivery_brings_its_files(tmp_path: Path, source: Path) -> None:
    data = tmp_path / "data"
    outcome = load(data, source, "d1")
    assert (outcome.kept, outcome.quarantined, outcome.quality["scan"]["failed"]) == (5, 0, 3)
    assert {each for each in outcome.rules if each.startswith("scan:")} == {
        "scan:document.mistyped", "scan:document.missing", "scan:document.outside",
    }  # fmt: skip
    rows = dict(loading.current(data, plan=PLAN))
    reference = reference_of(rows["1"])
    assert reference is not None
    assert DocumentStore(data).read(reference) == picture("1")
    assert [rows[each] for each in "2345"] == [None] * 4
    assert len(list(DocumentStore(data, apart=True).addresses())) == 1  # the refused one is kept, apart


def test_a_refused_file_sets_its_row_aside_where_the_plan_says_so(tmp_path: Path, source: Path) -> None:
    outcome = load(tmp_path / "data", source, "d1", plan=STRICT)
    assert (outcome.kept, outcome.quarantined) == (2, 3)
    held = loading.quarantine(tmp_path / "data", outcome)
    assert {failures[0][1] for _, _, failures in held} == {
        "document.mistyped", "document.missing", "document.outside",
    }  # fmt: skip


def test_other_files_beside_the_same_rows_are_taken_in(tmp_path: Path, source: Path) -> None:
    data = tmp_path / "data"
    first = items(source)
    load(data, source, "d1")
    again = load(data, source, "d2")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 5)
    (source / "scans" / "3.pdf").write_bytes(page("PAPER", "3"))
    (source / "scans" / "1.png").write_bytes(picture("1, scanned again"))
    assert items(source)[0].digest != first[0].digest
    later = load(data, source, "d3")
    assert (later.new, later.changed, later.unchanged) == (0, 2, 3)
    rows = dict(loading.current(data, plan=PLAN))
    assert reference_of(rows["3"]) is not None
    assert len(list(DocumentStore(data).addresses())) == 3


def test_a_file_handed_in_brings_only_what_is_packed_with_it(tmp_path: Path, source: Path) -> None:
    uploads = tmp_path / "data" / "uploads"
    (uploads / "scans").mkdir(parents=True)
    (uploads / "scans" / "1.png").write_bytes(picture("somebody else's"))
    alone = loading.write(uploads / "rows.csv", "1,1.png", heading=HEADING)
    outcome = load(tmp_path / "data", source, "d1", item=item_of(alone, "rows.csv"))
    assert outcome.quality["scan"]["failed"] == 1
    archive = uploads / "delivery.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("rows.csv", f"{HEADING}\n1,1.png\n")
        made.writestr("scans/1.png", picture("packed"))
    outcome = load(tmp_path / "data", source, "d2", item=item_of(archive, "delivery.zip"))
    assert outcome.quality["scan"]["failed"] == 0
    ((_, value),) = loading.current(tmp_path / "data", plan=PLAN)
    reference = reference_of(value)
    assert reference is not None
    assert DocumentStore(tmp_path / "data").read(reference) == picture("packed")


def test_the_folder_of_files_lies_within_the_source(tmp_path: Path, source: Path) -> None:
    outside = replace(PLAN, locator={"file": "*.csv", "documents": "../"})
    with pytest.raises(HouseError) as caught:
        load(tmp_path / "data", source, "d1", plan=outside)
    assert caught.value.code == "gather.pattern_outside"

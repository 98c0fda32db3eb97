"""A leaked copy names its export, whatever was done to the file; nobody innocent is named."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actions import crowded
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import leaks
from tongchou.exchange.leaks import Finding
from tongchou.exchange.models import Export, Grant
from tongchou.ledger import queries as ledger
from tongchou.standards.errors import HouseError

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

HOUSE = Actor.house("tests")
Rows = list[dict[str, str]]


@pytest.fixture
def copies(data: Path, tmp_path: Path) -> dict[str, Rows]:  # noqa: F811
    """Three exports of one resource for two recipients, by number."""
    people = crowded.founded(1500)
    crowded.bulk_grant()
    crowded.bulk_grant("G-OTHER", organisation="hall2")
    found = {}
    for by, grant in (("clerk", "G-BULK"), ("clerk", "G-BULK"), ("other_clerk", "G-OTHER")):
        done = crowded.exported(people[by], grant=grant)
        found[done.number] = crowded.table(crowded.saved(people[by], done, tmp_path))
    return found


def trace(path: Path) -> Finding:
    return leaks.trace(by=HOUSE, file=path)


def numbers(found: Finding) -> list[str]:
    return sorted(each.number for each in found.named)


CARRYING = ["id_number", "address", "moved_in_on"]


def test_any_export_is_named_from_a_tenth_of_some_columns_sorted(
    copies: dict[str, Rows], tmp_path: Path
) -> None:
    draw = random.Random(1)
    for number, rows in copies.items():
        for column in ("id_number", "moved_in_on"):
            sample = sorted(draw.sample(rows, len(rows) // 10), key=lambda row: row["name"])
            found = trace(crowded.write(tmp_path / "leak.csv", sample, ["name", column]))
            assert numbers(found) == [number]
            one = found.named[0]
            assert one.chance <= 1e-9
            export = Export.objects.get(number=number)
            assert (one.grant, one.recipient, one.user) == (
                export.grant.number, export.organisation.code, export.requested_by,
            )  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_random_treatment_of_a_copy_never_accuses_anyone_else(
    copies: dict[str, Rows], tmp_path: Path, drawn: st.DataObject
) -> None:
    number = drawn.draw(st.sampled_from(sorted(copies)))
    rows = copies[number]
    share = drawn.draw(st.sampled_from([0.02, 0.1, 0.5]))
    names = drawn.draw(st.lists(st.sampled_from(sorted(rows[0])), min_size=1, unique=True))
    draw = random.Random(drawn.draw(st.integers(0, 1000)))
    edits = drawn.draw(st.sampled_from([0.0, 0.1]))
    sample = draw.sample(rows, int(len(rows) * share))
    kept = [{name: "?" if draw.random() < edits else row[name] for name in names} for row in sample]
    found = trace(crowded.write(tmp_path / "leak.csv", kept, names))
    assert set(numbers(found)) <= {number}
    if "id_number" in names or ("moved_in_on" in names and share > 0.05):
        assert numbers(found) == [number]
    if {"row_ref", "subject_ref"} & set(names):
        assert [name for name, _, _ in found.recipients] in (
            [],
            [Export.objects.get(number=number).organisation.code],
        )


def test_a_copy_saved_again_by_a_spreadsheet_program(copies: dict[str, Rows], tmp_path: Path) -> None:
    number, rows = next(iter(copies.items()))
    book = openpyxl.Workbook()
    sheet = book.active
    for row in random.Random(2).sample(rows, 200):
        sheet.append([number_like(row[name]) for name in reversed(list(row))])
    book.save(tmp_path / "leak.xlsx")
    assert numbers(trace(tmp_path / "leak.xlsx")) == [number]


def number_like(value: str) -> Any:
    return int(value) if value.isdigit() and len(value) < 12 else value


def test_other_encodings_and_forms(copies: dict[str, Rows], tmp_path: Path) -> None:
    number, rows = list(copies.items())[1]
    for encoding, delimiter in (("gb18030", ","), ("gbk", "\t"), ("utf-16", ";"), ("utf-8", "|")):
        path = tmp_path / "leak.txt"
        with path.open("w", encoding=encoding, errors="replace", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(
                [row["id_number"], row["sex"]] for row in rows[:150]
            )
        assert numbers(trace(path)) == [number]
    pq.write_table(pa.Table.from_pylist(rows[:150]).select(["id_number"]), tmp_path / "leak.bin")
    assert numbers(trace(tmp_path / "leak.bin")) == [number]


def test_two_recipients_who_mix_their_copies_are_both_named(copies: dict[str, Rows], tmp_path: Path) -> None:
    (_, _), (second, two), (third, three) = copies.items()
    order = {row["record_no"]: row for row in three}
    draw = random.Random(3)
    mixed = [draw.choice((row, order[row["record_no"]])) for row in draw.sample(two, 400)]
    found = trace(crowded.write(tmp_path / "leak.csv", mixed, ["name", "id_number", "address"]))
    assert numbers(found) == sorted([second, third])
    assert "混" in found.sentence().zh


def test_the_original_and_strangers_copies_name_nobody(copies: dict[str, Rows], tmp_path: Path) -> None:
    plain = [{key: str(value) for key, value in row.items()} for row in crowded.residents(1500)]
    found = trace(crowded.write(tmp_path / "original.csv", plain))
    assert not found.is_sure and not found.likely
    number, rows = next(iter(copies.items()))
    Export.objects.filter(number=number).update(
        number="E-ELSEWHERE"
    )  # as if another installation had made it
    without_ids = [{key: value for key, value in row.items() if "_ref" not in key} for row in rows]
    found = trace(crowded.write(tmp_path / "stranger.csv", without_ids))
    assert not found.is_sure
    assert "不与" in found.sentence().zh


def test_what_carries_no_mark_is_said_to_be_untraceable(copies: dict[str, Rows], tmp_path: Path) -> None:
    rows = next(iter(copies.values()))
    found = trace(crowded.write(tmp_path / "leak.csv", rows, ["name", "record_no", "sex"]))
    assert not found.is_sure and found.places == 0
    assert "没有留下任何标记" in found.sentence().zh


def test_ids_alone_name_the_recipient_not_the_export(copies: dict[str, Rows], tmp_path: Path) -> None:
    rows = list(copies.values())[2]
    found = trace(crowded.write(tmp_path / "leak.csv", rows[:5], ["row_ref", "name"]))
    assert [name for name, _, _ in found.recipients] == ["hall2"] and not found.named


def test_the_file_may_be_gone_and_the_grant_withdrawn(copies: dict[str, Rows], tmp_path: Path) -> None:
    number, rows = next(iter(copies.items()))
    Export.objects.update(state="deleted")
    Grant.objects.update(state="withdrawn")
    assert numbers(trace(crowded.write(tmp_path / "leak.csv", rows[:100], ["id_number"]))) == [number]


def test_the_tracing_is_on_record(copies: dict[str, Rows], tmp_path: Path) -> None:
    number, rows = next(iter(copies.items()))
    trace(crowded.write(tmp_path / "leak.csv", rows[:100], ["id_number"]))
    body = ledger.trace(ledger.entries(kind="leak.traced")[0]).body
    assert body["exports"] == [number] and body["rows"] == 101


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1 nonsense", b"PK\x03\x04 nonsense", b"\xff\xff\xff\xff1234", bytes(range(256)) * 50],
)
def test_broken_files_are_told_of_or_say_nothing(data: Path, tmp_path: Path, content: bytes) -> None:  # noqa: F811
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    try:
        assert not trace(path).is_sure
    except HouseError as error:
        assert error.code == "exchange.leak_unreadable"


def test_a_missing_file(data: Path, tmp_path: Path) -> None:  # noqa: F811
    with pytest.raises(HouseError):
        trace(tmp_path / "none.csv")

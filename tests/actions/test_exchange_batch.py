"""Batch: what is granted, masked, marked, on the ledger; for its recipient alone; while the grant holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.utils import timezone

from tests import district
from tests.actions import crowded
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.exchange import exporting, sealed, work
from tongchou.exchange.actions import batch
from tongchou.exchange.models import Export, Grant
from tongchou.exchange.watermark import carriers
from tongchou.ledger import queries as ledger
from tongchou.standards import masking
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

HOUSE = Actor.house("tests")


@pytest.fixture
def cast() -> dict[str, Actor]:
    people = crowded.founded()
    crowded.bulk_grant()
    return people


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(HouseError) as caught:
        call()
    return caught.value.code


def traces(kind: str) -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "arrow"])
def test_a_file_holds_what_is_granted_each_value_under_its_mask(
    cast: dict[str, Actor], tmp_path: Path, form: str
) -> None:
    clerk = cast["clerk"]
    path = crowded.saved(clerk, crowded.exported(clerk, format=form), tmp_path)
    rows = read(path, form)
    truth = {row["record_no"]: row for row in crowded.residents(1200)}
    assert {row["record_no"] for row in rows} == set(truth)
    masks = {
        name: masking.mask_for(element(code).grade, element(code).mask)
        for name, code, _ in district.FIELDS["ps.residents"]
    }
    for row in rows:
        for name, mask in masks.items():
            value = truth[row["record_no"]][name]
            assert value is not None
            assert carriers.plain(row[name]) == carriers.plain(masking.mask(value, mask))


def read(path: Path, form: str) -> list[dict[str, str]]:
    if form == "csv":
        return crowded.table(path)
    if form == "parquet":
        return list(pq.read_table(path).to_pylist())
    if form == "arrow":
        return list(pa.ipc.open_stream(path.read_bytes()).read_all().to_pylist())
    import openpyxl

    sheet = openpyxl.load_workbook(path)["数据"]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    names = ["row_ref", "subject_ref", *(name for name, _, _ in district.FIELDS["ps.residents"])]
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def test_names_numbers_and_codes_are_never_touched(cast: dict[str, Actor], tmp_path: Path) -> None:
    Grant.objects.update(masking=dict.fromkeys(("id_number", "birth_date", "address"), "none"))
    clerk = cast["clerk"]
    truth = {row["record_no"]: row for row in crowded.residents(1200)}
    for row in crowded.table(crowded.saved(clerk, crowded.exported(clerk), tmp_path)):
        for name in ("record_no", "name", "id_number", "sex"):
            assert row[name] == truth[row["record_no"]][name]


def test_what_may_be_revealed_one_by_one_stays_masked_in_bulk(cast: dict[str, Actor], tmp_path: Path) -> None:
    Grant.objects.update(unmasked=["*"])
    clerk = cast["clerk"]
    rows = crowded.table(crowded.saved(clerk, crowded.exported(clerk), tmp_path))
    assert all(carriers.plain(row["id_number"])[3:14] == "*" * 11 for row in rows)


def test_the_ledger_says_what_left_and_no_value(cast: dict[str, Actor], tmp_path: Path) -> None:
    clerk = cast["clerk"]
    done = crowded.exported(clerk, fields=["name", "id_number"])
    crowded.saved(clerk, done, tmp_path)
    asked, made, fetched = (
        traces("export.requested")[0],
        traces("export.finished")[0],
        traces("export.downloaded")[0],
    )
    assert asked["grants"] == ["G-BULK"] and asked["fields"] == ["name", "id_number"]
    assert made["rows"] == 1200 and made["watermark"] == done.number and len(made["digest"]) == 64
    assert fetched["digest"] == made["digest"] and fetched["outcome"] == "done" and fetched["user"] == "clerk"


def test_only_who_asked_for_a_file_may_fetch_it(cast: dict[str, Actor], tmp_path: Path) -> None:
    done = crowded.exported(cast["clerk"])
    for other in ("other_clerk", "officer", "steward"):
        got = refusal(lambda other=other: batch.download(by=with_right(cast[other]), number=done.number))
        assert got == "exchange.no_export"
    with pytest.raises(NotAllowed):
        batch.download(by=cast["outsider"], number=done.number)
    assert [each["outcome"] for each in traces("export.downloaded")] == ["refused"] * 4


def with_right(actor: Actor) -> Actor:
    from dataclasses import replace

    return replace(actor, permissions=actor.permissions | {"exchange.export"})


def test_a_grant_must_cover_the_form_the_purpose_and_the_fields(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]

    def ask(**more: Any) -> str:
        return refusal(
            lambda: batch.export(**{"by": clerk, "grant": "G-BULK", "purpose": "relief_check", **more})
        )

    district.purpose("other")
    assert ask(purpose="other") == "exchange.refused.wrong_purpose"
    assert ask(grant="G-NONE") == "exchange.refused.no_grant"
    assert ask(fields=["wage"]) == "exchange.refused.not_granted"
    assert ask(fields=[]) == "exchange.refused.not_granted"
    assert ask(format="exe'; --") == "exchange.export_format"
    assert ask(by=with_right(cast["other_clerk"])) == "exchange.refused.no_grant"
    Grant.objects.update(needs_case=True)
    assert ask() == "exchange.refused.case_each"
    Grant.objects.update(needs_case=False, forms=["query"])
    assert ask() == "exchange.refused.wrong_form"


def test_a_withdrawal_holds_for_the_job_and_for_the_download(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    done = crowded.exported(clerk)
    waiting = batch.export(by=clerk, grant="G-BULK", purpose="relief_check")
    Grant.objects.update(state="suspended")
    work.run_all(by=HOUSE)
    waiting.refresh_from_db()
    assert waiting.state == "failed" and waiting.error["code"] == "exchange.refused.no_grant"
    assert refusal(lambda: batch.download(by=clerk, number=done.number)) == "exchange.refused.no_grant"


def test_rows_are_filtered_by_the_grant_and_its_text_is_never_sql(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["clerk"]
    Grant.objects.update(rows="sex = '1' and birth_date < date '1980-01-01'")
    rows = crowded.table(crowded.saved(clerk, crowded.exported(clerk), tmp_path))
    truth = [r for r in crowded.residents(1200) if r["sex"] == "1" and str(r["birth_date"]) < "1980-01-01"]
    assert len(rows) == len(truth) > 50
    for attack in ("1=1; drop table x", "sex = '1' union select 1", "name = 'x' or 1=1) --"):
        Grant.objects.update(rows=attack)
        assert refusal(lambda: batch.export(by=clerk, grant="G-BULK", purpose="relief_check")).startswith("e")
    Grant.objects.update(rows="name = '''; drop table x; --'")
    assert batch.estimate(by=clerk, grant="G-BULK", purpose="relief_check").rows == 0


def test_a_field_the_resource_lost_gives_nothing(cast: dict[str, Actor]) -> None:
    Grant.objects.update(rows="gone = '1'")
    call = lambda: batch.export(by=cast["clerk"], grant="G-BULK", purpose="relief_check")  # noqa: E731
    assert refusal(call) == "exchange.grant_rows"


def test_as_of(cast: dict[str, Actor], tmp_path: Path) -> None:
    district.deliver("ps.residents", crowded.residents(1200)[:1000], date(2026, 11, 10))
    clerk = cast["clerk"]
    for day, rows in ((date(2026, 11, 5), 1200), (date(2026, 11, 12), 1000), (date(2026, 10, 1), 0)):
        assert crowded.exported(clerk, valid_on=day).rows == rows


def test_files_are_unreadable_on_disk_and_tampering_is_found(cast: dict[str, Actor], tmp_path: Path) -> None:
    clerk = cast["clerk"]
    done = crowded.exported(clerk)
    path = exporting.file_of(done.number)
    held = path.read_bytes()
    plain = crowded.saved(clerk, done, tmp_path).read_bytes()
    for known in (b"R0000001", b"record_no"):  # long enough that sealed bytes never hold them by chance
        assert known in plain and known not in held
    assert path.stat().st_mode & 0o077 == 0
    for altered in (held[:-40], held[:100] + bytes([held[100] ^ 1]) + held[101:], held + held[12:]):
        path.write_bytes(altered)
        assert refusal(lambda: list(sealed.chunks(path, done.number))) == "exchange.file_damaged"
    path.write_bytes(held)
    assert refusal(lambda: list(sealed.chunks(path, "E-other"))) == "exchange.file_damaged"


def test_files_of_several_frames(data: Path) -> None:  # noqa: F811
    whole = random.Random(1).randbytes(3 * sealed.FRAME_BYTES + 17)
    writer = sealed.Writer(data / "long.sealed", "long")
    for start in range(0, len(whole), 700_001):
        writer.write(whole[start : start + 700_001])
    writer.finish()
    assert b"".join(sealed.chunks(data / "long.sealed", "long")) == whole
    with sealed.opened(data / "long.sealed", "long") as file:
        assert file.read(2 * sealed.FRAME_BYTES) + file.read() == whole
    held = (data / "long.sealed").read_bytes()
    frame = sealed.FRAME_BYTES + 16 + 4
    for altered in (
        held[: 12 + frame],
        held[:12] + held[12 + frame :],
        held[:12] + held[12 + frame : 12 + 2 * frame] + held[12:],
    ):
        (data / "long.sealed").write_bytes(altered)
        assert refusal(lambda: list(sealed.chunks(data / "long.sealed", "long"))) == "exchange.file_damaged"


def test_a_killed_job_goes_on_with_the_part_it_was_at(
    cast: dict[str, Actor], tmp_path: Path, settings: Any
) -> None:
    clerk = cast["clerk"]
    asked = batch.export(by=clerk, grant="G-BULK", purpose="relief_check")
    asked = Export.objects.select_related("grant", "resource", "organisation", "role").get(pk=asked.pk)

    class Killed(BaseException):
        pass

    def die_late(done: int, total: int) -> None:
        if done > total // 2:
            raise Killed

    with pytest.raises(Killed):
        exporting.make(asked, die_late, part_rows=300)
    kept = sorted(path.name for path in exporting.folder_of(asked.number).iterdir())
    assert len(kept) == 2 and all(name.endswith("of-00004.sealed") for name in kept)
    stamps = {name: (exporting.folder_of(asked.number) / name).stat().st_mtime_ns for name in kept}
    seen = []
    made = exporting.make(
        asked, lambda done, total: seen.append((done, total, _stamps(asked))), part_rows=300
    )
    assert made.rows == 1200
    assert all(stamps.items() <= each[2].items() for each in seen)
    batch.finish(by=HOUSE, export=asked, made=made)
    assert len({row["record_no"] for row in crowded.table(crowded.saved(clerk, asked, tmp_path))}) == 1200


def _stamps(export: Export) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in exporting.folder_of(export.number).glob("part*")}


def test_cancelling_stops_and_leaves_nothing(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    asked = batch.export(by=clerk, grant="G-BULK", purpose="relief_check")
    assert (
        refusal(lambda: batch.cancel(by=with_right(cast["officer"]), number=asked.number))
        == "exchange.no_export"
    )
    assert batch.cancel(by=clerk, number=asked.number).state == "cancelled"
    assert work.run_all(by=HOUSE) == 0
    assert refusal(lambda: batch.cancel(by=clerk, number=asked.number)) == "exchange.export_over"
    running = batch.export(by=clerk, grant="G-BULK", purpose="relief_check")
    Export.objects.filter(pk=running.pk).update(state="cancelled")
    running.refresh_from_db()
    work.perform(running, by=HOUSE)
    assert running.state == "cancelled" and not exporting.folder_of(running.number).exists()


def test_a_file_is_deleted_after_its_days_and_the_record_stays(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    done = crowded.exported(clerk)
    assert done.kept_until == timezone.localdate() + timedelta(days=settings.EXPORT_DAYS)
    Export.objects.update(kept_until=timezone.localdate() - timedelta(days=1))
    assert work.run_all(by=HOUSE) == 1
    done.refresh_from_db()
    assert done.state == "deleted" and not exporting.folder_of(done.number).exists()
    assert traces("export.deleted")[0]["export"] == done.number
    assert refusal(lambda: batch.download(by=clerk, number=done.number)) == "exchange.export_gone"


def test_two_recipients_cannot_join_by_ids_and_one_can_join_its_own(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    district.link_people()
    clerk, other = cast["clerk"], cast["other_clerk"]
    crowded.bulk_grant("G-OTHER", organisation="hall2")
    files = {}
    for name, by, grant in (("a", clerk, "G-BULK"), ("b", clerk, "G-BULK"), ("c", other, "G-OTHER")):
        (tmp_path / name).mkdir()
        files[name] = crowded.table(crowded.saved(by, crowded.exported(by, grant=grant), tmp_path / name))
    for column in ("row_ref", "subject_ref"):
        first, again, elsewhere = ({row["record_no"]: row[column] for row in files[name]} for name in "abc")
        assert first == again
        assert all(first.values()) and not set(first.values()) & set(elsewhere.values())
    subjects = {row["subject_ref"] for row in files["a"]}
    assert len(subjects) > 1100


def test_a_cell_that_a_spreadsheet_would_run_is_defused(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = crowded.residents(50)
    rows[0]["name"], rows[1]["name"] = "=cmd|' /C calc'!A0", "@SUM(1)"
    district.deliver("ps.residents", rows, date(2026, 11, 3))
    clerk = cast["clerk"]
    told = {
        row["record_no"]: row
        for row in crowded.table(crowded.saved(clerk, crowded.exported(clerk), tmp_path))
    }
    assert told["R0000000"]["name"] == "'=cmd|' /C calc'!A0" and told["R0000001"]["name"] == "'@SUM(1)"


def test_too_many_at_once(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    for _ in range(batch.MOST_OPEN):
        batch.export(by=clerk, grant="G-BULK", purpose="relief_check")
    call = lambda: batch.export(by=clerk, grant="G-BULK", purpose="relief_check")  # noqa: E731
    assert refusal(call) == "exchange.refused.exports_open"

"""A link run: records become subjects with documents, and stay the same subjects from run to run."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.db import connection

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.ledger import queries as ledger
from tongchou.pool import base, links, queries, rules
from tongchou.pool.actions import linkage
from tongchou.pool.linking import bury_dead, rebuild_serving
from tongchou.pool.models import LinkRun, Population, ReviewPair
from tongchou.pool.published import current
from tongchou.pool.work import perform_next
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")


def people() -> Population:
    return Population.objects.get(code="people")


def subject_of(resource: str, key: str) -> str:
    found = links.subject_of("people", resource, key)
    assert found is not None
    return found


def test_a_run_links_records_and_serves_documents() -> None:
    district.gather()
    run = district.link_people()
    assert (run.state, run.records, run.subjects) == (LinkRun.State.DONE, 4, 2)
    wang = subject_of("ps.residents", "R1")
    assert wang == subject_of("hr.insured", "S1") == subject_of("health.patients", "H1")
    assert wang.startswith("P")
    document = queries.document(wang)
    assert document is not None
    assert {(v["resource"], v["key"]) for v in document["versions"]} == {
        ("ps.residents", "R1"), ("hr.insured", "S1"), ("health.patients", "H1"),
    }  # fmt: skip
    told = {each["resource"]: each for each in document["links"]}
    assert told["hr.insured"]["how"] == "number"
    assert told["health.patients"]["how"] == "probability"
    assert told["hr.insured"]["zh"]
    assert told["hr.insured"]["en"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("id_number", ("440604199005011237",)),
        ("phone", ("13800138000",)),
        ("name_and_birth", ("王小明", "1990-05-01")),
        ("name_and_birth", ("王小名", "1990-05-01")),
        ("name_and_birth", ("王小明", "1990-05-10")),
    ],
)
def test_subjects_are_found_by_every_value_they_ever_had(kind: str, values: tuple[str, ...]) -> None:
    district.linked()
    assert queries.find(kind, *values) == [subject_of("ps.residents", "R1")]


def test_the_index_holds_no_plain_value(tmp_path: Path) -> None:
    district.linked()
    stored = b"".join(file.read_bytes() for file in (tmp_path / "pool").glob("serving.sqlite3*"))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM serving.documents UNION ALL SELECT digest FROM serving.lookups")
            stored = b"".join(bytes(row[0]) for row in cursor.fetchall())
    assert stored
    for value in ("440604199005011237", "王小明", "13800138000", "人民路"):
        assert value.encode() not in stored


def test_a_second_run_without_news_changes_nothing() -> None:
    district.linked()
    before = links.tables("people")[0]
    assert not queries.needs_linking(people())
    again = district.link_people()
    assert again.changed == 0
    assert links.tables("people")[0].equals(before)


def test_new_versions_rewrite_only_their_subjects_and_keep_ids() -> None:
    district.linked()
    li, wang = subject_of("ps.residents", "R2"), subject_of("ps.residents", "R1")
    district.deliver(
        "ps.residents",
        [district.WANG, {**district.LI, "address": "佛山市南海区桂城街道南海大道1号"}],
        date(2026, 11, 9),
    )
    assert queries.needs_linking(people())
    run = district.link_people()
    assert run.changed == 1
    assert subject_of("ps.residents", "R2") == li
    assert subject_of("ps.residents", "R1") == wang
    document = queries.document(li)
    assert document is not None
    assert [v["values"]["address"] for v in rules.as_of(document, date(2026, 11, 8))] == [
        district.LI["address"]
    ]
    assert [v["values"]["address"] for v in rules.as_of(document, date(2026, 11, 9))] == [
        "佛山市南海区桂城街道南海大道1号"
    ]


def test_a_record_that_ended_stays_in_the_file_of_its_subject() -> None:
    district.linked()
    li = subject_of("ps.residents", "R2")
    district.deliver("ps.residents", [district.WANG], date(2026, 11, 20))
    district.link_people()
    document = queries.document(li)
    assert document is not None
    assert rules.as_of(document, date(2026, 11, 19))
    assert not rules.as_of(document, date(2026, 11, 20))


@pytest.mark.parametrize("lost", ["links", "base", "issued", "everything derived"])
def test_what_is_derived_can_be_lost_and_every_subject_keeps_its_id(tmp_path: Path, lost: str) -> None:
    district.linked()
    before = links.tables("people")[0].select(["resource", "source_key", "subject_id", "origin_id"])
    for each in ["links", "base"] if lost == "everything derived" else [lost]:
        shutil.rmtree(tmp_path / "pool" / each)
    assert queries.needs_linking(people()) is (lost != "issued")
    district.deliver("ps.residents", [district.WANG, district.LI, {**district.LI, "record_no": "R3"}])
    district.link_people()
    shutil.rmtree(tmp_path / "pool" / "links")  # and once more, after a run that changed something
    district.link_people()
    after = links.tables("people")[0].select(before.column_names)
    known = {tuple(row.values()) for row in before.to_pylist()}
    assert known < {tuple(row.values()) for row in after.to_pylist()}
    assert after.num_rows == before.num_rows + 1
    document = queries.document(subject_of("ps.residents", "R1"))
    assert document is not None
    assert {each["how"] for each in document["links"]} == {"number", "probability"}, (
        "the reasons are found again"
    )


def test_an_interrupted_refresh_leaves_the_old_index_answering(monkeypatch: pytest.MonkeyPatch) -> None:
    district.linked()
    wang = subject_of("ps.residents", "R1")

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_serving(population=people(), progress=lambda phase, done, total: stop(done, total))
    assert queries.document(wang) is not None
    assert queries.find("phone", "13800138000") == [wang]
    assert rebuild_serving(population=people()) == 2
    assert queries.find("phone", "13800138000") == [wang]


def test_the_base_library_prefers_valid_then_authoritative_then_latest() -> None:
    district.linked()
    published = current(base.base_folder("people"))
    assert published is not None
    rows = {row["subject_id"]: row for row in pq.read_table(published.parts["base"]).to_pylist()}
    wang = rows[subject_of("ps.residents", "R1")]
    assert (wang["name"], wang["name_source"]) == ("王小明", "ps.residents")
    assert (wang["birth_date"], wang["birth_date_source"]) == ("1990-05-01", "ps.residents")
    assert (wang["phone"], wang["phone_source"]) == ("13800138000", "health.patients")
    # A department that is more authoritative, but whose number fails its check, does not win.
    broken = {**district.WANG, "id_number": "440604199005011230"}
    district.deliver("ps.residents", [broken, district.LI], date(2026, 11, 10))
    district.link_people()
    published = current(base.base_folder("people"))
    assert published is not None
    rows = {row["subject_id"]: row for row in pq.read_table(published.parts["base"]).to_pylist()}
    wang = rows[subject_of("hr.insured", "S1")]
    assert (wang["id_number"], wang["id_number_source"], wang["id_number_valid"]) == (
        "440604199005011237", "hr.insured", True,
    )  # fmt: skip


def test_a_waiting_run_is_done_by_the_worker_and_only_one_waits() -> None:
    district.gather()
    steward = district.cast()["steward"]
    asked = linkage.request_link(by=steward, population=people())
    with pytest.raises(HouseError) as refusal:
        linkage.request_link(by=steward, population=people())
    assert refusal.value.code == "pool.linking_already"
    assert perform_next(by=Actor.house("worker"))
    asked.refresh_from_db()
    assert asked.state == LinkRun.State.DONE
    assert not perform_next(by=Actor.house("worker"))


def test_a_run_whose_process_died_does_not_block_the_next() -> None:
    district.gather()
    lost = LinkRun.objects.create(
        population=people(), state=LinkRun.State.RUNNING, heartbeat_at=district.moment("2026-01-01")
    )
    assert bury_dead() == 1
    lost.refresh_from_db()
    assert lost.error["code"] == "pool.run_died"
    assert district.link_people().state == LinkRun.State.DONE


def test_runs_are_on_record_and_refused_to_those_who_may_not() -> None:
    district.gather()
    with pytest.raises(NotAllowed):
        linkage.link(by=district.cast()["clerk"], population=people())
    district.link_people()
    told = [ledger.trace(each) for each in ledger.entries()]
    assert ("links.requested", "refused") in {(each.kind, each.body["outcome"]) for each in told}
    linked = next(each for each in told if each.kind == "links.linked")
    assert (linked.body["records"], linked.body["subjects"]) == (4, 2)


def test_links_are_exported(tmp_path: Path) -> None:
    district.linked()
    file = tmp_path / "links.csv"
    assert linkage.export_links(by=Actor.house("tests"), file=file) == 4
    lines = file.read_text().splitlines()
    assert lines[0] == "resource,source_key,subject_id"
    assert f"ps.residents,R1,{subject_of('ps.residents', 'R1')}" in lines
    with pytest.raises(HouseError):
        linkage.export_links(by=Actor.house("tests"), file=tmp_path / "links.xls")


def test_nothing_delivered_links_nothing() -> None:
    district.resources()
    run = district.link_people()
    assert (run.records, run.subjects) == (0, 0)
    assert ReviewPair.objects.count() == 0

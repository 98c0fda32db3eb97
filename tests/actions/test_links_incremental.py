"""Link runs over what changed: the same as over everything, whole or not at all, and told to those who hold ids."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from django.urls import reverse

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.pool import links, linkstates, turns
from tongchou.pool.actions import linkage
from tongchou.pool.folders import states_folder
from tongchou.pool.models import Judgement, LinkRun, Population, SubjectTurn
from tongchou.standards.identity import check_character

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

STEWARD = Actor.house("test")
SURNAMES, GIVEN = "陈李张黄何林梁罗", "伟芳娜敏静丽强磊军洋勇艳"


def resident(number: int, **other: str) -> dict[str, str]:
    born = f"19{60 + number % 35}-{number % 12 + 1:02d}-{number % 27 + 1:02d}"
    body = f"440604{born.replace('-', '')}{number % 900 + 100}"
    return {
        **district.WANG,
        "record_no": f"N{number:04d}",
        "name": SURNAMES[number % 8] + GIVEN[number % 12] + GIVEN[number * 5 % 12],
        "birth_date": born,
        "id_number": body + check_character(body),
        "address": f"佛山市禅城区季华六路{number + 1}号",
        **other,
    }


PEOPLE = [district.WANG, district.LI, *(resident(number) for number in range(60))]


def people() -> Population:
    return Population.objects.get(code="people")


def link(*, recount: bool = False) -> LinkRun:
    return linkage.link(by=STEWARD, population=people(), recount=recount)


def subject_of(key: str) -> str:
    found = links.subject_of("people", "ps.residents", key)
    assert found is not None
    return found


def published() -> list[dict[str, object]]:
    """The links without what a run decides by the clock."""
    table: pa.Table = links.tables("people")[0]
    return sorted((row for row in table.drop_columns(["since"]).to_pylist()), key=repr)


def gathered() -> LinkRun:
    district.gather()
    district.deliver("ps.residents", PEOPLE)
    return link()


def moved(rows: Sequence[dict[str, str]], number: int, **values: str) -> list[dict[str, str]]:
    return [{**row, **values} if row["record_no"] == f"N{number:04d}" else row for row in rows]


def test_the_first_run_goes_over_everything_and_the_next_over_what_changed() -> None:
    first = gathered()
    assert (first.extent, first.why_all) == (LinkRun.Extent.ALL, "first")
    district.deliver("ps.residents", moved(PEOPLE, 7, address="佛山市南海区桂城街道海五路9号"))
    second = link()
    assert (second.extent, second.why_all, second.state) == (LinkRun.Extent.CHANGES, "", LinkRun.State.DONE)
    assert 1 <= second.records_decided < 10
    assert second.records == first.records
    by_changes = published()
    third = link(recount=True)
    assert (third.extent, third.why_all) == (LinkRun.Extent.ALL, "asked")
    assert published() == by_changes


def test_new_people_come_in_and_everybody_keeps_their_id() -> None:
    gathered()
    before = {row["source_key"]: row["subject_id"] for row in published()}
    district.deliver("ps.residents", [*PEOPLE, resident(100), resident(101)])
    run = link()
    assert run.extent == LinkRun.Extent.CHANGES
    after = {row["source_key"]: row["subject_id"] for row in published()}
    assert set(after) - set(before) == {"N0100", "N0101"}
    assert {key: after[key] for key in before} == before


@pytest.mark.parametrize("why", ["missing", "damaged", "model", "feeds"])
def test_without_what_the_last_run_knew_everything_is_gone_over(why: str) -> None:
    gathered()
    [folder] = states_folder("people").iterdir()
    if why == "missing":
        linkstates.drop("people")
    elif why == "damaged":
        file = folder / "pairs.arrow"
        file.write_bytes(file.read_bytes()[:-1])
    elif why == "model":
        head = folder / "state.json"
        head.write_text(head.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    else:
        head = folder / "state.json"
        head.write_text(head.read_text().replace('"feeds": "', '"feeds": "0'))
    before = published()
    run = link()
    assert (run.extent, run.why_all, run.state) == (LinkRun.Extent.ALL, why, LinkRun.State.DONE)
    assert published() == before
    assert link().extent == LinkRun.Extent.CHANGES


def test_when_much_changed_everything_is_gone_over() -> None:
    gathered()
    district.deliver(
        "ps.residents",
        [{**row, "address": f"佛山市南海区桂城街道海五路{at + 1}号"} for at, row in enumerate(PEOPLE)],
    )
    assert link().why_all == "much"


def test_a_run_that_dies_before_publishing_leaves_links_as_before(tmp_path: Path) -> None:
    gathered()
    before, [folder] = published(), list(states_folder("people").iterdir())
    district.deliver("ps.residents", moved(PEOPLE, 9, address="佛山市南海区桂城街道海五路9号"))
    # As a run leaves it that was killed after writing its state and before its links were put in force.
    shutil.copytree(folder, folder.with_name(f"{int(folder.name) + 1:06d}"))
    (folder.with_name(f"{int(folder.name) + 1:06d}") / "state.json").unlink()
    (tmp_path / "pool" / "links" / "people" / "links-000002.parquet").write_bytes(b"half")
    assert published() == before
    run = link()
    assert (run.extent, run.state) == (LinkRun.Extent.CHANGES, LinkRun.State.DONE)
    by_changes = published()
    assert link(recount=True).state == LinkRun.State.DONE
    assert published() == by_changes
    assert len(list(states_folder("people").iterdir())) == 1


def judge(left: str, right: str, verdict: str) -> None:
    Judgement.objects.create(
        population=people(), left_resource="ps.residents", left_key=left, right_resource="ps.residents",
        right_key=right, verdict=verdict, judged_by="steward",
    )  # fmt: skip


def test_merges_and_splits_are_noted_once_and_told() -> None:
    gathered()
    heard: list[SubjectTurn] = []
    turns.register("test", heard.extend)
    try:
        one, two = subject_of("N0003"), subject_of("N0004")
        judge("N0003", "N0004", "same")
        merged = link()
        assert (merged.extent, merged.merged, merged.split) == (LinkRun.Extent.CHANGES, 1, 0)
        stays = subject_of("N0003")
        [turn] = heard
        assert (turn.kind, turn.subject_id, turn.other_id) == ("merged", ({one, two} - {stays}).pop(), stays)
        Judgement.objects.update(withdrawn_at="2026-11-20T00:00:00Z", withdrawn_by="steward")
        split = link()
        assert (split.merged, split.split) == (0, 1)
        assert {subject_of("N0003"), subject_of("N0004")} == {one, two}
        assert [turn.kind for turn in heard] == ["merged", "split"]
        turns.tell(people())
        assert len(heard) == 2
    finally:
        turns.register("test", lambda some: None)


def test_what_a_dead_run_did_not_tell_is_told_by_the_next() -> None:
    gathered()
    judge("N0003", "N0004", "same")
    link()
    SubjectTurn.objects.all().delete()  # as when it died before noting them
    heard: list[SubjectTurn] = []
    turns.register("test", heard.extend)
    try:
        district.deliver("ps.residents", moved(PEOPLE, 9, address="佛山市南海区桂城街道海五路9号"))
        link()
    finally:
        turns.register("test", lambda some: None)
    assert [turn.kind for turn in heard] == ["merged"]


def test_the_runs_page_says_which_kind_it_was(client: object) -> None:
    from django.template.loader import render_to_string

    run = gathered()
    page = render_to_string(
        "pool/parts/progress.html", {"run": run, "why_all": linkstates.WHY_ALL[run.why_all], "percent": None}
    )
    assert 'data-extent="all"' in page
    assert "首次关联" in page
    assert reverse("pool:run", args=[run.pk])

"""Flows and calendars in packs, drafts and publishing: checked with file and line, applied once, published by another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.flow_case import JOINT, OPINION, REQUEST, begun, published
from tests.journeys.front_door import pack
from tongchou.accounts.actor import Actor
from tongchou.config.packs import Pack, apply, check, plan, read_pack
from tongchou.flow.actions.definitions import discard_draft, publish, save_draft
from tongchou.flow.calendars import working_clock
from tongchou.flow.models import Flow, FlowDraft, FlowVersion, WorkCalendar
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError

ROOT = Path(__file__).resolve().parents[2]
HEAD = "name: trial\ntitle: trial\nrequires: [core]\nsettings: [{name: days, kind: text, default: '5', about: limit}]\n"


def made(folder: Path, days: str | None = None, **files: str) -> Pack:
    """A pack with those files ("flows/x.yaml" written flows__x)."""
    named = {f"{name.replace('__', '/')}.yaml": text for name, text in files.items()}
    given = {"days": days} if days else None
    return read_pack(
        pack(folder, {"pack.yaml": HEAD, **named}), project=ROOT, data=folder, shared_data=folder, given=given
    )


def test_a_pack_publishes_its_flows_once(cast: Cast, tmp_path: Path) -> None:
    by = Actor.house("tests")
    text = REQUEST.replace("limit: {working_days: 5}", 'limit: {working_days: "{days}"}', 1)
    found = made(tmp_path / "a", flows__request=text, flows__opinion=OPINION, flows__joint=JOINT)
    assert check(found) == []
    assert [c.kind for c in plan(found) if c.section == "flows" and c.identifier.startswith("trial")] == [
        "create"
    ] * 3
    assert not Flow.objects.filter(code="trial_request").exists()
    apply(by=by, pack=found)
    first = Flow.objects.get(code="trial_request").current
    assert (
        first is not None
        and first.number == 1
        and first.content["states"]["waiting"]["limit"] == {"working_days": "5"}
    )
    assert {c.kind for c in apply(by=by, pack=found) if c.section == "flows"} == {"same"}
    assert FlowVersion.objects.filter(flow__code="trial_request").count() == 1
    # a district that sets another number of days gets another version
    other = made(tmp_path / "b", "3", flows__request=text, flows__opinion=OPINION, flows__joint=JOINT)
    assert [c.kind for c in plan(other) if c.identifier == "trial_request"] == ["update"]
    apply(by=by, pack=other)
    assert Flow.objects.get(code="trial_request").current.number == 2  # type: ignore[union-attr]
    assert Entry.objects.filter(kind="flow.published").count() >= 4


def test_applying_a_pack_undoes_nobodys_work(cast: Cast, tmp_path: Path) -> None:
    found = made(tmp_path / "a", flows__request=REQUEST)
    apply(by=Actor.house("tests"), pack=found)
    text = REQUEST.replace("working_days: 5", "working_days: 4", 1)
    save_draft(by=cast.actor("steward"), code="trial_request", text=text, revision=0)
    publish(by=cast.actor("administrator"), code="trial_request", revision=1)
    apply(by=Actor.house("tests"), pack=found)
    assert Flow.objects.get(code="trial_request").current.number == 2  # type: ignore[union-attr]


def test_every_problem_of_a_flow_has_file_and_line(cast: Cast, tmp_path: Path) -> None:
    text = (
        REQUEST.replace("to: granted", "to: grunted", 1)
        .replace("role: officer", "role: nobody", 1)
        .replace("limit: {natural_days: 30}", 'limit: {natural_days: "{unknown}"}')
    )
    problems = check(made(tmp_path / "a", flows__request=text, flows__joint=JOINT))
    lines = text.splitlines()
    told = {(p.file, lines[p.line - 1].strip()) for p in problems if p.file == "flows/request.yaml"}
    assert {line for _file, line in told} == {
        "to: grunted",
        "role: nobody",
        'limit: {natural_days: "{unknown}"}',
    }
    (child,) = [p for p in problems if p.file == "flows/joint.yaml"]
    assert "trial_opinion" in child.what.en


@pytest.mark.parametrize(
    "text", ["", "- a", "code: x", "code: x\ntitle: x\nstart: a\nstates: {a: 3}\nactions: {}", "code: [x]", "&a {code: *a}"]
)  # fmt: skip
def test_no_malformed_flow_brings_the_check_down(cast: Cast, tmp_path: Path, text: str) -> None:
    problems = check(made(tmp_path / "a", flows__odd=text))
    assert not text or problems


def test_calendars_of_a_pack(cast: Cast, tmp_path: Path) -> None:
    text = "- {year: 2031, division: '440604', holidays: [2031-10-01/2031-10-03], source: 通知}\n"
    found = made(tmp_path / "a", calendars=text)
    assert check(found) == []
    apply(by=Actor.house("tests"), pack=found)
    apply(by=Actor.house("tests"), pack=found)
    assert [(one.year, one.division) for one in WorkCalendar.objects.all()] == [(2031, "440604")]
    clock = working_clock()
    assert not clock.is_working_day(datetime(2031, 10, 1).date())  # noqa: DTZ001
    assert not clock.calendar(2031).provisional and clock.calendar(2032).provisional
    wrong = check(made(tmp_path / "b", calendars="- {year: 2031, holidays: [2030-10-01]}\n- {year: 31}\n"))
    assert {p.line for p in wrong if p.file == "calendars.yaml"} == {1, 2}


def test_nobody_publishes_what_they_wrote(cast: Cast) -> None:
    published()
    writer, second, publisher = (
        cast.actor("steward"),
        Actor(**{**cast.actor("steward").__dict__, "username": "second"}),
        cast.actor("administrator"),
    )
    save_draft(by=writer, code="trial_request", text="nonsense", revision=0)
    text = REQUEST.replace("working_days: 5", "working_days: 4", 1)
    save_draft(by=second, code="trial_request", text=text, revision=1)
    for by in (writer, second):
        with pytest.raises(HouseError) as own:
            publish(by=by, code="trial_request", revision=2)
        assert own.value.code == "flow.refused.own_draft"
    with pytest.raises(HouseError) as stale:
        publish(by=publisher, code="trial_request", revision=1)
    assert stale.value.code == "flow.draft_moved_on"
    with pytest.raises(HouseError) as nobody:
        publish(by=cast.actor("officer"), code="trial_request", revision=2)
    assert nobody.value.code == "accounts.not_allowed"
    version = publish(by=publisher, code="trial_request", revision=2)
    assert (version.number, version.edited_by, version.published_by) == (
        2,
        ["steward", "second"],
        "administrator",
    )
    assert not FlowDraft.objects.exists()
    refused = [bytes(one.body).decode() for one in Entry.objects.filter(kind="flow.published")]
    assert sum("own_draft" in body for body in refused) == 2


def test_an_unsound_draft_is_kept_but_not_published(cast: Cast) -> None:
    published()
    unsound = REQUEST.replace("owner: owner", "owner: nobody_such", 1)
    save_draft(by=cast.actor("steward"), code="trial_request", text=unsound, revision=0)
    with pytest.raises(HouseError) as refusal:
        publish(by=cast.actor("administrator"), code="trial_request", revision=1)
    assert refusal.value.code == "flow.unsound" and FlowDraft.objects.get().text == unsound
    other = REQUEST.replace("code: trial_request", "code: another")
    save_draft(by=cast.actor("steward"), code="trial_request", text=other, revision=1)
    with pytest.raises(HouseError) as another:
        publish(by=cast.actor("administrator"), code="trial_request", revision=2)
    assert another.value.code == "flow.unsound"
    with pytest.raises(HouseError) as moved:
        discard_draft(by=cast.actor("steward"), code="trial_request", revision=1)
    assert moved.value.code == "flow.draft_moved_on"
    discard_draft(by=cast.actor("steward"), code="trial_request", revision=2)
    assert not FlowDraft.objects.exists()


def test_the_flows_that_come_with_tongchou_are_sound_and_begin(cast: Cast) -> None:
    from tongchou.flow import publishing
    from tongchou.flow.moves import definition_of
    from tongchou.flow.rules import check as check_flow

    flows = Flow.objects.select_related("current").exclude(code__startswith="trial")
    assert flows
    for flow in flows:
        assert flow.current is not None
        assert check_flow(definition_of(flow.current), publishing.known()) == []
    assert begun(cast.actor("officer"), flow=published().flow.code)

"""Definitions: what can be read, what is sound, what changed; the form says what the text said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils.datastructures import MultiValueDict

from tests.flow_case import JOINT, OPINION, REQUEST, content
from tongchou.flow import differences, reading
from tongchou.flow.definitions import Unreadable, parse
from tongchou.flow.drawing import draw
from tongchou.flow.forms import DefinitionForm, fits
from tongchou.flow.rules import Known, check


def codes(text: str = REQUEST, known: Known | None = None, **changes: Any) -> list[tuple[str, str]]:
    return [
        (one.code.removeprefix("flow."), one.where) for one in check(parse(content(text, **changes)), known)
    ]


@pytest.mark.parametrize("text", [REQUEST, OPINION, JOINT], ids=["request", "opinion", "joint"])
def test_the_examples_are_sound(text: str) -> None:
    assert codes(text) == []


def test_everything_unreadable_is_told_at_once_with_its_place() -> None:
    with pytest.raises(Unreadable) as unreadable:
        parse(
            content(
                states__waiting__limit={"working_days": -1},
                states__waiting__colour="red",
                states__returned__stands="maybe",
                actions__grant__by="nobody",
                actions__refuse__title={"en": "only English"},
                facts__months={"kind": "person_name"},
                start=3,
                escalate={"tell": "everybody"},
            )
        )
    assert {one.where for one in unreadable.value.findings} == {
        "states.waiting.limit.working_days", "states.waiting.colour", "states.returned.stands", "actions.grant.by",
        "actions.refuse.title", "facts.months.kind", "start", "escalate.tell",
    }  # fmt: skip
    assert unreadable.value.code == "flow.unreadable"


@pytest.mark.parametrize(
    "wrong",
    [None, [], "x", 3, {}, {"code": "x"}, {"states": []}, {"states": {"a": None}}, {"actions": {"a": 3}}, {"states": {1: {}}},
     {"code": "A-b", "states": {"Ä": {}}}, {"limit": {"working_days": 1, "natural_days": 2}}, {"remind": [[]]},
     {"limit": {"working_days": float("nan")}}, {"limit": {"working_hours": 10**400}}],
)  # fmt: skip
def test_nonsense_never_gets_through(wrong: Any) -> None:
    with pytest.raises(Unreadable):
        parse(wrong)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start": "nowhere"}, {("unknown_state", "start")}),
        ({"start": "granted"}, {("starts_at_end", "start")}),
        ({"actions__grant__to": "gone"}, {("unknown_state", "actions.grant.to")}),
        ({"actions__grant__from": []}, {("no_source", "actions.grant.from")}),
        ({"actions__grant__from": ["waiting", "escalated", "refused"]}, {("leaves_end", "actions.grant.from")}),
        ({"actions__grant__not_by": ["starter", "resubmit", "nothing"]}, {("unknown_action", "actions.grant.not_by")}),
        ({"actions__grant__not_by": ["resubmit"]}, {("own_work", "actions.grant.not_by")}),
        ({"actions__grant__not_by": ["starter"]}, {("own_work", "actions.grant.not_by")}),
        ({"states__lost": {"title": "x", "end": True}}, {("unreachable", "states.lost")}),
        ({"states__waiting__owner": None}, {("no_owner", "states.waiting")}),
        ({"states__waiting__permission": None}, {("no_right", "states.waiting")}),
        ({"states__waiting__limit": None}, {("no_limit", "states.waiting")}),
        ({"states__escalated__escalate": None}, {("no_escalation", "states.escalated")}),
        ({"states__waiting__remind": {"before": {"working_days": 5}}}, {("late_reminder", "states.waiting.remind.0")}),
        ({"states__waiting__escalate": {"action": "grant"}},
         {("wrong_doer", "actions.grant.by"), ("never_happens", "actions.pass_on")}),
        ({"states__returned__escalate": {"action": "pass_on"}},
         {("wrong_source", "states.returned.escalate.action"), ("never_happens", "actions.lapse")}),
        ({"states__waiting__escalate": {"action": "none"}},
         {("unknown_action", "states.waiting.escalate.action"), ("never_happens", "actions.pass_on")}),
        ({"states__granted__limit": {"working_days": 1}}, {("end_with", "states.granted.limit")}),
        ({"states__waiting__outcome": "lapsed"}, {("not_end", "states.waiting.outcome")}),
        ({"actions__pass_on__guard": "urgent = true"}, {("automatic_with", "actions.pass_on.guard")}),
        ({"actions__grant_long__guard": "months >= 'a' and nobody = 1"}, {("guard", "actions.grant_long.guard")}),
        ({"actions__grant_long__guard": "months >="}, {("guard", "actions.grant_long.guard")}),
        ({"actions__grant_long__guard": "__import__('os')"}, {("guard", "actions.grant_long.guard")}),
        ({"actions__grant_long__guard": None}, {("no_guard", "actions.grant_long.guard_says")}),
        ({"limit": None}, {("no_limit", "escalate")}),
        ({"escalate": None}, {("no_escalation", "limit")}),
        ({"actions__withdraw__role": None}, {("no_right", "actions.withdraw")}),
        ({"actions__withdraw__not_by_organisation": ["starter"]}, {("nobody_may", "actions.withdraw")}),
        ({"actions__resubmit__to": "granted"}, {("unreviewed", "states.granted")}),
        ({"actions__ask_back__decides": True}, {("own_work", "actions.ask_back.not_by")}),
        ({"actions__lapse__to": "waiting", "states__lapsed": None}, set()),
        ({"actions__pass_on__to": "returned", "actions__lapse__to": "waiting", "states__lapsed": None, "states__escalated": None,
          "actions__grant__from": ["waiting"], "actions__refuse__from": ["waiting"],
          "actions__withdraw__from": ["waiting", "returned"]},
         {("clock_circle", "states.waiting"), ("clock_circle", "states.returned")}),
    ],
    ids=lambda each: str(sorted(each)) if isinstance(each, set) else str(each),
)  # fmt: skip
def test_what_is_unsound_is_found_at_its_place(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert set(codes(**changes)) == expected


def test_a_state_may_stick_behind_guards() -> None:
    guarded = {
        "actions__grant__from": ["waiting"], "actions__refuse__from": ["waiting"],
        "actions__withdraw__from": ["waiting", "returned"],
        "actions__only": {"title": "x", "from": "escalated", "to": "granted", "guard": "months > 1", "not_by": ["starter"]},
    }  # fmt: skip
    assert ("guarded_in", "states.escalated") in codes(**guarded)
    del guarded["actions__only"]
    assert ("dead_end", "states.escalated") in codes(**guarded)


def test_names_are_compared_with_what_there_is() -> None:
    known = Known(permissions=["grants.view"], roles=[], organisations=["edu"], flows={})
    found = set(codes(known=known, states__waiting__owner="nobody_at_all"))
    assert found == {
        ("unknown_permission", "states.escalated.permission"), ("unknown_role", "states.returned.role"),
        ("unknown_role", "actions.withdraw.role"), ("unknown_owner", "states.waiting.owner"),
    }  # fmt: skip


def test_children_must_be_sound() -> None:
    flows = {"trial_opinion": frozenset[str]()}
    assert codes(JOINT, Known(flows=flows)) == []
    place = "states.consulting.children"
    assert codes(JOINT, Known(flows={})) == [("unknown_flow", f"{place}.flow")]
    round_about = {"trial_opinion": frozenset({"trial_joint"})}
    assert codes(JOINT, Known(flows=round_about)) == [("flow_circle", f"{place}.flow")]
    itself = codes(JOINT, Known(flows=flows), states__consulting__children__flow="trial_joint")
    assert itself == [("flow_circle", f"{place}.flow")]
    assert codes(JOINT, states__consulting__children__owners="urgent") == [
        ("children_owners", f"{place}.owners")
    ]
    assert codes(JOINT, states__consulting__children__owners=[]) == [("children_owners", f"{place}.owners")]
    same = codes(JOINT, states__consulting__children__otherwise="agreed")
    assert set(same) == {("same_join", f"{place}.otherwise"), ("never_happens", "actions.disagreed")}


def test_a_flow_without_review_must_say_why() -> None:
    text = """
code: note
title: 记录
start: open
states:
  open: {title: 办理中, owner: owner, permission: grants.view, limit: {working_days: 1}, escalate: {tell: bureau}}
  done: {title: 完成, end: true}
actions:
  finish: {title: 完成, from: open, to: done, decides: false}
"""
    assert codes(text) == [("unreviewed", "states.done")]
    assert codes(text, without_review={"zh": "只是记录", "en": "Only a note"}) == []


# -- text --


def test_lines_of_what_is_wrong() -> None:
    text = REQUEST.replace("to: granted", "to: grunted", 1)
    read = reading.read(text)
    (finding,) = [one for one in read.findings if one.code == "flow.unknown_state"]
    assert "to: grunted" in text.splitlines()[read.line_of(finding.place) - 1]
    twice = reading.read("code: a\ncode: b\n")
    assert twice.findings[0].what.en == "'code' stands twice." and twice.line_of(twice.findings[0].place) == 2


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1,1]\nb: [*x,*x]",
        "{" * 3000,
        "[" * 3000,
        "\x00",
        "a: !!python/object/apply:os.system [ls]",
        "? {a: b}\n: c",
        "---\na: 1\n---\nb: 2",
    ],
)
def test_hostile_text_is_told_not_run(text: str) -> None:
    read = reading.read(text)
    assert read.definition is None and read.findings


@pytest.mark.parametrize("text", [REQUEST, OPINION, JOINT], ids=["request", "opinion", "joint"])
def test_writing_and_reading_again_changes_nothing(text: str) -> None:
    made = content(text)
    again = reading.read(reading.write(made))
    assert again.content == made and not again.findings
    assert reading.digest(made) == reading.digest(again.content or {})


def test_words_of_yaml_that_look_like_yes_and_no_stay_words() -> None:
    read = reading.read("code: on\ntitle: no\nstart: y\nstates: {}\nactions: {}\n")
    assert read.content is not None and (
        read.content["code"],
        read.content["title"],
        read.content["start"],
    ) == ("on", "no", "y")


def test_differences_name_places() -> None:
    found = differences.between(
        content(),
        content(
            states__waiting__limit={"working_days": 3},
            actions__grant_long=None,
            title={"zh": "新名", "en": "New"},
        ),
    )
    assert [
        (one.kind, one.where, one.before, one.after) for one in found if one.where != "actions.grant_long"
    ] == [
        ("changed", "title", "共享申请（试） / Trial request", "新名 / New"),
        ("changed", "states.waiting.limit.working_days", "5", "3"),
    ]
    assert [one.kind for one in found if one.where == "actions.grant_long"] == ["removed"]


# -- form and picture --


def posted(form: DefinitionForm) -> MultiValueDict[str, Any]:
    """What a browser would send for a form as it is shown."""
    data: dict[str, list[Any]] = {}
    for each in (form.head, *form.facts, *form.states, *form.actions):
        for field in each:
            value = field.value()
            if isinstance(value, bool):
                if value:
                    data[field.html_name] = ["on"]
            else:
                data[field.html_name] = (
                    list(value) if isinstance(value, list) else [str(value if value is not None else "")]
                )
    for name, _title, rows in form.sections:
        data[f"{name}-count"] = [str(len(rows))]
    return MultiValueDict(data)


@pytest.mark.parametrize("text", [REQUEST, OPINION, JOINT], ids=["request", "opinion", "joint"])
def test_the_form_says_what_the_text_said(text: str) -> None:
    before = parse(content(text))
    assert fits(before.content)
    form = DefinitionForm(content=before.content)
    again = DefinitionForm(data=posted(form)).content(before.code)
    assert parse(again) == before


def test_rows_of_the_form_come_and_go() -> None:
    form = DefinitionForm(content=content())
    data = posted(form)
    data["states-3-remove"] = "1"
    fewer = DefinitionForm(data=data).content("trial_request")
    assert list(fewer["states"]) == [code for code in content()["states"] if code != "granted"]
    more = DefinitionForm(data=data, more="actions")
    assert len(more.actions) == len(content()["actions"]) + 1
    nonsense = MultiValueDict(
        {"states-count": ["x" * 9], "actions-count": ["99999999999"], "head-rest": ["{"]}
    )
    assert DefinitionForm(data=nonsense).content("x")["states"] == {}


def test_pictures_are_the_same_every_time_and_escape_what_they_show() -> None:
    definition = parse(content(title={"zh": "<x>&", "en": "y"}, states__waiting__title="<b>"))
    assert draw(definition) == draw(definition)
    assert "<b>" not in draw(definition) and "&lt;b&gt;" in draw(definition)
    import xml.dom.minidom

    for text in (REQUEST, OPINION, JOINT):
        for down in (False, True):
            for language in ("zh", "en"):
                drawn = draw(parse(content(text)), down=down, language=language, alone=True)
                xml.dom.minidom.parseString(drawn)


def test_boxes_of_a_picture_do_not_overlap() -> None:
    from tongchou.flow.drawing.layout import Way, place

    definition = parse(yaml.safe_load(REQUEST))
    sizes = dict.fromkeys(definition.states, (120.0, 50.0))
    ways = {Way(s, a.to, (60, 20)) for a in definition.actions.values() for s in a.sources}
    for down in (False, True):
        placed = place(sizes, sorted(ways, key=str), start=definition.start, down=down)
        spots = list(placed.nodes.values())
        for index, (x, y) in enumerate(spots):
            assert 0 <= x <= placed.width and 0 <= y <= placed.height
            for u, v in spots[index + 1 :]:
                assert abs(x - u) >= 119 or abs(y - v) >= 49


def test_the_example_of_the_documentation_is_sound() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "flows.md"
    found = re.search(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert found
    read = reading.read(found.group(1))
    assert read.definition is not None and not read.findings

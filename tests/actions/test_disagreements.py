"""Where departments disagree: grouped for the steward, sent on a press of the button, never twice, never with a value."""

from __future__ import annotations

from datetime import date

import pytest

from tests import citizens
from tests.actions import families
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.exchange import confided
from tongchou.exchange.actions.disagreements import send
from tongchou.exchange.errors import Refused
from tongchou.exchange.models import Correction
from tongchou.exchange.queries.disagreements import groups
from tongchou.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def steward() -> Actor:
    by = citizens.found_with("citizens and families", families.linked)["steward"]
    return Actor(
        by.username,
        by.name,
        "data",
        by.role,
        by.permissions | {"corrections.review"},
        by.user_id,
        by.membership_id,
    )


def test_the_list_groups_by_department_and_counts(steward: Actor) -> None:
    [group] = [each for each in groups() if each.code == "hr"]
    [line] = [each for each in group.lines if each.resource == "hr.work"]
    assert (line.resource, line.field, line.sure, line.asked, line.left) == ("hr.work", "ethnicity", 1, 0, 1)
    assert [each.zh for each in line.against] == ["ps.hukou"]


def test_a_press_sends_it_once_as_a_correction(steward: Actor) -> None:
    [made] = send(by=steward, population="people", resource="hr.work", field="ethnicity")
    assert (made.organisation.code, made.own, made.state, made.asked_by) == (
        "hr",
        False,
        "waiting",
        steward.username,
    )
    words = confided.open_words(made.number, made.sealed)
    assert "ps.hukou" in words["says"]
    assert words["proposed"] == "", "the other department's value is not for its eyes"
    assert send(by=steward, population="people", resource="hr.work", field="ethnicity") == []
    assert Correction.objects.count() == 1
    sent = [ledger.trace(each) for each in ledger.entries(kind="disagreements.sent")]
    assert {each.body["sent"] for each in sent} == {0, 1}


def test_what_agrees_by_now_is_not_sent(steward: Actor) -> None:
    rows = [{"record_no": "W1", "name": "陈志强", "id_number": families.CHEN, "phone": "13800138000",
             "employer_uscc": families.USCC, "employer": "x", "contract_from": "2019-04-01", "ethnicity": "01"}]  # fmt: skip
    families.deliver("hr.work", rows, date(2026, 11, 5))
    families.link()
    assert send(by=steward, population="people", resource="hr.work", field="ethnicity") == []
    assert "hr.work" not in {line.resource for group in groups() for line in group.lines}


def test_only_the_bureau_sends(steward: Actor) -> None:
    elsewhere = Actor(
        steward.username, steward.name, "hr", steward.role, steward.permissions, steward.user_id
    )
    with pytest.raises(Refused) as refusal:
        send(by=elsewhere, population="people", resource="hr.work", field="ethnicity")
    assert refusal.value.code == "exchange.refused.not_bureau"
    without = Actor(steward.username, steward.name, "data", steward.role, frozenset(), steward.user_id)
    with pytest.raises(NotAllowed):
        send(by=without, population="people", resource="hr.work", field="ethnicity")

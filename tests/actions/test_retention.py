"""Retention: what is over its time is found on either clock, seen before it goes, spared under a hold, and goes for good."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests import district
from tests.actions import erased
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.ledger import queries as ledger
from tongchou.pool import erasure_work, queries, retention
from tongchou.pool.actions import erasures, holds
from tongchou.pool.models import Erasure, RetentionRule

pytestmark = [pytest.mark.usefixtures("data", "gathered"), pytest.mark.any_database]

LI = "440604198812125527"
TODAY = date(2029, 1, 1)


@pytest.fixture
def gathered() -> None:
    erased.begun("retention", _delivered)


def _delivered() -> None:
    erased.delivered("ps.residents", [district.WANG, district.LI], date(2026, 11, 1))
    erased.delivered("hr.insured", [district.WANG_INSURED], date(2026, 11, 1))
    erased.delivered("ps.residents", [district.WANG], date(2026, 11, 5))  # Li has left
    erased.linked()


def rule(**more: object) -> RetentionRule:
    given = {"resource": "ps.residents", "months": 24, "counted_from": "ended", "at_end": "erase", **more}
    return RetentionRule.objects.create(**given)


def over(made: RetentionRule, today: date = TODAY) -> retention.Over:
    return retention.over(made, today, population="people")


def test_time_counts_from_the_day_a_record_ended() -> None:
    made = rule()
    assert over(made, date(2028, 11, 5)).count == 0
    assert over(made, date(2028, 11, 6)).places[0][0] == "R2"
    assert over(made, date(2028, 11, 6)).before == date(2026, 11, 6)


def test_or_from_a_date_it_holds_or_from_when_it_was_last_said() -> None:
    assert over(rule(counted_from="field", field="moved_in_on", months=120), date(2025, 3, 2)).count == 0
    RetentionRule.objects.all().delete()
    assert over(rule(counted_from="field", field="moved_in_on", months=120), date(2025, 3, 3)).count == 1
    RetentionRule.objects.all().delete()
    # Whoever delivers all of it each time says of what stands that it still is: only Li, who left, counts.
    later = timezone.localdate() + timedelta(days=70)
    assert [key for key, _ in over(rule(counted_from="recorded", months=2), later).places] == ["R2"]


def test_the_worker_erases_what_is_over_once_and_on_record() -> None:
    made = rule()
    while retention.look_next(by=erased.HOUSE, today=TODAY):
        pass
    erasure_work.perform(Erasure.objects.get(), by=erased.HOUSE)
    done = Erasure.objects.get()
    assert (done.state, done.ground, done.subject_id, done.records) == (
        "done",
        "retention",
        "",
        {"ps.residents": 1},
    )
    assert queries.find("id_number", LI) == [] and len(queries.find("id_number", "440604199005011237")) == 1
    assert retention.look_next(by=erased.HOUSE, today=TODAY) is False
    made.refresh_from_db()
    assert (made.looked_on, made.over) == (TODAY, 1)
    (entry,) = ledger.entries(kind="retention.looked")
    assert ledger.trace(entry).body["over"] == 1
    # A source that still has it does not bring it back.
    erased.delivered("ps.residents", [district.WANG, district.LI], date(2026, 11, 9))
    erased.linked()
    assert queries.find("id_number", LI) == []


def test_a_rule_may_ask_somebody_first() -> None:
    rule(at_end="review")
    retention.look_next(by=erased.HOUSE, today=timezone.localdate())
    RetentionRule.objects.update(looked_on=None, months=0)
    assert Erasure.objects.count() == 0
    RetentionRule.objects.update(months=1)
    retention.look_next(by=erased.HOUSE, today=TODAY)
    asked = Erasure.objects.get()
    assert asked.state == "asked" and not asked.sealed
    by = Actor("decider", "decider", "data", "steward", frozenset({"erasures.decide"}))
    RetentionRule.objects.update(months=0)
    begun = erasures.decide(by=by, number=asked.number, agree=True)
    assert begun.state == "running"


def test_a_hold_spares_a_person_and_a_resource() -> None:
    made, holder = rule(), Actor("holder", "holder", "audit", "auditor", frozenset({"holds.manage"}))
    (li,) = queries.find("id_number", LI)
    holds.place(by=holder, basis="粤禅法保〔2026〕7号", subject_id=li)
    assert (over(made).count, over(made).held) == (0, 1)
    holds.place(by=holder, basis="粤禅法保〔2026〕8号", resource="ps.residents")
    assert (over(made).count, over(made).held) == (0, 1)
    retention.look_next(by=erased.HOUSE, today=TODAY)
    assert Erasure.objects.count() == 0

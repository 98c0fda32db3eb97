"""What time brings about: reminders, limits, pauses, calendars, and children with their join. Timers fire once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.cast import Cast
from tests.flow_case import published
from tongchou.accounts.actor import Actor
from tongchou.flow import effects, moves, queries, timers
from tongchou.flow.actions.calendars import publish_calendar
from tongchou.flow.actions.instances import act
from tongchou.flow.calendars import working_clock
from tongchou.flow.models import Instance, Timer
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.standards.working_time import CHINA, Limit

ROOT = Path(__file__).resolve().parents[2]


def kinds(instance: Instance) -> list[str]:
    return [one.kind for one in queries.history(instance)]


def on_record(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


@pytest.fixture
def no_effects() -> Iterator[None]:
    yield
    effects.forget(flow="trial_request")


def begun_at(
    by: Actor, at: datetime, flow: str = "trial_request", owner: str = "civil", **given: Any
) -> Instance:
    """An instance begun at an instant of the test's choice."""
    with transaction.atomic():
        return moves.begin(
            by=by,
            version=moves.current_version(flow),
            title=Text("一", "One"),
            ref="R",
            owner=owner,
            given=given,
            now=at,
        )


MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=CHINA)  # an ordinary week


def test_a_reminder_then_the_limit(cast: Cast) -> None:
    published()
    instance = begun_at(cast.actor("officer"), MONDAY)
    due = instance.due_at
    assert due == datetime(2026, 11, 9, 17, 30, tzinfo=CHINA)  # five working days, the first on Tuesday
    assert timers.run_due(datetime(2026, 11, 5, 8, 29, tzinfo=CHINA)) == 0
    assert (
        timers.run_due(datetime(2026, 11, 5, 8, 30, tzinfo=CHINA)) == 1
    )  # two working days before, at the opening
    assert kinds(instance) == ["started", "reminded"]
    assert timers.run_due(datetime(2026, 11, 9, 17, 29, tzinfo=CHINA)) == 0
    assert timers.run_due(datetime(2026, 11, 9, 17, 30, tzinfo=CHINA)) == 1
    instance.refresh_from_db()
    assert (instance.state, instance.version, instance.holder) == ("escalated", 2, "data")
    assert kinds(instance) == ["started", "reminded", "escalated"]
    assert timers.run_due(datetime(2026, 11, 9, 17, 31, tzinfo=CHINA)) == 0
    assert (on_record("flow.reminded"), on_record("flow.escalated"), on_record("flow.acted")) == (1, 1, 1)
    assert queries.waiting_for(cast.actor("steward")) == [instance]
    # the second limit only tells the bureau; the matter stays where it is, and so does its version
    timers.run_due(instance.due_at)
    instance.refresh_from_db()
    assert (instance.state, instance.version, instance.told) == ("escalated", 2, True)
    assert (
        act(by=cast.actor("steward"), instance=instance.number, action="grant", version=2).state == "granted"
    )


def test_what_was_done_in_time_rings_no_bell(cast: Cast) -> None:
    published()
    instance = begun_at(cast.actor("officer"), MONDAY)
    act(by=cast.actor("other_officer"), instance=instance.number, action="grant", version=1)
    assert timers.run_due(MONDAY + timedelta(days=400)) == 0


def test_the_clock_stands_while_the_applicant_is_waited_for(cast: Cast) -> None:
    published()
    by, provider = cast.actor("officer"), cast.actor("other_officer")
    instance = begun_at(by, MONDAY)
    definition = moves.definition_of(instance.definition)

    def go(action: str, who: Actor, at: datetime) -> None:
        with transaction.atomic():
            moves.move(instance=instance, action=definition.actions[action], by=who, now=at)

    go("ask_back", provider, datetime(2026, 11, 4, 10, 0, tzinfo=CHINA))
    assert instance.standing
    assert queries.time_left(instance, datetime(2026, 11, 4, 11, 0, tzinfo=CHINA)).stands
    # its own thirty days run; the provider's five and the whole's twenty stand
    assert instance.due_at == datetime(2026, 12, 5, 0, 0, tzinfo=CHINA)
    assert timers.run_due(datetime(2026, 11, 20, 10, 0, tzinfo=CHINA)) == 0
    go("resubmit", by, datetime(2026, 11, 18, 10, 0, tzinfo=CHINA))
    # stood from Wednesday the 4th to Wednesday the 18th: ten working days later than the 9th
    assert instance.due_at == datetime(2026, 11, 23, 17, 30, tzinfo=CHINA)
    assert not instance.standing
    whole = datetime.fromisoformat(instance.clocks[""]["due"])
    assert whole == working_clock().add(MONDAY, Limit(30, "working_days")).at
    assert timers.run_due(datetime(2026, 11, 9, 18, 0, tzinfo=CHINA)) == 0


def test_an_applicant_who_never_answers_lets_it_lapse(cast: Cast) -> None:
    published()
    instance = begun_at(cast.actor("officer"), MONDAY)
    act(by=cast.actor("other_officer"), instance=instance.number, action="ask_back", version=1, comment="x")
    instance.refresh_from_db()
    assert instance.due_at is not None
    assert timers.run_due(instance.due_at) == 1
    instance.refresh_from_db()
    assert (instance.state, instance.outcome) == ("lapsed", "lapsed")


@pytest.mark.parametrize(
    ("unit", "amount", "due"),
    [
        ("urgent_hours", 2, "2026-11-06T18:00"),
        ("working_hours", 2, "2026-11-09T09:00"),
        ("working_days", 1, "2026-11-09T17:30"),
        ("natural_days", 1, "2026-11-10T00:00"),
    ],
)
def test_limits_in_every_unit(cast: Cast, unit: str, amount: int, due: str) -> None:
    published(states__waiting__limit={unit: amount}, states__waiting__remind=None)
    friday = datetime(2026, 11, 6, 16, 0, tzinfo=CHINA)
    instance = begun_at(cast.actor("officer"), friday)
    assert instance.due_at == datetime.fromisoformat(due).replace(tzinfo=CHINA)


def test_an_effect_that_refuses_is_on_record_and_tried_again(cast: Cast, no_effects: None) -> None:
    published()
    instance = begun_at(cast.actor("officer"), MONDAY)
    stuck = [True]

    def refuse(*, by: Actor, instance: Instance, facts: Any) -> None:
        if stuck:
            raise HouseError("trial.no", Text("不行", "No"), Text("无", "None"))

    effects.on_enter(flow="trial_request", state="escalated", function=refuse)
    due = instance.due_at
    assert due is not None
    assert timers.run_due(due) == 1  # the reminder alone
    instance.refresh_from_db()
    assert instance.state == "waiting"
    assert kinds(instance)[-1] == "failed"
    timer = Timer.objects.get(instance=instance, kind="limit", scope="waiting")
    assert (timer.failure, timer.due_at, timer.fired_at) == ("trial.no", due + timers.RETRY_AFTER, None)
    assert timers.run_due(due + timedelta(minutes=59)) == 0
    stuck.clear()
    assert timers.run_due(due + timers.RETRY_AFTER) == 1
    instance.refresh_from_db()
    assert instance.state == "escalated"


# -- calendars --


def test_a_published_year_moves_the_limits_that_rested_on_it(cast: Cast) -> None:
    published()
    monday = datetime(2031, 3, 3, 10, 0, tzinfo=CHINA)
    instance = begun_at(cast.actor("officer"), monday)
    assert instance.provisional and instance.due_at == datetime(2031, 3, 10, 17, 30, tzinfo=CHINA)
    assert timers.run_due(monday) == 0
    publish_calendar(
        by=cast.actor("steward"),
        content={"year": 2031, "holidays": ["2031-03-05/2031-03-06"], "source": "通知"},
    )
    assert timers.run_due(monday) == 1
    instance.refresh_from_db()
    assert not instance.provisional and instance.due_at == datetime(2031, 3, 12, 17, 30, tzinfo=CHINA)
    assert instance.version == 2 and kinds(instance) == ["started", "reckoned"]
    assert on_record("flow.reckoned") == 1 and on_record("flow.calendar_published") == 1
    body = bytes(Entry.objects.get(kind="flow.reckoned").body).decode()
    assert "2031-03-10" in body and "2031-03-12" in body
    assert timers.run_due(monday) == 0
    limits = Timer.objects.filter(instance=instance, fired_at=None, kind="limit", scope="waiting")
    assert [one.due_at for one in limits] == [instance.due_at]
    # a correction is a new version and moves them again
    publish_calendar(by=cast.actor("steward"), content={"year": 2031, "holidays": ["2031-03-05"]})
    assert timers.run_due(monday) == 1
    instance.refresh_from_db()
    assert instance.due_at == datetime(2031, 3, 11, 17, 30, tzinfo=CHINA)


def test_a_limit_that_was_dealt_with_does_not_ring_again(cast: Cast) -> None:
    published(states__waiting__escalate={"tell": "bureau"}, actions__pass_on=None,
              states__escalated=None, actions__grant__from=["waiting"], actions__refuse__from=["waiting"],
              actions__withdraw__from=["waiting", "returned"])  # fmt: skip
    monday = datetime(2031, 3, 3, 10, 0, tzinfo=CHINA)
    instance = begun_at(cast.actor("officer"), monday)
    later = datetime(2031, 3, 20, 10, 0, tzinfo=CHINA)
    timers.run_due(later)
    assert kinds(instance).count("escalated") == 1
    publish_calendar(by=cast.actor("steward"), content={"year": 2031, "holidays": ["2031-03-05"]})
    timers.run_due(later)
    timers.run_due(later)
    assert kinds(instance).count("escalated") == 1 and kinds(instance).count("reckoned") == 1


@pytest.mark.parametrize(
    "content",
    [
        {"year": 2031, "holidays": ["2030-01-01"]},
        {"holidays": []},
        {"year": "x"},
        {"year": 2031, "spans": ["9-8"]},
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(cast: Cast, content: dict[str, Any]) -> None:
    with pytest.raises(HouseError) as refusal:
        publish_calendar(by=cast.actor("steward"), content=content)
    assert refusal.value.code == "flow.calendar_unreadable"


# -- once, whoever runs them --


def test_two_workers_fire_each_timer_once(transactional_db: None, cast: Cast) -> None:
    published()
    instances = [begun_at(cast.actor("officer"), MONDAY) for _ in range(12)]
    fired: list[int] = []
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        try:
            fired.append(timers.run_due(datetime(2026, 11, 9, 17, 30, tzinfo=CHINA)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fired) == 24
    for instance in instances:
        assert kinds(instance) == ["started", "reminded", "escalated"]
    assert (on_record("flow.reminded"), on_record("flow.escalated")) == (12, 12)


def test_a_worker_killed_in_the_middle_has_done_nothing_or_all(
    transactional_db: None, cast: Cast, tmp_path: Path
) -> None:
    """A process that fires timers is killed while it works; what another one does afterwards completes it, once."""
    if connection.vendor != "sqlite":
        database = connection.settings_dict["NAME"]
    else:
        database = str(connection.settings_dict["NAME"])
    published()
    instances = [begun_at(cast.actor("officer"), MONDAY) for _ in range(60)]
    connection.close()
    at = "2026-11-09T17:30:00+08:00"
    command = [sys.executable, "-m", "tests.actions.flow_worker", str(database), at]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    for _kill in range(3):
        worker = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None and worker.stdout.readline().strip() == "working"
        time.sleep(0.12)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        for instance in Instance.objects.all():
            happened = kinds(instance)
            assert happened in (["started"], ["started", "reminded"], ["started", "reminded", "escalated"])
            assert (instance.state == "escalated") == ("escalated" in happened)
            assert instance.version == (2 if "escalated" in happened else 1)
        connection.close()
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    for instance in instances:
        assert kinds(instance) == ["started", "reminded", "escalated"]
    assert (on_record("flow.reminded"), on_record("flow.escalated"), on_record("flow.acted")) == (60, 60, 60)


# -- children --


def test_time_left_in_words(cast: Cast) -> None:
    published()
    instance = begun_at(cast.actor("officer"), MONDAY)
    left = queries.time_left(instance, datetime(2026, 11, 9, 14, 0, tzinfo=CHINA))
    assert left.words == Text("剩余 3.5 工作小时", "3.5 working hours left") and not left.late
    late = queries.time_left(instance, datetime(2026, 11, 10, 9, 0, tzinfo=CHINA))
    assert late.late and late.words == Text("逾期 30 工作分钟", "30 working minutes late")
    assert timezone.is_aware(left.due_at)  # type: ignore[arg-type]

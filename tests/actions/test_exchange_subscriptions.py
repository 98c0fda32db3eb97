"""Changes since a cursor: none lost, none doubled, nothing not granted; pages sent in order, signed, on record first."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from tests import district
from tests.actions import crowded
from tests.actions.pooled import data  # noqa: F401
from tests.actions.receiver import Receiver
from tongchou.accounts.actor import Actor
from tongchou.exchange import pushing
from tongchou.exchange.actions import leaks
from tongchou.exchange.actions import subscriptions as actions
from tongchou.exchange.models import Grant, Subscription, WebhookDelivery
from tongchou.exchange.watermark import carriers
from tongchou.ledger import queries as ledger
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

HOUSE = Actor.house("tests")
PEOPLE = crowded.residents(60)


@pytest.fixture
def clerk(data: Any) -> Actor:  # noqa: F811
    people = district.cast()
    district.resources()
    district.deliver("ps.residents", PEOPLE, date(2026, 11, 1))
    crowded.bulk_grant()
    return people["clerk"]


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(HouseError) as caught:
        call()
    return caught.value.code


def traces(kind: str) -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


def subscribed(clerk: Actor, **more: Any) -> Subscription:
    return actions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", **more).subscription


class Mirror:
    """A subscriber's own copy, kept by applying changes."""

    def __init__(self, clerk: Actor, number: str) -> None:
        self.clerk, self.number, self.cursor = clerk, number, ""
        self.rows: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, str]] = []

    def page(self, limit: int) -> bool:
        found = actions.changes(by=self.clerk, subscription=self.number, cursor=self.cursor, limit=limit)
        for each in found.changes:
            self.told.append((each.row_ref, each.op))
            if each.op == "removed":
                assert self.rows.pop(each.row_ref, None) is not None, "removed what was never told of"
            else:
                assert each.values is not None
                self.rows[each.row_ref] = each.values
        self.cursor = found.cursor
        return found.more

    def catch_up(self, limit: int = 17) -> None:
        while self.page(limit):
            pass


def shown(rows: list[dict[str, str | None]]) -> list[tuple[str, str]]:
    return sorted((str(row["record_no"]), str(row["name"])) for row in rows)


def held(mirror: Mirror) -> list[tuple[str, str]]:
    return sorted((row["record_no"], row["name"]) for row in mirror.rows.values())


def test_from_the_beginning_and_on_after_each_delivery(clerk: Actor) -> None:
    mirror = Mirror(clerk, subscribed(clerk).number)
    mirror.catch_up()
    assert held(mirror) == shown(PEOPLE) and len(mirror.told) == 60
    changed = [
        {**row, "name": "改名"} if place == 3 else row for place, row in enumerate(PEOPLE) if place != 5
    ]
    district.deliver("ps.residents", changed, date(2026, 11, 5))
    mirror.told.clear()
    mirror.catch_up()
    assert sorted(op for _, op in mirror.told) == ["put", "removed"]
    assert held(mirror) == shown(changed)
    mirror.told.clear()
    mirror.catch_up()
    assert mirror.told == []


def test_values_are_masked_and_only_what_is_granted_is_told(clerk: Actor) -> None:
    Grant.objects.update(fields=["name", "id_number"])
    mirror = Mirror(clerk, subscribed(clerk).number)
    mirror.catch_up()
    truth = {str(row["name"]): str(row["id_number"]) for row in PEOPLE}
    for row in mirror.rows.values():
        assert set(row) == {"name", "id_number"}
        assert carriers.plain(row["id_number"]) in {f"{v[:3]}***********{v[-4:]}" for v in truth.values()}
    # What is not granted, or does not show, changes unseen.
    district.deliver("ps.residents", [{**row, "sex": "9"} for row in PEOPLE], date(2026, 11, 5))
    mirror.told.clear()
    mirror.catch_up()
    assert mirror.told == []


def test_a_change_within_what_is_masked_is_not_told(clerk: Actor) -> None:
    mirror = Mirror(clerk, subscribed(clerk).number)
    mirror.catch_up()
    mirror.told.clear()
    moved = [{**row, "birth_date": str(row["birth_date"])[:4] + "-01-01"} for row in PEOPLE]
    district.deliver("ps.residents", moved, date(2026, 11, 5))
    mirror.catch_up()
    assert mirror.told == []


def test_a_row_that_leaves_the_filter_is_removed_and_one_that_enters_is_put(clerk: Actor) -> None:
    Grant.objects.update(rows="sex = '1'")
    mirror = Mirror(clerk, subscribed(clerk).number)
    mirror.catch_up()
    assert held(mirror) == shown([row for row in PEOPLE if row["sex"] == "1"])
    turned = [
        {**row, "sex": "2" if row["sex"] == "1" else "1"} if place < 10 else row
        for place, row in enumerate(PEOPLE)
    ]
    district.deliver("ps.residents", turned, date(2026, 11, 5))
    mirror.catch_up()
    assert held(mirror) == shown([row for row in turned if row["sex"] == "1"])


def test_nothing_is_lost_or_doubled_whenever_deliveries_come(clerk: Actor) -> None:
    """Deliveries of random changes between random pages; at the end the mirror is the district."""
    draw = random.Random(7)
    Grant.objects.update(rows="sex = '1'")
    mirror = Mirror(clerk, subscribed(clerk).number)
    rows = [dict(row) for row in PEOPLE]
    for day in range(2, 14):
        for _ in range(draw.randrange(3)):
            mirror.page(draw.choice((1, 5, 20)))
        gone = set(draw.sample(range(len(rows)), 3))
        rows = [row for place, row in enumerate(rows) if place not in gone]
        for row in draw.sample(rows, 8):
            row["name"], row["sex"] = draw.choice(("甲乙", "丙丁", "戊己")), draw.choice("12")
        rows += [
            {**row, "record_no": f"N{day}{place}"} for place, row in enumerate(crowded.residents(4, seed=day))
        ]
        district.deliver("ps.residents", rows, date(2026, 11, day))
    mirror.catch_up(7)
    mirror.catch_up(7)
    assert held(mirror) == shown([row for row in rows if row["sex"] == "1"])


def test_pages_read_while_deliveries_are_written(clerk: Actor) -> None:
    mirror = Mirror(clerk, subscribed(clerk).number)
    states = [PEOPLE[: 60 - place] + crowded.residents(70, seed=9)[60:] for place in range(1, 9)]
    failed: list[BaseException] = []

    def deliver() -> None:
        try:
            for place, rows in enumerate(states):
                district.deliver("ps.residents", rows, date(2026, 11, 2 + place))
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    writing = threading.Thread(target=deliver)
    writing.start()
    while writing.is_alive():
        mirror.page(9)
    writing.join()
    assert not failed
    mirror.catch_up()
    mirror.catch_up()
    assert held(mirror) == shown(states[-1])


def test_the_same_cursor_gives_the_same_page(clerk: Actor) -> None:
    number = subscribed(clerk).number
    first = actions.changes(by=clerk, subscription=number, limit=10)
    again = [actions.changes(by=clerk, subscription=number, cursor=first.cursor, limit=10) for _ in range(2)]
    district.deliver("ps.residents", PEOPLE[:30], date(2026, 11, 5))
    later = actions.changes(by=clerk, subscription=number, cursor=first.cursor, limit=10)
    assert again[0].changes == again[1].changes == later.changes and again[0].cursor == later.cursor


def test_cursors_cannot_be_forged_or_carried_elsewhere(clerk: Actor) -> None:
    number, other = subscribed(clerk).number, subscribed(clerk).number
    cursor = actions.changes(by=clerk, subscription=number, limit=10).cursor
    for forged in (
        cursor[:-2],
        "x" + cursor,
        "é",
        "'; drop",
        cursor[:10] + ("A" if cursor[10] != "A" else "B") + cursor[11:],
    ):
        call = lambda forged=forged: actions.changes(by=clerk, subscription=number, cursor=forged)  # noqa: E731
        assert refusal(call) == "exchange.cursor_unreadable"
    assert (
        refusal(lambda: actions.changes(by=clerk, subscription=other, cursor=cursor))
        == "exchange.cursor_unreadable"
    )
    assert b"R000" not in base64.urlsafe_b64decode(cursor + "==")


def test_a_changed_grant_makes_one_begin_anew(clerk: Actor) -> None:
    number = subscribed(clerk).number
    cursor = actions.changes(by=clerk, subscription=number).cursor
    Grant.objects.update(rows="sex = '1'")
    call = lambda: actions.changes(by=clerk, subscription=number, cursor=cursor)  # noqa: E731
    assert refusal(call) == "exchange.cursor_outdated"
    Grant.objects.update(state="withdrawn")
    assert refusal(call) == "exchange.refused.no_grant"


def test_only_the_holder_and_only_while_it_lives(clerk: Actor) -> None:
    number = subscribed(clerk).number
    other = district.cast()["other_clerk"]
    assert refusal(lambda: actions.changes(by=other, subscription=number)) == "exchange.no_subscription"
    assert refusal(lambda: actions.end(by=other, number=number)) == "exchange.no_subscription"
    actions.end(by=clerk, number=number)
    assert refusal(lambda: actions.changes(by=clerk, subscription=number)) == "exchange.no_subscription"
    assert refusal(lambda: actions.resume(by=clerk, number=number)) == "exchange.no_subscription"


def test_rows_that_move_with_the_day_cannot_be_followed(clerk: Actor) -> None:
    Grant.objects.update(rows="birth_date < today - 60 years")
    assert refusal(lambda: subscribed(clerk)) == "exchange.subscribe_moving_rows"


def test_what_was_told_is_on_the_ledger_and_marked(clerk: Actor, tmp_path: Any) -> None:
    number = subscribed(clerk).number
    mirror = Mirror(clerk, number)
    mirror.catch_up(100)
    body = traces("changes.read")[0]
    assert body["rows"] == 60 and body["watermark"] == number and "cursor" not in body
    leaked = crowded.write(tmp_path / "leak.csv", list(mirror.rows.values()), ["id_number"])
    found = leaks.trace(by=HOUSE, file=leaked)
    assert [(each.number, each.kind) for each in found.named] == [(number, "subscription")]


# ── sending ──────────


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def push() -> int:
    return pushing.push_due(by=HOUSE)


def due_now() -> None:
    WebhookDelivery.objects.filter(state="waiting").update(next_at=timezone.now() - timedelta(seconds=1))


def test_pages_are_sent_signed_as_cloudevents_and_on_record_before(clerk: Actor, receiver: Receiver) -> None:
    made = actions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", url=receiver.url)
    seen: list[int] = []
    receiver.before_answer = lambda: (
        seen.append(len(ledger.entries(kind="changes.sent"))),
        database.close(),
    )[0]
    assert push() == 1
    headers, body = receiver.heard[0]
    event = json.loads(body)
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert event["specversion"] == "1.0" and event["type"] == "tongchou.changes.v1"
    assert event["id"] == headers["webhook-id"] and event["subject"] == made.subscription.number
    assert len(event["data"]["changes"]) == 60
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert traces("changes.sent")[0]["rows"] == 60
    assert seen == [1]
    assert push() == 0
    assert made.secret.encode() not in bytes(Subscription.objects.get().secret)


def test_a_failed_page_is_sent_again_the_same_and_holds_the_next(clerk: Actor, receiver: Receiver) -> None:
    actions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", url=receiver.url)
    receiver.status = 503
    assert push() == 1 and push() == 0
    district.deliver("ps.residents", PEOPLE[:30], date(2026, 11, 5))
    due_now()
    receiver.status = 200
    assert push() == 1
    first, second = (json.loads(body) for _, body in receiver.heard)
    assert first["id"] == second["id"] and first["data"] == second["data"]
    assert push() == 1
    assert [each["op"] for each in json.loads(receiver.heard[2][1])["data"]["changes"]] == ["removed"] * 30
    assert len(traces("changes.sent")) == 3


@pytest.mark.parametrize(("status", "error"), [(302, "redirected"), (500, "refused"), (404, "refused")])
def test_what_is_no_acceptance(clerk: Actor, receiver: Receiver, status: int, error: str) -> None:
    actions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", url=receiver.url)
    receiver.status = status
    push()
    found = WebhookDelivery.objects.get()
    assert (found.state, found.status, found.error) == ("waiting", status, error)
    assert len(receiver.heard) == 1 and found.next_at > timezone.now()


def test_after_the_last_attempt_it_is_dead_and_can_be_sent_again_or_skipped(
    clerk: Actor, receiver: Receiver
) -> None:
    actions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", url=receiver.url)
    receiver.status = 500
    for _ in range(len(actions.WAITS_S) + 1):
        due_now()
        assert push() == 1
    found = WebhookDelivery.objects.get()
    assert found.state == "dead" and push() == 0
    other = district.cast()["other_clerk"]
    assert refusal(lambda: actions.redeliver(by=other, number=found.number)) == "exchange.no_delivery"
    receiver.status = 200
    actions.redeliver(by=clerk, number=found.number)
    assert push() == 1
    found.refresh_from_db()
    assert found.state == "done"
    district.deliver("ps.residents", PEOPLE[:50], date(2026, 11, 5))
    receiver.status = 410
    assert push() == 1
    dead = WebhookDelivery.objects.get(state="dead")
    actions.skip(by=clerk, number=dead.number)
    receiver.status = 200
    assert push() == 0
    district.deliver("ps.residents", PEOPLE[:49], date(2026, 11, 6))
    assert push() == 1
    assert len(json.loads(receiver.heard[-1][1])["data"]["changes"]) == 1


def test_a_withdrawn_grant_sends_nothing(clerk: Actor, receiver: Receiver) -> None:
    actions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", url=receiver.url)
    Grant.objects.update(state="withdrawn")
    push()
    assert receiver.heard == []


def test_a_paused_subscription_sends_nothing_and_loses_nothing(clerk: Actor, receiver: Receiver) -> None:
    number = actions.subscribe(
        by=clerk, grant="G-BULK", purpose="relief_check", url=receiver.url
    ).subscription.number
    actions.pause(by=clerk, number=number)
    assert push() == 0
    actions.resume(by=clerk, number=number)
    assert push() == 1 and len(receiver.heard) == 1


def test_an_inner_address_is_refused_when_it_is_used_too(clerk: Actor, settings: Any) -> None:
    assert refusal(lambda: subscribed(clerk, url="http://127.0.0.1:9/")) == "exchange.webhook_url"
    found = subscribed(clerk, url="https://localhost/in")
    push()
    assert WebhookDelivery.objects.get().error == "exchange.webhook_private"
    assert traces("changes.sent") == []
    assert found.url not in json.dumps(traces("webhook.ended"))

"""Subscriptions 订阅: what changed since a cursor, asked for (`changes`) or sent (`send`), one page at a time.

A page that is sent is on the ledger before it leaves, at each attempt. Pages go in order: the next is only made when
this one was accepted, or skipped by somebody; one that cannot be delivered holds the others, so that none is lost.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.sealing import seal
from tongchou.standards.text import Text

from .. import errors, holdings, sweeps, webhooks
from ..exporting import Marking
from ..holdings import Holding
from ..models import Subscription, WebhookDelivery
from ..sweeps import Change
from ..tracing import Answer, count, tell, traced

#: Records of a page, unless asked otherwise, and at most.
PAGE, MOST = 500, 5000
#: Seconds until the next attempt, by attempts made; after the last the page is dead.
WAITS_S = (30, 120, 480, 1800, 7200, 21600, 21600)
#: A receiver that says so wants no more.
GONE = 410


@dataclass(frozen=True)
class Subscribed:
    """A new subscription. secret: signs what is sent; told this once, "" without an address."""

    subscription: Subscription
    secret: str


@dataclass(frozen=True, kw_only=True)
class Changes(Answer):
    """A page of changes. cursor: ask for the next with it; more: whether there is one already."""

    subscription: str
    changes: tuple[Change, ...]
    cursor: str
    more: bool


@action(permission="exchange.subscribe", event="subscription.opened")
def subscribe(*, by: Actor, grant: str, purpose: str, url: str = "") -> Subscribed:
    """Follow a resource under a grant of form `subscribe`. url: where changes are sent; "" to ask for them.

    Raises what `holdings.holding` raises, HouseError "exchange.webhook_url", Refused "exchange.subscribe_moving_rows".
    """
    held = holdings.holding(by=by, grant=grant, form="subscribe", purpose=purpose)
    note(grants=[grant], purpose=purpose, resource=held.resource, sends=bool(url))
    if held.moves_with_time:
        raise errors.Refused(
            "exchange.subscribe_moving_rows",
            Text(
                "授权的行范围随日期移动（today），记录会不经变更而进出，无法订阅。",
                "The grant's rows move with the day (today): records enter and leave without a change.",
            ),
            Text(
                "请用批量导出，或申请不随日期移动的行范围。", "Use exports, or ask for rows that do not move."
            ),
            grant,
        )
    if url:
        webhooks.target_of(url, settings.WEBHOOK_HOSTS)
    secret = webhooks.new_secret() if url else ""
    made = Subscription.objects.create(
        number=f"draft-{secrets.token_hex(8)}", grant=held.grant, purpose=purpose, url=url,
        organisation=Organisation.objects.get(code=by.organisation), role=Role.objects.get(code=by.role),
        created_by=by.username,
    )  # fmt: skip
    made.number = f"S-{timezone.localdate():%Y}-{made.pk:06d}"
    made.secret = seal(webhooks.sealed_for(made.number), secret.encode()) if secret else b""
    made.save(update_fields=["number", "secret"])
    note(subscription=made.number)
    return Subscribed(made, secret)


@action(permission="exchange.subscribe", event="subscription.ended")
def end(*, by: Actor, number: str) -> Subscription:
    """Follow no more. Raises NotFound "exchange.no_subscription"."""
    return _become(by, number, Subscription.State.ENDED)


@action(permission="exchange.subscribe", event="subscription.paused")
def pause(*, by: Actor, number: str) -> Subscription:
    """Send nothing until it is resumed; nothing is lost. Raises NotFound."""
    return _become(by, number, Subscription.State.PAUSED)


@action(permission="exchange.subscribe", event="subscription.resumed")
def resume(*, by: Actor, number: str) -> Subscription:
    """Go on where it was paused. Raises NotFound."""
    return _become(by, number, Subscription.State.LIVE)


@traced(permission="exchange.subscribe", event="changes.read")
def changes(*, by: Actor, subscription: str, cursor: str = "", limit: int = PAGE, via: str = "") -> Changes:
    """What changed since a cursor ("" from the beginning). The same cursor gives the same page.

    Raises NotFound "exchange.no_subscription", what `holdings.holding` and `sweeps.opened` raise.
    """
    found = _own(by, subscription)
    if found.state != Subscription.State.LIVE:
        raise _no_subscription()
    held = _holding(by, found)
    place = sweeps.pinned(sweeps.opened(cursor, found.number, held), held, found)
    return _page(found, held, place, max(1, min(limit, MOST)), via)


@traced(permission="exchange.subscribe", event="changes.sent")
def page_to_send(*, by: Actor, delivery: WebhookDelivery) -> Changes:
    """The page of a delivery, on the ledger before it leaves. Raises what `changes` raises."""
    tell(delivery=delivery.number, attempt=delivery.attempts + 1)
    found = delivery.subscription
    held = _holding(by, found)
    place = sweeps.opened(delivery.cursor, found.number, held)
    return _page(found, held, place, PAGE, "webhook")


@action(permission=None, event="webhook.queued")
def queue(*, by: Actor, subscription: Subscription) -> WebhookDelivery | None:
    """Make the next page of a subscription ready to be sent; None when nothing changed.

    Raises what `holdings.holding` and `sweeps.opened` raise; the entry then says so.
    """
    acting = sweeps.recipient_of(subscription)
    held = _holding(acting, subscription)
    place = sweeps.pinned(sweeps.opened(subscription.cursor, subscription.number, held), held, subscription)
    note(subscription=subscription.number, grants=[subscription.grant.number])
    if sweeps.is_empty(place):
        return None
    made = WebhookDelivery.objects.create(
        number=f"W-{secrets.token_hex(10)}", subscription=subscription,
        cursor=place.sealed(subscription.number), next_at=timezone.now(),
    )  # fmt: skip
    note(delivery=made.number)
    return made


@action(permission=None, event="webhook.ended")
def settle(
    *, by: Actor, delivery: WebhookDelivery, status: int, error: str, sent: Changes | None
) -> WebhookDelivery:
    """Enter how an attempt ended: accepted, to be tried again, or dead."""
    now = timezone.now()
    delivery.attempts += 1
    delivery.status, delivery.error = status, error
    if sent is not None:
        delivery.changes, delivery.next_cursor = len(sent.changes), sent.cursor
    if sent is not None and 200 <= status < 300:
        delivery.state, delivery.finished_at = WebhookDelivery.State.DONE, now
        Subscription.objects.filter(pk=delivery.subscription_id).update(cursor=sent.cursor)
    elif status == GONE or delivery.attempts > len(WAITS_S):
        delivery.state, delivery.finished_at = WebhookDelivery.State.DEAD, now
    else:
        delivery.next_at = now + timedelta(seconds=WAITS_S[delivery.attempts - 1])
    delivery.save()
    note(
        subscription=delivery.subscription.number, delivery=delivery.number, attempt=delivery.attempts,
        status=status, failure=error, state=delivery.state, changes=delivery.changes,
    )  # fmt: skip
    return delivery


@action(permission="exchange.subscribe", event="webhook.redelivered")
def redeliver(*, by: Actor, number: str) -> WebhookDelivery:
    """Try a dead page again, from now on. Raises NotFound "exchange.no_delivery"."""
    found = _dead(by, number)
    found.state, found.attempts, found.next_at, found.finished_at = (
        WebhookDelivery.State.WAITING, 0, timezone.now(), None,
    )  # fmt: skip
    found.save()
    return found


@action(permission="exchange.subscribe", event="webhook.skipped")
def skip(*, by: Actor, number: str) -> WebhookDelivery:
    """Give a dead page up and go on with the next; what it held can still be asked for with its cursor.

    Raises NotFound "exchange.no_delivery", HouseError as `changes` does.
    """
    found = _dead(by, number)
    held = _holding(by, found.subscription)
    place = sweeps.opened(found.cursor, found.subscription.number, held)
    marking = _marking(found.subscription, held)
    following = sweeps.page(held, place, marking, PAGE).following.sealed(found.subscription.number)
    found.state, found.finished_at = WebhookDelivery.State.SKIPPED, timezone.now()
    found.save()
    Subscription.objects.filter(pk=found.subscription_id).update(cursor=following)
    return found


def _page(found: Subscription, held: Holding, place: sweeps.Cursor, limit: int, via: str) -> Changes:
    count([held.terms])
    page = sweeps.page(held, place, _marking(found, held), limit)
    tell(
        subscription=found.number, watermark=found.number, grants=[found.grant.number], purpose=found.purpose,
        resource=held.resource, fields=[each.name for each in held.fields], rows=len(page.changes),
    )  # fmt: skip
    if via:
        tell(via=via)
    return Changes(
        subscription=found.number,
        changes=page.changes,
        cursor=page.following.sealed(found.number),
        more=page.more,
    )


def _marking(found: Subscription, held: Holding) -> Marking:
    return Marking(found.number, found.organisation.code, held.resource, held.fields, "json")


def _holding(by: Actor, found: Subscription) -> Holding:
    return holdings.holding(by=by, grant=found.grant.number, form="subscribe", purpose=found.purpose)


def _own(by: Actor, number: str) -> Subscription:
    found = (
        Subscription.objects.select_related("grant__resource", "organisation", "role")
        .filter(number=number, organisation__code=by.organisation, role__code=by.role)
        .first()
    )
    if found is None:
        raise _no_subscription()
    return found


def _become(by: Actor, number: str, state: str) -> Subscription:
    found = _own(by, number)
    note(subscription=found.number, grants=[found.grant.number])
    if found.state == Subscription.State.ENDED:
        raise _no_subscription()
    found.state = state
    found.ended_at = timezone.now() if state == Subscription.State.ENDED else None
    found.save(update_fields=["state", "ended_at"])
    return found


def _dead(by: Actor, number: str) -> WebhookDelivery:
    found = (
        WebhookDelivery.objects.select_related("subscription__grant__resource", "subscription__organisation")
        .filter(
            number=number, state=WebhookDelivery.State.DEAD,
            subscription__organisation__code=by.organisation, subscription__role__code=by.role,
        )
        .first()
    )  # fmt: skip
    if found is None:
        raise errors.NotFound(
            "exchange.no_delivery",
            Text("没有这项无法送达的推送。", "There is no such undeliverable page."),
            Text("请从订阅页面打开。", "Open it from the subscription."),
        )
    note(subscription=found.subscription.number, delivery=found.number)
    return found


def _no_subscription() -> errors.NotFound:
    return errors.NotFound(
        "exchange.no_subscription",
        Text("没有这项订阅，或它已暂停、结束。", "There is no such subscription, or it is paused or ended."),
        Text("请查看订阅清单。", "See the list of subscriptions."),
    )

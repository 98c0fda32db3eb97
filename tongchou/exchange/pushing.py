"""Sending pages of changes: the worker's part. Each attempt is read, put on record, signed and sent anew."""

from __future__ import annotations

import http.client
import logging
import ssl
import time
from datetime import timedelta

import orjson
from django.conf import settings
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.sealing import unseal
from tongchou.standards.errors import HouseError

from . import sweeps, webhooks
from .actions import subscriptions as actions
from .actions.subscriptions import Changes
from .models import Subscription, WebhookDelivery

log = logging.getLogger(__name__)

EVENT_TYPE = "tongchou.changes.v1"


def push_due(*, by: Actor, context: ssl.SSLContext | None = None) -> int:
    """Queue what changed and send what is due; returns the attempts made.

    context: for TLS, the system's authorities unless given.
    """
    _queue(by)
    due = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.WAITING, next_at__lte=timezone.now(),
        subscription__state=Subscription.State.LIVE,
    )  # fmt: skip
    found = list(
        due.select_related(
            "subscription__grant__resource", "subscription__organisation", "subscription__role"
        )
    )
    for delivery in found:
        # Claimed by moving its time, so that two processes do not send it at once.
        claimed = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=WebhookDelivery.State.WAITING, next_at=delivery.next_at
        ).update(next_at=timezone.now() + timedelta(seconds=120))
        if claimed:
            send(delivery, by=by, context=context)
    return len(found)


def _queue(by: Actor) -> None:
    """A page for every subscription that has none on its way and whose resource has news."""
    waiting = (WebhookDelivery.State.WAITING, WebhookDelivery.State.DEAD)
    for found in (
        Subscription.objects.filter(state=Subscription.State.LIVE)
        .exclude(url="")
        .exclude(deliveries__state__in=waiting)
        .select_related("grant__resource", "organisation", "role")
    ):
        try:
            if sweeps.has_news(found):
                actions.queue(by=by, subscription=found)
        except HouseError as refusal:
            log.warning("subscription %s cannot go on: %s", found.number, refusal.code)
            if refusal.code in ("exchange.cursor_outdated", "exchange.cursor_unreadable"):
                # What was granted has changed: the subscriber is told everything anew.
                Subscription.objects.filter(pk=found.pk).update(cursor="")


def send(delivery: WebhookDelivery, *, by: Actor, context: ssl.SSLContext | None = None) -> WebhookDelivery:
    """One attempt: read and put on record, sign, send, enter how it ended."""
    status, error, sent = 0, "", None
    found = delivery.subscription
    try:
        target = webhooks.target_of(found.url, settings.WEBHOOK_HOSTS)
        address = webhooks.address_of(target)
        sent = actions.page_to_send(by=sweeps.recipient_of(found), delivery=delivery)
        body = event(delivery, sent)
        at = int(time.time())
        secret = unseal(webhooks.sealed_for(found.number), bytes(found.secret)).decode()
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "Tongchou",
            "webhook-id": delivery.number,
            "webhook-timestamp": str(at),
            "webhook-signature": webhooks.signature(secret, delivery.number, at, body),
        }
        status = webhooks.post(target, address, body, headers, context)
        if not 200 <= status < 300:
            error = "redirected" if 300 <= status < 400 else "refused"
    except HouseError as refusal:
        error = refusal.code
    except TimeoutError:
        error = "timeout"
    except (OSError, http.client.HTTPException) as failure:
        error = "unreachable" if isinstance(failure, ConnectionError) else type(failure).__name__[:60]
    return actions.settle(by=by, delivery=delivery, status=status, error=error, sent=sent)


def event(delivery: WebhookDelivery, sent: Changes) -> bytes:
    """A page as a CloudEvent (1.0, structured JSON)."""
    found = delivery.subscription
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": delivery.number,
            "source": f"/exchange/resources/{found.grant.resource.code}",
            "type": EVENT_TYPE,
            "subject": found.number,
            "time": delivery.created_at.isoformat(),
            "datacontenttype": "application/json",
            "data": {
                "subscription": found.number,
                "grant": found.grant.number,
                "resource": found.grant.resource.code,
                "changes": [each.as_json() for each in sent.changes],
                "cursor": sent.cursor,
                "more": sent.more,
            },
        }
    )

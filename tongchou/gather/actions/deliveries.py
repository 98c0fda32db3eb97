"""Opening, closing, cancelling and retrying deliveries. The work between is `gather.work`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import opening, rules, standing
from ..models import Delivery, Mapping
from ..phases.resemble import ColumnsMoved
from ..pipeline import Outcome
from ..queries import is_steward
from ..sources import Item


def _check_owner(by: Actor, delivery_or_mapping: Delivery | Mapping) -> None:
    resource = delivery_or_mapping.resource
    rules.check_handle(
        owner=resource.organisation.code,
        organisation=by.organisation,
        steward=is_steward(by),
        resource=resource.code,
    )


@action(permission="gather.run", event="delivery.received")
def receive(*, by: Actor, mapping: Mapping, items: Sequence[Item], again: bool = False) -> list[Delivery]:
    """Open one delivery for each of `items` that is not in the log yet, in their order.

    An item that came before with the same content is passed over unless `again`; one that failed then is queued
    again as the delivery it was. Raises HouseError when the resource belongs to somebody else's department.
    """
    _check_owner(by, mapping)
    # Two who look at once must not both open a delivery of one item (SQLite has one writer anyway).
    resource = Resource.objects.select_for_update().get(pk=mapping.resource_id)
    opened = []
    for item in items:
        earlier = (
            resource.deliveries.filter(item=item.name, item_digest=item.digest)
            .exclude(state=Delivery.State.CANCELLED)
            .first()
        )
        if earlier is not None and earlier.state == Delivery.State.FAILED:
            opened.append(_queue_again(earlier))
            continue
        if earlier is not None and not again:
            continue
        opened.append(
            Delivery.objects.create(
                number=opening.new_number(),
                resource=resource,
                source_code=mapping.source.code,
                item=item.name,
                item_digest=item.digest,
                delivered_on=item.delivered_on or timezone.localdate(),
                requested_by=by.username,
            )
        )
    note(resources=[resource.code], deliveries=[delivery.number for delivery in opened])
    return opened


@action(permission="gather.run", event="delivery.closed")
def close(*, by: Actor, delivery: Delivery, outcome: Outcome) -> Delivery:
    """Enter what became of a delivery whose rows are in the log."""
    delivery.state = rules.check_transition(delivery.state, "close", delivery.number)
    counts = {
        "rows_read": outcome.rows_read,
        "rows_kept": outcome.kept,
        "rows_quarantined": outcome.quarantined,
        "rows_new": outcome.new,
        "rows_changed": outcome.changed,
        "rows_unchanged": outcome.unchanged,
        "rows_ended": outcome.ended,
    }
    for name, count in counts.items():
        setattr(delivery, name, count)
    delivery.rules = list(outcome.rules)
    delivery.quality = outcome.quality
    delivery.quarantine_file = outcome.quarantine_file or ""
    delivery.phase = ""
    delivery.done = delivery.total = outcome.rows_read
    delivery.error = {}
    delivery.finished_at = timezone.now()
    delivery.save()
    standing.settle(outcome.corrections)
    note(delivery=delivery.number, resource=delivery.resource.code, item=delivery.item, **counts)
    return delivery


def _told(error: HouseError) -> dict[str, Any]:
    return {
        "code": error.code,
        "where": error.where,
        "what": {"zh": error.what.zh, "en": error.what.en},
        "next": {"zh": error.next.zh, "en": error.next.en},
    }


@action(permission="gather.run", event="delivery.failed")
def fail(*, by: Actor, delivery: Delivery, error: HouseError) -> Delivery:
    """Enter that a delivery could not be taken in, and why; nothing of it is in the log."""
    delivery.state = rules.check_transition(delivery.state, "fail", delivery.number)
    delivery.error = _told(error)
    delivery.finished_at = timezone.now()
    delivery.save()
    note(delivery=delivery.number, resource=delivery.resource.code, error=error.code)
    return delivery


@action(permission="gather.run", event="delivery.held")
def hold(*, by: Actor, delivery: Delivery, error: ColumnsMoved) -> Delivery:
    """Enter that a delivery's columns seem to have changed places; nothing of it is in the log until a steward decides."""
    delivery.state = rules.check_transition(delivery.state, "hold", delivery.number)
    delivery.error = {**_told(error), "moved": [each._asdict() for each in error.moved]}
    delivery.finished_at, delivery.phase = timezone.now(), ""
    delivery.save()
    note(delivery=delivery.number, resource=delivery.resource.code, fields=_moved(delivery))
    return delivery


@action(permission="gather.release", event="delivery.released")
def release(*, by: Actor, delivery: Delivery) -> Delivery:
    """Say that a held delivery's columns are where they belong: it is taken in, and is what later ones are compared with.

    Raises HouseError "gather.wrong_state" when it is not held.
    """
    note(delivery=delivery.number, resource=delivery.resource.code, fields=_moved(delivery))
    return _decide(by, delivery, "release")


@action(permission="gather.release", event="delivery.refused")
def refuse(*, by: Actor, delivery: Delivery) -> Delivery:
    """Say that a held delivery's columns have changed places: it is never taken in; its department delivers anew.

    Raises HouseError "gather.wrong_state" when it is not held.
    """
    note(delivery=delivery.number, resource=delivery.resource.code, fields=_moved(delivery))
    return _decide(by, delivery, "refuse")


def _decide(by: Actor, delivery: Delivery, verb: str) -> Delivery:
    target = rules.check_transition(delivery.state, verb, delivery.number)
    error = {} if verb == "release" else delivery.error
    # Of two stewards who decide at once, one is told that it is decided.
    taken = Delivery.objects.filter(pk=delivery.pk, state=delivery.state).update(
        state=target, decided_by=by.username, decided_at=timezone.now(), error=error
    )
    delivery.refresh_from_db()
    if not taken:
        rules.check_transition(delivery.state, verb, delivery.number)
    return delivery


def _moved(delivery: Delivery) -> list[str]:
    return sorted({each["field"] for each in delivery.error.get("moved", ())})


@action(permission="gather.run", event="delivery.cancelled")
def cancel(*, by: Actor, delivery: Delivery) -> Delivery:
    """Take a waiting delivery out of the queue."""
    _check_owner(by, delivery)
    note(delivery=delivery.number, resource=delivery.resource.code)
    target = rules.check_transition(delivery.state, "cancel", delivery.number)
    if not Delivery.objects.filter(pk=delivery.pk, state=delivery.state).update(state=target):
        raise HouseError(
            "gather.wrong_state",
            Text("批次刚刚开始处理。", "The delivery has just been started."),
            Text("请等它结束。", "Wait for it to end."),
            where=delivery.number,
        )
    delivery.refresh_from_db()
    return delivery


@action(permission="gather.run", event="delivery.retried")
def retry(*, by: Actor, delivery: Delivery) -> Delivery:
    """Queue a failed or cancelled delivery again; it continues where it can."""
    _check_owner(by, delivery)
    note(delivery=delivery.number, resource=delivery.resource.code)
    return _queue_again(delivery)


def _queue_again(delivery: Delivery) -> Delivery:
    delivery.state = rules.check_transition(delivery.state, "retry", delivery.number)
    delivery.error, delivery.phase, delivery.done, delivery.total = {}, "", 0, 0
    delivery.started_at = delivery.finished_at = None
    delivery.save()
    return delivery

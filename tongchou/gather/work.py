"""Taking deliveries through the pipeline: by the worker in the background, or at once by the command line.

Deliveries are their own queue: one is claimed by a compare-and-set on its state, shows its progress and a
heartbeat on its own row, and when its worker is killed the next one finds the heartbeat stale and continues it.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import pipeline, rules
from .actions import deliveries as actions
from .models import Delivery
from .queries import mappings, plan_of
from .sources import Item
from .sources.files.discover import item_of

log = logging.getLogger(__name__)

Report = Callable[[Delivery, pipeline.Progress], None]

#: Least seconds between two writes of a delivery's progress.
REPORT_EVERY_S = 0.5


def claim(delivery: Delivery) -> bool:
    """Take a waiting delivery; False when somebody else did."""
    now = timezone.now()
    taken = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING).update(
        state=Delivery.State.RUNNING, started_at=now, heartbeat_at=now
    )
    if taken:
        delivery.refresh_from_db()
    return bool(taken)


def release_stale() -> int:
    """Queue again the deliveries whose worker was killed; returns how many."""
    before = timezone.now() - dt.timedelta(seconds=rules.STALE_AFTER_S)
    return Delivery.objects.filter(state=Delivery.State.RUNNING, heartbeat_at__lt=before).update(
        state=Delivery.State.WAITING
    )


def next_waiting() -> Delivery | None:
    """The oldest waiting delivery whose resource has no other one running, claimed; None when there is none."""
    busy = Delivery.objects.filter(state=Delivery.State.RUNNING).values("resource")
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).exclude(resource__in=busy)
    for delivery in waiting.order_by("id")[:20]:
        if claim(delivery):
            return delivery
    return None


def _item(delivery: Delivery) -> Item | str:
    """What the pipeline is to load: the source's item by name, or the file that was handed in."""
    if delivery.uploaded_file:
        return item_of(settings.TONGCHOU_DATA / delivery.uploaded_file, delivery.item)
    return delivery.item


def perform(delivery: Delivery, *, by: Actor, report: Report | None = None) -> Delivery:
    """Take a claimed delivery through the pipeline and close it, or enter why it failed."""
    mapping = mappings(resources=[delivery.resource.code]).get()
    last_report = 0.0

    def progress(now: pipeline.Progress) -> None:
        nonlocal last_report
        if report is not None:
            report(delivery, now)
        if time.monotonic() - last_report >= REPORT_EVERY_S:
            last_report = time.monotonic()
            Delivery.objects.filter(pk=delivery.pk).update(
                phase=now.phase, done=now.done, total=now.total, heartbeat_at=timezone.now()
            )

    try:
        outcome = pipeline.run(
            plan=plan_of(mapping),
            connector=mapping.source.connector,
            settings=mapping.source.settings,
            item=_item(delivery),
            data_root=settings.TONGCHOU_DATA,
            delivery=delivery.number,
            delivered_on=delivery.delivered_on,
            progress=progress,
            memory_mb=settings.TONGCHOU_MEMORY_MB,
            threads=settings.TONGCHOU_THREADS,
        )
    except HouseError as error:
        log.warning("delivery %s failed: %s", delivery.number, error.code)
        return actions.fail(by=by, delivery=delivery, error=error)
    return actions.close(by=by, delivery=delivery, outcome=outcome)

"""Taking deliveries through the pipeline: by the worker in the background, or at once by the command line.

Deliveries are their own queue, one at a time for each resource. To claim one is to hold its resource's lock, which
the operating system takes back when the process dies, and then to set its state. So a running delivery whose lock is
free was left by a killed worker, and the next one continues it at once; one whose lock is held is never touched.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool.documents import Taker
from tongchou.pool.engine.locks import Lock, try_lock
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import forgetting, pipeline, standing
from .actions import deliveries as actions
from .models import Delivery
from .phases.resemble import ColumnsMoved
from .queries import mappings, plan_of
from .sources import Item
from .sources.files.discover import item_of
from .sources.items import Beside

log = logging.getLogger(__name__)

Report = Callable[[Delivery, pipeline.Progress], None]

#: Least seconds between two writes of a delivery's progress.
REPORT_EVERY_S = 0.5


#: The locks this process holds, by the key of the claimed delivery; `perform` lets them go.
_held: dict[int, Lock] = {}


def _lock(resource: str) -> Lock | None:
    return try_lock(settings.TONGCHOU_DATA / "locks" / "deliveries" / f"{resource}.lock")


def claim(delivery: Delivery) -> bool:
    """Take a waiting delivery; False when somebody else did, or works on another one of its resource.

    Whoever gets True must `perform` it.
    """
    lock = _lock(delivery.resource.code)
    if lock is None:
        return False
    taken = 0
    try:
        now = timezone.now()
        taken = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING).update(
            state=Delivery.State.RUNNING, started_at=now, heartbeat_at=now
        )
        if taken:
            delivery.refresh_from_db()
            _held[delivery.pk] = lock
    finally:
        if not taken:
            lock.release()
    return bool(taken)


def release_stale() -> int:
    """Queue again the deliveries whose worker was killed; returns how many."""
    released = 0
    running = Delivery.objects.filter(state=Delivery.State.RUNNING)
    for code in sorted(set(running.values_list("resource__code", flat=True))):
        lock = _lock(code)
        if lock is None:
            continue
        try:
            released += running.filter(resource__code=code).update(state=Delivery.State.WAITING)
        finally:
            lock.release()
    return released


def next_waiting() -> Delivery | None:
    """The oldest waiting delivery whose resource has no other one running, claimed; None when there is none."""
    busy = Delivery.objects.filter(state=Delivery.State.RUNNING).values("resource")
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).exclude(resource__in=busy)
    for delivery in waiting.select_related("resource").order_by("id")[:20]:
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
            fixes=lambda: standing.fixes_of(delivery.resource.code),
            released=delivery.is_released,
            forgotten=lambda: forgetting.forgotten_of(delivery.resource),
            taking=taker,
        )
        if outcome.forgotten:
            forgetting.drop_upload(delivery)
        return actions.close(by=by, delivery=delivery, outcome=outcome)
    except ColumnsMoved as error:
        log.warning("delivery %s is held: %s", delivery.number, error.code)
        return actions.hold(by=by, delivery=delivery, error=error)
    except HouseError as error:
        log.warning("delivery %s failed: %s", delivery.number, error.code)
        return actions.fail(by=by, delivery=delivery, error=error)
    except DatabaseError:
        raise  # the queue itself is out of reach: whoever comes next continues this delivery
    except Exception as defect:
        log.error("delivery %s failed unforeseen: %s at %s", delivery.number, *_told(defect))
        return actions.fail(by=by, delivery=delivery, error=_unforeseen(defect, delivery.number))
    finally:
        lock = _held.pop(delivery.pk, None)
        if lock is not None:
            lock.release()


def taker(beside: Beside | None) -> Taker:
    """What takes the files of a delivery into this installation's store of documents."""
    return Taker(settings.TONGCHOU_DATA, beside, settings.TONGCHOU_DOCUMENT_MB * 1024 * 1024)


def _told(defect: Exception) -> tuple[str, str]:
    """What a failure nobody foresaw may say of itself: its kind and place. Its text may quote delivered values."""
    kind = type(defect).__name__
    if isinstance(defect, OSError) and defect.errno:
        kind = f"{kind} {os.strerror(defect.errno)}"
    frames = traceback.extract_tb(defect.__traceback__)
    own = [frame for frame in frames if "tongchou" in Path(frame.filename).parts] or frames
    return kind, f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"


def _unforeseen(defect: Exception, number: str) -> HouseError:
    """The failure as a person is told of it. One bad delivery must not keep the others from being taken in."""
    kind, place = _told(defect)
    return HouseError(
        "gather.unforeseen",
        Text(
            f"入库时出现未预料的错误（{kind}，{place}），没有任何一行入库。",
            f"An error nobody foresaw ({kind} at {place}); no row of it was taken in.",
        ),
        Text(
            "请检查磁盘空间与内存后重试；仍然失败时，请把批次号告诉维护人员。",
            "Check disk space and memory and retry; if it fails again, tell the maintainers the delivery's number.",
        ),
        number,
    )

"""The exchange's background work: exports that wait, files whose days are over, changes to be sent.

An export is claimed as a delivery is (`gather.work`): by its lock, which the operating system takes back when the
process dies, and then by its state. So a running export whose lock is free was left by a killed worker.
"""

from __future__ import annotations

import logging
import shutil
import time
import traceback
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool.engine.locks import Lock, try_lock
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import exporting, pushing
from .actions import batch
from .models import Export

log = logging.getLogger(__name__)

#: Least seconds between two writes of an export's progress, at each of which it may learn that it was cancelled.
REPORT_EVERY_S = 0.5


class Cancelled(Exception):
    """The export was cancelled while it ran."""


def perform_next(*, by: Actor) -> bool:
    """Do one piece of work; False when there is none."""
    _release_stale()
    for export in Export.objects.filter(state=Export.State.WAITING).order_by("pk")[:20]:
        lock = _lock(export.number)
        if lock is None:
            continue
        try:
            if _claimed(export):
                perform(export, by=by)
                return True
        finally:
            lock.release()
    return expire_next(by=by)


def push(*, by: Actor) -> int:
    """Send the changes that are due; returns the attempts."""
    return pushing.push_due(by=by)


def run_all(*, by: Actor) -> int:
    """Do everything that waits now; returns how many pieces."""
    done = 0
    while perform_next(by=by):
        done += 1
    return done


def perform(export: Export, *, by: Actor) -> Export:
    """Make the file of a claimed export and close it, or enter why it failed."""
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last < REPORT_EVERY_S and done not in (0, total):
            return
        last = time.monotonic()
        still = Export.objects.filter(pk=export.pk, state=Export.State.RUNNING)
        if not still.update(done=done, total=total, heartbeat_at=timezone.now()):
            raise Cancelled

    try:
        return batch.finish(by=by, export=export, made=exporting.make(export, report))
    except Cancelled:
        shutil.rmtree(exporting.folder_of(export.number), ignore_errors=True)
        export.refresh_from_db()
        return export
    except HouseError as error:
        log.warning("export %s failed: %s", export.number, error.code)
        return batch.fail(by=by, export=export, error=error)
    except DatabaseError:
        raise  # the queue itself is out of reach: whoever comes next continues
    except Exception as defect:
        kind, place = _told(defect)
        log.error("export %s failed unforeseen: %s at %s", export.number, kind, place)
        return batch.fail(by=by, export=export, error=_unforeseen(kind, place, export.number))


def expire_next(*, by: Actor) -> bool:
    """Delete one file whose days are over; False when there is none."""
    over = Export.objects.filter(state=Export.State.DONE, kept_until__lt=timezone.localdate()).first()
    if over is None:
        return False
    batch.expire(by=by, export=over)
    return True


def _lock(number: str) -> Lock | None:
    return try_lock(settings.TONGCHOU_DATA / "locks" / "exports" / f"{number}.lock")


def _claimed(export: Export) -> bool:
    now = timezone.now()
    taken = Export.objects.filter(pk=export.pk, state=Export.State.WAITING).update(
        state=Export.State.RUNNING, started_at=now, heartbeat_at=now
    )
    if taken:
        export.refresh_from_db()
    return bool(taken)


def _release_stale() -> None:
    """Queue again the exports whose worker was killed."""
    for export in Export.objects.filter(state=Export.State.RUNNING):
        lock = _lock(export.number)
        if lock is None:
            continue
        try:
            Export.objects.filter(pk=export.pk, state=Export.State.RUNNING).update(state=Export.State.WAITING)
        finally:
            lock.release()


def _told(defect: Exception) -> tuple[str, str]:
    """What a failure nobody foresaw may say of itself: its kind and place. Its text may quote values."""
    frames = traceback.extract_tb(defect.__traceback__)
    own = [frame for frame in frames if "tongchou" in Path(frame.filename).parts] or frames
    return type(defect).__name__, f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"


def _unforeseen(kind: str, place: str, number: str) -> HouseError:
    return HouseError(
        "exchange.export_unforeseen",
        Text(
            f"导出时出现未预料的错误（{kind}，{place}），没有生成文件。",
            f"An error nobody foresaw ({kind} at {place}); no file was made.",
        ),
        Text(
            "请检查磁盘空间后重试；仍然失败时，请把导出号告诉维护人员。",
            "Check disk space and retry; if it fails again, tell the maintainers the export's number.",
        ),
        number,
    )

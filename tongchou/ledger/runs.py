"""Verifications asked for on screen: performed by the worker, with progress, their reports kept."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from tongchou.standards.errors import HouseError

from .models import Verification
from .sequencer import alias
from .verification import verify

log = logging.getLogger(__name__)

REPORT_EVERY_S = 0.5
LOST_AFTER_S = 120
"""A running verification that has said nothing for so long was left by a killed worker, and begins again."""


def perform_next() -> bool:
    """Perform the oldest verification that waits; False when there is none."""
    run = _claim()
    if run is None:
        return False
    perform(run)
    return True


def _claim() -> Verification | None:
    now = timezone.now()
    lost = Q(state=Verification.State.RUNNING, heartbeat_at__lt=now - timedelta(seconds=LOST_AFTER_S))
    waiting = Verification.objects.using(alias()).filter(Q(state=Verification.State.WAITING) | lost)
    for run in waiting.order_by("pk")[:5]:
        mine = Verification.objects.using(alias()).filter(pk=run.pk, heartbeat_at=run.heartbeat_at)
        if mine.update(state=Verification.State.RUNNING, started_at=now, heartbeat_at=now, done=0):
            run.refresh_from_db()
            return run
    return None


def perform(run: Verification) -> Verification:
    """Verify the whole ledger for `run`, at once, and keep the report with it."""
    rows = Verification.objects.using(alias()).filter(pk=run.pk)
    if run.state == Verification.State.WAITING:
        now = timezone.now()
        rows.update(state=Verification.State.RUNNING, started_at=now, heartbeat_at=now)
    said_at = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > REPORT_EVERY_S:
            said_at = time.monotonic()
            rows.update(done=done, total=total, heartbeat_at=timezone.now())

    try:
        report = verify(progress=progress)
    except HouseError as refusal:
        rows.update(state=Verification.State.FAILED, error=refusal.code, ended_at=timezone.now())
    except Exception as defect:
        rows.update(
            state=Verification.State.FAILED, error=type(defect).__name__[:100], ended_at=timezone.now()
        )
        log.error("verification %s failed with %s", run.pk, type(defect).__name__)
    else:
        rows.update(
            state=Verification.State.DONE,
            report=report.as_json(),
            done=report.entries,
            total=report.entries,
            ended_at=timezone.now(),
        )
    run.refresh_from_db()
    return run

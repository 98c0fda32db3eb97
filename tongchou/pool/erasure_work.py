"""Carrying erasures out: step after step, each noted when it is done, so that whoever comes after a kill goes on.

One erasure at a time. A step that finds what it needs in use leaves it, and is tried again later.
"""

from __future__ import annotations

import logging

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import erasing, holding, retention, targets
from .actions import erasures as actions
from .engine.locks import try_lock
from .folders import data_root
from .models import Erasure

log = logging.getLogger(__name__)


def perform_next(*, by: Actor) -> bool:
    """Carry out the erasure that waits longest, or look whether records are over their time; False when neither is due."""
    for erasure in Erasure.objects.filter(state=Erasure.State.RUNNING).order_by("pk"):
        if perform(erasure, by=by):
            return True
    return retention.look_next(by=by, today=timezone.localdate())


def perform(erasure: Erasure, *, by: Actor) -> bool:
    """Carry out one erasure that was agreed to, or what is left of it; False when something it needs is in use."""
    lock = try_lock(data_root() / "locks" / "erasing.lock")
    if lock is None:
        return False
    try:
        erasure.refresh_from_db()
        return erasure.state == Erasure.State.RUNNING and _walk(erasure, by)
    except HouseError as error:
        log.warning("erasure %s waits: %s", erasure.number, error.code)
        Erasure.objects.filter(pk=erasure.pk).update(waits_for=error.code[:60])
        return False
    finally:
        lock.release()


def _walk(erasure: Erasure, by: Actor) -> bool:
    target = targets.target_of(erasure)
    if not erasure.steps and (hold := holding.on(target.ids, target.resources).first()):
        # Nothing is gone yet: a hold that came between the decision and now still counts.
        actions.hold(by=by, erasure=erasure, legal_hold=hold.number)
        return True
    for step in erasing.steps():
        if step.name in erasure.steps:
            continue
        removed = step.carry_out(target)
        erasure.steps = {**erasure.steps, step.name: removed}
        Erasure.objects.filter(pk=erasure.pk).update(steps=erasure.steps, waits_for="")
    actions.close(by=by, erasure=erasure)
    return True

"""Link runs that wait, done by the worker one after the other."""

from __future__ import annotations

import logging

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from .linking import bury_dead, perform
from .models import LinkRun

log = logging.getLogger(__name__)


def perform_next(*, by: Actor) -> bool:
    """Do the run that has waited longest; False when none waits. A run that fails says so itself."""
    bury_dead()
    run = LinkRun.objects.filter(state=LinkRun.State.WAITING).order_by("started_at").first()
    if run is None:
        return False
    try:
        perform(by=by, run=run)
    except HouseError as error:
        log.warning("link run %s failed: %s", run.pk, error.code)
        return error.code != "pool.linking_already"  # somebody else does it: do not ask again at once
    return True

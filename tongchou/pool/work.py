"""Link runs the worker does, one after the other: those that were asked for, and those that judgements call for."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import links
from .actions.linkage import request_link
from .linking import bury_dead, judgements_in_force, perform
from .models import LinkRun, Population
from .rules import judgements_are_due

log = logging.getLogger(__name__)


def perform_next(*, by: Actor, now: datetime | None = None) -> bool:
    """Do the run that has waited longest, or one that judgements call for; False when there is none.

    A run that fails says so itself. now: the instant taken for now; None for the clock.
    """
    bury_dead()
    run = LinkRun.objects.filter(state=LinkRun.State.WAITING).order_by("started_at").first()
    try:
        run = run or _called_for(by, now or timezone.now())
        if run is None:
            return False
        perform(by=by, run=run)
    except HouseError as error:
        log.warning("a link run failed: %s", error.code)
        return error.code != "pool.linking_already"  # somebody else does it: do not ask again at once
    return True


def _called_for(by: Actor, now: datetime) -> LinkRun | None:
    """A run for the first population whose links do not yet say what stewards have judged; None when all do."""
    for population in Population.objects.all():
        version, last = links.current(population.code), population.runs.first()
        if version is None or last is None or last.is_open:
            continue
        changed = [
            instant
            for pair in population.judgements.values_list("judged_at", "withdrawn_at")
            for instant in pair
            if instant and instant > last.started_at
        ]
        if judgements_are_due(changed, now) and version.facts.get("judgements") != judgements_in_force(
            population
        ):
            return request_link(by=by, population=population)
    return None

"""What the worker does for the pool, one after the other: link runs that were asked for or that judgements call for, and
quality samples that wait to be drawn."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import links
from .actions.linkage import request_link
from .actions.quality import close_sample
from .linking import bury_dead, judgements_in_force, perform
from .models import LinkRun, Population, ReviewSample
from .quality import sampling
from .rules import judgements_are_due

log = logging.getLogger(__name__)


def perform_next(*, by: Actor, now: datetime | None = None) -> bool:
    """Do the run that has waited longest, or one that judgements call for, or draw a sample; False when there is none.

    A run that fails says so itself. now: the instant taken for now; None for the clock.
    """
    bury_dead()
    run = LinkRun.objects.filter(state=LinkRun.State.WAITING).order_by("started_at").first()
    try:
        run = run or _called_for(by, now or timezone.now())
        if run is None:
            return draw_next(by=by)
        perform(by=by, run=run)
    except HouseError as error:
        log.warning("a link run failed: %s", error.code)
        return error.code != "pool.linking_already"  # somebody else does it: do not ask again at once
    return True


def draw_next(*, by: Actor) -> bool:
    """Draw the quality sample that has waited longest; False when there is none. One that fails says so itself."""
    sample = ReviewSample.objects.filter(state=ReviewSample.State.WAITING).order_by("requested_at").first()
    if sample is None:
        return False
    try:
        drawn, version, groups = sampling.draw_from(sample)
        close_sample(by=by, sample=sample, drawn=drawn, version=version, groups=groups)
    except HouseError as refusal:
        log.warning("a sample could not be drawn: %s", refusal.code)
        told = {"code": refusal.code, "zh": refusal.what.zh, "en": refusal.what.en}
        ReviewSample.objects.filter(pk=sample.pk).update(state=ReviewSample.State.FAILED, error=told)
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

"""The worker's part of corrections: append the value, bring the subject's document up, ask for linking where it matters.

Each step is noted when it is done, so that whoever comes after a kill goes on with the next one.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool.actions.linkage import request_link
from tongchou.pool.models import Population
from tongchou.pool.plans import feeds_of
from tongchou.pool.serving.records import serve_new_versions
from tongchou.standards.errors import HouseError

from . import capturing
from .actions.corrections import close_entry
from .models import StandingCorrection
from .queries import mappings, plan_of
from .standing import State, fix_of

log = logging.getLogger(__name__)

#: Another process holds what is needed; nothing is wrong, it is tried again.
_BUSY = ("gather.resource_busy", "pool.linking_already")


def perform_next(*, by: Actor) -> bool:
    """Do the next step of the correction that has waited longest; False when none waits or what it needs is busy."""
    waiting = StandingCorrection.objects.filter(state__in=(State.WAITING, State.UNDOING))
    unserved = StandingCorrection.objects.filter(
        Q(state=State.STANDING) | Q(state=State.UNDONE, entered_at__isnull=False), served_at__isnull=True
    )
    for standing in [*waiting.order_by("pk")[:20], *unserved.order_by("pk")[:20]]:
        try:
            if standing.state in (State.WAITING, State.UNDOING):
                _enter(by, standing)
            _serve(by, standing)
        except HouseError as error:
            log.warning("correction %s waits: %s", standing.number, error.code)
            if error.code not in _BUSY:
                StandingCorrection.objects.filter(pk=standing.pk).update(error=error.code[:60])
            continue
        return True
    return False


def _enter(by: Actor, standing: StandingCorrection) -> None:
    mapping = mappings(resources=[standing.resource.code]).first()
    undo = standing.state == State.UNDOING
    if mapping is None:
        close_entry(by=by, standing=standing, entered=capturing.Entered("gone", None))
        return
    entered = capturing.enter(plan_of(mapping), fix_of(standing), data_root=settings.TONGCHOU_DATA, undo=undo)
    close_entry(by=by, standing=standing, entered=entered)


def _serve(by: Actor, standing: StandingCorrection) -> None:
    """The document of the record's subject; the links too, when the field says who the subject is."""
    population = Population.objects.filter(code=standing.resource.population).first()
    if population is not None and standing.state in (State.STANDING, State.UNDONE):
        serve_new_versions(population)
        feed = next(
            (each for each in feeds_of(population.code) if each.resource == standing.resource.code), None
        )
        field = feed.field_named(standing.field) if feed else None
        if field is not None and field.attribute:
            try:
                request_link(by=by, population=population)
            except HouseError as error:
                if error.code != "pool.linking_already":  # one that waits takes this in, too
                    raise
    standing.served_at = timezone.now()
    standing.save(update_fields=["served_at"])

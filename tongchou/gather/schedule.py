"""Which resources are due: those whose cycle has passed since their last delivery are looked for again."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import opening
from .actions import deliveries as actions
from .models import Mapping
from .queries import mappings

log = logging.getLogger(__name__)

#: How long after the last look a resource of each cycle is looked for again.
CYCLES: dict[str, dt.timedelta | None] = {
    "realtime": dt.timedelta(minutes=1),
    "daily": dt.timedelta(days=1),
    "weekly": dt.timedelta(days=7),
    "monthly": dt.timedelta(days=30),
    "quarterly": dt.timedelta(days=91),
    "yearly": dt.timedelta(days=365),
    "once": None,
}


def due(*, now: dt.datetime) -> list[Mapping]:
    """Mappings with a past delivery whose cycle has gone by. The first delivery is always started by somebody."""
    found = []
    for mapping in mappings():
        every = CYCLES[mapping.resource.cycle]
        last = mapping.resource.deliveries.order_by("-requested_at").first()
        looked = max(filter(None, [mapping.looked_at, last.requested_at if last else None]), default=None)
        if every is not None and looked is not None and last is not None and now - looked >= every:
            found.append(mapping)
    return found


def open_due(*, by: Actor) -> int:
    """Look for new items of every resource that is due and open their deliveries; returns how many were opened."""
    opened = 0
    for mapping in due(now=timezone.now()):
        mapping.looked_at = timezone.now()
        mapping.save(update_fields=["looked_at"])
        try:
            items = opening.find_items(mapping)
        except HouseError as error:
            log.warning("resource %s cannot be looked for: %s", mapping.resource.code, error.code)
            continue
        opened += len(actions.receive(by=by, mapping=mapping, items=items))
    return opened

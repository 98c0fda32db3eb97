"""Grants whose last day is past, closed by the worker."""

from __future__ import annotations

import contextlib

from tongchou.accounts.actor import Actor
from tongchou.standards.cleaning import today_in_china
from tongchou.standards.errors import HouseError

from .actions.grants import expire
from .models import Grant


def expire_due(*, by: Actor) -> int:
    """Close the grants whose last day is past; how many. They were of no use since; now they say so, on record."""
    due = Grant.objects.filter(
        state__in=(Grant.State.LIVE, Grant.State.SUSPENDED), until__lt=today_in_china()
    ).select_related("organisation", "role", "resource__organisation")
    count = 0
    for grant in due.iterator():
        with contextlib.suppress(HouseError):  # withdrawn, or expired by another worker, this very moment
            expire(by=by, grant=grant)
            count += 1
    return count

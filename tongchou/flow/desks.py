"""The flows' card on the desks: what waits for me, nearest to its limit first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongchou.accounts.access import actor_of
from tongchou.standards.text import Text
from tongchou.web import desks

from . import pages, queries

_SHOWN = 8
DESKS = ("steward", "officer", "reviewer", "seat", "handler", "command", "auditor")


def _waiting(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    waiting = queries.waiting_for(actor_of(request))
    shown = [(one, queries.time_left(one, now), pages.page_of(one)) for one in waiting[:_SHOWN]]
    late = sum(1 for one in waiting if one.due_at is not None and one.due_at <= now)
    return {"waiting": shown, "waiting_count": len(waiting), "late_count": late}


def register() -> None:
    """Put the card on the desks; called once at start."""
    for desk in DESKS:
        desks.register(
            desk,
            desks.DeskCard(
                Text("等我办理", "Waiting for me"), "flow/cards/waiting.html", _waiting, order=5, wide=True,
                icon="checklist",
            ),
        )  # fmt: skip

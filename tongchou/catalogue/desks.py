"""The catalogue's cards on the desks: the officer's own lists, and what the bureau should settle."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongchou.accounts.access import actor_of
from tongchou.standards.text import Text
from tongchou.web import desks

from .models import Need, Registration, Resource
from .queries import lists, offers

_SHOWN = 5


def _own(request: HttpRequest) -> dict[str, Any]:
    mine = actor_of(request).organisation
    drafts = Registration.objects.filter(organisation__code=mine, state=Registration.State.DRAFT)
    duties = lists.duties(organisation=mine)
    return {
        "drafts": drafts[:_SHOWN],
        "lacking": sum(bool(row.lacks) for row in lists.held(organisation=mine)),
        "conflicts": sum(one.state == "conflict" for one in duties),
        "open_needs": Need.objects.filter(organisation__code=mine, state=Need.State.OPEN).count(),
        "offers": offers.offers(mine)[:_SHOWN],
        "mine": mine,
    }


def _bureau(request: HttpRequest) -> dict[str, Any]:
    duties = lists.duties()
    return {
        "conflicts": sum(one.state == "conflict" for one in duties),
        "gaps": sum(one.state in ("gap", "broken") for one in duties),
        "open_needs": Need.objects.filter(state=Need.State.OPEN).count(),
        "lacking": sum(bool(row.lacks) for row in lists.held(state=Resource.State.PUBLISHED)),
    }


def register() -> None:
    """Put the cards on the desks; called once at start."""
    card = desks.DeskCard
    desks.register("officer", card(Text("我的清单", "My lists"), "catalogue/cards/own.html", _own, order=25))
    desks.register(
        "steward",
        card(Text("目录与清单", "Catalogue and lists"), "catalogue/cards/bureau.html", _bureau, order=45),
    )

"""What every page knows: navigation for the current role, who is signed in, the languages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from . import navigation

#: Pages that belong to a place of the navigation although their address lies elsewhere.
ENTERED_FROM = {"/dossiers/": "/search/"}
#: So many places need no headings.
FEW_PLACES = 7
#: Places in the phone's bottom bar, at most.
BAR_PLACES = 5


def layout(request: HttpRequest) -> dict[str, Any]:
    """Context of the layouts."""
    actor = getattr(request, "actor", None)
    places: list[dict[str, Any]] = []
    if actor is not None:
        for entry in navigation.entries():
            if entry.permission is None or actor.may(entry.permission):
                url = reverse(entry.url_name)
                places.append({"label": entry.label, "icon": entry.icon, "url": url, "group": entry.group})
        path = request.path
        for root, shown_as in ENTERED_FROM.items():
            if path.startswith(root):
                path = shown_as
        best = max(
            (p["url"] for p in places if path == p["url"] or (p["url"] != "/" and path.startswith(p["url"]))),
            key=len,
            default="",
        )
        for before, place in zip([None, *places], places, strict=False):
            place["current"] = place["url"] == best
            begins = len(places) > FEW_PLACES and (before is None or before["group"] != place["group"])
            place["heading"] = (
                navigation.GROUPS[place["group"]] if begins and place["group"] != "own" else None
            )
    return {
        "actor": actor,
        # Under one name, so that a view's own `places` or `bar` cannot empty the navigation.
        "shell": {
            "places": places,
            "bar": places if len(places) <= BAR_PLACES else places[: BAR_PLACES - 1],
            "more_in_bar": len(places) > BAR_PLACES,
        },
        "languages": settings.LANGUAGES,
        "memberships": getattr(request, "memberships", []),
        "current_membership": getattr(request, "membership", None),
    }

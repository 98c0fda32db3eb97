"""This room's card on the administrator's desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongchou.standards.text import Text
from tongchou.web import desks

from .models import Organisation, SignIn, User


def _people(request: HttpRequest) -> dict[str, Any]:
    active = User.objects.filter(is_active=True)
    return {
        "people": active.count(),
        "locked": active.filter(locked_until__gt=timezone.now()).count(),
        "one_factor": active.filter(totp_secret="").count(),
        "organisations": Organisation.objects.filter(active=True).count(),
        "without_role": active.exclude(memberships__active=True).count(),
        "recent": SignIn.objects.select_related("user").order_by("-at")[:8],
    }


def register() -> None:
    """Put the cards on the desk; called once at start."""
    desks.register(
        "administrator",
        desks.DeskCard(
            Text("人员与机构", "People"), "accounts/cards/people.html", _people, 1, wide=True, bare=True
        ),
    )
    desks.register(
        "administrator",
        desks.DeskCard(
            Text("最近登录", "Latest sign-ins"),
            "accounts/cards/sign_ins.html",
            _people,
            10,
            wide=True,
            icon="door-enter",
        ),
    )

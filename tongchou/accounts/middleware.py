"""Who is asking: the actor of each request, and the refusal of views that do not say who may call them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from . import queries
from .access import Access
from .models import User
from .rules import IDLE_S

Answer = Callable[[HttpRequest], HttpResponse]

#: A session's last sign of life is written at most this often, in seconds.
SEEN_EVERY_S = 60
#: Where somebody who must change their password may still go.
OPEN_WHILE_CHANGING = {"accounts:password", "accounts:sign_out", "set_language"}


class ActorMiddleware:
    """Sets request.actor, request.membership and request.memberships for those signed in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = request.membership = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]
        user = request.user
        if isinstance(user, User):
            now = time.time()
            seen = request.session.get("seen", now)
            if now - seen > IDLE_S:
                logout(request)
            else:
                if now - seen > SEEN_EVERY_S or "seen" not in request.session:
                    request.session["seen"] = now
                self._act(request, user)
        return self.get_response(request)

    def _act(self, request: HttpRequest, user: User) -> None:
        memberships = queries.memberships_of(user)
        if not memberships:  # whose last role was taken back has nothing to come here for
            logout(request)
            return
        wanted = request.session.get("membership")
        membership = next((one for one in memberships if one.pk == wanted), memberships[0])
        membership.user = user
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.actor = queries.actor_of(membership)  # type: ignore[attr-defined]

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a view without a declaration; send those with a first password to change it."""
        if not isinstance(getattr(view, "access", None), Access):
            raise ImproperlyConfigured(f"{view.__module__}.{view.__qualname__} does not declare its access")
        match = request.resolver_match
        name = match.view_name if match else ""
        user = request.user
        if isinstance(user, User) and user.must_change_password and name not in OPEN_WHILE_CHANGING:
            return HttpResponseRedirect(reverse("accounts:password"))
        return None

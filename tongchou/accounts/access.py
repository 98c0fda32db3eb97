"""Every view says who may call it, with one of three decorators; a house test asks every route.

`@public` anyone, `@signed_in` anyone with an account, `@requires("permission")` those whose current role holds
it. A view without one of them cannot be reached: `ActorMiddleware` refuses it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from .actor import Actor, require

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Access:
    """What a view declares: kind is "public", "signed_in" or "requires"; permission goes with the last."""

    kind: str
    permission: str | None = None


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request that passed `signed_in` or `requires`."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise RuntimeError("no actor: the view does not declare signed_in or requires")
    return actor


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    query = urlencode({"next": request.get_full_path()})
    target = f"{reverse('accounts:sign_in')}?{query}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def public(view: View) -> View:
    """Anyone may call it."""
    view.access = Access("public")  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anyone with an account may call it."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "actor", None) is None:
            return _to_sign_in(request)
        return view(request, *args, **kwargs)

    guarded.access = Access("signed_in")  # type: ignore[attr-defined]
    return guarded


def requires(permission: str) -> Callable[[View], View]:
    """Those whose current role holds `permission` may call it; others are refused with status 403."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if actor is None:
                return _to_sign_in(request)
            require(actor, permission)
            return view(request, *args, **kwargs)

        guarded.access = Access("requires", permission)  # type: ignore[attr-defined]
        return guarded

    return decorate

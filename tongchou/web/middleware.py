"""What every answer passes: the content policy, and expected errors told in place."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language

from tongchou.standards.errors import HouseError

log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

#: Nothing is loaded from, or sent to, any other host; no inline script or style sheet counts. Styles may stand in
#: attributes, because charts and maps place their parts that way.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
)


class LanguageMiddleware(LocaleMiddleware):
    """The language of an answer: what the visitor chose (the cookie), else what the installation says.

    The browser's own wish counts where TONGCHOU_LANGUAGE is "auto", and always for the interface, whose callers have
    no page on which to choose.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Speak that language until the answer is out."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = settings.LANGUAGE_CODE
        if chosen in dict(settings.LANGUAGES):
            language = chosen
        elif settings.TONGCHOU_LANGUAGE == "auto" or request.path_info.startswith("/api/"):
            language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


class ContentSecurityMiddleware:
    """Sends the content policy, and forbids caches to keep pages that only some may see."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def status_of(error: HouseError) -> int:
    """The HTTP status of an expected error, by its code."""
    code = error.code
    if code in ("accounts.not_allowed", "gather.not_yours") or code.startswith(
        ("exchange.refused", "flow.refused")
    ):
        return 403
    if code.endswith("moved_on"):
        return 409
    if code.endswith(("no_such", "no_delivery", "no_such_row", "not_found", "no_subject")):
        return 404
    if code == "accounts.token_refused":
        return 401
    if code.endswith("unavailable"):
        return 503
    if code.endswith(("locked", "too_many")):
        return 429
    return 400


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: by path, or because it accepts no HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "html" not in accept)


class HouseErrorMiddleware:
    """Turns expected errors into a page, a fragment or a problem document; unexpected ones get a reference number."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for an exception that a view raised; None leaves it to Django (404 and its like)."""
        language = get_language() or "zh"
        if isinstance(error, HouseError):
            status = status_of(error)
            if wants_json(request):
                problem = error.as_problem(language, status)
                return JsonResponse(problem, status=status, content_type="application/problem+json")
            template = "web/error_fragment.html" if request.headers.get("HX-Request") else "web/error.html"
            context = {"error": error, "status": status, "back": request.headers.get("Referer", "")}
            return render(request, template, context, status=status)
        if getattr(error, "status_code", None) or type(error).__name__ in ("Http404", "PermissionDenied"):
            return None
        reference = secrets.token_hex(4)
        log.error(
            "unexpected %s at %s, reference %s",
            type(error).__name__,
            request.resolver_match,
            reference,
            exc_info=_where(error),
        )
        if wants_json(request):
            return JsonResponse(
                {
                    "type": "urn:tongchou:error:unexpected",
                    "title": "Unexpected error",
                    "status": 500,
                    "reference": reference,
                },
                status=500,
                content_type="application/problem+json",
            )
        return render(request, "web/unexpected.html", {"reference": reference}, status=500)


class Withheld(Exception):
    """Stands in a log for an exception whose own text may hold a personal value."""


def _where(error: Exception) -> Withheld:
    """The traceback of an exception under its type's name, without its text."""
    return Withheld(type(error).__name__).with_traceback(error.__traceback__)

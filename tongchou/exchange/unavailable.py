"""When the database cannot be reached or written: said clearly, and nothing is answered.

A full disk or a database server that is gone shows in any statement, often before the ledger is asked. Whatever
fails so, a page or an interface, is answered with status 503 and what to do, and never with data.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.defaults import server_error

from tongchou.accounts.access import public
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.web.middleware import wants_json

log = logging.getLogger(__name__)

UNAVAILABLE = HouseError(
    "exchange.database_unavailable",
    Text(
        "数据库暂时无法读写，本次操作未执行，也未返回任何数据。",
        "The database cannot be read or written, so nothing was done and nothing was answered.",
    ),
    Text(
        "请稍后重试；若持续出现，请管理员检查数据库服务与磁盘空间。",
        "Try again in a moment; if it persists, have the database server and the disk checked.",
    ),
)


def is_unavailable(error: BaseException | None) -> bool:
    """Whether an error says that the database is away or full, not that a statement is wrong."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # SQLite says so of a statement that is wrong; that is a defect, and told as one.
    return not str(error).startswith(("no such", "near ", "table ", "duplicate "))


def answer(request: HttpRequest) -> HttpResponse:
    """The answer, without asking the database for anything."""
    language = get_language() or "zh"
    if wants_json(request):
        problem = UNAVAILABLE.as_problem(language, 503)
        return JsonResponse(problem, status=503, content_type="application/problem+json")
    page = render_to_string("exchange/unavailable.html", {"error": UNAVAILABLE, "path": request.path})
    return HttpResponse(page, status=503)


class UnavailableMiddleware:
    """Answers for a view that met such an error; stands last, so that it is asked first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The clear answer, or None for other errors."""
        if not is_unavailable(error):
            return None
        log.error("the database is not available: %s at %s", type(error).__name__, request.resolver_match)
        return answer(request)


@public
def defect(request: HttpRequest) -> HttpResponse:
    """What is answered when an error arises outside views, in sessions for one (`handler500`)."""
    return answer(request) if is_unavailable(sys.exc_info()[1]) else server_error(request)

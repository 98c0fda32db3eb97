"""Whether the server can answer."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from tongchou import __version__


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the control database answers, 503 when not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"state": "database unavailable", "version": __version__}, status=503)
    return JsonResponse({"state": "ok", "version": __version__})

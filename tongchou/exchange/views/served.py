"""Handing over a document: bytes that somebody else made, which nothing in the reader's browser may run."""

from __future__ import annotations

from django.http import HttpResponse

from ..dossiers import Opened

#: Not one thing in it may be loaded, run or sent, and it is of no origin.
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


def document(found: Opened) -> HttpResponse:
    """The document with headers that keep it from being taken for anything else, cached, framed or named."""
    answer = HttpResponse(found.data, content_type=found.media_type)
    place = "inline" if found.inline else "attachment"
    answer.headers["Content-Disposition"] = f'{place}; filename="{found.name}"'
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Tongchou-Receipt"] = str(found.receipt)
    return answer

"""What the parts of the interface for programs share: words, problems, who calls."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from tongchou.accounts.actor import Actor


class Told(Schema):
    """A word or sentence in both languages."""

    zh: str
    en: str


class Problem(Schema):
    """RFC 9457."""

    type: str
    title: str
    detail: str
    status: int
    code: str
    where: str = ""


#: What every operation may answer besides its own.
ERRORS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 422, 503), Problem)


def caller(request: HttpRequest) -> Actor:
    """Who calls; the interface has checked the token or the session."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor

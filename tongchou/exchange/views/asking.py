"""What the reading screens share: the purpose of this session of work, and the day asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from ..models import Purpose
from ..queries import grants

_PURPOSE, _CASE = "purpose", "case_ref"


@dataclass(frozen=True)
class Asking:
    """Why somebody is reading: asked once per session of work, said in every trace."""

    purpose: str
    case_ref: str

    @property
    def title(self) -> Purpose | None:
        """The purpose itself, for its name."""
        return Purpose.objects.filter(code=self.purpose).first()


def asking_of(request: HttpRequest) -> Asking:
    """The session's purpose and case; empty before they are given."""
    return Asking(request.session.get(_PURPOSE, ""), request.session.get(_CASE, ""))


def remember(request: HttpRequest, purpose: str, case_ref: str) -> Asking:
    """Keep the purpose and the case for the session. A case reference that may not be recorded is refused."""
    from ..rules import check_case_reference

    request.session[_PURPOSE], request.session[_CASE] = purpose, check_case_reference(case_ref)
    return asking_of(request)


def context(request: HttpRequest) -> dict[str, Any]:
    """What the purpose line of a screen shows."""
    by = request.actor  # type: ignore[attr-defined]
    return {"asking": asking_of(request), "purposes": grants.purposes_of(by, timezone.localdate())}


def day(text: str) -> date | None:
    """A day from a query string; None when empty or no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None

"""What the reading screens share: the purpose of this session of work, and the day asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from .. import cases, errors
from ..models import Case, Purpose
from ..queries import cases as queries
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


def case_for(request: HttpRequest, why: Asking, subject_id: str) -> Asking:
    """The reason with a case that fits the subject: the one said, or the actor's own live one about this subject.

    A case is about one subject; whoever serves the next person need not type its number again. What was said that is
    no case of ours (a number of another system) stays.
    """
    by = request.actor  # type: ignore[attr-defined]
    if cases.live_case(by=by, subject_id=subject_id, case_ref=why.case_ref):
        return why
    other = why.case_ref and not Case.objects.filter(ref=why.case_ref).exists()
    mine = [each for each in queries.live_about(by, subject_id) if each.opened_by == by.username]
    if other or not mine:
        return why
    return Asking(why.purpose, mine[0].ref)


def case_context(request: HttpRequest, subject_id: str, refusal: errors.Refused) -> dict[str, Any]:
    """What the page shows that asks for a case: the live ones about the subject, and the kinds that may be opened."""
    by = request.actor  # type: ignore[attr-defined]
    return {
        **context(request), "error": refusal, "subject_id": subject_id, "status": 403,
        "open_cases": [(each, cases.title_of(each.kind)) for each in queries.live_about(by, subject_id)],
        "kinds": cases.kinds_for(by),
    }  # fmt: skip


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

"""Whether a use under grants that demand a case names a live one about its subject."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.text import Text

from .errors import Refused
from .models import Case
from .rules import Terms


def check_case(terms: Terms | Iterable[Terms], *, by: Actor, subject_id: str, case_ref: str) -> None:
    """Pass when none of the grants demands a case, or `case_ref` is a live one of `by`'s organisation about the subject.

    Raises Refused "exchange.refused.case_needed".
    """
    held = [terms] if isinstance(terms, Terms) else list(terms)
    if not any(each.needs_case for each in held):
        return
    live = Case.objects.filter(
        ref=case_ref, organisation__code=by.organisation, subject_id=subject_id, state=Case.State.OPEN,
        until__gte=timezone.localdate(),
    )  # fmt: skip
    if not case_ref or not live.exists():
        raise Refused(
            "exchange.refused.case_needed",
            Text("授权要求使用时有事由。", "The grant demands a case."),
            Text("请先登记关于该主体的事由，再注明事由号。", "Open a case about the subject and name it."),
            ", ".join(sorted({each.resource for each in held if each.needs_case})),
        )

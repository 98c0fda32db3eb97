"""On what grounds a system reads: its purpose, and the case where a grant demands one. Shared by the forms of use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tongchou.accounts.actor import Actor

from . import cases, errors, rules
from .asks import Call, Reading
from .rulebook import Rulebook
from .rules import Terms
from .tracing import tell


def told_why(book: Rulebook, *, purpose: str, case_ref: str, via: str) -> str:
    """Tell the trace what may be told of a refusal too; returns the case reference.

    Raises Refused (exchange.case_reference, exchange.purpose_missing).
    """
    if via:
        tell(via=via)
    reference = rules.check_case_reference(case_ref)
    if reference:
        tell(case_ref=reference)
    if purpose not in book.purposes:
        raise errors.purpose_missing()
    tell(purpose=purpose)
    return reference


def under_case(
    terms: Collection[Terms], *, by: Actor, document: Mapping[str, Any] | None, case_ref: str
) -> Reading[None]:
    """Ask whether the case is good, where a grant demands one. Raises Refused "exchange.refused.case_needed"."""
    if any(each.needs_case for each in terms):
        subject_id = document["subject_id"] if document else ""
        yield Call(lambda: cases.check_case(terms, by=by, subject_id=subject_id, case_ref=case_ref))

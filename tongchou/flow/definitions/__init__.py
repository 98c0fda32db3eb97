"""A flow's definition as plain values, read from what a pack or the edit page holds. Pure.

`parse` refuses only what has no meaning at all (a list where a mapping must stand, an unknown key, a word where a number
belongs) and tells every such place at once; whether the flow is sound is for `rules.check`.
"""

from __future__ import annotations

from .parsing import parse
from .shape import (
    BUREAU,
    CODE,
    FACT_KINDS,
    LONGEST_TITLE,
    MOST,
    OWNER,
    STARTER,
    UNITS,
    Action,
    Children,
    Definition,
    Escalation,
    Fact,
    Finding,
    Outcome,
    Place,
    Reminder,
    State,
    Unreadable,
)  # fmt: skip

__all__ = [
    "BUREAU", "CODE", "FACT_KINDS", "LONGEST_TITLE", "MOST", "OWNER", "STARTER", "UNITS", "Action", "Children",
    "Definition", "Escalation", "Fact", "Finding", "Outcome", "Place", "Reminder", "State", "Unreadable", "parse",
]  # fmt: skip

"""Tracing a leaked copy: an act of its own, on record with what was found."""

from __future__ import annotations

from pathlib import Path

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor

from .. import leaks


@action(permission="ledger.audit", event="leak.traced")
def trace(*, by: Actor, file: Path) -> leaks.Finding:
    """Whose copy a file is. Raises HouseError "exchange.leak_unreadable"."""
    found = leaks.trace(file)
    note(
        digest=found.digest, rows=found.rows, candidates=found.candidates, places=found.places,
        exports=[each.number for each in found.named], recipients=[each[0] for each in found.recipients],
    )  # fmt: skip
    return found

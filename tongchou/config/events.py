"""What the shell writes to the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

EVENTS = [
    Event("pack.applied", Text("装载数据包", "Pack applied"), ("pack", "created", "updated")),
]

"""What this room writes to the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

EVENTS = [
    Event("resource.changed", Text("修改资源目录", "Resource changed"), ("resource", "changed")),
]

"""What the shell writes to the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

EVENTS = [
    Event("pack.applied", Text("装载数据包", "Pack applied"), ("pack", "created", "updated")),
    Event("house.backup_begun", Text("开始备份", "Backup begun"), ("with_keys",)),
    Event("house.backed_up", Text("完成备份", "Backed up"), ("with_keys", "files", "bytes")),
    Event("house.restored", Text("从备份恢复", "Restored from a backup"), ("made_at", "files", "entries")),
]

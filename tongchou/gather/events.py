"""What this room writes to the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text


def _event(code: str, zh: str, en: str, *keys: str) -> Event:
    return Event(code, Text(zh, en), keys)


EVENTS = [
    _event("delivery.received", "收到批次", "Delivery received", "deliveries", "resources"),
    _event(
        "delivery.closed",
        "批次入库",
        "Delivery closed",
        "delivery",
        "resource",
        "item",
        "rows_read",
        "rows_kept",
        "rows_quarantined",
        "rows_new",
        "rows_changed",
        "rows_unchanged",
        "rows_ended",
    ),
    _event("delivery.failed", "批次失败", "Delivery failed", "delivery", "resource", "error"),
    _event("delivery.held", "批次待确认", "Delivery held", "delivery", "resource", "fields"),
    _event("delivery.released", "批次放行", "Delivery released", "delivery", "resource", "fields"),
    _event("delivery.refused", "批次退回", "Delivery refused", "delivery", "resource", "fields"),
    _event("delivery.cancelled", "批次取消", "Delivery cancelled", "delivery", "resource"),
    _event("delivery.retried", "批次重试", "Delivery retried", "delivery", "resource"),
    _event(
        "quarantine.opened", "查看问题数据", "Quarantined rows opened", "delivery", "resource", "rows", "row"
    ),
    _event(
        "quarantine.exported", "导出问题数据", "Quarantined rows sent back", "delivery", "resource", "rows"
    ),
    _event(
        "capture.accepted",
        "采纳校核值",
        "Corrected value taken on",
        "correction",
        "resource",
        "field",
        "record",
    ),
    _event(
        "capture.entered",
        "校核值入库",
        "Corrected value entered",
        "correction",
        "resource",
        "field",
        "record",
        "state",
        "undone",
    ),
    _event("capture.withdrawn", "撤回校核值", "Corrected value taken back", "correction"),
    _event("file.uploaded", "上传文件", "File uploaded", "resource", "delivery", "item"),
]

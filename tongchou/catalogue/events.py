"""What this room writes to the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_CHANGE = ("resource", "changed", "version", "digest")

EVENTS = [
    Event("resource.changed", Text("修改资源目录", "Resource changed"), _CHANGE),
    Event(
        "resource.registered",
        Text("登记资源", "Resource registered"),
        (*_CHANGE, "registration", "recollected"),
        Text("recollected：已有来源而仍登记的字段。", "recollected: fields registered although a resource provides them."),
    ),
    Event("resource.published", Text("发布资源", "Resource published"), _CHANGE),
    Event("resource.withdrawn", Text("撤下资源", "Resource withdrawn"), _CHANGE),
    Event(
        "form.registered",
        Text("登记采集表", "Form registered"),
        ("form", "fields", "recollected"),
        Text("fields：字段数；recollected：已有来源而仍采集的字段。",
             "fields: how many; recollected: those collected although a resource provides them."),
    ),
    Event("need.stated", Text("提出数据需求", "Need stated"), ("need", "addressed_to")),
    Event("need.changed", Text("修改数据需求", "Need changed"), ("need", "changed", "version")),
    Event("need.answered", Text("答复数据需求", "Need answered"), ("need", "state_before", "state_after", "resource")),
    Event("responsibility.claimed", Text("认领数据责任", "Responsibility claimed"), ("fact", "resource", "owner")),
    Event("responsibility.released", Text("放弃数据责任", "Responsibility released"), ("fact", "owner")),
]  # fmt: skip

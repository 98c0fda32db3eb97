"""The pool's places in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(Text("数据池", "Pool"), "database", "pool:home", "links.review", 30, group="data"),
    NavigationEntry(
        Text("删除与保全", "Erasures"), "trash", "pool:erasures", "erasures.view", 64, group="trust"
    ),
]

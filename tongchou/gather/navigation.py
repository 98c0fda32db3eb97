"""This room's places in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(
        label=Text("数据归集", "Deliveries"),
        icon="truck-delivery",
        url_name="gather:deliveries",
        permission="gather.view",
        order=30,
        group="data",
    ),
    NavigationEntry(
        label=Text("问题数据", "Quarantine"),
        icon="alert-triangle",
        url_name="gather:quarantine",
        permission="gather.view",
        order=31,
        group="data",
    ),
]

"""The flows' place in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(
        Text("流转", "Matters on their way"), "checklist", "flow:instances", "flows.follow", 45, group="work"
    ),
    NavigationEntry(Text("流程", "Flows"), "route", "flow:flows", "flows.view", 70, group="house"),
]

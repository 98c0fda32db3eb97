"""This room's places in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(Text("工作台", "Desk"), "layout-dashboard", "accounts:desk", None, 0),
    NavigationEntry(Text("人员", "People"), "users", "accounts:users", "accounts.manage", 80, group="house"),
    NavigationEntry(
        Text("机构", "Organisations"),
        "sitemap",
        "accounts:organisations",
        "accounts.manage",
        81,
        group="house",
    ),
    NavigationEntry(
        Text("角色权限", "Roles"), "shield-lock", "accounts:roles", "accounts.manage", 82, group="house"
    ),
]

"""This room's places in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(
        label=Text("资源目录", "Catalogue"),
        icon="books",
        url_name="catalogue:resources",
        permission="catalogue.view",
        order=20,
        group="data",
    ),
    NavigationEntry(
        label=Text("核对表单", "Check a form"),
        icon="clipboard-check",
        url_name="catalogue:check_form",
        permission="catalogue.register",
        order=22,
        group="data",
    ),
]

"""The navigation: rooms register their entries; the layout shows those the current role may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongchou.standards.text import Text

#: Headings of the left navigation, in their order; what is one's own stands above without one.
GROUPS: dict[str, Text] = {
    "own": Text("", ""),
    "data": Text("目录与归集", "Catalogue and deliveries"),
    "work": Text("办理", "To handle"),
    "share": Text("共享", "Sharing"),
    "trust": Text("监督", "Oversight"),
    "house": Text("管理", "Administration"),
}


@dataclass(frozen=True)
class NavigationEntry:
    """One place in the left navigation (and, by order, in the phone's bottom bar).

    icon: name of a Tabler icon. url_name: a route without arguments. permission: who sees it; None for anyone
    signed in. order: smaller is higher. group: code of `GROUPS` under whose heading it stands.
    """

    label: Text
    icon: str
    url_name: str
    permission: str | None
    order: int
    group: str = "own"


_entries: list[NavigationEntry] = []


def register(entries: Iterable[NavigationEntry]) -> None:
    """Add a room's entries; called from its AppConfig.ready()."""
    for entry in entries:
        if entry not in _entries:
            _entries.append(entry)


def entries() -> list[NavigationEntry]:
    """All entries, in their order on screen."""
    place = list(GROUPS)
    return sorted(_entries, key=lambda entry: (place.index(entry.group), entry.order, entry.url_name))

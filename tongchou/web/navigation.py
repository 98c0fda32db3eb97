"""The navigation: rooms register their entries; the layout shows those the current role may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongchou.standards.text import Text


@dataclass(frozen=True)
class NavigationEntry:
    """One place in the left navigation (and, by order, in the phone's bottom bar).

    icon: name of a Tabler icon. url_name: a route without arguments. permission: who sees it; None for anyone
    signed in. order: smaller is higher.
    """

    label: Text
    icon: str
    url_name: str
    permission: str | None
    order: int


_entries: list[NavigationEntry] = []


def register(entries: Iterable[NavigationEntry]) -> None:
    """Add a room's entries; called from its AppConfig.ready()."""
    for entry in entries:
        if entry not in _entries:
            _entries.append(entry)


def entries() -> list[NavigationEntry]:
    """All entries, in their order on screen."""
    return sorted(_entries, key=lambda entry: (entry.order, entry.url_name))

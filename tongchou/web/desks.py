"""The desks (工作台): what each role sees first. Rooms register cards; a desk without cards says what will be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from tongchou.standards import hooks
from tongchou.standards.text import Text


@dataclass(frozen=True)
class DeskCard:
    """One card of a desk. context(request) gives the template's values; order: smaller is first.

    wide: over both columns. bare: without frame and title, for a row of numbers. icon: of the title.
    """

    title: Text
    template: str
    context: Callable[[HttpRequest], dict[str, Any]]
    order: int
    wide: bool = False
    bare: bool = False
    icon: str = ""


_cards: dict[str, list[DeskCard]] = {}


def register(desk: str, card: DeskCard) -> None:
    """Put a card on a desk; called by the modules named in a room's AppConfig.ready()."""
    cards = _cards.setdefault(desk, [])
    if card not in cards:
        cards.append(card)


def cards(desk: str) -> list[DeskCard]:
    """The cards of a desk in order."""
    hooks.settle(__name__)
    return sorted(_cards.get(desk, []), key=lambda card: card.order)

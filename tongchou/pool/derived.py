"""What follows a link run once its documents are served: where places lie, relations, theme tables."""

from __future__ import annotations

from collections.abc import Callable

from . import places, relations
from .models import Population


def follow(population: Population, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Bring everything derived from the links of `population` up to them. Repeated, it does nothing."""
    places.derive(population)
    relations.refresh(progress=progress)

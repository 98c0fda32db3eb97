"""What follows a link run once its documents are served: relations, theme tables."""

from __future__ import annotations

from collections.abc import Callable

from . import relations
from .models import Population


def follow(population: Population, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Bring everything derived from the links of `population` up to them. Repeated, it does nothing."""
    relations.refresh(progress=progress)

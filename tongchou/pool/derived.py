"""What follows a link run once its documents are served: where places lie, relations, theme tables; and what an erasure
takes out of it."""

from __future__ import annotations

from collections.abc import Callable

from tongchou.standards.text import Text

from . import erasing, links, places, relations, spotting, themes
from .models import Population
from .rewriting import published_anew


def follow(population: Population, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Bring everything derived from the links of `population` up to them. Repeated, it does nothing."""
    spotting.derive(population)
    relations.refresh(progress=progress)
    themes.derive_all(population.code)


def register() -> None:
    """Hook what is derived here into erasures; at start."""
    erasing.register("relations", erase_relations, label=Text("关系", "relations"), order=50)
    erasing.register(
        "spots", erase_spots, label=Text("地点所读", "what places say"), order=49, by_population=True
    )
    erasing.register(
        "themes", erase_themes, label=Text("主题表", "theme tables"), order=51, by_population=True
    )


def erase_relations(target: erasing.Target) -> int:
    """The subject's relations, and what others' documents say of it: derived anew from logs that have it no more."""
    others = [one for each in target.everywhere for one in (*each.ids, *each.affected)]
    return relations.forget(others) + relations.refresh()


def erase_spots(target: erasing.Target) -> int:
    """Where a home lay that is gone with the subject; and what was read of places, whole, for it has its address."""
    with links.changing(target.population):
        gone = published_anew(places.folder_of(target.population), target, together=places.TOGETHER)
    return gone + spotting.forget()


def erase_themes(target: erasing.Target) -> int:
    """The subject's rows in every theme, with their history; rows of those who lose a record are derived anew."""
    gone = themes.forget(target.population, [*target.ids, *target.affected], target.number)
    themes.derive_all(target.population)
    return gone

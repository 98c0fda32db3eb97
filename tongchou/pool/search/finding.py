"""Proposals for a query: which subjects it may mean, by what the searcher may use. `exchange` decides and shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import index
from .asked import Asked
from .keyed import tokens

#: Proposals asked of each population's index, one value each.
MOST_PROPOSED = 120


def propose(
    asked: Asked, where: Mapping[str, Iterable[str]], limit: int = MOST_PROPOSED
) -> list[tuple[float, str]]:
    """(weight, subject id) of each subject proposed, heaviest first (`asked.WHOLE` … `asked.OPEN`).

    where: {population: "resource.field" of every field by which the searcher may find} – nothing that stands elsewhere
    is found, counted or ranked.
    """
    key = tokens()
    found: dict[str, float] = {}
    for population, places in where.items():
        for weight, subject_id in index.find(population, asked.sought, sorted(places), limit, key):
            found[subject_id] = max(weight, found.get(subject_id, 0.0))
    ranked = sorted(found, key=lambda each: (-found[each], each))
    return [(found[each], each) for each in ranked[:limit]]

"""Bringing documents up to records that got new versions, without a link run: who is who does not change by it."""

from __future__ import annotations

import pyarrow as pa

from .. import links
from ..models import Population
from ..plans import feeds_of
from ..search import making as search
from .refresh import refresh


def serve_new_versions(population: Population) -> int:
    """Rewrite the documents whose records have versions the index has not seen; returns how many.

    Raises HouseError "pool.linking_already" while the population is being linked (the run will take them in, too).
    """
    with links.changing(population.code):
        nobody = pa.table({"subject_id": pa.array([], pa.string())})
        feeds = feeds_of(population.code)
        written = refresh(population.code, population.kind, feeds, nobody)
        search.follow(population.code, population.kind, feeds, nobody)
        return written

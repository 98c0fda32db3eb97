"""Bringing documents up to records that got new versions, without a link run: who is who does not change by it."""

from __future__ import annotations

import pyarrow as pa

from .. import links
from ..models import Population
from ..plans import feeds_of
from .refresh import refresh


def serve_new_versions(population: Population) -> int:
    """Rewrite the documents whose records have versions the index has not seen; returns how many.

    Raises HouseError "pool.linking_already" while the population is being linked (the run will take them in, too).
    """
    with links.changing(population.code):
        nobody = pa.table({"subject_id": pa.array([], pa.string())})
        return refresh(population.code, population.kind, feeds_of(population.code), nobody)

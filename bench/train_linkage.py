"""Fit a linkage model's bits to records with known truth (penalised logistic regression on compared pairs).

`fit` keeps the model's shape – columns, levels, echoes, rarity – and only moves the bits, each drawn
towards the value it had, so that a level the truth hardly shows stays where a person put it. Rounded
results go into the YAML file by hand: parameters in use are frozen, nothing learns in production. A district's own
records, where nobody knows the truth, are for `tongchou.pool.linkage.training`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tongchou.pool.linkage.candidates import candidates
from tongchou.pool.linkage.compare import score_pairs
from tongchou.pool.linkage.identities import read_identities
from tongchou.pool.linkage.model import load_model
from tongchou.pool.linkage.sure import are_sure, doubts
from tongchou.pool.linkage.training import FLOOR, Prepared, fit_pairs


def fit(
    raw: Mapping[str, Any],
    tables: Sequence[pa.Table],
    *,
    turns: int = 8,
    hold: float = 30.0,
    limits: Mapping[tuple[str, str], tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """A copy of the parsed model `raw` with fitted bits. tables: records with a column `person`.

    hold: how strongly a bit is held at its old value, in pairs. limits: lowest and highest bits of (column,
    level), besides left free, for what invented records cannot know: how many names of a kind a real district has.
    """
    first = load_model(raw)
    prepared = []
    for table in tables:
        identities = read_identities(table, first)
        left, right = candidates(identities, first)
        scores = score_pairs(identities, first, left, right)
        keep = scores.total > FLOOR
        # No bits decide what is sure.
        keep &= ~are_sure(first, doubts(identities, first), scores.levels, left, right)
        person = table["person"].to_numpy()[identities.order]
        left, right = left[keep], right[keep]
        truth = (person[left] == person[right]).astype(np.float64)
        prepared.append(Prepared(identities, left, right, scores.levels[keep], truth))
    return fit_pairs(raw, prepared, turns=turns, hold=hold, limits=limits)

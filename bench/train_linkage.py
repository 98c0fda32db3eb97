"""Fit a linkage model's bits to records with known truth (penalised logistic regression on compared pairs).

`fit` keeps the model's shape – columns, levels, echoes, rarity – and only moves the bits, each drawn
towards the value it had, so that a level the truth hardly shows stays where a person put it. Rounded
results go into the YAML file by hand: parameters in use are frozen, nothing learns in production.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tongchou.pool.linkage.candidates import candidates
from tongchou.pool.linkage.compare import score_pairs
from tongchou.pool.linkage.identities import read_identities
from tongchou.pool.linkage.kinds.base import level_numbers
from tongchou.pool.linkage.model import load_model
from tongchou.pool.linkage.sure import are_sure, doubts

FLOOR = -14.0


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
    fitted = copy.deepcopy(dict(raw))
    first = load_model(fitted)
    prepared = []
    for table in tables:
        identities = read_identities(table, first)
        left, right = candidates(identities, first)
        scores = score_pairs(identities, first, left, right)
        keep = scores.total > FLOOR
        keep &= ~are_sure(
            first, doubts(identities, first), scores.levels, left, right
        )  # no bits decide these
        person = table["person"].to_numpy()[identities.order]
        left, right = left[keep], right[keep]
        prepared.append((identities, left, right, scores.levels[keep], person[left] == person[right]))
    names = _parameters(fitted)
    numbers = {name: number for number, name in enumerate(names)}
    start = np.array([_get(fitted, name) for name in names])
    value = start.copy()
    for _ in range(turns):
        model = load_model(fitted)
        gradient = -(value - start) * hold
        curve = np.eye(len(names)) * hold
        for identities, left, right, levels, truth in prepared:
            scores = _rescore(identities, model, left, right)
            x = _design(model, levels, scores, numbers)
            p = 1 / (1 + np.exp2(-np.clip(scores.total, -50, 50)))
            weight = 200_000 / len(left)
            gradient += weight * (x.T @ (truth - p)) * np.log(2)
            curve += weight * (x * (p * (1 - p))[:, None]).T @ x * np.log(2) ** 2
        value = value + np.clip(np.linalg.solve(curve, gradient), -2, 2)
        for at, (column, beside, level) in enumerate(names):
            if beside < 0:
                value[at] = np.clip(value[at], *(limits or {}).get((column, level), (-np.inf, np.inf)))
        for name, bits in zip(names, value, strict=True):
            _set(fitted, name, float(np.round(bits, 2)))
    return fitted


def _rescore(identities: Any, model: Any, left: Any, right: Any) -> Any:
    for column, known in zip(identities.columns, model.columns, strict=True):
        column.model = known
    return score_pairs(identities, model, left, right)


def _parameters(raw: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    return [
        (column, beside, level)
        for column, entry in raw["columns"].items()
        for beside, bits in [
            (-1, entry["bits"]),
            *((n, b["bits"]) for n, b in enumerate(entry.get("beside", []))),
        ]
        for level in bits
    ]


def _bits(raw: Mapping[str, Any], name: tuple[str, int, str]) -> Any:
    entry = raw["columns"][name[0]]
    return entry["bits"] if name[1] < 0 else entry["beside"][name[1]]["bits"]


def _get(raw: Mapping[str, Any], name: tuple[str, int, str]) -> float:
    return float(_bits(raw, name)[name[2]])


def _set(raw: Mapping[str, Any], name: tuple[str, int, str], value: float) -> None:
    _bits(raw, name)[name[2]] = value


def _design(model: Any, levels: Any, scores: Any, numbers: Mapping[tuple[str, int, str], int]) -> Any:
    """How much each parameter counts in each pair."""
    x = np.zeros((len(levels), len(numbers)))
    for at, column in enumerate(model.columns):
        own, final = scores.own[:, at], scores.bits[:, at]
        count = np.where(own > 0, np.divide(final, own, out=np.ones_like(own), where=own > 0), 1.0)
        used = np.full(len(levels), -1)
        level_at = level_numbers(column.kind.levels)
        for number, beside in enumerate(column.beside):
            other = model.column_at[beside.column]
            other_at = level_numbers(model.columns[other].kind.levels)
            holds = np.isin(levels[:, other], [other_at[name] for name in beside.levels])
            used[holds & np.isin(levels[:, at], [level_at[name] for name in beside.bits])] = number
        for name, number in level_at.items():
            for beside_number in range(-1, len(column.beside)):
                parameter = numbers.get((column.name, beside_number, name))
                if parameter is not None:
                    rows = (levels[:, at] == number) & (used == beside_number)
                    x[rows, parameter] = count[rows]
    return x

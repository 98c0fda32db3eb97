"""Bits proposed from a district's own records, without anybody having said who is who: a candidate, never in force.

The teacher is the identity number. Where two records both have one that passes its check, it says whether they are
one person; the other columns are then fitted as if no record had a number, which is the situation they are for. Pairs
without two such numbers teach too, with the probability the whole model gives them (near-numbers included), found
again after every step: expectation–maximisation. The step is the penalised logistic regression that fitted the
shipped model, so each bit is drawn towards the value it has, and a level the district hardly shows stays where it was.

Half of the people are kept out (by a hash of the number); on them `report` says what the candidate would change. A
steward adopts it or not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .candidates import candidates
from .compare import Scores, score_pairs
from .hashing import hash_texts
from .identities import Identities, read_identities
from .kinds.base import Bytes, Floats, Ints, Mask, level_numbers
from .kinds.numbers import fold_number, passes_check
from .model import LinkageModel, load_model
from .sure import are_sure, doubts

FLOOR = -14.0
TURNS = 6
HOLD = 60.0  # how strongly a bit is held at its old value, in pairs
PAIRS = 200_000  # every table counts like so many pairs
LEAST = 300  # pairs of one person by number; fewer teach nothing
AT_MOST = 4.0  # bits by which a candidate may differ from the model in force

Parameter = tuple[str, int, str]  # column, number of the beside (−1: the column's own bits), level
Progress = Callable[[str, int, int], None]


@dataclass
class Prepared:
    """Pairs of one table. truth: 1 and 0, or nan where `whole`, which has the number too, is asked each turn."""

    identities: Identities
    left: Ints
    right: Ints
    levels: Bytes
    truth: Floats
    whole: Identities | None = None


@dataclass(frozen=True)
class Trained:
    """model: parsed, with new bits. pairs: how many were looked at; taught: how many of one person by number."""

    model: dict[str, Any]
    pairs: int
    taught: int


def train(records: pa.Table, raw: Mapping[str, Any], *, progress: Progress | None = None) -> Trained | None:
    """Bits for a district's records. raw: the parsed model in force; records as for `link`.

    None where the records have too few people with two valid numbers each to teach anything.
    """
    model = load_model(raw)
    half = records.filter(pa.array(~kept_out(records)))
    whole = read_identities(half, model)
    hidden = read_identities(_without_number(half), model, census=whole.census)
    left, right = candidates(whole, model)
    scores = score_pairs(hidden, model, left, right)
    known = taught_by_number(whole, model, left, right)
    may = (scores.total > FLOOR) | (known == 1)
    left, right, known = left[may], right[may], known[may]
    taught = int((known == 1).sum())
    if taught < LEAST:
        return None
    prepared = Prepared(hidden, left, right, scores.levels[may], known, whole)
    number = [name for name, entry in raw["columns"].items() if entry.get("number")]
    fitted = fit_pairs(raw, [prepared], turns=TURNS, hold=HOLD, still=number, most=AT_MOST, progress=progress)
    return Trained(fitted, len(left), taught)


def kept_out(records: pa.Table) -> Mask:
    """The records on which a candidate is measured: half of the valid numbers, and half of the rest."""
    texts = [fold_number(text or "") for text in _column(records, "id_number")]
    keys = [text or key for text, key in zip(texts, _column(records, "source_key"), strict=True)]
    answer: Mask = (hash_texts(keys) >> np.uint64(17)) % np.uint64(2) == 1
    return answer


def taught_by_number(whole: Identities, model: LinkageModel, left: Ints, right: Ints) -> Floats:
    """1 where two valid numbers are one, 0 where they are two, nan where a number says neither."""
    scores = score_pairs(whole, model, left, right)
    answer = np.full(len(left), np.nan)
    for at, column in enumerate(model.columns):
        if column.number:
            answer[np.isin(scores.levels[:, at], _levels(model, at, ("different", "siblings")))] = 0.0
    answer[are_sure(model, doubts(whole, model), scores.levels, left, right)] = 1.0
    return answer


def fit_pairs(
    raw: Mapping[str, Any],
    tables: Sequence[Prepared],
    *,
    turns: int,
    hold: float,
    limits: Mapping[tuple[str, str], tuple[float, float]] | None = None,
    still: Sequence[str] = (),
    most: float = np.inf,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """A copy of the parsed model with fitted bits; its shape – columns, levels, echoes, rarity – stays.

    limits: lowest and highest bits of (column, level), besides left free. still: columns that are not fitted. most:
    how far a bit may go from where it was.
    """
    fitted = copy.deepcopy(dict(raw))
    names = [name for name in _parameters(fitted) if name[0] not in still]
    numbers = {name: number for number, name in enumerate(names)}
    start = np.array([_get(fitted, name) for name in names])
    value = start.copy()
    for turn in range(turns):
        model = load_model(fitted)
        gradient = -(value - start) * hold
        curve = np.eye(len(names)) * hold
        for table in tables:
            scores = _rescored(table.identities, model, table.left, table.right)
            x = _design(model, table.levels, scores, numbers)
            p = 1 / (1 + np.exp2(-np.clip(scores.total, -50, 50)))
            weight = PAIRS / max(len(table.left), 1)
            gradient += weight * (x.T @ (_expected(table, model) - p)) * np.log(2)
            curve += weight * (x * (p * (1 - p))[:, None]).T @ x * np.log(2) ** 2
        value = value + np.clip(np.linalg.solve(curve, gradient), -2, 2)
        value = np.clip(value, start - most, start + most)
        for at, (column, beside, level) in enumerate(names):
            if beside < 0:
                value[at] = np.clip(value[at], *(limits or {}).get((column, level), (-np.inf, np.inf)))
        for name, bits in zip(names, value, strict=True):
            _set(fitted, name, round(float(bits), 2))
        if progress:
            progress("train", turn + 1, turns)
    return fitted


def _expected(table: Prepared, model: LinkageModel) -> Floats:
    """What is known of each pair, else the probability that the model with the number gives it."""
    open_ = np.isnan(table.truth)
    if table.whole is None or not open_.any():
        return table.truth
    answer = table.truth.copy()
    total = _rescored(table.whole, model, table.left[open_], table.right[open_]).total
    answer[open_] = 1 / (1 + np.exp2(-np.clip(total, -50, 50)))
    return answer


def _rescored(identities: Identities, model: LinkageModel, left: Ints, right: Ints) -> Scores:
    for column, known in zip(identities.columns, model.columns, strict=True):
        column.model = known
    return score_pairs(identities, model, left, right)


def _without_number(records: pa.Table) -> pa.Table:
    return records.drop_columns([name for name in ("id_number",) if name in records.column_names])


def _column(records: pa.Table, name: str) -> list[str | None]:
    if name not in records.column_names:
        return [None] * records.num_rows
    values: list[str | None] = records[name].cast(pa.string()).to_pylist()
    return values


def has_valid_number(records: pa.Table) -> Mask:
    """Which records bear an identity number that passes its check."""
    checked = [bool(text) and passes_check(fold_number(text or "")) for text in _column(records, "id_number")]
    return np.array(checked, np.bool_)


def _levels(model: LinkageModel, at: int, names: Sequence[str]) -> list[int]:
    numbers = level_numbers(model.columns[at].kind.levels)
    return [numbers[name] for name in names if name in numbers]


def _parameters(raw: Mapping[str, Any]) -> list[Parameter]:
    return [
        (column, beside, level)
        for column, entry in raw["columns"].items()
        for beside, bits in [
            (-1, entry["bits"]),
            *((number, each["bits"]) for number, each in enumerate(entry.get("beside", []))),
        ]
        for level in bits
    ]


def _bits(raw: Mapping[str, Any], name: Parameter) -> dict[str, float]:
    entry = raw["columns"][name[0]]
    bits: dict[str, float] = entry["bits"] if name[1] < 0 else entry["beside"][name[1]]["bits"]
    return bits


def _get(raw: Mapping[str, Any], name: Parameter) -> float:
    return float(_bits(raw, name)[name[2]])


def _set(raw: Mapping[str, Any], name: Parameter, value: float) -> None:
    _bits(raw, name)[name[2]] = value


def _design(model: LinkageModel, levels: Bytes, scores: Scores, numbers: Mapping[Parameter, int]) -> Floats:
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

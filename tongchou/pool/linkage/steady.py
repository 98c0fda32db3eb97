"""Steady contradictions: two records here say one thing, two records there another, and none agrees.

One wrong birth date is a slip and weighs as one. Where a cluster states its date twice and the other states another
twice, no slip explains it: a grandfather and his grandson, or two wives of one name, in one home with one phone. The
evidence for two people is then counted again, as the model says (`steady:`), whatever else agrees.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .hashing import distinct
from .kinds.base import ABSENT, Bytes, Floats, Ints, Mask, among_levels, level_numbers
from .model import LinkageModel

TWICE = 2


def steady(
    model: LinkageModel, levels: Bytes, owner: Ints, left: Ints, right: Ints, times: Ints, size: int
) -> Floats:
    """Extra bits (0 or less) per pair of clusters and column.

    levels: of all pairs of records across; owner: the pair of clusters each belongs to, 0 to size − 1; times: how many
    records each identity stands for. The mildest level reached decides: where any pair agrees better than the levels
    named, nothing is added.
    """
    answer = np.zeros((size, len(model.columns)))
    for at, column in enumerate(model.columns):
        if not column.steady:
            continue
        extra = np.zeros(len(column.kind.levels))
        numbers = level_numbers(column.kind.levels)
        for name, bits in column.steady.items():
            extra[numbers[name]] = bits
        says = levels[:, at] != ABSENT
        agreed = np.zeros(size, bool)
        agreed[owner[says & (extra[levels[:, at]] == 0)]] = True
        opposed = says & ~agreed[owner]
        if not opposed.any():
            continue
        both = _speaking(owner, left, opposed, times, size) >= TWICE
        both &= _speaking(owner, right, opposed, times, size) >= TWICE
        mildest = np.full(size, -np.inf)
        np.maximum.at(mildest, owner[opposed], extra[levels[opposed, at]])
        answer[both, at] = mildest[both]
    return answer


def kept_apart(model: LinkageModel, levels: Bytes, owner: Ints, size: int) -> Mask:
    """Which pairs of clusters a rule of the model (`apart:`) keeps from being joined by weight; as `steady` else."""
    answer = np.zeros(size, bool)
    for rule in model.apart:
        hits = owner[_holds(model, levels, rule.levels, every=True)]
        if len(hits):
            spared = owner[_holds(model, levels, rule.unless, every=False)]
            found = np.zeros(size, bool)
            found[hits] = True
            found[spared] = False
            answer |= found
    return answer


def _holds(model: LinkageModel, levels: Bytes, said: Mapping[str, frozenset[str]], *, every: bool) -> Mask:
    """Pairs that reach the levels of every column named, or of any."""
    answer = np.full(len(levels), every)
    for name, wanted in said.items():
        at = model.column_at[name]
        reached = among_levels(model.columns[at].kind.levels, wanted)[levels[:, at]]
        answer = answer & reached if every else answer | reached
    return answer


def _speaking(owner: Ints, records: Ints, chosen: Mask, times: Ints, size: int) -> Floats:
    """How many records of a side speak, per pair of clusters."""
    width = int(records.max(initial=0)) + 1
    found = distinct(owner[chosen] * width + records[chosen])
    counts: Floats = np.bincount(found // width, weights=times[found % width], minlength=size).astype(
        np.float64
    )
    return counts

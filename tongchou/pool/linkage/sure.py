"""Sure joins: what a model says is one subject before anything is weighed.

Two records with one identity number that passes its check and one name are one person, however common the
name, however large the table and whatever else is missing. Weighing would make that depend on a threshold;
here it is a rule of the model (`sure:`), so that only what needs judgement is weighed or shown to a steward.
A stored "different" still wins: a group of sure joins that would break one is left to the weighing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .identities import Identities
from .kinds.base import UNKNOWN, Bytes, Ints, Mask, level_numbers
from .model import LinkageModel

SLIPS = frozenset(
    {"same", "swapped", "one_digit", "lunar", "same_month", "january_first"}
)  # how a date is mistyped


@dataclass(frozen=True)
class SureJoins:
    """label: cluster per record, named by its smallest. left, right: the pairs that joined, one fewer than the
    records of each new cluster.
    """

    label: Ints
    left: Ints
    right: Ints


def doubts(identities: Identities, model: LinkageModel) -> dict[str, Mask]:
    """Per column named `own`: the records whose statement contradicts what its fallback says."""
    answer: dict[str, Mask] = {}
    for name in {rule.own for rule in model.sure if rule.own}:
        column = identities.columns[model.column_at[name]]
        both = np.flatnonzero((column.stated != UNKNOWN) & (column.derived != UNKNOWN))
        reached = column.model.kind.compare(column.folded, column.stated[both], column.derived[both])
        allowed = [
            number for level, number in level_numbers(column.model.kind.levels).items() if level in SLIPS
        ]
        answer[name] = np.zeros(identities.size, bool)
        answer[name][both[~np.isin(reached, allowed)]] = True
    return answer


def are_sure(model: LinkageModel, doubted: dict[str, Mask], levels: Bytes, left: Ints, right: Ints) -> Mask:
    """Which pairs a rule joins; levels: their rows of `Scores`."""
    answer = np.zeros(len(levels), bool)
    for rule in model.sure:
        holds = np.ones(len(levels), bool)
        for name, said in rule.levels.items():
            at = model.column_at[name]
            numbers = level_numbers(model.columns[at].kind.levels)
            holds &= np.isin(levels[:, at], [numbers[level] for level in said])
        if rule.own:
            holds &= ~(doubted[rule.own][left] | doubted[rule.own][right])
        answer |= holds
    return answer


def join_sure(left: Ints, right: Ints, label: Ints, apart: Ints) -> SureJoins:
    """Join sure pairs, starting from `label`; a group with two records of `apart` in it is left as it was."""
    joined, used = _union(left, right, label)
    broken = joined[apart[:, 0]][joined[apart[:, 0]] == joined[apart[:, 1]]]
    if len(broken):
        whole = ~np.isin(joined[left], broken)
        left, right = left[whole], right[whole]
        joined, used = _union(left, right, label)
    return SureJoins(joined, left[used], right[used])


def _union(left: Ints, right: Ints, label: Ints) -> tuple[Ints, Ints]:
    """Components of pairs upon `label`, named by their smallest record, and the pairs that joined two."""
    parent = label.tolist()

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    used = []
    for at, (one, two) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        low, high = sorted((root(one), root(two)))
        if low != high:
            parent[high] = low
            used.append(at)
    joined = np.fromiter((root(node) for node in range(len(parent))), np.int64, len(parent))
    return joined, np.array(used, np.int64)

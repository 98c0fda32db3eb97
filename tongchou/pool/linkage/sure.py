"""Sure joins: what a model says is one subject before anything is weighed.

Two records with one identity number that passes its check and one name are one person, however common the
name, however large the table and whatever else is missing. Weighing would make that depend on a threshold;
here it is a rule of the model (`sure:`), so that only what needs judgement is weighed or shown to a steward.
A stored "different" still wins: a group of sure joins that would break one is left to the weighing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .hashing import distinct
from .identities import Identities
from .kinds.base import UNKNOWN, Bytes, Ints, Mask, among_levels
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


def doubts(identities: Identities, model: LinkageModel, asked: Mask | None = None) -> dict[str, Mask]:
    """Per column named `own`: the records whose statement contradicts what its fallback says.

    asked: about which records; None for all.
    """
    answer: dict[str, Mask] = {}
    for name in {rule.own for rule in model.sure if rule.own}:
        column = identities.columns[model.column_at[name]]
        stated = column.stated != UNKNOWN if asked is None else (column.stated != UNKNOWN) & asked
        both = np.flatnonzero(stated & (column.derived != UNKNOWN))
        reached = column.model.kind.compare(column.folded, column.stated[both], column.derived[both])
        allowed = among_levels(column.model.kind.levels, SLIPS)
        answer[name] = np.zeros(identities.size, bool)
        answer[name][both[~allowed[reached]]] = True
    return answer


def are_sure(model: LinkageModel, doubted: dict[str, Mask], levels: Bytes, left: Ints, right: Ints) -> Mask:
    """Which pairs a rule joins; levels: their rows of `Scores`."""
    answer = np.zeros(len(levels), bool)
    for rule in model.sure:
        holds = np.ones(len(levels), bool)
        for name, said in rule.levels.items():
            at = model.column_at[name]
            holds &= among_levels(model.columns[at].kind.levels, said)[levels[:, at]]
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
    degree = np.bincount(np.concatenate([left, right]), minlength=len(label))
    members = np.bincount(label, minlength=len(label))
    # Most stand alone and meet one other that does.
    alone = (degree[left] == 1) & (degree[right] == 1) & (members[label[left]] == 1)
    alone &= members[label[right]] == 1
    joined = label.copy()
    joined[np.maximum(left, right)[alone]] = np.minimum(left, right)[alone]
    used = np.flatnonzero(alone)
    rest = np.flatnonzero(~alone)
    if not len(rest):
        return joined, used
    ends = np.concatenate([left[rest], right[rest]])
    nodes = distinct(np.concatenate([ends, label[ends]]))
    parent = np.searchsorted(nodes, label[nodes]).tolist()

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    more = []
    one_side, other_side = (np.searchsorted(nodes, side[rest]).tolist() for side in (left, right))
    for at, one, two in zip(rest.tolist(), one_side, other_side, strict=True):
        low, high = sorted((root(one), root(two)))
        if low != high:
            parent[high] = low
            more.append(at)
    joined[nodes] = nodes[[root(node) for node in range(len(parent))]]
    return joined[joined], np.sort(np.concatenate([used, np.array(more, np.int64)]))

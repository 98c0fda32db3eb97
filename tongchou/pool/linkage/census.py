"""The census of a population 普查: how many records there are and what among them is common.

Agreeing on a rare name says more than agreeing on a common one, and what is rare is counted from the records
themselves. Were it counted anew with every change, one more 李静 would move every weight a little and with it, far
away, somebody's link. So it is counted at a full run and kept; until the next full run the same pair of records has
the same score. Linking what changed and linking everything then give the same, under the same census.

Also kept: what the full run learned of sources that hold hardly anybody twice (`cluster.duplicate_penalty`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .kinds.base import UNKNOWN, Floats, Folded, Ints, Known, mix
from .model import LinkageModel
from .reading import Placeholders

USUAL_RECORDS = 3  # so many records of one subject are usual; a witness's count is not thinned out below that
TYPICAL = 1e-5  # of records that carry a value, where the model does not say


@dataclass(frozen=True)
class Counted:
    """How often each number of one group is carried. total: of what (0: nothing was there to count).

    numbers: ascending, those carried more than once; every other number counts as carried once.
    """

    total: float
    numbers: Ints
    counts: Ints

    def of(self, group: Ints) -> Floats:
        """How often each entry of `group` is carried; 0 where it is UNKNOWN."""
        answer = np.where(group == UNKNOWN, 0.0, 1.0)
        if len(self.numbers):
            at = np.minimum(np.searchsorted(self.numbers, group), len(self.numbers) - 1)
            found = self.numbers[at] == group
            answer[found] = self.counts[at[found]]
        return answer


@dataclass(frozen=True)
class Census:
    """records: how many there were. common: per (column, rarity group). penalty: bits (0 or less) by resource
    against joining two of its records; None until they are learned. placeholders: what stands for nothing in a source.
    known: per column, what its values taught one another (`kinds.base.Learner`).
    """

    records: int
    common: Mapping[tuple[str, str], Counted] = field(default_factory=dict)
    penalty: Mapping[str, float] | None = None
    placeholders: Placeholders = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)


def count(
    model: LinkageModel, column: int, value: Ints, groups: Mapping[str, Ints], witness: Ints | None
) -> dict[tuple[str, str], Counted]:
    """Count one column. value: the value number each record carries, UNKNOWN for none. groups: numbers per value.

    witness: per record the number of what it says in the column's witness; records that carry the same value
    under the same witness count once.
    """
    seen = np.flatnonzero(value != UNKNOWN)
    answer: dict[tuple[str, str], Counted] = {}
    for name in rarities(model, column):
        counted = groups[name][value[seen]] if len(seen) else np.empty(0, np.int64)
        if witness is not None and len(counted):
            pairs = mix(mix(np.zeros(len(seen), np.uint64), counted), witness[seen])
            counted = counted[np.unique(pairs, return_index=True)[1]]
        counted = counted[counted != UNKNOWN]
        numbers, counts = np.unique(counted, return_counts=True)
        total = (
            max(len(counted), len(seen) / USUAL_RECORDS)
            if witness is not None and len(counted)
            else len(counted)
        )
        several = counts > 1
        answer[model.columns[column].name, name] = Counted(
            float(total), numbers[several], counts[several].astype(np.int64)
        )
    return answer


def rarities(model: LinkageModel, column: int) -> list[str]:
    """The groups of a column by which its levels say how rare a shared value is."""
    return sorted({level.rarity for level in model.columns[column].kind.levels} - {""})


def rarity(
    model: LinkageModel, column: int, groups: Mapping[str, Ints], census: Census | None
) -> dict[str, Floats]:
    """Bits of agreeing on each value, per rarity group: minus log2 of the share of records that carry it.

    groups: numbers per value. census: None takes the model's typical shares (for one pair).
    """
    answer: dict[str, Floats] = {}
    for name in rarities(model, column):
        entry = model.columns[column]
        typical = entry.typical.get(name, TYPICAL)
        counted = census.common.get((entry.name, name)) if census else None
        if counted is None or not counted.total:
            answer[name] = np.full(len(groups[name]), -np.log2(typical))
            continue
        share = (counted.of(groups[name]) + model.pseudo_records * typical) / (
            counted.total + model.pseudo_records
        )
        answer[name] = -np.log2(np.maximum(share, 1e-12))
    return answer


def witness_numbers(folded: Folded, effective: Ints) -> Ints:
    """Per record a number of what it says in a column: of the folded text, UNKNOWN where it says nothing."""
    return np.append(folded.numbers, UNKNOWN)[effective]

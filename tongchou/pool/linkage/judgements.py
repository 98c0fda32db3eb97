"""What stewards decided about pairs of records: it overrides every score; contradictions are told.

Judgements are applied from the newest to the oldest. One that those already applied make impossible (a
"different" inside a cluster of "same", a "same" across a "different") is not applied and is returned as a
contradiction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .kinds.base import Ints


@dataclass(frozen=True)
class Judgement:
    """A steward's verdict on two records, each named by (resource, source key). at: ISO instant, sorts as
    text.
    """

    left: tuple[str, str]
    right: tuple[str, str]
    verdict: Literal["same", "different"]
    by: str
    at: str


@dataclass(frozen=True)
class Applied:
    """label: cluster per record after "same", named by its smallest record. same, apart: n × 2 pairs of
    records.

    contradictions: judgements that could not be applied.
    """

    label: Ints
    same: Ints
    apart: Ints
    contradictions: tuple[Judgement, ...]


def apply(judgements: Sequence[Judgement], number_of: Mapping[tuple[str, str], int], size: int) -> Applied:
    """Apply judgements to records. number_of: record numbers; judgements on records not present are passed
    over.
    """
    label = np.arange(size, dtype=np.int64)
    same: list[tuple[int, int]] = []
    apart: list[tuple[int, int]] = []
    contradictions: list[Judgement] = []
    for judgement in sorted(judgements, key=lambda j: (str(j.at), j.left, j.right, j.verdict), reverse=True):
        if judgement.left not in number_of or judgement.right not in number_of:
            continue
        one, two = sorted((number_of[judgement.left], number_of[judgement.right]))
        together = label[one] == label[two]
        if judgement.verdict == "different":
            if together:
                contradictions.append(judgement)
            else:
                apart.append((one, two))
            continue
        low, high = sorted((int(label[one]), int(label[two])))
        if any({int(label[a]), int(label[b])} == {low, high} for a, b in apart):
            contradictions.append(judgement)
            continue
        label[label == high] = low
        same.append((one, two))
    return Applied(label, _pairs(same), _pairs(apart), tuple(contradictions))


def _pairs(pairs: Sequence[tuple[int, int]]) -> Ints:
    return np.array(pairs, np.int64).reshape(len(pairs), 2)

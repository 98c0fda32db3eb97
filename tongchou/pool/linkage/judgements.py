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
    cluster: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    kept_apart: dict[int, set[int]] = {}
    same: list[tuple[int, int]] = []
    said: set[tuple[int, int]] = set()
    apart: list[tuple[int, int]] = []
    contradictions: list[Judgement] = []
    for judgement in sorted(judgements, key=lambda j: (str(j.at), j.left, j.right, j.verdict), reverse=True):
        if judgement.left not in number_of or judgement.right not in number_of:
            continue
        one, two = sorted((number_of[judgement.left], number_of[judgement.right]))
        first, second = (cluster.setdefault(each, each) for each in (one, two))
        low, high = sorted((first, second))
        if judgement.verdict == "different":
            if low == high:
                contradictions.append(judgement)
            else:
                apart.append((one, two))
                kept_apart.setdefault(low, set()).add(high)
                kept_apart.setdefault(high, set()).add(low)
            continue
        if high in kept_apart.get(low, ()):
            contradictions.append(judgement)
            continue
        if (one, two) not in said:
            said.add((one, two))
            same.append((one, two))
        if low == high:
            continue
        for each in members.pop(high, [high]):
            cluster[each] = low
            members.setdefault(low, [low]).append(each)
        for other in kept_apart.pop(high, set()):
            kept_apart[other].discard(high)
            kept_apart[other].add(low)
            kept_apart.setdefault(low, set()).add(other)
    label = np.arange(size, dtype=np.int64)
    label[list(cluster)] = list(cluster.values())
    return Applied(label, _pairs(same), _pairs(apart), tuple(contradictions))


def _pairs(pairs: Sequence[tuple[int, int]]) -> Ints:
    return np.array(pairs, np.int64).reshape(len(pairs), 2)

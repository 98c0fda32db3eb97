"""People beside the one a record is about: parents, guardian, household, as names or as numbers.

A birth certificate names mother and father, a school one guardian, a register the household. So a value is a list
(`SEPARATOR`), and two lists are as alike as their best pair: the guardian need only be one of the parents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .base import ABSENT, UNKNOWN, Bytes, Folded, Ints, Kind, Level, absent
from .names import ChineseName
from .numbers import IdentityNumber

SEPARATOR = "、"
AT_MOST = 6
_SPLIT = re.compile("[、，,;；/|\x1f]+")


@dataclass
class Several(Folded):
    """Folded lists. inner: their distinct members, folded; array `members`: rows of member numbers."""

    inner: Folded | None = None


class AnyOf:
    """Comparison of lists by the best pair of members."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.levels: tuple[Level, ...] = (absent, *kind.levels[1:])

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold the members; a list's groups are those of its first member, which its source put first."""
        split = [[part.strip() for part in _SPLIT.split(value) if part.strip()][:AT_MOST] for value in values]
        seen: dict[str, int] = {}
        for members in split:
            for member in members:
                seen.setdefault(member, len(seen))
        inner = self._kind.fold(list(seen))
        width = max((len(members) for members in split), default=1)
        table = np.full((len(values), max(width, 1)), UNKNOWN, np.int64)
        for at, members in enumerate(split):
            known = [number for number in (seen[member] for member in members) if inner.present[number]]
            table[at, : len(known)] = known
        first = table[:, 0]
        groups = {
            name: np.where(first == UNKNOWN, UNKNOWN, np.append(numbers, UNKNOWN)[first])
            for name, numbers in inner.groups.items()
        }
        text = [
            SEPARATOR.join(sorted({inner.text[at] for at in row if at != UNKNOWN})) for row in table.tolist()
        ]
        return Several(text, first != UNKNOWN, groups, {"members": table}, inner)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of lists, the closest that any two members reach."""
        assert isinstance(folded, Several)
        assert folded.inner is not None
        one, two = folded.arrays["members"][left], folded.arrays["members"][right]
        best = np.full(len(left), len(self.levels), np.uint8)
        for a in range(one.shape[1]):
            for b in range(two.shape[1]):
                both = np.flatnonzero((one[:, a] != UNKNOWN) & (two[:, b] != UNKNOWN) & (best > 1))
                if len(both):
                    reached = self._kind.compare(folded.inner, one[both, a], two[both, b])
                    best[both] = np.minimum(best[both], reached)
        return np.where(best == len(self.levels), ABSENT, best).astype(np.uint8)


class KinNames(AnyOf):
    """Names of relatives."""

    def __init__(self) -> None:
        super().__init__(ChineseName())


class KinNumbers(AnyOf):
    """Identity numbers of relatives."""

    def __init__(self) -> None:
        super().__init__(IdentityNumber())

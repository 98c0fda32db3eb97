"""People beside the one a record is about: parents, guardian, household, as names or as numbers.

A birth certificate names mother and father, a school one guardian, the register a household. So a value is a list
(`SEPARATOR`), and two lists are as alike as their best pair: the guardian need only be one of the parents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tongchou.standards.text import Text

from .base import ABSENT, UNKNOWN, Bytes, Folded, Ints, Kind, Level, Mask, absent, texts_of
from .names import ChineseName
from .numbers import IdentityNumber

SEPARATOR = "、"
#: Reached not by comparing lists but by `are_relatives`: one record's relative is whom the other is about.
RELATIVE = Level("relative", Text("一方是另一方的{label}", "one is the other's {label}"), silent=True)
PLACES = 4  # so many relatives of a list are compared
_SPLIT = re.compile("[、，,;；/|\x1f]+")


class AnyOf:
    """Comparison of lists by the best pair of members.

    Each place of a list is folded by itself; its groups and arrays bear the place's number (`0.sound`). A list's own
    groups, by which it is found and by which rarity is counted, are those of its first member.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.levels: tuple[Level, ...] = (absent, *kind.levels[1:], RELATIVE)

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold the members, those that say nothing left out."""
        split = [[part.strip() for part in _SPLIT.split(value) if part.strip()] for value in values]
        said = [*dict.fromkeys(part for parts in split for part in parts), ""]
        inner = self._kind.fold(said)
        at = {part: number for number, part in enumerate(said) if inner.present[number]}
        table = np.full((len(values), PLACES), len(said) - 1, np.int64)
        for row, parts in enumerate(split):
            known = [at[part] for part in dict.fromkeys(parts) if part in at][:PLACES]
            table[row, : len(known)] = known
        present = table != len(said) - 1
        groups = {
            name: np.where(present[:, 0], numbers[table[:, 0]], UNKNOWN)
            for name, numbers in inner.groups.items()
        }
        arrays: dict[str, Ints] = {}
        for place in range(PLACES):
            arrays[f"{place}"] = present[:, place].astype(np.int64)
            groups |= {f"{place}.{name}": numbers[table[:, place]] for name, numbers in inner.groups.items()}
            arrays |= {f"{place}.{name}": numbers[table[:, place]] for name, numbers in inner.arrays.items()}
        member = inner.text.to_pylist()
        text = [SEPARATOR.join(member[at] for at in row).rstrip(SEPARATOR) for row in table.tolist()]
        return Folded(texts_of(text), arrays["0"] == 1, groups, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of lists, the closest that any two members reach."""
        worst = len(self.levels)
        best = np.full(len(left), worst, np.uint8)
        for a in range(PLACES):
            for b in range(PLACES):
                both: Mask = (folded.arrays[f"{a}"][left] & folded.arrays[f"{b}"][right]).astype(bool)
                look = np.flatnonzero(both & (best > 1))
                if not len(look):
                    continue
                one, two = _place(folded, a, left[look]), _place(folded, b, right[look])
                beside = Folded(
                    pa.concat_arrays([one.text, two.text]),
                    np.ones(2 * len(look), bool),
                    {name: np.concatenate([one.groups[name], two.groups[name]]) for name in one.groups},
                    {name: np.concatenate([one.arrays[name], two.arrays[name]]) for name in one.arrays},
                )
                reached = self._kind.compare(beside, np.arange(len(look)), len(look) + np.arange(len(look)))
                best[look] = np.minimum(best[look], reached)
        return np.where(best == worst, ABSENT, best).astype(np.uint8)


def are_relatives(kin: Folded, group: str, kin_values: Ints, other: Ints) -> Mask:
    """Where a list names what the other record says of itself. group: of the members; other: numbers of that group.

    kin_values: value numbers of the lists, UNKNOWN where the record has none.
    """
    answer = np.zeros(len(kin_values), bool)
    look = np.flatnonzero((kin_values != UNKNOWN) & (other != UNKNOWN))
    for place in range(PLACES):
        answer[look] |= kin.groups[f"{place}.{group}"][kin_values[look]] == other[look]
    return answer


def _place(folded: Folded, place: int, values: Ints) -> Folded:
    """The members at one place of some lists."""
    start = f"{place}."
    parts = [text.split(SEPARATOR) for text in folded.picked(values)]
    return Folded(
        texts_of([each[place] if place < len(each) else "" for each in parts]),
        np.ones(len(values), bool),
        {
            name[len(start) :]: numbers[values]
            for name, numbers in folded.groups.items()
            if name.startswith(start)
        },
        {
            name[len(start) :]: numbers[values]
            for name, numbers in folded.arrays.items()
            if name.startswith(start)
        },
    )


class KinNames(AnyOf):
    """Names of relatives."""

    def __init__(self) -> None:
        super().__init__(ChineseName())


class KinNumbers(AnyOf):
    """Identity numbers of relatives."""

    def __init__(self) -> None:
        super().__init__(IdentityNumber())

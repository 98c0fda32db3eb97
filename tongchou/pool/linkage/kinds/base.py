"""What every kind of value gives the linkage: a folding of distinct values, and a vectorised comparison.

A kind sees each distinct value once (`fold`), keeps what comparing needs in arrays, and answers for two
arrays of value numbers which `Level` each pair reaches. Level 0 is always "absent", level 1 full agreement.
Nothing here knows weights: those are the model's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tongchou.standards.text import Text

from ..hashing import hash_texts

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: What a `Learner` learnt, as texts by name.
Known = Mapping[str, str]

Item = TypeVar("Item")

ABSENT = 0
UNKNOWN = -1


@dataclass(frozen=True)
class Level:
    """One outcome of comparing two values.

    name: as the model file writes it. text: a clerk's words, in which `{label}` may stand: they name columns
    and relations, never values, because they are stored. rarity: which of the folded groups says how common
    the shared value is ("" where it shares none). shows: whether the two values help a reader (李静/李婧); they
    are added only where `compare` answers for one pair. like: the level whose bits it takes in a model file that
    does not know it, so that a district's own file stays valid when a kind learns a finer level; silent: the level
    says nothing either way and needs no bits.
    """

    name: str
    text: Text
    rarity: str = ""
    shows: bool = False
    like: str = ""
    silent: bool = False


@dataclass
class Folded:
    """Distinct values of one column, made ready to compare.

    text: the folded form, large strings ("" where nothing is left to compare; `texts_of`): a million of them as Python
    texts would take a tenth of a gigabyte. present: whether the value says anything.
    groups: per rarity name, a number per value; equal numbers mean equal in that respect, UNKNOWN means not
    known. arrays, words: whatever else the kind compares with, numbers and texts per value.
    """

    text: pa.Array
    present: Mask
    groups: dict[str, Ints] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)

    def picked(self, at: Ints) -> list[str]:
        """The texts of some values."""
        found: list[str] = self.text.take(pa.array(at)).to_pylist()
        return found

    @cached_property
    def numbers(self) -> Ints:
        """A number per text (`number_texts`)."""
        return number_texts(self.text)

    @classmethod
    def joined(cls, parts: Sequence[Folded]) -> Folded:
        """Foldings of some values and of others as one; at least one part. A kind's groups do not depend on which
        values were folded together.
        """
        first = parts[0]
        if len(parts) == 1:
            return first
        return cls(
            pa.concat_arrays([part.text for part in parts]),
            np.concatenate([part.present for part in parts]),
            {name: np.concatenate([part.groups[name] for part in parts]) for name in first.groups},
            {name: np.concatenate([part.arrays[name] for part in parts]) for name in first.arrays},
            {name: [text for part in parts for text in part.words[name]] for name in first.words},
        )


class Kind(Protocol):
    """A kind of value: names, identity numbers, dates …"""

    @property
    def levels(self) -> tuple[Level, ...]:
        """Its outcomes; 0 is absent, 1 full agreement."""
        ...

    def fold(self, values: Sequence[str]) -> Folded:
        """Prepare distinct values; the answer is aligned with `values`."""
        ...

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Level number of each pair of value numbers; all value numbers given are present."""
        ...


@runtime_checkable
class Learner(Protocol):
    """A kind whose values explain one another: what a full run learns of them all is kept in the census, and every
    value is read in its light, whenever it comes.
    """

    def learn(self, folded: Folded, values: Ints) -> Known:
        """What these values of `folded` (numbers, each once) know together; the same in whatever order they come."""
        ...

    def informed(self, folded: Folded, known: Known) -> Folded:
        """The folded values with what is known filled in."""
        ...


def texts_of(texts: Sequence[str]) -> pa.Array:
    """Texts as a folding keeps them."""
    return pa.array(texts, pa.large_string())


def number_texts(texts: Sequence[str] | pa.Array) -> Ints:
    """The same number for the same text, in every run, and UNKNOWN for the empty text (`hashing.hash_texts`)."""
    array = texts if isinstance(texts, pa.Array) else texts_of(texts)
    numbers = (hash_texts(array) >> np.uint64(1)).astype(np.int64)
    numbers[np.asarray(pc.equal(pc.binary_length(array), 0))] = UNKNOWN
    return numbers


def signatures(texts: Sequence[str], alphabet: str) -> NDArray[np.uint64]:
    """Which characters a text holds and how often, as bits: so many in a row as it holds of each, up to a limit.

    Characters outside the alphabet (at most 16) are left out. See `least_slips`.
    """
    limit = 64 // len(alphabet)
    points = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    answer = np.zeros(len(texts), np.uint64)
    for place, character in enumerate(alphabet):
        counts = np.bincount(owner[points == ord(character)], minlength=len(texts))
        bits = (np.uint64(1) << np.minimum(counts, limit).astype(np.uint64)) - np.uint64(1)
        answer |= bits << np.uint64(place * limit)
    return answer


def least_slips(signed: NDArray[np.uint64], left: Ints, right: Ints) -> NDArray[np.uint8]:
    """How many slips (a character wrong, lost, added, or two exchanged) lie between two texts at the least.

    A slip changes at most two of the counts, by one each; so half the bits that differ is never too much.
    """
    differing = np.bitwise_count(signed[left] ^ signed[right])
    answer: NDArray[np.uint8] = (differing + np.uint8(1)) >> np.uint8(1)
    return answer


def code_points(texts: Sequence[str], width: int) -> NDArray[np.uint32]:
    """Characters of each text as a matrix of code points, cut or padded with zeros to `width`."""
    joined = "".join(text[:width].ljust(width, "\0") for text in texts)
    points = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    return points.reshape(len(texts), width)


def mix(hashed: NDArray[np.uint64], numbers: Ints) -> NDArray[np.uint64]:
    """Fold more numbers into 64-bit hashes (the finaliser of splitmix64)."""
    mixed = (hashed + numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed = mixed * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return mixed


def same_known(group: Ints, left: Ints, right: Ints) -> Mask:
    """Where both sides are known and equal in this group."""
    one = group[left]
    answer: Mask = (one == group[right]) & (one != UNKNOWN)
    return answer


def both_known(group: Ints, left: Ints, right: Ints) -> Mask:
    """Where both sides are known in this group."""
    answer: Mask = (group[left] != UNKNOWN) & (group[right] != UNKNOWN)
    return answer


def grouped(items: Sequence[Item], makers: Mapping[str, Callable[[Item], str]]) -> dict[str, Ints]:
    """The groups of a `Folded`: per name, a number for what its maker says of each item."""
    return {name: number_texts([make(item) for item in items]) for name, make in makers.items()}


class Sides(NamedTuple):
    """Pairs of values seen group by group. left, right: value numbers, as in `Kind.compare`."""

    groups: Mapping[str, Ints]
    left: Ints
    right: Ints

    def equal(self, name: str) -> Mask:
        """Where both have the same number, which may be that of nothing."""
        answer: Mask = self.groups[name][self.left] == self.groups[name][self.right]
        return answer

    def same(self, name: str) -> Mask:
        """Where both sides say the same."""
        return same_known(self.groups[name], self.left, self.right)

    def known(self, name: str) -> Mask:
        """Where both sides say something."""
        return both_known(self.groups[name], self.left, self.right)

    def other(self, name: str) -> Mask:
        """Where both sides say something, and not the same."""
        return self.known(name) & ~self.equal(name)

    def silent(self, name: str) -> Mask:
        """Where neither side says anything."""
        answer: Mask = (self.groups[name][self.left] == UNKNOWN) & (self.groups[name][self.right] == UNKNOWN)
        return answer

    def alike_said(self, *names: str) -> Mask:
        """Where both sides say something in each of these groups, or neither does."""
        answer = np.ones(len(self.left), bool)
        for name in names:
            answer &= self.known(name) | self.silent(name)
        return answer


def choose(rules: Sequence[tuple[Mask, int]], otherwise: int, size: int) -> Bytes:
    """The level of the first rule that holds for each pair."""
    answer = np.full(size, otherwise, np.uint8)
    for mask, level in reversed(rules):
        answer[mask] = level
    return answer


def among_levels(levels: Sequence[Level], named: Iterable[str]) -> Mask:
    """Per level number whether it is one of the named levels."""
    wanted = frozenset(named)
    return np.array([level.name in wanted for level in levels], bool)


def level_numbers(levels: Sequence[Level]) -> Mapping[str, int]:
    """Level numbers by name."""
    return {level.name: number for number, level in enumerate(levels)}


absent = Level("absent", Text("", ""))

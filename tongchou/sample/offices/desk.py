"""What an office has before it (a block of people, their enterprises, slips) and what it hands in."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ..columns import NO_DAY, Column, Ints, dates, join, padded, pick, where
from ..dirt import Slips
from ..people import HEAD, Block
from ..slips import FORMAL_DAY_SLIPS
from ..trade import Trade


@dataclass(frozen=True)
class Sheet:
    """Rows for one file of one resource.

    file: below the output folder. columns: heading → values. key: each row's source key. people,
    enterprises: index in the block of the person or enterprise the row is about; None when the resource is
    not about such. files: scans handed in with them, path below the output folder → bytes.
    """

    resource: str
    file: str
    columns: Mapping[str, Column]
    key: pa.StringArray
    people: Ints | None = None
    enterprises: Ints | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def only(self, rows: Ints, file: str) -> Sheet:
        """The rows where the mask is true, for another file."""
        mask = pa.array(rows)
        return Sheet(
            self.resource,
            file,
            {name: column.filter(mask) for name, column in self.columns.items()},
            self.key.filter(mask),
            None if self.people is None else self.people[rows],
            None if self.enterprises is None else self.enterprises[rows],
        )


@dataclass
class Desk:
    """One block on the desk of every office in turn.

    serials: how many record numbers each resource has given out so far, over all blocks. first, second: the
    two delivery days as 20261101. relief: households on 低保. hidden: those of them that own a car and two
    flats.
    """

    block: Block
    trade: Trade
    slips: Slips
    serials: dict[str, int]
    first: str
    second: str
    rng: np.random.Generator = field(init=False)
    relief: Ints = field(init=False)
    hidden: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.rng = self.block.rng
        block = self.block
        heads = np.flatnonzero(block.role == HEAD)
        eligible = (
            block.registered[heads] & (block.kind[heads] == 0) & block.alive(block.calendar.second)[heads]
        )
        self.relief = eligible & (self.rng.random(block.households) < 0.018)
        self.hidden = self.relief & (self.rng.random(block.households) < 0.08)

    def keys(self, resource: str, prefix: str, rows: int, width: int = 9) -> pa.StringArray:
        """Fresh record numbers: a prefix and digits in no telling order."""
        given = self.serials.get(resource, 0)
        self.serials[resource] = given + rows
        # A start of its own for each resource, so that the same digits in two offices mean nothing.
        start = zlib.crc32(resource.encode()) % 10**9
        scattered = ((given + np.arange(rows)) * 480_119_003 + start) % 10**9
        return join(prefix, padded(scattered, width))

    def names(self, resource: str, people: Ints, keys: pa.StringArray, care: float = 1.0) -> pa.StringArray:
        """The people's names as this office has them."""
        return self.slips.name((resource, "name"), self.block.names.take(people), keys, care)

    def numbers(self, resource: str, people: Ints, keys: pa.StringArray, care: float = 1.0) -> pa.StringArray:
        """The people's identity numbers as this office has them."""
        column = self.block.ids.take(pa.array(people))
        return self.slips.number((resource, "id_number"), column, keys, care)

    def births(
        self, resource: str, people: Ints, keys: pa.StringArray, form: str, care: float = 1.0
    ) -> pa.StringArray:
        """The people's days of birth in the office's form."""
        return self.slips.day((resource, "birth_date"), dates(self.block.births[people], form), keys, care)

    def sexes(
        self, resource: str, people: Ints, keys: pa.StringArray, man: str, woman: str, care: float = 1.0
    ) -> pa.StringArray:
        """The people's sex in the office's two words."""
        return self.slips.sex((resource, "sex"), where(self.block.male[people], man, woman), keys, care)

    def own_phones(self, people: Ints) -> pa.StringArray:
        """Mobile numbers; null for those without."""
        return self.block.phones.take(pa.array(people, mask=~self.block.has_phone[people]))

    def family_phones(self, people: Ints) -> pa.StringArray:
        """Own mobile, or a parent's for children: the guardian's phone stands in the child's record."""
        guardian = self.block.guardians()[people]
        child = ~self.block.has_phone[people]
        holder = np.where(child & (guardian >= 0), guardian, people)
        return self.own_phones(holder)

    def phones(
        self, resource: str, column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """Phones as this office has them."""
        return self.slips.phone((resource, "phone"), column, keys, care)

    def addresses(
        self,
        resource: str,
        people: Ints,
        keys: pa.StringArray,
        form: str,
        care: float = 1.0,
        day: int | None = None,
    ) -> pa.StringArray:
        """Addresses in the office's form, some long out of date."""
        block = self.block
        now = block.homes_on(day or block.calendar.first, people).text(form)
        old = block.old_homes.take(block.household[people]).text(form)
        return self.slips.address((resource, "address"), now, keys, care, old)

    def days(self, resource: str, name: str, days: Ints, form: str, keys: pa.StringArray) -> pa.StringArray:
        """Days other than births, with the few that are impossible."""
        column = dates(days, form)
        return self.slips.spoil((resource, name), column, keys, FORMAL_DAY_SLIPS, 0.5)

    def recent(self, rows: int, days: int, floor: Ints | int = NO_DAY) -> Ints:
        """Random days within so many before the first delivery, not before `floor`."""
        start = np.maximum(self.block.calendar.first - days, floor)
        span = np.maximum(self.block.calendar.first - start, 1)
        return start + (self.rng.random(rows) * span).astype(np.int64)

    def some(self, mask: Ints, share: float) -> Ints:
        """Indices of a random share of those in the mask."""
        return np.flatnonzero(mask & (self.rng.random(len(mask)) < share))


def choose(
    words: tuple[str, ...], rows: int, rng: np.random.Generator, shares: tuple[float, ...] | None = None
) -> pa.StringArray:
    """Random words, by share."""
    return pick(words, rng.choice(len(words), rows, p=shares))

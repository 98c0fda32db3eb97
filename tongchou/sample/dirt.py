"""The mistakes of offices, at set rates, each written down so that one can measure what was overcome.

A slip belongs to a kind of field (name, number, day, phone, address, sex). Each office makes them as often
as its care allows: the rate of a slip times the office's factor. What was done to which row stands in
`truth/dirt.parquet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .slips import ADDRESS_SLIPS, DAY_SLIPS, NAME_SLIPS, NUMBER_SLIPS, PHONE_SLIPS, Change, unreadable


@dataclass(frozen=True)
class Rates:
    """Share of rows, for an office of ordinary care, on which each slip is made."""

    name_homophone: float = 0.008
    name_traditional: float = 0.006
    name_dropped: float = 0.003
    name_swapped: float = 0.002
    name_blank: float = 0.010
    number_typo: float = 0.006
    number_swapped: float = 0.004
    number_short: float = 0.020
    number_missing: float = 0.020
    number_full_width: float = 0.002
    number_placeholder: float = 0.002
    number_letter: float = 0.001
    day_swapped: float = 0.004
    day_other_form: float = 0.020
    day_missing: float = 0.008
    phone_missing: float = 0.030
    phone_changed: float = 0.030
    phone_full_width: float = 0.003
    phone_spaced: float = 0.010
    address_road: float = 0.010
    address_building: float = 0.030
    address_cut: float = 0.010
    address_full_width: float = 0.010
    address_old: float = 0.030
    address_missing: float = 0.010
    sex_wrong: float = 0.002
    sex_missing: float = 0.004
    impossible_day: float = 0.002
    unreadable_amount: float = 0.002
    name_absent: float = 0.001


@dataclass
class Slips:
    """Makes the mistakes of one block and keeps the account of them.

    care: the office's factor on every rate, 0 for none. `record` gathers (resource, key, field, kind)
    columns.
    """

    rates: Rates
    rng: np.random.Generator
    account: list[tuple[str, str, str, pa.Array]] = field(default_factory=list)

    def spoil(
        self,
        where: tuple[str, str],
        column: pa.StringArray,
        keys: pa.StringArray,
        kinds: Sequence[tuple[str, Change | pa.StringArray | None]],
        care: float = 1.0,
    ) -> pa.StringArray:
        """The column with slips made in it, one at most to a row.

        where: resource and field, for the account. keys: the rows' keys. kinds: name of the rate, and what
        it does: a function over the values to change, a column of what stands there instead, or None for a
        blank.
        """
        rates = np.array([getattr(self.rates, kind) for kind, _ in kinds]) * care
        upto = np.cumsum(rates)
        draw = self.rng.random(len(column))
        hit = np.flatnonzero(draw < upto[-1])
        if not hit.size:
            return column
        which = np.searchsorted(upto, draw[hit], side="right")
        values = column.take(pa.array(hit)).to_pylist()
        made: list[str | None] = list(values)
        for at, (kind, change) in enumerate(kinds):
            rows = [row for row in np.flatnonzero(which == at).tolist() if values[row]]
            if not rows:
                continue
            before = [values[row] for row in rows]
            after: Sequence[str | None]
            if change is None:
                after = [None] * len(rows)
            elif isinstance(change, pa.Array):
                after = change.take(pa.array(hit[rows])).to_pylist()
            else:
                after = change(before, self.rng)
            touched = [row for row, one, two in zip(rows, before, after, strict=True) if one != two]
            for row, value in zip(rows, after, strict=True):
                made[row] = value
            if touched:
                self.account.append((*where, kind, keys.take(pa.array(hit[touched]))))
        mask = np.zeros(len(column), bool)
        mask[hit] = True
        return pc.replace_with_mask(column, pa.array(mask), pa.array(made, pa.string()))

    def table(self) -> pa.Table:
        """The account so far: resource, source_key, field, kind."""
        parts = [
            pa.table(
                {
                    "resource": pa.repeat(pa.scalar(resource), len(keys)),
                    "source_key": keys,
                    "field": pa.repeat(pa.scalar(name), len(keys)),
                    "kind": pa.repeat(pa.scalar(kind), len(keys)),
                }
            )
            for resource, name, kind, keys in self.account
        ]
        self.account.clear()
        return pa.concat_tables(parts) if parts else DIRT.empty_table()

    def name(
        self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """Slips in names."""
        return self.spoil(where, column, keys, NAME_SLIPS, care)

    def number(
        self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """Slips in identity numbers."""
        return self.spoil(where, column, keys, NUMBER_SLIPS, care)

    def day(
        self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """Slips in days, whatever their form; impossible days among them."""
        return self.spoil(where, column, keys, DAY_SLIPS, care)

    def phone(
        self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """Slips in phone numbers."""
        return self.spoil(where, column, keys, PHONE_SLIPS, care)

    def address(
        self,
        where: tuple[str, str],
        column: pa.StringArray,
        keys: pa.StringArray,
        care: float = 1.0,
        old: pa.StringArray | None = None,
    ) -> pa.StringArray:
        """Slips in addresses; `old` is where the people lived before."""
        stale = [("address_old", old)] if old is not None else []
        return self.spoil(where, column, keys, [*ADDRESS_SLIPS, *stale], care)

    def amount(self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray) -> pa.StringArray:
        """Amounts nobody can read: a letter O for a nought, a word for a number."""
        return self.spoil(where, column, keys, [("unreadable_amount", unreadable)])

    def sex(
        self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """The other sex, or none; the column's two words are found in it."""
        seen = [value for value in pc.unique(column).to_pylist() if value][:2]
        other = dict(zip(seen, reversed(seen), strict=True))
        kinds = [("sex_wrong", lambda values, rng: [other[value] for value in values]), ("sex_missing", None)]
        return self.spoil(where, column, keys, kinds, care)


DIRT = pa.schema([(name, pa.string()) for name in ("resource", "source_key", "field", "kind")])

"""The mistakes of offices, at set rates, each written down so that one can measure what was overcome.

A slip belongs to a kind of field (name, number, day, phone, address, sex). Each office makes them as often
as its care allows: the rate of a slip times the office's factor. What was done to which row stands in
`truth/dirt.parquet`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import words
from .columns import full_width

Change = Callable[[list[str], np.random.Generator], list[str | None]]
"""Takes the values to spoil (none of them null) and returns what the office wrote instead."""


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
        return self.spoil(where, column, keys, [("unreadable_amount", _unreadable)])

    def sex(
        self, where: tuple[str, str], column: pa.StringArray, keys: pa.StringArray, care: float = 1.0
    ) -> pa.StringArray:
        """The other sex, or none; the column's two words are found in it."""
        seen = [value for value in pc.unique(column).to_pylist() if value][:2]
        other = dict(zip(seen, reversed(seen), strict=True))
        kinds = [("sex_wrong", lambda values, rng: [other[value] for value in values]), ("sex_missing", None)]
        return self.spoil(where, column, keys, kinds, care)


DIRT = pa.schema([(name, pa.string()) for name in ("resource", "source_key", "field", "kind")])


def _homophone(values: list[str], rng: np.random.Generator) -> list[str | None]:
    made: list[str | None] = []
    for value, at, choice in zip(values, rng.random(len(values)), rng.random(len(values)), strict=True):
        characters = list(value)
        if at < 0.2 and value[0] in words.SURNAME_HOMOPHONES:
            characters[0] = words.SURNAME_HOMOPHONES[value[0]]
        else:
            place = 1 + int(at * (len(value) - 1)) if len(value) > 1 else 0
            others = words.HOMOPHONES.get(value[place])
            if others:
                characters[place] = others[int(choice * len(others))]
        made.append("".join(characters))
    return made


_TRADITIONAL = str.maketrans(words.TRADITIONAL)


def _traditional(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [value.translate(_TRADITIONAL) for value in values]


def _dropped(values: list[str], rng: np.random.Generator) -> list[str | None]:
    places = rng.random(len(values))
    return [
        value[:at] + value[at + 1 :] if len(value) > 2 else value
        for value, at in (
            (value, 1 + int(place * (len(value) - 1))) for value, place in zip(values, places, strict=True)
        )
    ]


def _swapped(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [value[:-2] + value[-1] + value[-2] if len(value) > 2 else value for value in values]


def _blank(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [f"{value[0]}　{value[1]}" if len(value) == 2 else f" {value} " for value in values]


def _typo(values: list[str], rng: np.random.Generator) -> list[str | None]:
    places, steps = rng.random(len(values)), rng.integers(1, 10, len(values))
    made: list[str | None] = []
    for value, place, step in zip(values, places, steps, strict=True):
        at = int(place * (len(value) - 1))
        made.append(
            value[:at] + str((int(value[at]) + int(step)) % 10) + value[at + 1 :]
            if value[at].isdigit()
            else value
        )
    return made


def _neighbours(values: list[str], rng: np.random.Generator) -> list[str | None]:
    places = (rng.random(len(values)) * [max(len(value) - 2, 1) for value in values]).astype(int)
    return [
        value[:at] + value[at + 1] + value[at] + value[at + 2 :]
        for value, at in zip(values, places.tolist(), strict=True)
    ]


def _short(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [value[:6] + value[8:17] if len(value) == 18 and value[6:8] == "19" else value for value in values]


def _letter(values: list[str], rng: np.random.Generator) -> list[str | None]:
    places = (rng.random(len(values)) * 10 + 6).astype(int)
    return [
        value[:at] + "OIlZ"[at % 4] + value[at + 1 :]
        for value, at in zip(values, places.tolist(), strict=True)
    ]


def _wide(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [full_width(value) for value in values]


def _parts(value: str) -> tuple[int, int, int] | None:
    """Year, month and day out of any of the forms `columns.dates` writes; None when it holds no whole day."""
    numbers = "".join(character if character.isdigit() else " " for character in value[:11]).split()
    if len(numbers) == 1 and len(numbers[0]) == 8:
        return int(numbers[0][:4]), int(numbers[0][4:6]), int(numbers[0][6:])
    if len(numbers) == 3 and len(numbers[0]) == 4:
        return int(numbers[0]), int(numbers[1]), int(numbers[2])
    return None


def _rewrite(value: str, year: int, month: int, day: int) -> str:
    """Another day in the form of `value`."""
    if value[:8].isdigit():
        return f"{year:04}{month:02}{day:02}{value[8:]}"
    mark = value[4]
    wide = value[5] == "0" or value[6:7].isdigit()
    one = f"{month:02}" if wide else str(month)
    two = f"{day:02}" if wide else str(day)
    return f"{year}年{one}月{two}日" if mark == "年" else f"{year}{mark}{one}{mark}{two}"


def _day_swapped(values: list[str], rng: np.random.Generator) -> list[str | None]:
    made: list[str | None] = []
    for value in values:
        parts = _parts(value)
        made.append(_rewrite(value, parts[0], parts[2], parts[1]) if parts and parts[2] <= 12 else value)
    return made


def _day_other(values: list[str], rng: np.random.Generator) -> list[str | None]:
    made: list[str | None] = []
    for value, form in zip(values, rng.integers(0, 5, len(values)), strict=True):
        parts = _parts(value)
        if parts is None:
            made.append(value)
            continue
        year, month, day = parts
        made.append(
            (
                f"{year}年{month}月{day}日",
                f"{year}/{month}/{day}",
                f"{year}.{month:02}.{day:02}",
                f"{year:04}{month:02}{day:02}",
                f"{year}-{month:02}-{day:02}",
            )[form]
        )
    return made


def _impossible(values: list[str], rng: np.random.Generator) -> list[str | None]:
    made: list[str | None] = []
    for value, kind in zip(values, rng.integers(0, 3, len(values)), strict=True):
        parts = _parts(value)
        if parts is None:
            made.append(value)
        else:
            made.append(
                (f"{parts[0]}年2月30日", f"{parts[0]}-13-{parts[2]:02}", f"{parts[0]}/{parts[1]}/32")[kind]
            )
    return made


def _spaced(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [f"{value[:3]} {value[3:7]} {value[7:]}" if len(value) == 11 else value for value in values]


def _changed_phone(values: list[str], rng: np.random.Generator) -> list[str | None]:
    tails = rng.integers(0, 10**8, len(values))
    return [
        f"{value[:3]}{tail:08}" if value[0] == "1" else value
        for value, tail in zip(values, tails.tolist(), strict=True)
    ]


def _road(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [
        value.replace("大道", "路", 1) if "大道" in value else value.replace("路", "大道", 1)
        for value in values
    ]


def _building(values: list[str], rng: np.random.Generator) -> list[str | None]:
    made: list[str | None] = []
    for value, shift in zip(values, rng.integers(1, 4, len(values)), strict=True):
        words_of = ("栋", "座", "幢", "号楼")
        found = [at for at, word in enumerate(words_of[:3]) if word in value]
        made.append(
            value.replace(words_of[found[0]], words_of[(found[0] + int(shift)) % 4], 1) if found else value
        )
    return made


def _cut(values: list[str], rng: np.random.Generator) -> list[str | None]:
    keep = 0.55 + 0.35 * rng.random(len(values))
    return [
        value[: max(4, int(len(value) * share))] for value, share in zip(values, keep.tolist(), strict=True)
    ]


def _unreadable(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [
        (
            "约" + value.split(".")[0] + "多",
            value.replace("0", "O") if "0" in value else value + "O",
            "见附件",
        )[kind]
        for value, kind in zip(values, rng.integers(0, 3, len(values)).tolist(), strict=True)
    ]


NAME_SLIPS: tuple[tuple[str, Change | None], ...] = (
    ("name_homophone", _homophone),
    ("name_traditional", _traditional),
    ("name_dropped", _dropped),
    ("name_swapped", _swapped),
    ("name_blank", _blank),
    ("name_absent", None),
)
NUMBER_SLIPS: tuple[tuple[str, Change | None], ...] = (
    ("number_typo", _typo),
    ("number_swapped", _neighbours),
    ("number_short", _short),
    ("number_missing", None),
    ("number_full_width", _wide),
    ("number_placeholder", lambda values, rng: ["000000000000000000"] * len(values)),
    ("number_letter", _letter),
)
DAY_SLIPS: tuple[tuple[str, Change | None], ...] = (
    ("day_swapped", _day_swapped),
    ("day_other_form", _day_other),
    ("day_missing", None),
    ("impossible_day", _impossible),
)
FORMAL_DAY_SLIPS = tuple(slip for slip in DAY_SLIPS if slip[0] in ("day_other_form", "impossible_day"))
PHONE_SLIPS: tuple[tuple[str, Change | None], ...] = (
    ("phone_missing", None),
    ("phone_changed", _changed_phone),
    ("phone_full_width", _wide),
    ("phone_spaced", _spaced),
)
ADDRESS_SLIPS: tuple[tuple[str, Change | None], ...] = (
    ("address_road", _road),
    ("address_building", _building),
    ("address_cut", _cut),
    ("address_full_width", _wide),
    ("address_missing", None),
)

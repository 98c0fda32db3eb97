"""What tired clerks write instead: one function to a kind of slip, over the values to be spoilt.

The tables at the end name the slips of each kind of field after their rates in `dirt.Rates`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import words
from .columns import full_width

Change = Callable[[list[str], np.random.Generator], list[str | None]]
"""Takes the values to spoil (none of them null) and returns what the office wrote instead."""


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


def unreadable(values: list[str], rng: np.random.Generator) -> list[str | None]:
    """Amounts nobody can read: 约1200多, 12OO, 见附件."""
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

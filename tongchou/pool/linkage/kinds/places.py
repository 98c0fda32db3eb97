"""Places 地点 in Chinese addresses: which records are about one home, shop, building or plot.

What `kinds.addresses` weighs as evidence about people is here the question itself, so it is answered as
`standards.addresses.likeness` does, mark by mark; pairs whose names are written alike are compared in arrays, the few
others one by one. Linking is stricter than comparing two addresses alone: one that stops at the building is the
building and not one of its flats, one that breaks off joins only where no other flat would fit as well, and two that
share no spot (一个小区名、一个门牌号) say nothing about each other.

Positions 坐标 are compared by their distance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tongchou.standards.addresses import SAME, Likeness, Place, Relation, likeness, parse
from tongchou.standards.addresses.place import is_zone
from tongchou.standards.text import Text

from .base import (
    ABSENT,
    UNKNOWN,
    Bytes,
    Folded,
    Ints,
    Level,
    Mask,
    absent,
    both_known,
    choose,
    level_numbers,
    number_texts,
    same_known,
    texts_of,
)
from .names import syllables

_MARKS = (
    "city", "county", "town", "community", "group", "street", "kind", "number", "core", "sort", "phase", "building",
    "unit", "floor", "room",
)  # fmt: skip
_DEPTH = {
    "community": 0,
    "street": 1,
    "number": 2,
    "estate": 3,
    "building": 4,
    "unit": 5,
    "floor": 6,
    "room": 7,
}


class PlaceAddress:
    """Comparison of places by their addresses."""

    levels = (
        absent,
        Level("same_place", Text("{label}各级均相同", "{label}: the same in every part")),
        Level(
            "likely",
            Text("{label}相同，一方少写一级或名称相近", "{label}: the same, a part left out or alike"),
        ),
        Level(
            "cut",
            Text("{label}一方被截断，写到的部分相同", "{label}: one breaks off, the same as far as it goes"),
        ),
        Level("part", Text("一处在另一处之内", "one lies within the other")),
        Level("different", Text("{label}不同", "other {label}")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Read the marks; groups by mark, and those records are compared by: door, flat, their sounds, and beginnings."""
        places = [_read(value) for value in values]
        groups = {name: number_texts([getattr(place, name) for place in places]) for name in _MARKS}
        groups |= {
            name: number_texts([make(place) for place in places])
            for name, make in (
                ("door", _door), ("door_sound", lambda place: _door(place, sound=True)), ("gate", _gate),
                ("flat", _flat), ("flat_sound", lambda place: _flat(place, sound=True)), ("house", _house),
                ("door_one", lambda place: _begins(place, 1)), ("door_two", lambda place: _begins(place, 2)),
                ("flat_one", lambda place: _begins(place, 1, by_estate=True)),
                ("flat_two", lambda place: _begins(place, 2, by_estate=True)),
            )
        }  # fmt: skip
        arrays = {
            "cut": np.array([place.cut for place in places], np.int64),
            "zone": np.array([is_zone(place.county) for place in places], np.int64),
            "depth": np.array([_DEPTH.get(place.last, 0) for place in places], np.int64),
            "named": np.array([bool(place.estate) for place in places], np.int64),
        }
        text = ["|".join(getattr(place, name) for name in _MARKS) + "…" * place.cut for place in places]
        present = np.array([_is_place(place) for place in places], bool)
        return Folded(texts_of(text), present, groups, arrays, {"address": list(values)})

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of places."""
        at = level_numbers(self.levels)
        g, a = folded.groups, folded.arrays

        def same(name: str) -> Mask:
            return same_known(g[name], left, right)

        def other(name: str) -> Mask:
            return both_known(g[name], left, right) & ~same(name)

        cut: Mask = (a["cut"][left] | a["cut"][right]) == 1
        zone: Mask = (a["zone"][left] | a["zone"][right]) == 1
        spot: Mask = same("street") & same("number")
        street: Mask = other("street") | (same("street") & other("kind"))
        estate: Mask = other("core") | (same("core") & other("sort"))
        pinned: Mask = spot & same("core")
        apart: Mask = other("city") | (other("county") & ~zone) | other("group") | other("phase")
        apart |= (other("town") | other("community")) & ~pinned
        for name in ("number", "building", "unit", "floor", "room"):
            apart |= other(name) & ~cut
        village: Mask = (same("community") | same("group")) & same("number")
        village &= (g["street"][left] == UNKNOWN) & (g["street"][right] == UNKNOWN)
        anchored: Mask = spot | same("core") | village
        level_of: Mask = a["depth"][left] == a["depth"][right]
        whole = np.ones(len(left), bool)
        for name in ("building", "unit", "floor"):
            whole &= (g[name][left] == UNKNOWN) == (g[name][right] == UNKNOWN)
        answer = choose(
            [
                (apart, at["different"]),
                (~anchored, ABSENT),
                (~level_of, at["part"]),
                (whole, at["same_place"]),
            ],
            at["likely"], len(left),
        )  # fmt: skip
        for row in np.flatnonzero(~apart & (cut | street | estate)):
            one, two = (_read(folded.words["address"][side[row]]) for side in (left, right))
            answer[row] = at[name] if (name := _named(one, two, likeness(one, two))) else ABSENT
        return answer


@lru_cache(maxsize=1 << 16)
def _read(address: str) -> Place:
    """The marks of an address; asked again for the few pairs that must be compared one by one."""
    return parse(address).place


def _is_place(place: Place) -> bool:
    """Whether the address goes down to a spot: a number, or an estate with the word for its kind or something in it."""
    if place.last == "estate":
        return bool(place.sort or place.number)
    return place.last not in ("", "tail", "community", "street")


def _named(one: Place, two: Place, found: Likeness) -> str:
    """The level of two places that need a closer look; "" where they say nothing about each other."""
    if found.relation is Relation.DIFFERENT:
        return "different"
    if found.relation is Relation.UNKNOWN or found.score < SAME:
        return "part" if found.relation is Relation.PART else ""
    if not (one.cut or two.cut):
        return "likely" if found.relation is Relation.SAME else "part"
    # Two that break off alike may be two places; one must go further.
    further = one if two.cut else two
    return (
        "cut"
        if not further.cut and _DEPTH.get(further.last, 0) >= _DEPTH["number"] and found.score > SAME
        else ""
    )


def _street(place: Place, sound: bool) -> str:
    return "".join(syllables(place.street)) if sound else place.street


def _door(place: Place, *, sound: bool = False) -> str:
    """Street, number, building and room; "" without a street's number or where it breaks off."""
    if not (place.street and place.number) or place.cut:
        return ""
    return f"{_street(place, sound)}|{place.number}|{place.building}|{place.room or place.floor}"


def _gate(place: Place) -> str:
    """Street, number and room, whatever the building."""
    return (
        f"{place.street}|{place.number}|{place.room}" if place.street and place.number and place.room else ""
    )


def _flat(place: Place, *, sound: bool = False) -> str:
    """Estate, building and room; "" without an estate or where it breaks off."""
    if not place.core or place.cut:
        return ""
    core = "".join(syllables(place.core)) if sound else place.core
    return f"{core}|{place.building}|{place.room or place.floor}"


def _house(place: Place) -> str:
    """The house of a village."""
    if place.street or not (place.community or place.group) or not place.number:
        return ""
    return f"{place.community}|{place.group}|{place.number}|{place.room}"


def _begins(place: Place, count: int, *, by_estate: bool = False) -> str:
    """Where the place is down to the building, with the first digits of the room, as one that breaks off says them."""
    spot = (
        place.core if by_estate else f"{place.street}|{place.number}" if place.street and place.number else ""
    )
    return f"{spot}|{place.building}|{place.room[:count]}" if spot and len(place.room) >= count else ""


_POSITION = re.compile(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)")
_METRES_A_DEGREE = 111_320.0
SPOT_M = 30.0
NEAR_M = 150.0
FAR_M = 1_000.0


class Position:
    """Comparison of positions, written "longitude,latitude" in degrees, by their distance."""

    levels = (
        absent,
        Level("same_spot", Text("{label}相距不足30米", "{label} less than 30 m apart")),
        Level("near", Text("{label}相距不足150米", "{label} less than 150 m apart")),
        Level("apart", Text("{label}相距不足1公里", "{label} less than 1 km apart")),
        Level("far", Text("{label}相距1公里以上", "{label} 1 km apart or more")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Positions in metres, and in cells of about 100 m; what does not read as one is absent."""
        read = [_POSITION.fullmatch(value.strip()) for value in values]
        x = np.array([float(found[1]) if found else 0.0 for found in read])
        y = np.array([float(found[2]) if found else 0.0 for found in read])
        metres = {
            "x": np.round(x * _METRES_A_DEGREE * np.cos(np.radians(y))).astype(np.int64),
            "y": np.round(y * _METRES_A_DEGREE).astype(np.int64),
        }
        cells = [f"{a:.3f},{b:.3f}" if found else "" for a, b, found in zip(x, y, read, strict=True)]
        text = [f"{a:.6f},{b:.6f}" if found else "" for a, b, found in zip(x, y, read, strict=True)]
        present = np.array([found is not None and (found[1], found[2]) != ("0", "0") for found in read], bool)
        return Folded(texts_of(text), present, {"cell": number_texts(cells)}, metres)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of positions."""
        at = level_numbers(self.levels)
        x, y = (folded.arrays[name][left] - folded.arrays[name][right] for name in ("x", "y"))
        metres = np.hypot(x, y)
        rules: list[tuple[Mask, int]] = [
            (metres < SPOT_M, at["same_spot"]),
            (metres < NEAR_M, at["near"]),
            (metres < FAR_M, at["apart"]),
        ]
        return choose(rules, at["far"], len(left))

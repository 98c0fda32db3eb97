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
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from operator import attrgetter

import numpy as np

from tongchou.standards.addresses import SAME, Place, Relation, likeness, parse
from tongchou.standards.addresses.place import ends_in_kind, is_zone
from tongchou.standards.text import Text

from . import gates
from .base import (
    ABSENT,
    Bytes,
    Folded,
    Ints,
    Known,
    Level,
    Mask,
    Sides,
    absent,
    choose,
    grouped,
    level_numbers,
    number_texts,
    texts_of,
)
from .names import syllables

_MARKS = (
    "city", "county", "town", "community", "group", "street", "kind", "number", "core", "sort", "phase", "building",
    "unit", "floor", "room",
)  # fmt: skip
#: The marks that `gates.complete` may fill in.
_COMPLETED = ("road", "street", "kind", "number", "estate", "core", "sort")
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
_LAST = {depth: name for name, depth in _DEPTH.items()}


class PlaceAddress:
    """Comparison of places by their addresses."""

    levels = (
        absent,
        Level("same_said", Text("{label}写到的各级均相同", "{label}: both say the same"), like="same_place"),
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
        return _folded(values, [_read(value) for value in values])

    def learn(self, folded: Folded, values: Ints) -> Known:
        """At which gate each estate lies, and which roads were renamed (`gates.learn`)."""
        addresses = folded.words["address"]
        told = _told(folded)
        return gates.learn([(addresses[value], told[value]) for value in values.tolist()])

    def informed(self, folded: Folded, known: Known) -> Folded:
        """The marks with the gate, the estate or the road's name of today filled in (`gates.complete`)."""
        changed = [at for at, place in enumerate(_told(folded)) if gates.complete(place, known) != place]
        if not changed:
            return folded
        addresses = [folded.words["address"][at] for at in changed]
        some = _folded(addresses, [gates.complete(_read(address), known) for address in addresses])
        text, completed = folded.text.to_pylist(), list(folded.words["completed"])
        texts = some.text.to_pylist()
        for at, number in enumerate(changed):
            text[number], completed[number] = texts[at], some.words["completed"][at]
        groups, arrays = (
            {name: _put(array, changed, of_some[name]) for name, array in of_all.items()}
            for of_all, of_some in ((folded.groups, some.groups), (folded.arrays, some.arrays))
        )
        return Folded(texts_of(text), folded.present, groups, arrays, folded.words | {"completed": completed})

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of places."""
        at = level_numbers(self.levels)
        sides, a = Sides(folded.groups, left, right), folded.arrays
        same, other = sides.same, sides.other
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
        village &= sides.silent("street")
        anchored: Mask = spot | same("core") | village
        level_of: Mask = a["depth"][left] == a["depth"][right]
        answer = choose(
            [
                (apart, at["different"]),
                (~anchored, ABSENT),
                (~level_of, at["part"]),
                (~sides.alike_said("building", "unit", "floor"), at["likely"]),
                (sides.alike_said("city", "county", "town", "community", "street", "number", "core"), at["same_said"]),
            ],
            at["same_place"], len(left),
        )  # fmt: skip
        broken: Mask = (a["broken"][left] | a["broken"][right]) == 1
        for row in np.flatnonzero(~apart & (cut | street | estate | (broken & ~level_of))):
            one, two = (_completed(folded, int(side[row])) for side in (left, right))
            answer[row] = at[name] if (name := _named(*_with_whole_number(one, two))) else ABSENT
        return answer


def _folded(values: Sequence[str], places: Sequence[Place]) -> Folded:
    """Addresses and their marks, made ready to compare."""
    groups = grouped(places, {**{name: attrgetter(name) for name in _MARKS}, **_SPOTS})
    arrays = {
        "cut": np.array([place.cut for place in places], np.int64),
        "broken": np.array([_is_broken(place) for place in places], np.int64),
        "zone": np.array([is_zone(place.county) for place in places], np.int64),
        "depth": np.array([_DEPTH.get(place.last, 0) for place in places], np.int64),
    }
    text = ["|".join(getattr(place, name) for name in _MARKS) + "…" * place.cut for place in places]
    present = np.array([_is_place(place) for place in places], bool)
    completed = ["|".join(getattr(place, name) for name in _COMPLETED) for place in places]
    return Folded(texts_of(text), present, groups, arrays, {"address": list(values), "completed": completed})


def _told(folded: Folded) -> list[Place]:
    """The marks of each value as far as `_MARKS` go, without reading the addresses again."""
    depths = folded.arrays["depth"].tolist()
    return [
        Place(
            **dict(zip(_MARKS, text.removesuffix("…").split("|"), strict=True)),
            last=_LAST[depth],
            cut=text.endswith("…"),
        )
        for text, depth in zip(folded.text.to_pylist(), depths, strict=True)
    ]


def _put(array: Ints, at: Sequence[int], values: Ints) -> Ints:
    answer = array.copy()
    answer[at] = values
    return answer


def _completed(folded: Folded, value: int) -> Place:
    """The marks of a value as they were completed."""
    said = dict(zip(_COMPLETED, folded.words["completed"][value].split("|"), strict=True))
    cut = bool(folded.arrays["cut"][value])
    return Place(**{**_read(folded.words["address"][value])._asdict(), **said, "cut": cut})


@lru_cache(maxsize=1 << 16)
def _read(address: str) -> Place:
    """The marks of an address; asked again for the few pairs that must be compared one by one."""
    return parse(address).place


def _is_place(place: Place) -> bool:
    """Whether the address goes down to a spot: a number, or an estate with the word for its kind or something in it."""
    if place.last == "estate":
        return bool(place.sort or place.number)
    return place.last not in ("", "tail", "community", "street")


def _is_broken(place: Place) -> bool:
    """Whether the address stops within a name: 岭南大道北95号锦 or 锦绣花园二."""
    return place.last == "estate" and not place.sort


def _with_whole_number(one: Place, two: Place) -> tuple[Place, Place]:
    """The two; a number at the end of an address (同济路38) did not break off where the other says the same one."""
    if one.number != two.number:
        return one, two
    one, two = (place._replace(cut=place.cut and place.last != "number") for place in (one, two))
    return one, two


def _named(one: Place, two: Place) -> str:
    """The level of two places that need a closer look; "" where they say nothing about each other."""
    found = likeness(one, two)
    if found.relation is Relation.DIFFERENT:
        return "different"
    if found.relation is Relation.UNKNOWN or found.score < SAME:
        return "part" if found.relation is Relation.PART else ""
    shorter = next((each for each in (one, two) if each.cut or _stops_within(each, one, two)), None)
    if _is_broken(one) and _is_broken(two) and one.estate != two.estate:
        return ""  # 金 and 金桂 may be of two flats of 金桂华府
    if shorter is None:
        return "likely" if found.relation is Relation.SAME else "part"
    # Two that break off alike may be two places; one must go further.
    further = two if shorter is one else one
    return (
        "cut"
        if not further.cut and _DEPTH.get(further.last, 0) >= _DEPTH["number"] and found.score > SAME
        else ""
    )


def _stops_within(place: Place, one: Place, two: Place) -> bool:
    """Whether a place's address stops within the name of the other's estate."""
    other = two if place is one else one
    return (
        _is_broken(place)
        and other.last != "estate"
        and place.estate != other.estate
        and other.estate.startswith(place.estate)
    )


def _spot(place: Place) -> str:
    """Street and number."""
    return f"{place.street}|{place.number}" if place.street and place.number else ""


def _heard(place: Place) -> str:
    """Estate with the word for its kind as it sounds (华府 and 花府), building and room."""
    if not (place.core and place.room):
        return ""
    # 绿地城家园 is called 绿地城 too, whose 城 reads like the word for its kind.
    name = place.core if ends_in_kind(place.core) else place.estate
    return f"{''.join(syllables(name))}|{place.building}|{place.room}"


def _street(place: Place, sound: bool) -> str:
    return "".join(syllables(place.street)) if sound else place.street


def _door(place: Place, *, sound: bool = False) -> str:
    """Street, number, building and room; "" without a street's number or where it breaks off behind it."""
    if not (place.street and place.number) or (place.cut and place.last != "number"):
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


#: What places are found by; those that stop early by what they begin with.
_SPOTS: Mapping[str, Callable[[Place], str]] = {
    "door": _door,
    "door_sound": partial(_door, sound=True),
    "gate": _gate,
    "flat": _flat,
    "flat_sound": partial(_flat, sound=True),
    "flat_heard": _heard,
    "house": _house,
    "door_one": partial(_begins, count=1),
    "door_two": partial(_begins, count=2),
    "flat_one": partial(_begins, count=1, by_estate=True),
    "flat_two": partial(_begins, count=2, by_estate=True),
    "spot": _spot,
    "block": partial(_begins, count=0),
    "estate_block": partial(_begins, count=0, by_estate=True),
}

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

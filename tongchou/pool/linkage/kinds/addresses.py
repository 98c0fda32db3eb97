"""Homes in Chinese addresses, as far as linking needs them: street number, estate, building and room.

The same flat is written 佛山市禅城区岭南大道北95号锦绣山庄17栋2单元1205房, 岭南路北９５号17幢1205 and
锦绣山庄17-2-1205. So a home is described by four marks that survive, read from the parts
`standards.addresses` finds: `street` (the road without its ending, and the number on it), `estate`,
`building`, `room`. Two homes are compared mark by mark, and what one side does not say does not count
against it. People move: another home is weak evidence against.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tongchou.standards import addresses
from tongchou.standards.text import Text

from .base import (
    UNKNOWN,
    Bytes,
    Folded,
    Ints,
    Level,
    Mask,
    absent,
    choose,
    grouped,
    level_numbers,
    same_known,
    texts_of,
)

_ENDINGS = re.compile(r"大道|大路|大街|公路|马路|路|街|道")
_CLUSTER = re.compile(r"(?<=.)(?:坊|社|经济社|队|生产队|组|小组|村民小组)$")
_ABOVE = re.compile(r"^.*[省市区县镇乡](?=..)")


class Marks(NamedTuple):
    """The marks of one home; "" where the address does not say. rest: everything below the county, run
    together.
    """

    street: str
    estate: str
    building: str
    room: str
    rest: str

    @property
    def home(self) -> str:
        """The home as one text: place, building and room, or the number of a house without rooms; else ""."""
        place = self.street or self.estate
        if self.street and not (self.building or self.room or self.estate):
            return f"{self.street}||"
        return f"{place}|{self.building}|{self.room}" if place and self.room else ""


def read_marks(text: str) -> Marks:
    """The marks of an address as written."""
    home = addresses.parse(text)
    road = _ABOVE.sub("", home.road) or home.road
    core = _ENDINGS.sub("", road) or road
    estate = home.compound
    village = home.community[-3:] if home.community.endswith("村") else home.community
    if not home.road:
        core = village + _CLUSTER.sub("", home.group)  # number 23 of one village is not 23 of the next
        if estate and village:
            estate = village + estate
    elif "村" in core:
        core = _CLUSTER.sub("", core)  # 西樵村东坊 and 西樵村东社 are one
    street = f"{core}{home.lane}|{home.number}" if home.number and (core or home.lane) else ""
    below = (road or core, home.lane, home.number, estate, home.building, home.unit, home.room, home.tail)
    return Marks(street, estate, home.building, home.room, "|".join(below).strip("|") or home.text)


def _within(*marks: str) -> str:
    """A spot with what is within it, the last of which must be said; "" without."""
    return "|".join(marks) if marks[0] and marks[-1] else ""


class ChineseAddress:
    """Comparison of homes."""

    levels = (
        absent,
        Level("same_home", Text("{label}同栋同室", "{label}: same building and room"), "home"),
        Level("same_text", Text("{label}写法相同", "{label} written the same"), "text"),
        Level("likely_home", Text("{label}楼栋与房号相同", "{label}: same building and room number"), "flat"),
        Level("same_building", Text("{label}同一栋", "{label}: same building"), "block"),
        Level(
            "same_street", Text("{label}同一门牌或小区", "{label}: same street number or estate"), "street"
        ),
        Level("different", Text("{label}不同", "other {label}")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Read the marks; groups by mark and by home (street, else estate, with building and room)."""
        marks = [read_marks(value) for value in values]
        groups = grouped(
            marks,
            {
                "text": lambda m: m.rest,
                "home": lambda m: m.home,
                "street": lambda m: m.street,
                "estate": lambda m: m.estate,
                "building": lambda m: m.building,
                "room": lambda m: m.room,
                "flat": lambda m: f"{m.building}-{m.room}" if m.building and m.room else "",
                "block": lambda m: _within(m.street or m.estate, m.building),
                "street_flat": lambda m: _within(m.street, m.building, m.room),
                "estate_flat": lambda m: _within(m.estate, m.building, m.room),
            },
        )
        return Folded(
            texts_of([m.rest for m in marks]), np.array([len(m.rest) >= 3 for m in marks], bool), groups
        )

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of homes."""
        at = level_numbers(self.levels)
        g = folded.groups
        home, text = same_known(g["home"], left, right), same_known(g["text"], left, right)
        answer = choose([(home, at["same_home"]), (text, at["same_text"])], at["different"], len(left))
        streets, estates = ((g[name][left], g[name][right]) for name in ("street", "estate"))
        place: Mask = _agree(*streets) | _agree(*estates)
        neither: Mask = ~_known(*streets) & ~_known(*estates)
        # Elsewhere, neither building nor room says anything.
        look = np.flatnonzero(~home & (place | neither))
        answer[look] = self._marks(folded, left[look], right[look], place[look], neither[look], text[look])
        return answer

    def _marks(
        self, folded: Folded, left: Ints, right: Ints, place: Mask, neither: Mask, text: Mask
    ) -> Bytes:
        """Levels of pairs of one place, or of places of which neither is said where they are."""
        at = level_numbers(self.levels)
        g = folded.groups
        buildings, rooms = ((g[name][left], g[name][right]) for name in ("building", "room"))
        building, room = _agree(*buildings), _agree(*rooms)
        other_building = _known(*buildings) & ~building
        other_room = _known(*rooms) & ~room
        rules: list[tuple[Mask, int]] = [
            (place & room & ~other_building, at["same_home"]),
            (text, at["same_text"]),
            (building & room & neither, at["likely_home"]),
            (place & building & ~other_room, at["same_building"]),
            (place, at["same_street"]),
        ]
        return choose(rules, at["different"], len(left))


def _known(one: Ints, two: Ints) -> Mask:
    answer: Mask = (one != UNKNOWN) & (two != UNKNOWN)
    return answer


def _agree(one: Ints, two: Ints) -> Mask:
    answer: Mask = (one == two) & (one != UNKNOWN)
    return answer

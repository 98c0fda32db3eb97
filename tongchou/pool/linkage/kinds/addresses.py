"""Homes in Chinese addresses, as far as linking needs them: which street number, which estate, which building and room.

The same flat is written 佛山市禅城区岭南大道北95号锦绣山庄17栋2单元1205房, 岭南路北９５号17幢1205 and 锦绣山庄17-2-1205.
So a home is described by four marks that survive: `street` (the end of the road's name and the number on it),
`estate` (the name before the building), `building`, `room`. Two addresses are compared mark by mark, and what one
side does not say does not count against it. People move: another home is weak evidence against being the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tongchou.standards.characters import simplified
from tongchou.standards.text import Text

from .base import Bytes, Folded, Ints, Level, Mask, absent, both_known, choose, level_numbers, number_texts, same_known

_NOISE = re.compile(r"[\s,，。.、;；:：*·#]+")
_NUMERAL = re.compile(r"[〇零一二两三四五六七八九十百]+")
_DIVISION = re.compile(
    r"^(?:[^\d]{2,8}?(?:省|自治区|特别行政区))?(?:[^\d]{2,8}?(?:市|自治州|地区|盟))?(?:[^\d路街]{1,6}?(?:区|县|旗|市))?"
)
_BUILDING = re.compile(r"(\d+[A-Z]?)(?:号楼|栋|座|幢|楼|#)")
_UNIT = re.compile(r"\d+单元|[A-Z]单元")
_ROOM = re.compile(r"(\d+[A-Z]?)(?:室|房|号房)?$")
_DASHED = re.compile(r"(\d+[A-Z]?)(?:-(\d+[A-Z]?))?-(\d+[A-Z]?)(?:室|房)?$")
_STREET_NUMBER = re.compile(r"(\d+(?:-\d+)?)号(?!楼|房)")
_ROAD_END = re.compile(r"(?:大道|大路|大街|公路|路|街|巷|里|道|村|组|队|坊|围|社)")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


class Marks(NamedTuple):
    """The marks of one home; "" where the address does not say."""

    street: str
    estate: str
    building: str
    room: str
    rest: str


def arabic(numeral: str) -> str:
    """A Chinese numeral as digits: 二十三 → 23, 三 → 3, 一二〇 → 120."""
    if "十" not in numeral and "百" not in numeral:
        return "".join(str(_DIGITS[c]) for c in numeral)
    total, digit = 0, 0
    for character in numeral:
        if character == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif character == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS[character]
    return str(total + digit)


def fold_address(value: str) -> str:
    """An address in half width, simplified, without marks, Chinese numerals as digits."""
    text = _NOISE.sub("", simplified(unicodedata.normalize("NFKC", value))).upper()
    text = re.sub(r"[—–~至－]+", "-", text)
    return _NUMERAL.sub(lambda found: arabic(found.group()), text)


def read_marks(folded: str) -> Marks:
    """The marks of a folded address."""
    rest = folded[_DIVISION.match(folded).end() :] or folded  # type: ignore[union-attr]
    street, before_number = "", ""
    tail = rest
    number = _STREET_NUMBER.search(rest)
    if number:
        before_number, tail = rest[: number.start()], rest[number.end() :]
        street = f"{_road_core(before_number)}|{number.group(1)}"
    building = room = ""
    estate = tail
    dashed = _DASHED.search(tail)
    if dashed:
        building, room, estate = dashed.group(1), dashed.group(3), tail[: dashed.start()]
    else:
        found = _BUILDING.search(tail)
        if found:
            building, estate = found.group(1), tail[: found.start()]
            last = _ROOM.search(_UNIT.sub("", tail[found.end() :]))
            room = last.group(1) if last else ""
        elif number:
            last = _ROOM.search(tail)
            room = last.group(1) if last else ""
            estate = tail[: last.start()] if last else tail
    estate = re.sub(r"^.*(?:路|街|道|巷)", "", estate) if not number else estate
    return Marks(street, estate if len(estate) > 1 else "", building, room, rest)


def _road_core(text: str) -> str:
    """What remains of a road's name however it is written: two characters and the part of the road."""
    ends = list(_ROAD_END.finditer(text))
    if not ends:
        return text[-3:]
    last = ends[-1]
    return text[max(0, last.start() - 2) : last.start()] + text[last.end() :]


class ChineseAddress:
    """Comparison of homes."""

    levels = (
        absent,
        Level("same_home", Text("{label}同栋同室", "{label}: same building and room"), "home"),
        Level("same_text", Text("{label}写法相同", "{label} written the same"), "text"),
        Level("likely_home", Text("{label}楼栋与房号相同", "{label}: same building and room number"), "flat"),
        Level("same_building", Text("{label}同一栋", "{label}: same building"), "block"),
        Level("same_street", Text("{label}同一门牌或小区", "{label}: same street number or estate"), "street"),
        Level("different", Text("{label}不同", "other {label}")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Read the marks; groups by mark and by home (street, else estate, with building and room)."""
        text = [fold_address(value) for value in values]
        marks = [read_marks(address) for address in text]
        home = [
            f"{m.street or m.estate}|{m.building}|{m.room}" if m.room and (m.street or m.estate) else "" for m in marks
        ]
        groups = {
            "text": number_texts([m.rest for m in marks]),
            "home": number_texts(home),
            "street": number_texts([m.street for m in marks]),
            "estate": number_texts([m.estate for m in marks]),
            "building": number_texts([m.building for m in marks]),
            "room": number_texts([m.room for m in marks]),
            "flat": number_texts([f"{m.building}-{m.room}" if m.building and m.room else "" for m in marks]),
            "block": number_texts(
                [f"{m.street or m.estate}|{m.building}" if m.building and (m.street or m.estate) else "" for m in marks]
            ),
            "street_flat": number_texts([f"{m.street}|{m.building}|{m.room}" if m.street and m.room else "" for m in marks]),
            "estate_flat": number_texts([f"{m.estate}|{m.building}|{m.room}" if m.estate and m.room else "" for m in marks]),
        }
        return Folded(text, np.array([len(m.rest) >= 3 for m in marks], bool), groups)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of homes."""
        at = level_numbers(self.levels)
        g = folded.groups
        street = same_known(g["street"], left, right)
        estate = same_known(g["estate"], left, right)
        building = same_known(g["building"], left, right)
        other_building = both_known(g["building"], left, right) & ~building
        room = same_known(g["room"], left, right)
        other_room = both_known(g["room"], left, right) & ~room
        place: Mask = street | estate
        neither: Mask = ~both_known(g["street"], left, right) & ~both_known(g["estate"], left, right)
        rules: list[tuple[Mask, int]] = [
            (place & room & ~other_building, at["same_home"]),
            (same_known(g["text"], left, right), at["same_text"]),
            (building & room & neither, at["likely_home"]),
            (place & building & ~other_room, at["same_building"]),
            (place, at["same_street"]),
        ]
        return choose(rules, at["different"], len(left))

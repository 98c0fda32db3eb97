"""Pairs of addresses with their truth, made from the homes of the sample district: same place or not.

A positive is one home written twice, as two offices write it and with slips of their own. A negative is another home,
most often a hard one: the next number of the road, another building of the estate, another unit or room, the estate's
namesake of another kind, a road that differs in its numeral only. What the truth is must be readable: where a negative
differs in a part, both texts say that part and neither is cut off. The slips are those of offices at large, not those
of the sample's own generator: aliases of roads and buildings, numerals, width, script, cuts, parts left out, notes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tongchou.sample import places
from tongchou.sample.homes import Homes

_CN = "零一二三四五六七八九"
_TRADITIONAL = str.maketrans(
    "号栋区广东锦绣园丽庄湾岭华联门纪国车龙马张陈兴", "號棟區廣東錦繡園麗莊灣嶺華聯門紀國車龍馬張陳興"
)
_WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x30, 0x3A)})


class Pair(NamedTuple):
    """Two addresses; same: whether they mean one place; why: what makes the pair hard."""

    one: str
    other: str
    same: bool
    why: str


@dataclass(frozen=True)
class Home:
    """One home in its parts; building, unit, room -1 where it has none; estate ""."""

    town: str
    community: str
    road: str
    number: int
    estate: str
    building: int
    unit: int
    room: int


def homes(count: int, seed: int) -> list[Home]:
    """So many different homes of the sample district."""
    made = Homes.make(count * 2, np.random.default_rng(seed))
    names = places.ROADS + places.LANES
    found = {
        Home(
            places.TOWNS[c // 6], places.COMMUNITIES[c], names[r], n, places.ESTATES[e] if e >= 0 else "", b, u, m
        )
        for c, r, n, e, b, u, m in zip(
            *(
                getattr(made, part).tolist()
                for part in ("community", "road", "number", "estate", "building", "unit", "room")
            ),
            strict=True,
        )
    }  # fmt: skip
    return sorted(found, key=repr)[:count]


def numeral(number: int) -> str:
    """A number as it is spoken: 3 → 三, 15 → 十五, 206 → 二百零六."""
    if number < 10:
        return _CN[number]
    if number < 20:
        return "十" + (_CN[number % 10] if number % 10 else "")
    if number < 100:
        return _CN[number // 10] + "十" + (_CN[number % 10] if number % 10 else "")
    rest = number % 100
    tail = (
        ""
        if not rest
        else ("零" + _CN[rest] if rest < 10 else numeral(rest) if rest >= 20 else "一" + numeral(rest))
    )
    return _CN[number // 100] + "百" + tail


def digits(number: int) -> str:
    """A number spelt digit by digit: 601 → 六零一."""
    return "".join(_CN[int(c)] for c in str(number))


class Writing(NamedTuple):
    """One way to write a home down, and whether each part is said."""

    text: str
    says: frozenset[str]


_HEADS = (
    ("广东省佛山市样例区", True), ("佛山市样例区", False), ("样例区", False), ("", False), ("广东佛山样例区", False),
    ("佛山市 样例区 ", False), ("广东省佛山市样例区", False),
)  # fmt: skip


def write(home: Home, rng: random.Random, *, keep: frozenset[str] = frozenset()) -> Writing:
    """A home as some office writes it. keep: parts that must be said (road, estate, building, unit, room)."""
    says = {"road", "number"}
    head, full = rng.choice(_HEADS)
    text = head
    if full or rng.random() < 0.1:
        text += home.town
    if full or rng.random() < 0.1:
        text += home.community
        says.add("community")
    estate = home.estate
    short = estate and not ({"road", "number"} & keep) and rng.random() < 0.18
    if short:
        says -= {"road", "number"}
    else:
        text += _road(home.road, rng) + _number(home.number, rng)
    if estate and (short or "estate" in keep or rng.random() < 0.88):
        text += estate if rng.random() > 0.05 else estate + "小区"
        says.add("estate")
    if home.building >= 0:
        says |= {"building", "room"}
        unit = home.unit >= 0 and ("unit" in keep or rng.random() < 0.6)
        if unit:
            says.add("unit")
        text += _flat(home, unit, rng)
    elif home.room >= 0:
        says.add("room")
        text += _room(home.room, rng)
    return Writing(text, frozenset(says))


def _road(road: str, rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.08 and "路" in road:
        return road.replace("路", "大道", 1)
    if draw < 0.16 and "大道" in road:
        return road.replace("大道", "路", 1)
    if draw < 0.26 and (found := re.search("[一二三四五六七八九](?=路|街)", road)):
        return road.replace(found[0], str(_CN.index(found[0])), 1)
    return road


def _number(number: int, rng: random.Random) -> str:
    draw = rng.random()
    return (
        f"{numeral(number)}号"
        if draw < 0.05
        else f"{number}號"
        if draw < 0.08
        else f" {number} 号"
        if draw < 0.1
        else f"{number}号"
    )


def _flat(home: Home, unit: bool, rng: random.Random) -> str:
    if rng.random() < 0.15:
        return f"{home.building}-{home.unit}-{home.room}" if unit else f"{home.building}-{home.room}"
    building = numeral(home.building) if rng.random() < 0.1 else str(home.building)
    text = building + rng.choice(["栋", "座", "幢", "号楼", "栋", "座", "幢", "#"])
    if unit:
        text += (numeral(home.unit) if rng.random() < 0.2 else str(home.unit)) + rng.choice(
            ["单元", "梯", "单元"]
        )
    return text + _room(home.room, rng)


def _room(room: int, rng: random.Random) -> str:
    draw = rng.random()
    number = digits(room) if draw < 0.06 else f"0{room}" if draw < 0.1 and room < 1000 else str(room)
    return number + rng.choice(["房", "室", "", "号房" if draw >= 0.06 else "房", "室"])


def spoil(text: str, rng: random.Random, *, may_cut: bool) -> tuple[str, bool]:
    """Width, script, notes; and where it may, the end cut off. Returns the text and whether it was cut."""
    draw = rng.random()
    if draw < 0.08:
        return text.translate(_WIDE), False
    if draw < 0.14:
        return text.translate(_TRADITIONAL), False
    if draw < 0.17:
        return f"{text}(近{rng.choice('东南西北')}门)", False
    if may_cut and draw < 0.29:
        return text[: max(6, int(len(text) * rng.uniform(0.55, 0.9)))], True
    return text, False


Change = Callable[[Home, random.Random], Home | None]


def _shift(value: int, rng: random.Random, most: int) -> int:
    return max(1, (value + rng.choice([-3, -2, -1, 1, 2, 10]) - 1) % most + 1)


def _other_number(home: Home, rng: random.Random) -> Home | None:
    number = _shift(home.number, rng, 260)
    return None if number == home.number else replace(home, number=number)


def _other_building(home: Home, rng: random.Random) -> Home | None:
    building = _shift(home.building, rng, 30)
    return None if home.building < 0 or building == home.building else replace(home, building=building)


def _other_unit(home: Home, rng: random.Random) -> Home | None:
    return None if home.unit < 0 else replace(home, unit=home.unit % 4 + 1)


def _other_room(home: Home, rng: random.Random) -> Home | None:
    room = home.room + rng.choice([1, -1, 2, 100, -100])
    return None if home.room < 0 or room < 101 or room % 100 == 0 else replace(home, room=room)


def _other_estate(home: Home, rng: random.Random) -> Home | None:
    """Its namesake of another kind, or the same kind under another name; on a road and number of its own."""
    if not home.estate:
        return None
    name, kind = home.estate[:2], home.estate[2:]
    like = [e for e in places.ESTATES if (e[:2] == name) != (e[2:] == kind)]
    return replace(home, estate=rng.choice(like), number=home.number % 250 + 7)


def _other_road(home: Home, rng: random.Random) -> Home | None:
    """A road that differs in a numeral or a way, else any other."""
    pattern = re.sub("[一二三四五六七八九东南西北中]", ".", home.road)
    like = [r for r in places.ROADS if r != home.road and re.fullmatch(pattern, r)]
    return replace(home, road=rng.choice(like or [r for r in places.ROADS if r != home.road]))


HARD: dict[str, tuple[Change, frozenset[str]]] = {
    "number": (_other_number, frozenset({"number"})),
    "building": (_other_building, frozenset({"building"})),
    "unit": (_other_unit, frozenset({"unit"})),
    "room": (_other_room, frozenset({"room"})),
    "estate": (_other_estate, frozenset({"estate"})),
    "road": (_other_road, frozenset({"road"})),
}


def pairs(count: int, seed: int, *, cut_share: float = 1.0) -> Iterator[Pair]:
    """`count` pairs, half of them the same place. cut_share: 0 for no cut positives, 1 for one in six."""
    rng = random.Random(seed)
    everyone = homes(count, seed)
    for at in range(count):
        home = rng.choice(everyone)
        if at % 2:
            yield _positive(home, rng, cut_share)
        else:
            yield _negative(home, everyone, rng)


def _positive(home: Home, rng: random.Random, cut_share: float) -> Pair:
    keep = frozenset() if home.estate else frozenset({"road", "number"})
    while True:
        one, other = write(home, rng, keep=keep), write(home, rng, keep=keep)
        if {"road", "number"} <= one.says & other.says or "estate" in one.says & other.says:
            break  # a spot both name; without one, nobody can tell
    left, _ = spoil(one.text, rng, may_cut=False)
    right, cut = spoil(other.text, rng, may_cut=rng.random() < cut_share)
    return Pair(left, right, True, "cut" if cut else "written otherwise")


def _negative(home: Home, everyone: list[Home], rng: random.Random) -> Pair:
    if rng.random() < 0.1:
        other = rng.choice(everyone)
        if other != home and (other.road, other.number) != (home.road, home.number):
            return Pair(write(home, rng).text, write(other, rng).text, False, "another home")
    while True:
        why = rng.choice(sorted(HARD))
        change, keep = HARD[why]
        other = change(home, rng)
        if other is None:
            home = rng.choice(everyone)
            continue
        one, two = write(home, rng, keep=keep), write(other, rng, keep=keep)
        if keep <= one.says & two.says:
            return Pair(
                spoil(one.text, rng, may_cut=False)[0], spoil(two.text, rng, may_cut=False)[0], False, why
            )

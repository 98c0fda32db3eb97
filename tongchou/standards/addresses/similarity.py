"""Two addresses compared level by level: a score and the sentence that explains it; keys for blocking.

A level that one side lacks is no disagreement, only less evidence. Levels in descending order of what their
agreement proves: room and building, road with number, compound, community; the county alone proves little.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..text import Text
from .address import Address

# How much agreement on a level proves (provisional: set by judgement, not estimated).
_WEIGHTS = {
    "city": 0.6,
    "county": 0.6, "town": 0.5, "community": 0.8, "road": 2.5, "lane": 1.0, "number": 2.5, "compound": 2.0,
    "building": 2.0, "unit": 1.0, "floor": 0.4, "room": 3.0,
}  # fmt: skip
_ENOUGH = 7.5  # the weight of road, number and building together, with a little more
# The highest score that remains when a level conflicts.
_CEILINGS = {
    "city": 0.3,
    "county": 0.5, "road": 0.15, "lane": 0.3, "number": 0.35, "compound": 0.45, "building": 0.4, "unit": 0.6,
    "floor": 0.55, "room": 0.5,
}  # fmt: skip
_NAMELESS = 0.5  # the most that numbers alone can prove
_LABELS = {
    "city": Text("城市", "city"),
    "county": Text("区县", "county"), "town": Text("镇街", "town"),
    "community": Text("社区", "community"),
    "road": Text("道路", "road"), "lane": Text("巷里", "lane"), "number": Text("门牌号", "street number"),
    "compound": Text("小区", "compound"), "building": Text("楼栋", "building"), "unit": Text("单元", "unit"),
    "floor": Text("楼层", "floor"), "room": Text("房号", "room"),
}  # fmt: skip
_ROAD_KIND = re.compile(r"(?<=.)(?:大道|大街|公路|马路|路|街|道)")
_TELLING = re.compile(r"[一二三四五六七八九十零百0-9东南西北中上下前后左右]")
_COMPOUND_KIND = re.compile(r"(?<=..)(?:花园|小区|山庄|大厦|广场|新村|宿舍|公寓|苑|大楼|社区)$")


_CUT = Text("一方可能被截断", "one may be cut off")


class _Level(NamedTuple):
    name: str
    near: float  # 1 the same … 0 a conflict
    why: Text | None


@lru_cache(maxsize=8192)
def _sound(text: str) -> str:
    from pypinyin import Style, lazy_pinyin  # a large table: read when the first address asks for it

    return " ".join(lazy_pinyin(text, style=Style.NORMAL))


@lru_cache(maxsize=65536)
def _stem(road: str) -> str:
    return _ROAD_KIND.sub("", road) or road


def _one_character_apart(left: str, right: str) -> bool:
    """Whether one character was replaced, dropped, added or swapped; numerals and ways may not differ."""
    if abs(len(left) - len(right)) > 1 or max(len(left), len(right)) < 3:
        return False
    if sorted(_TELLING.findall(left)) != sorted(_TELLING.findall(right)):
        return False
    if len(left) == len(right):
        apart = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
        if len(apart) == 2:
            i, j = apart
            return j == i + 1 and left[i] == right[j] and left[j] == right[i]
        return len(apart) == 1
    long, short = (left, right) if len(left) > len(right) else (right, left)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


@lru_cache(maxsize=65536)
def _names_near(left: str, right: str, road: bool) -> tuple[float, Text | None]:
    """How near two names of roads (or of compounds) are, with the reason when they are not the same."""
    if left == right:
        return 1.0, None
    a, b = (
        (_stem(left), _stem(right)) if road else (_COMPOUND_KIND.sub("", left), _COMPOUND_KIND.sub("", right))
    )
    if a == b:
        return 0.92, Text("只差路/大道/街等通名", "differ only in the word for their kind")
    same_numerals = sorted(_TELLING.findall(a)) == sorted(_TELLING.findall(b))
    if same_numerals and _sound(a) == _sound(b):
        return 0.88, Text("同音", "sound the same")
    if min(len(a), len(b)) >= 2 and same_numerals and (a.endswith(b) or b.endswith(a)):
        return 0.85, Text("一方多写了前缀", "one is written with a prefix")
    if not road and min(len(a), len(b)) >= 2 and (a in b or b in a):
        return 0.85, Text("一方是另一方的一部分", "one is part of the other")
    if _one_character_apart(a, b) or (road and _one_character_apart(left, right)):
        return 0.75, Text("一字之差", "differ in one character")
    return 0.0, None


def _numbers_near(left: str, right: str, may_be_cut: bool) -> tuple[float, Text | None]:
    if left == right:
        return 1.0, None
    if left.lstrip("0") == right.lstrip("0") and left.strip("0"):
        return 1.0, None
    if may_be_cut and (left.startswith(right) or right.startswith(left)):
        return 0.6, _CUT
    return 0.0, None


def _is_cut_unit(a: Address, b: Address) -> bool:
    """Whether a room that breaks off (15-1) is the other's unit (15栋1单元401室)."""
    return (a.cut and not a.unit and a.room == b.unit) or (b.cut and not b.unit and b.room == a.unit)


def _last_level(address: Address) -> str:
    for level in ("room", "floor", "unit", "building", "number"):
        if getattr(address, level):
            return level
    return ""


def _levels(a: Address, b: Address) -> list[_Level]:
    """The levels that both sides have, compared."""
    cut = {_last_level(x) for x in (a, b) if x.cut}
    found: list[_Level] = []
    if a.city and b.city and a.city != b.city:
        found.append(_Level("city", 0.0, None))
    for name in ("county", "town", "community"):
        left, right = getattr(a, name), getattr(b, name)
        if left and right:
            near = 1.0 if left == right else 0.0
            if near == 0.0 and name == "community":
                near = _names_near(left, right, False)[0]
            found.append(_Level(name, near, None))
    for name in ("road", "lane", "compound"):
        left, right = getattr(a, name), getattr(b, name)
        if left and right:
            near, why = _names_near(left, right, name != "compound")
            found.append(_Level(name, near, why))
    for name in ("number", "building", "unit", "floor", "room"):
        left, right = getattr(a, name), getattr(b, name)
        if left and right:
            long_room = name == "room" and {len(left), len(right)} == {3, 4}
            near, why = _numbers_near(left, right, name in cut or long_room)
            if near == 0.0 and name == "room" and _is_cut_unit(a, b):
                near, why = 0.6, _CUT
            found.append(_Level(name, near, why))
    return found


def similarity(a: Address, b: Address) -> tuple[float, Text]:
    """How likely two addresses mean one place, 0 to 1, and a sentence why.

    1 only when what both say goes down to road and number, or compound and building, without a conflict.
    Conflicting rooms or buildings keep the score low however much agrees above them; a conflicting road is
    forgiven only where the same compound, building and room agree (an estate has gates on two roads).
    """
    levels = _levels(a, b)
    if not levels:
        if a.tail and a.tail == b.tail:
            return 1.0, Text("两处写法相同。", "Both are written the same.")
        return 0.0, Text("没有可比较的部分。", "They have no part in common that could be compared.")
    weight = sum(_WEIGHTS[level.name] for level in levels)
    agreement = sum(_WEIGHTS[level.name] * level.near for level in levels) / weight
    score = agreement * min(1.0, weight / _ENOUGH)
    near = {level.name: level.near for level in levels}
    same_flat = (
        near.get("compound", 0.0) > 0.8 and near.get("building", 0) == 1.0 and near.get("room", 0) == 1.0
    )
    conflicts = [level.name for level in levels if level.near == 0.0]
    nameless = not any(near.get(name) for name in ("road", "compound", "lane", "community", "town"))
    if nameless:
        score = min(score, _NAMELESS)
    for name in conflicts:
        if name == "road" and same_flat:
            score = min(score, 0.75)
        elif name in _CEILINGS:
            score = min(score, _CEILINGS[name])
    return round(score, 4), _sentence(levels, conflicts, nameless and not conflicts)


def _sentence(levels: list[_Level], conflicts: list[str], nameless: bool) -> Text:
    """What agrees, what is near and why, what conflicts; names of levels only, never their values."""
    same = [_LABELS[level.name] for level in levels if level.near == 1.0]
    zh: list[str] = []
    en: list[str] = []
    if same:
        zh.append("、".join(label.zh for label in same) + "一致")
        en.append("same " + ", ".join(label.en for label in same))
    for level in levels:
        if 0.0 < level.near < 1.0:
            label = _LABELS[level.name]
            zh.append(f"{label.zh}相近" + (f"（{level.why.zh}）" if level.why else ""))
            en.append(f"near {label.en}" + (f" ({level.why.en})" if level.why else ""))
    if conflicts:
        zh.append("、".join(_LABELS[name].zh for name in conflicts) + "不同")
        en.append("different " + ", ".join(_LABELS[name].en for name in conflicts))
    if nameless:
        zh.append("没有共同的路名或小区名")
        en.append("no road or compound in common")
    return Text("，".join(zh) + "。", ("; ".join(en) + ".").capitalize())


def key(address: Address) -> tuple[str, ...]:
    """Blocking keys: addresses that share one are worth comparing. Empty when too little is known.

    r: road without the word for its kind, number, building and room; s: the same by the road's sound, so that
    homophones meet; c: compound, building and room.
    """
    keys: list[str] = []
    building, room = address.building, address.room
    if address.cut:
        building, room = ("", "") if not room else (building, "")
    if address.road and address.number and (building or room):
        stem = _stem(address.road) + address.lane
        keys.append(f"r:{stem}|{address.number}|{building}|{room}")
        keys.append(f"s:{_sound(stem)}|{address.number}|{building}|{room}")
    elif address.road and address.number and not address.cut:
        keys.append(f"r:{_stem(address.road)}{address.lane}|{address.number}||")
    if address.compound and building and room:
        keys.append(f"c:{_COMPOUND_KIND.sub('', address.compound)}|{building}|{room}")
    return tuple(keys)

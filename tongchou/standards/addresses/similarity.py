"""Two addresses compared level by level: a score and the sentence that explains it; keys for blocking.

A level that one side lacks is no disagreement, only less evidence. Levels in descending order of what their
agreement proves: room and building, road with number, compound, community; the county alone proves little.
From `SAME` on the two are one place as far as they say: every level that both state agrees, and what they share names
one spot. An address that breaks off or stops earlier than the other (`Relation.CUT`) counts, since nothing denies it; a
house and a room in it (`Relation.PART`) are two places.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from ..text import Text
from .address import Address
from .place import GENERIC, Place, is_zone

#: Least score of two addresses that mean one place.
SAME = 0.7

# How much agreement on a level proves (provisional: set by judgement, not estimated).
_WEIGHTS = {
    "city": 0.6,
    "county": 0.6, "town": 0.5, "community": 0.8, "group": 0.8, "road": 2.5, "number": 2.5, "compound": 2.0,
    "phase": 0.8, "building": 2.0, "unit": 1.0, "floor": 0.4, "room": 3.0,
}  # fmt: skip
_ENOUGH = 7.5  # the weight of road, number and building together, with a little more
# The highest score that remains when a level conflicts.
_CEILINGS = {
    "city": 0.3,
    "county": 0.5, "town": 0.45, "community": 0.45, "group": 0.45, "road": 0.15, "number": 0.35, "compound": 0.45,
    "phase": 0.45, "building": 0.4, "unit": 0.5, "floor": 0.5, "room": 0.5,
}  # fmt: skip
_NAMELESS = 0.5  # the most that numbers alone, or a part of a place, can prove
_LABELS = {
    "city": Text("城市", "city"),
    "county": Text("区县", "county"), "town": Text("镇街", "town"),
    "community": Text("社区", "community"), "group": Text("村组", "group"),
    "road": Text("道路", "road"), "number": Text("门牌号", "street number"),
    "compound": Text("小区", "compound"), "phase": Text("分期", "phase"), "building": Text("楼栋", "building"),
    "unit": Text("单元", "unit"), "floor": Text("楼层", "floor"), "room": Text("房号", "room"),
}  # fmt: skip
_TELLING = re.compile(r"[一二三四五六七八九十零百0-9A-Z东南西北中上下前后左右新老大小]")
_CUT = Text("一方可能被截断", "one may be cut off")
_DEPTH = {
    name: depth for depth, name in enumerate(("number", "compound", "building", "unit", "floor", "room"))
}


class Relation(Enum):
    """What two addresses are to one another, as far as they say."""

    SAME = "same"
    CUT = "cut"
    PART = "part"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class _Level(NamedTuple):
    name: str
    near: float  # 1 the same … 0 a conflict
    why: Text | None


class Likeness(NamedTuple):
    """How two addresses compare. score: 0 to 1; why: names levels, never their values."""

    relation: Relation
    score: float
    why: Text

    @property
    def same(self) -> bool:
        """Whether they mean one place as far as both say."""
        return self.score >= SAME


@lru_cache(maxsize=65536)
def _sound(text: str) -> str:
    from pypinyin import Style, lazy_pinyin  # a large table: read when the first address asks for it

    return " ".join(lazy_pinyin(text, style=Style.NORMAL))


def _telling(text: str) -> list[str]:
    return sorted(_TELLING.findall(text))


def _one_character_apart(left: str, right: str) -> bool:
    """Whether one character was replaced, dropped, added or swapped; numerals and ways may not differ."""
    if abs(len(left) - len(right)) > 1 or max(len(left), len(right)) < 2:
        return False
    if _telling(left) != _telling(right):
        return False
    if len(left) == len(right):
        apart = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
        if len(apart) == 2:
            i, j = apart
            return j == i + 1 and left[i] == right[j] and left[j] == right[i]
        return len(apart) == 1
    long, short = (left, right) if len(left) > len(right) else (right, left)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


_KINDS_DIFFER = Text("只差路/大道/街等通名", "differ only in the word for their kind")
_SOUND = Text("同音", "sound the same")
_PREFIX = Text("一方多写了前缀", "one is written with a prefix")
_WITHIN = Text("一方是另一方的一部分", "one is part of the other")
_SLIP = Text("一字之差", "differ in one character")
_OTHER_NAME = Text("同一门牌而名称不同", "another name at the same number")
_ESTATE_KINDS = Text("只差花园/小区等通名", "differ only in the word for their kind")


@lru_cache(maxsize=65536)
def _streets_near(a: str, b: str) -> tuple[float, Text | None]:
    """How near the names of two streets are, without the words for their kind."""
    if a == b:
        return 1.0, None
    if _telling(a) == _telling(b) and _sound(a) == _sound(b):
        return 0.88, _SOUND
    long, short = (a, b) if len(a) > len(b) else (b, a)
    if len(short) >= 2 and len(long) - len(short) >= 2 and long.endswith(short):
        return 0.85, _PREFIX
    if _one_character_apart(a, b):
        return (0.75 if max(len(a), len(b)) >= 3 else 0.5), _SLIP
    return 0.0, None


@lru_cache(maxsize=65536)
def _cores_near(a: str, b: str) -> tuple[float, Text | None]:
    """How near the names of two estates are, without the words for their kind."""
    if a == b:
        return 1.0, None
    if _telling(a) == _telling(b) and _sound(a) == _sound(b):
        return 0.88, _SOUND
    long, short = (a, b) if len(a) > len(b) else (b, a)
    if (
        len(short) >= 2
        and short in long
        and (len(long) - len(short) >= 2 or not _TELLING.search(long.replace(short, "", 1)))
    ):
        return 0.85, _PREFIX if long.endswith(short) else _WITHIN
    if _one_character_apart(a, b):
        return (0.75 if max(len(a), len(b)) >= 3 else 0.5), _SLIP
    return 0.0, None


def _numbers_near(left: str, right: str, may_be_cut: bool) -> tuple[float, Text | None]:
    if left == right:
        return 1.0, None
    if may_be_cut and (left.startswith(right) or right.startswith(left)):
        return 0.6, _CUT
    return 0.0, None


def _is_cut_unit(a: Place, b: Place) -> bool:
    """Whether a room that breaks off (15-1) is the other's unit (15栋1单元401室)."""
    return (a.cut and not a.unit and a.room != "" and a.room == b.unit) or (
        b.cut and not b.unit and b.room != "" and b.room == a.unit
    )


def _heads(a: Place, b: Place) -> list[_Level]:
    """City to group, compared where both sides say them."""
    found: list[_Level] = []
    if a.city and b.city and a.city != b.city:
        found.append(_Level("city", 0.0, None))
    if a.county and b.county:
        same = a.county == b.county
        if same or not (is_zone(a.county) or is_zone(b.county)):
            found.append(_Level("county", float(same), None))
    for name in ("town", "community", "group"):
        left, right = getattr(a, name), getattr(b, name)
        if left and right:
            near = 1.0 if left == right else 0.0
            if not near and name == "community":
                near = (
                    0.9 if left.startswith(right) or right.startswith(left) else _cores_near(left, right)[0]
                )
            found.append(_Level(name, near, None))
    return found


def _street(a: Place, b: Place) -> list[_Level]:
    if not (a.street and b.street):
        return []
    near, why = _streets_near(a.street, b.street)
    if near and a.kind != b.kind:
        near, why = (
            min(near, 0.3),
            why or _KINDS_DIFFER,
        )  # 人民路 and 人民街 are two streets, 人民大道 is not told apart
    elif near == 1.0 and a.road != b.road:
        near, why = 0.92, _KINDS_DIFFER
    return [_Level("road", near, why)]


def _estate(a: Place, b: Place, pinned: bool) -> list[_Level]:
    """The estates. pinned: road and number agree, so that it is one spot whatever it is called."""
    if not (a.estate and b.estate):
        return []
    near, why = _cores_near(a.core, b.core)
    if near and a.sort != b.sort:
        if pinned or GENERIC in (a.sort, b.sort) or not (a.sort and b.sort):
            near, why = min(near, 0.92), why or _ESTATE_KINDS
        else:
            near, why = 0.0, None  # 锦绣花园 and 锦绣大厦
    elif near == 1.0 and a.estate != b.estate:
        near, why = 0.92, _ESTATE_KINDS
    if near < 0.92 and a.estate != b.estate and (a.estate == b.core or b.estate == a.core):
        near, why = 0.92, _ESTATE_KINDS  # 绿地城 and 绿地城家园
    for one, other in ((a, b), (b, a)):
        if near < 0.6 and one.last == "estate" and other.estate.startswith(one.estate):
            near, why = 0.6, _CUT
    if near < 0.6:
        near, why = (0.3, why or _OTHER_NAME) if pinned else (0.0, None)
    found = [_Level("compound", near, why)]
    if a.phase and b.phase:
        found.append(_Level("phase", float(a.phase == b.phase), None))
    return found


def _levels(a: Place, b: Place) -> list[_Level]:
    """The levels that both sides have, compared."""
    cut = {one.last for one in (a, b) if one.cut}
    found = _heads(a, b)
    streets = _street(a, b)
    number: list[_Level] = []
    if a.number and b.number:
        number = [_Level("number", *_numbers_near(a.number, b.number, "number" in cut))]
    pinned = bool(streets and number and streets[0].near >= 0.85 and number[0].near == 1.0)
    found += streets + number + _estate(a, b, pinned)
    for name in ("building", "unit", "floor", "room"):
        left, right = getattr(a, name), getattr(b, name)
        if left and right:
            long_room = name == "room" and {len(left), len(right)} == {3, 4}
            near, why = _numbers_near(left, right, name in cut or long_room)
            if near == 0.0 and name == "room" and _is_cut_unit(a, b):
                near, why = 0.6, _CUT
            found.append(_Level(name, near, why))
    return found


def _relation(a: Place, b: Place) -> Relation:
    """What two places are to one another that contradict each other nowhere and share a spot."""
    depth = {one: _DEPTH.get(one.last, -1) for one in (a, b)}
    if a.cut or b.cut or depth[a] == depth[b]:
        return Relation.CUT if (a.cut or b.cut) and a.written() != b.written() else Relation.SAME
    short, long = (a, b) if depth[a] < depth[b] else (b, a)
    if short.last == "number" and not long.estate and not long.building:
        return Relation.PART
    return Relation.CUT


def _breaks_off(a: Place, b: Place) -> bool:
    """Whether one is a road or a name and nothing else, with which the other begins: 同济 and 同济路38号."""
    for one, other in ((a, b), (b, a)):
        name = one.road or one.estate
        if one.last not in ("street", "estate") or (one.road and one.estate) or len(name) < 2:
            continue
        if one.road and other.road and _streets_near(one.street, other.street)[0] >= 0.85:
            return other.last not in ("street", "")
        if (other.road or other.estate).startswith(name) and other.last not in ("street", "estate", ""):
            return True
    return False


def likeness(a: Place, b: Place) -> Likeness:
    """How two places compare. Symmetric; never raises.

    The score is 1 only when what both say goes down to road and number, or compound and building, without a
    difference. Conflicting roads, numbers, buildings or rooms keep it low however much agrees beside them; a conflicting
    community is forgiven only where road, number and compound agree.
    """
    levels = _levels(a, b)
    if not levels:
        if a.tail and a.tail == b.tail:
            return Likeness(Relation.SAME, 1.0, Text("两处写法相同。", "Both are written the same."))
        if _breaks_off(a, b):
            return Likeness(Relation.CUT, SAME, Text(f"{_CUT.zh}。", f"{_CUT.en.capitalize()}."))
        nothing = Text("没有可比较的部分。", "They have no part in common that could be compared.")
        return Likeness(Relation.UNKNOWN, 0.0, nothing)
    near = {level.name: level.near for level in levels}
    weight = sum(_WEIGHTS[level.name] for level in levels)
    agreement = sum(_WEIGHTS[level.name] * level.near for level in levels) / weight
    pinned = near.get("road", 0.0) >= 0.85 and near.get("number", 0.0) == 1.0
    named = near.get("compound", 0.0) >= 0.85
    forgiven = {"town", "community"} if named and pinned else set()
    hard = [level.name for level in levels if level.near == 0.0 and level.name not in forgiven]
    weak = (near.get("road", 1.0) < 0.6 and not named) or (
        near.get("compound", 1.0) < 0.5 and not (near.get("building") == 1.0 or near.get("room") == 1.0)
    )
    village = not (a.street or b.street) and (near.get("community", 0.0) or near.get("group", 0.0))
    spot = near.get("number", 0.0) > 0 and (near.get("road", 0.0) > 0 or village)
    anchored = bool(spot or near.get("compound", 0.0) > 0)
    nameless = not any(near.get(name) for name in ("road", "compound", "group", "community", "town"))
    score, relation = agreement * min(1.0, weight / _ENOUGH), Relation.UNKNOWN
    if hard or weak:
        relation = Relation.DIFFERENT
        score = min([score, *(_CEILINGS[name] for name in hard), *([_CEILINGS["compound"]] if weak else [])])
    elif not anchored and _breaks_off(a, b):
        score, relation = SAME, Relation.CUT
    elif nameless:
        score = min(score, _NAMELESS)
    elif anchored:
        relation = _relation(a, b)
        score = {
            Relation.SAME: max(agreement, SAME),
            Relation.CUT: max(0.9 * agreement, SAME),
            Relation.PART: min(agreement, _NAMELESS),
        }[relation]
    return Likeness(relation, round(score, 4), _sentence(levels, hard, relation, nameless and not hard))


def similarity(a: Address, b: Address) -> tuple[float, Text]:
    """How likely two addresses mean one place, 0 to 1 (from `SAME` on they do), and a sentence why; see `likeness`."""
    found = likeness(a.place, b.place)
    return found.score, found.why


def _sentence(levels: list[_Level], conflicts: list[str], relation: Relation, nameless: bool) -> Text:
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
    if relation is Relation.PART:
        zh.append("一处在另一处之内")
        en.append("one lies within the other")
    elif relation is Relation.CUT and not any(level.why is _CUT for level in levels):
        zh.append("一方没有写到底")
        en.append("one stops earlier")
    return Text("，".join(zh) + "。", ("; ".join(en) + ".").capitalize())


def key(address: Address) -> tuple[str, ...]:
    """Blocking keys: addresses that share one are worth comparing. Empty when too little is known.

    r: road without the word for its kind, number, building and room; s: the same by the road's sound, so that
    homophones meet; c: compound, building and room.
    """
    keys: list[str] = []
    place = address.place
    building, room = place.building, place.room
    if place.cut:
        building, room = ("", "") if not room else (building, "")
    if place.street and place.number and (building or room):
        keys.append(f"r:{place.street}|{place.number}|{building}|{room}")
        keys.append(f"s:{_sound(place.street)}|{place.number}|{building}|{room}")
    elif place.street and place.number and not place.cut:
        keys.append(f"r:{place.street}|{place.number}||")
    if place.core and building and room:
        keys.append(f"c:{place.core}|{building}|{room}")
    return tuple(keys)

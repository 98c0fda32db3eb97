"""The marks of a place: what is left of an address when everything that is only a way of writing is gone.

岭南大道北95号锦绣花园3幢2梯0601 and 样例区岭南北路95号锦绣花园三座601室 have the same street (岭南北), number, estate,
building and room. Two places are compared mark by mark (`similarity`); places that agree in all of them have the
same `text` (`written`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from .. import divisions
from .fold import fold, has_han, to_arabic

if TYPE_CHECKING:
    from .address import Address

_WAY = "东南西北中上下前后左右新老旧"
_NUMERAL = "零一二三四五六七八九十百0-9"
# The name of a division no table knows, in front of a road or community that stands by itself: 样例区|同济路.
_DIVISION = re.compile(
    rf"^[^0-9()#-]{{1,8}}?(?:自治[州县旗]|新区|(?<=..)[省市区县])(?=[^0-9()#-]{{2}})"
    rf"(?![{_WAY}{_NUMERAL}]{{0,2}}(?:大道|大街|公路|马路|路|街|道|巷|里|坊)|场|民|政|委|府|口|心|区)"
)
_STREET_OFFICE = re.compile(
    r"([^0-9()#-]{2,4}?街道)(?:办事处|办)?(?=镇[^0-9()#-]*(?:路|街|道))"
)  # 张槎街道|镇中路
# Zones, estates and quarters are no divisions: two names of them may stand for one another.
_ZONE = re.compile(r"(?:开发|高新|工业|科技|园|片|小|社|街|新|城|市|郊|老)区$|市$")
_QUARTER = re.compile(r"[新老旧]?(?:城|郊|市)区")
_ROAD_KIND = re.compile(r"(?<=.)(?:大道|大街|大路|公路|马路|路|街|道)")
_STREET_KIND = re.compile(r"大街|街")
_LANE_KIND = re.compile(r"(?:胡同|[巷里坊弄横围基径])$")
_COMMUNITY_KIND = re.compile(r"(?<=.)(?:社区|村委会|居委会|村)$")
_GROUP_KIND = re.compile(r"(?<=.)(?:村民小组|小组|生产队|经济社|[坊社组队])$")
_PHASE = re.compile(rf"(?:第?([{_NUMERAL}]+)期|([A-Z]|[东南西北]|[{_NUMERAL}]+)(?:区|组团)(?!.))")
#: The word for what an estate or building is; those of one line are used for one another.
KINDS_OF_ESTATES: tuple[tuple[str, ...], ...] = (
    ("小区", "住宅小区", "住宅区", "生活区", "大院", "社区", "院", "家属院"),
    ("花园", "花苑", "苑", "园", "家园", "雅苑"),
    ("大厦", "大楼", "商厦", "楼"),
    ("豪庭", "豪苑", "华庭", "庭"),
    ("名苑",), ("新城", "城"), ("华府", "府", "府邸"), ("公馆",), ("新村",), ("山庄",), ("广场",), ("公寓",), ("宿舍",),
    ("新苑",), ("花城",), ("名城",), ("国际",), ("中心",), ("商业城", "商城"), ("市场",), ("工业园", "工业区", "工业城"),
    ("湾",), ("轩",), ("阁",), ("居",), ("里",),
)  # fmt: skip
GENERIC = KINDS_OF_ESTATES[0][0]
_OF_KIND = {word: group[0] for group in KINDS_OF_ESTATES for word in group}
_ESTATE_KIND = re.compile("(?<=..)(" + "|".join(sorted(_OF_KIND, key=len, reverse=True)) + ")$")
_GENERIC = re.compile("(?:" + "|".join(KINDS_OF_ESTATES[0]) + ")$")
_EDGES = re.compile(r"^(?:第|自编|之|的)+|(?:第|自编)$")
_TWO_NUMBERS = re.compile(r"(\d{1,3}[A-Z]?)-(\d{3,4}[A-Z]?)")
_LEADING_ZEROS = re.compile(r"(?<![0-9A-Z])0+(?=[0-9])")
_LEVELS = ("room", "floor", "unit", "building", "estate", "number", "street", "community")


class Place(NamedTuple):
    """The marks of one place, "" where its address does not say.

    city, county: as in `Address`; county also a name that no table knows. town, community, group: the community and
    the group without the word for their kind. street: the road without the word for its kind, with its lane.
    kind: "road", "street" or "lane" after that word. number: of the street or the village. estate: its name as
    written; core: without kind and phase; sort: the kind of estate in one word; phase: phase or section.
    building, unit, floor, room: without leading zeros; a floor that the room repeats is left out. tail: whatever
    else is said. last: the deepest level that is said; cut: whether the address breaks off within it.
    """

    city: str = ""
    county: str = ""
    town: str = ""
    community: str = ""
    group: str = ""
    road: str = ""
    street: str = ""
    kind: str = ""
    number: str = ""
    estate: str = ""
    core: str = ""
    sort: str = ""
    phase: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    tail: str = ""
    last: str = ""
    cut: bool = False

    def written(self) -> str:
        """All marks from the community down, run together; the same for two spellings of one place.

        "" when nothing is said below the community. An address that breaks off ends in "…": it may be any of
        several places.
        """
        if self.last in ("", "community"):
            return ""
        marks = (
            self.community if not self.street or self.kind == "lane" else "", self.group, self.street,
            f"#{self.number}" if self.number else "", self.core, self.sort, self.phase,
            f"+{self.building}" if self.building else "", f"u{self.unit}" if self.unit else "",
            f"f{self.floor}" if self.floor else "", f"-{self.room}" if self.room else "", self.tail,
        )  # fmt: skip
        return "|".join(marks) + ("…" if self.cut else "")


def read_place(address: Address) -> Place:
    """The marks of an address. Never raises."""
    if not has_han(address.text):
        road, number, room = address.road, address.number, _bare(address.room)
        return Place(
            road=road, street=road, kind="road" if road else "", number=number, building=address.building,
            unit=address.unit, floor=address.floor, room=room, tail="" if road else fold(address.text).upper(),
            last="room" if room else "number" if number else "tail",
        )  # fmt: skip
    county, town = _divided(address.town)
    other, community = _divided(address.community)
    third, road = _divided(address.road)
    if behind := _STREET_OFFICE.match(road):
        town, road = town or behind[1], road[behind.end() :]
    county = address.county or county or other or third
    number, estate, building, room = address.number, address.compound, address.building, address.room
    cut = address.cut
    if road.startswith("村") and community.endswith("村"):
        community, road = community + "村", road[1:]  # 梧村村|普君南路
    if community.endswith("新村") and not road and not estate:
        community, estate = "", community
        if (two := _TWO_NUMBERS.fullmatch(number)) and not building:
            number, building, room, cut = "", two[1], two[2], False
    elif not road and not community and not estate and (two := _TWO_NUMBERS.fullmatch(number)):
        number, building, room, cut = "", two[1], two[2], False
    estate = _EDGES.sub("", estate)
    if estate and not (road or number or community):
        head, rest = _divided(estate)
        if head and rest not in _OF_KIND:
            county, estate = county or head, rest
    phase = ""
    if found := _PHASE.search(estate):
        phase = to_arabic(found[1] or found[2])
        estate = estate[: found.start()] + estate[found.end() :]
    while (generic := _GENERIC.search(estate)) and _ESTATE_KIND.search(estate[: generic.start()]):
        estate = estate[: generic.start()]  # 恒福豪庭|小区
    named = _ESTATE_KIND.search(estate)
    core = estate[: named.start()] if named else estate
    lane = address.lane
    street = (_ROAD_KIND.sub("", road) or road) + lane
    kind = ""
    if street:
        ending = lane or road
        kind = (
            "lane"
            if _LANE_KIND.search(ending)
            else "street"
            if _STREET_KIND.search(_ways_off(ending))
            else "road"
        )
    building, unit, floor, room = (_bare(one) for one in (building, address.unit, address.floor, room))
    if _is_range(building, room):
        building, room = "", f"{building}-{room}"
    floor, room = _on_floor(floor, room)
    place = Place(
        city=address.city, county=county, town=town, community=_COMMUNITY_KIND.sub("", community),
        group=_GROUP_KIND.sub("", address.group), road=road + lane, street=street, kind=kind, number=_bare(number), estate=estate,
        core=core, sort=_OF_KIND[named[1]] if named else "", phase=phase, building=building, unit=unit, floor=floor,
        room=room, tail=address.tail,
    )  # fmt: skip
    last = next((level for level in _LEVELS if getattr(place, level)), "tail" if address.tail else "")
    return place._replace(last=last, cut=cut and last in ("room", "floor", "unit", "building", "number"))


def is_zone(county: str) -> bool:
    """Whether a name that reads like a county's is that of a zone or quarter, which says nothing for sure.

    禅城区 and 西城区 are counties; 新城区 and 城区 are some, and everybody's word for a quarter besides.
    """
    return _ZONE.search(county) is not None and county not in _counties()


@cache
def _counties() -> frozenset[str]:
    rows = (row for spells in divisions.table().values() for row in spells if row.level == "county")
    return frozenset(row.name for row in rows if row.kind != "c" and not _QUARTER.fullmatch(row.name))


def ends_in_kind(name: str) -> bool:
    """Whether a name ends in a word for a kind of estate."""
    return _ESTATE_KIND.search(name) is not None


def _divided(name: str) -> tuple[str, str]:
    """A division's name that stands in front, and the rest."""
    division = ""
    while found := _DIVISION.match(name):
        division, name = found[0], name[found.end() :]
    return division, name


def _ways_off(road: str) -> str:
    return road.rstrip("东南西北中段")


def _bare(number: str) -> str:
    """A number without leading zeros: 0601 → 601."""
    return _LEADING_ZEROS.sub("", number)


def _is_range(building: str, room: str) -> bool:
    """Whether two rooms of one floor were read as building and room: 101-103."""
    return (
        len(building) == len(room) >= 3
        and building.isdecimal()
        and room.isdecimal()
        and building[:-2] == room[:-2]
        and building < room
    )


def _on_floor(floor: str, room: str) -> tuple[str, str]:
    """Floor and room: 12层1201 says the floor twice, 3层2室 is room 302."""
    if floor and room.isdecimal():
        if len(room) <= 2:
            return "", f"{floor}{int(room):02d}"
        if room[:-2] == floor:
            return "", room
    return floor, room

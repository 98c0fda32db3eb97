"""Homes of two invented districts as offices write them down: a population of places with its truth.

A second dirt beside `dirty_places`, which is made from the sample's own homes: other names, other shapes of homes (houses
of villages, lanes, shops at a number, towers with lettered blocks), other slips, and whole populations instead of pairs.
An estate has one gate, and may have a namesake in the other district; a road may have one too. Four in ten homes have a
neighbour that differs in one mark only. Each office has its own way: the register writes everything, the courier the
estate and no road, the waterworks the road and no estate, the community its own name instead of the road, the hotline
what it heard. What nobody can tell from the text (a flat whose unit is left out where two units have it) stays in.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from bench.dirty_places import _TRADITIONAL, _WIDE, digits, numeral

CITY = "湖南省长沙市"
DISTRICTS = {
    "岳麓区": ("望岳街道", "银盆岭街道", "观沙岭街道"),
    "雨花区": ("左家塘街道", "圭塘街道", "跳马镇"),
}
COMMUNITIES = {
    "望岳街道": ("谷丰社区", "岳华社区", "八字墙社区"), "银盆岭街道": ("银杉社区", "桐梓坡社区"),
    "观沙岭街道": ("岳北社区", "茶子山社区"), "左家塘街道": ("曙光社区", "桂花社区", "窑岭社区"),
    "圭塘街道": ("体院路社区", "圭白社区"), "跳马镇": ("石燕湖村", "关刀村", "田心桥村"),
}  # fmt: skip
_STEMS = [
    "桐梓坡",
    "银杉",
    "谷丰",
    "望岳",
    "咸嘉湖",
    "观沙",
    "茶子山",
    "佳园",
    "潇湘",
    "金星",
    "韶山",
    "劳动",
    "曙光",
    "车站",
    "香樟",
    "圭塘",
    "井湾",
    "万家丽",
    "古曲",
    "树木岭",
    "迎新",
    "城南",
    "朝晖",
    "砂子塘",
    "白沙",
    "湘府",
    "洞井",
    "时代阳光",
    "梓园",
    "芙蓉",
    "新开铺",
    "友谊",
]
_HEADS = [
    "金桂",
    "御湖",
    "丽景",
    "翠林",
    "中天",
    "华盛",
    "五江",
    "阳光",
    "长房",
    "鑫远",
    "运达",
    "汇一",
    "和谐",
    "保利",
    "恒大",
    "万科",
    "碧桂",
    "绿地",
    "奥林",
    "融科",
    "旭辉",
    "当代",
]
_KINDS = [
    "花园",
    "家园",
    "花苑",
    "苑",
    "小区",
    "公馆",
    "名城",
    "豪庭",
    "华府",
    "国际",
    "新村",
    "公寓",
    "大厦",
    "广场",
    "山庄",
]
_HOMOPHONES = {"桂": "贵", "御": "玉", "丽": "莉", "翠": "粹", "华": "花", "盛": "胜", "阳": "洋", "房": "坊", "汇": "惠",
               "樟": "章",
               "佳": "嘉", "曙": "署", "朝": "潮", "韶": "绍", "晖": "辉", "梓": "紫", "潇": "萧"}  # fmt: skip
#: What is written where nobody knows the address; of no place.
NOWHERE = (
    "不详",
    "无",
    "同上",
    "湖南省长沙市",
    "长沙市雨花区",
    "本市",
    "/",
    "租房",
    "望岳街道",
    "谷丰社区",
    "外省",
    "未填写",
)

USUAL: Mapping[str, float] = {
    "cut": 0.02, "slip": 0.02, "unit_dropped": 0.2, "no_number_sign": 0.06, "numerals": 0.08, "wide": 0.06, "traditional": 0.03,
    "district_missing": 0.35, "renamed": 0.1, "kind_dropped": 0.03, "turned": 0.03, "note": 0.04, "floor": 0.06, "nowhere": 0.02,
}  # fmt: skip
PROFILES: Mapping[str, Mapping[str, float]] = {
    "mild": {},
    "harsh": {"cut": 0.06, "slip": 0.05, "unit_dropped": 0.35, "no_number_sign": 0.12, "numerals": 0.15, "district_missing": 0.6},
    "renamed": {"renamed": 0.5},
}  # fmt: skip
#: Office: how often it knows a home, and how it writes.
OFFICES: Mapping[str, tuple[float, str]] = {
    "register": (0.9, "whole"), "clinic": (0.5, "street"), "courier": (0.35, "estate"), "water": (0.4, "meter"),
    "community": (0.3, "community"), "hotline": (0.2, "heard"), "school": (0.4, "street"),
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A gate: what homes at one spot share. old: a former name of the road; "" where it has none."""

    district: str
    town: str
    community: str
    road: str
    number: int
    sub: int
    estate: str
    group: str
    old: str


@dataclass(frozen=True)
class Home:
    """One home; block: "3" or "A", "" without; unit, floor, room 0 where it has none."""

    site: Site
    block: str
    unit: int
    room: int


def _sites(rng: random.Random, count: int) -> Iterator[Site]:
    roads: list[tuple[str, str]] = []
    for stem in _STEMS:
        kind = rng.choice(["路", "路", "路", "大道", "街"])
        for way in rng.choice([("",), ("",), ("东", "西"), ("一", "二", "三"), ("中", "南")]):
            roads.append((stem + way + kind if way not in "一二三" else stem + way + "路", ""))
    for at in rng.sample(range(len(roads)), 4):
        roads[at] = (roads[at][0], "旧" + rng.choice("岭塘桥井") + rng.choice("东南西北") + "路")
    home = {road: rng.choice(sorted(DISTRICTS)) for road, _ in roads}
    twice = {road for road, _ in rng.sample(roads, 3)}  # in both districts
    of_road: dict[tuple[str, str], str] = {}
    estates: dict[str, set[str]] = {}
    for _ in range(count):
        road, old = rng.choice(roads)
        district = rng.choice(sorted(DISTRICTS)) if road in twice else home[road]
        shape = rng.random()
        if shape < 0.08:
            community = rng.choice(COMMUNITIES["跳马镇"])
            group = (
                f"{rng.choice(['塘冲', '新屋', '月形'])}组"
                if rng.random() < 0.5
                else f"{rng.randrange(1, 13)}组"
            )
            yield Site("雨花区", "跳马镇", community, "", rng.randrange(1, 120), 0, "", group, "")
            continue
        town = of_road.setdefault((district, road), rng.choice(DISTRICTS[district][:2]))
        community = rng.choice(COMMUNITIES[town])
        number = rng.randrange(1, 400)
        if shape < 0.2:
            lane = rng.choice(_STEMS) + rng.choice(["里", "巷"])
            yield Site(district, town, community, lane, rng.randrange(1, 90), 0, "", "", "")
        elif shape < 0.4:
            sub = rng.randrange(1, 4) if rng.random() < 0.3 else 0
            yield Site(district, town, community, road, number, sub, "", "", old)
        else:
            mine = estates.setdefault(district, set())
            free = [name for name in _HEADS if name not in mine] or [
                a + b for a in _HEADS for b in (*"园城湾", *_HEADS) if a + b not in mine
            ]
            name = rng.choice(free)
            mine.add(name)
            yield Site(district, town, community, road, number, 0, name + rng.choice(_KINDS), "", old)


def homes(count: int, seed: int) -> list[Home]:
    """About so many different homes."""
    rng = random.Random(seed)
    sites = list(_sites(rng, max(12, count // 12)))
    found: dict[Home, None] = {}
    while len(found) < count:
        site = rng.choice(sites)
        if site.group or site.road.endswith(("里", "巷")):
            home = Home(site, "", 0, 0)
        elif site.estate:
            block = (
                rng.choice("ABCD")
                if site.estate.endswith(("大厦", "广场", "国际"))
                else str(rng.randrange(1, 25))
            )
            unit = rng.randrange(1, 4) if site.number % 2 and not block.isalpha() else 0
            home = Home(site, block, unit, rng.randrange(1, 30) * 100 + rng.randrange(1, 9))
        else:
            home = Home(
                site, "", 0, rng.randrange(1, 8) * 100 + rng.randrange(1, 5) if rng.random() < 0.5 else 0
            )
        found[home] = None
        if rng.random() < 0.4 and (other := _neighbour(home, rng)):
            found[other] = None
    return list(found)


def _neighbour(home: Home, rng: random.Random) -> Home | None:
    what = rng.choice(["room", "unit", "block", "number"])
    if what == "room" and home.room:
        return replace(home, room=home.room + rng.choice([1, 100]))
    if what == "unit" and home.unit:
        return replace(home, unit=home.unit % 3 + 1)
    if what == "block" and home.block.isdecimal():
        return replace(home, block=str(int(home.block) % 24 + 1))
    if what == "number" and not home.site.estate:
        return replace(home, site=replace(home.site, number=home.site.number + rng.choice([1, 2, 10])))
    return None


def write(home: Home, way: str, rng: random.Random, rates: Mapping[str, float]) -> str:
    """A home as one office writes it."""
    site = home.site
    with_road = way in ("whole", "street", "meter", "heard") or not site.estate
    with_estate = bool(site.estate) and (way != "meter" or rng.random() < 0.3)
    head = _head(site, way, rng, rates)
    estate = _named(site.estate, rng, rates) if with_estate else ""
    flat = _flat(home, way, rng, rates)
    road = _road(site, rng, rates, bare=not flat or bool(estate)) if with_road else ""
    if road and estate and rng.random() < rates["turned"]:
        return f"{head}{estate}{flat}({road})"
    return _spoilt(head + road + estate + flat, rng, rates)


def _head(site: Site, way: str, rng: random.Random, rates: Mapping[str, float]) -> str:
    if way == "whole":
        return CITY + site.district + site.town + site.community + (site.group or "")
    text = ""
    if rng.random() >= rates["district_missing"]:
        text = rng.choice(["长沙市", "", "湖南长沙", CITY]) + site.district
    if site.group:
        return text + rng.choice([site.town, ""]) + site.community + site.group
    if way == "community":
        return text + site.community
    if rng.random() < 0.15:
        text += site.town
    return text


def _road(site: Site, rng: random.Random, rates: Mapping[str, float], *, bare: bool) -> str:
    """The road and the number. bare: the number may stand without its sign, since no digit follows it."""
    if site.group:
        return f"{site.number}号"
    road = _named(site.road, rng, rates)
    if site.old and rng.random() < rates["renamed"]:
        road = rng.choice([site.old, site.old, f"{road}(原{site.old})"])
    elif rng.random() < 0.05:
        road = road.replace("大道", "路") if "大道" in road else road.replace("路", "大道")
    number = str(site.number)
    if rng.random() < rates["numerals"]:
        number = numeral(site.number)
    sign = "" if rng.random() < rates["no_number_sign"] and bare and number.isdecimal() else "号"
    sub = rng.choice([f"之{site.sub}" if bare else "", f"之{numeral(site.sub)}"]) if site.sub and sign else ""
    if site.sub and not sub:
        return f"{road}{site.number}-{site.sub}号"
    return f"{road}{number}{sign}{sub}"


def _named(name: str, rng: random.Random, rates: Mapping[str, float]) -> str:
    if name and rng.random() < rates["slip"]:
        at = [i for i, c in enumerate(name) if c in _HOMOPHONES]
        if at:
            i = rng.choice(at)
            return name[:i] + _HOMOPHONES[name[i]] + name[i + 1 :]
    if len(name) > 4 and name.endswith(("花园", "小区", "家园")) and rng.random() < rates["kind_dropped"]:
        return name[:-2]
    return name


def _flat(home: Home, way: str, rng: random.Random, rates: Mapping[str, float]) -> str:
    if not home.room:
        return ""
    room = digits(home.room) if not home.site.sub and rng.random() < rates["numerals"] / 2 else str(home.room)
    if not home.block:
        return room + rng.choice(["室", "房", "铺" if home.room < 200 else "室"])
    unit = home.unit and rng.random() >= (rates["unit_dropped"] if way != "whole" else 0.0)
    if home.block.isdecimal() and rng.random() < (0.4 if way in ("courier", "estate") else 0.1):
        return "-".join([home.block, *([str(home.unit)] if unit else []), str(home.room)])
    block = (
        numeral(int(home.block))
        if home.block.isdecimal() and rng.random() < rates["numerals"]
        else home.block
    )
    text = block + rng.choice(["栋", "幢", "座", "号楼", "栋"] if home.block.isdecimal() else ["座", "栋"])
    if unit:
        text += f"{home.unit}" + rng.choice(["单元", "单元", "门"])
    if rng.random() < rates["floor"]:
        text += f"{home.room // 100}{rng.choice(['楼', '层'])}"
    return text + room + rng.choice(["室", "房", "号", "", "室"])


def _spoilt(text: str, rng: random.Random, rates: Mapping[str, float]) -> str:
    draw = rng.random()
    for name in ("wide", "traditional", "note", "cut"):
        if draw < rates[name]:
            if name == "wide":
                return text.translate(_WIDE)
            if name == "traditional":
                return text.translate(_TRADITIONAL)
            if name == "note":
                return text + rng.choice(["(租)", "（东门进）", "(自住)", " 电话勿打"])
            return text[: max(6, int(len(text) * rng.uniform(0.6, 0.92)))]
        draw -= rates[name]
    return text


def deliver(count: int, seed: int, profile: str = "mild") -> pa.Table:
    """Records of `count` homes: resource, source_key, address, and `place`, the truth (-1: of no place)."""
    rates = {**USUAL, **PROFILES[profile]}
    rng = random.Random(seed + 7)
    rows: list[tuple[str, str, str, int]] = []
    for number, home in enumerate(homes(count, seed)):
        for office, (share, way) in OFFICES.items():
            if rng.random() >= share:
                continue
            nowhere = rng.random() < rates["nowhere"]
            text = rng.choice(NOWHERE) if nowhere else write(home, way, rng, rates)
            rows.append((office, f"{office[:2]}{len(rows):07d}", text, -1 if nowhere else number))
    names = ("resource", "source_key", "address", "place")
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})

"""The head of an address: province, prefecture, county, and known towns and communities.

Found by looking the next two characters up in an index of all names, past and present, so that an address
without any of them costs one look-up.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .. import divisions

_WAYS = "东南西北中上下前后新老一二三四五六七八九十0-9"
# What shows that the name just read belongs to a road, an estate or an institution instead: 南海|大道, 东区|社区.
_NOT_AFTER_FULL = re.compile(
    r"社区|居委|村委|居民|小区|路|大道|街(?!道)|[巷里弄](?=[0-9]|$)|政府|公安|医院|小学|中学|大学|学校|公园|广场|大厦|花园|宾馆|酒店|"
    r"商场|市场|车站|机场|场(?!$)"
)
_NOT_AFTER_SHORT = re.compile(
    rf"[{_WAYS}]{{0,3}}(?:路|大道|街(?!道)|[巷道里弄村坊桥](?=[0-9]|$|社区))|社区|居委|村委|居民|小区|大厦|花园|广场|苑|园|新城|城|楼|公寓|宿舍|"
    r"酒店|宾馆|饭店|公园|医院|大学|中学|小学|学校|商场|商城|市场|豪庭|山庄|湾|名|国际|公馆|$|[0-9A-Z(-]"
)
_ROAD_AHEAD = re.compile(rf"(?![{_WAYS}]{{0,2}}(?:路|街|大道))[^0-9()#-]{{2,6}}?(?:路|街|大道|镇|社区|村)")
_PLACE_ENDING = re.compile(
    r"社区居民委员会|社区居委会|居民委员会|居委会|村民委员会|村委会|社区(?!卫生|服务|医院|中心)|街道办事处|街道办|街道|"
    rf"[镇乡村](?!委|民|[{_WAYS}]{{0,2}}(?:路|大?街|大道|巷|道)|[心安]|街道)"
)
# After a bare place name (塘联|海五路) the rest must stand alone: as a road with a name of its own, or, after a
# town, as a community.
_NO_COMMUNITY = r"(?:(?!社区|居委|村委|村民)[^0-9()#-])"
_ROAD_NEXT = (
    rf"(?![{_WAYS}]{{0,3}}(?:路|街|大道|道))"
    rf"(?:{_NO_COMMUNITY}{{2,6}}?[0-9]{{0,2}}(?:路|街(?![区坊])|大道)|{_NO_COMMUNITY}[0-9]{{1,2}}(?:路|街|大道))"
)
_ROAD_STANDS = re.compile(_ROAD_NEXT)
_REST_STANDS = re.compile(rf"$|[^0-9()#-]{{2,9}}?(?:社区|居委会|村委会|村民委员会)|{_ROAD_NEXT}")


class Head(NamedTuple):
    """What stands before the road: names as `Address` has them, the county's code and where the rest begins."""

    code: str
    province: str
    city: str
    county: str
    town: str
    community: str
    end: int


class _Name(NamedTuple):
    name: str
    size: int
    level: str  # province, city, county
    full: bool
    codes: tuple[str, ...]  # today's codes, and past ones without a known successor


class _Place(NamedTuple):
    stem: str
    size: int
    written: str
    town: bool
    county: str


def _ending(name: str) -> str:
    """A community's name with the ending the normal form uses."""
    if name.endswith(("村民委员会", "村委会")):
        return divisions.stem(name) + "村委会"
    if name.endswith(("社区居委会", "社区居民委员会", "居委会", "居民委员会")):
        return divisions.stem(name) + "社区"
    return name


@cache
def _names() -> dict[str, tuple[_Name, ...]]:
    """All names by their first two characters, longest first."""
    levels: dict[tuple[str, str, bool], dict[str, None]] = {}
    for spells in divisions.table().values():
        for row in spells:
            if row.kind == "c" or len(row.code) > 6 or len(row.name) < 2:
                continue
            code = divisions.successor(row.code) or row.code
            levels.setdefault((row.name, row.level, True), {})[code] = None
            short = divisions.stem(row.name)
            if row.current and short != row.name:
                levels.setdefault((short, row.level, False), {})[code] = None
    index: dict[str, list[_Name]] = {}
    for (name, level, full), codes in levels.items():
        index.setdefault(name[:2], []).append(_Name(name, len(name), level, full, tuple(codes)))
    order = {"province": 0, "city": 1, "county": 2}
    return {
        head: tuple(sorted(names, key=lambda n: (-n.size, not n.full, order[n.level])))
        for head, names in index.items()
    }


@cache
def _places() -> dict[str, tuple[_Place, ...]]:
    """Known towns and communities by the first two characters of their stem, longest first."""
    index: dict[str, list[_Place]] = {}
    for code, spells in divisions.table().items():
        if len(code) > 6:
            row = spells[-1]
            stem = divisions.stem(row.name)
            index.setdefault(stem[:2], []).append(
                _Place(stem, len(stem), _ending(row.name), len(code) == 9, code[:6])
            )
    return {head: tuple(sorted(places, key=lambda p: -p.size)) for head, places in index.items()}


@cache
def _parents_of_county(code: str) -> tuple[str, str, str]:
    """Today's names of a county's province, prefecture and itself."""
    above = divisions.parents(code)
    province = divisions.name_of(above[0]) or ""
    city = (divisions.name_of(above[1]) or "") if len(above) > 1 else ""
    return province, city, divisions.name_of(code) or ""


@cache
def _name(code: str) -> str:
    return divisions.name_of(code) or ""


@cache
def _direct_county(code: str) -> bool:
    """Whether a prefecture has no counties, so that its own code serves as the county's."""
    return all(len(below) > 6 for below in divisions.children(code))


def _within(code: str, above: str) -> bool:
    """Whether a code lies in a province or prefecture; "" lies anywhere."""
    if not above or not code:
        return not above
    return code[:2] == above[:2] and (above.endswith("0000") or code[:4] == above[:4])


def _division_follows(s: str, at: int, above: str) -> bool:
    """Whether a full name of a division, or a short one of a prefecture of `above`, stands at `at`."""
    for name, size, _level, full, codes in _names().get(s[at : at + 2], ()):
        if s.startswith(name, at) and any(_within(code, above) for code in codes):
            if full and not _NOT_AFTER_FULL.match(s, at + size):
                return True
            if not full and not _NOT_AFTER_SHORT.match(s, at + size):
                return True
    return False


def read_head(s: str) -> Head:
    """Read the divisions, town and community at the beginning of a folded address.

    A name counts only where what follows does not claim it: 南海大道, 东区社区 and 中山路 are no divisions. Short
    names (佛山, 南海) count only in front of something that can follow a division.
    """
    names = _names()
    at = 0
    province = city = county = ""  # codes; county may be a bare name when its code is not known
    county_name = ""
    if names.get(s[:2]) is None and s[:1] in divisions.PROVINCE_LETTERS and _division_follows(s, 1, ""):
        letter = divisions.PROVINCE_LETTERS[s[0]] + "0000"
        if _division_follows(s, 1, letter):
            province, at = letter, 1
    for _ in range(8):
        found = names.get(s[at : at + 2])
        if found is None:
            if (province and not county_name) and s.startswith("市辖区", at):
                at += 3
                continue
            break
        begin = at
        for name, size, level, full, codes in found:
            if not s.startswith(name, at):
                continue
            end = at + size
            above = city or province
            fitting = [code for code in codes if _within(code, above if level != "province" else "")]
            if level == "province":
                if (province and province not in codes) or (county_name and end == len(s)):
                    continue
            elif level == "city":
                if city and city not in codes:
                    continue
            elif county_name and (county_name != name and county not in codes):
                continue
            if full:
                if _NOT_AFTER_FULL.match(s, end) or (level != "province" and not fitting and above):
                    continue
            elif level == "province":
                if not _division_follows(s, end, codes[0]):
                    continue
            elif not fitting or _NOT_AFTER_SHORT.match(s, end):
                continue
            elif level == "city":
                if not (province or _division_follows(s, end, fitting[0]) or _ROAD_AHEAD.match(s, end)):
                    continue
            elif begin == 0 or not (city or province) or len(fitting) != 1:
                continue
            if level == "province":
                province = codes[0]
            elif level == "city":
                city = fitting[0] if len(fitting) == 1 or above else codes[0]
                province = province or (city[:2] + "0000" if city else "")
            else:
                county = fitting[0] if len(fitting) == 1 else ""
                county_name = name
            at = end
            break
        if at == begin:
            break
    return _with_places(s, at, province, city, county, county_name)


def _with_places(s: str, at: int, province: str, city: str, county: str, county_name: str) -> Head:
    """Name the codes found and read a known town and community behind them."""
    code = county
    if county and not county.endswith("00"):
        province_name, city_name, today = _parents_of_county(county)
        row = divisions.division(county)
        if row is not None and row.current:
            county_name = today
        else:
            code = ""
    else:
        province_name = _name(province) if province else ""
        city_name = _name(city) if city else ""
        if city and not county_name and _direct_county(city):
            code = city
    town = community = ""
    if county.startswith("4406"):
        places = _places()
        for _ in range(2):
            found = places.get(s[at : at + 2])
            if found is None:
                break
            begin = at
            for stem, size, written, is_town, place_county in found:
                if not s.startswith(stem, at) or place_county != county:
                    continue
                if (town if is_town else community) or (is_town and community):
                    continue
                ending = _PLACE_ENDING.match(s, at + size)
                if ending is not None:
                    word = ending.group()
                    if (word in "镇乡" or word.startswith("街道")) != is_town:
                        continue
                    at = ending.end()
                elif (_REST_STANDS if is_town else _ROAD_STANDS).match(s, at + size):
                    at += size
                else:
                    continue
                if is_town:
                    town = written
                else:
                    community = written
                break
            if at == begin:
                break
    return Head(code, province_name, city_name, county_name, town, community, at)

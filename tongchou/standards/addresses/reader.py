"""Reading an address: the head by look-up, the rest by one regular expression, odd ones by a second."""

from __future__ import annotations

import re

from .address import Address
from .english import KeptAddress, read_english
from .fold import LONGEST, fold, has_han, to_arabic, to_chinese
from .prefix import read_head

_CN = "零一二三四五六七八九十百廿两"
_WAYS = "东南西北中"

# Chinese numerals in front of a word that makes them a number of the address, before anything else is read.
_NUMERALS = re.compile(
    rf"[{_CN}](?:(?<=[之附].)[{_CN}]*|[{_CN}]*(?=[栋幢座](?![路街村桥])|号|单元|梯|层|#|-|楼(?:[0-9A-Z]|$))"
    rf"|(?<=-.)[{_CN}]*$|(?<=[栋幢座楼元层].)[{_CN}]*(?=[室房户楼])|[{_CN}]{{2,3}}(?=[室房户])"
    rf"|(?<=[0-9{_CN}]门.)[{_CN}]{{2}}[{_CN}]?(?=[室房户]|$)|(?<=[号栋幢座元梯楼#].)[{_CN}]*$)"
)
_HAS_NUMERAL = re.compile(f"[{_CN}]")

# Towns, communities and groups that no table knows.
_TOWN = re.compile(
    rf"([^0-9()#-]{{1,7}}?)(镇街道(?:办事处|办)?|街道办事处|街道办|街道|镇|乡|苏木)"
    rf"(?!道|街道|镇|[{_WAYS}一二三四五六七八九十前后老新]{{0,2}}(?:路|大?街(?!道)|大道|巷)|[安心里村苑园居情]|政府)"
)
_ESTATES = "花园|花苑|家园|豪庭|豪苑|名苑|雅苑|新村|新城|公寓|大厦|小区|华府|公馆|山庄|广场|国际"
_COMMUNITY = re.compile(
    r"([^0-9()#-]{1,14}?)(社区居民委员会|社区居委会|居民委员会|居委会|村民委员会|村委会|社区(?!卫生|服务|医院|中心|居|$)|社区$"
    rf"|(?<![省市区县镇乡])村(?=[0-9]|[^0-9()#-]{{0,6}}(?:组|队|社)(?=[0-9]|$)|[^0-9()#-]{{2,7}}[0-9]{{0,2}}(?:路|街|大道|巷|里|坊)[{_WAYS}]?(?=[0-9])"
    rf"|[^0-9()#-]{{2,6}}(?:{_ESTATES})(?=[0-9A-Z]))"
    rf"(?![{_WAYS}一二三四五六七八九十]{{0,2}}(?:路|大?街|大道|巷|道)))"
)
_GROUP = re.compile(
    rf"(?:第?(?:\d+|[{_CN}]+)|[^0-9()#-]{{1,4}}?)(?:村民小组|小组|生产队|经济社|组(?!团)|队(?=\d|$))"
)
# The cooperative of a village with the number of a house in it: 西樵村|东社|239号, but not the village's 供销社.
_COOPERATIVE = re.compile(
    rf"(?:第?(?:\d+|[{_CN}]+)|[^0-9()#-]{{1,3}}?(?<![用作销行报印商会]))社(?=\d+(?:-\d+)?[A-Z]?号(?![楼房室铺]))"
)

_ROAD = (
    r"(?:([^0-9()#-]{1,12}?\d{0,3}|\d{1,4}|[A-Z]\d{1,4})"
    r"(大道|大街|公路|马路|路(?![口边旁])|街(?![道区坊])|(?:巷|弄|胡同|国道|省道|县道)(?=\d|附|甲|$)"
    r"|(?:里|坊|道|径|横|围|基)(?=\d+(?:-\d+)?[A-Z]?号(?!楼)|附|甲|\d*$))"
    rf"((?:[{_WAYS}]{{1,2}}段?|[一二三四五六七八九十1-9]段)(?=\d|附|$|[一二三四五六七八九十]+(?:巷|街|弄)))?)?"
)
_LANE = (
    r"([^0-9()#-]{0,5}?\d{0,3}(?:(?:巷|弄|胡同|横街|直街|街)(?=\d|附|$)"
    r"|(?:里|坊|横|围)(?=\d+(?:-\d+)?[A-Z]?号(?!楼)|附|\d*$)))?"
)
_NUMBER = (
    r"(?:((?:附|甲|乙)?\d+(?:-\d+)?[A-Z]?)"
    r"(?:号(?!楼)((?:之|附)\d+号?|[A-Z](?=$|[^0-9栋幢座号梯#楼-])|[A-Z](?=\d+[栋幢座号]))?|((?:之|附)\d+)号?"
    r"|(?=[^0-9A-Z栋幢座单元楼梯层室房户#号之附门()-])|$))?"
)
_UNITS = (
    # 15-2-2104, 4-2-, 15-1404
    r"(?:(\d+[A-Z]?|[A-Z]\d{0,2})(?:[栋幢座])?-(\d{0,2}|[A-Z])(?:-(?:(\d{1,2})-(?=\d))?(\d*[A-Z]?)|(?<=\d)(?=\d)(\d+[A-Z]?))?(?:号房|室|房|户|号)?"
    # 15栋2单元3层1404室 with any part left out
    r"|(?:(\d+[A-Z]?(?:-\d+)?|[A-Z]{1,2}\d{0,3}|[东南西北]{1,2}(?=[栋幢座])|[甲乙丙丁](?=[栋幢座]))"
    r"(?:号?[栋幢座]楼?|号楼|#楼?|号(?!房|室|铺|商)|(?<=[A-Z])楼))?"
    r"-?(?:(\d{1,2}|[A-Z])(?:单元|梯|门|单$|#(?=\d))|(\d{1,2})-(?=\d{2}))?"
    r"-?(?:(\d{1,3})(?:层|楼|F(?![A-Z0-9])))?"
    r"-?(?:([A-Z]?\d+[A-Z]?\d*(?:-\d+)?|[A-Z](?=[室房]))(?:号?房间?|室|户|单位|单元|号铺|铺|号$)?)?)"
)
_ENTRY = re.compile(_ROAD + _LANE + _NUMBER + r"([^0-9A-Z()#-]*+)" + _UNITS + r"$")
_STREET = re.compile(_ROAD + _LANE + _NUMBER)
_INSIDE = re.compile(
    # a building, unit, floor or room with its word, anywhere in what is left
    r"(?:(\d+[A-Z]?(?:-\d+)?|[A-Z]{1,2}\d{0,3}|[东南西北甲乙丙丁](?=[栋幢座]))(?:号?[栋幢座]楼?|号楼|#楼?))"
    r"-?(?:(\d{1,2}|[A-Z])(?:单元|梯|门|#(?=\d))|(\d{1,2})-(?=\d{2}))?-?(?:(\d{1,3})(?:层|楼))?"
    r"-?(?:([A-Z]?\d+[A-Z]?\d*(?:-\d+)?|[A-Z](?=[室房]))(?:号?房间?|室|户|单位|号铺|铺|号$)?)?"
    r"|()(?:(\d{1,2})(?:单元|梯))?-?(?:(\d{1,3})(?:层|楼))?-?(?:([A-Z]?\d{2,5}[A-Z]?)(?:号?房间?|室|户))"
    r"|(?:(?<=[^0-9-])|^)(\d+|[A-Z])-(\d{1,2})-(\d{2,5}[A-Z]?)(?!\d)(?:号房|室|房)?"
)
_NUMBER_FIRST = re.compile(rf"(\d+[A-Z]?号)([^0-9()#-]{{2,8}}?(?:路|街|大道)(?:[{_WAYS}](?=$|\d))?)")
# A division's name with a slip in it, in front of names that are known: 弗山市|南海区.
_STRANGE = re.compile(r"[^0-9()#-]{1,4}?[省市]")
_BRACKETS = re.compile(r"\(([^()]*)\)?")
_BRACKETED = re.compile(r"\(([^()]+号[^()]{0,3})\)")
_NOISE = re.compile(r"^[()-]+|[(-]+$")
_ESTATE = re.compile(
    r"^(.{2,}?(?:花园|小区|山庄|大厦|广场|豪庭|新城|公寓|宿舍|花苑|雅苑|新村|名苑|公馆))(.{2,}(?:路|街|大道))$"
)
_KIND_ONLY = re.compile(
    r"(?:小区|大厦|花园|广场|新村|宿舍|公寓|市场|商场|商业城|大院|小学|中学|医院|车站|大楼|工业区|工业园|商城|住宅区|生活区|家属院)"
)
_LETTERED = re.compile(r"^(.*?)([东南西北甲乙丙丁])[栋幢座]$")
# What people add to an address without brackets: 12号 电话勿打.
_NOTE = re.compile(
    r"(?<=[号室房栋层楼元0-9])(?:(?:联系)?电话(?=[勿请无不0-9]|$)|联系人|备注|请勿|自住$|出租$|租住$|收件).{0,14}$"
)
# 236A栋 behind a road: a number without its 号 and a lettered building.
_RUN_TOGETHER = re.compile(r"(\d{1,4})([A-Z])")
_SPOT = re.compile(r"(?:[东南西北]{1,2}[角侧面]|对面|隔壁|旁边|后面|附近|斜对面|旁)$")


def read(text: str) -> Address:
    """The parts of one address. Never raises; what is not understood is kept in `compound` or `tail`."""
    s = fold(text)
    if len(s) > LONGEST:
        return KeptAddress(text=text, tail=s)
    if not has_han(s):
        return read_english(text, s)
    tail = ""
    if "(" in s or ")" in s:
        s, tail = _without_brackets(s)
    if _HAS_NUMERAL.search(s) is not None:
        s = _NUMERALS.sub(_arabic, s)
    if (note := _NOTE.search(s)) is not None and note.start() > 3:
        s, tail = s[: note.start()], f"({note[0]}){tail}"
    if "首层" in s:
        s = s.replace("首层", "1层")
    code, province, city, county, town, community, at = read_head(s)
    if at == 0 and (strange := _STRANGE.match(s)) is not None:
        head = read_head(s[strange.end() :])
        if head.county and _slip(strange[0], head.city, head.province):
            code, province, city, county, town, community, at = head
            s, tail = s[strange.end() :], f"({strange[0]}){tail}"
    group = ""
    if not town and ("镇" in s or "街道" in s or "乡" in s):
        found = _TOWN.match(s, at)
        if found is not None:
            town = found[1] + ("镇街道" if found[2].startswith("镇街道") else _town_word(found[2]))
            at = found.end()
    if not community and ("社区" in s or "村" in s or "居委" in s or "居民" in s):
        found = _COMMUNITY.match(s, at)
        if found is not None:
            community = found[1] + _community_word(found[2])
            at = found.end()
    if "组" in s or "队" in s or "经济社" in s:
        found = _GROUP.match(s, at)
        if found is not None:
            group = _in_road(found[0])
            at = found.end()
    elif community and "社" in s[at:]:
        found = _COOPERATIVE.match(s, at)
        if found is not None:
            group = _in_road(found[0])
            at = found.end()
    if s[at : at + 1].isdecimal():
        found = _NUMBER_FIRST.match(s, at)
        if found is not None:
            s = s[:at] + found[2] + found[1] + s[found.end() :]
    found = _ENTRY.match(s, at)
    if found is None:
        parts = _read_odd(s, at)
    else:
        parts = _read_plain(found, s)
    road, lane, number, compound, building, unit, floor, room, rest, cut = parts
    if compound:
        if not number and road and _KIND_ONLY.fullmatch(compound):
            compound, road = road + lane + compound, ""
            lane = ""
        elif not building and compound[-1] in "栋幢座":
            lettered = _LETTERED.match(compound)
            if lettered is not None:
                compound, building = lettered[1], lettered[2]
        if compound and compound[-1] in "角侧面壁边近旁":
            spot = _SPOT.search(compound)
            if spot is not None:
                rest = spot[0] + rest
                compound = compound[: spot.start()]
    if not road and tail and (street := _BRACKETED.match(tail)) is not None:
        # 锦绣花园3栋601(岭南大道95号)
        behind = _STREET.fullmatch(street[1])
        if behind is not None and behind[1] and behind[5]:
            road, lane = _street(*behind.group(1, 2, 3, 4))
            number = _numbered(*behind.group(5, 6, 7))
    if road and not (number or compound) and (both := _RUN_TOGETHER.fullmatch(building)) is not None:
        number, building = both[1], both[2]
    if len(road) > 6:
        estate = _ESTATE.match(road)
        if estate is not None:
            road = estate[2]
            compound = estate[1] if not compound else estate[1] + compound
    address = object.__new__(Address)
    address.__dict__.update(
        text=text, code=code, province=province, city=city, county=county, town=town, community=community,
        group=group, road=road, lane=lane, number=number, compound=compound, building=building, unit=unit,
        floor=floor, room=room, tail=rest + tail, cut=cut,
    )  # fmt: skip
    return address


def _arabic(found: re.Match[str]) -> str:
    """The numeral in digits; one that would run into the digits behind it (之三101), or ends the text, is closed with
    号.
    """
    digits = to_arabic(found[0])
    before = found.string[max(found.start() - 1, 0)]
    behind = found.string[found.end() : found.end() + 1]
    return digits + "号" if before in "之附" and (behind.isdecimal() or not behind) else digits


def _slip(name: str, *names: str) -> bool:
    """Whether a name is one of `names` with one character replaced."""
    return any(
        len(name) == len(other) and sum(a != b for a, b in zip(name, other, strict=True)) == 1
        for other in names
    )


def _town_word(word: str) -> str:
    return "街道" if word.startswith("街道") else word


def _community_word(word: str) -> str:
    if word == "村":
        return word
    return "村委会" if word.startswith("村") else "社区"


def _in_road(name: str) -> str:
    """A road's name with its numeral in Chinese: 季华6路 → 季华六路; national roads keep theirs."""
    if name.endswith(("国道", "省道", "县道", "弄")):
        return name
    return _DIGITS.sub(lambda found: to_chinese(found[0]), name)


_DIGITS = re.compile(r"(?<![A-Z0-9])\d{1,3}(?!\d)")


def _without_brackets(s: str) -> tuple[str, str]:
    """The text without its brackets, and the brackets in order, to stand at the end."""
    notes = "".join(f"({inner})" for inner in _BRACKETS.findall(s) if inner)
    return _BRACKETS.sub("", s).replace(")", ""), notes


Parts = tuple[str, str, str, str, str, str, str, str, str, bool]


def _street(road: str | None, kind: str | None, way: str | None, lane: str | None) -> tuple[str, str]:
    """The road and the lane as the normal form writes them."""
    if road is None:
        return "", _in_road(lane) if lane else ""
    name = road + (kind or "") + (way or "")
    if any(c in "0123456789" for c in name):
        name = _in_road(name)
    return name, _in_road(lane) if lane else ""


def _numbered(number: str | None, after: str | None, sub: str | None) -> str:
    """A number with what hangs on it: 12 and 之2 → 12-2, 12 and A → 12A, 12 and 附3 → 12附3."""
    if number is None:
        return ""
    extra = (after or sub or "").rstrip("号")
    return number + (extra.replace("之", "-") if extra.startswith("之") else extra)


def _read_plain(found: re.Match[str], s: str) -> Parts:
    """The parts of an address that the one expression covers to its end."""
    (
        road, kind, way, lane, number, after, sub, compound,
        dashed, second, third, fourth, only, building, unit, loose_unit, floor, room,
    ) = found.groups()  # fmt: skip
    road, lane = _street(road, kind, way, lane)
    cut = False
    if dashed is not None:
        building, unit, floor = dashed, second, third
        room = fourth or ""
        if only is not None:
            unit, room = "", (second or "") + only
        elif not room and unit and (len(unit) > 1 or s[-1] != "-"):
            unit, room = "", unit
        cut = s[-1].isdecimal() and 0 < len(room) < 3
    else:
        unit = unit or loose_unit
        if s[-1:].isdecimal():
            last = room or ""
            cut = len(last) < 3 and not (after and s[-2] == "之")
            if cut and last and not building and not unit and not floor:
                building, room = last, ""
    if (
        building
        and not room
        and not unit
        and not road
        and not number
        and s[-1] == "号"
        and compound[-1:] in "村院里坊巷社屯寨庄"
        and not compound.endswith("山庄")
    ):
        number, building = building, ""
        if compound[-1] in "社屯寨庄":
            road, compound = compound, ""
    return (
        road, lane, _numbered(number, after, sub), compound, building or "", unit or "", floor or "",
        room or "", "", cut,
    )  # fmt: skip


def _read_odd(s: str, at: int) -> Parts:
    """The parts of an address with something between or behind them that no rule foresees."""
    found = _STREET.match(s, at)
    assert found is not None  # every part of the expression may be empty
    road, lane = _street(*found.group(1, 2, 3, 4))
    number = _numbered(*found.group(5, 6, 7))
    at = found.end()
    inside = _INSIDE.search(s, at)
    if inside is None:
        return road, lane, number, s[at:], "", "", "", "", "", False
    compound, rest = s[at : inside.start()], s[inside.end() :]
    if inside[10] is not None:
        building, unit, floor, room = inside[10], inside[11], "", inside[12]
    elif inside[1] is not None:
        building, unit, floor, room = inside[1], inside[2] or inside[3], inside[4], inside[5]
    else:
        building, unit, floor, room = "", inside[7], inside[8], inside[9]
    return road, lane, number, compound, building or "", unit or "", floor or "", room or "", rest, False

"""Administrative divisions 行政区划: codes with the years in which each was valid, names, parents,
successors.

Codes are those of GB/T 2260 (six digits: province, prefecture, county), GB/T 10114 (nine: town or street) and
the statistical codes below them (twelve: community or village). Counties are known as of the editions of 1980
to 2019 and of 2023; towns and communities for Foshan only. How the tables were derived, and from what, stands
in `data/make_divisions.py`. The tables are read once, at the first question.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

FIRST_YEAR = 1980
LAST_YEAR = 2023
STILL = 9999

# Single-character names as used on number plates and in official abbreviations (GB/T 2260, 附录).
PROVINCE_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "京": "11", "津": "12", "冀": "13", "晋": "14", "蒙": "15", "辽": "21", "吉": "22", "黑": "23",
        "沪": "31", "苏": "32", "浙": "33", "皖": "34", "闽": "35", "赣": "36", "鲁": "37", "豫": "41",
        "鄂": "42", "湘": "43", "粤": "44", "桂": "45", "琼": "46", "渝": "50", "川": "51", "蜀": "51",
        "贵": "52", "黔": "52", "云": "53", "滇": "53", "藏": "54", "陕": "61", "秦": "61", "甘": "62",
        "陇": "62", "青": "63", "宁": "64", "新": "65", "台": "71", "港": "81", "澳": "82",
    }
)  # fmt: skip

_KIND = re.compile(
    r"(?:(?:维吾尔|壮族|回族)?自治区|特别行政区|特区|林区|矿区|(?:省|市|地区|盟|自治州|自治县|自治旗|左旗|右旗|县|区|旗))$"
)
_NATIONALITY = re.compile(
    r"(?:(?:满|回|藏|苗|彝|壮|布依|侗|瑶|白|土家|哈尼|傣|黎|傈僳|佤|畲|拉祜|水|纳西|羌|土|仫佬|毛南|仡佬|各|朝鲜|达斡尔|"
    r"裕固|保安|东乡|撒拉|景颇|布朗|普米|怒|独龙|鄂温克|鄂伦春|蒙古|哈萨克|柯尔克孜|塔吉克|锡伯)族|蒙古|哈萨克|柯尔克孜|塔吉克|锡伯)+$"
)
_PLACE_KIND = re.compile(
    r"(?:社区居民委员会|社区居委会|居民委员会|居委会|村民委员会|村委会|虚拟社区|社区|街道办事处|街道|镇|乡)$"
)


class Division(NamedTuple):
    """One division under one name.

    code: 6, 9 or 12 digits. first, last: years of the first and last edition that carry it under this name.
    earliest, latest: the years within which it may have been valid (0 and 9999: open). kind: "g" a division
    of GB/T 2260 or below, "z" a development zone with a statistical code only, "c" a container such as
    市辖区.
    successor: the code that took its place, "" when none or not derivable.
    """

    code: str
    name: str
    first: int
    last: int
    earliest: int
    latest: int
    kind: str
    successor: str

    @property
    def current(self) -> bool:
        """Whether the last edition still carries it."""
        return self.latest == STILL

    @property
    def level(self) -> str:
        """province, city, county, town or community."""
        if len(self.code) > 6:
            return "town" if len(self.code) == 9 else "community"
        if self.code.endswith("0000"):
            return "province"
        return "city" if self.code.endswith("00") else "county"


def _rows(name: str) -> list[list[str]]:
    packed = files("tongchou.standards").joinpath("data", name).read_bytes()
    rows = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
    next(rows)
    return list(rows)


@cache
def table() -> Mapping[str, tuple[Division, ...]]:
    """Every known code with its spells, oldest first; codes ascend."""
    spells: dict[str, tuple[Division, ...]] = {}
    for code, name, first, last, earliest, latest, kind, successor in _rows("divisions.csv.gz"):
        row = Division(code, name, int(first), int(last), int(earliest), int(latest), kind, successor)
        spells[code] = (*spells.get(code, ()), row)
    for code, name in _rows("places.csv.gz"):
        spells[code] = (Division(code, name, LAST_YEAR, LAST_YEAR, 0, STILL, "g", ""),)
    return MappingProxyType(spells)


def _padded(code: str) -> str:
    """`code` at its full length: "44" and "4406" are written 440000 and 440600."""
    return code + "0" * (6 - len(code)) if len(code) in (2, 4) else code


def division(code: str, year: int | None = None) -> Division | None:
    """The division of a code of 2, 4, 6, 9 or 12 digits; the latest spell, or the one of `year`.

    A year within no spell is answered by the spell that may have held then; None when there is none.
    """
    spells = table().get(_padded(code), ())
    if not spells:
        return None
    if year is None:
        return spells[-1]
    for row in spells:
        if row.first <= year <= row.last:
            return row
    for row in reversed(spells):
        if row.earliest <= year <= row.latest:
            return row
    return None


def name_of(code: str, year: int | None = None) -> str | None:
    """The name of a code, in `year` or at last; None when unknown (then)."""
    row = division(code, year)
    return row.name if row else None


def known(code: str) -> bool:
    """Whether any edition carries the code."""
    return _padded(code) in table()


def county_valid(code: str, year: int) -> bool | None:
    """Whether a county code (six digits) was valid in `year`.

    None when the editions cannot tell: outside 1980–2023, or between two editions of which only one carries
    the code. Codes ending 00 count only where a prefecture has no counties (东莞 441900, 中山 442000); 市辖区
    and other containers, and zones that only statisticians number, are answered None, because identity
    numbers with such codes exist. A number's code is that of the place of first registration, at the time of
    registration: ask for a span of years before calling a number false.
    Source: GB/T 2260, editions as listed in data/make_divisions.py.
    """
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return False
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    perhaps = False
    for row in table().get(code, ()):
        if row.first <= year <= row.last and row.kind == "g":
            if not code.endswith("00"):
                return True
            if not code.endswith("0000") and not children(code, year):
                return True
        elif row.kind != "g" or (row.earliest <= year <= row.latest and not code.endswith("00")):
            perhaps = True
    return None if perhaps else False


def county_ever_valid(code: str) -> bool:
    """Whether a county code was valid at any time the editions know, or may have been."""
    return any(
        county_valid(code, year) is not False
        for row in table().get(code, ())
        for year in range(max(row.first, FIRST_YEAR), row.last + 1)
    )


def parent(code: str) -> str | None:
    """The code one level up: community → town → county → prefecture → province → None.

    Counties administered by their province (省直辖, codes xx90xx) have the province as parent.
    """
    code = _padded(code)
    if len(code) == 12:
        return code[:9]
    if len(code) == 9:
        above = code[:6]
        # 东莞 and 中山: towns directly below the prefecture
        return above if above in table() else code[:4] + "00"
    if code.endswith("0000"):
        return None
    if not code.endswith("00"):
        prefecture = code[:4] + "00"
        if prefecture in table() and table()[prefecture][-1].kind != "c":
            return prefecture
    return code[:2] + "0000"


def parents(code: str) -> tuple[str, ...]:
    """The chain above a code, province first, without the code itself."""
    chain: list[str] = []
    above = parent(code)
    while above is not None:
        chain.append(above)
        above = parent(above)
    return tuple(reversed(chain))


@cache
def _children() -> Mapping[str, tuple[str, ...]]:
    below: dict[str, list[str]] = {}
    for code in table():
        above = parent(code)
        if above is not None:
            below.setdefault(above, []).append(code)
    return {code: tuple(codes) for code, codes in below.items()}


def children(code: str, year: int | None = None) -> tuple[str, ...]:
    """Codes directly below a code: those of `year`, or those of the last edition. Containers are left out."""
    result = []
    for below in _children().get(_padded(code), ()):
        rows = [row for row in table()[below] if row.kind != "c"]
        if year is None or len(below) > 6:  # of towns and communities only today's are known
            valid = any(row.current for row in rows)
        else:
            valid = any(row.first <= year <= row.last for row in rows)
        if valid:
            result.append(below)
    return tuple(result)


def full_name(code: str, year: int | None = None) -> str | None:
    """Names from the province down, run together: 440605 → 广东省佛山市南海区; None when unknown."""
    last = division(code, year)
    if last is None:
        return None
    names = [name_of(above, year) or name_of(above) or "" for above in parents(code)]
    return "".join([*(name for name in names if name), last.name])


def successor(code: str) -> str:
    """The code valid today in place of `code`: 442622 南海县 → 440605 南海区. "" when not known."""
    seen: set[str] = set()
    while code and code not in seen:
        seen.add(code)
        row = division(code)
        if row is None:
            return ""
        if row.current:
            return row.code
        code = row.successor
    return ""


@cache
def stem(name: str) -> str:
    """A name without the words for its kind: 南海区 → 南海, 峨边彝族自治县 → 峨边, 澜石社区居委会 → 澜石."""
    bare = _PLACE_KIND.sub("", name)
    if bare == name:
        bare = _KIND.sub("", name)
        if name.endswith(("自治州", "自治县", "自治旗")):
            bare = _NATIONALITY.sub("", bare) or bare
    return bare if len(bare) > 1 else name


@cache
def _by_name() -> Mapping[str, tuple[Division, ...]]:
    index: dict[str, dict[Division, None]] = {}
    for spells in table().values():
        for row in spells:
            if row.kind != "c":
                index.setdefault(row.name, {})[row] = None
                index.setdefault(stem(row.name), {})[row] = None
    for letter, prefix in PROVINCE_LETTERS.items():
        index.setdefault(letter, {})[table()[prefix + "0000"][-1]] = None
    return {name: tuple(rows) for name, rows in index.items()}


def find(name: str, within: str | None = None) -> Sequence[Division]:
    """Divisions of a full or short name (广东省, 广东, 粤; 澜石社区居委会, 澜石), those still valid first.

    within: a code; only divisions below it. Empty when nothing matches.
    """
    rows = [row for row in _by_name().get(name.strip(), ()) if within is None or within in parents(row.code)]
    return sorted(
        rows, key=lambda row: (not row.current, len(row.code), row.name != name, row.code, -row.last)
    )


@cache
def province_names() -> Mapping[str, str]:
    """Full and short names and letters of the provinces → code: 广东省, 广东, 粤 → 440000."""
    names = {letter: prefix + "0000" for letter, prefix in PROVINCE_LETTERS.items()}
    for code, spells in table().items():
        if code.endswith("0000") and len(code) == 6:
            for row in spells:
                names[row.name] = names[stem(row.name)] = code
    return MappingProxyType(names)


@cache
def city_names() -> Mapping[str, tuple[str, ...]]:
    """Full and short names of prefectures, past ones too → their codes, those still valid first."""
    names: dict[str, list[Division]] = {}
    for code, spells in table().items():
        if code.endswith("00") and not code.endswith("0000") and len(code) == 6:
            for row in spells:
                if row.kind == "g":
                    for name in {row.name, stem(row.name)}:
                        names.setdefault(name, []).append(row)
    return MappingProxyType(
        {
            name: tuple(dict.fromkeys(row.code for row in sorted(rows, key=lambda row: not row.current)))
            for name, rows in names.items()
        }
    )

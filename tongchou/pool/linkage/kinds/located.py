"""The place in front of an enterprise's name 行政区划: 佛山市南海区, 湖南, 长沙, 广东佛山; and the city and district in it.

Names of provinces and cities are known (`standards.divisions`), so that they are read off with and without the word for
their level; a district's only with it, or behind its own city: 恒福, 永兴 and 安康 are styles as well as places. Something must
be left that can be a style: 安康大药房 is no drugstore in Ankang.
"""

from __future__ import annotations

import re
from functools import cache

from tongchou.standards import divisions

from .trades import read_trade

_LEVELLED = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,4}?省)?(?:[\u4e00-\u9fff]{2,4}?市)?(?:[\u4e00-\u9fff]{2,3}?(?:区|县))?(?:[\u4e00-\u9fff]{2}(?:镇|街道))?"
)
_LEVELS = re.compile(r"([^省市区县镇]{2,4}?)(省|市|区|县|镇|街道)")
_COUNTRY = "中国"
_LEAST = 2  # characters of a style
_SOME = "某某"


def read_place(text: str) -> tuple[str, str]:
    """(place, rest) of a folded name without brackets."""
    found = _LEVELLED.match(text)
    place = text[: found.end()] if found else ""
    rest = text[len(place) :]
    while (name := _bare(rest, place)) and len(rest) > len(name) + 1 and _leaves_style(rest[len(name) :]):
        place, rest = place + name, rest[len(name) :]
    return place, rest


def headless(core: str) -> str:
    """The core of a name without a bare district in front, which may be one: 南海恒福五金 → 恒福五金. As it is where none
    is, or no style would be left.
    """
    for size in (4, 3, 2):
        if core[:size] in _counties() and _leaves_style(core[size:]):
            return core[size:]
    return core


def is_place(text: str) -> bool:
    """Whether a text, as in brackets, is nothing but a place: 佛山, 长沙市雨花区."""
    place, rest = read_place(text + _SOME)
    return bool(place) and rest == _SOME


def where(place: str) -> tuple[str, str]:
    """City and district of a name's place, bare: 佛山市南海区 → 佛山, 南海; 佛山南海 → the same; "" where not said."""
    city = district = ""
    for name, word in _LEVELS.findall(place):
        if word == "市":
            city = name
        elif word in ("区", "县"):
            district = name
    rest = _LEVELS.sub("", place)
    while rest:
        size = next((size for size in (4, 3, 2) if rest[:size] in _cities() or rest[:size] in _counties()), 2)
        if rest[:size] in _cities() and not city:
            city = rest[:size]
        elif rest[:size] in _counties():
            district = district or rest[:size]
        rest = rest[size:]
    return city, district


def _bare(text: str, before: str) -> str:
    """The bare name of a province, a city, or a district of the city before it, at the beginning; else ""."""
    if text.startswith(_COUNTRY):
        return _COUNTRY
    cities = _cities()
    city = where(before)[0] if before else ""
    for size in (4, 3, 2):
        name = text[:size]
        if len(name) < size:
            continue
        if name in _provinces() or (name in cities and not city):
            return name
        if city and _counties().get(name, frozenset()) & cities.get(city, frozenset()):
            return name
    return ""


def _leaves_style(rest: str) -> bool:
    # Behind a style a trade is read as one: 某某|火锅.
    return len(read_trade(_SOME + rest)[0]) - len(_SOME) >= _LEAST


@cache
def _provinces() -> frozenset[str]:
    return frozenset(divisions.stem(row.name) for row in _rows("province"))


@cache
def _cities() -> dict[str, frozenset[str]]:
    """Bare names of prefectures and of cities right under the state, each with the first digits of its counties' codes."""
    found: dict[str, set[str]] = {}
    for row in _rows("city"):
        found.setdefault(divisions.stem(row.name), set()).add(row.code[:4])
    for row in _rows("province"):
        if row.name.endswith("市"):
            found.setdefault(divisions.stem(row.name), set()).update(
                (row.code[:2] + "01", row.code[:2] + "02")
            )
    return {name: frozenset(codes) for name, codes in found.items()}


@cache
def _counties() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in _rows("county"):
        if row.kind != "c" and len(stem := divisions.stem(row.name)) >= _LEAST:
            found.setdefault(stem, set()).add(row.code[:4])
    return {name: frozenset(codes) for name, codes in found.items()}


def _rows(level: str) -> list[divisions.Division]:
    """All divisions of a level, past ones too: a name outlives what it was taken from."""
    return [row for spells in divisions.table().values() for row in spells if row.level == level]

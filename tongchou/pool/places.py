"""The library of places 空间库: address → community → grid → position, for every place of a population.

A place seldom says where it lies; its building does, or its gate, or the next number of its road. So each place takes
what is known nearest to it, in this order, and says how exact that is (`Precision`): its own position, that of its
building, of its gate, of its estate, of the road's numbers around it, of its community. Communities and grids come from
its own address, else from the areas (`models.Area`) its position falls into, else from its neighbours at one gate or in
one estate. Places of other cities and counties are left alone.

Derived after each link run from the base library (`spotting`) and published beside it; one Parquet file by subject id,
so that one place is read in about a millisecond. It names no person.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tongchou.standards.addresses import Place, parse
from tongchou.standards.text import Text

from . import published
from .folders import pool_root
from .models import Area
from .shapes import Shapes

#: How exact a position is, best first.
PRECISIONS = ("place", "building", "gate", "estate", "road", "community", "")
#: Numbers of a road further apart than this say nothing about one another's place.
FAR_NUMBERS = 60
#: Degrees (about two kilometres) beyond which near numbers belong to two roads of one name.
FAR_DEGREES = 0.02
#: Places whose spots are read together: so few that one is read in half a millisecond.
TOGETHER = 4_000

SPOTS = pa.schema(
    [
        ("subject_id", pa.string()),
        ("community", pa.string()),
        ("grid", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("precision", pa.string()),
    ]
)


@dataclass(frozen=True)
class Spot:
    """Where a place lies. community: its name, "" when not known; grid: code of its grid, "" where there are none.

    longitude, latitude: degrees (WGS 84), None when nothing near it has a position. precision: one of `PRECISIONS`.
    """

    community: str = ""
    grid: str = ""
    longitude: float | None = None
    latitude: float | None = None
    precision: str = ""


@dataclass(frozen=True)
class Said:
    """What the base library says of one place: its address, and community and position where they are stated."""

    subject_id: str
    address: str
    community: str = ""
    longitude: float | None = None
    latitude: float | None = None


def spots_of(population: str, subject_ids: Iterable[str]) -> dict[str, Spot]:
    """Where these places lie; places nobody knows anything about are left out. Reads as few rows as it can."""
    version = published.current(folder_of(population))
    wanted = sorted(set(subject_ids))
    if version is None or not wanted:
        return {}
    opened = _opened(str(version.parts["spots"]))
    groups = {bisect_right(opened.first, each) - 1 for each in wanted} - {-1}
    if not groups:
        return {}
    with opened.lock:
        table = opened.file.read_row_groups(sorted(groups), use_threads=False)
    ids = table.column("subject_id")
    found = table.filter(pc.is_in(ids, value_set=pa.array(wanted, ids.type)))
    return {row.pop("subject_id"): Spot(**row) for row in found.to_pylist()}


@dataclass(frozen=True)
class _Opened:
    """A published file, which never changes, as this process reads it. first: the least id of each group of rows."""

    file: pq.ParquetFile
    first: list[str]
    lock: Lock


@lru_cache(maxsize=4)
def _opened(path: str) -> _Opened:
    file = pq.ParquetFile(path)
    every = (file.metadata.row_group(each) for each in range(file.metadata.num_row_groups))
    groups = [each for each in every if each.num_rows]
    return _Opened(file, [each.column(0).statistics.min for each in groups], Lock())


def published_at(population: str) -> datetime | None:
    """The instant the published spots stand for."""
    version = published.current(folder_of(population))
    return version.at if version else None


def areas(level: str) -> dict[str, Any]:
    """The areas of a level as GeoJSON: features with code, name, name_en and parent."""
    found = Area.objects.filter(level=level)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "code": a.code,
                    "name": a.name,
                    "name_en": a.name_en or a.name,
                    "parent": a.parent,
                },
                "geometry": a.geometry,
            }
            for a in found
        ],
    }


def area_names(codes: Iterable[str]) -> dict[str, Text]:
    """What areas are called, by their codes, with the area they lie in: a grid's own name is a number."""
    wanted = sorted(codes)
    if not wanted:
        return {}
    found = {each.code: each for each in Area.objects.filter(code__in=wanted)}
    around = {
        each.code: each for each in Area.objects.filter(code__in={each.parent for each in found.values()})
    }
    names = {}
    for code, each in found.items():
        within = around.get(each.parent)
        zh, en = each.name, each.name_en or each.name
        names[code] = (
            Text(f"{within.name}{zh}", f"{within.name_en or within.name}, {en}") if within else Text(zh, en)
        )
    return names


def spots(said: Sequence[Said], boundaries: Mapping[str, Shapes]) -> dict[str, Spot]:
    """The spot of each place: what is known nearest to it (see above)."""
    read = [(each, parse(each.address).place) for each in said]
    known = known_of(read)
    found = {each.subject_id: known.spot(each, place) for each, place in read}
    fall_into(found, boundaries)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for each in said:
        if name := each.community or parse(each.address).community:
            counted[bare_name(name)][name] += 1
    names = full_names(counted, boundaries)
    return {
        subject: replace(spot, community=names.get(spot.community, spot.community))
        for subject, spot in found.items()
    }


def known_of(read: Iterable[tuple[Said, Place]], heads: Iterable[tuple[str, str]] = ()) -> Known:
    """What these places teach about their neighbours. heads: cities and counties in which others have positions."""
    known = Known(heads=set(heads))
    for each, place in read:
        known.learn(each, place)
    return known


@dataclass
class Known:
    """What stated communities and positions say about buildings, gates, estates, roads and communities."""

    positions: dict[Hashable, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    communities: dict[Hashable, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    roads: dict[Hashable, list[tuple[int, float, float]]] = field(default_factory=lambda: defaultdict(list))
    heads: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, said: Said, place: Place) -> None:
        """Take in one place that says something."""
        community = said.community or place.community
        if community:
            for key in keys_of(place):
                self.communities[key][bare_name(community)] += 1
        if said.longitude is None or said.latitude is None:
            return
        self.heads.add((place.city, place.county))
        here = (said.longitude, said.latitude)
        for key in keys_of(place):
            self.positions[key].append(here)
        if community:
            self.positions["community", bare_name(community)].append(here)
        if place.street and (number := _number(place)) is not None:
            self.roads[place.street, ""].append((number, *here))
            if community:
                self.roads[place.street, bare_name(community)].append((number, *here))

    def near(self, place: Place) -> bool:
        """Whether the place may lie where positions are known: its city and county are theirs, or not said."""
        if not self.heads or not (place.city or place.county):
            return True
        return any(
            (not place.city or not city or city == place.city)
            and (not place.county or not county or county == place.county)
            for city, county in self.heads
        )

    def community(self, place: Place) -> str:
        """The community most neighbours at the same building, gate or estate state; "" when they say none."""
        for key in keys_of(place):
            if counted := self.communities.get(key):
                return min(counted.items(), key=lambda item: (-item[1], item[0]))[0]
        return ""

    def spot(self, said: Said, place: Place) -> Spot:
        """The spot of one place."""
        community = bare_name(said.community or place.community)
        if said.longitude is not None and said.latitude is not None:
            return Spot(community, "", said.longitude, said.latitude, "place")
        if not self.near(place):
            return Spot(community)
        community = community or self.community(place)
        for key in keys_of(place):
            if here := self.positions.get(key):
                return Spot(community, "", *_middle(here), str(key[0]))
        if (on_road := self._on_road(place, community)) is not None:
            return Spot(community, "", *on_road, "road")
        if community and (here := self.positions.get(("community", community))):
            return Spot(community, "", *_middle(here), "community")
        return Spot(community)

    def _on_road(self, place: Place, community: str) -> tuple[float, float] | None:
        """Between the two numbers of the road around it, or at the nearest."""
        number = _number(place)
        points = self.roads.get((place.street, community)) if community else None
        if points is None and not place.community:
            points = self.roads.get((place.street, ""))
        if number is None or not place.street or not points:
            return None
        points = sorted(points)
        at = bisect_left(points, (number,))
        close = [each for each in points if abs(each[0] - number) <= FAR_NUMBERS]
        if not close or _spread(close) > FAR_DEGREES:
            return None  # none near, or two roads of that name
        around = [points[i] for i in (at - 1, at) if 0 <= i < len(points) and points[i] in close]
        if len(around) == 1 or around[0][0] == around[1][0]:
            return around[0][1], around[0][2]
        (low, west, south), (high, east, north) = around
        share = (number - low) / (high - low)
        return round(west + (east - west) * share, 6), round(south + (north - south) * share, 6)


def keys_of(place: Place) -> list[tuple[str, ...]]:
    """What a place shares with its neighbours, nearest first."""
    keys: list[tuple[str, ...]] = []
    gate = (place.street, place.number, place.community if place.kind == "lane" else "")
    estate = (place.core, place.sort, place.phase)
    if place.building and place.core:
        keys.append(("building", *estate, place.building))
    if place.building and place.street and place.number:
        keys.append(("building", *gate, place.building))
    if place.street and place.number:
        keys.append(("gate", *gate))
    if place.core:
        keys.append(("estate", *estate))
    if not place.street and place.number and (place.community or place.group):
        keys.append(("gate", place.community, place.group, place.number))
    return keys


def fall_into(found: dict[str, Spot], boundaries: Mapping[str, Shapes]) -> None:
    """Communities not stated and grids, from the areas that exact positions fall into."""
    exact = [
        subject
        for subject, spot in found.items()
        if spot.longitude is not None and spot.precision in PRECISIONS[:5]
    ]
    if not exact:
        return
    x = np.array([found[subject].longitude for subject in exact], float)
    y = np.array([found[subject].latitude for subject in exact], float)
    for level, of_level in boundaries.items():
        for subject, name in zip(exact, of_level.around(x, y), strict=True):
            if name and level == "grid":
                found[subject] = replace(found[subject], grid=name)
            elif name and not found[subject].community:
                found[subject] = replace(found[subject], community=bare_name(name))


def full_names(counted: Mapping[str, Counter[str]], boundaries: Mapping[str, Shapes]) -> dict[str, str]:
    """How each community is called in full: as its area is, else as most addresses call it."""
    names = {
        bare: min(full.items(), key=lambda item: (-item[1], item[0]))[0] for bare, full in counted.items()
    }
    return names | {bare_name(name): name for name in boundaries["community"].names}


def said_in(table: pa.Table) -> list[Said]:
    """The rows of the base library as plain values; positions that do not read as degrees are left out."""

    def column(name: str) -> list[Any]:
        return table.column(name).to_pylist() if name in table.column_names else [None] * table.num_rows

    return [
        Said(subject, address or "", community or "", *_degrees(longitude, latitude))
        for subject, address, community, longitude, latitude in zip(
            *(column(name) for name in ("subject_id", "address", "community", "longitude", "latitude")),
            strict=True,
        )
    ]


def _degrees(longitude: str | None, latitude: str | None) -> tuple[float | None, float | None]:
    try:
        x, y = float(longitude or ""), float(latitude or "")
    except ValueError:
        return None, None
    return (x, y) if -180 <= x <= 180 and -90 <= y <= 90 and (x, y) != (0.0, 0.0) else (None, None)


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The median of some positions, which one wrong among them does not move."""
    x, y = np.median(np.array(points), axis=0)
    return round(float(x), 6), round(float(y), 6)


def _spread(points: Sequence[tuple[int, float, float]]) -> float:
    x, y = [each[1] for each in points], [each[2] for each in points]
    return max(max(x) - min(x), max(y) - min(y))


def _number(place: Place) -> int | None:
    digits = place.number.split("-")[0].split("附")[0].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else None


def bare_name(community: str) -> str:
    """A community's name without the word for its kind, so that 同济社区 and 同济村委会 are one."""
    return parse(community).place.community or community


def folder_of(population: str) -> Path:
    """Where the spots of a population lie."""
    return pool_root() / "spots" / population

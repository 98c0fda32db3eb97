"""Positions on the ground: reference systems used in China, and the geometry a district needs.

A position is (longitude, latitude) in degrees, in that order as in GeoJSON (RFC 7946). Systems:
- WGS 84, and CGCS2000 (the national system), which agree to a few centimetres: taken as equal here;
- GCJ-02, the shifted system of Chinese web maps, and BD-09, Baidu's shift on top of it. Neither is officially
  published; the formulas are the commonly known reconstruction (provisional).
Areas and distances are on a sphere of the earth's mean radius: good to about 0.5 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Position = tuple[float, float]
Box = tuple[float, float, float, float]

EARTH_RADIUS_M: Final = 6_371_008.8
_AXIS: Final = 6378245.0  # Krasovsky 1940, semi-major axis
_FLATTENING: Final = 0.00669342162296594323  # its first eccentricity, squared
_BD: Final = math.pi * 3000.0 / 180.0
_CHINA: Final[Box] = (72.004, 0.8293, 137.8347, 55.8271)


def in_china(position: Position) -> bool:
    """Whether a position lies in the box within which GCJ-02 shifts, which covers parts of neighbours too."""
    west, south, east, north = _CHINA
    return west <= position[0] <= east and south <= position[1] <= north


def _offset(position: Position) -> Position:
    """How far GCJ-02 moves a WGS 84 position, in degrees."""
    x, y = position[0] - 105.0, position[1] - 35.0
    pi = math.pi
    root = math.sqrt(abs(x))
    wave = (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * math.sin(y * pi) + 40.0 * math.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * pi) + 320.0 * math.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * math.sin(x * pi) + 40.0 * math.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
    latitude = math.radians(position[1])
    magic = 1.0 - _FLATTENING * math.sin(latitude) ** 2
    north = north * 180.0 / ((_AXIS * (1.0 - _FLATTENING)) / (magic * math.sqrt(magic)) * pi)
    east = east * 180.0 / (_AXIS / math.sqrt(magic) * math.cos(latitude) * pi)
    return east, north


def _undo(forward: Callable[[Position], Position], position: Position, guess: Position) -> Position:
    """The position that `forward` moves to `position`: fixed-point iteration, to about 1e-11 degrees."""
    x, y = guess
    for _ in range(30):
        moved = forward((x, y))
        east, north = moved[0] - position[0], moved[1] - position[1]
        x, y = x - east, y - north
        if abs(east) < 1e-11 and abs(north) < 1e-11:
            break
    return x, y


def _shift(position: Position) -> Position:
    east, north = _offset(position)
    return position[0] + east, position[1] + north


def wgs84_to_gcj02(position: Position) -> Position:
    """WGS 84 (or CGCS2000) → GCJ-02; positions outside the box of `in_china` are not moved (provisional)."""
    return _shift(position) if in_china(position) else position


def gcj02_to_wgs84(position: Position) -> Position:
    """GCJ-02 → WGS 84, iterated to better than 1e-9 degrees; not moved outside the box (provisional)."""
    return _undo(_shift, position, position) if in_china(position) else position


def gcj02_to_bd09(position: Position) -> Position:
    """GCJ-02 → BD-09 (provisional)."""
    x, y = position
    radius = math.hypot(x, y) + 0.00002 * math.sin(y * _BD)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * _BD)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def bd09_to_gcj02(position: Position) -> Position:
    """BD-09 → GCJ-02, iterated to better than 1e-9 degrees (provisional)."""
    return _undo(gcj02_to_bd09, position, (position[0] - 0.0065, position[1] - 0.006))


def wgs84_to_bd09(position: Position) -> Position:
    """WGS 84 → BD-09, by way of GCJ-02 (provisional)."""
    return gcj02_to_bd09(wgs84_to_gcj02(position))


def bd09_to_wgs84(position: Position) -> Position:
    """BD-09 → WGS 84, by way of GCJ-02 (provisional)."""
    return gcj02_to_wgs84(bd09_to_gcj02(position))


_TO_WGS84: Final[Mapping[str, Callable[[Position], Position]]] = {
    "WGS84": lambda position: position,
    "CGCS2000": lambda position: position,
    "GCJ02": gcj02_to_wgs84,
    "BD09": bd09_to_wgs84,
}
_FROM_WGS84: Final[Mapping[str, Callable[[Position], Position]]] = {
    "WGS84": lambda position: position,
    "CGCS2000": lambda position: position,
    "GCJ02": wgs84_to_gcj02,
    "BD09": wgs84_to_bd09,
}
SYSTEMS: Final = tuple(_TO_WGS84)


def convert(position: Position, source: str, target: str) -> Position:
    """A position from one of `SYSTEMS` in another. Raises KeyError for a system that is not one of them."""
    return _FROM_WGS84[target](_TO_WGS84[source](position))


def distance_m(one: Position, other: Position) -> float:
    """Great-circle distance in metres (haversine); both positions in the same system."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, a)))


Ring = Sequence[Sequence[float]]


def _polygons(shape: Mapping[str, Any]) -> Iterator[Sequence[Ring]]:
    """The polygons of a GeoJSON geometry, feature or collection, each as rings, the outer one first."""
    kind = shape.get("type")
    if kind == "Polygon":
        yield shape["coordinates"]
    elif kind == "MultiPolygon":
        yield from shape["coordinates"]
    elif kind == "Feature" and shape.get("geometry"):
        yield from _polygons(shape["geometry"])
    elif kind == "FeatureCollection":
        for feature in shape["features"]:
            yield from _polygons(feature)
    elif kind == "GeometryCollection":
        for geometry in shape["geometries"]:
            yield from _polygons(geometry)


def _on_segment(x: float, y: float, a: Sequence[float], b: Sequence[float]) -> bool:
    cross = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
    if abs(cross) > 1e-12 * max(1.0, abs(b[0] - a[0]) + abs(b[1] - a[1])):
        return False
    return min(a[0], b[0]) <= x <= max(a[0], b[0]) and min(a[1], b[1]) <= y <= max(a[1], b[1])


def _in_ring(position: Position, ring: Ring) -> int:
    """1 inside, 0 on the line, -1 outside (even-odd ray casting)."""
    x, y = position
    inside = False
    before = ring[-1]
    for point in ring:
        if _on_segment(x, y, before, point):
            return 0
        if (point[1] > y) != (before[1] > y):
            slope = (before[0] - point[0]) * (y - point[1]) / (before[1] - point[1])
            if x < slope + point[0]:
                inside = not inside
        before = point
    return 1 if inside else -1


def contains(shape: Mapping[str, Any], position: Position) -> bool:
    """Whether a position lies in a GeoJSON polygon, multipolygon, feature or collection; its edges count as
    inside.

    Holes are outside, their edges inside. Shapes across the 180th meridian are not supported.
    """
    for rings in _polygons(shape):
        if not rings or len(rings[0]) < 3 or _in_ring(position, rings[0]) < 0:
            continue
        if all(len(hole) < 3 or _in_ring(position, hole) <= 0 for hole in rings[1:]):
            return True
    return False


def bounding_box(shape: Mapping[str, Any]) -> Box | None:
    """West, south, east, north of all polygons; None when there is none."""
    points = [point for rings in _polygons(shape) for ring in rings for point in ring]
    if not points:
        return None
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def in_box(position: Position, box: Box) -> bool:
    """Whether a position lies in a box, edges included."""
    return box[0] <= position[0] <= box[2] and box[1] <= position[1] <= box[3]


def _ring_area_m2(ring: Ring) -> float:
    """Signed area of a ring on the sphere; after Chamberlain and Duquette, JPL 07-03 (2007)."""
    total = 0.0
    before = ring[-1]
    for point in ring:
        total += math.radians(point[0] - before[0]) * (
            2 + math.sin(math.radians(before[1])) + math.sin(math.radians(point[1]))
        )
        before = point
    return -total * EARTH_RADIUS_M**2 / 2


def area_m2(shape: Mapping[str, Any]) -> float:
    """Area in square metres, holes taken away; 0 when the shape has no polygon."""
    return sum(
        abs(_ring_area_m2(rings[0])) - sum(abs(_ring_area_m2(hole)) for hole in rings[1:])
        for rings in _polygons(shape)
        if rings and rings[0]
    )


def centroid(shape: Mapping[str, Any]) -> Position | None:
    """The centre of mass of all polygons, holes taken away; None when there is none.

    Computed in the plane of degrees, which is exact enough for anything up to a province. A shape without
    area (a line folded onto itself) is answered with the mean of its points.
    """
    points = [point for rings in _polygons(shape) for ring in rings for point in ring]
    if not points:
        return None
    x0, y0 = points[0][0], points[0][1]  # near the shape, so that no digits cancel
    area = east = north = 0.0
    for rings in _polygons(shape):
        for index, ring in enumerate(rings):
            ring_area = ring_east = ring_north = 0.0
            before = ring[-1] if ring else points[0]
            for point in ring:
                ax, ay, bx, by = before[0] - x0, before[1] - y0, point[0] - x0, point[1] - y0
                cross = ax * by - bx * ay
                ring_area += cross
                ring_east += (ax + bx) * cross
                ring_north += (ay + by) * cross
                before = point
            sign = (1.0 if ring_area >= 0 else -1.0) * (1.0 if index == 0 else -1.0)
            area += sign * ring_area
            east += sign * ring_east
            north += sign * ring_north
    if abs(area) < 1e-18:
        return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    return x0 + east / (3 * area), y0 + north / (3 * area)

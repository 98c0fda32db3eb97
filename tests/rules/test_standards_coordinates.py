"""Coordinates: known pairs, exact inverses, distances, polygons with holes."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.shared_data import shared
from tongchou.standards import coordinates as c

in_china = st.tuples(st.floats(73.5, 135.0), st.floats(3.5, 53.5))


def test_known_pair() -> None:
    """Tiananmen as the open reimplementations give it; they agree with each other to 1e-5 degrees."""
    gcj = c.wgs84_to_gcj02((116.391349, 39.907375))
    assert gcj == pytest.approx((116.397593, 39.908776), abs=2e-5)
    assert 300 < c.distance_m((116.391349, 39.907375), gcj) < 700
    # the pair in the documentation of coordtransform and its many descendants
    assert c.gcj02_to_bd09((116.404, 39.915)) == pytest.approx(
        (116.41036949371029, 39.92133699351022), abs=1e-9
    )
    assert c.wgs84_to_gcj02((116.404, 39.915)) == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-9
    )


@given(in_china)
def test_inverses(position: tuple[float, float]) -> None:
    assert c.gcj02_to_wgs84(c.wgs84_to_gcj02(position)) == pytest.approx(position, abs=1e-9)
    assert c.bd09_to_gcj02(c.gcj02_to_bd09(position)) == pytest.approx(position, abs=1e-9)
    assert c.bd09_to_wgs84(c.wgs84_to_bd09(position)) == pytest.approx(position, abs=1e-9)


@given(in_china, st.sampled_from(c.SYSTEMS), st.sampled_from(c.SYSTEMS))
def test_convert_there_and_back(position: tuple[float, float], source: str, target: str) -> None:
    assert c.convert(c.convert(position, source, target), target, source) == pytest.approx(position, abs=1e-8)


def test_outside_china_nothing_moves() -> None:
    assert c.wgs84_to_gcj02((2.35, 48.85)) == (2.35, 48.85)
    assert c.gcj02_to_wgs84((2.35, 48.85)) == (2.35, 48.85)
    assert not c.in_china((-113.1, 23.0))
    assert c.in_china((113.12, 23.02))
    with pytest.raises(KeyError):
        c.convert((113.0, 23.0), "WGS84", "MARS")


def test_distance() -> None:
    assert c.distance_m((0, 0), (1, 0)) == pytest.approx(111_195, rel=1e-4)
    assert c.distance_m((113.0, 23.0), (113.0, 23.0)) == 0
    assert c.distance_m((0, 0), (180, 0)) == pytest.approx(math.pi * c.EARTH_RADIUS_M)


SQUARE = [[113.0, 23.0], [113.1, 23.0], [113.1, 23.1], [113.0, 23.1], [113.0, 23.0]]
HOLE = [[113.04, 23.04], [113.06, 23.04], [113.06, 23.06], [113.04, 23.06], [113.04, 23.04]]
WITH_HOLE = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
TWO = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [[[x + 1, y] for x, y in SQUARE]]]}


def test_contains() -> None:
    assert c.contains(WITH_HOLE, (113.02, 23.02))
    assert not c.contains(WITH_HOLE, (113.05, 23.05))
    assert c.contains(WITH_HOLE, (113.0, 23.05))  # on the edge
    assert c.contains(WITH_HOLE, (113.04, 23.05))  # on the edge of the hole
    assert not c.contains(WITH_HOLE, (113.2, 23.05))
    assert c.contains(TWO, (114.05, 23.05))
    assert c.contains({"type": "Feature", "geometry": TWO, "properties": {}}, (113.02, 23.02))
    assert not c.contains({"type": "Feature", "geometry": None}, (113.02, 23.02))
    assert not c.contains({"type": "Point", "coordinates": [113, 23]}, (113, 23))


def test_box_area_and_centroid() -> None:
    assert c.bounding_box(TWO) == (113.0, 23.0, 114.1, 23.1)
    assert c.bounding_box({"type": "Point", "coordinates": [1, 1]}) is None
    expected = (
        c.distance_m((113.0, 23.05), (113.1, 23.05)) * c.distance_m((113.0, 23.0), (113.0, 23.1)) * 0.96
    )
    assert c.area_m2(WITH_HOLE) == pytest.approx(expected, rel=1e-3)
    assert c.centroid(WITH_HOLE) == pytest.approx((113.05, 23.05), abs=1e-9)
    assert c.centroid({"type": "Polygon", "coordinates": []}) is None
    assert c.centroid({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}) is not None
    assert c.in_box((113.05, 23.05), (113.0, 23.0, 113.1, 23.1))


@pytest.mark.shared_data
def test_districts_of_foshan() -> None:
    """GCJ-02 outlines: each contains a known place, the whole is Foshan's 3,798 km² within a hundredth."""
    shapes = json.loads(shared("geography/foshan_districts_gcj02.geojson").read_text(encoding="utf-8"))
    assert c.area_m2(shapes) == pytest.approx(3_798e6, rel=0.02)
    ancestral_temple = (113.1120, 23.0290)  # 祖庙, 禅城, WGS 84 within a few hundred metres
    inside = [
        feature["properties"]["name"]
        for feature in shapes["features"]
        if c.contains(feature, c.wgs84_to_gcj02(ancestral_temple))
    ]
    assert inside == ["禅城区"]

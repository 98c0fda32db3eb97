"""Where places lie: what is known nearest to each, and how exact it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from tongchou.pool.places import Said, Spot, spots
from tongchou.pool.shapes import Shapes
from tongchou.sample import geography
from tongchou.sample import places as sample

PACKS = Path(__file__).resolve().parents[2] / "packs"
HEAD = "佛山市样例区祖庙街道同济社区"


def boundaries() -> dict[str, Shapes]:
    found = {"community": Shapes(), "grid": Shapes()}
    for number, name in enumerate(sample.COMMUNITIES):
        ring = [geography.boundary(number)]
        found["community"].add(name, {"type": "Polygon", "coordinates": ring})
        found["grid"].add(f"G{number}", {"type": "Polygon", "coordinates": ring})
    return found


def known(subject: str, address: str, x: float, y: float) -> Said:
    return Said(subject, address, "", 113.06 + x, 23.0 + y)


STATED = [
    known("L1", f"{HEAD}同济路1号锦绣花园3栋", 0.0010, 0.0010),
    known("L2", f"{HEAD}同济路1号锦绣花园5栋", 0.0014, 0.0010),
    known("L3", f"{HEAD}卫国路1号", 0.0002, 0.0030),
    known("L4", f"{HEAD}卫国路51号", 0.0022, 0.0030),
]


@pytest.mark.parametrize(
    ("address", "precision", "x", "y"),
    [
        ("锦绣花园三座601", "building", 0.0010, 0.0010),
        ("同济路1号3幢0601", "building", 0.0010, 0.0010),
        ("同济路1号锦绣花园9栋", "gate", 0.0012, 0.0010),
        ("锦绣花园9栋101", "estate", 0.0012, 0.0010),
        ("卫国路51号202", "gate", 0.0022, 0.0030),
        ("同济社区卫国路26号", "road", 0.0012, 0.0030),
        ("同济社区卫国路60号", "road", 0.0022, 0.0030),
        (f"{HEAD}福宁路8号", "community", 0.0012, 0.0020),
    ],
)
def test_a_place_takes_what_is_known_nearest_to_it(address: str, precision: str, x: float, y: float) -> None:
    found = spots([*STATED, Said("L9", address)], boundaries())["L9"]
    assert (found.precision, found.community, found.grid) == (
        precision, "同济社区", "" if precision == "community" else "G0",
    )  # fmt: skip
    assert found.longitude == pytest.approx(113.06 + x, abs=3e-5)
    assert found.latitude == pytest.approx(23.0 + y, abs=3e-5)


def test_what_lies_elsewhere_is_left_alone() -> None:
    for address in ("广州市天河区同济路1号锦绣花园3栋601", "湖南省长沙市岳麓区卫国路51号", "无地址"):
        assert spots([*STATED, Said("L9", address)], boundaries())["L9"].longitude is None


def test_two_roads_of_one_name_are_not_mixed() -> None:
    twice = [known("L1", "培德社区东华里1号", 0.001, 0.001), known("L2", "龙津村东华里21号", 0.06, 0.035)]
    found = spots(
        [*twice, Said("L8", "东华里11号"), Said("L9", "龙津村东华里25号")],
        {"community": Shapes(), "grid": Shapes()},
    )
    assert found["L8"].longitude is None
    assert found["L9"].longitude == pytest.approx(113.12)
    assert spots([], boundaries()) == {}
    assert Spot() == Spot("", "", None, None, "")


def test_holes_and_parts_of_boundaries() -> None:
    shapes = Shapes()
    square = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 0.0]]
    hole = [[4.0, 4.0], [6.0, 4.0], [6.0, 6.0], [4.0, 6.0], [4.0, 4.0]]
    island = [[[20.0, 0.0], [21.0, 0.0], [20.5, 1.0], [20.0, 0.0]]]
    shapes.add("A", {"type": "MultiPolygon", "coordinates": [[square, hole], island]})
    x, y = np.array([1.0, 5.0, 20.5, 11.0]), np.array([1.0, 5.0, 0.5, 1.0])
    assert shapes.around(x, y) == ["A", "", "A", ""]
    with pytest.raises(ValueError, match="Polygon"):
        shapes.add("B", {"type": "Point", "coordinates": [0, 0]})


def test_the_sample_district_lies_where_its_areas_are() -> None:
    doors = geography.doors()
    x, y = geography.positions(doors)
    names = boundaries()["community"].around(x, y)
    stated = doors.community_names.to_pylist()
    agree = sum(one == two for one, two in zip(names, stated, strict=True)) / len(stated)
    assert agree > 0.999
    assert len(set(doors.text("full").to_pylist())) == len(doors)


def test_the_sample_declares_the_areas_it_is_drawn_on() -> None:
    rows = yaml.safe_load((PACKS / "sample" / "areas.yaml").read_text(encoding="utf-8"))
    by_code = {row["code"]: row for row in rows}
    communities = [row for row in rows if row["level"] == "community"]
    assert [row["name"]["zh"] for row in communities] == list(sample.COMMUNITIES)
    for number, row in enumerate(communities):
        assert row["geometry"]["coordinates"] == [geography.boundary(number)]
        grids = [each for each in rows if each["level"] == "grid" and each["parent"] == row["code"]]
        assert [each["geometry"]["coordinates"] for each in grids] == [
            [ring] for ring in geography.grids(number)
        ]
        assert by_code[row["parent"]]["level"] == "town"

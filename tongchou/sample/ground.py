"""The invented ground of 样例区: outlines of its communities, which tile it without gaps.

It lies at no real community's place; streets of the same names elsewhere have nothing to do with it. Degrees, WGS 84.
"""

from __future__ import annotations

import math

from .places import COMMUNITIES, TOWNS

WEST, SOUTH = 113.062, 22.981
_WIDE, _HIGH = 0.0125, 0.0142
Point = tuple[float, float]


def outline(community: int) -> tuple[Point, ...]:
    """The ring of a community by its place in `places.COMMUNITIES`; towns lie together, two by two."""
    town, place = divmod(community, 6)
    column, row = town % 2 * 3 + place % 3, town // 2 * 2 + place // 3
    corners = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
    ring: list[Point] = []
    for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
        ring.append(_knot(*start))
        ring.append(_bend(start, end))
    return tuple(ring)


def boundaries() -> list[dict[str, object]]:
    """What the sample pack says of them (`boundaries.yaml`)."""
    return [
        {
            "code": f"C{place + 1:02}", "level": "community", "name": {"zh": name}, "within": TOWNS[place // 6],
            "outline": [list(point) for point in outline(place)],
        }
        for place, name in enumerate(COMMUNITIES)
    ]  # fmt: skip


def _knot(column: int, row: int) -> Point:
    """A corner where communities meet, shifted as field paths and canals shift it."""
    shift = math.sin(column * 12.9898 + row * 78.233) * 43758.5453
    east, north = shift % 1 - 0.5, shift * 7 % 1 - 0.5
    return _degrees(column + 0.34 * east, row + 0.34 * north)


def _bend(start: tuple[int, int], end: tuple[int, int]) -> Point:
    """A point between two corners; the same from either side."""
    (x1, y1), (x2, y2) = sorted((start, end))
    shift = math.sin((x1 + x2) * 39.425 + (y1 + y2) * 17.17) * 24634.6345 % 1 - 0.5
    along_row = y1 == y2
    return _degrees(
        (x1 + x2) / 2 + (0 if along_row else 0.3 * shift), (y1 + y2) / 2 + (0.3 * shift if along_row else 0)
    )


def _degrees(column: float, row: float) -> Point:
    return round(WEST + column * _WIDE, 5), round(SOUTH + row * _HIGH, 5)

"""Which community a position or an address lies in, by the district's boundaries 空间库.

A position lies in the community whose outline holds it; an address in the one it names. Both are asked of the
boundaries in the control plane, read once for each question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.standards import addresses
from tongchou.standards.text import Text

from .models import Boundary

Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """One boundary as plain values. ring: (longitude, latitude) in degrees, first point not repeated."""

    code: str
    name: Text
    within: str
    ring: tuple[Point, ...]

    def holds(self, point: Point) -> bool:
        """Whether the point lies inside (even-odd rule)."""
        x, y = point
        inside = False
        for (x1, y1), (x2, y2) in zip(self.ring, (*self.ring[1:], self.ring[0]), strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside


def outlines(level: str = Boundary.Level.COMMUNITY) -> tuple[Outline, ...]:
    """All boundaries of a level, by their codes. One query."""
    return tuple(
        Outline(
            each.code,
            Text(each.name, each.name_en or each.name),
            each.within,
            tuple((float(x), float(y)) for x, y in each.outline),
        )
        for each in Boundary.objects.filter(level=level)
    )


def at(point: Point, among: Sequence[Outline]) -> Outline | None:
    """The one that holds a position; None when none does."""
    return next((each for each in among if each.holds(point)), None)


def named_in(address: str, among: Sequence[Outline]) -> Outline | None:
    """The one an address names; None when it names none, or two of one name in different towns without the town."""
    read = addresses.parse(address)
    found = [each for each in among if each.name.zh == read.community] if read.community else []
    if len(found) > 1:
        found = [each for each in found if each.within == read.town]
    return found[0] if len(found) == 1 else None


def problems(outline: Any) -> Iterator[Text]:
    """What is wrong with a pack's outline beyond its form."""
    if len({tuple(each) for each in outline}) < 3:
        yield Text("边界至少要有三个不同的点。", "An outline needs at least three different points.")
    if any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y in outline):
        yield Text("坐标须为经度、纬度（度）。", "Coordinates are longitude and latitude in degrees.")

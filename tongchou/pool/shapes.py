"""Boundaries of areas, and which of them a position falls into: ray casting over arrays, boxes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]


@dataclass
class Shapes:
    """Named boundaries. Of two that overlap the one added first counts."""

    _names: list[str] = field(default_factory=list)
    _rings: list[list[Degrees]] = field(default_factory=list)

    def add(self, name: str, geometry: Mapping[str, Any]) -> None:
        """Add a GeoJSON Polygon or MultiPolygon; holes count as outside. Raises ValueError for anything else."""
        self._names.append(name)
        self._rings.append([np.array(ring, float)[:, :2] for ring in _rings(geometry)])

    @property
    def names(self) -> tuple[str, ...]:
        """The names added, in that order."""
        return tuple(self._names)

    def around(self, x: Degrees, y: Degrees) -> list[str]:
        """The name of the boundary around each position, "" where there is none."""
        found = np.full(len(x), -1)
        for number, rings in enumerate(self._rings):
            every = np.concatenate(rings)
            (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
            near = np.flatnonzero((found < 0) & (x >= west) & (x <= east) & (y >= south) & (y <= north))
            if len(near):
                inside = np.zeros(len(near), bool)
                for ring in rings:
                    inside ^= _inside(ring, x[near], y[near])
                found[near[inside]] = number
        return [self._names[number] if number >= 0 else "" for number in found.tolist()]


def _rings(geometry: Mapping[str, Any]) -> Iterator[Any]:
    if geometry.get("type") == "Polygon":
        yield from geometry["coordinates"]
    elif geometry.get("type") == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon
    else:
        raise ValueError("only Polygon and MultiPolygon bound an area")


def _inside(ring: Degrees, x: Degrees, y: Degrees) -> NDArray[np.bool_]:
    """Whether a ray to the east of each position crosses the ring an odd number of times."""
    answer = np.zeros(len(x), bool)
    for (x1, y1), (x2, y2) in pairwise(ring):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        answer ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return answer

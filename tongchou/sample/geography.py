"""Where in the invented district things lie: a patch of land a community, its roads across it, numbers along them.

The district is drawn near Foshan on a regular plan: 24 communities in four rows, each 1.1 km wide. The n-th road of a
community crosses it from west to east, number 1 at its western end, 260 at the eastern; the seventh line is its lane.
An estate lies at its gate, its buildings six to a row behind it. Degrees are WGS 84 (CGCS 2000 is the same here).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from . import places
from .columns import Ints
from .homes import ROADS_EACH, Homes

Degrees = NDArray[np.float64]

WEST, SOUTH = 113.060, 23.000
WIDTH, HEIGHT = 0.0110, 0.0100
COLUMNS = 6
LANE = ROADS_EACH
LAST_NUMBER = 260
BUILDINGS = 24
GRIDS_EACH = 2


def corner(community: Ints) -> tuple[Degrees, Degrees]:
    """Longitude and latitude of the south-western corner of each community."""
    return WEST + (community % COLUMNS) * WIDTH, SOUTH + (community // COLUMNS) * HEIGHT


def boundary(community: int) -> list[list[float]]:
    """The ring of a community, closed, counter-clockwise."""
    return _ring(community, 0.0, 1.0)


def grids(community: int) -> list[list[list[float]]]:
    """The rings of a community's grids, from west to east: of the demo's 50,000 people a thousand live in each."""
    edges = [number / GRIDS_EACH for number in range(GRIDS_EACH + 1)]
    return [_ring(community, *pair) for pair in pairwise(edges)]


def _ring(community: int, begin: float, end: float) -> list[list[float]]:
    """The part of a community between two shares of its width."""
    corner_x, corner_y = corner(np.array([community]))
    south = float(corner_y[0])
    west, east = (float(corner_x[0]) + share * WIDTH for share in (begin, end))
    ring = [(west, south), (east, south), (east, south + HEIGHT), (west, south + HEIGHT), (west, south)]
    return [[round(a, 6), round(b, 6)] for a, b in ring]


def gate(community: Ints, line: Ints, number: Ints) -> tuple[Degrees, Degrees]:
    """Where a number of a community's road lies. line: 0–5 its roads, 6 its lane."""
    west, south = corner(community)
    return west + WIDTH * (0.02 + 0.96 * number / LAST_NUMBER), south + HEIGHT * (line + 0.5) / (LANE + 1)


def behind(longitude: Degrees, latitude: Degrees, building: Ints) -> tuple[Degrees, Degrees]:
    """Where a building of an estate lies whose gate is there; building −1: at the gate."""
    row, column = (building - 1).clip(0) // 6, (building - 1).clip(0) % 6
    inside = building >= 0
    return longitude + inside * (column - 2.5) * 0.00012, latitude + inside * (0.00015 + row * 0.00012)


def line_of(homes: Homes) -> Ints:
    """Which of its community's lines each home lies on."""
    slot = (homes.road - homes.community * ROADS_EACH) % len(places.ROADS)
    return np.where(homes.road >= len(places.ROADS), LANE, slot.clip(0, ROADS_EACH - 1))


def positions(homes: Homes) -> tuple[Degrees, Degrees]:
    """Longitude and latitude of each home, to the building."""
    longitude, latitude = gate(homes.community, line_of(homes), homes.number)
    return behind(longitude, latitude, homes.building)


def doors() -> Homes:
    """Every building of every estate, and of every road and lane one gate in fifty numbers, as homes without a room."""
    estates = np.repeat(np.arange(len(places.ESTATES)), BUILDINGS)
    inside = estates % len(places.COMMUNITIES)
    line = estates // len(places.COMMUNITIES) % ROADS_EACH
    community = np.repeat(np.arange(len(places.COMMUNITIES)), (LANE + 1) * 6)
    lines = np.tile(np.repeat(np.arange(LANE + 1), 6), len(places.COMMUNITIES))
    numbers = np.tile(1 + 50 * np.arange(6), len(places.COMMUNITIES) * (LANE + 1))
    roads = np.where(
        lines == LANE,
        len(places.ROADS) + community % len(places.LANES),
        (community * ROADS_EACH + lines) % len(places.ROADS),
    )
    nothing = np.full(len(community), -1)
    return Homes(
        community=np.concatenate([inside, community]),
        road=np.concatenate([(inside * ROADS_EACH + line) % len(places.ROADS), roads]),
        number=np.concatenate([1 + estates * 37 % 220, numbers]),
        estate=np.concatenate([estates, nothing]),
        building=np.concatenate([np.tile(1 + np.arange(BUILDINGS), len(places.ESTATES)), nothing]),
        unit=np.full(len(estates) + len(community), -1),
        room=np.full(len(estates) + len(community), -1),
    )

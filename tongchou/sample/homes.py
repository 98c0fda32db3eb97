"""Homes and how offices write them down: from 广东省 to the room, or as little as 绿景一路12号3栋601."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from . import places
from .columns import Ints, join, padded, pick, plain, where

ROADS_EACH = 6


@dataclass(frozen=True)
class Homes:
    """Equal-long arrays, one row per home.

    estate, building and unit are -1 in old quarters; room is floor × 100 + door, -1 for a whole house.
    """

    community: Ints
    road: Ints
    number: Ints
    estate: Ints
    building: Ints
    unit: Ints
    room: Ints

    @staticmethod
    def make(count: int, rng: np.random.Generator) -> Homes:
        """Homes at random: three in four in an estate, which lies at one address for good."""
        estates = len(places.ESTATES)
        estate = np.where(rng.random(count) < 0.75, rng.integers(0, estates, count), -1)
        free_community = rng.integers(0, len(places.COMMUNITIES), count)
        community = np.where(estate >= 0, estate % len(places.COMMUNITIES), free_community)
        free_road = community * ROADS_EACH + rng.integers(0, ROADS_EACH, count)
        lane = (estate < 0) & (rng.random(count) < 0.5)
        road = np.where(
            estate >= 0, community * ROADS_EACH + estate // len(places.COMMUNITIES) % ROADS_EACH, free_road
        ) % len(places.ROADS)
        road = np.where(lane, len(places.ROADS) + free_community % len(places.LANES), road)
        number = np.where(estate >= 0, 1 + estate * 37 % 220, rng.integers(1, 260, count))
        tall = estate % 3 != 0
        floor = np.where(tall, rng.integers(1, 33, count), rng.integers(1, 9, count))
        floor = np.where(estate < 0, rng.integers(1, 7, count), floor)
        return Homes(
            community=community,
            road=road,
            number=number,
            estate=estate,
            building=np.where(estate >= 0, rng.integers(1, 25, count), -1),
            unit=np.where((estate >= 0) & ~tall, rng.integers(1, 5, count), -1),
            room=np.where(
                (estate < 0) & (rng.random(count) < 0.6), -1, floor * 100 + rng.integers(1, 7, count)
            ),
        )

    def take(self, at: Ints) -> Homes:
        """The homes at these rows."""
        return Homes(*(getattr(self, item.name)[at] for item in fields(self)))

    @staticmethod
    def choose(chosen: Ints, one: Homes, other: Homes) -> Homes:
        """Row by row `one` where chosen, else `other`."""
        return Homes(
            *(np.where(chosen, getattr(one, item.name), getattr(other, item.name)) for item in fields(Homes))
        )

    def __len__(self) -> int:
        return len(self.road)

    @property
    def town_names(self) -> pa.StringArray:
        """Town or street of each home."""
        return pick(places.TOWNS, self.community // 6)

    @property
    def community_names(self) -> pa.StringArray:
        """Community of each home."""
        return pick(places.COMMUNITIES, self.community)

    def text(self, form: str) -> pa.StringArray:
        """The addresses as one office writes them.

        form: "full" from the province with community, 栋, 单元, 房; "city" from the city, 座, 室;
        "district" from the district, 幢; "road" from the road; "dashes" as 3-2-1104 after the estate.
        """
        road = pick(places.ROADS + places.LANES, self.road)
        street = join(road, plain(self.number), "号")
        estate = where(self.estate >= 0, pick(places.ESTATES, self.estate.clip(0)), "")
        building, unit, room = plain(self.building.clip(0)), plain(self.unit.clip(0)), self._rooms()
        in_estate, in_unit, in_room = self.estate >= 0, self.unit >= 0, self.room >= 0
        if form == "dashes":
            tail = join(estate, building, "-", where(in_unit, join(unit, "-"), ""), room)
            return where(in_estate, tail, join(places.DISTRICT, street, room))
        block_word, room_word = {
            "full": ("栋", "房"),
            "city": ("座", "室"),
            "district": ("幢", "室"),
            "road": ("栋", ""),
        }[form]
        house = where(in_estate, join(estate, building, block_word), "")
        flight = (
            where(in_unit, join(unit, "单元" if form == "full" else "梯"), "")
            if form in ("full", "city")
            else ""
        )
        door = where(in_room, join(room, room_word), "")
        head: tuple[pa.StringArray | str, ...] = {
            "full": ("广东省", places.CITY, places.DISTRICT, self.town_names, self.community_names),
            "city": (places.CITY, places.DISTRICT),
            "district": (places.DISTRICT,),
            "road": (),
        }[form]
        return join(*head, street, house, flight, door)

    def _rooms(self) -> pa.StringArray:
        low = self.room < 1000
        return where(self.room < 0, "", where(low, plain(self.room.clip(0)), padded(self.room.clip(0), 4)))

"""The parts of an address and the one way in which they are written again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .place import Place, read_place


@dataclass(frozen=True)
class Address:
    """An address in its parts, each folded, "" when absent; `text` is the address as it was given.

    code: the county's division code of today, "" when unknown. province, city, county: today's full names;
    past names are replaced (南海市 → 南海区), parents of a county whose name is unique are filled in.
    town: 镇, 乡 or 街道. community: 社区 or 村委会 with that ending, or a 村. group: 村民小组.
    road: with its numeral in Chinese (季华六路). lane: 巷, 里, 弄 within the road. number: "226", "12-2"
    (之二), "12A", "12附3". compound: the name of the estate or building. building, unit, floor, room: bare,
    digits Arabic. tail: whatever is left, brackets included. cut: the text seems to break off within its
    last part.
    """

    text: str
    code: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    town: str = ""
    community: str = ""
    group: str = ""
    road: str = ""
    lane: str = ""
    number: str = ""
    compound: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    tail: str = ""
    cut: bool = False

    def written(self) -> str:
        """The parts run together, largest first, each with its one ending: 号, 栋, 单元, 层, 室."""
        out = self.province
        if self.city != self.province:
            out += self.city
        out += self.county + self.town + self.community + self.group + self.road + self.lane
        bare = self.cut
        if self.number:
            out += self.number
            if not (bare and not (self.compound or self.building or self.unit or self.floor or self.room)):
                out += "号"
        out += self.compound
        if self.building:
            out += self.building
            if not (bare and not (self.unit or self.floor or self.room)):
                out += "栋"
        if self.unit:
            out += self.unit + "单元"
        if self.floor:
            out += self.floor + "层"
        if self.room:
            out += self.room + ("" if bare else "室")
        return out + self.tail

    @cached_property
    def place(self) -> Place:
        """The marks of the place it names, without what is only a way of writing."""
        return read_place(self)

    def normal_form(self) -> str:
        """The normal form of this address, as `addresses.normal_form` gives it for the text."""
        from . import normal_form

        return normal_form(self.text)

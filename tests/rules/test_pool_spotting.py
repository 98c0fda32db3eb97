"""Spots that follow what changed are those found anew: of places that come, go, move and learn their position."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from tests.rules.test_pool_places import boundaries
from tongchou.pool.places import Said, Spot, spots
from tongchou.pool.shapes import Shapes
from tongchou.pool.spotting import follow, spots_in
from tongchou.sample import places as sample

ROADS, ESTATES = ("同济路", "卫国路", "福宁路", "东华里"), ("锦绣花园", "鸿业豪庭", "恒福新城")


class District:
    """Places by chance, repeatably; each as the base library has it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.here: dict[str, Said] = {}
        self.count = 0

    def said(self, subject: str) -> Said:
        chance = self.chance
        head = chance.choice(["佛山市样例区祖庙街道", "样例区", "", "广州市天河区"])
        community = chance.choice([*sample.COMMUNITIES[:4], ""])
        road = f"{chance.choice(ROADS)}{chance.randint(1, 80)}号" if chance.random() < 0.8 else ""
        estate = f"{chance.choice(ESTATES)}{chance.randint(1, 5)}栋" if chance.random() < 0.5 else ""
        stated = chance.choice(["", "", "", chance.choice(sample.COMMUNITIES[:4])])
        x = y = None
        if chance.random() < 0.3:
            x, y = 113.06 + chance.random() / 100, 23.0 + chance.random() / 100
        return Said(subject, f"{head}{community}{road}{estate}", stated, x, y)

    def come(self, number: int) -> None:
        for _ in range(number):
            self.count += 1
            self.here[f"L{self.count:05d}"] = self.said(f"L{self.count:05d}")

    def day(self) -> None:
        for subject in self.chance.sample(sorted(self.here), self.chance.randint(0, 3)):
            self.here[subject] = self.said(subject)
        for subject in self.chance.sample(sorted(self.here), self.chance.randint(0, 2)):
            del self.here[subject]
        self.come(self.chance.randint(0, 3))

    def library(self) -> pa.Table:
        rows = sorted(self.here.values(), key=lambda each: each.subject_id)
        return pa.table(
            {
                "subject_id": pa.array([each.subject_id for each in rows], pa.string()),
                "address": pa.array([each.address for each in rows], pa.string()),
                "community": pa.array([each.community for each in rows], pa.string()),
                "longitude": pa.array([_text(each.longitude) for each in rows], pa.string()),
                "latitude": pa.array([_text(each.latitude) for each in rows], pa.string()),
            }
        )


def _text(degrees: float | None) -> str | None:
    return None if degrees is None else repr(degrees)


def published(read: pa.Table, areas: dict[str, Shapes]) -> dict[str, Spot]:
    return {row.pop("subject_id"): Spot(**row) for row in spots_in(read, areas).to_pylist()}


@pytest.mark.parametrize("seed", range(6))
def test_what_changed_gives_what_everything_gives(seed: int) -> None:
    district, areas = District(seed), boundaries() if seed % 2 else {"community": Shapes(), "grid": Shapes()}
    district.come(150)
    known, looked_at = follow(None, district.library(), areas)
    assert looked_at == 150
    for _ in range(8):
        district.day()
        known, _ = follow(known, district.library(), areas)
        whole, _ = follow(None, district.library(), areas)
        assert known.equals(whole)
        anew = spots(list(district.here.values()), areas)
        assert published(known, areas) == {subject: spot for subject, spot in anew.items() if spot != Spot()}


def test_only_neighbours_of_what_changed_are_looked_at() -> None:
    district = District(1)
    district.come(400)
    areas = boundaries()
    known, _ = follow(None, district.library(), areas)
    again, looked_at = follow(known, district.library(), areas)
    assert (looked_at, again.equals(known)) == (0, True)
    district.here["L00401"] = Said("L00401", "样例区莲花路3号", "", None, None)
    known, looked_at = follow(known, district.library(), areas)
    assert looked_at == 1, "nobody else is in that road"
    district.here["L00401"] = Said("L00401", "样例区莲花路3号", "", 113.061, 23.001)
    district.here["L00402"] = Said("L00402", "样例区莲花路5号", "", None, None)
    known, looked_at = follow(known, district.library(), areas)
    assert looked_at == 2
    [spot] = [row for row in known.to_pylist() if row["subject_id"] == "L00402"]
    assert (spot["precision"], spot["x"]) == ("road", 113.061)

"""Real input through the same door: the packs that load public files, counted beside the product with the csv module."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.journeys.front_door import House
from tests.rules.shared_data import shared

pytestmark = [pytest.mark.shared_data, pytest.mark.any_database]


def rows_of(file: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV, packed or not."""
    packed = file.suffix == ".gz"
    with (
        gzip.open(file, "rt", encoding="utf-8") if packed else file.open(encoding="utf-8", newline="")
    ) as text:
        yield from csv.DictReader(text, skipinitialspace=True)


def gathered(house: House, pack: str) -> dict[str, dict[str, int]]:
    """Apply and gather a pack from the shared data; every delivery by its resource."""
    house.environment["TONGCHOU_SHARED_DATA"] = str(shared("people").parent)
    house.run("pack", "apply", pack)
    found = house.ask("gather", "run")
    assert all(one["state"] == "done" for one in found)
    return {one["resource"]: one for one in found}


def nothing_new(house: House, pack: str) -> None:
    """Everything again changes nothing."""
    plan = house.ask("pack", "plan", pack)
    assert plan["changes"] == []
    assert house.ask("pack", "apply", pack)["changes"] == []
    assert house.ask("gather", "run") == []


def quality(links: Mapping[str, str], truth: Mapping[str, str]) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1 of record → subject against record → person."""
    assert links.keys() == truth.keys()

    def pairs(groups: Mapping[object, int]) -> int:
        return sum(size * (size - 1) // 2 for size in groups.values())

    found = pairs(Counter(links.values()))
    true = pairs(Counter(truth.values()))
    both = pairs(Counter((links[key], truth[key]) for key in truth))
    precision, recall = both / found, both / true
    return precision, recall, 2 * precision * recall / (precision + recall)


def test_service_items(house: House) -> None:
    file = shared("approvals/service_items_511602.csv")
    codes = Counter(row["item_code"] for row in rows_of(file))
    done = gathered(house, "service_items")["gov.service_items"]
    assert done["rows_read"] == sum(codes.values()) == 1135
    assert done["kept"] == done["new"] == len(codes) == 1135
    assert done["quarantined"] == 0
    nothing_new(house, "service_items")


def test_places(house: House) -> None:
    done = gathered(house, "places")
    files = {
        "place.provinces": "provinces", "place.cities": "cities", "place.counties": "areas",
        "place.streets": "streets", "place.communities": "villages_foshan4406",
    }  # fmt: skip
    assert done.keys() == files.keys()
    for resource, name in files.items():
        codes = {row["code"] for row in rows_of(shared(f"geography/china_division_2.7.0_{name}.csv"))}
        assert done[resource]["new"] == done[resource]["rows_read"] == len(codes), resource
    assert done["place.communities"]["new"] == 818
    nothing_new(house, "places")


def test_febrl(house: House) -> None:
    done = gathered(house, "people_febrl")
    assert {code: one["new"] for code, one in done.items()} == {
        "febrl.dataset1": 1000,
        "febrl.dataset2": 5000,
        "febrl.dataset3": 5000,
    }
    links = house.links()
    for number, f1_floor in ((1, 0.99), (2, 0.99), (3, 0.98)):
        keys = [row["rec_id"] for row in rows_of(shared(f"people/dataset{number}.csv"))]
        mine = {key: links[f"febrl.dataset{number}", key] for key in keys}
        truth = {key: key.split("-")[1] for key in keys}
        precision, recall, f1 = quality(mine, truth)
        print(f"FEBRL {number}: P {precision:.4f} R {recall:.4f} F1 {f1:.4f}")
        assert f1 >= f1_floor
        assert precision >= 0.99
    assert len(links) == 11000
    nothing_new(house, "people_febrl")
    assert house.links() == links
    house.run("link")
    assert house.links() == links


def test_four_chinese_sources(house: House) -> None:
    done = gathered(house, "people_zh")
    truth: dict[tuple[str, str], str] = {}
    for row in rows_of(shared("people/zh_four_sources/truth.csv.gz")):
        truth[f"zh4.{row['source']}", row["rec_id"]] = row["person"]
    by_source: dict[str, int] = defaultdict(int)
    for source in ("hukou", "social", "school", "hospital"):
        by_source[f"zh4.{source}"] = sum(
            1 for _ in rows_of(shared(f"people/zh_four_sources/{source}.csv.gz"))
        )
    assert {code: one["new"] for code, one in done.items()} == dict(by_source)
    assert sum(by_source.values()) == len(truth) == 147_408
    links = house.links()
    precision, recall, f1 = quality(
        {"/".join(key): subject for key, subject in links.items()},
        {"/".join(key): person for key, person in truth.items()},
    )
    print(f"four sources: P {precision:.4f} R {recall:.4f} F1 {f1:.4f}")
    assert f1 >= 0.975
    assert precision >= 0.9765


def test_an_absent_folder_is_a_notice(house: House, tmp_path: Path) -> None:
    house.environment["TONGCHOU_SHARED_DATA"] = str(tmp_path / "not-here")
    for pack in ("people_zh", "people_febrl", "places", "service_items"):
        assert "Not reachable now" in house.run("pack", "apply", pack).stderr, pack
    done = house.run("gather", "run", "--json", ends=1)
    resources = house.query("SELECT count(*) FROM catalogue_resource")[0][0]
    assert (
        done.stdout.count("path_missing")
        == done.stderr.count("The folder of the source does not exist.")
        == resources
    )
    assert "请检查" in house.run("gather", "run", ends=1, TONGCHOU_LANGUAGE="zh-hans").stderr

"""A population of places: fed by schools and doors whole, by people and enterprises with their address only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.exchange.actions import access
from tongchou.pool import links, places, queries, spotting
from tongchou.pool.actions.linkage import link
from tongchou.pool.models import Area, LinkRun, Population
from tongchou.pool.plans import feeds_of, served

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

DOORS = [
    ("door_no", "identifier", ""), ("address", "address", "address"), ("community", "text", "community"),
    ("longitude", "longitude", "longitude"), ("latitude", "latitude", "latitude"),
]  # fmt: skip
DOOR = {"door_no": "D1", "address": "广东省佛山市禅城区祖庙街道人民路12号3栋", "community": "同济社区",
        "longitude": "113.1101", "latitude": "23.0302"}  # fmt: skip
AT_HOME = "佛山市禅城区人民大道12号3幢0401室"


def prepare() -> None:
    """People with homes, a register of doors, a population of places."""
    district.gather()
    Population.objects.create(code="places", kind="place", model="zh_places")
    resource = Resource.objects.create(
        code="ps.doors", name="门楼牌", name_en="Doors", organisation=district.organisations()["ps"],
        share_class="unconditional", cycle="monthly", subject_kind="place", population="places", key=["door_no"],
    )  # fmt: skip
    district.register_fields(resource, DOORS)
    district.deliver("ps.doors", [DOOR], fields=DOORS)


def run(population: str) -> LinkRun:
    return link(by=Actor.house("tests"), population=Population.objects.get(code=population))


def place_of(resource: str, key: str) -> str:
    found = links.subject_of("places", resource, key)
    assert found is not None
    return found


def test_places_are_fed_whole_by_doors_and_by_the_address_of_everybody_else() -> None:
    prepare()
    feeds = {each.resource: each for each in feeds_of("places")}
    assert set(feeds) == {"ps.doors", "ps.residents"}  # the others have no address
    assert not feeds["ps.doors"].address_only
    told = feeds["ps.residents"]
    assert told.address_only
    assert (told.population, [each.name for each in told.fields]) == ("people", ["address"])
    assert [each.resource for each in served(feeds.values())] == ["ps.doors"]
    assert all(not each.address_only for each in feeds_of("people"))


def test_a_home_is_a_place_that_says_nothing_of_who_lives_there() -> None:
    prepare()
    district.link_people()
    run("places")
    home = place_of("ps.residents", "R1")
    assert home.startswith("L")
    assert home != place_of("ps.doors", "D1")  # the building is not the flat
    document = queries.document(home)
    assert document is not None
    assert document["kind"] == "place"
    assert [(each["resource"], each["key"]) for each in document["links"]] == [("ps.residents", "R1")]
    assert document["versions"] == []
    for written in (AT_HOME, "人民路12号3栋401", str(district.WANG["address"])):
        assert queries.find("address", written) == [home]
    door = queries.document(place_of("ps.doors", "D1"))
    assert door is not None
    assert [each["values"]["community"] for each in door["versions"]] == ["同济社区"]


def test_of_a_record_that_only_gives_its_address_a_pair_shows_the_address() -> None:
    prepare()
    district.link_people()
    run("places")
    found = queries.record_of("places", "ps.residents", "R1")
    assert found is not None
    subject, version = found
    assert subject == place_of("ps.residents", "R1")
    assert set(version["values"]) == {"address"}


def test_a_flat_lies_where_its_building_does_and_in_its_grid() -> None:
    prepare()
    square = [[113.10, 23.02], [113.12, 23.02], [113.12, 23.04], [113.10, 23.04], [113.10, 23.02]]
    Area.objects.create(
        code="G-01", name="第一网格", level="grid", geometry={"type": "Polygon", "coordinates": [square]}
    )
    run("places")
    home = place_of("ps.residents", "R1")
    spot = places.spots_of("places", [home])[home]
    assert (spot.longitude, spot.latitude, spot.precision) == (113.1101, 23.0302, "building")
    assert (spot.community, spot.grid) == ("同济社区", "G-01")
    assert places.spots_of("places", ["LAAAAAAAAAAAA"]) == {}
    assert places.areas("grid")["features"][0]["properties"]["code"] == "G-01"
    assert places.published_at("places") is not None


def test_a_dossier_tells_the_grid_where_it_may_tell_the_address() -> None:
    prepare()
    square = [[113.10, 23.02], [113.12, 23.02], [113.12, 23.04], [113.10, 23.04], [113.10, 23.02]]
    shape = {"type": "Polygon", "coordinates": [square]}
    Area.objects.create(code="C-1", name="同济社区", name_en="Tongji", level="community", geometry=shape)
    Area.objects.create(
        code="G-01", name="第一网格", name_en="Grid 1", level="grid", parent="C-1", geometry=shape
    )
    run("places")
    clerk, door = district.cast()["clerk"], place_of("ps.doors", "D1")
    grant = district.grant("ps.doors")
    (spot,) = access.read(by=clerk, subject_id=door, purpose="relief_check").spots
    assert (spot.exact, spot.community, spot.grid.zh, spot.longitude) == (False, "同济社区", "", None)
    grant.masking = {"address": "none"}
    grant.save()
    (spot,) = access.read(by=clerk, subject_id=door, purpose="relief_check").spots
    assert (spot.exact, spot.grid, spot.longitude) == (True, ("同济社区第一网格", "Tongji, Grid 1"), 113.1101)


def test_the_same_home_written_otherwise_stays_the_same_place() -> None:
    prepare()
    run("places")
    home = place_of("ps.residents", "R1")
    district.deliver("ps.residents", [{**district.WANG, "address": AT_HOME}, district.LI])
    run("places")
    assert place_of("ps.residents", "R1") == home


def test_who_moves_leaves_the_place_behind() -> None:
    prepare()
    district.link_people()
    run("places")
    person, home = links.subject_of("people", "ps.residents", "R1"), place_of("ps.residents", "R1")
    there = place_of("ps.residents", "R2")
    moved = {**district.WANG, "address": "禅城区石湾镇街道江湾路9号"}
    district.deliver("ps.residents", [moved, district.LI])
    district.link_people()
    run("places")
    assert links.subject_of("people", "ps.residents", "R1") == person
    assert place_of("ps.residents", "R1") == there  # where Li lives, who did not move
    assert queries.document(home) is None
    assert queries.find("address", AT_HOME) == []
    back = {**district.WANG, "address": "佛山市禅城区季华五路8号2座302"}
    district.deliver("ps.residents", [back, district.LI])
    run("places")
    assert place_of("ps.residents", "R1") not in (home, there)
    assert place_of("ps.residents", "R2") == there


def test_who_gives_no_usable_address_is_at_no_place() -> None:
    prepare()
    doors = [DOOR | {"door_no": f"N{at}", "address": f"佛山市禅城区汾江路{at}号"} for at in range(1, 40)]
    district.deliver("ps.doors", [DOOR, *doors], fields=DOORS)  # so many that one resident is a small change
    district.deliver("ps.residents", [{**district.WANG, "address": "不详"}, district.LI])
    run("places")
    assert links.subject_of("places", "ps.residents", "R1") is None
    assert place_of("ps.residents", "R2")
    district.deliver("ps.residents", [district.WANG, district.LI])
    run("places")
    home = place_of("ps.residents", "R1")
    district.deliver("ps.residents", [{**district.WANG, "address": "佛山市禅城区"}, district.LI])
    told = run("places")
    assert told.extent == LinkRun.Extent.CHANGES
    assert links.subject_of("places", "ps.residents", "R1") is None
    assert queries.document(home) is None


def test_an_address_is_looked_up_in_its_own_city_and_district() -> None:
    prepare()
    streets = {
        "S1": "佛山市禅城区汾江路7号",
        "S2": "佛山市南海区汾江路7号",
        "S3": "广州市越秀区汾江路7号",
        "S4": "汾江路9号",
    }
    district.deliver(
        "ps.doors",
        [DOOR, *(DOOR | {"door_no": key, "address": each} for key, each in streets.items())],
        fields=DOORS,
    )
    run("places")
    at = {key: place_of("ps.doors", key) for key in streets}
    assert len(set(at.values())) == len(streets)
    assert queries.find("address", "禅城区汾江路七号") == [at["S1"]]
    assert queries.find("address", "佛山市南海区汾江大道7号") == [at["S2"]]
    assert queries.find("address", "广州市汾江路7号") == [at["S3"]]
    assert set(queries.find("address", "佛山汾江路7号")) == {
        at["S1"],
        at["S2"],
    }  # two of that name: ask with the district
    assert set(queries.find("address", "汾江路7号")) == {at["S1"], at["S2"], at["S3"]}
    assert queries.find("address", "深圳市汾江路7号") == []
    assert queries.find("address", "禅城区汾江路9号") == [
        at["S4"]
    ]  # it says no district, and there is no other


def test_spots_follow_a_run_and_are_found_anew_where_boundaries_change_or_what_was_read_is_forgotten() -> (
    None
):
    prepare()
    run("places")
    home, population = place_of("ps.residents", "R1"), Population.objects.get(code="places")
    lies = places.spots_of("places", [home])[home]
    district.deliver("ps.doors", [{**DOOR, "longitude": "113.1111"}], fields=DOORS)
    run("places")
    assert places.spots_of("places", [home])[home] == replace(lies, longitude=113.1111)
    assert spotting.forget() >= 1
    assert not [*places.folder_of("places").glob("read-*")], "an address that was erased is kept nowhere"
    assert places.spots_of("places", [home])[home].longitude == 113.1111
    square = [[113.10, 23.02], [113.12, 23.02], [113.12, 23.04], [113.10, 23.04], [113.10, 23.02]]
    Area.objects.create(
        code="G-02", name="第二网格", level="grid", geometry={"type": "Polygon", "coordinates": [square]}
    )
    spotting.derive(population)
    assert places.spots_of("places", [home])[home] == replace(lies, longitude=113.1111, grid="G-02")

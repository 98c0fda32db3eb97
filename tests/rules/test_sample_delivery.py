"""The sample's files: the same by seed, readable, true to the people, wrong at the set rates."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.rules.sample_reading import rows_of, system_folders
from tongchou.sample import Rates, Summary, generate
from tongchou.sample.delivery import FORMATS, SYSTEMS
from tongchou.standards.errors import HouseError

CLEAN = Rates(**{item.name: 0.0 for item in fields(Rates)})


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return generate(out=tmp_path_factory.mktemp("district"), people=6000, seed=3)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return generate(out=tmp_path_factory.mktemp("clean"), people=6000, seed=3, rates=CLEAN)


def truth(summary: Summary, name: str) -> list[dict[str, object]]:
    return pq.read_table(summary.out / "truth" / f"{name}.parquet").to_pylist()


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        generate(out=tmp_path / name, people=800, seed=seed)
    one, two, three = (fingerprint(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    tables = [{name for name in each if "/scans/" not in name} for each in (one, three)]
    assert tables[0] == tables[1]
    assert one != three


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    generate(out=tmp_path, people=500)
    before = fingerprint(tmp_path)
    (tmp_path / "ps_hukou" / "residents_20200101.csv").write_text("old")
    generate(out=tmp_path, people=500)
    assert fingerprint(tmp_path) == before


def test_many_blocks_make_one_district(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    summary = generate(out=tmp_path, people=81_000, progress=lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == [27_000, 54_000, 81_000]
    persons = truth(summary, "persons")
    assert [row["person"] for row in persons] == list(range(81_000))
    assert len({row["id_number"] for row in persons}) == 81_000
    for name in ("people", "enterprises"):
        keys = [(row["resource"], row["source_key"]) for row in truth(summary, name)]
        assert len(set(keys)) == len(keys)


def test_another_day_moves_everything(tmp_path: Path) -> None:
    generate(out=tmp_path, people=600, as_of=date(2025, 1, 10))
    names = {path.name for path in (tmp_path / "ps_hukou").iterdir()}
    assert names == {"residents_20241222.csv", "residents_20250110.csv", "moves_20250110.csv"}
    months = {
        row["费款所属期"]
        for row in rows_of(tmp_path, "hrss.contributions", "hrss_social/contributions_20241222.csv")
    }
    assert months == {"202412"}


def test_too_few_people_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HouseError) as caught:
        generate(out=tmp_path, people=99)
    assert caught.value.code == "sample.too_few_people"


def test_what_others_wrote_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "mine.txt").write_text("mine")
    with pytest.raises(HouseError) as caught:
        generate(out=tmp_path, people=200)
    assert caught.value.code == "sample.folder_in_use"
    assert (tmp_path / "truth" / "mine.txt").read_text() == "mine"


def test_twenty_four_systems_deliver(district: Summary) -> None:
    assert len(SYSTEMS) == 24
    assert system_folders(district.out) == set(SYSTEMS)
    assert set(district.by_resource) == set(FORMATS)
    assert all(district.by_resource.values())
    assert district.rows == sum(district.by_resource.values())


def files_of(summary: Summary) -> dict[str, list[str]]:
    """Resource → its files, found by the name before the day."""
    stems = {
        "ps.border_residents": ["ps_exit_entry/exit_entry.db"],
        "civil.marriages": ["civil_marriage/marriage.db"],
        "disabled.certificates": ["disabled_certificates/cjr.db"],
        "market.food_permits": ["market_food/food.db"],
        "hall.approvals": ["hall_approvals/approvals.db"],
        "hall.company_approvals": ["hall_approvals/approvals.db"],
    }
    found = {resource: list(paths) for resource, paths in stems.items()}
    words = {
        "elderly_allowance": "elderly",
        "property": "titles",
        "planning_permits": "permits",
        "bus_cards": "cards",
        "taxpayers": "taxpayers",
    }
    for resource in FORMATS:
        if resource in found:
            continue
        office, name = resource.split(".")
        stem = words.get(name, name)
        found[resource] = [
            str(path.relative_to(summary.out))
            for path in summary.files
            if path.name.startswith(f"{stem}_")
            and (path.parent.name.startswith(office) or office in ("fund", "transport"))
        ]
    return found


def test_every_row_is_readable_and_stands_in_the_truth_once(district: Summary) -> None:
    known: dict[str, set[object]] = defaultdict(set)
    for name in ("people", "enterprises"):
        for row in truth(district, name):
            assert row["source_key"] not in known[str(row["resource"])]
            known[str(row["resource"])].add(row["source_key"])
    counted: Counter[str] = Counter()
    for resource, paths in files_of(district).items():
        assert paths, resource
        keys = set()
        for path in paths:
            for row in rows_of(district.out, resource, path):
                keys.add(next(iter(row.values())))
                counted[resource] += 1
        if resource not in ("edu.schools", "ps.doors", "transport.trips"):
            assert keys == known[resource], resource
    assert counted == district.by_resource


def test_offices_write_in_their_own_encodings(district: Summary) -> None:
    marks = {
        "edu_pupils/pupils_20261101.csv": b"\xef\xbb\xbf",
        "provident_fund/accounts_20261120.txt": b"\xff\xfe",
        "health_hospitals/patients_20261120.csv.gz": b"\x1f\x8b",
        "ps_hukou/residents_20261101.csv": "编号,姓名".encode("gbk"),
        "market_register/enterprises_20261101.csv": "注册号".encode(),
    }
    for path, mark in marks.items():
        assert (district.out / path).read_bytes().startswith(mark), path
    with pytest.raises(UnicodeDecodeError):
        (district.out / "civil_elderly/elderly_20261120.csv").read_bytes().decode("utf-8")


def test_pupils_have_the_guardians_they_name(clean: Summary) -> None:
    persons = truth(clean, "persons")
    of = {
        row["source_key"]: row["person"] for row in truth(clean, "people") if row["resource"] == "edu.pupils"
    }
    pupils = rows_of(clean.out, "edu.pupils", "edu_pupils/pupils_20261101.csv")
    assert len(pupils) > 300
    for row in pupils:
        child = persons[of[row["学籍号"]]]
        parents = {persons[at]["name"] for at in (child["father"], child["mother"]) if at is not None}
        assert row["学生姓名"] == child["name"]
        assert (row["监护人"] in parents) if parents else row["监护人"] is None


def test_newborns_have_mothers_in_their_household(clean: Summary) -> None:
    persons = truth(clean, "persons")
    by_number = {row["id_number"]: row for row in persons}
    of = {
        row["source_key"]: row["person"]
        for row in truth(clean, "people")
        if row["resource"] == "health.births"
    }
    for row in rows_of(clean.out, "health.births", "health_vital/births_20261101.csv"):
        child, mother = persons[of[row["出生证编号"]]], by_number[row["母亲证件号"]]
        assert mother["household"] == child["household"]
        assert mother["person"] == child["mother"]
        assert row["出生日期"] == "{}年{}月{}日".format(*str(child["birth_date"]).split("-"))


def test_without_slips_every_number_is_the_persons(clean: Summary) -> None:
    persons = truth(clean, "persons")
    assert truth(clean, "dirt") == []
    of = {(row["resource"], row["source_key"]): row["person"] for row in truth(clean, "people")}
    for resource, pattern, heading in (
        ("ps.residents", "ps_hukou/residents_20261120.csv", "公民身份号码"),
        ("hrss.insured", "hrss_social/insured_20261101.csv", "证件号码"),
        ("civil.marriages", "civil_marriage/marriage.db", "本人身份证件号"),
        ("fund.accounts", "provident_fund/accounts_20261120.txt", "证件号"),
    ):
        for row in rows_of(clean.out, resource, pattern):
            key = next(iter(row.values()))
            assert row[heading] == persons[of[resource, key]]["id_number"]


def test_some_on_relief_own_a_car_and_two_flats(tmp_path: Path) -> None:
    summary = generate(out=tmp_path, people=30_000, seed=1)
    hidden = {row["household"] for row in truth(summary, "persons") if row["hidden_assets"]}
    assert hidden
    household = {row["person"]: row["household"] for row in truth(summary, "persons")}
    owned: dict[str, Counter[object]] = {
        name: Counter() for name in ("vehicle.vehicles", "land.property", "civil.relief")
    }
    seen: set[tuple[object, object]] = set()
    for row in truth(summary, "people"):
        # A flat owned in common has two rows; its case number before the last dash is the flat.
        thing = (row["resource"], str(row["source_key"]).rsplit("-", 1)[0])
        if row["resource"] in owned and thing not in seen:
            seen.add(thing)
            owned[str(row["resource"])][household[row["person"]]] += 1
    for home in hidden:
        assert owned["civil.relief"][home] >= 1
        assert owned["vehicle.vehicles"][home] >= 1
        assert owned["land.property"][home] >= 2


def test_the_second_delivery_brings_what_happened(clean: Summary, district: Summary) -> None:
    first = {
        row["编号"]: row for row in rows_of(clean.out, "ps.residents", "ps_hukou/residents_20261101.csv")
    }
    second = {
        row["编号"]: row for row in rows_of(clean.out, "ps.residents", "ps_hukou/residents_20261120.csv")
    }
    moved = [key for key in first.keys() & second.keys() if first[key]["户籍地址"] != second[key]["户籍地址"]]
    assert moved
    assert all("20261101" < str(second[key]["变更日期"]) <= "20261120" for key in moved)
    assert first.keys() - second.keys()
    assert second.keys() - first.keys()
    before = {
        row["编号"]: row for row in rows_of(district.out, "ps.residents", "ps_hukou/residents_20261101.csv")
    }
    after = {
        row["编号"]: row for row in rows_of(district.out, "ps.residents", "ps_hukou/residents_20261120.csv")
    }
    changed = [
        key
        for key in before.keys() & after.keys()
        if before[key]["公民身份号码"] != after[key]["公民身份号码"]
    ]
    assert changed
    increments = {
        row["居住证编号"] for row in rows_of(clean.out, "ps.migrants", "ps_migrants/migrants_20261120.csv")
    }
    whole = {
        row["居住证编号"] for row in rows_of(clean.out, "ps.migrants", "ps_migrants/migrants_20261101.csv")
    }
    assert 0 < len(increments) < len(whole) / 5
    assert increments & whole


def test_slips_come_at_their_rates(tmp_path: Path) -> None:
    rates = Rates(name_homophone=0.05, number_missing=0.10, phone_missing=0.08, impossible_day=0.02)
    summary = generate(out=tmp_path, people=20_000, seed=2, rates=rates)
    made = Counter((row["resource"], row["kind"]) for row in truth(summary, "dirt"))
    patients = summary.by_resource["health.patients"]
    # Hospitals slip 1.5 times as often with names, 1.8 with numbers; some characters have no homophone.
    assert 0.7 < made["health.patients", "name_homophone"] / (0.05 * 1.5 * patients) < 1.1
    assert 0.85 < made["health.patients", "number_missing"] / (0.10 * 1.8 * patients) < 1.15
    rows = rows_of(summary.out, "health.patients", "health_hospitals/patients_20261120.csv.gz")
    assert sum(row["证件号"] is None for row in rows) == made["health.patients", "number_missing"]


def test_some_rows_cannot_pass(tmp_path: Path) -> None:
    summary = generate(out=tmp_path, people=20_000, seed=2)
    kinds = Counter(row["kind"] for row in truth(summary, "dirt"))
    assert set(kinds) == {item.name for item in fields(Rates)}
    hard = kinds["impossible_day"] + kinds["unreadable_amount"] + kinds["name_absent"]
    assert 0.0005 < hard / summary.rows < 0.01
    days = [
        row["出生日期"] or ""
        for row in rows_of(summary.out, "health.patients", "health_hospitals/patients_20261120.csv.gz")
    ]
    assert any("2月30日" in day or "-13-" in day or day.endswith("/32") for day in days)

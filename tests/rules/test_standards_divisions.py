"""Division codes: validity in their years, names, parents, successors, and agreement with an independent table."""

from __future__ import annotations

import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.shared_data import shared
from tongchou.standards import divisions


@pytest.mark.parametrize(
    ("code", "year", "valid"),
    [
        ("440605", 2010, True),
        ("440605", 1990, False),
        ("440682", 1998, True),
        ("440682", 2001, None),  # between the editions of 2000 and 2002
        ("440682", 2010, False),
        ("442622", 1980, True),
        ("441900", 2005, True),  # 东莞 has no counties
        ("440600", 2005, False),
        ("440000", 2005, False),
        ("440601", 2005, None),  # 市辖区
        ("110103", 2009, True),
        ("999999", 2005, False),
        ("440605", 1950, None),
        ("440605", 2090, None),
        ("44060", 2005, False),
        ("４４０６０５", 2005, False),
    ],
)
def test_county_valid(code: str, year: int, valid: bool | None) -> None:
    assert divisions.county_valid(code, year) is valid


def test_names_follow_the_years() -> None:
    assert divisions.name_of("440605") == "南海区"
    assert divisions.name_of("44") == "广东省"
    assert divisions.name_of("4406") == "佛山市"
    assert divisions.name_of("440605", 1990) is None
    assert divisions.name_of("120110", 1990) != divisions.name_of("120110", 2010) == "东丽区"
    assert divisions.full_name("440605") == "广东省佛山市南海区"
    assert divisions.full_name("442622", 1980) == "广东省佛山地区南海县"
    assert divisions.full_name("000000") is None


def test_successors() -> None:
    assert divisions.successor("442622") == "440605"  # 南海县 → 南海市 → 南海区
    assert divisions.successor("440605") == "440605"
    assert divisions.successor("999999") == ""


def test_foshan_is_whole() -> None:
    assert len(divisions.children("440600")) == 5
    communities = {
        county: sum(len(divisions.children(town)) for town in divisions.children(county))
        for county in divisions.children("440600")
    }
    assert communities["440604"] == 147
    assert communities["440605"] == 307
    assert sum(communities.values()) == 818
    assert divisions.full_name("440604010001") == "广东省佛山市禅城区石湾镇街道澜石社区居委会"
    assert divisions.parents("440604010001") == ("440000", "440600", "440604", "440604010")


def test_every_community_is_found_by_its_short_name() -> None:
    for code, spells in divisions.table().items():
        if len(code) == 12:
            name = spells[-1].name
            assert code in {row.code for row in divisions.find(name)}
            assert code in {row.code for row in divisions.find(divisions.stem(name), within=code[:6])}


@pytest.mark.parametrize(
    ("name", "code"),
    [("广东", "440000"), ("广东省", "440000"), ("粤", "440000"), ("佛山", "440600"), ("南海", "440605"),
     ("内蒙古", "150000"), ("西藏", "540000"), ("恩施", "422800"), ("澜石", "440604010001")],
)  # fmt: skip
def test_find(name: str, code: str) -> None:
    assert divisions.find(name)[0].code == code


def test_find_within() -> None:
    assert {row.code for row in divisions.find("朝阳区", within="110000")} == {"110105"}
    assert divisions.find("没有这个地方") == []


@given(st.text(max_size=14), st.integers(-10, 10_000))
def test_never_raises(code: str, year: int) -> None:
    assert divisions.county_valid(code, year) in (True, False, None)
    divisions.name_of(code, year)
    divisions.full_name(code)
    divisions.successor(code)
    divisions.find(code)
    divisions.children(code)


@given(st.sampled_from(sorted(divisions.table())))
def test_parents_and_children_agree(code: str) -> None:
    above = divisions.parent(code)
    assert above is None or above in divisions.table()
    row = divisions.division(code)
    assert row is not None
    if above and row.current and row.kind != "c":
        assert code in divisions.children(above)


@pytest.mark.shared_data
def test_editions_are_kept() -> None:
    """Each county of each edition is valid in the edition's year."""
    folder = shared("geography/gb2260_history")
    for path in sorted(folder.glob("mca_*.tsv")):
        year = int(path.stem[4:8])
        with path.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                code, name = row["Code"], row["Name"].strip()
                if not code.endswith("00"):
                    assert divisions.county_valid(code, year) is not False, (code, year)
                assert name in {spell.name for spell in divisions.table()[code]}


@pytest.mark.shared_data
def test_agreement_with_an_independent_table() -> None:
    """The table of python-stdnum (from Wikipedia) knows exact years; ours must agree wherever it decides.

    Not every entry of that table is right, and the editions date from December while laws date from any day:
    a year's slack on either side is not counted, and one decided answer in two hundred may differ.
    """
    text = shared("geography/county_codes_with_validity_years.dat").read_text(encoding="utf-8")
    asked = differs = 0
    province = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            province = line.split()[0]
            continue
        digits, _, spells = line.strip().partition(" ")
        code = province + digits
        if len(code) != 6 or code.endswith("00"):
            continue
        ranges = []
        for first, last in re.findall(r"\[(\d*)-(\d*)\]", spells):
            ranges.append((int(first or 0), int(last or 9999)))
        for year in range(1982, 2019, 3):
            if not ranges:
                expected = True
            elif any(abs(year - edge) <= 1 for span in ranges for edge in span):
                continue
            else:
                expected = any(first <= year <= last for first, last in ranges)
            ours = divisions.county_valid(code, year)
            if ours is None:
                continue
            asked += 1
            differs += ours is not expected
    assert asked > 30_000
    assert differs / asked < 0.005, (differs, asked)

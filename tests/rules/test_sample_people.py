"""The invented people agree with one another before any office writes them down."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.sample import numbers
from tongchou.sample.columns import NO_DAY, dates, day_number, plain
from tongchou.sample.people import CHILD, Block, Calendar, make_block
from tongchou.sample.trade import make_trade

CALENDAR = Calendar(day_number(date(2026, 11, 1)), day_number(date(2026, 11, 20)))


def block(number: int = 0, size: int = 6000, seed: int = 7) -> Block:
    return make_block(number=number, blocks=3, base=number * size, size=size, seed=seed, calendar=CALENDAR)


@pytest.fixture(scope="module")
def people() -> Block:
    return block()


def expected_check(body: str) -> str:
    """GB 11643 written out once more, digit by digit."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def test_numbers_are_valid_and_say_birth_and_sex(people: Block) -> None:
    births = dates(people.births, "YMD").to_pylist()
    for number, birth, male in zip(people.ids.to_pylist(), births, people.male, strict=True):
        assert number[17] == expected_check(number[:17])
        assert number[6:14] == birth
        assert int(number[16]) % 2 == int(male)


def test_numbers_are_given_once_over_all_blocks() -> None:
    seen = [number for part in range(3) for number in block(part).ids.to_pylist()]
    assert len(set(seen)) == len(seen) == 18_000


def test_county_codes_of_natives_were_valid_at_birth(people: Block) -> None:
    years = people.births.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    for county, year in zip(people.county[people.registered], years[people.registered], strict=True):
        if county in (440604, 440605, 440606):
            assert year >= 2003
        if county == 442622:
            assert year < 1984


def test_parents_are_of_an_age_to_be_parents(people: Block) -> None:
    for parent in (people.mother, people.father):
        child = np.flatnonzero(parent >= 0)
        gap = (people.births[child] - people.births[parent[child]]) / 365.25
        assert gap.min() > 15
        assert gap.max() < 60
    assert people.male[people.father[people.father >= 0]].all()
    assert not people.male[people.mother[people.mother >= 0]].any()


def test_children_live_with_a_parent_of_their_name(people: Block) -> None:
    child = np.flatnonzero((people.role == CHILD) & (people.father >= 0) & (people.kind == 0))
    assert (people.household[child] == people.household[people.father[child]]).all()
    names = people.names.full.to_pylist()
    same = [names[one][0] == names[people.father[one]][0] for one in child.tolist() if "·" not in names[one]]
    assert np.mean(same) > 0.9


def test_spouses_are_each_others(people: Block) -> None:
    wed = np.flatnonzero(people.spouse >= 0)
    assert (people.spouse[people.spouse[wed]] == wed).all()
    assert (people.male[wed] != people.male[people.spouse[wed]]).all()


def test_twins_share_the_day_and_nothing_else() -> None:
    people = block(size=40_000)
    second = (
        np.flatnonzero(
            (people.births[1:] == people.births[:-1])
            & (people.mother[1:] == people.mother[:-1])
            & (people.mother[1:] >= 0)
        )
        + 1
    )
    assert second.size > 20
    names, ids = people.names.full.to_pylist(), people.ids.to_pylist()
    for at in second.tolist():
        assert names[at] != names[at - 1]
        assert ids[at] != ids[at - 1]


def test_ages_look_like_a_district(people: Block) -> None:
    age = people.ages(CALENDAR.second)
    assert 0.10 < (age < 15).mean() < 0.25
    assert 0.08 < (age >= 60).mean() < 0.25
    assert age.min() >= 0
    assert age.max() < 115
    dead = people.deaths != NO_DAY
    assert (people.deaths[dead] > people.births[dead]).all()


def test_names_have_the_shapes_of_real_ones() -> None:
    names = block(size=40_000).names.full.to_pylist()
    assert any("·" in name for name in names)
    assert any(name.startswith(("欧阳", "司徒")) for name in names)
    assert any(name.isascii() for name in names)
    assert sum(name[0] in "陈李黄梁" for name in names) > 0.2 * len(names)


def test_employers_stand_before_their_workers() -> None:
    people = block()
    trade = make_trade(people, 0)
    employed = np.flatnonzero(trade.employed)
    assert (trade.started[employed] >= trade.founded[trade.employer[employed]]).all()
    assert (people.ages(CALENDAR.second)[trade.owner] >= 22).all()
    assert len(set(trade.codes.to_pylist())) == len(trade)


def test_credit_codes_hold_their_check_character() -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for row in numbers.credit_codes(np.arange(500), b"91"):
        code = bytes(row).decode()
        total = sum(letters.index(letter) * 3**place for place, letter in enumerate(code[:17]))
        assert letters.index(code[17]) == (31 - total % 31) % 31


@given(groups=st.lists(st.integers(0, 30), min_size=1, max_size=60), part=st.integers(0, 2))
def test_no_sequence_number_is_given_twice_in_a_group(groups: list[int], part: int) -> None:
    male = np.array([group % 2 for group in groups])
    made = numbers.sequence_numbers(np.array(groups), male, part, 3, np.random.default_rng(1))
    assert ((made >= 0) & (made < 1000) & (made % 2 == male)).all()
    assert (made // 2 % 3 == part).all()
    pairs = list(zip(groups, made.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)


def test_a_group_larger_than_its_share_is_refused() -> None:
    with pytest.raises(OverflowError):
        numbers.sequence_numbers(np.zeros(30, int), np.ones(30, int), 0, 25, np.random.default_rng(1))


@settings(max_examples=60)
@given(st.dates(date(1900, 1, 1), date(2050, 12, 31)))
def test_dates_are_written_in_every_form(day: date) -> None:
    at = np.array([day_number(day), NO_DAY])
    for form, text in (
        ("Y-M-D", day.isoformat()),
        ("YMD", f"{day:%Y%m%d}"),
        ("Y年m月d日", f"{day.year}年{day.month}月{day.day}日"),
        ("Y/m/d", f"{day.year}/{day.month}/{day.day}"),
        ("YM", f"{day:%Y%m}"),
    ):
        assert dates(at, form).to_pylist() == [text, None]


def test_seeds_and_blocks_differ() -> None:
    made = [block(part, 500, seed).ids.to_pylist() for part, seed in itertools.product((0, 1), (1, 2))]
    assert len({tuple(ids) for ids in made}) == 4
    assert plain(np.array([1, 20])).to_pylist() == ["1", "20"]

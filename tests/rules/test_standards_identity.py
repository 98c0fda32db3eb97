"""Identity numbers: what holds for all of them, beside the examples in tests/spec/standards_identity.csv."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from tongchou.standards import identity
from tongchou.standards.problems import RULES, InvalidIdentifier

TODAY = date(2026, 6, 1)
COUNTIES = ("440604", "440605", "110105", "450102", "310101", "810000", "820000", "830000", "441900")

bodies = st.builds(
    lambda county, day, sequence: f"{county}{day:%Y%m%d}{sequence:03}",
    st.sampled_from(COUNTIES),
    st.dates(date(1990, 1, 1), TODAY),
    st.integers(0, 999),
)
numbers = bodies.map(lambda body: body + identity.check_character(body)).filter(
    lambda number: number not in ("", number[0] * 18)
)


@settings(deadline=None)
@given(numbers)
def test_a_made_number_is_valid_and_says_its_birth_and_sex(number: str) -> None:
    parsed = identity.parse(number, today=TODAY)
    assert parsed.value == number
    assert f"{parsed.birth_date:%Y%m%d}" == number[6:14]
    assert parsed.sex == ("1" if int(number[16]) % 2 else "2")
    assert identity.birth_date_of(number) == parsed.birth_date.isoformat()
    assert identity.sex_of(number) == parsed.sex
    assert parsed.kind == ("residence_permit" if number[0] == "8" else "citizen")


@settings(deadline=None)
@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_found(number: str, place: int, other: str) -> None:
    assume(number[place] != other)
    assert not identity.is_valid(number[:place] + other + number[place + 1 :], today=TODAY)


@settings(deadline=None)
@given(numbers, st.integers(0, 16))
def test_two_swapped_neighbours_are_always_found(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert not identity.is_valid(swapped, today=TODAY)


@settings(deadline=None)
@given(st.sampled_from(COUNTIES), st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_fifteen_digits_become_eighteen(county: str, day: date, sequence: int) -> None:
    old = f"{county}{day:%y%m%d}{sequence:03}"
    new = identity.upgrade(old)
    assert new[:17] == f"{county}{day:%Y%m%d}{sequence:03}"
    assert new[17] == identity.check_character(new[:17])
    value, problem = identity.examine(old, today=TODAY)
    assert value == new and problem in (None, "id_number.county_unknown")


def test_sequences_from_996_were_kept_for_those_born_before_1900() -> None:
    assert identity.upgrade("440604980101998")[6:10] == "1898"


@settings(deadline=None)
@given(st.text(max_size=24) | st.from_regex(r"[0-9０-９Xx*.\- ]{0,22}", fullmatch=True))
def test_never_raises_and_is_idempotent(text: str) -> None:
    value, problem = identity.examine(text, today=TODAY)
    assert problem is None or problem in RULES
    if value is not None:
        assert identity.examine(value, today=TODAY) == (value, problem)


@settings(deadline=None)
@given(numbers)
def test_typed_forms_come_to_the_same_number(number: str) -> None:
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in number)
    for typed in (
        number.lower(),
        f" {number} ",
        f"'{number}",
        full_width,
        f"{number[:6]} {number[6:14]} {number[14:]}",
    ):
        assert identity.examine(typed, today=TODAY)[0] == number


@settings(deadline=None)
@given(numbers)
def test_agrees_with_python_stdnum_on_the_check_character(number: str) -> None:
    assert ric.calc_check_digit(number) == number[17]


@settings(deadline=None)
@given(st.text(max_size=30))
def test_an_error_never_tells_the_number(text: str) -> None:
    try:
        identity.parse(text, today=TODAY)
    except InvalidIdentifier as error:
        assert error.rule == error.code and error.rule in RULES
        assert error.__cause__ is None and error.__context__ is None
        assert str(error) == str(InvalidIdentifier(error.rule))


@pytest.mark.parametrize(
    ("county", "born", "known"),
    [
        ("440604", 1960, True),  # 石湾区 1984–2002, then 禅城区
        ("440602", 1990, True),  # 城区, abolished 2002
        ("440602", 2010, False),  # abolished before the birth
        ("442622", 1950, True),  # 南海县 of the first code table; issued long after the birth
        ("440605", 1950, True),  # 南海区 since 2002: the number was issued after
        ("999999", 1990, False),
        ("441900", 1990, True),  # 东莞 has no counties
        ("440604", 2100, True),  # beyond the last edition of the table
    ],
)
def test_the_county_must_have_been_one_at_birth_or_later(county: str, born: int, known: bool) -> None:
    assert identity.county_known(county, born) is known


def test_an_unknown_county_is_soft() -> None:
    number = "99" + "9999" + "19900101" + "123"
    number = "699999" + "19900101123"
    number += identity.check_character(number)
    value, problem = identity.examine(number, today=TODAY)
    assert (value, problem) == (number, "id_number.county_unknown")
    assert RULES["id_number.county_unknown"].soft and identity.is_valid(number, today=TODAY)


def test_permanent_residence_of_foreigners_in_both_forms() -> None:
    body = "944" + "840" + "19850912" + "123"
    new = identity.parse(body + identity.check_character(body), today=TODAY)
    assert (new.kind, new.nationality, new.sex, new.problem) == ("permanent_resident", "840", "1", None)
    old = identity.parse("usa440185091212", today=TODAY)
    assert (old.kind, old.nationality, old.birth_date) == (
        "permanent_resident_2004",
        "USA",
        date(1985, 9, 12),
    )
    assert old.sex is None
    unknown = "944" + "999" + "19850912" + "123"
    assert (
        identity.parse(unknown + identity.check_character(unknown)).problem == "id_number.nationality_unknown"
    )


def test_a_birth_after_the_day_asked_about_is_refused() -> None:
    body = "440604" + "20150301" + "123"
    number = body + identity.check_character(body)
    assert identity.examine(number, today=date(2015, 2, 28))[1] == "id_number.birth_in_future"
    assert identity.examine(number, today=date(2015, 3, 1))[1] is None


def test_a_column_at_once() -> None:
    assert identity.examine_many(["无", "440604198509123692"])[1] == ("440604198509123692", None)

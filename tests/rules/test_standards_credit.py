"""Unified social credit codes and what preceded them."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from tongchou.standards import credit
from tongchou.standards.problems import RULES, InvalidIdentifier

heads = st.sampled_from([a + kind for a, kinds in credit.AUTHORITIES.items() for kind in kinds])
codes = st.builds(
    lambda head, division, body: head + division + body + credit.organisation_check_character(body),
    heads,
    st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    st.text(alphabet=credit.ALPHABET, min_size=8, max_size=8),
).map(lambda body: body + credit.check_character(body))


@settings(deadline=None)
@given(codes)
def test_a_made_code_is_valid(code: str) -> None:
    parsed = credit.parse(f" {code[:8].lower()}-{code[8:]} ")
    assert (parsed.value, parsed.kind, parsed.problem) == (code, "uscc", None)
    assert parsed.organisation_code == code[8:17] and parsed.division == code[2:8]
    assert credit.is_valid(code)


@settings(deadline=None)
@given(codes, st.integers(0, 17), st.sampled_from(credit.ALPHABET))
def test_one_wrong_character_is_always_found(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    assert not credit.is_valid(code[:place] + other + code[place + 1 :])


@settings(deadline=None)
@given(codes, st.integers(0, 16))
def test_two_swapped_neighbours_are_always_found(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    assert not credit.is_valid(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@settings(deadline=None)
@given(codes)
def test_agrees_with_python_stdnum_where_it_is_right(code: str) -> None:
    assert uscc.calc_check_digit(code[:17]) == code[17]
    if code[:2].isdigit():  # it knows no authority or kind that is a letter
        assert uscc.is_valid(code)


def test_refuses_what_python_stdnum_lets_pass() -> None:
    body = "91440604" + "12345678" + "0"  # the organisation code's own check character is wrong
    assert credit.organisation_check_character("12345678") != "0"
    code = body + credit.check_character(body)
    assert uscc.is_valid(code)
    assert credit.examine(code) == (code, "uscc.organisation_code")


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{14}", fullmatch=True).filter(lambda body: len(set(body)) > 1))
def test_old_registration_numbers_are_recognised(body: str) -> None:
    number = body + credit.registration_check_digit(body)
    assert credit.examine(number) == (number, "uscc.old_registration_number")
    assert RULES["uscc.old_registration_number"].soft
    assert credit.parse(number).kind == "registration_number"
    assert credit.examine_registration_number(number) == (number, None)


@settings(deadline=None)
@given(
    st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8).filter(
        lambda body: body != "0" * 8
    )
)
def test_organisation_codes_are_recognised(body: str) -> None:
    code = body + credit.organisation_check_character(body)
    assert credit.examine_organisation_code(f"{body}-{code[8]}") == (code, None)
    assert credit.examine(code) == (code, "uscc.organisation_code_only")


@settings(deadline=None)
@given(st.text(max_size=24))
def test_never_raises_and_is_idempotent(text: str) -> None:
    value, problem = credit.examine(text)
    assert problem is None or problem in RULES
    if value is not None:
        assert credit.examine(value) == (value, problem)


def test_an_error_never_tells_the_code() -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        credit.parse("91110000600037341M")
    assert caught.value.rule == "uscc.check_character" and "6000373" not in str(caught.value)

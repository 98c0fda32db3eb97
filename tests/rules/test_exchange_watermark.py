"""Marks: restored by `plain`, read from what is left of a copy, and never naming anyone innocent."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tongchou.exchange.watermark import carriers, code, pseudonyms

SECRET = "a secret of the tests"
KINDS = [carriers.SIGNS, carriers.DATES, carriers.AMOUNTS, carriers.WIDTHS]
OWN = {f"E{number}": code.keys_of(SECRET, f"E{number}").own for number in range(1000)}
COMMON = code.keys_of(SECRET, "").common


def numbers(count: int, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    return [f"440***********{draw.randrange(10_000):04d}" for _ in range(count)]


def dates(count: int, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    return [
        f"{draw.randrange(1950, 2026)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        for _ in range(count)
    ]


def marked(values: list[str], kind: str, number: str) -> list[str]:
    return carriers.mark(pa.array(values, pa.string()), kind, code.keys_of(SECRET, number)).to_pylist()


def verdicts(*columns: list[str | None]) -> list[code.Verdict]:
    return code.compared(carriers.read(columns), COMMON, OWN)


def named(*columns: list[str | None]) -> list[str]:
    return [each.code for each in verdicts(*columns) if each.chance <= code.SURE]


CELLS = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.text(alphabet="0123456789*-/.()（）×＊１２号路'", max_size=20),
    st.from_regex(r"\A-?[0-9]{1,9}(\.[0-9]{1,3})?\Z"),
    st.dates().map(str),
)


@pytest.mark.parametrize("kind", KINDS)
@given(values=st.lists(CELLS, max_size=40))
@example(values=["路12号*", "*0路", None])
def test_a_marked_value_says_what_the_value_said(kind: str, values: list[str | None]) -> None:
    for column in (
        pa.array(values, pa.string()),
        pa.array([None, *values, "x"], pa.string()).slice(1, len(values)),
    ):
        found = carriers.mark(column, kind, code.keys_of(SECRET, "E1")).to_pylist()
        for value, one in zip(values, found, strict=True):
            assert (one is None) == (value is None)
            if value != one:
                assert carriers.plain(str(one)) == value


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_written_one_way_in_an_export(kind: str) -> None:
    values = [*numbers(50), *dates(50), "12.5", "8", "路12号", "12.5", "路12号"]
    once = dict(zip(values, marked(values, kind, "E7"), strict=True))
    again = values * 3
    random.Random(2).shuffle(again)
    assert [once[each] for each in again] == marked(again, kind, "E7")


def test_one_in_ten_rows_of_one_column_sorted_names_the_export() -> None:
    whole = marked(numbers(2_000), carriers.SIGNS, "E37")
    sample = sorted(random.Random(5).sample(whole, 200))
    assert named(sample) == ["E37"]
    assert named([f"  {each}" for each in sample]) == ["E37"]


@pytest.mark.parametrize("rows", [10, 30, 100])
def test_few_rows_of_masked_numbers_are_enough(rows: int) -> None:
    assert named(marked(numbers(rows, seed=rows), carriers.SIGNS, "E8")) == ["E8"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (carriers.DATES, dates(300)),
        (carriers.AMOUNTS, [f"{each}.5" for each in range(900, 1100)] + [str(each) for each in range(300)]),
        (carriers.WIDTHS, [f"禅城区汾江中路{each}号{each % 29 + 1}座{each + 700}房" for each in range(150)]),
    ],
)
def test_each_kind_of_mark_is_enough_alone(kind: str, values: list[str]) -> None:
    assert named(marked(values, kind, "E500")) == ["E500"]


def test_edits_do_not_hide_the_source() -> None:
    draw = random.Random(3)
    column = marked(numbers(300), carriers.SIGNS, "E12")
    edited = [
        each if draw.random() < 0.6 else "".join("*" if draw.random() < 0.5 else c for c in each)
        for each in column
    ]
    assert named(edited) == ["E12"]


def test_two_who_mix_their_copies_are_both_named() -> None:
    values = numbers(600)
    one, two = marked(values, carriers.SIGNS, "E1"), marked(values, carriers.SIGNS, "E2")
    draw = random.Random(4)
    assert set(named([draw.choice(pair) for pair in zip(one, two, strict=True)])) == {"E1", "E2"}
    by_sign = [
        "".join(draw.choice(pair) for pair in zip(*cells, strict=True))
        for cells in zip(one, two, strict=True)
    ]
    assert set(named(by_sign)) == {"E1", "E2"}
    # Wherever they differ they write the plain sign; wherever they differ they write the other one.
    for sign in "*×":
        leveled = [
            "".join(a if a == b else sign for a, b in zip(*cells, strict=True))
            for cells in zip(one, two, strict=True)
        ]
        assert set(named(leveled)) <= {"E1", "E2"} and named(leveled)


def test_three_and_four_who_vote_by_majority_or_minority_are_found() -> None:
    values = numbers(3_000)
    for guilty in (["E3", "E4", "E5"], ["E6", "E7", "E8", "E9"]):
        copies = [marked(values, carriers.SIGNS, each) for each in guilty]
        for rare in (False, True):
            forged = [
                "".join(
                    sorted(signs, key=signs.count)[0 if rare else -1] for signs in zip(*cells, strict=True)
                )
                for cells in zip(*copies, strict=True)
            ]
            found = named(forged)
            assert found and set(found) <= set(guilty)


def test_hundreds_of_innocent_files_name_nobody() -> None:
    draw = random.Random(6)
    strangers = [f"X{number}" for number in range(500)]  # exports that are not asked about
    asked = dict(list(OWN.items())[:30])
    for place, stranger in enumerate(strangers):
        values = numbers(12, seed=place) + dates(12, seed=place)
        column = marked(values[:12], carriers.SIGNS, stranger) + marked(values[12:], carriers.DATES, stranger)
        if place % 4 == 1:
            column = ["".join(draw.choice("*×") if c == "*" else c for c in each) for each in values]
        if place % 4 == 2:
            column = values
        found = code.compared(carriers.read([column[:12], column[12:]]), COMMON, asked)
        assert not [each for each in found if each.chance <= code.LIKELY]


def test_the_bound_holds_where_it_can_be_counted() -> None:
    """Among innocent exports, as many as the bound allows, and no more, score above a threshold it gives."""
    column = marked(numbers(40), carriers.SIGNS, "X1")
    reading = carriers.read([column])
    chances = []
    for number in range(3_000):
        alone = {"I": code.keys_of(SECRET, f"I{number}").own}
        chances.append(code.compared(reading, COMMON, alone)[0].chance)
    for chance in (0.3, 0.1, 0.03, 0.01):
        assert sum(each <= chance for each in chances) <= chance * len(chances)


def test_the_plain_original_names_nobody() -> None:
    assert verdicts(numbers(500), dates(500)) == []


def test_what_a_spreadsheet_rewrote_says_nothing() -> None:
    column = [each.replace("/", "-") for each in marked(dates(400), carriers.DATES, "E1")]
    assert verdicts(column) == []


def test_nobody_can_be_framed_without_their_key() -> None:
    """A copy made with a guessed key is as far from every real export as any other."""
    guessed = carriers.mark(
        pa.array(numbers(500)), carriers.SIGNS, code.keys_of("another secret", "E5")
    ).to_pylist()
    assert named(guessed) == []


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=30, unique=True))
def test_ids_name_their_recipient_and_no_other(texts: list[str]) -> None:
    keys = {name: pseudonyms.keys_of(SECRET, name) for name in ("edu", "civil", "hall")}
    made = {name: pseudonyms.made(each, "subject", texts) for name, each in keys.items()}
    assert all(len(set(each)) == len(texts) for each in made.values())
    assert not set(made["edu"]) & set(made["civil"])
    assert made["edu"] == [pseudonyms.made(keys["edu"], "subject", [each])[0] for each in texts]
    found = pseudonyms.recipients([list(made["edu"]), ["x", None]], keys)
    assert [(each.recipient, each.ids) for each in found] == [("edu", len(texts))]


def test_one_id_names_its_recipient() -> None:
    keys = {f"o{number}": pseudonyms.keys_of(SECRET, f"o{number}") for number in range(50)}
    one = pseudonyms.made(keys["o3"], "subject", ["PABC"])
    found = pseudonyms.recipients([list(one)], keys)
    assert [each.recipient for each in found] == ["o3"] and found[0].chance <= code.SURE


def test_biases_are_the_two_of_the_code() -> None:
    cells = code.digests("signs", [f"440*{number}" for number in range(4_000)])
    limits = code.thresholds(COMMON, cells)
    assert set(np.unique(limits)) == {54, 202}
    assert abs(float((limits == 54).mean()) - 0.5) < 0.01
    chosen = code.choices(code.keys_of(SECRET, "E1"), cells)
    assert abs(float(chosen[limits == 54].mean()) - 54 / 256) < 0.01

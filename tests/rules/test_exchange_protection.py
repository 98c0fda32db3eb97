"""Hidden cells cannot be worked out from what is told: checked against an attacker who tries every table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongchou.exchange import privacy, protection
from tongchou.exchange.protection import OUTSIDE, TOTAL, Labels

LEAST = 3


def tables(
    told: dict[Labels, int], rows: list[str], columns: list[str], most: int
) -> Iterator[dict[Labels, int]]:
    """Every table of whole numbers up to `most` that agrees with what is told."""
    cells = list(itertools.product(rows, columns))
    ranges = [[told[key]] if key in told else range(most + 1) for key in cells]
    for numbers in itertools.product(*ranges):
        counts = dict(zip(cells, numbers, strict=True))
        whole = protection.with_totals(counts)
        if all(whole[key] == value for key, value in told.items() if key in whole):
            yield whole


SMALL = st.integers(0, 7)


@settings(max_examples=150)
@given(st.lists(SMALL, min_size=4, max_size=4))
@example([1, 5, 5, 5])
@example([2, 0, 0, 5])
@example([1, 1, 1, 1])
def test_an_attacker_who_tries_every_two_way_table_learns_no_small_cell(numbers: list[int]) -> None:
    rows, columns = ["a", "b"], ["x", "y"]
    counts = dict(zip(itertools.product(rows, columns), numbers, strict=True))
    hidden = protection.hidden_cells({key: n for key, n in counts.items() if n}, least=LEAST)
    whole = protection.with_totals(counts)
    told = {key: count for key, count in whole.items() if key not in hidden}
    possible = list(tables(told, rows, columns, max(numbers) + 2 * LEAST))
    assert whole in possible
    for key, count in whole.items():
        if 0 < count < LEAST:
            values = [each[key] for each in possible]
            assert max(values) - min(values) >= LEAST, (key, counts, hidden)


@settings(max_examples=150)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
@example([5, 5, 1])
@example([1])
@example([2, 2])
@example([50, 1])
def test_one_way(numbers: list[int]) -> None:
    counts = {(str(place),): count for place, count in enumerate(numbers)}
    hidden = protection.hidden_cells(counts, least=LEAST)
    small = [key for key, count in counts.items() if count < LEAST]
    for key in small if (TOTAL, "") not in hidden else ():
        # What the cell and its hidden companions have together is known; each may be any part of it.
        assert sum(counts[(other[0],)] for other in hidden) >= LEAST and (key[0], "") in hidden
    if any(count > 2 * LEAST for count in numbers) and len(numbers) > 1:
        assert (TOTAL, "") not in hidden
        assert len(hidden) <= max(2, len(small) + 1)
    if small:
        inner = [key for key in hidden if key[0] != TOTAL]
        total_hidden = (TOTAL, "") in hidden
        assert total_hidden or sum(counts[(key[0],)] for key in inner) >= LEAST
        assert total_hidden or len(inner) >= 2
    else:
        assert not hidden


@settings(max_examples=60)
@given(st.lists(SMALL, min_size=12, max_size=12))
def test_larger_tables_keep_every_line_closed(numbers: list[int]) -> None:
    cells = list(itertools.product("abc", "wxyz"))
    counts = {key: n * n for key, n in zip(cells, numbers, strict=True) if n}
    hidden = protection.hidden_cells(counts, least=LEAST)
    whole = protection.with_totals(counts)
    for key in hidden:
        if 0 < whole[key] < LEAST:
            for place in (0, 1):
                assert sum(1 for other in hidden if other[place] == key[place]) >= 2


def test_a_bridge_between_two_safe_looking_squares_is_not_safe() -> None:
    """Each line hides two cells or more, and yet one cell follows: it alone joins the two parts of the table."""
    counts = {
        ("a", "w"): 1, ("a", "x"): 9, ("b", "w"): 9, ("b", "x"): 9,
        ("c", "y"): 9, ("c", "z"): 9, ("d", "y"): 9, ("d", "z"): 9, ("b", "y"): 2,
    }  # fmt: skip
    hidden = protection.hidden_cells(counts, least=LEAST, also=list(counts))
    whole = protection.with_totals(counts)
    assert len(hidden) > len(counts)
    assert 0 < whole[("b", "y")] < LEAST


def test_subtracting_two_questions() -> None:
    """All residents of a town; all but those of one condition that three fit."""
    everyone = {("t",): ("t",)}
    near = {(("t",), ("t",)): 497, (("t",), OUTSIDE): 3}
    far = {(("t",), ("t",)): 400, (("t",), OUTSIDE): 100}
    assert protection.too_near(near, [everyone], [everyone], 10)
    assert not protection.too_near(far, [everyone], [everyone], 10)
    assert not protection.too_near({(("t",), ("t",)): 500}, [everyone], [everyone], 10)


def test_subtracting_from_a_sum_of_cells() -> None:
    """Men and women of a town from one question, all of it but three from another."""
    old = [{("m",): ("m",), ("f",): ("f",)}]
    new = [{("t",): ("t",)}]
    together = {(("m",), ("t",)): 248, (("f",), ("t",)): 249, (("m",), OUTSIDE): 2, (("f",), OUTSIDE): 1}
    assert protection.too_near(together, old, new, 10)


def test_swapping_a_few() -> None:
    one = {("t",): ("t",)}
    assert protection.too_near(
        {(("t",), ("t",)): 500, (("t",), OUTSIDE): 4, (OUTSIDE, ("t",)): 5}, [one], [one], 10
    )


def test_three_questions_together() -> None:
    """Two towns, and both towns with two more people."""
    atoms = [300, 400, 2]
    assert protection.determined(atoms, [[0], [1], [0, 1, 2]], 10)
    assert not protection.determined(atoms, [[0], [0, 1, 2]], 10)
    assert protection.determined([300, 400, 2, 3], [[0], [1], [0, 1, 2, 3]], 10)


@pytest.mark.parametrize("cost", [1, 7, 100_000, 1_000_000, 5_000_000])
def test_noise_costs_what_was_paid_and_is_whole(cost: int) -> None:
    found = privacy.noisy([0, 100, 5], sensitivity=1, cost_micro=cost)
    assert len(found) == 3 and all(isinstance(each, int) for each in found)


def test_noise_is_as_wide_as_it_must_be() -> None:
    found = privacy.noisy([0] * 4_000, sensitivity=1, cost_micro=1_000_000)
    spread = sum(abs(each) for each in found) / len(found)
    assert 0.75 < spread < 0.95  # of discrete Laplace noise of scale 1: 0.851
    wide = privacy.noisy([0] * 4_000, sensitivity=10, cost_micro=1_000_000)
    assert 8 < sum(abs(each) for each in wide) / len(wide) < 12
    assert sum(abs(each) <= privacy.within(1_000_000, 1) for each in found) / len(found) > 0.95

"""The arithmetic of quality against published examples, exact sums, and truth that is known because it was made."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.pool.quality import statistics
from tongchou.pool.quality.statistics import Estimate, Stratum, allocate, cohen, exact, share, total, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 857–872, table I, score method without continuity correction.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    mirrored = wilson(n - hits, n).complement
    assert (mirrored.low, mirrored.high) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # The same table, exact (Clopper–Pearson) method.
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_the_exact_interval_as_published(hits: int, n: int, low: float, high: float) -> None:
    found = exact(hits, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 60), st.data())
def test_the_exact_limits_leave_the_tails_they_promise(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    found = exact(hits, n)

    def at_least(chance: float) -> float:
        return sum(math.comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(hits, n + 1))

    if hits:
        assert at_least(found.low) == pytest.approx(0.025, abs=1e-6)
    if hits < n:
        above = at_least(found.high) - math.comb(n, hits) * found.high**hits * (1 - found.high) ** (n - hits)
        assert 1 - above == pytest.approx(0.025, abs=1e-6)


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_value_and_narrows_as_everything_is_asked(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    found = exact(hits, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    finite = exact(hits, n, population=2 * n)
    assert found.low <= finite.low <= finite.high <= found.high
    whole = exact(hits, n, population=n)
    assert whole.low == whole.value == whole.high == hits / n


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_a_share_needs_answers(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="needs answers"):
        exact(hits, n)


def test_one_stratum_is_its_own_interval() -> None:
    alone, found = exact(45, 60), share([Stratum(1000, 60, 45)])
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_strata_weigh_as_they_are_large() -> None:
    found = share([Stratum(900, 30, 30), Stratum(100, 30, 15)])
    assert found is not None
    assert found.value == pytest.approx(0.9 * 1 + 0.1 * 0.5)
    # MOVER by hand: the distances to the strata's limits, weighted, add in squares.
    one, two = exact(30, 30), exact(15, 30)
    below = math.hypot(0.9 * (one.value - one.low), 0.1 * (two.value - two.low))
    assert found.low == pytest.approx(found.value - below)


def test_nothing_is_said_while_a_stratum_has_no_answer() -> None:
    assert total([Stratum(10, 5, 5), Stratum(10, 0, 0)]) is None
    assert total([Stratum(10, 5, 5), Stratum(0, 0, 0)]) is not None
    found = statistics.quality([Stratum(10, 5, 5)], [Stratum(10, 0, 0)])
    assert found.precision is not None
    assert found.recall is None


def test_what_was_asked_in_full_is_known() -> None:
    found = statistics.quality([Stratum(40, 40, 30, 40)], [Stratum(20, 20, 10, 20)])
    for estimate, truth in ((found.precision, 30 / 40), (found.recall, 30 / 40), (found.f1, 0.75)):
        assert estimate is not None
        assert (estimate.low, estimate.value, estimate.high) == pytest.approx((truth,) * 3)


def test_a_ratio_contains_its_value_whatever_the_limits() -> None:
    value, low, high = statistics.ratio(Estimate(50, 40, 65), Estimate(100, 90, 120))
    assert low < value == 0.5 < high
    assert statistics.ratio(Estimate(1, 0, 2), Estimate(0, 0, 1)) == (math.inf, 0.0, math.inf)
    assert statistics.part_of_whole(Estimate(0, 0, 1), Estimate(0, 0, 1)) is None


@pytest.mark.parametrize(
    ("linked", "apart"),
    [
        # (size, true share) per stratum: a good linker, a poor one, one that hardly errs.
        ([(400, 0.7), (3000, 0.96), (20_000, 0.999)], [(3000, 0.01), (900, 0.12), (300, 0.6)]),
        ([(2000, 0.5), (2000, 0.8), (2000, 0.95)], [(4000, 0.1), (1000, 0.3), (500, 0.7)]),
        ([(500, 0.98), (5000, 0.998), (50_000, 1.0)], [(2000, 0.0), (500, 0.02), (50, 0.5)]),
    ],
)
def test_the_intervals_cover_the_truth_about_as_often_as_they_say(
    linked: list[tuple[int, float]], apart: list[tuple[int, float]]
) -> None:
    """A thousand samples from strata whose truth is known: 95% intervals hold it in at least 93 of a hundred."""
    rng = random.Random(20261122)

    def drawn(strata: list[tuple[int, float]]) -> list[Stratum]:
        return [Stratum(size, 60, sum(rng.random() < chance for _ in range(60))) for size, chance in strata]

    found_truly = sum(size * chance for size, chance in linked)
    missed_truly = sum(size * chance for size, chance in apart)
    size = sum(size for size, _ in linked)
    truth = {
        "precision": found_truly / size,
        "recall": found_truly / (found_truly + missed_truly),
        "f1": 2 * found_truly / (size + found_truly + missed_truly),
    }
    covered = dict.fromkeys(truth, 0)
    middle = dict.fromkeys(truth, 0.0)
    for _ in range(1000):
        said = statistics.quality(drawn(linked), drawn(apart))
        for name, value in truth.items():
            estimate = getattr(said, name)
            covered[name] += estimate.low <= value <= estimate.high
            middle[name] += estimate.value / 1000
    assert min(covered.values()) >= 930, covered
    assert middle == pytest.approx(truth, abs=0.01), "the estimators are not biased"


def test_equal_weights_are_no_weights_and_unequal_ones_count_for_less() -> None:
    plain = exact(7, 10)
    found = statistics.weighted_share([(3.0, at < 7) for at in range(10)])
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))
    uneven = statistics.weighted_share([(100.0, True), *[(1.0, True)] * 9])
    assert uneven is not None
    assert uneven.n == pytest.approx(109**2 / (100**2 + 9))
    assert statistics.weighted_share([]) is None


def table(a: int, b: int, c: int, d: int) -> list[tuple[str, str]]:
    yes, no = "same", "different"
    return [(yes, yes)] * a + [(yes, no)] * b + [(no, yes)] * c + [(no, no)] * d


def test_kappa_as_in_the_textbook() -> None:
    found = cohen(table(20, 5, 10, 15))
    assert found is not None
    assert found.kappa is not None
    assert found.agreed.value == pytest.approx(0.7)
    assert found.kappa.value == pytest.approx(0.4)


def test_the_interval_of_kappa_is_as_wide_as_samples_vary() -> None:
    rng, cells = random.Random(3), table(60, 15, 20, 45)
    found = cohen(cells)
    assert found is not None
    assert found.kappa is not None
    drawn = sorted(
        again.kappa.value
        for _ in range(2000)
        if (again := cohen(rng.choices(cells, k=len(cells)))) is not None and again.kappa is not None
    )
    low, high = drawn[int(0.025 * len(drawn))], drawn[int(0.975 * len(drawn))]
    assert (found.kappa.low, found.kappa.high) == pytest.approx((low, high), abs=0.03)


def test_kappa_of_those_who_always_say_the_same_word_is_not_defined() -> None:
    found = cohen(table(9, 0, 0, 0))
    assert found is not None
    assert found.kappa is None
    assert found.agreed.value == 1
    assert cohen([]) is None
    perfect = cohen(table(5, 0, 0, 5))
    assert perfect is not None
    assert perfect.kappa is not None
    assert perfect.kappa.value == 1


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.floats(0.05, 0.5)), min_size=1, max_size=8),
    st.integers(0, 900),
)
def test_allocation_never_asks_for_more_than_there_is(strata: list[tuple[int, float]], wanted: int) -> None:
    sizes = [size for size, _ in strata]
    found = allocate(sizes, [spread for _, spread in strata], wanted, 15)
    assert all(min(size, 15) <= drawn <= size for drawn, size in zip(found, sizes, strict=True))
    assert sum(found) <= max(wanted, sum(min(size, 15) for size in sizes))


def test_more_is_drawn_where_more_is_uncertain() -> None:
    sure, doubtful = allocate([1000, 1000], [0.05, 0.5], 200, 10)
    assert doubtful > 5 * sure

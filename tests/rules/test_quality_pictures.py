"""What the linkage report says of a group of people beside everybody: worse only where the sample shows it."""

from __future__ import annotations

import pytest
from django.utils import translation

from tongchou.exchange import pictures
from tongchou.pool.quality.estimates import GroupTold
from tongchou.pool.quality.statistics import Estimate


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high)


EVERYBODY = GroupTold("", estimate(0.001, 0.0, 0.01), estimate(0.02, 0.01, 0.03), 400)


@pytest.mark.parametrize(
    ("merged", "missed", "n", "verdict"),
    [
        ((0.001, 0.0, 0.02), (0.02, 0.01, 0.05), 90, "alike"),
        ((0.06, 0.02, 0.15), (0.02, 0.01, 0.05), 90, "worse"),
        ((0.001, 0.0, 0.02), (0.20, 0.08, 0.35), 12, "worse"),
        ((0.001, 0.0, 0.02), (0.02, 0.01, 0.05), 12, "few"),
        ((0.0, 0.0, 0.46), (0.0, 0.0, 0.46), 38, "few"),
    ],
)
def test_a_group_beside_everybody(
    merged: tuple[float, float, float], missed: tuple[float, float, float], n: int, verdict: str
) -> None:
    with translation.override("en"):
        everybody, group = pictures.group_lines(
            [EVERYBODY, GroupTold("child", estimate(*merged), estimate(*missed), n)]
        )
    assert (everybody.verdict, group.verdict) == ("all", verdict)
    assert group.name == "Children"


def test_the_longest_bar_is_the_largest_error_and_none_is_lost_from_sight() -> None:
    rare = GroupTold("old", estimate(0.00001, 0.0, 0.01), None, 50)
    everybody, old = pictures.group_lines([EVERYBODY, rare])
    assert everybody.missed_bar == 100
    assert (old.merged_bar, old.missed_bar) == (3, 0)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "100%"),
        (0.0, "0%"),
        (0.999999, ">99.999%"),
        (0.000001, "<0.001%"),
        (0.99998, "99.998%"),
        (0.5, "50.0%"),
    ],
)
def test_a_share_is_all_or_nothing_only_when_it_is(share: float, said: str) -> None:
    assert pictures.percent(share) == said

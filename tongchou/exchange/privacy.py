"""Differentially private counts and sums, by OpenDP. Costs are whole millionths of epsilon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

MICRO = 1_000_000


def noisy(numbers: Sequence[int], *, sensitivity: int, cost_micro: int) -> list[int]:
    """Whole numbers with discrete Laplace noise, so that together they cost at most `cost_micro`.

    numbers: of groups that do not overlap. sensitivity: how much all of them together may change when one subject comes
    or goes. The measurement itself is asked what it costs, and refused (ValueError) should it be more.
    """
    import opendp.prelude as dp

    dp.enable_features("contrib")
    scale = sensitivity * MICRO / cost_micro
    measure: Any = dp.m.make_laplace(
        dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int), scale=scale
    )
    if math.floor(measure.map(sensitivity) * MICRO) > cost_micro:
        raise ValueError("the measurement costs more than was spent")
    found: list[int] = measure(list(numbers))
    return found


def within(cost_micro: int, sensitivity: int) -> int:
    """How far, in 19 of 20 cases at least, a private number lies from the true one."""
    return math.ceil(sensitivity * MICRO / cost_micro * math.log(20))

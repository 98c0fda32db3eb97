"""correct: what departments have corrected (校核) stays corrected when a delivery still brings the old value.

A standing correction says of one field of one record: these values were wrong, this one is right. It holds until
the source itself brings another value: then the source knows better by now, and the correction is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from . import check
from .standardise import Column
from .work import Work

#: What became of a correction in a delivery, weakest first: of several rows of one key the strongest is told.
APPLIED, CONFIRMED, OVERTAKEN = "applied", "confirmed", "overtaken"


class Fix(NamedTuple):
    """One standing correction. number: of the correction. key: of the record in the log. wrong: the values that were
    found wrong (None: there was no value). right: the value decided on. Values are standard values; never logged."""

    number: str
    key: str
    field: str
    wrong: tuple[str | None, ...]
    right: str


Fixes = Callable[[], Sequence[Fix]]
"""Asked for under the resource's lock, so that none is overlooked that was entered just before."""


def nothing() -> Sequence[Fix]:
    """No corrections."""
    return ()


def corrected(work: Work, columns: dict[str, Column]) -> tuple[dict[str, Column], dict[str, str]]:
    """The columns with the corrections applied, and {number: what became of it} of those whose record is here.

    A corrected value has no problem any more. Costs one look-up of the keys when there are corrections, else nothing.
    """
    fixes = [each for each in work.fixes if each.field in columns]
    if not fixes:
        return columns, {}
    keys = check.key_of(work, columns)
    by_key: dict[str, list[Fix]] = {}
    for fix in fixes:
        by_key.setdefault(fix.key, []).append(fix)
    wanted = pa.array(list(by_key), pa.string())
    places = np.flatnonzero(compute.is_in(keys, value_set=wanted).to_numpy())
    changes: dict[str, dict[int, str]] = {}
    told: dict[str, str] = {}
    for place in map(int, places):
        for fix in by_key[keys[place].as_py()]:
            value = columns[fix.field].values[place].as_py()
            if value == fix.right:
                state = CONFIRMED
            elif value in fix.wrong:
                state = APPLIED
                changes.setdefault(fix.field, {})[place] = fix.right
            else:
                state = OVERTAKEN
            told[fix.number] = max(told.get(fix.number, state), state)
    return {**columns, **{each: _changed(columns[each], at) for each, at in changes.items()}}, told


def _changed(column: Column, at: Mapping[int, str]) -> Column:
    places = np.array(sorted(at))
    mask = np.zeros(len(column.values), bool)
    mask[places] = True
    values = compute.replace_with_mask(
        column.values.combine_chunks(),
        pa.array(mask),
        pa.array([at[int(each)] for each in places], pa.string()),
    )
    problems = None if column.problems is None else column.problems.copy()
    if problems is not None:
        problems[places] = 0
    return Column(pa.chunked_array([values]), problems, None)

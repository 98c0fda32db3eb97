"""check: what is required, what identifies the row, and what sets a row aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from .standardise import Column
from .work import LAST_HARD, RULE_NUMBERS, Work


@dataclass(frozen=True)
class Checked:
    """A part that is standardised and checked. part: as delivered, blank rows gone. columns: its fields. key:
    the key of each row, null when part of it is empty. bad: which rows are set aside; None when none is."""

    part: pa.Table
    columns: Mapping[str, Column]
    key: pa.ChunkedArray
    bad: Any


def checked(work: Work, part: pa.Table, columns: Mapping[str, Column]) -> Checked:
    """Apply what the plan says of rows.

    A required or key field without a value gets the problem required.missing or key.missing, unless it has
    a problem that says why. A row is bad when its key is empty, or when a field that is not planned to keep
    its failures fails a rule that is not soft, or when it is a total or a note below the table (row.summary).
    """
    told = dict(columns)
    bad = np.zeros(part.num_rows, bool)
    for field in work.plan.fields:
        found = columns[field.name]
        missing = None
        if field.name in work.plan.key:
            missing = RULE_NUMBERS["key.missing"]
        elif field.required:
            missing = RULE_NUMBERS["required.missing"]
        if missing and found.values.null_count:
            found = told[field.name] = _missing(found, missing)
        if field.on_failure == "quarantine" and found.problems is not None:
            bad |= (found.problems > 0) & (found.problems <= LAST_HARD)
    key = key_of(work, columns)
    if key.null_count:
        bad |= key.is_null().to_numpy()
    below = _summaries(key)
    if below is not None:
        first = work.plan.key[0]
        found = told[first]
        problems = np.zeros(len(below), np.int16) if found.problems is None else found.problems.copy()
        problems[below] = RULE_NUMBERS["row.summary"]
        told[first] = found._replace(problems=problems)
        bad |= below
    return Checked(part, told, key, bad if bad.any() else None)


def key_of(work: Work, columns: Mapping[str, Column]) -> pa.ChunkedArray:
    """The key of each row as the log has it; null when part of it is empty."""
    parts = [columns[each].values for each in work.plan.key]
    return parts[0] if len(parts) == 1 else _joined(parts)


_SUMMARY = (
    r"^(?:合计|总计|小计|共计|累计)[:：]?[0-9,.]*[人户条元项个]?$|"
    r"^(?:制表|填表|填报|审核|复核|经办|报送)(?:人|员|日期|时间|单位)[:：]"
)


def _summaries(key: pa.ChunkedArray) -> Any:
    """Which rows stand under the table and not in it, by what they have in place of a number; None when none does."""
    told = compute.fill_null(compute.string_is_ascii(key), True)
    if compute.all(told).as_py():
        return None  # nearly always; the pattern below is dear
    found = compute.fill_null(compute.match_substring_regex(key, _SUMMARY), False).to_numpy(
        zero_copy_only=False
    )
    return found if found.any() else None


def _missing(found: Column, rule: int) -> Column:
    """The column with the problem where there is no value and nothing that says why."""
    problems = np.zeros(len(found.values), np.int16) if found.problems is None else found.problems.copy()
    unexplained = (problems == 0) | (problems > LAST_HARD)
    problems[found.values.is_null().to_numpy() & unexplained] = rule
    return found._replace(problems=problems)


def _joined(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Several fields as one key, between them U+001F; null when any is."""
    whole = [each.combine_chunks() for each in parts]
    return pa.chunked_array([compute.binary_join_element_wise(*whole, "\x1f")])

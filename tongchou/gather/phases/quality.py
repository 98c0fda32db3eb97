"""The quality of a part in numbers: per field rows without a value, rows failing a check, and a sample by which
the number of different values is told.

The sample holds the value hashes below a limit, chosen so that about a thousand fall below it; what fell
below in all parts tells how many values there are (k minimum values, Bar-Yossef et al. 2002; error ~ 3 %).
The hashes are those the rows' digests are made of, so that no value is hashed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from tongchou.pool.engine.connection import name
from tongchou.pool.engine.log import digest_sql, hash_sql

from .check import Checked
from .standardise import Column
from .work import LAST_HARD, RULE_NUMBERS, Work, in_order

_SAMPLE = 1024
_MANY = 16 * _SAMPLE
_TOP = 2**64 - 1
#: What says that nothing was said, rather than that it was wrong.
_MISSING = [RULE_NUMBERS[each] for each in ("key.missing", "required.missing")]


@dataclass
class Limits:
    """Per field the limit of its sample, for all parts of a delivery; set by the part that comes first."""

    known: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


def hashes(work: Work, part: Checked) -> pa.Table:
    """Every value's hash, by field, every row's `_digest`, and the hash of its `_key`."""
    fields = {each: column.values for each, column in part.columns.items()}
    # The key of one field is its value, which is hashed anyhow.
    (key, *others), whole = work.plan.key, pa.table(fields)
    if others:
        key, whole = "_key", whole.append_column("_key", part.key)
    each = ", ".join(f"{hash_sql(one)} AS {name(one)}" for one in fields)
    sql = f"SELECT {digest_sql(work.order, list(fields))} AS _digest, {hash_sql(key)} AS _key, {each} FROM whole"
    return in_order(work, sql, whole=whole)


def measured(work: Work, part: Checked, hashed: pa.Table, limits: Limits) -> dict[str, Any]:
    """Counts per field of a part: `empty` (nothing was said), `failed` (what was said fails), and `distinct`: (limit,
    value hashes below it)."""
    with limits.lock:
        new = {each: column for each, column in part.columns.items() if each not in limits.known}
        if new:
            limits.known |= {
                each: min(_TOP, _TOP // max(1, count // _SAMPLE))
                for each, count in _different(work, new).items()
            }
    counted = {each: _counted(column) for each, column in part.columns.items()}
    return {
        "empty": {each: empty for each, (empty, _) in counted.items()},
        "failed": {each: failed for each, (_, failed) in counted.items()},
        "distinct": {
            each: _sample(work, each, column, hashed[each], limits) for each, column in part.columns.items()
        },
    }


def _counted(column: Column) -> tuple[int, int]:
    """Rows in which nothing was said, and rows in which what was said fails a rule that is not soft.

    Of some of the latter nothing is left (a date that does not exist, a file that was not taken): they said something.
    """
    empty = column.values.null_count
    if column.problems is None:
        return empty, 0
    wrong = (column.problems > 0) & (column.problems <= LAST_HARD) & ~np.isin(column.problems, _MISSING)
    failed = int(np.count_nonzero(wrong))
    if empty and failed:
        empty -= int(np.count_nonzero(column.values.is_null().to_numpy() & wrong))
    return empty, failed


def _different(work: Work, columns: dict[str, Column]) -> dict[str, int]:
    """About how many different values the columns have."""
    counts = {
        each: compute.count_distinct(column.different).as_py()
        for each, column in columns.items()
        if column.different is not None
    }
    rest = {each: column.values for each, column in columns.items() if each not in counts}
    if rest:
        asked = ", ".join(f"approx_count_distinct({name(each)}) AS {name(each)}" for each in rest)
        counts |= in_order(work, f"SELECT {asked} FROM whole", whole=pa.table(rest)).to_pylist()[0]
    return counts


def _sample(
    work: Work, each: str, column: Column, hashed: pa.ChunkedArray, limits: Limits
) -> tuple[int, list[int]]:
    """The field's limit and the hashes below."""
    limit = limits.known[each]
    values = column.values
    if column.different is not None:
        values = column.different
        hashed = in_order(work, f"SELECT {hash_sql('v')} AS h FROM given", given=pa.table({"v": values}))["h"]
    found = hashed.to_numpy()
    below = found <= limit
    if values.null_count:
        below &= values.is_valid().to_numpy(zero_copy_only=False)
    different = np.unique(found[below])
    if len(different) > _MANY:
        limit = limits.known[each] = int(different[_SAMPLE])
        different = different[: _SAMPLE + 1]
    return limit, different.tolist()


def distinct(samples: Sequence[tuple[int, list[int]]]) -> int:
    """About how many different values there are, from the samples of all parts."""
    if not samples:
        return 0
    limit = min(each for each, _ in samples)
    below = {value for _, hashes in samples for value in hashes if value <= limit}
    return round(len(below) * (_TOP / limit))

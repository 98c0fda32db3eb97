"""Whole columns of text at a time: digits, dates, joined words, without a Python loop over rows.

Everything here takes and returns Arrow text columns or numpy arrays of equal length. A day is a count of
days since 1970-01-01 (int64), as in numpy's `datetime64[D]`; -1_000_000 (`NO_DAY`) is "no such day".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Ints = np.ndarray
Column = pa.StringArray | pa.ChunkedArray

NO_DAY = -1_000_000
FIRST_DAY = int(np.datetime64("1890-01-01", "D").astype(int))
LAST_DAY = int(np.datetime64("2060-12-31", "D").astype(int))


def day_number(value: date) -> int:
    """Days since 1970-01-01."""
    return (value - date(1970, 1, 1)).days


def split_days(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month (1–12) and day of the month of each day."""
    stamp = days.astype("datetime64[D]")
    months = stamp.astype("datetime64[M]")
    years = months.astype("datetime64[Y]").astype(np.int64) + 1970
    return years, months.astype(np.int64) % 12 + 1, (stamp - months).astype(np.int64) + 1


def digits(values: Ints, width: int) -> Ints:
    """The decimal digits of non-negative numbers as ASCII codes, shape (rows, width), zero-padded."""
    scale = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // scale % 10 + 48).astype(np.uint8)


def fixed(matrix: Ints, valid: Ints | None = None) -> pa.StringArray:
    """Text column from ASCII codes, every row as wide as the matrix; rows where `valid` is False are null."""
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(matrix)
    column = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))
    return column if valid is None else where(valid, column, None)


def padded(values: Ints, width: int) -> pa.StringArray:
    """Zero-padded decimal text of one width."""
    return fixed(digits(values, width))


def plain(values: Ints) -> pa.StringArray:
    """Decimal text without padding."""
    return pc.cast(pa.array(values), pa.string())


def yuan(cents: Ints) -> pa.StringArray:
    """An amount in fen as text in yuan with two decimals."""
    return join(plain(cents // 100), ".", padded(cents % 100, 2))


def words(values: Sequence[str | None]) -> pa.StringArray:
    """A word list as a column to `pick` from."""
    return pa.array(list(values), pa.string())


def pick(choices: Sequence[str | None] | pa.Array, at: Ints) -> pa.StringArray:
    """The word at each index; a negative index gives null."""
    column = choices if isinstance(choices, pa.Array) else words(choices)
    if at.size and at.min() < 0:
        return column.take(pa.array(at, mask=at < 0))
    return column.take(pa.array(at))


def join(*parts: pa.Array | str) -> pa.StringArray:
    """Parts joined row by row; plain words are repeated. A null part makes the row null."""
    return pc.binary_join_element_wise(*parts, "", null_handling="emit_null")


def where(chosen: Ints, one: pa.Array | str | None, other: pa.Array | str | None) -> pa.StringArray:
    """`one` where chosen, else `other`."""
    left = pa.scalar(one, pa.string()) if one is None or isinstance(one, str) else one
    right = pa.scalar(other, pa.string()) if other is None or isinstance(other, str) else other
    return pc.if_else(pa.array(chosen), left, right)


def constant(value: str | None, rows: int) -> pa.StringArray:
    """One word for all rows."""
    return pa.repeat(pa.scalar(value, pa.string()), rows)


@cache
def _calendar(form: str) -> pa.StringArray:
    years, months, days = split_days(np.arange(FIRST_DAY, LAST_DAY + 1))
    parts = {
        "Y": padded(years, 4),
        "M": padded(months, 2),
        "D": padded(days, 2),
        "m": plain(months),
        "d": plain(days),
        "y": padded(years % 100, 2),
    }
    return join(*(parts.get(letter, letter) for letter in form), "")


def dates(days: Ints, form: str) -> pa.StringArray:
    """Days as an office writes them; `NO_DAY` gives null.

    form: letters Y (year), y (two digits of it), M and D (two digits), m and d (no padding); the rest
    stands as it is: "Y-M-D", "YMD", "Y年m月d日", "Y/m/d", "YM".
    """
    return pick(_calendar(form), np.where(days < FIRST_DAY, -1, days - FIRST_DAY))


def full_width(text: str) -> str:
    """ASCII digits as their full-width forms."""
    return text.translate(_FULL_WIDTH)


_FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)}

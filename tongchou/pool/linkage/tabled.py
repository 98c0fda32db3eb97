"""Foldings as Arrow tables, in which they go to disk and between processes: a row per value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from .kinds.base import Folded


def table_of(folded: Folded, **more: Mapping[str, Any]) -> pa.Table:
    """A folding as a table. more: further arrays by prefix and name, a number or row of numbers per value."""
    columns: dict[str, pa.Array] = {"text": folded.text, "present": pa.array(folded.present)}
    for name, texts in folded.words.items():
        columns[f"words-{name}"] = pa.array(texts, pa.large_string())
    for prefix, arrays in {"group": folded.groups, "array": folded.arrays, **more}.items():
        for name, values in arrays.items():
            flat = pa.array(np.ascontiguousarray(values).ravel())
            columns[f"{prefix}-{name}"] = (
                flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
            )
    return pa.table(columns)


def folded_in(table: pa.Table) -> tuple[Folded, dict[str, dict[str, Any]]]:
    """The folding, and all arrays by prefix and name."""
    found: dict[str, dict[str, Any]] = {"group": {}, "array": {}}
    words: dict[str, list[str]] = {}
    for name in table.column_names:
        prefix, dash, rest = name.partition("-")
        if prefix == "words":
            words[rest] = table[name].to_pylist()
        elif dash:
            found.setdefault(prefix, {})[rest] = _matrix(table[name])
    text, present = whole(table["text"]), numbers_in(table["present"]).astype(bool)
    return Folded(text, present, found["group"], found["array"], words), found


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def numbers_in(column: pa.ChunkedArray | pa.Array) -> Any:
    """A column as numpy has it."""
    return whole(column).to_numpy(zero_copy_only=False)


def _matrix(column: pa.ChunkedArray) -> Any:
    array = whole(column)
    if isinstance(array, pa.FixedSizeListArray):
        return array.flatten().to_numpy(zero_copy_only=False).reshape(-1, array.type.list_size)
    return array.to_numpy(zero_copy_only=False)

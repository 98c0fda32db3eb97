"""shape: the columns as delivered become the fields as planned."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from .work import Work


def shaped(work: Work, part: pa.Table) -> pa.Table:
    """The part without rows blank in every field, and without nulls: what is not there is the empty text."""
    for index in sorted(set(work.assigned.values())):
        column = part[f"c{index}"]
        if column.type != pa.string():
            column = column.cast(pa.string())
        if column.null_count:
            column = compute.fill_null(column, "")
        if column is not part[f"c{index}"]:
            part = part.set_column(part.schema.get_field_index(f"c{index}"), f"c{index}", column)
    blank = None
    for index in set(work.assigned.values()):
        empty = compute.equal(compute.binary_length(part[f"c{index}"]), 0)
        blank = empty if blank is None else compute.and_(blank, empty)
        if not compute.any(blank).as_py():
            return part
    return part if blank is None else part.filter(compute.invert(blank))


def texts(work: Work, part: pa.Table, field: str) -> pa.ChunkedArray:
    """A field's delivered texts."""
    return part[f"c{work.assigned[field]}"]


def places(part: pa.Table, numbers: list[int]) -> dict[int, int]:
    """Where the rows with these numbers are in the part; rows not in it are left out."""
    rows = part["_row"].to_numpy()
    found = np.flatnonzero(np.isin(rows, numbers))
    return {int(rows[place]): int(place) for place in found}

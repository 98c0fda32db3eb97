"""What is published in tables, written again without those who are erased; nothing older is left beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from . import published
from .erasing import Target

_VERSION = re.compile(r"-\d{6}\.parquet$")


def published_anew(
    folder: Path,
    target: Target,
    *,
    facts: Mapping[str, Any] | None = None,
    together: int = published.ROWS_TOGETHER,
) -> int:
    """A new version of what a folder publishes, without the target; every older version is deleted at once.

    facts: what the version says of itself from now on, where it says it at all. together: rows that are read together.
    Returns the rows that went.
    """
    version = published.current(folder)
    if version is None:
        return 0
    removed, parts = 0, {}
    for name, file in version.parts.items():
        if file.exists():  # what places said may have been let go of before (`spotting.forget`)
            parts[name], gone = without(pq.read_table(file), target)
            removed += gone
    told = {
        **version.facts,
        **{name: value for name, value in (facts or {}).items() if name in version.facts},
    }
    if removed or told != version.facts:
        published.publish(
            folder, parts, number=version.number + 1, at=version.at, facts=told, together=together
        )
    head = published.current(folder) or version
    kept = {each.name for each in head.parts.values()}
    for file in folder.glob("*.parquet"):
        if file.name not in kept and _VERSION.search(file.name):
            file.unlink(missing_ok=True)
    return removed


def without(table: pa.Table, target: Target) -> tuple[pa.Table, int]:
    """A table without the rows that name the records, in whatever columns, or the subject; and how many went."""
    gone = pa.array([False] * table.num_rows, pa.bool_())
    names = set(table.column_names)
    for resource, key in (
        ("resource", "source_key"),
        ("left_resource", "left_key"),
        ("right_resource", "right_key"),
    ):
        if {resource, key} <= names:
            for code in target.resources:
                of_it = pc.equal(table[resource], code)
                gone = pc.or_(
                    gone, pc.and_(of_it, pc.is_in(table[key], pa.array(target.keys_of(code), pa.string())))
                )
    ids = pa.array(target.ids, pa.string())
    for name in ("subject_id", "merged_into"):
        if name in names:
            gone = pc.or_(gone, pc.is_in(table[name], ids))
    gone = pc.fill_null(gone, False)
    count = int(pc.sum(gone).as_py() or 0)
    return (table.filter(pc.invert(gone)) if count else table), count

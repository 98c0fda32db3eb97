"""unify: rows of one delivery that repeat a key. Alike in everything, they are one; unlike, none of them is
believed.

Which of two different rows for one person is right is not for a program to guess, nor does "the last one"
mean anything in most exports. All rows of such a key go to quarantine (key.repeated) for their department
to decide.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet

from tongchou.gather.sources.items import Batch, Position
from tongchou.pool.engine.connection import file_list, name, one, quote, rows
from tongchou.pool.engine.log import hash_sql

from .divide import HELD_SCHEMA, PARQUET
from .staging import PartNote
from .work import Work

REPEATED = "key.repeated"
_AT_ONCE = 1 << 24
"""Hashes sorted at once: 128 MB."""


def unify(
    work: Work, parts: list[PartNote], reread: Callable[[Position | None], Iterator[Batch]]
) -> tuple[list[Path], list[Path], int, int]:
    """Settle repeated keys over all parts.

    reread: reads the delivery again from a position, to keep quarantined rows as they were delivered.
    Returns the files of kept rows, the files of quarantined rows, how many rows were collapsed into an
    equal one, and how many were quarantined. Parts without repeated keys are left as they are.
    """
    staging = work.staging
    done = staging.note("unify")
    if done is None:
        done = _settle(work, parts, reread)
        staging.write("unify", done)
    return (
        [staging.folder / each for each in done["kept"]],
        [staging.folder / each for each in done["held"]],
        done["collapsed"],
        done["quarantined"],
    )


def _settle(
    work: Work, parts: list[PartNote], reread: Callable[[Position | None], Iterator[Batch]]
) -> dict[str, Any]:
    staging = work.staging
    kept = {part.index: staging.kept(part.index) for part in parts if part.kept}
    held = [staging.held(part.index).name for part in parts if part.held]
    result: dict[str, Any] = {
        "kept": [each.name for each in kept.values()],
        "held": held,
        "collapsed": 0,
        "quarantined": 0,
    }
    if not kept:
        return result
    hashes = repeated([staging.keys(each) for each in kept])
    if not len(hashes):
        return result
    source = f"read_parquet({file_list(list(kept.values()))})"
    work.connection.register("hashes", pa.table({"h": hashes}))
    rows(work.connection, "CREATE OR REPLACE TEMP TABLE repeated AS FROM hashes")
    work.connection.unregister("hashes")
    # Hashes of different keys may be equal: the keys themselves decide.
    rows(
        work.connection,
        f"""CREATE OR REPLACE TEMP TABLE leaving AS
        SELECT _key, _row, versions > 1 AS differs FROM (
            SELECT _key, _row, count(*) OVER (PARTITION BY _key) AS rows,
                count(DISTINCT _digest) OVER (PARTITION BY _key) AS versions,
                row_number() OVER (PARTITION BY _key ORDER BY _row) AS place
            FROM {source} WHERE {hash_sql("_key")} IN (SELECT h FROM repeated))
        WHERE rows > 1 AND (versions > 1 OR place > 1)""",
    )
    leaving = rows(work.connection, "SELECT _key, _row, differs FROM leaving ORDER BY _row")
    bounds = [(part.index, part.start[1] if part.start else 0) for part in parts]
    by_part: dict[int, list[tuple[str, int, bool]]] = defaultdict(list)
    for key, row, differs in leaving:
        by_part[max(index for index, first in bounds if first <= row)].append((key, row, differs))
    for index in by_part:
        target = staging.folder / f"part-{index:05}.unified.parquet"
        rows(
            work.connection,
            f"""COPY (SELECT * FROM read_parquet({quote(str(kept[index]))})
                WHERE _row NOT IN (SELECT _row FROM leaving))
            TO {quote(str(target))} ({PARQUET})""",
        )
        kept[index] = target
    quarantined = {row: key for key, row, differs in leaving if differs}
    if quarantined:
        target = staging.folder / "repeated.held.parquet"
        starts = {part.index: Position(*part.start) if part.start else None for part in parts}
        tables = [
            _held(work, reread(starts[index]), {row: key for key, row, differs in repeats if differs})
            for index, repeats in sorted(by_part.items())
            if any(differs for _, _, differs in repeats)
        ]
        pa.parquet.write_table(pa.concat_tables(tables), target, compression="zstd")
        held.append(target.name)
    rows(work.connection, "DROP TABLE repeated; DROP TABLE leaving")
    result["kept"] = [each.name for each in kept.values()]
    result["collapsed"] = sum(not differs for _, _, differs in leaving)
    result["quarantined"] = len(quarantined)
    return result


def repeated(files: Sequence[Path], at_once: int = _AT_ONCE) -> Any:
    """The hashes that occur more than once in files of sorted hashes (`Staging.keys`), as uint64.

    They are looked through range by range, so that memory is bounded by `at_once` hashes, not by the
    delivery.
    """
    parts = [np.load(each, mmap_mode="r") for each in files]
    ranges = max(1, -(-sum(len(each) for each in parts) // at_once))
    bounds = [number * 2**64 // ranges for number in range(1, ranges)]
    cuts = [[0, *np.searchsorted(each, np.array(bounds, np.uint64)).tolist(), len(each)] for each in parts]
    found = []
    for number in range(ranges):
        pieces = [each[cut[number] : cut[number + 1]] for each, cut in zip(parts, cuts, strict=True)]
        hashes = np.sort(np.concatenate(pieces))
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.concatenate(found)


def _held(work: Work, batches: Iterator[Batch], keys: dict[int, str]) -> pa.Table:
    """The rows with these numbers, as delivered, as quarantine."""
    last = max(keys)
    wanted = pa.array(sorted(keys), pa.int64())
    failures = [{"field": each, "rule": REPEATED} for each in work.plan.key]
    found = []
    for batch in batches:
        for cells in batch.table.filter(compute.is_in(batch.table["_row"], wanted)).to_pylist():
            row = cells.pop("_row")
            told = {heading or f"#{i + 1}": cells[f"c{i}"] for i, heading in enumerate(work.headings)}
            raw = json.dumps(told, ensure_ascii=False)
            found.append({"row": row, "raw": raw, "failures": failures, "key": keys[row]})
        if batch.end.row > last:
            break
    return pa.Table.from_pylist(found, schema=HELD_SCHEMA)


def quarantine(work: Work, files: list[Path], target: Path) -> int:
    """All quarantined rows as one file, in the order of the delivery. Returns how many; none: no file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not files:
        target.unlink(missing_ok=True)
        return 0
    unfinished = target.with_suffix(".tmp")
    done = one(
        work.connection,
        f"""COPY (SELECT {", ".join(name(each) for each in HELD_SCHEMA.names)}
        FROM read_parquet({file_list(files)}) ORDER BY row)
        TO {quote(str(unfinished))} (FORMAT parquet, COMPRESSION zstd)""",
    )
    unfinished.replace(target)
    return int(done[0])

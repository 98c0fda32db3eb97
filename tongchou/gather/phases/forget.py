"""forget: rows about somebody who was erased go no further, are set aside nowhere, and leave no value.

They are found by the tombstones' keyed digests: by the row's key, or by a number in a field that says whom the row is
about. Rows nobody could split are searched for numbers. Which rows they were is told by their numbers in the file, so
that they can be cut out of the kept bytes, too (`gather.cutting`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from tongchou.gather.sources.items import Refused
from tongchou.pool.engine.forgotten import Forgotten, Stones, bucket_sql
from tongchou.standards import identity

from .check import Checked
from .work import Work, in_order

_LIKE_A_NUMBER = re.compile(r"[0-9A-Za-z]{8,18}")


class Left(NamedTuple):
    """What is left of a part. rows: numbers, in the file, of those that go no further."""

    part: Checked
    refused: Sequence[Refused]
    rows: list[int]


def without_forgotten(work: Work, part: Checked, refused: Sequence[Refused]) -> Left:
    """The part without rows about somebody erased."""
    forgotten = work.forgotten
    if not forgotten:
        return Left(part, refused, [])
    gone = np.zeros(part.part.num_rows, bool)
    _mark(gone, work, part.key, forgotten.records, forgotten.key_is)
    for name, attribute in forgotten.numbers.items():
        values = part.columns[name].values

        def is_gone(value: str, attribute: str = attribute) -> bool:
            return forgotten.number_is(attribute, value)

        _mark(gone, work, values, forgotten.of_numbers, is_gone)
    kept_refused = [each for each in refused if not mentions(forgotten, each.raw)]
    rows = part.part["_row"].to_numpy()[gone].tolist()
    rows += [each.row for each in refused if each not in kept_refused]
    if gone.any():
        part = _cut(part, ~gone)
    return Left(part, kept_refused, sorted(rows))


def mentions(forgotten: Forgotten, raw: str) -> bool:
    """Whether an unreadable row holds a number, or the key, of somebody erased."""
    words = set(_LIKE_A_NUMBER.findall(raw))
    if any(forgotten.key_is(word) for word in words):
        return True
    attributes = sorted(set(forgotten.numbers.values()))
    told = {word: identity.examine(word)[0] or word for word in words}
    return forgotten.text_holds([(each, told[word]) for word in words for each in attributes]) or (
        forgotten.text_holds([(each, word.upper()) for word in words for each in attributes])
    )


def _mark(gone: Any, work: Work, column: pa.ChunkedArray, stones: Stones, is_gone: Any) -> None:
    if not stones.digests:
        return
    sql = f"SELECT {bucket_sql('value')} AS bucket FROM given"
    buckets = in_order(work, sql, given=pa.table({"value": column}))["bucket"]
    taken = pa.array([f"{each:03x}" for each in stones.buckets])
    found = compute.fill_null(compute.is_in(buckets, taken), False).to_numpy()
    for index in np.flatnonzero(found):
        value = column[int(index)].as_py()
        if value and is_gone(value):
            gone[index] = True


def _cut(part: Checked, kept: Any) -> Checked:
    mask = pa.array(kept)
    columns = {
        name: each._replace(
            values=each.values.filter(mask),
            problems=None if each.problems is None else each.problems[kept],
        )
        for name, each in part.columns.items()
    }
    bad = None if part.bad is None else part.bad[kept]
    return replace(
        part,
        part=part.part.filter(mask),
        columns=columns,
        key=part.key.filter(mask),
        bad=bad if bad is not None and bad.any() else None,
    )

"""Households as evidence: to a record that bears a household number, the names of those it lives with are added.

A newborn's certificate names mother and father; the register names nobody's parents, but puts the child into a
household in which both are. So `housemates` is a column of the record like any other (`reading` gathers it among the
relatives). It is made from the rows of one household in one source, before linking; whoever hands in only some rows
must hand in whole households (`same_households`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .kinds.base import UNKNOWN, Ints, Mask
from .kinds.dates import read_date
from .kinds.kin import SEPARATOR
from .kinds.numbers import birth_in, fold_number

AT_MOST = 12  # more are a dormitory, a temple, a village's common household
GENERATION = (14, 50)  # so many years older is a parent; parents are named first


def with_housemates(records: pa.Table) -> pa.Table:
    """The records with a column `housemates`; as they were where they have it or have no column `household`."""
    if "household" not in records.column_names or "name" not in records.column_names:
        return records
    if "housemates" in records.column_names or not records.num_rows:
        return records
    household, resource = _codes(records, "household"), _codes(records, "resource")
    seen = np.flatnonzero((household != UNKNOWN) & np.asarray(records["name"].is_valid()))
    of = resource[seen] * (int(household.max(initial=0)) + 1) + household[seen]
    order = np.argsort(of, kind="stable")
    seen, of = seen[order], of[order]
    start = np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]])) if len(of) else of
    size = np.diff([*start, len(of)])
    names, years = records["name"].take(pa.array(seen)).to_pylist(), _years(records)[seen]
    answer: list[str | None] = [None] * records.num_rows
    for first, count in zip(start.tolist(), size.tolist(), strict=True):
        if not 1 < count <= AT_MOST:
            continue
        members = range(first, first + count)
        for one in members:
            others = sorted(
                (_distance(int(years[one]), int(years[other])), names[other])
                for other in members
                if names[other] != names[one]
            )
            answer[seen[one]] = SEPARATOR.join(dict.fromkeys(name for _, name in others)) or None
    return records.append_column("housemates", pa.array(answer, pa.string()))


def same_households(records: pa.Table, changed: Mask) -> Mask:
    """Which records' housemates may have changed: those of a household with a changed record, itself among them."""
    if "household" not in records.column_names or not records.num_rows:
        return changed
    household, resource = _codes(records, "household"), _codes(records, "resource")
    of = resource * (int(household.max(initial=0)) + 2) + household
    answer: Mask = changed | (np.isin(of, of[changed]) & (household != UNKNOWN))
    return answer


def _distance(year: int, other: int) -> int:
    """0 for somebody a generation older, 1 for others."""
    return 0 if year and other and GENERATION[0] <= year - other <= GENERATION[1] else 1


def _years(records: pa.Table) -> Ints:
    """The year of birth of each record, stated or read from its number; 0 where neither says."""
    answer = np.zeros(records.num_rows, np.int64)
    for name, read in (("id_number", lambda value: birth_in(fold_number(value))), ("birth_date", str)):
        if name in records.column_names:
            encoded = pc.dictionary_encode(records[name].cast(pa.string()).combine_chunks())
            values = [read_date(read(value))[0] for value in encoded.dictionary.to_pylist()]
            found = np.array([*values, 0], np.int64)[_indices(encoded)]
            answer = np.where(found > 0, found, answer)
    return answer


def _codes(records: pa.Table, name: str) -> Ints:
    return _indices(pc.dictionary_encode(records[name].cast(pa.string()).combine_chunks()))


def _indices(encoded: pa.DictionaryArray) -> Ints:
    numbers: Ints = encoded.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers

"""Records made ready to compare: kin gathered, a parent's number put where it belongs, placeholders taken out.

Everything but the placeholders is read from the record itself, so a record that did not change reads the same.
Placeholders are a matter of whole sources (one number on every row) and are therefore found at a full run and kept
with what else is counted there: `find_placeholders` and `readied` are two steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .hashing import hash_texts
from .kinds.base import UNKNOWN, Bytes, Folded, Ints, Mask, mix
from .kinds.dates import read_date
from .kinds.kin import SEPARATOR
from .kinds.numbers import birth_in, fold_number, passes_check
from .kinds.unnamed import is_newborn, is_unnamed, mother_in
from .model import ColumnModel, LinkageModel

PARENTS_AGE = (14, 60)  # a number whose bearer is so many years older than the record's subject is a parent's
SPAN_YEARS = 10  # the dates of newborns lie close together by nature
LEAST_DATES = 100
MOST = (
    0.5  # of a source's records on one day: no hospital has a hundred births that day and few on all others
)

#: Per column, (resource, hash of the value) that stand for nothing; resource "" for all of them. Hashes, because what
#: is kept of a full run is kept on disk.
Placeholders = dict[str, frozenset[tuple[str, int]]]


class _Coded(NamedTuple):
    """A column as numbers: codes per record (UNKNOWN where null) and the distinct values."""

    codes: Ints
    values: list[str]


def source_names(model: LinkageModel) -> list[str]:
    """The columns of records that the model's columns are gathered from, besides their own."""
    return sorted({source.partition(":")[0] for column in model.columns for source in column.sources})


def readied(records: pa.Table, model: LinkageModel, placeholders: Placeholders) -> pa.Table:
    """The records with the model's gathered columns and without placeholders. Row by row; nothing is counted."""
    for name, pairs in placeholders.items():
        records = _without(records, name, pairs)
    parents = np.zeros(records.num_rows, bool)
    if any("id_number:guardian" in column.sources for column in model.columns):
        parents = _under_a_parents_number(records)
    gathered = {
        column.name: _gathered(records, column.sources, parents) for column in model.columns if column.sources
    }
    records = _blanked(records, "id_number", parents)
    for name, values in gathered.items():
        if name in records.column_names:
            records = records.drop_columns([name])
        records = records.append_column(name, values)
    return records


def find_placeholders(records: pa.Table, model: LinkageModel) -> Placeholders:
    """What stands for nothing: a number, phone or date that a crowd of differently named records carries.

    First by source: a clerk's own number on a thousand rows of his office is nobody's there, and still his elsewhere;
    then over all sources. A value of which one name holds more than half is that person's, however often it is
    mistyped. Records without a name count one each.
    """
    found: Placeholders = {}
    names = _name_numbers(records, model)
    dates = (
        _coded(records, "birth_date").codes if "birth_date" in records.column_names else np.zeros_like(names)
    )
    resource = _coded(records, "resource")
    for column in model.columns:
        if not (column.crowd or column.stock) or column.name not in records.column_names:
            continue
        value = _coded(records, column.name)
        nobody: set[tuple[str, str]] = set()
        if column.crowd:
            pairs = _crowded(resource.codes, value.codes, names, dates, column.crowd)
            nobody |= {(resource.values[r], value.values[v]) for r, v in pairs}
            left = value.codes.copy()
            for r, v in pairs:
                left[(value.codes == v) & (resource.codes == r)] = UNKNOWN
            pairs = _crowded(np.zeros_like(left), left, names, dates, column.crowd * 2)
            nobody |= {("", value.values[v]) for _, v in pairs}
        if column.stock:
            nobody |= _stock_dates(resource, value, column.stock)
        if nobody:
            found[column.name] = frozenset((source, hashed(text)) for source, text in nobody)
    return found


def hashed(value: str) -> int:
    """A value as placeholders name it."""
    return int(hash_texts([value])[0])


def _coded(records: pa.Table, name: str) -> _Coded:
    encoded = records[name].cast(pa.string()).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
    return _Coded(codes, encoded.dictionary.to_pylist())


def _name_numbers(records: pa.Table, model: LinkageModel) -> Ints:
    """A number per record that is the same for the same name; its own for a record without one."""
    own = -2 - np.arange(records.num_rows)
    if "name" not in model.column_at or "name" not in records.column_names:
        return own
    name = _coded(records, "name")
    nobody = np.array([*(is_unnamed(value) for value in name.values), True], bool)
    answer: Ints = np.where(nobody[name.codes], own, name.codes)
    return answer


def _crowded(resource: Ints, value: Ints, name: Ints, date: Ints, crowd: int) -> list[tuple[int, int]]:
    """(resource, value) that more than `crowd` names and dates carry, no name on more than half of the records."""
    seen = np.flatnonzero(value != UNKNOWN)
    if len(seen) <= crowd:
        return []
    pair = resource[seen] * (int(value.max()) + 1) + value[seen]
    pairs, at, often = np.unique(pair, return_inverse=True, return_counts=True)
    much = often[at] > crowd
    seen, at = seen[much], at[much]
    if not len(seen):
        return []
    hashed = mix(mix(np.zeros(len(seen), np.uint64), at), name[seen])
    _, first, counts = np.unique(hashed, return_index=True, return_counts=True)
    most = np.zeros(len(pairs), np.int64)
    np.maximum.at(most, at[first], counts)
    _, first = np.unique(mix(hashed, date[seen]), return_index=True)
    names = np.bincount(at[first], minlength=len(pairs))
    width = int(value.max()) + 1
    return [
        (int(pairs[n] // width), int(pairs[n] % width))
        for n in np.flatnonzero((names > crowd) & (most * 2 <= often))
    ]


def _stock_dates(resource: _Coded, value: _Coded, share: float) -> set[tuple[str, str]]:
    """Whole dates on too large a share of a source's records; 1 January is suspect whatever the others are, and so
    is a date on most of them.
    """
    parts = np.array([*(read_date(text) for text in value.values), (0, 0, 0)], np.int64).reshape(-1, 3)
    answer: set[tuple[str, str]] = set()
    for number, name in enumerate(resource.values):
        codes = value.codes[(resource.codes == number) & (value.codes != UNKNOWN)]
        if len(codes) < LEAST_DATES:
            continue
        found, counts = np.unique(codes, return_counts=True)
        for code in found[(counts > share * len(codes)) & (counts >= LEAST_DATES)]:
            years = parts[found[found != code], 0]
            spread = int(np.ptp(years[years > 0])) if np.any(years > 0) else 0
            first = tuple(parts[code, 1:]) == (1, 1)
            most = counts[found == code][0] > MOST * len(codes)
            if parts[code, 2] and (first or most or spread >= SPAN_YEARS):
                answer.add((name, value.values[code]))
    return answer


def _without(records: pa.Table, name: str, pairs: frozenset[tuple[str, int]]) -> pa.Table:
    """The records with placeholder values of a column taken out."""
    if name not in records.column_names or not records.num_rows:
        return records
    value, resource = _coded(records, name), _coded(records, "resource")
    known = hash_texts(value.values)
    gone = np.zeros(records.num_rows, bool)
    for number, source in enumerate([*resource.values, ""]):
        wanted = np.array([code for of, code in pairs if of == source], np.uint64)
        if len(wanted):
            here = np.append(np.isin(known, wanted), False)[value.codes]
            gone |= here & (resource.codes == number) if source else here
    return _blanked(records, name, gone)


def _blanked(records: pa.Table, name: str, gone: Mask) -> pa.Table:
    if name not in records.column_names or not gone.any():
        return records
    kept = pc.if_else(pa.array(~gone), records[name].cast(pa.string()), pa.scalar(None, pa.string()))
    return records.set_column(records.column_names.index(name), name, kept)


def _gathered(records: pa.Table, sources: Sequence[str], parents: Mask) -> pa.ChunkedArray:
    """The values of several columns as one list each; null where none has any. parents: records under a parent's
    number.
    """
    parts = []
    for source in sources:
        name, _, part = source.partition(":")
        if name not in records.column_names:
            continue
        text = records[name].cast(pa.string())
        if part == "mother":
            text = _read_values(text, mother_in)
        elif part == "guardian":
            text = pc.if_else(pa.array(parents), text, pa.scalar(None, pa.string()))
        if text.null_count < len(text):
            parts.append(pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text)
    if not parts:
        return pa.chunked_array([pa.nulls(records.num_rows, pa.string())])
    if len(parts) == 1:
        return pa.chunked_array(parts)
    # Not null_handling="skip": it leaves out rows in which every part is null.
    joined = pc.fill_null(parts[0], "")
    for part in parts[1:]:
        between = pc.if_else(pc.and_(pc.not_equal(joined, ""), pc.is_valid(part)), SEPARATOR, "")
        joined = pc.binary_join_element_wise(joined, pc.fill_null(part, ""), between)
    return pa.chunked_array([pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)])


def _read_values(text: pa.ChunkedArray, read: object) -> pa.ChunkedArray:
    encoded = text.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    assert callable(read)
    values = pa.array([read(value) or None for value in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([values.take(encoded.indices)])


def _under_a_parents_number(records: pa.Table) -> Mask:
    """Records of children that bear an identity number of somebody a generation older.

    The number passes its check and its birth date lies 14 to 60 years before the date stated, on another day of the
    year (a mistyped decade is a slip); or the record has no name yet and no date either.
    """
    none = np.zeros(records.num_rows, bool)
    if "id_number" not in records.column_names or not records.num_rows:
        return none
    number = _coded(records, "id_number")
    year = np.array([*(_year_in(value) for value in number.values), 0], np.int64)[number.codes]
    stated = np.zeros((records.num_rows, 3), np.int64)
    if "birth_date" in records.column_names:
        date = _coded(records, "birth_date")
        stated = _dates(date.values)[date.codes]
    gap = stated[:, 0] - year
    may = (year > 0) & (stated[:, 0] > 0) & (gap >= PARENTS_AGE[0]) & (gap <= PARENTS_AGE[1])
    nobody = none
    if "name" in records.column_names:
        name = _coded(records, "name")
        nobody = np.array([*(is_newborn(value) for value in name.values), False], bool)[name.codes]
        nobody = nobody & (year > 0) & (stated[:, 0] == 0)
    look = np.flatnonzero(may | nobody)  # few; only their numbers are checked
    born = {int(code): _checked_birth(number.values[code]) for code in np.unique(number.codes[look])}
    in_number = _dates([born[int(code)] for code in number.codes[look]])[:-1]
    known = in_number[:, 0] > 0
    said = stated[look]
    other_day = (said[:, 1:] != in_number[:, 1:]).any(axis=1) & ~(said[:, 1:] == 1).all(axis=1)
    answer = none.copy()
    answer[look] = known & (nobody[look] | other_day)
    return answer


def _year_in(value: str) -> int:
    """The year a number of 18 or 15 characters seems to carry; 0 where it cannot be one."""
    if len(value) == 18 and value[6:10].isdigit():
        return int(value[6:10])
    return 1900 + int(value[6:8]) if len(value) == 15 and value[6:8].isdigit() else 0


def _checked_birth(value: str) -> str:
    number = fold_number(value)
    return birth_in(number) if passes_check(number) else ""


def _dates(values: Sequence[str]) -> Ints:
    """Year, month, day per value, and a row of zeros at the end for values that are absent."""
    return np.array([*(read_date(value) for value in values), (0, 0, 0)], np.int64).reshape(-1, 3)


def witnessed(columns: Mapping[str, tuple[Folded, Ints]], column: ColumnModel) -> Ints | None:
    """Per record a number of what it says in a column's witnesses; None where the column has none.

    columns: folded values and value numbers per record, by column. A record without a name (none, or 张某之子) is one
    by itself: a hospital's telephone is not rare because all who bear it are called alike. And a name is told apart
    by its birth date: a village has a hundred 陈强, not one.
    """
    if not column.witness:
        return None
    said, alone = _says(*columns[column.witness])
    if column.witness != "birth_date" and "birth_date" in columns:
        said = mix(said.astype(np.uint64), _says(*columns["birth_date"])[0]).astype(np.int64)
    return np.where(alone, -2 - np.arange(len(said)), said)


def _says(folded: Folded, effective: Ints) -> tuple[Ints, Mask]:
    """Per record the number of what it says in a column, and whether that is nothing or no name yet."""
    said = np.append(folded.numbers, UNKNOWN)[effective]
    unnamed = np.append(folded.arrays.get("unnamed", np.zeros(len(folded.text), np.int64)), 1)[effective]
    return said, (unnamed == 1) | (said == UNKNOWN)


def unnamed_in_one_source(
    column: ColumnModel, unnamed: Ints, values: tuple[Ints, Ints], resources: tuple[Ints, Ints], levels: Bytes
) -> None:
    """Put, in place, level "unnamed_twice" where both records of one resource have no name yet.

    unnamed: 1 per value that stands in for a name. values, resources: of the left and the right records.
    """
    names = [level.name for level in column.kind.levels]
    if "unnamed_twice" not in names:
        return
    one, two = values
    padded = np.append(unnamed, 0)
    both = (padded[one] & padded[two]).astype(bool) & (resources[0] == resources[1])
    levels[both] = names.index("unnamed_twice")

"""Records become identities: distinct combinations of folded values, in an order of their own.

Every column is taken apart once into distinct values and, per record, the number of its value (UNKNOWN
where absent). Records whose folded values are all the same are one identity when those values say enough to
be sure; two records that only say 王伟 stay two. What is common is counted (`census`) over records, before
anything is merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .census import Census, count, rarity, witness_numbers
from .folding import Helper
from .hashing import Hashes, hash_texts
from .kinds import numbers
from .kinds.base import UNKNOWN, Floats, Folded, Ints, Known, Learner, mix
from .model import ColumnModel, Fallback, LinkageModel
from .reading import Placeholders, find_placeholders, readied, witnessed

_READS = {"birth": numbers.birth_in, "sex": numbers.sex_in}


@dataclass
class Column:
    """One column of all records: distinct values, their folding, the value number of each record.

    values: only where one pair is compared alone, whose sentences may show them. stated: value numbers as stated.
    derived: value numbers read from another column (UNKNOWN where that is impossible); `stated` itself for columns
    without a fallback. rarity: per group, bits of agreeing on a value. raw: hashes of the values as they came.
    """

    model: ColumnModel
    values: list[str]
    folded: Folded
    stated: Ints
    derived: Ints
    rarity: dict[str, Floats]
    raw: Hashes

    @property
    def effective(self) -> Ints:
        """The stated value, or the derived one where none is stated."""
        if self.derived is self.stated:
            return self.stated
        return np.where(
            self.stated == UNKNOWN, self.derived, self.stated
        )  # anew each time: keep what you use twice

    def effective_of(self, *records: int) -> list[int]:
        """The effective value numbers of some records."""
        return [
            int(self.stated[record] if self.stated[record] != UNKNOWN else self.derived[record])
            for record in records
        ]


@dataclass
class Identities:
    """All records, in an order that follows from their names alone, column by column.

    order: row of the caller's table of each record. named: per record, the hash of its name, ascending. names: of
    the resources. resource_number: per record. keys: per record, text. prior: log2 odds that two records picked at
    random are one subject. small: there are too few records to tell from them how common a name is. census: what is
    common among all of them; None for a pair compared alone. times: how many of the caller's records each stands for.
    """

    order: Ints
    named: Hashes
    names: list[str]
    keys: pa.Array
    resource_number: Ints
    columns: tuple[Column, ...]
    prior: float
    small: bool
    census: Census | None
    times: Ints

    @property
    def size(self) -> int:
        """How many records."""
        return len(self.named)

    def take(self, chosen: Ints) -> Identities:
        """Some of the records, with what is common still counted over all; without their keys, which nobody compares."""
        return replace(
            self,
            order=self.order[chosen],
            named=self.named[chosen],
            keys=self.keys[:0],
            resource_number=self.resource_number[chosen],
            columns=tuple(_picked(column, chosen) for column in self.columns),
            times=self.times[chosen],
        )

    def resources(self, records: Ints) -> pa.Array:
        """The resource of each of some records, as text."""
        return pa.array(self.names, pa.string()).take(pa.array(self.resource_number[records]))

    def tuples(self) -> Hashes:
        """A number per record; equal where all folded values are equal."""
        hashed = np.zeros(self.size, np.uint64)
        for column in self.columns:
            hashed = mix(hashed, witness_numbers(column.folded, column.stated))
        return hashed


def _picked(column: Column, chosen: Ints) -> Column:
    stated = column.stated[chosen]
    return replace(
        column, stated=stated, derived=stated if column.derived is column.stated else column.derived[chosen]
    )


def read_identities(
    records: pa.Table, model: LinkageModel, *, alone: bool = False, census: Census | None = None
) -> Identities:
    """Sort, fold and count. alone: count nothing and take the model's typical rarities (for one pair).

    census: what is common; None counts it from the records. Raises HouseError "linkage.columns_missing" without
    resource and source_key, "linkage.duplicate_key" when a record comes twice.
    """
    order, named = in_order(records)
    if alone:  # the left one stays the left one
        order, named = np.arange(len(order)), np.arange(len(order), dtype=np.uint64)
    placeholders = census.placeholders if census else {} if alone else find_placeholders(records, model)
    table = readied(records.take(pa.array(order)), model, placeholders)
    resources = table["resource"].cast(pa.string()).dictionary_encode().combine_chunks()
    names = sorted(resources.dictionary.to_pylist())
    place = {name: number for number, name in enumerate(names)}
    renamed = np.array([place[name] for name in resources.dictionary.to_pylist()], np.int64)
    elsewhere = Elsewhere(table, model)
    with Helper() as helper:
        columns = tuple(
            _read_column(table, column, elsewhere, helper, keep=alone) for column in model.columns
        )
    known = census.known if census else {} if alone else learnt(columns)
    for column in columns:
        column.folded = informed(column.model, column.folded, known)
    if not alone and census is None:
        census = take_census(columns, model, table.num_rows, placeholders, known)
    for at, column in enumerate(columns):
        column.rarity = rarity(model, at, column.folded.groups, None if alone else census)
    keys = table["source_key"].cast(pa.string()).combine_chunks()
    return identities_of(
        model,
        order=order,
        named=named,
        names=names,
        keys=keys,
        resource_number=np.asarray(renamed, np.int64)[resources.indices.to_numpy(zero_copy_only=False)],
        columns=columns,
        census=None if alone else census,
    )


def identities_of(
    model: LinkageModel,
    *,
    order: Ints,
    named: Hashes,
    names: list[str],
    keys: pa.Array,
    resource_number: Ints,
    columns: tuple[Column, ...],
    census: Census | None,
) -> Identities:
    """Records with what the census says of them all."""
    everyone = model.population if census is None else max(census.records, 2)
    return Identities(
        order=order,
        named=named,
        names=names,
        keys=keys,
        resource_number=resource_number,
        columns=columns,
        prior=float(np.log2(model.matches_per_record / (everyone + model.pseudo_records))),
        small=census is not None and census.records < model.small,
        census=census,
        times=np.ones(len(named), np.int64),
    )


def in_order(records: pa.Table) -> tuple[Ints, Hashes]:
    """Row numbers in the order of the hashes of the records' names, and those hashes.

    Raises HouseError "linkage.columns_missing", "linkage.duplicate_key".
    """
    if not {"resource", "source_key"} <= set(records.column_names):
        raise HouseError(
            "linkage.columns_missing",
            Text(
                "待关联的记录缺少 resource 或 source_key 列。",
                "The records lack the column resource or source_key.",
            ),
            Text("请补上这两列。", "Add both columns."),
        )
    named = name_hashes(records["resource"], records["source_key"])
    order = np.argsort(named, kind="stable")
    named = named[order]
    again = np.flatnonzero(named[1:] == named[:-1]) + 1
    if len(again):
        where = records["resource"][int(order[again[0]])].as_py()
        raise HouseError(
            "linkage.duplicate_key",
            Text("同一资源中记录键重复。", "A record key occurs twice in one resource."),
            Text("请只交每条记录的当前版本。", "Hand in only the current version of each record."),
            where=str(where),
        )
    return order, named


def name_hashes(resources: pa.Array | pa.ChunkedArray, keys: pa.Array | pa.ChunkedArray) -> Hashes:
    """A hash per record, of its resource and its key."""
    return hash_texts(
        pc.binary_join_element_wise(resources.cast(pa.string()), keys.cast(pa.string()), "\x1f")
    )


def learnt(columns: Sequence[Column]) -> dict[str, Known]:
    """Per column whose kind learns, what the values of all records know together."""
    return {
        column.model.name: kind.learn(column.folded, seen[seen != UNKNOWN])
        for column in columns
        if isinstance(kind := column.model.kind, Learner) and len(seen := np.unique(column.effective))
    }


def informed(column: ColumnModel, folded: Folded, known: Mapping[str, Known]) -> Folded:
    """Folded values in the light of what the census knows."""
    if isinstance(column.kind, Learner) and known.get(column.name) and len(folded.text):
        return column.kind.informed(folded, known[column.name])
    return folded


def take_census(
    columns: Sequence[Column],
    model: LinkageModel,
    records: int,
    placeholders: Placeholders,
    known: Mapping[str, Known],
) -> Census:
    """Count what is common among the records of these columns. placeholders: what was taken out of them before.
    known: what was filled in.
    """
    common = {}
    folded = {column.model.name: (column.folded, column.effective) for column in columns}
    for at, column in enumerate(columns):
        says = witnessed(folded, column.model)
        common.update(count(model, at, column.effective, column.folded.groups, says))
    return Census(records, common, placeholders=placeholders, known=known)


class Elsewhere:
    """What columns are read from other columns, each value once."""

    def __init__(self, table: pa.Table, model: LinkageModel) -> None:
        self._table, self._model = table, model
        self._known: dict[str, tuple[pa.DictionaryArray, list[str]]] = {}

    def read(self, fallback: Fallback) -> pa.Array:
        """Per record what another column says of this one; null where it says nothing."""
        if fallback.column not in self._known:
            column = self._model.columns[self._model.column_at[fallback.column]]
            source = pc.dictionary_encode(_texts(self._table, column)).combine_chunks()
            folded = [numbers.fold_number(value) for value in source.dictionary.to_pylist()]
            self._known[fallback.column] = source, folded
        source, folded = self._known[fallback.column]
        read = _READS[fallback.reads]
        return pa.array([read(number) or None for number in folded], pa.string()).take(source.indices)


def encoded(table: pa.Table, column: ColumnModel, elsewhere: Elsewhere) -> tuple[pa.Array, Ints, Ints]:
    """Distinct values of a column, and per record the number of what it states and of what is read from elsewhere.

    Null is UNKNOWN. Without a fallback the second is the first.
    """
    stated_text = _texts(table, column)
    derived_text: pa.ChunkedArray | None = None
    if column.fallback:
        derived_text = pa.chunked_array([elsewhere.read(column.fallback)])
    together = pa.chunked_array(
        stated_text.chunks + (derived_text.chunks if derived_text else []), pa.string()
    )
    found = pc.dictionary_encode(together).combine_chunks()
    numbered = found.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
    stated = numbered[: table.num_rows]
    return found.dictionary, stated, numbered[table.num_rows :] if derived_text else stated


def said(present: np.ndarray, numbered: Ints) -> Ints:
    """Value numbers, UNKNOWN where the value says nothing."""
    if not len(present):
        return numbered
    return np.where((numbered >= 0) & present[numbered], numbered, UNKNOWN)


def _read_column(
    table: pa.Table, column: ColumnModel, elsewhere: Elsewhere, helper: Helper, keep: bool
) -> Column:
    dictionary, numbered, derived_numbers = encoded(table, column, elsewhere)
    folded = helper.fold(column.kind, dictionary)
    stated = said(folded.present, numbered)
    derived = stated if derived_numbers is numbered else said(folded.present, derived_numbers)
    raw = np.empty(0, np.uint64) if keep else hash_texts(dictionary)
    return Column(column, dictionary.to_pylist() if keep else [], folded, stated, derived, {}, raw)


def _texts(table: pa.Table, column: ColumnModel) -> pa.ChunkedArray:
    """A column as text, under the first of its names that the table has; all null where it has none."""
    for name in (column.name, *column.also):
        if name in table.column_names:
            return table[name].cast(pa.string())
    return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])

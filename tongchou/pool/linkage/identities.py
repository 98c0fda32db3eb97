"""Records become identities: distinct combinations of folded values, in an order of their own.

Every column is taken apart once into distinct values and, per record, the number of its value (UNKNOWN
where absent). Records whose folded values are all the same are one identity when those values say enough to
be sure; two records that only say 王伟 stay two. What is common is counted here, over records, before
anything is merged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .kinds import numbers
from .kinds.base import UNKNOWN, Floats, Folded, Ints, mix, number_texts
from .model import ColumnModel, LinkageModel
from .reading import Placeholders, find_placeholders, readied, witnessed

USUAL_RECORDS = 3  # so many records of one subject are usual; a witness's count is not thinned out below that
_READS = {"birth": numbers.birth_in, "sex": numbers.sex_in}


@dataclass
class Column:
    """One column of all records: distinct values, their folding, the value number of each record.

    stated: value numbers as stated. derived: value numbers read from another column (UNKNOWN where that is
    impossible); equal to `stated` for columns without a fallback. rarity: per group, bits of agreeing on a
    value.
    """

    model: ColumnModel
    values: list[str]
    folded: Folded
    stated: Ints
    derived: Ints
    rarity: dict[str, Floats]

    @property
    def effective(self) -> Ints:
        """The stated value, or the derived one where none is stated."""
        return np.where(self.stated == UNKNOWN, self.derived, self.stated)

    def effective_of(self, *records: int) -> list[int]:
        """The effective value numbers of some records."""
        return [
            int(self.stated[record] if self.stated[record] != UNKNOWN else self.derived[record])
            for record in records
        ]


@dataclass
class Identities:
    """All records, in the order of (resource, source key), column by column.

    order: row of the caller's table of each record. resources, keys: per record. resource_number: per record.
    prior: log2 odds that two records picked at random are one subject. small: there are too few records to tell
    from them how common a name is. times: how many of the caller's records each stands for.
    """

    order: Ints
    resources: list[str]
    keys: list[str]
    resource_number: Ints
    columns: tuple[Column, ...]
    prior: float
    small: bool
    times: Ints

    @property
    def size(self) -> int:
        """How many records."""
        return len(self.order)

    def take(self, chosen: Ints) -> Identities:
        """Some of the records, with what is common still counted over all."""
        return Identities(
            self.order[chosen],
            [self.resources[number] for number in chosen],
            [self.keys[number] for number in chosen],
            self.resource_number[chosen],
            tuple(replace(c, stated=c.stated[chosen], derived=c.derived[chosen]) for c in self.columns),
            self.prior,
            self.small,
            self.times[chosen],
        )

    def tuples(self) -> Ints:
        """A number per record; equal where all folded values are equal."""
        hashed = np.zeros(self.size, np.uint64)
        for column in self.columns:
            number = np.append(number_texts(column.folded.text), UNKNOWN)[column.stated]
            hashed = mix(hashed, number)
        _, numbered = np.unique(hashed, return_inverse=True)
        return numbered.astype(np.int64)


def read_identities(
    records: pa.Table,
    model: LinkageModel,
    *,
    alone: bool = False,
    placeholders: Placeholders | None = None,
) -> Identities:
    """Sort, fold and count. alone: count nothing and take the model's typical rarities (for one pair).
    placeholders: what an earlier full run found to stand for nothing; None: find it now.

    Raises HouseError "linkage.columns_missing" without resource and source_key, "linkage.duplicate_key"
    when a record comes twice.
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
    if placeholders is None:
        placeholders = {} if alone else find_placeholders(records, model)
    records = readied(records, model, placeholders)
    order = pc.sort_indices(records, sort_keys=[("resource", "ascending"), ("source_key", "ascending")])
    table = records.take(order)
    resources = [str(name) for name in table["resource"].to_pylist()]
    keys = [str(key) for key in table["source_key"].to_pylist()]
    for at in range(1, len(keys)):
        if keys[at] == keys[at - 1] and resources[at] == resources[at - 1]:
            raise HouseError(
                "linkage.duplicate_key",
                Text("同一资源中记录键重复。", "A record key occurs twice in one resource."),
                Text("请只交每条记录的当前版本。", "Hand in only the current version of each record."),
                where=resources[at],
            )
    numbers_of = {name: number for number, name in enumerate(sorted(set(resources)))}
    columns = tuple(_read_column(table, column, model) for column in model.columns)
    for column in columns:
        witness = witnessed({c.model.name: (c.folded, c.effective) for c in columns}, column.model)
        column.rarity = _rarity(column, witness, model, alone)
    count = model.population if alone else max(len(keys), 2)
    return Identities(
        order=order.to_numpy().astype(np.int64),
        resources=resources,
        keys=keys,
        resource_number=np.array([numbers_of[name] for name in resources], np.int64),
        columns=columns,
        prior=float(np.log2(model.matches_per_record / (count + model.pseudo_records))),
        small=len(keys) < model.small and not alone,
        times=np.ones(len(keys), np.int64),
    )


def _read_column(table: pa.Table, column: ColumnModel, model: LinkageModel) -> Column:
    stated_text = _texts(table, column)
    derived_text: pa.ChunkedArray | None = None
    if column.fallback:
        source = pc.dictionary_encode(
            _texts(table, model.columns[model.column_at[column.fallback.column]])
        ).combine_chunks()
        read = _READS[column.fallback.reads]
        parts = [read(numbers.fold_number(value)) or None for value in source.dictionary.to_pylist()]
        derived_text = pa.chunked_array([pa.array(parts, pa.string()).take(source.indices)])
    together = pa.chunked_array(
        stated_text.chunks + (derived_text.chunks if derived_text else []), pa.string()
    )
    encoded = pc.dictionary_encode(together).combine_chunks()
    values: list[str] = encoded.dictionary.to_pylist()
    numbered = encoded.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
    folded = column.kind.fold(values)
    if values:
        numbered = np.where((numbered >= 0) & folded.present[numbered], numbered, UNKNOWN)
    stated = numbered[: table.num_rows]
    derived = numbered[table.num_rows :] if derived_text else stated
    return Column(column, values, folded, stated, derived, {})


def _texts(table: pa.Table, column: ColumnModel) -> pa.ChunkedArray:
    """A column as text, under the first of its names that the table has; all null where it has none."""
    for name in (column.name, *column.also):
        if name in table.column_names:
            return table[name].cast(pa.string())
    return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])


def _rarity(column: Column, witness: Ints | None, model: LinkageModel, alone: bool) -> dict[str, Floats]:
    """Bits of agreeing on each value, per rarity group: minus log2 of the share of records that carry it.

    witness: a number per record; records that carry the same value under the same number count once.
    """
    value = column.effective
    seen = np.flatnonzero(value != UNKNOWN)
    answer: dict[str, Floats] = {}
    for name in sorted({level.rarity for level in column.model.kind.levels} - {""}):
        group = column.folded.groups[name]
        typical = column.model.typical.get(name, 1e-5)
        counted = group[value[seen]] if len(seen) and not alone else np.empty(0, np.int64)
        if witness is not None and len(counted):
            pairs = mix(mix(np.zeros(len(seen), np.uint64), counted), witness[seen])
            counted = counted[np.unique(pairs, return_index=True)[1]]
        counted = counted[counted != UNKNOWN]
        if not len(counted):
            answer[name] = np.full(len(group), -np.log2(typical))
            continue
        of_value = _counts(group, counted)
        total = max(len(counted), len(seen) / USUAL_RECORDS) if witness is not None else len(counted)
        share = (of_value + model.pseudo_records * typical) / (total + model.pseudo_records)
        answer[name] = -np.log2(np.maximum(share, 1e-12))
    return answer


def _counts(group: Ints, counted: Ints) -> Floats:
    """How many of `counted` equal each entry of `group`."""
    names, counts = np.unique(counted, return_counts=True)
    at = np.minimum(np.searchsorted(names, group), len(names) - 1)
    return np.where(names[at] == group, counts[at], 0).astype(np.float64)

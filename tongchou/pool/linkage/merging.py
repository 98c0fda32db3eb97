"""Changed records laid among those a state holds: new values folded, old ones known again by their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from .census import Census, rarity
from .hashing import Hashes, hash_texts
from .identities import (
    Column,
    Identities,
    encoded,
    fold,
    identities_of,
    in_order,
    informed,
    name_hashes,
    said,
)
from .kinds.base import UNKNOWN, Folded, Ints
from .model import LinkageModel
from .reading import readied
from .state import State


@dataclass
class Merged:
    """everyone: the records there are now. was: per record its number in the state, -1 for one that is new or says
    something else. now: per record of the state its number now, -1 for one that is gone or says something else.
    """

    everyone: Identities
    was: Ints
    now: Ints


def merge(state: State, records: pa.Table, model: LinkageModel, removed: Iterable[tuple[str, str]]) -> Merged:
    """The state's records with `records` in place of those of the same names, and without the removed."""
    before = state.everyone
    order, named = in_order(records)
    assert before.census is not None
    table = readied(records.take(pa.array(order)), model, before.census.placeholders)
    columns, stated, derived = _values(before, table, model)
    held = _places(before.named, named)
    differs = held < 0
    for at, column in enumerate(before.columns):
        for old, new in ((column.stated, stated[at]), (column.derived, derived[at])):
            differs |= _at(old, held) != new
    gone = np.zeros(before.size, bool)
    gone[held[differs & (held >= 0)]] = True
    names = list(removed)
    if names:
        resources, keys = (pa.array(side, pa.string()) for side in zip(*names, strict=True))
        places = _places(before.named, name_hashes(resources, keys))
        gone[places[places >= 0]] = True
    stayed, come = np.flatnonzero(~gone), np.flatnonzero(differs)
    whole = np.concatenate([before.named[stayed], named[come]])
    sorting = np.argsort(whole, kind="stable")
    was = np.concatenate([stayed, np.full(len(come), -1, np.int64)])[sorting]
    now = np.full(before.size, -1, np.int64)
    now[was[was >= 0]] = np.flatnonzero(was >= 0)
    resource_names, old_numbers, new_numbers = _resources(before, table)
    return Merged(
        identities_of(
            model,
            order=np.arange(len(whole)),
            named=whole[sorting],
            names=resource_names,
            keys=_keys(before, table, stayed, come).take(pa.array(sorting)),
            resource_number=np.concatenate([old_numbers[stayed], new_numbers[come]])[sorting],
            columns=_merged_columns(before, columns, stated, derived, stayed, come, sorting),
            census=before.census,
        ),
        was,
        now,
    )


def _values(
    before: Identities, table: pa.Table, model: LinkageModel
) -> tuple[list[Column], list[Ints], list[Ints]]:
    """The columns with the values that are new to them, and per record of the table its value numbers in them."""
    columns, stated, derived = [], [], []
    assert before.census is not None
    for at, column in enumerate(before.columns):
        dictionary, numbered, elsewhere = encoded(table, column.model, model)
        raw = hash_texts(dictionary)
        known = np.argsort(column.raw, kind="stable")
        places = _places(column.raw[known], raw)
        number = np.where(places >= 0, _at(known, places), UNKNOWN)
        new = np.flatnonzero(number < 0)
        number[new] = len(column.raw) + np.arange(len(new))
        grown = _grown(
            column,
            informed(
                column.model,
                fold(column.model.kind, dictionary.take(pa.array(new)).to_pylist()),
                before.census.known,
            ),
            raw[new],
            model,
            at,
            before.census,
        )
        columns.append(grown)
        stated.append(said(grown.folded.present, _at(number, numbered)))
        derived.append(
            stated[-1] if elsewhere is numbered else said(grown.folded.present, _at(number, elsewhere))
        )
    return columns, stated, derived


def _grown(
    column: Column, added: Folded, raw: Hashes, model: LinkageModel, at: int, census: Census
) -> Column:
    if not len(raw):
        return column
    rare = rarity(model, at, added.groups, census)
    return replace(
        column,
        folded=Folded.joined([column.folded, added]),
        rarity={name: np.concatenate([bits, rare[name]]) for name, bits in column.rarity.items()},
        raw=np.concatenate([column.raw, raw]),
    )


def _merged_columns(
    before: Identities,
    columns: list[Column],
    stated: list[Ints],
    derived: list[Ints],
    stayed: Ints,
    come: Ints,
    sorting: Ints,
) -> tuple[Column, ...]:
    merged = []
    for old, grown, one, two in zip(before.columns, columns, stated, derived, strict=True):
        says = np.concatenate([old.stated[stayed], one[come]])[sorting]
        reads = (
            says if old.derived is old.stated else np.concatenate([old.derived[stayed], two[come]])[sorting]
        )
        merged.append(replace(grown, stated=says, derived=reads))
    return tuple(merged)


def _resources(before: Identities, table: pa.Table) -> tuple[list[str], Ints, Ints]:
    """The names of all resources, and the numbers of the state's records and of the table's in them."""
    resources = table["resource"].cast(pa.string()).dictionary_encode().combine_chunks()
    mentioned = resources.dictionary.to_pylist()
    names = sorted({*before.names, *mentioned})
    place = {name: number for number, name in enumerate(names)}
    old = np.array([place[name] for name in before.names], np.int64)
    new = np.array([place[name] for name in mentioned], np.int64)
    numbered = resources.indices.to_numpy(zero_copy_only=False)
    return (
        names,
        old[before.resource_number] if len(old) else before.resource_number,
        new[numbered] if len(new) else np.empty(0, np.int64),
    )


def _keys(before: Identities, table: pa.Table, stayed: Ints, come: Ints) -> pa.Array:
    kept = before.keys.take(pa.array(stayed))
    added = table["source_key"].cast(pa.string()).combine_chunks().take(pa.array(come))
    return pa.concat_arrays([kept, added.cast(kept.type)])


def _places(ascending: Hashes, wanted: Hashes) -> Ints:
    """Where each wanted hash stands, -1 where it does not."""
    if not len(ascending):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[at] == wanted, at, -1)


def _at(values: Ints, places: Ints) -> Ints:
    """`values[places]`, -1 where a place is -1."""
    return np.append(values, -1)[places]

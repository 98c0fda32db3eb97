"""Changed records laid among those a state holds: new values folded, old ones known again by their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from .census import Census, rarity
from .folding import Helper
from .hashing import Hashes, among, hash_texts, together
from .identities import (
    Column,
    Elsewhere,
    Identities,
    encoded,
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
    with Helper() as helper:
        columns, stated, derived = _values(before, table, model, helper)
    held = _places(before.named, named)
    differs = held < 0
    for column, said_now, read_now in zip(before.columns, stated, derived, strict=True):
        differs |= _at(column.stated, held) != said_now
        if column.derived is not column.stated:
            differs |= _at(column.derived, held) != read_now
    gone = np.zeros(before.size, bool)
    gone[held[differs & (held >= 0)]] = True
    names = list(removed)
    if names:
        resources, keys = (pa.array(side, pa.string()) for side in zip(*names, strict=True))
        places = _places(before.named, name_hashes(resources, keys))
        gone[places[places >= 0]] = True
    stayed, come = np.flatnonzero(~gone), np.flatnonzero(differs)
    whole, at = together(before.named[stayed], named[come])
    was = np.full(len(whole), -1, np.int64)
    among_those = np.ones(len(whole), bool)
    among_those[at] = False
    was[among_those] = stayed
    now = np.full(before.size, -1, np.int64)
    now[stayed] = np.flatnonzero(among_those)

    def laid(old: Any, new: Any) -> Any:
        """What the records that stayed have, and those that came, record by record."""
        answer = np.empty(len(whole), old.dtype)
        answer[among_those], answer[at] = old[stayed], new[come]
        return answer

    resource_names, old_numbers, new_numbers = _resources(before, table)
    return Merged(
        identities_of(
            model,
            order=np.arange(len(whole)),
            named=whole,
            names=resource_names,
            keys=_keys(before, table, laid),
            resource_number=laid(old_numbers, new_numbers),
            columns=_merged_columns(before, columns, stated, derived, laid),
            census=before.census,
        ),
        was,
        now,
    )


def _values(
    before: Identities, table: pa.Table, model: LinkageModel, helper: Helper
) -> tuple[list[Column], list[Ints], list[Ints]]:
    """The columns with the values that are new to them, and per record of the table its value numbers in them."""
    columns, stated, derived = [], [], []
    elsewhere = Elsewhere(table, model)
    assert before.census is not None
    for at, column in enumerate(before.columns):
        dictionary, numbered, derived_numbers = encoded(table, column.model, elsewhere)
        raw = hash_texts(dictionary)
        number = _numbers(column.raw, raw)
        new = np.flatnonzero(number < 0)
        number[new] = len(column.raw) + np.arange(len(new))
        grown = _grown(
            column,
            informed(
                column.model,
                helper.fold(column.model.kind, dictionary.take(pa.array(new))),
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
            stated[-1]
            if derived_numbers is numbered
            else said(grown.folded.present, _at(number, derived_numbers))
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
    laid: Callable[[Any, Any], Any],
) -> tuple[Column, ...]:
    merged = []
    for old, grown, one, two in zip(before.columns, columns, stated, derived, strict=True):
        says = laid(old.stated, one)
        reads = says if old.derived is old.stated else laid(old.derived, two)
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


def _keys(before: Identities, table: pa.Table, laid: Callable[[Any, Any], Any]) -> pa.Array:
    added = table["source_key"].cast(before.keys.type).combine_chunks()
    both = pa.concat_arrays([before.keys, added])
    return both.take(pa.array(laid(np.arange(before.size), before.size + np.arange(len(added)))))


def _numbers(held: Hashes, wanted: Hashes) -> Ints:
    """The value number of each wanted value among those held, UNKNOWN where it is new."""
    order = np.argsort(wanted)
    ascending = wanted[order]
    there = np.flatnonzero(among(held, ascending))
    answer = np.full(len(wanted), UNKNOWN, np.int64)
    answer[order[np.searchsorted(ascending, held[there])]] = there
    return answer


def _places(ascending: Hashes, wanted: Hashes) -> Ints:
    """Where each wanted hash stands, -1 where it does not."""
    if not len(ascending):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[at] == wanted, at, -1)


def _at(values: Ints, places: Ints) -> Ints:
    """`values[places]`, -1 where a place is -1."""
    return np.append(values, -1)[places]

"""Which pairs are worth comparing: records that share one of the model's blocking keys.

A key is a few groups that must all agree (the sound of the name and the birth month; the phone and the
surname). A slip spoils one key, hardly all of them. Blocks are bounded: in one larger than its limit,
records are put in order of name and date and each is compared with its nearest neighbours only, so that a
number shared by thousands (000…, a hotline) costs no more per record than any other. The number of pairs
grows with the number of records, not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .identities import Column, Identities
from .kinds.base import UNKNOWN, Ints, mix
from .model import Key, LinkageModel


def candidates(identities: Identities, model: LinkageModel) -> tuple[Ints, Ints]:
    """Pairs of record numbers (left < right), each once, in ascending order."""
    size = np.int64(identities.size)
    found = [
        left * size + right
        for key in model.keys
        for keyed, records in [_keyed(identities, model, key)]
        for left, right in _pairs(keyed, records, key.limit)
    ]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    pairs = np.unique(np.concatenate(found))
    return pairs // size, pairs % size


def _variants(column: Column, group: str) -> list[Ints]:
    """The group's number per record, once as stated (or derived) and once as derived where that differs."""
    numbers = column.folded.groups[group]
    if not len(numbers):
        return []
    stated = _pick(numbers, column.effective)
    # A list of relatives (`kinds.kin`) is found by each of them.
    places = [
        number for name, number in column.folded.groups.items() if name[0].isdigit() and name[2:] == group
    ]
    if places:
        return [_pick(number, column.effective) for number in places]
    if column.model.fallback is None:
        return [stated]
    derived = _pick(numbers, column.derived)
    return [stated, np.where(derived == stated, UNKNOWN, derived)]


def _pick(numbers: Ints, values: Ints) -> Ints:
    return np.where(values == UNKNOWN, UNKNOWN, numbers[values])


def _keyed(identities: Identities, model: LinkageModel, key: Key) -> tuple[NDArray[np.uint64], Ints]:
    """Hashed key values with their records; a record has as many as its columns have variants."""
    everyone = np.arange(identities.size, dtype=np.int64)
    hashed = [np.zeros(identities.size, np.uint64)]
    present = [np.ones(identities.size, bool)]
    for name, group in key.pieces:
        variants = _variants(identities.columns[model.column_at[name]], group)
        if not variants:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        hashed, present = (
            [mix(so_far, variant) for so_far in hashed for variant in variants],
            [known & (variant != UNKNOWN) for known in present for variant in variants],
        )
    keyed = np.concatenate([values[known] for values, known in zip(hashed, present, strict=True)])
    records = np.concatenate([everyone[known] for known in present])
    return keyed, records


def _pairs(keyed: NDArray[np.uint64], records: Ints, limit: int) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of records with equal keys, by their distance inside the block."""
    if len(keyed) < 2:
        return
    order = np.lexsort((records, keyed))
    keyed, records = keyed[order], records[order]
    starts = np.flatnonzero(np.concatenate([[True], keyed[1:] != keyed[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(keyed)]]))
    reach = np.where(sizes <= limit, sizes - 1, max(2, limit // 4))
    ahead = np.repeat(starts + sizes, sizes) - np.arange(len(keyed)) - 1
    ahead = np.minimum(ahead, np.repeat(reach, sizes))
    active = np.flatnonzero(ahead > 0)
    distance = 1
    while len(active):
        one, two = records[active], records[active + distance]
        left, right = np.minimum(one, two), np.maximum(one, two)
        yield left[left != right], right[left != right]
        distance += 1
        active = active[ahead[active] >= distance]

"""Which pairs are worth comparing: records that share one of the model's blocking keys.

A key is a few groups that must all agree (the sound of the name and the birth month; the phone and the
surname). A slip spoils one key, hardly all of them. Blocks are bounded: in one larger than its limit,
records are put in order of name and date and each is compared with its nearest neighbours only, so that a
number shared by thousands (000…, a hotline) costs no more per record than any other. The number of pairs
grows with the number of records, not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .hashing import Hashes
from .identities import Column, Identities
from .kinds.base import UNKNOWN, Ints, Mask, mix
from .model import Key, LinkageModel

PAIRS_AT_ONCE = 1 << 21


class Blocks(NamedTuple):
    """Entries of one key, those of a block together and in order. record: of each entry. start, size: per block."""

    record: Ints
    start: Ints
    size: Ints


def candidates(identities: Identities, model: LinkageModel) -> tuple[Ints, Ints]:
    """Pairs of record numbers (left < right), each once, in ascending order."""
    size = np.int64(identities.size)
    near = nearness(identities)
    found = [
        np.unique(left * size + right)
        for key in model.keys
        for left, right in pairs_of(identities, model, key, near)
    ]
    pairs = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    return pairs // size, pairs % size


def pairs_of(
    identities: Identities, model: LinkageModel, key: Key, near: Hashes
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs that share a block of one key (left < right), some at a time; a pair may come more than once."""
    keyed, records = entries(identities, model, key)
    blocks, _ = sort_blocks(keyed, records, key.limit, near, identities.named)
    reach = reaches(blocks.size, key)
    worth = np.cumsum(blocks.size * reach)
    first = 0
    while first < len(worth):
        done = worth[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(worth, done + PAIRS_AT_ONCE, "right")))
        yield _pairs(
            Blocks(blocks.record, blocks.start[first:last], blocks.size[first:last]), reach[first:last]
        )
        first = last


def nearness(identities: Identities) -> Hashes:
    """A number per record by which large blocks are ordered: equal names come together, and in them equal dates."""
    answer = np.zeros(identities.size, np.uint64)
    for column, shift in ((_first(identities, varied=True), 32), (_first(identities, varied=False), 0)):
        if column is None:
            continue
        groups = column.folded.groups[next(iter(column.folded.groups))]
        numbers = _pick(groups, column.effective)
        answer |= (mix(np.zeros(identities.size, np.uint64), numbers) >> np.uint64(32)) << np.uint64(shift)
    return answer


def _first(identities: Identities, *, varied: bool) -> Column | None:
    """The first column of names, or of what is read from a number where it is not stated (the birth date)."""
    if varied:
        return next((column for column in identities.columns if column.model.varied), None)
    return next((column for column in identities.columns if column.model.fallback), None)


def reaches(sizes: Ints, key: Key) -> Ints:
    """How far, in places, a record of a block is compared: to its end, or to its nearest in a large one."""
    return np.where(sizes <= key.limit, np.maximum(sizes - 1, 0), key.beyond)


def sort_blocks(keyed: Hashes, records: Ints, limit: int, near: Hashes, named: Hashes) -> tuple[Blocks, Ints]:
    """Entries put together by block, within a large block by nearness and then by name; and how they were sorted.

    In blocks up to the limit, where all are compared with all, the order means nothing.
    """
    order = np.argsort(keyed, kind="stable")
    keyed = keyed[order]
    start = (
        np.flatnonzero(np.concatenate([[True], keyed[1:] != keyed[:-1]]))
        if len(keyed)
        else np.empty(0, np.int64)
    )
    size = np.diff(np.concatenate([start, [len(keyed)]]))
    large = np.flatnonzero(np.repeat(size > limit, size))
    if len(large):
        some = records[order[large]]
        order[large] = order[large[np.lexsort((named[some], near[some], keyed[large]))]]
    return Blocks(records[order], start, size), order


def variants(column: Column, group: str) -> list[Ints]:
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
    if not len(numbers):
        return np.full(len(values), UNKNOWN, np.int64)
    return np.where(values == UNKNOWN, UNKNOWN, numbers[values])


def entries(identities: Identities, model: LinkageModel, key: Key) -> tuple[Hashes, Ints]:
    """Hashed key values with their records; a record has as many as its columns have variants."""
    everyone = np.arange(identities.size, dtype=np.int64)
    hashed: list[Hashes] = [np.zeros(identities.size, np.uint64)]
    present: list[Mask] = [np.ones(identities.size, bool)]
    for name, group in key.pieces:
        found = variants(identities.columns[model.column_at[name]], group)
        if not found:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        hashed, present = (
            [mix(so_far, variant) for so_far in hashed for variant in found],
            [known & (variant != UNKNOWN) for known in present for variant in found],
        )
    keyed = np.concatenate([values[known] for values, known in zip(hashed, present, strict=True)])
    records = np.concatenate([everyone[known] for known in present])
    return keyed, records


def _pairs(blocks: Blocks, reach: Ints) -> tuple[Ints, Ints]:
    """Pairs inside some blocks that follow one another: each entry with those up to `reach` places after it."""
    if not len(blocks.start):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    begin, sizes = int(blocks.start[0]), blocks.size
    place = np.arange(int(sizes.sum())) - np.repeat(blocks.start - begin, sizes)
    ahead = np.minimum(np.repeat(sizes, sizes) - 1 - place, np.repeat(reach, sizes))
    one = np.repeat(np.arange(len(place)), ahead)
    step = np.arange(len(one)) - np.repeat(np.cumsum(ahead) - ahead, ahead) + 1
    left, right = blocks.record[begin + one], blocks.record[begin + one + step]
    low, high = np.minimum(left, right), np.maximum(left, right)
    apart = low != high
    return low[apart], high[apart]

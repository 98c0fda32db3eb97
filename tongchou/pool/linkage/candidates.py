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

from .hashing import Hashes, among, distinct
from .identities import Column, Identities
from .kinds.base import UNKNOWN, Ints, Mask, mix
from .model import Key, LinkageModel

PAIRS_AT_ONCE = 1 << 19


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
        distinct(left * size + right)
        for key in model.keys
        for left, right in pairs_of(identities, model, key, near)
    ]
    pairs = distinct(np.concatenate([np.empty(0, np.int64), *found]))
    return pairs // size, pairs % size


def pairs_of(
    identities: Identities, model: LinkageModel, key: Key, near: Hashes
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs that share a block of one key (left < right), some at a time; a pair may come more than once."""
    return (inside(portion) for portion in portions(identities, model, key, near))


class Portion(NamedTuple):
    """Some blocks that follow one another, and how far, in places, their entries are compared."""

    blocks: Blocks
    reach: Ints


def portions(identities: Identities, model: LinkageModel, key: Key, near: Hashes) -> list[Portion]:
    """The blocks of one key, so many together as have about `PAIRS_AT_ONCE` pairs (`inside`)."""
    keyed, records = entries(identities, model, key)
    blocks = sort_blocks(keyed, records, key.limit, near, identities.named)
    reach = reaches(blocks.size, key)
    worth = np.cumsum(blocks.size * reach)
    found = []
    first = 0
    while first < len(worth):
        done = worth[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(worth, done + PAIRS_AT_ONCE, "right")))
        some = Blocks(blocks.record, blocks.start[first:last], blocks.size[first:last])
        found.append(Portion(some, reach[first:last]))
        first = last
    return found


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


def sort_blocks(keyed: Hashes, records: Ints, limit: int, near: Hashes, named: Hashes) -> Blocks:
    """Entries put together by block, within a large block by nearness and then by name.

    In blocks up to the limit, where all are compared with all, the order means nothing.
    """
    order = np.argsort(keyed)
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
    return Blocks(records[order], start, size)


def variants(column: Column, group: str, records: Ints | None = None) -> list[Ints]:
    """The group's number per record, once as stated (or derived) and once as derived where that differs.

    records: only of these, in their order.
    """
    numbers = column.folded.groups[group]
    if not len(numbers):
        return []
    stated = column.stated if records is None else column.stated[records]
    places = _places(column, group)
    if places or column.model.fallback is None:
        return [_pick(number, stated) for number in places or [numbers]]
    derived = column.derived if records is None else column.derived[records]
    found = _pick(numbers, derived)
    either = np.where(stated == UNKNOWN, found, _pick(numbers, stated))
    return [either, np.where(found == either, UNKNOWN, found)]


def _places(column: Column, group: str) -> list[Ints]:
    """Numbers per value of a list of relatives (`kinds.kin`), which is found by each of them; none for other kinds."""
    return [
        number for name, number in column.folded.groups.items() if name[0].isdigit() and name[2:] == group
    ]


def _pick(numbers: Ints, values: Ints) -> Ints:
    if not len(numbers):
        return np.full(len(values), UNKNOWN, np.int64)
    return np.where(values == UNKNOWN, UNKNOWN, numbers[values])


def entries(
    identities: Identities, model: LinkageModel, key: Key, records: Ints | None = None
) -> tuple[Hashes, Ints]:
    """Hashed key values with their records; a record has as many as its columns have variants. records: only of these."""
    everyone = np.arange(identities.size, dtype=np.int64) if records is None else records
    hashed: list[Hashes] = [np.zeros(len(everyone), np.uint64)]
    present: list[Mask] = [np.ones(len(everyone), bool)]
    for name, group in key.pieces:
        found = variants(identities.columns[model.column_at[name]], group, records)
        if not found:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        hashed, present = (
            [mix(so_far, variant) for so_far in hashed for variant in found],
            [known & (variant != UNKNOWN) for known in present for variant in found],
        )
    keyed = np.concatenate([values[known] for values, known in zip(hashed, present, strict=True)])
    return keyed, np.concatenate([everyone[known] for known in present])


class Beside:
    """The entries of all blocks that some records have an entry in, without hashing those of everybody.

    A record can only share a block with one of them if, piece by piece of the key, it says what one of them says.
    """

    def __init__(self, identities: Identities, model: LinkageModel, records: Ints) -> None:
        self._identities, self._model, self._records = identities, model, records
        self._said: dict[tuple[str, str], Mask] = {}

    def entries(self, key: Key) -> tuple[Hashes, Ints]:
        """As `entries`, of one key."""
        mine, members = entries(self._identities, self._model, key, self._records)
        if not len(mine):
            return mine, members
        may = np.ones(self._identities.size, bool)
        for piece in key.pieces:
            may &= self._says(piece)
        keyed, members = entries(self._identities, self._model, key, np.flatnonzero(may))
        chosen = among(keyed, distinct(mine))
        return keyed[chosen], members[chosen]

    def _says(self, piece: tuple[str, str]) -> Mask:
        """Who says in one piece what any of the records says."""
        known = self._said.get(piece)
        if known is not None:
            return known
        name, group = piece
        column = self._identities.columns[self._model.column_at[name]]
        said = distinct(np.concatenate(variants(column, group, self._records)))
        said = said[said != UNKNOWN]
        hit = np.zeros(len(column.folded.present) + 1, bool)  # the last: who says nothing
        for numbers in _places(column, group) or [column.folded.groups[group]]:
            hit[:-1] |= among(numbers, said)
        answer = hit[column.stated]
        if column.derived is not column.stated:
            answer |= hit[column.derived]
        self._said[piece] = answer
        return answer


def inside(portion: Portion) -> tuple[Ints, Ints]:
    """The pairs of a portion (left < right): each entry with those up to its reach in places after it."""
    blocks, reach = portion
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

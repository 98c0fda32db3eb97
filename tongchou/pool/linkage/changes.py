"""Which candidate pairs come and go when some identities do: only blocks that they enter or leave are looked at.

In a small block all are compared with all, so that only pairs of those who came are new. In a large one everybody is
compared with the nearest, so that who comes pushes others apart and who goes brings them together; and a block that
outgrows its limit, or shrinks below it, changes as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from .candidates import PAIRS_AT_ONCE, Beside, nearness, reaches, sort_blocks
from .hashing import Hashes, among, distinct
from .identities import Identities
from .kinds.base import Bytes, Ints, Mask
from .model import Key, LinkageModel

STAYED, CAME, WENT = 0, 1, 2


class Changes(NamedTuple):
    """Pairs of identity numbers as left * size + right, ascending. come: those compared now and, as far as the blocks
    that changed tell, not before. go: those of `before` between identities that stayed that are compared no more.
    """

    come: Ints
    go: Ints


class _Line(NamedTuple):
    """The entries of the blocks that changed, as they stand in one of the two views (before, now). entry: place in the
    merged order; block, place: where each stands; size: of the blocks; reach: of the blocks.
    """

    entry: Ints
    block: Ints
    place: Ints
    size: Ints
    reach: Ints


def changes(everyone: Identities, model: LinkageModel, status: Bytes, before: Ints, size: int) -> Changes:
    """everyone: the identities there are now and, after them, those that went. status: STAYED, CAME or WENT, per
    identity. before: codes of the pairs that were promising before and whose identities stayed. size: how many there
    are now.
    """
    near = nearness(everyone)
    beside = Beside(everyone, model, np.flatnonzero(status != STAYED))

    def of_key(key: Key) -> tuple[Ints, Ints]:
        keyed, members = beside.entries(key)
        return _of_key(keyed, members, status, key, near, everyone.named, size)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        found = list(threads.map(of_key, model.keys))
    none = np.empty(0, np.int64)
    gone = distinct(np.concatenate([none, *(lost for _, lost in found)]))
    gone = gone[among(gone, before)]
    if len(gone):
        gone = gone[~_still(everyone, model, status, near, gone, size)]
    return Changes(distinct(np.concatenate([none, *(come for come, _ in found)])), gone)


def _of_key(
    keyed: Hashes, members: Ints, status: Bytes, key: Key, near: Hashes, names: Hashes, size: int
) -> tuple[Ints, Ints]:
    """Codes of the pairs that come and go in the blocks of one key."""
    # In blocks that are small with all who came and went, the order means nothing.
    blocks = sort_blocks(keyed, members, key.limit, near, names)
    mine = status[blocks.record]
    block = np.repeat(np.arange(len(blocks.size)), blocks.size)
    old = _line(mine != CAME, block, len(blocks.size), key)
    new = _line(mine != WENT, block, len(blocks.size), key)
    found = [np.empty(0, np.int64)]
    for left, right in _of_those_who_came(new, mine):
        found.append(_codes(blocks.record[left], blocks.record[right], size))
    wide = np.flatnonzero(np.maximum(old.size, new.size) > key.limit)
    lost = [np.empty(0, np.int64)]
    if len(wide):
        crossed = (old.size > key.limit) != (new.size > key.limit)
        stirred = np.cumsum(mine != STAYED)
        for one, other, into in ((old, new, lost), (new, old, found)):
            for left, right in _moved(one, other, wide, crossed, stirred, mine):
                into.append(_codes(blocks.record[left], blocks.record[right], size))
    return distinct(np.concatenate(found)), distinct(np.concatenate(lost))


def _line(there: Mask, block: Ints, blocks: int, key: Key) -> _Line:
    entry = np.flatnonzero(there)
    block = block[entry]
    size = np.bincount(block, minlength=blocks)
    place = np.arange(len(entry)) - np.repeat(np.cumsum(size) - size, size)
    return _Line(entry, block, place, size, reaches(size, key))


def _of_those_who_came(line: _Line, mine: Bytes) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of entries, one of which came and the other is within reach, some at a time."""
    came = np.flatnonzero(mine[line.entry] == CAME)
    reach, place, size = line.reach[line.block[came]], line.place[came], line.size[line.block[came]]
    back = np.minimum(reach, place)
    width = back + np.minimum(reach, size - 1 - place)
    done = np.cumsum(width)
    first = 0
    while first < len(came):
        before = done[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(done, before + PAIRS_AT_ONCE, "right")))
        part = slice(first, last)
        owner = np.repeat(came[part], width[part])
        step = np.arange(len(owner)) - np.repeat(np.cumsum(width[part]) - width[part], width[part])
        step -= np.repeat(back[part], width[part])
        step += step >= 0
        yield line.entry[owner], line.entry[owner + step]
        first = last


def _moved(
    one: _Line, other: _Line, wide: Ints, crossed: Mask, stirred: Ints, mine: Bytes
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of entries that stayed, within reach of one another in the first view and not in the other."""
    elsewhere = np.full(len(mine), -1, np.int64)
    elsewhere[other.entry] = other.place
    within = np.zeros(len(one.size), bool)
    within[wide] = True
    at = np.flatnonzero(within[one.block])
    block = one.block[at]
    ahead = np.minimum(one.reach[block], one.size[block] - 1 - one.place[at])
    # Only where somebody came or went inside the reach, or the whole block changed, can a pair have moved.
    ahead = np.where(crossed[block] | (stirred[one.entry[at + ahead]] != stirred[one.entry[at]]), ahead, 0)
    distance = 1
    active = np.flatnonzero((ahead > 0) & (mine[one.entry[at]] == STAYED))
    while len(active):
        left, right = one.entry[at[active]], one.entry[at[active] + distance]
        both = mine[right] == STAYED
        far = elsewhere[right] - elsewhere[left] > other.reach[block[active]]
        yield left[both & far], right[both & far]
        distance += 1
        active = active[ahead[active] >= distance]


def _still(
    everyone: Identities, model: LinkageModel, status: Bytes, near: Hashes, codes: Ints, size: int
) -> Mask:
    """Which pairs share some block within reach as the blocks are now."""
    ends = np.zeros(everyone.size, bool)
    ends[codes // size] = ends[codes % size] = True
    beside = Beside(everyone, model, np.flatnonzero(ends))

    def of_key(key: Key) -> Mask:
        answer = np.zeros(len(codes), bool)
        keyed, members = beside.entries(key)
        now = status[members] != WENT
        blocks = sort_blocks(keyed[now], members[now], key.limit, near, everyone.named)
        block = np.repeat(np.arange(len(blocks.size)), blocks.size)
        line = _line(np.ones(len(block), bool), block, len(blocks.size), key)
        active = np.flatnonzero(ends[blocks.record])
        ahead = np.minimum(line.reach[block[active]], blocks.size[block[active]] - 1 - line.place[active])
        distance = 1
        while len(active):
            active, ahead = active[ahead >= distance], ahead[ahead >= distance]
            found = _codes(blocks.record[active], blocks.record[active + distance], size)
            answer |= among(codes, distinct(found))
            distance += 1
        return answer

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        found = list(threads.map(of_key, model.keys))
    return np.logical_or.reduce(found) if found else np.zeros(len(codes), bool)


def _codes(left: Ints, right: Ints, size: int) -> Ints:
    low, high = np.minimum(left, right), np.maximum(left, right)
    apart = low != high
    codes: Ints = low[apart] * np.int64(size) + high[apart]
    return codes

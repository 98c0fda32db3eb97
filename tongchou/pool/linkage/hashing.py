"""64-bit hashes of texts, the same in every run and process, made for whole columns at once.

What is compared from run to run (blocks, what is common, the order of records) must not depend on the order in
which values were first seen. Two texts of one hash would count as one; among ten million texts the chance of any
such pair is about one in two hundred thousand. Not for secrets: whoever knows a value can make its hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xBF58476D1CE4E5B9)
_LAST = np.uint64(0x94D049BB133111EB)
_MASKS = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)


def among(values: NDArray[Any], ascending: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of the 64-bit numbers are among the ascending ones.

    Most are not, and a table of some of their bits says so at once; the rest are looked up.
    """
    return Known(ascending).has(values)


class Known:
    """Ascending 64-bit numbers that others are looked for among, time and again. See `among`."""

    def __init__(self, ascending: NDArray[Any]) -> None:
        self._ascending = ascending
        self._width = np.uint64(max(10, min(26, len(ascending).bit_length() + 4)))
        self._table = np.zeros(1 << int(self._width) if len(ascending) else 0, bool)
        if len(ascending):
            self._table[_bits(ascending, self._width)] = True

    def has(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of the numbers are among them."""
        if not len(self._ascending):
            return np.zeros(len(values), bool)
        answer: NDArray[np.bool_] = self._table[_bits(values, self._width)]
        maybe = np.flatnonzero(answer)
        at = np.minimum(np.searchsorted(self._ascending, values[maybe]), len(self._ascending) - 1)
        answer[maybe] = self._ascending[at] == values[maybe]
        return answer


def together(one: NDArray[Any], two: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Two ascending arrays as one, and where in it the second's entries stand."""
    at = np.searchsorted(one, two) + np.arange(len(two))
    whole = np.empty(len(one) + len(two), one.dtype)
    first = np.ones(len(whole), bool)
    first[at] = False
    whole[first], whole[at] = one, two
    return whole, at


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """The different numbers, ascending; sorting takes a fraction of the time of `numpy.unique`'s hashing."""
    ascending = np.sort(values)
    first = np.ones(len(ascending), bool)
    first[1:] = ascending[1:] != ascending[:-1]
    answer: NDArray[Any] = ascending[first]
    return answer


def _bits(values: NDArray[Any], width: np.uint64) -> NDArray[np.int64]:
    mixed = values.astype(np.uint64) * _SEED
    return (mixed >> (np.uint64(64) - width)).astype(np.int64)


def hash_texts(texts: Sequence[str] | pa.Array | pa.ChunkedArray) -> Hashes:
    """A hash per text; equal texts have equal hashes. Nulls hash like the empty text."""
    array = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.string())
    if isinstance(array, pa.ChunkedArray):
        return np.concatenate([np.empty(0, np.uint64), *(hash_texts(chunk) for chunk in array.chunks)])
    array = array.cast(pa.large_string())
    if not len(array):
        return np.empty(0, np.uint64)
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    starts = bounds[:-1] - bounds[0]
    lengths = np.diff(bounds)
    if array.null_count:
        lengths = np.where(np.asarray(array.is_null()), 0, lengths)
    bytes_ = np.zeros(int(bounds[-1] - bounds[0]) + 8, np.uint8)
    if data is not None and len(bytes_) > 8:
        bytes_[:-8] = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    # Eight bytes from any place on, read as one little-endian number.
    words = np.ndarray((len(bytes_) - 7,), "<u8", bytes_, strides=(1,))
    hashed = (lengths.astype(np.uint64) + np.uint64(1)) * _SEED
    active = np.flatnonzero(lengths > 0)
    at = 0
    while len(active):
        left = lengths[active] - at
        word = words[starts[active] + at] & _MASKS[np.minimum(left, 8)]
        mixed = (hashed[active] ^ word) * _ODD
        mixed ^= mixed >> np.uint64(29)
        hashed[active] = mixed * _SEED
        at += 8
        active = active[left > 8]
    hashed ^= hashed >> np.uint64(30)
    hashed *= _LAST
    hashed ^= hashed >> np.uint64(31)
    return hashed

"""The code: which choice an export makes at a place, and how sure one can be that a copy was made for it.

A place is a cell's kind and text and the ordinal of the choice within it. Its bias p, one of two, is drawn with a key
all exports share; the export's choice is then 1 with probability p, drawn with its own key. Two biases, the nodes of
Gauss-Legendre quadrature of order 2, are the optimal discrete distribution against three and four colluders (Nuida et
al., "An improvement of discrete Tardos fingerprinting codes", 2009); the score is Tardos' (2003) made symmetric
(Škorić, Katzenbeisser, Celik 2008).

An innocent export's choices are independent of whatever the file holds, because its key is known to nobody who made
the file. Its score is then a sum of independent terms of known distribution, and Chernoff's bound on that sum, not an
approximation of it, times the number of exports asked about, bounds the probability that anyone innocent is named.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

#: Choices a cell may carry: one byte of a block decides each.
PLACES = 16
#: The lower of the two biases, in 256ths: (1 - 1/√3) / 2. The other is its complement.
_LOW, _HIGH = 54, 202
#: A probability of naming anyone innocent above which nobody is named.
SURE = 1e-9
#: … and above which not even a hint is given.
LIKELY = 1e-3

Blocks = npt.NDArray[np.uint8]


class Keys(NamedTuple):
    """common: of the biases, for all exports; own: of one export's choices. 16 bytes each."""

    common: bytes
    own: bytes


def keys_of(secret: str, code: str) -> Keys:
    """The keys of an export (or subscription) by its number. secret: the installation's."""
    return Keys(derived(secret, "bias")[:16], derived(secret, f"marks\0{code}")[:16])


def derived(secret: str, what: str) -> bytes:
    """A key for one use, 32 bytes."""
    return hmac.new(secret.encode(), f"tongchou watermark\0{what}".encode(), hashlib.sha256).digest()


def digests(kind: str, texts: list[str]) -> Blocks:
    """One block of 16 bytes per cell, which stands for its kind and text."""
    start = hashlib.md5(f"{kind}\x1f".encode(), usedforsecurity=False)

    def one(text: str) -> bytes:
        taking = start.copy()
        taking.update(text.encode())
        return taking.digest()

    return np.frombuffer(b"".join(map(one, texts)), np.uint8).reshape(-1, PLACES)


def drawn(key: bytes, cells: Blocks) -> Blocks:
    """A keyed random byte per place of each cell: AES of its digest."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - a keyed random function of a block
    return np.frombuffer(encryptor.update(np.ascontiguousarray(cells).tobytes()), np.uint8).reshape(
        cells.shape
    )


def thresholds(common: bytes, cells: Blocks) -> Blocks:
    """The bias of each place, in 256ths."""
    return np.where(drawn(common, cells) < 128, _LOW, _HIGH).astype(np.uint8)


def choices(keys: Keys, cells: Blocks) -> npt.NDArray[np.bool_]:
    """What an export chooses at each place of each cell."""
    return drawn(keys.own, cells) < thresholds(keys.common, cells)


class Reading(NamedTuple):
    """What a file says. cells: digests; seen: per place 1 or 0 as it is written, -1 where there is no choice."""

    cells: Blocks
    seen: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Verdict:
    """How a file stands to one export. agreeing: places where it has the export's choice, of all; chance: bound on the
    probability that any of the exports asked about scores so high and is innocent."""

    code: str
    score: float
    agreeing: int
    places: int
    chance: float


def compared(reading: Reading, common: bytes, own: Mapping[str, bytes]) -> list[Verdict]:
    """The file against each export, most suspicious first. own: {number of the export: its key}."""
    rows, columns = np.nonzero(reading.seen >= 0)
    if not len(rows) or not own:
        return []
    seen = reading.seen[rows, columns].astype(bool)
    limit = thresholds(common, reading.cells)[rows, columns]
    p = limit / 256.0
    high, low = np.sqrt((1 - p) / p), np.sqrt(p / (1 - p))
    if_one, if_none = np.where(seen, high, -high), np.where(seen, -low, low)
    flat = rows * PLACES + columns
    scored = []
    for code, key in own.items():
        chosen = drawn(key, reading.cells).reshape(-1)[flat] < limit
        scored.append((float(np.where(chosen, if_one, if_none).sum()), int((chosen == seen).sum()), code))
    tally = _tally(limit, seen)
    return sorted(
        (
            Verdict(code, score, agreeing, len(rows), min(1.0, len(own) * math.exp(_bound(tally, score))))
            for score, agreeing, code in scored
        ),
        key=lambda each: (each.chance, -each.score),
    )


class _Kind(NamedTuple):
    """Places alike: their number, the bias, and what a choice of 1 and of 0 adds to the score."""

    number: int
    p: float
    one: float
    none: float


def _tally(limit: Blocks, seen: npt.NDArray[np.bool_]) -> list[_Kind]:
    found = []
    for bias in (_LOW, _HIGH):
        p = bias / 256
        high, low = math.sqrt((1 - p) / p), math.sqrt(p / (1 - p))
        for written in (False, True):
            number = int(((limit == bias) & (seen == written)).sum())
            found.append(_Kind(number, p, high if written else -high, -low if written else low))
    return found


def _bound(tally: list[_Kind], score: float) -> float:
    """The logarithm of Chernoff's bound on the probability that an innocent export scores at least so high."""
    if score <= 0:
        return 0.0

    def exponent(t: float) -> float:
        return (
            sum(
                each.number
                * math.log(each.p * math.exp(t * each.one) + (1 - each.p) * math.exp(t * each.none))
                for each in tally
            )
            - t * score
        )

    # Convex in t; any t gives a valid bound, so that the search need not be exact.
    left, right = 0.0, 40.0
    for _ in range(100):
        one, two = left + (right - left) * 0.382, left + (right - left) * 0.618
        if exponent(one) < exponent(two):
            right = two
        else:
            left = one
    return min(0.0, exponent((left + right) / 2))

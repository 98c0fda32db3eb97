"""Addresses 地址: read into parts, written in one normal form, compared with a score and a sentence.

`parse` never raises and loses nothing; `normal_form` is what the pool stores; `similarity` compares two parsed
addresses level by level, `same_place` says of two texts whether they mean one place; `key` gives blocking keys for
linkage. Start reading at `reader`, then `place`.
The levels follow GB/T 23705-2009 (数字城市地理信息公共平台 地名/地址编码规则) as far as its order goes; the
rules for reading are ours (provisional).
"""

from __future__ import annotations

from functools import lru_cache

from .address import Address
from .fold import fold
from .place import Place
from .reader import read
from .similarity import SAME, Likeness, Relation, key, likeness, similarity

__all__ = [
    "SAME", "Address", "Likeness", "Place", "Relation", "compare", "key", "likeness", "normal_form", "parse", "same_place",
    "similarity",
]  # fmt: skip


def parse(text: str) -> Address:
    """The parts of an address; see `Address`. Never raises."""
    return read(text)


@lru_cache(maxsize=65536)
def _place(text: str) -> Place:
    return read(text).place


def compare(one: str, other: str) -> Likeness:
    """Two addresses as written, compared: the relation, the score (0 to 1) and the sentence why. Never raises.

    岭南大道北95号锦绣花园3幢2梯601 and 岭南北路95号锦绣花园三座601室 are the same place; another number, building, unit
    or room is another one.
    """
    return likeness(_place(one), _place(other))


def same_place(one: str, other: str) -> bool:
    """Whether two addresses as written mean one place, as far as both say; see `compare`."""
    return compare(one, other).same


@lru_cache(maxsize=65536)
def normal_form(text: str) -> str:
    """The one way in which an address is written: 南海区魁奇1路２２６号十五幢1404 →
    广东省佛山市南海区魁奇一路226号15栋1404室.

    Never raises, loses nothing, and the normal form of a normal form is itself: the text is rewritten until
    it stays the same; where it would go round, the smallest of the round is taken, which is the same from
    anywhere in it.
    """
    seen: list[str] = []
    current = read(text).written()
    while current not in seen:
        seen.append(current)
        if len(seen) > 32:
            return fold(text)
        current = read(current).written()
    return min(seen[seen.index(current) :])

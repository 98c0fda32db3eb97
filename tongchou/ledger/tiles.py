"""Names of tiles and bundles of entries as C2SP tlog-tiles gives them, and the bundles' form.

Pure. Number 1234067 is written x001/x234/067; a tile with fewer than 256 hashes ends in .p/ and its width.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .tree import TILE_WIDTH

_NUMBER = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_LEVEL = re.compile(r"0|[1-9][0-9]?")
_WIDTH = re.compile(r"[1-9][0-9]{0,2}")
HIGHEST_LEVEL = 63
LARGEST_NUMBER = 2**55
"""More tiles than a tree of 2^63 leaves has."""

ENTRIES = "entries"


class Place(NamedTuple):
    """Which tile: its level (None: the bundle of entries of level 0), number and width (256: whole)."""

    level: int | None
    number: int
    width: int


def number_path(number: int) -> str:
    """`number` in groups of three digits, all but the last begun with x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def path_of(place: Place) -> str:
    """The tile's path below the log's prefix."""
    level = ENTRIES if place.level is None else str(place.level)
    partial = "" if place.width == TILE_WIDTH else f".p/{place.width}"
    return f"tile/{level}/{number_path(place.number)}{partial}"


def parse(path: str) -> Place | None:
    """The tile of `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`; None when it is not written exactly so."""
    first, slash, rest = path.partition("/")
    number_text, dot, width_text = rest.partition(".p/")
    if not slash or not _NUMBER.fullmatch(number_text) or not path.isascii():
        return None
    number = int(number_text.replace("x", "").replace("/", ""))
    if number > LARGEST_NUMBER or number_path(number) != number_text:
        return None
    width = TILE_WIDTH
    if dot:
        if not _WIDTH.fullmatch(width_text) or int(width_text) >= TILE_WIDTH:
            return None
        width = int(width_text)
    if first == ENTRIES:
        return Place(None, number, width)
    if not _LEVEL.fullmatch(first) or int(first) > HIGHEST_LEVEL:
        return None
    return Place(int(first), number, width)


def width_in(level: int, number: int, size: int) -> int:
    """How many hashes tile `number` of `level` holds in a tree of `size` leaves: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> (8 * level)) - number * TILE_WIDTH))


def of_tree(size: int) -> Iterator[Place]:
    """Every tile of a tree of `size` leaves."""
    level = 0
    while count := size >> (8 * level):
        for number in range((count + TILE_WIDTH - 1) // TILE_WIDTH):
            yield Place(level, number, width_in(level, number, size))
        level += 1


def bundle(entries: Iterable[bytes]) -> bytes:
    """A bundle of entries: each behind its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError when it ends inside one."""
    entries = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if len(data) - at < 2 or len(entry) != length:
            raise ValueError("the bundle ends inside an entry")
        entries.append(entry)
        at += 2 + length
    return entries

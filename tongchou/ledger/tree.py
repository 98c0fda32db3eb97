"""The Merkle tree of RFC 6962 section 2 (RFC 9162 section 2.1), on hashes kept in tiles.

Pure. A tile is up to 256 neighbouring hashes of one tile level: level 0 holds leaves, level 1 the roots of
256 leaves each, level 2 the roots of 65,536 (C2SP tlog-tiles). Functions that need the tree's hashes take a
`Tiles`, a function from (level, number) to the tile's bytes, of which any prefix serves a smaller tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

Tiles = Callable[[int, int], bytes]

TILE_WIDTH = 256
EMPTY_ROOT = sha256(b"").digest()


class DamagedTree(ValueError):
    """A tile does not hold what the size of the tree demands."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root of the tree over these leaf hashes (MTH of RFC 6962)."""
    frontier = Frontier()
    for hashed in hashes:
        frontier.add(hashed)
    return frontier.root()


class Frontier:
    """The right edge of a growing tree: enough to add leaves and to tell the root at every size.

    finished: (tile level, hash) of every subtree of 256, 65,536 … leaves since the caller last emptied the
    list.
    """

    __slots__ = ("finished", "nodes", "size")

    def __init__(self) -> None:
        self.size = 0
        self.nodes: list[bytes] = []
        self.finished: list[tuple[int, bytes]] = []

    def copy(self) -> Frontier:
        """An independent frontier of the same tree."""
        twin = Frontier()
        twin.size, twin.nodes = self.size, list(self.nodes)
        return twin

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        size, level, nodes = self.size, 0, self.nodes
        while size & 1:
            leaf = sha256(b"\x01" + nodes.pop() + leaf).digest()
            size >>= 1
            level += 1
            if not level & 7:
                self.finished.append((level >> 3, leaf))
        nodes.append(leaf)
        self.size += 1

    def add_tile(self, hashes: bytes) -> None:
        """Append 256 concatenated leaf hashes at once, which is quicker; the size is a multiple of 256."""
        folded, size, level, nodes = _fold(hashes), self.size >> 8, 8, self.nodes
        self.finished.append((1, folded))
        while size & 1:
            folded = sha256(b"\x01" + nodes.pop() + folded).digest()
            size >>= 1
            level += 1
            if not level & 7:
                self.finished.append((level >> 3, folded))
        nodes.append(folded)
        self.size += TILE_WIDTH

    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self.nodes:
            return EMPTY_ROOT
        folded = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            folded = sha256(b"\x01" + node + folded).digest()
        return folded


class GrowingTiles:
    """The tiles of a tree while leaves are added; `changed` collects the tiles to be stored."""

    def __init__(self, size: int, stored: Tiles) -> None:
        self.size = size
        self._stored = stored
        self.changed: dict[tuple[int, int], bytearray] = {}

    def __call__(self, level: int, number: int) -> bytes:
        found = self.changed.get((level, number))
        return bytes(found) if found is not None else self._stored(level, number)

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash. Raises DamagedTree when the stored right edge does not fit the size."""
        self._append(0, self.size, leaf)
        self.size += 1

    def _append(self, level: int, index: int, hashed: bytes) -> None:
        number, place = divmod(index, TILE_WIDTH)
        tile = self.changed.get((level, number))
        if tile is None:
            tile = self.changed[level, number] = bytearray(self._stored(level, number) if place else b"")
        if len(tile) != 32 * place:
            raise DamagedTree(f"tile {level}/{number} holds {len(tile) // 32} hashes instead of {place}")
        tile += hashed
        if place == TILE_WIDTH - 1:
            self._append(level + 1, number, _fold(bytes(tile)))


def _fold(hashes: bytes) -> bytes:
    """The root over a power of two of concatenated hashes."""
    while len(hashes) > 32:
        hashes = b"".join(sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64))
    return hashes


def _node(level: int, index: int, tiles: Tiles) -> bytes:
    """The root of the complete subtree of 2^level leaves that begins at leaf index·2^level."""
    tile_level, height = divmod(level, 8)
    number, place = divmod(index << height, TILE_WIDTH)
    part = tiles(tile_level, number)[32 * place : 32 * (place + (1 << height))]
    if len(part) != 32 << height:
        raise DamagedTree(f"tile {tile_level}/{number} is shorter than the tree's size demands")
    return _fold(part)


def subtree_root(start: int, stop: int, tiles: Tiles) -> bytes:
    """The root over the leaves start … stop−1, where start is a multiple of the power of two below
    stop−start.
    """
    count = stop - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return _node(level, start >> level, tiles)
    middle = start + _split(count)
    return node_hash(subtree_root(start, middle, tiles), subtree_root(middle, stop, tiles))


def root_at(size: int, tiles: Tiles) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return subtree_root(0, size, tiles) if size else EMPTY_ROOT


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (> 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, tiles: Tiles) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves (RFC 9162 2.1.3.1). ValueError if it has
    none.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(subtree_root(middle, stop, tiles))
            stop = middle
        else:
            path.append(subtree_root(start, middle, tiles))
            start = middle
    path.reverse()
    return path


def consistency_proof(old: int, new: int, tiles: Tiles) -> list[bytes]:
    """That the tree of `new` leaves begins with that of `old` leaves (RFC 9162 2.1.4.1). 0 < old ≤ new."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new} leaves")
    path: list[bytes] = []
    start, stop, whole = 0, new, True
    while old != stop - start:
        half = _split(stop - start)
        if old <= half:
            path.append(subtree_root(start + half, stop, tiles))
            stop = start + half
        else:
            path.append(subtree_root(start, start + half, tiles))
            start, old, whole = start + half, old - half, False
    if not whole:
        path.append(subtree_root(start, stop, tiles))
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that `leaf` is leaf `index` of the tree of `size` leaves (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != 32:
        return False
    place, last, folded = index, size - 1, leaf
    for step in path:
        if len(step) != 32 or last == 0:
            return False
        if place & 1 or place == last:
            folded = node_hash(step, folded)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            folded = node_hash(folded, step)
        place >>= 1
        last >>= 1
    return last == 0 and folded == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the tree of `new` leaves begins with that of `old` leaves (RFC 9162
    2.1.4.2).
    """
    if not 0 < old <= new or any(len(step) != 32 for step in path):
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place >>= 1
        last >>= 1
    folded_old = folded_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            folded_old = node_hash(step, folded_old)
            folded_new = node_hash(step, folded_new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            folded_new = node_hash(folded_new, step)
        place >>= 1
        last >>= 1
    return last == 0 and folded_old == old_root and folded_new == new_root

"""The Merkle tree against the published vectors and against the definition, spelled out naively."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.ledger.tree import (
    EMPTY_ROOT,
    DamagedTree,
    Frontier,
    GrowingTiles,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The reference leaves and roots of the certificate-transparency test suites.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH, as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH, as RFC 6962 section 2.1.1 defines it."""
    if len(leaves) == 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return [*naive_path(index, leaves[:half]), naive_root(leaves[half:])]
    return [*naive_path(index - half, leaves[half:]), naive_root(leaves[:half])]


def naive_subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF, as RFC 6962 section 2.1.2 defines it."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if old <= half:
        return [*naive_subproof(old, leaves[:half], whole), naive_root(leaves[half:])]
    return [*naive_subproof(old - half, leaves[half:], False), naive_root(leaves[:half])]


def grown(count: int) -> tuple[list[bytes], GrowingTiles]:
    leaves = [leaf_hash(b"%d" % number) for number in range(count)]
    tiles = GrowingTiles(0, lambda level, number: b"")
    for leaf in leaves:
        tiles.add(leaf)
    return leaves, tiles


def test_published_roots() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in LEAVES]
    assert (
        root_of([])
        == EMPTY_ROOT
        == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )
    assert [root_of(leaves[:size]).hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ],
)
def test_published_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    tiles = GrowingTiles(0, lambda level, number: b"")
    for text in LEAVES:
        tiles.add(leaf_hash(bytes.fromhex(text)))
    assert [step.hex() for step in inclusion_proof(index, size, tiles)] == path


@given(size=st.integers(1, 700), data=st.data())
def test_inclusion_is_the_definition_and_verifies(size: int, data: st.DataObject) -> None:
    leaves, tiles = grown(size)
    within = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, within - 1))
    path = inclusion_proof(index, within, tiles)
    root = root_at(within, tiles)
    assert root == naive_root(leaves[:within])
    assert path == naive_path(index, leaves[:within])
    assert verify_inclusion(leaves[index], index, within, path, root)


@given(size=st.integers(2, 700), data=st.data())
def test_a_wrong_inclusion_proof_never_verifies(size: int, data: st.DataObject) -> None:
    leaves, tiles = grown(size)
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion_proof(index, size, tiles), root_at(size, tiles)
    leaf = leaves[index]
    step = data.draw(st.integers(0, len(path) - 1))
    flipped = [*path[:step], bytes(32), *path[step + 1 :]]
    assert not verify_inclusion(bytes(32), index, size, path, root)
    assert not verify_inclusion(leaf, index, size, flipped, root)
    assert not verify_inclusion(leaf, index, size, path[:-1], root)
    assert not verify_inclusion(leaf, index, size, [*path, root], root)
    assert not verify_inclusion(leaf, index, size, [*path, b""], root)
    assert not verify_inclusion(leaf, index, size, path, bytes(32))
    assert not verify_inclusion(leaf, size, size, path, root)
    assert not verify_inclusion(leaf, -1, size, path, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index))
    assert not verify_inclusion(leaf, other, size, path, root)


@given(new=st.integers(1, 700), data=st.data())
def test_consistency_is_the_definition_and_verifies(new: int, data: st.DataObject) -> None:
    leaves, tiles = grown(new)
    old = data.draw(st.integers(1, new))
    path = consistency_proof(old, new, tiles)
    old_root, new_root = root_at(old, tiles), root_at(new, tiles)
    assert path == naive_subproof(old, leaves, True)
    assert verify_consistency(old, new, old_root, new_root, path)
    if old < new:
        assert not verify_consistency(old, new, new_root, old_root, path)
        assert not verify_consistency(old, new, bytes(32), new_root, path)
        assert not verify_consistency(old, new, old_root, bytes(32), path)
        assert not verify_consistency(old, new, old_root, new_root, path[:-1])
        assert not verify_consistency(old, new, old_root, new_root, [*path, new_root])
        assert not verify_consistency(new, old, old_root, new_root, path)
    assert not verify_consistency(0, new, EMPTY_ROOT, new_root, [])


def test_a_tree_of_three_tile_levels() -> None:
    leaves, tiles = grown(66_000)
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert frontier.root() == root_at(66_000, tiles)
    assert {level for level, _ in tiles.changed} == {0, 1, 2}
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        path = inclusion_proof(index, 66_000, tiles)
        assert verify_inclusion(leaves[index], index, 66_000, path, frontier.root())


def test_whole_tiles_at_once_make_the_same_tree() -> None:
    leaves = grown(66_000)[0]
    single, whole = Frontier(), Frontier()
    for leaf in leaves:
        single.add(leaf)
    for start in range(0, 65_792, 256):
        whole.add_tile(b"".join(leaves[start : start + 256]))
    for leaf in leaves[65_792:]:
        whole.add(leaf)
    assert (single.size, single.root(), single.finished) == (whole.size, whole.root(), whole.finished)


def test_growing_continues_from_stored_tiles_and_refuses_damaged_ones() -> None:
    leaves, whole = grown(1000)
    stored = {key: bytes(tile) for key, tile in grown(300)[1].changed.items()}
    tiles = GrowingTiles(300, lambda level, number: stored.get((level, number), b""))
    for leaf in leaves[300:]:
        tiles.add(leaf)
    assert root_at(1000, tiles) == root_at(1000, whole)
    with pytest.raises(DamagedTree):
        GrowingTiles(301, lambda level, number: stored.get((level, number), b"")).add(leaves[0])
    with pytest.raises(DamagedTree):
        root_at(400, lambda level, number: stored.get((level, number), b""))


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_no_proof_for_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, grown(5)[1])
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(6, 5, grown(5)[1])

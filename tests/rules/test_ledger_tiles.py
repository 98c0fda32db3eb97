"""Names of tiles and bundles as C2SP tlog-tiles writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.ledger import tiles
from tongchou.ledger.tiles import Place


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Place(0, 0, 256), "tile/0/000"),
        (Place(0, 999, 256), "tile/0/999"),
        (Place(0, 1000, 256), "tile/0/x001/000"),
        (Place(0, 1234067, 256), "tile/0/x001/x234/067"),
        (Place(1, 1, 17), "tile/1/001.p/17"),
        (Place(63, 5, 1), "tile/63/005.p/1"),
        (Place(None, 1234067, 112), "tile/entries/x001/x234/067.p/112"),
    ],
)
def test_published_names(place: Place, path: str) -> None:
    assert tiles.path_of(place) == path
    assert tiles.parse(path.removeprefix("tile/")) == place


@given(level=st.none() | st.integers(0, 63), number=st.integers(0, 2**55), width=st.integers(1, 256))
def test_every_name_is_read_again(level: int | None, number: int, width: int) -> None:
    place = Place(level, number, width)
    assert tiles.parse(tiles.path_of(place).removeprefix("tile/")) == place


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/00", "0/0000", "0/1000", "0/x1/000", "0/x000/001", "0/001/000", "0/x001/x000",
        "0/x001", "0/-01", "0/+01", "0/ 01", "0/001/", "0//001", "/0/001", "64/000", "00/000", "01/000", "-1/000",
        "a/000", "0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/-1", "0/000.p/1000",
        "0/000.p/1/2", "0/000.p/1.p/2", "entries", "entries/", "entries/1", "entries/000.p/256", "Entries/000",
        "0/..", "0/../000", "0/%30%30%30", "0/000?", "0/٠٠١", "٠/000", "0/000.p/１", "0/" + "x999/" * 30 + "999",
        "0/\n000", "0/000\n", "none-such",
    ],
)  # fmt: skip
def test_whatever_is_not_written_exactly_so_is_refused(path: str) -> None:
    assert tiles.parse(path) is None


def test_the_tiles_of_a_tree_of_70000() -> None:
    """The example of the specification."""
    found = list(tiles.of_tree(70_000))
    assert [place for place in found if place.width < 256] == [
        Place(0, 273, 112),
        Place(1, 1, 17),
        Place(2, 0, 1),
    ]
    assert len(found) == 273 + 1 + 1 + 1 + 1
    assert list(tiles.of_tree(256)) == [Place(0, 0, 256), Place(1, 0, 1)]
    assert list(tiles.of_tree(0)) == []


@given(entries=st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_is_read_again_and_never_in_another_way(entries: list[bytes]) -> None:
    data = tiles.bundle(entries)
    assert tiles.unbundle(data) == entries
    if data:
        with pytest.raises(ValueError, match="ends inside"):
            tiles.unbundle(data[:-1])

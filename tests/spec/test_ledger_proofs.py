"""The table of proofs that hold and of those that do not: changes in kind as public Merkle-log suites have them.

Trees are our own; each row changes one thing of a true proof. `ledger_proofs.csv` is also read by people.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest

from tongchou.ledger.tree import (
    EMPTY_ROOT,
    GrowingTiles,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)

with (Path(__file__).parent / "ledger_proofs.csv").open(encoding="utf-8", newline="") as _table:
    ROWS = list(csv.DictReader(_table))

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(300)]
TREE = GrowingTiles(0, lambda level, number: b"")
for _leaf in LEAVES:
    TREE.add(_leaf)
NOISE = sha256(b"noise").digest()


@dataclass(frozen=True)
class Case:
    """A proof to be checked. place: the leaf's index, or the old size."""

    kind: str
    place: int
    size: int
    first: bytes
    root: bytes
    path: list[bytes] = field(default_factory=list)

    def holds(self) -> bool:
        """What the verifier says."""
        if self.kind == "inclusion":
            return verify_inclusion(self.first, self.place, self.size, self.path, self.root)
        return verify_consistency(self.place, self.size, self.first, self.root, self.path)


def true_case(kind: str, place: int, size: int) -> Case:
    """The true proof, or an empty one where there is none."""
    root = root_at(size, TREE)
    if kind == "inclusion":
        path = inclusion_proof(place, size, TREE) if place < size else []
        return Case(kind, place, size, LEAVES[place], root, path)
    path = consistency_proof(place, size, TREE) if 0 < place <= size else []
    return Case(kind, place, size, root_at(place, TREE), root, path)


def flipped(step: bytes) -> bytes:
    """One bit changed."""
    return bytes([step[0] ^ 16]) + step[1:]


def _path(change: Callable[[Case], list[bytes]]) -> Callable[[Case], Case]:
    return lambda case: replace(case, path=change(case))


def _place(change: Callable[[int], int]) -> Callable[[Case], Case]:
    return lambda case: replace(case, place=change(case.place))


CHANGES: dict[str, Callable[[Case], Case]] = {
    "none": lambda case: case,
    "index +1": _place(lambda place: place + 1),
    "index -1": _place(lambda place: place - 1),
    "index ^2": _place(lambda place: place ^ 2),
    "index negative": _place(lambda place: place - 8),
    "index huge": _place(lambda place: place + 2**64),
    "old +1": _place(lambda place: place + 1),
    "old -1": _place(lambda place: place - 1),
    "old ^2": _place(lambda place: place ^ 2),
    "old zero": _place(lambda place: 0),
    "old negative": _place(lambda place: -place),
    "size *2": lambda case: replace(case, size=case.size * 2),
    "size /2": lambda case: replace(case, size=case.size // 2),
    "size zero": lambda case: replace(case, size=0),
    "wrong leaf": lambda case: replace(case, first=NOISE),
    "leaf short": lambda case: replace(case, first=case.first[:31]),
    "wrong old root": lambda case: replace(case, first=NOISE),
    "wrong root": lambda case: replace(case, root=NOISE),
    "root empty": lambda case: replace(case, root=b""),
    "root of nothing": lambda case: replace(case, root=EMPTY_ROOT),
    "swapped roots": lambda case: replace(case, first=case.root, root=case.first),
    "same root twice": lambda case: replace(case, root=case.first),
    "empty proof": _path(lambda case: []),
    "truncated proof": _path(lambda case: case.path[:-1]),
    "beheaded proof": _path(lambda case: case.path[1:]),
    "doubled step": _path(lambda case: [case.path[0], *case.path]),
    "reversed proof": _path(lambda case: case.path[::-1]),
    "flipped bit first": _path(lambda case: [flipped(case.path[0]), *case.path[1:]]),
    "flipped bit last": _path(lambda case: [*case.path[:-1], flipped(case.path[-1])]),
    "extra node after": _path(lambda case: [*case.path, NOISE]),
    "extra node before": _path(lambda case: [NOISE, *case.path]),
    "root after": _path(lambda case: [*case.path, case.root]),
    "leaf before": _path(lambda case: [case.first, *case.path]),
    "old root before": _path(lambda case: [case.first, *case.path]),
    "short step": _path(lambda case: [case.path[0][:31], *case.path[1:]]),
    "long step": _path(lambda case: [case.path[0] + b"\0", *case.path[1:]]),
    "empty step after": _path(lambda case: [*case.path, b""]),
    "swapped steps": _path(lambda case: [case.path[1], case.path[0], *case.path[2:]]),
}


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['kind']}-{row['old_or_index']}-{row['size']}-{row['change']}"
)
def test_the_row_of_the_table(row: dict[str, str]) -> None:
    case = true_case(row["kind"], int(row["old_or_index"]), int(row["size"]))
    changed = CHANGES[row["change"]](case)
    assert changed.holds() is (row["holds"] == "yes"), row["why"]
    if row["change"] not in ("none", "swapped roots"):
        assert changed != case


@pytest.mark.parametrize("size", range(1, 40))
def test_every_small_proof_holds_and_every_change_of_it_fails(size: int) -> None:
    for place in range(size):
        for kind, at in (("inclusion", place), ("consistency", place + 1)):
            case = true_case(kind, at, size)
            assert case.holds()
            for name, change in CHANGES.items():
                try:
                    changed = change(case)
                except IndexError:
                    continue  # there is no such step to change
                if changed != case:
                    assert not changed.holds(), (kind, at, size, name)

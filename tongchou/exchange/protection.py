"""Which cells of a table of counts may be told, and whether a question stands too near to earlier ones. Pure.

Told are interior cells, totals by each group and the grand total. A cell of fewer than `least` records, or a sum that one
record dominates, is hidden; others are hidden with it until nobody can work it out from the totals: for each such cell the
values it could have, all the rest of the table being as it was told, must lie at least `least` apart. That range is found
exactly, as a flow: the cells of a two-way table that can change together without a change of any total.

Against subtraction (Denning & Schlörer's trackers): a question is compared with each earlier one by the records both are
about (`too_near`), and with all of them together by what sums and differences of told numbers pin down (`determined`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

#: The label that stands for all of a group: (town, TOTAL) is the total of a town.
TOTAL = "\uffff total"
#: Where a record is that a question is not about.
OUTSIDE: tuple[str, ...] = ("\uffff outside",)
#: All hidden cells of a question together, whose sum follows from its total.
HIDDEN: tuple[str, ...] = ("\uffff hidden",)

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A table of one or two groups. counts: interior cells; primary: cells that must be hidden."""

    counts: Mapping[Labels, int]
    primary: frozenset[Labels]
    least: int
    hidden: frozenset[Labels] = field(default=frozenset())


def with_totals(counts: Mapping[Labels, int]) -> dict[Labels, int]:
    """The cells as two-way cells (one group has one column) with all their totals."""
    cells: dict[Labels, int] = {}
    for labels, count in counts.items():
        row, column = labels[0] if labels else "", labels[1] if len(labels) > 1 else ""
        for key in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            cells[key] = cells.get(key, 0) + count
    return cells


def hidden_cells(
    counts: Mapping[Labels, int],
    *,
    least: int,
    also: Iterable[Labels] = (),
    needs: Mapping[Labels, int] | None = None,
) -> frozenset[Labels]:
    """The cells (labels of two groups, TOTAL among them) that are not told.

    counts: interior cells by labels of no, one or two groups. also: cells to hide besides the small ones. needs: how far
    apart the values of a cell must be able to lie, where that is not `least`.
    """
    cells = with_totals(counts)
    one_way = all(len(labels) < 2 for labels in counts)
    if one_way:
        # Without a second group the totals of columns say what the grand total says.
        cells = {key: count for key, count in cells.items() if key[1] != TOTAL}
    hidden = {key for key, count in cells.items() if 0 < count < least}
    hidden |= {two_way(labels) for labels in also} & set(cells)
    guarded = set(hidden)
    required = {two_way(labels): need for labels, need in (needs or {}).items()}
    while True:
        unsafe = [
            key
            for key in sorted(guarded)
            if _spread(cells, hidden, key, required.get(key, least)) < required.get(key, least)
        ]
        if not unsafe:
            return frozenset(hidden)
        following = _companion(cells, hidden, unsafe[0])
        if following is None:
            return frozenset(cells)
        hidden.add(following)


def two_way(labels: Labels) -> Labels:
    """A cell of no, one or two groups as one of two."""
    return (*labels, "", "")[:2]


def _companion(cells: Mapping[Labels, int], hidden: set[Labels], of: Labels) -> Labels | None:
    """The next cell to hide: the smallest not yet hidden in the lines of `of`, else of lines that hide one cell only,
    else of all. Interior cells come before totals."""

    def smallest(among: Iterable[Labels]) -> Labels | None:
        open_cells = [key for key in among if key not in hidden and cells[key] > 0]
        return min(open_cells, key=lambda key: (TOTAL in key, cells[key], key), default=None)

    for place in (0, 1):
        line = [key for key in cells if key[place] == of[place]]
        if sum(key in hidden for key in line) < 2:
            found = smallest(line)
            if found is not None:
                return found
    alone = []
    for place in (0, 1):
        for label in {key[place] for key in hidden}:
            line = [key for key in cells if key[place] == label]
            if sum(key in hidden for key in line) == 1 and len(line) > 1:
                alone += line
    return (
        smallest(alone)
        or smallest(key for key in cells if key[0] == of[0] or key[1] == of[1])
        or smallest(cells)
    )


def _spread(cells: Mapping[Labels, int], hidden: set[Labels], key: Labels, enough: int) -> int:
    """How far apart the least and the greatest value lie that a hidden cell could have; `enough` or more is not told
    apart.

    Rows and columns are nodes, hidden cells edges; totals count negative, so that each line sums to nothing. A cell can
    grow by as much as flows back from its column to its row through the other hidden cells.
    """
    up = _flow(cells, hidden, key, enough, growing=True)
    if up >= enough:
        return enough
    return up + _flow(cells, hidden, key, enough - up, growing=False)


def _flow(
    cells: Mapping[Labels, int], hidden: set[Labels], key: Labels, enough: int, *, growing: bool
) -> int:
    # One group makes one line: its cells and their total.
    one_line = all(other[1] == "" for other in hidden)

    def ends(cell: Labels) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("r", "" if one_line else cell[0]), ("c", cell[1])

    row, column = ends(key)
    inside = _sign(key) > 0
    # Shrinking ends at nothing.
    limit = enough if growing else min(enough, cells[key])
    source, sink = (column, row) if growing == inside else (row, column)
    capacity: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for other in hidden:
        if other == key:
            continue
        one, two = ends(other)
        grow, shrink = enough, cells[other]
        if _sign(other) < 0:
            grow, shrink = shrink, grow
        # Along row → column the signed value of the edge's cell grows, back it shrinks.
        for start, end, room in ((one, two, grow), (two, one, shrink)):
            capacity.setdefault(start, {})[end] = capacity.get(start, {}).get(end, 0) + room
    moved = 0
    while moved < limit:
        path = _path(capacity, source, sink)
        if path is None:
            break
        step = min(limit - moved, *(capacity[one][two] for one, two in path))
        for one, two in path:
            capacity[one][two] -= step
            capacity[two][one] = capacity[two].get(one, 0) + step
        moved += step
    return moved


def _sign(key: Labels) -> int:
    return -1 if (key[0] == TOTAL) != (key[1] == TOTAL) else 1


def _path(
    capacity: Mapping[tuple[str, str], Mapping[tuple[str, str], int]],
    source: tuple[str, str],
    sink: tuple[str, str],
) -> list[tuple[tuple[str, str], tuple[str, str]]] | None:
    came: dict[tuple[str, str], tuple[str, str]] = {source: source}
    waiting = deque([source])
    while waiting:
        node = waiting.popleft()
        if node == sink:
            path = []
            while node != source:
                path.append((came[node], node))
                node = came[node]
            return path
        for following, left in capacity.get(node, {}).items():
            if left > 0 and following not in came:
                came[following] = node
                waiting.append(following)
    return None


# ── several questions ──────────


def released(cells: Iterable[Labels], hidden: frozenset[Labels]) -> list[dict[Labels, Labels]]:
    """What a table tells, as divisions of its records: {interior cell: the told set it is part of}.

    By cell (all hidden ones together, as their sum follows from the total), by each group, and as a whole.
    """
    interior = list(cells)

    def told(key: Labels, name: Labels) -> Labels:
        return HIDDEN if key in hidden else name

    divisions = [{cell: told(two_way(cell), cell) for cell in interior}]
    if any(len(cell) > 1 for cell in interior):
        divisions.append({cell: told((cell[0], TOTAL), (cell[0], TOTAL)) for cell in interior})
        divisions.append({cell: told((TOTAL, cell[1]), (TOTAL, cell[1])) for cell in interior})
    if (TOTAL, TOTAL) not in hidden and (TOTAL, "") not in hidden:
        divisions.append(dict.fromkeys(interior, (TOTAL,)))
    return divisions


def too_near(
    together: Mapping[tuple[Labels, Labels], int],
    old: Sequence[Mapping[Labels, Labels]],
    new: Sequence[Mapping[Labels, Labels]],
    least: int,
) -> bool:
    """Whether subtracting what two questions told leaves a group smaller than `least`.

    together: how many records lie in an old and a new cell at once, OUTSIDE for none. Sets that share records are joined
    until they are about the same records but for those only one question is about: their sums differ by just these.
    """
    for one in old:
        for two in new:
            if _leaves_few(together, one, two, least):
                return True
    return False


def _leaves_few(
    together: Mapping[tuple[Labels, Labels], int],
    one: Mapping[Labels, Labels],
    two: Mapping[Labels, Labels],
    least: int,
) -> bool:
    parent: dict[tuple[int, Labels], tuple[int, Labels]] = {}

    def top(node: tuple[int, Labels]) -> tuple[int, Labels]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    left: dict[tuple[int, Labels], list[int]] = {}
    for (a, b), count in together.items():
        if count and a != OUTSIDE and b != OUTSIDE:
            parent[top((0, one[a]))] = top((1, two[b]))
    only: list[tuple[tuple[int, Labels], int, int]] = []
    for (a, b), count in together.items():
        if count and a != OUTSIDE and b == OUTSIDE:
            only.append((top((0, one[a])), 0, count))
        elif count and a == OUTSIDE and b != OUTSIDE:
            only.append((top((1, two[b])), 1, count))
    joined = {top((0, one[a])) for (a, b), n in together.items() if n and a != OUTSIDE and b != OUTSIDE}
    for node, side, count in only:
        left.setdefault(top(node), [0, 0])[side] += count
    return any(max(counts) < least and sum(counts) > 0 for node, counts in left.items() if node in joined)


def determined(atoms: Sequence[int], told: Sequence[Sequence[int]], least: int) -> bool:
    """Whether sums and differences of told numbers give the size of a group smaller than `least`.

    atoms: sizes of the sets of records that no told set divides. told: the places of the atoms in each told set. Single
    atoms are asked about, and pairs of small ones.
    """
    small = [place for place, size in enumerate(atoms) if 0 < size < least]
    if not small or not told:
        return False
    matrix = np.zeros((len(told), len(atoms)))
    for row, places in enumerate(told):
        matrix[row, list(places)] = 1.0
    _, values, basis = np.linalg.svd(matrix, full_matrices=False)
    basis = basis[values > 1e-9 * max(1.0, float(values[0]))][:, small]
    shared = basis.T @ basis  # how much of each unit vector lies in the span of what was told
    for i, first in enumerate(small):
        if shared[i, i] > 1 - 1e-7:
            return True
        for j in range(i):
            if (
                atoms[first] + atoms[small[j]] < least
                and shared[i, i] + shared[j, j] + 2 * shared[i, j] > 2 - 1e-7
            ):
                return True
    return False

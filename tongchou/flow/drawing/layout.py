"""Where the boxes and ways of a layered graph go (after Sugiyama, Tagawa and Toda 1981). Pure.

Nodes get ranks along the direction of reading by the longest way from the start, ways that go back being turned round
first. A way passes every rank between its ends through a slot of its own, and its label stands in such a slot, so that
nothing is written over anything. Within a rank the order is found by barycentres, the places by pulling every slot
towards its neighbours as far as the order and the gaps allow (least squares, by pooling adjacent violators).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Size = tuple[float, float]
Point = tuple[float, float]

RANK_GAP, SLOT_GAP = 30.0, 18.0
SWEEPS = 12


@dataclass(frozen=True)
class Way:
    """A way from one node to another with a label of a size; (0, 0) for none."""

    source: str
    target: str
    label: Size = (0.0, 0.0)


@dataclass(frozen=True)
class Routed:
    """A way as it is drawn: its points from source to target, the label's middle, and whether it goes back."""

    way: Way
    points: tuple[Point, ...]
    label_at: Point
    back: bool


@dataclass(frozen=True)
class Placed:
    """A finished picture: the middle of each node, the ways, and the size of the whole."""

    nodes: Mapping[str, Point]
    ways: tuple[Routed, ...]
    width: float
    height: float


@dataclass
class _Slot:
    """One place in a rank: a node, or where a way (or its label) passes. along, across: its size."""

    along: float
    across: float
    node: str = ""
    before: list[_Slot] = field(default_factory=list)
    after: list[_Slot] = field(default_factory=list)
    at: float = 0.0


def place(sizes: Mapping[str, Size], ways: Sequence[Way], *, start: str, down: bool = False) -> Placed:
    """Place nodes of those sizes (width, height) and ways between them. down: read from the top, else from the left.

    At most one way may lead from one node to another; ways from a node to itself are not placed here.
    """
    forward, back = _without_circles(sizes, ways, start)
    rank = _ranks(
        sizes, [(w.source, w.target) for w in forward] + [(w.target, w.source) for w in back], start
    )
    ranks: list[list[_Slot]] = [[] for _ in range(2 * max(rank.values(), default=0) + 1)]

    def turned(size: Size) -> Size:
        return (size[1], size[0]) if down else size

    slots: dict[str, _Slot] = {}
    for name in sorted(sizes, key=lambda name: (rank[name], list(sizes).index(name))):
        along, across = turned(sizes[name])
        slots[name] = _Slot(along, across, node=name)
        ranks[2 * rank[name]].append(slots[name])
    chains: list[tuple[Way, list[_Slot], int, bool]] = []
    for way, is_back in [*((w, False) for w in forward), *((w, True) for w in back)]:
        first, last = (way.target, way.source) if is_back else (way.source, way.target)
        low, high = 2 * rank[first], 2 * rank[last]
        # the label beside the way's own source, where readers look for it
        labelled = high - 1 if is_back else low + 1
        chain = [slots[first]]
        for level in range(low + 1, high):
            along, across = turned(way.label) if level == labelled else (0.0, 0.0)
            slot = _Slot(along, max(across, 6.0))
            ranks[level].append(slot)
            chain.append(slot)
        chain.append(slots[last])
        for one, two in pairwise(chain):
            one.after.append(two)
            two.before.append(one)
        chains.append((way, chain, labelled - low, is_back))
    _order(ranks)
    _spread(ranks)
    return _finish(ranks, slots, chains, down)


def _without_circles(
    sizes: Mapping[str, Size], ways: Sequence[Way], start: str
) -> tuple[list[Way], list[Way]]:
    """The ways that go on and those that go back, found by walking from the start in the order they are written."""
    out: dict[str, list[Way]] = {}
    for way in ways:
        if way.source != way.target:
            out.setdefault(way.source, []).append(way)
    state: dict[str, int] = {}
    forward: list[Way] = []
    back: list[Way] = []

    def walk(name: str) -> None:
        stack = [(name, iter(out.get(name, ())))]
        state[name] = 1
        while stack:
            here, rest = stack[-1]
            way = next(rest, None)
            if way is None:
                state[here] = 2
                stack.pop()
            elif state.get(way.target) == 1:
                back.append(way)
            else:
                forward.append(way)
                if way.target not in state:
                    state[way.target] = 1
                    stack.append((way.target, iter(out.get(way.target, ()))))

    for name in [start, *sizes]:
        if name in sizes and name not in state:
            walk(name)
    return forward, back


def _ranks(sizes: Mapping[str, Size], edges: Sequence[tuple[str, str]], start: str) -> dict[str, int]:
    rank = dict.fromkeys(sizes, 0)
    for _ in sizes:  # longest way; the edges have no circle, so that many rounds suffice
        changed = False
        for one, two in edges:
            if rank[two] < rank[one] + 1:
                rank[two], changed = rank[one] + 1, True
        if not changed:
            break
    return rank


def _order(ranks: list[list[_Slot]]) -> None:
    """Order the slots of each rank by the middle of their neighbours, up and down, keeping the order with the fewest
    crossings."""
    best, fewest = [list(rank) for rank in ranks], _crossings(ranks)
    for sweep in range(SWEEPS):
        towards = range(1, len(ranks)) if sweep % 2 == 0 else range(len(ranks) - 2, -1, -1)
        for level in towards:
            near = ranks[level - 1] if sweep % 2 == 0 else ranks[level + 1]
            position = {id(slot): index for index, slot in enumerate(near)}
            keyed = []
            for index, slot in enumerate(ranks[level]):
                others = slot.before if sweep % 2 == 0 else slot.after
                places = [position[id(other)] for other in others if id(other) in position]
                keyed.append((sum(places) / len(places) if places else float(index), index, slot))
            ranks[level][:] = [slot for _mean, _index, slot in sorted(keyed, key=lambda each: each[:2])]
        crossings = _crossings(ranks)
        if crossings < fewest:
            best, fewest = [list(rank) for rank in ranks], crossings
    for rank, order in zip(ranks, best, strict=True):
        rank[:] = order


def _crossings(ranks: list[list[_Slot]]) -> int:
    total = 0
    for one, two in pairwise(ranks):
        position = {id(slot): index for index, slot in enumerate(two)}
        edges = [
            (index, position[id(other)])
            for index, slot in enumerate(one)
            for other in slot.after
            if id(other) in position
        ]
        total += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(edges) for c, d in edges[n + 1 :])
    return total


def _spread(ranks: list[list[_Slot]]) -> None:
    """Give every slot its place across: as near to its neighbours as order and gaps allow."""
    for rank in ranks:
        at = 0.0
        for slot in rank:
            slot.at = at + slot.across / 2
            at += slot.across + SLOT_GAP
    for sweep in range(4 * SWEEPS):
        order = ranks if sweep % 2 == 0 else ranks[::-1]
        for rank in order:
            wanted = []
            for slot in rank:
                near = [*slot.before, *slot.after]
                # ways that merely pass are drawn straight before boxes are drawn together
                weights = [9.0 if not other.node and not slot.node else 1.0 for other in near]
                total = sum(weights)
                mean = sum(w * o.at for w, o in zip(weights, near, strict=True)) / total if near else slot.at
                wanted.append(mean)
            _settle(rank, wanted)
    least = min((slot.at - slot.across / 2 for rank in ranks for slot in rank), default=0.0)
    for rank in ranks:
        for slot in rank:
            slot.at -= least


def _settle(rank: list[_Slot], wanted: list[float]) -> None:
    """Put the slots as near to `wanted` as their order and gaps allow."""
    offset, offsets = 0.0, []
    for before, slot in zip([None, *rank], rank, strict=False):
        if before is not None:
            offset += before.across / 2 + SLOT_GAP + slot.across / 2
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # (mean of wanted − offset, how many)
    for want, off in zip(wanted, offsets, strict=True):
        mean, count = want - off, 1
        while blocks and blocks[-1][0] > mean:
            other, many = blocks.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        blocks.append((mean, count))
    index = 0
    for mean, count in blocks:
        for _ in range(count):
            rank[index].at = mean + offsets[index]
            index += 1


def _finish(
    ranks: list[list[_Slot]],
    slots: Mapping[str, _Slot],
    chains: list[tuple[Way, list[_Slot], int, bool]],
    down: bool,
) -> Placed:
    middle: dict[int, float] = {}
    depths: dict[int, float] = {}
    begins: list[float] = []
    along = 0.0
    for rank in ranks:
        depth = max((slot.along for slot in rank), default=0.0)
        begins.append(along)
        for slot in rank:
            middle[id(slot)] = along + depth / 2
            depths[id(slot)] = depth
        along += depth + RANK_GAP
    along -= RANK_GAP
    across = max((slot.at + slot.across / 2 for rank in ranks for slot in rank), default=0.0)

    def point(slot: _Slot, shift: float = 0.0, port: float = 0.0) -> Point:
        a, b = middle[id(slot)] + shift, slot.at + port
        return (b, a) if down else (a, b)

    ports = _ports(chains)
    routed = []
    for number, (way, chain, labelled, is_back) in enumerate(chains):
        points = [point(chain[0], chain[0].along / 2, ports[number, "out"])]
        for slot in chain[1:-1]:
            half = (
                depths[id(slot)] / 2
            )  # straight through the whole rank: bends are for the gaps between ranks
            points += [point(slot, -half), point(slot, half)]
        points.append(point(chain[-1], -chain[-1].along / 2, ports[number, "in"]))
        label_at = point(chain[labelled])
        routed.append(Routed(way, tuple(points[::-1] if is_back else points), label_at, is_back))
    nodes = {name: point(slot) for name, slot in slots.items()}
    width, height = (across, along) if down else (along, across)
    return Placed(nodes, tuple(routed), width, height)


def _ports(chains: list[tuple[Way, list[_Slot], int, bool]]) -> dict[tuple[int, str], float]:
    """Where on its box's side each way leaves and arrives, from the side's middle, so that no two share a place."""
    sides: dict[tuple[int, str], list[tuple[float, int, _Slot]]] = {}
    for number, (_way, chain, _labelled, _back) in enumerate(chains):
        sides.setdefault((id(chain[0]), "out"), []).append((chain[1].at, number, chain[0]))
        sides.setdefault((id(chain[-1]), "in"), []).append((chain[-2].at, number, chain[-1]))
    ports: dict[tuple[int, str], float] = {}
    for (_slot, side), each in sides.items():
        step = min(14.0, (each[0][2].across - 12) / len(each))
        for index, (_at, number, _node) in enumerate(sorted(each, key=lambda one: one[:2])):
            ports[number, side] = (index - (len(each) - 1) / 2) * step
    return ports

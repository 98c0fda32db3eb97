"""Which pairs are worth a reviewer's time: what the machine may have wrong, and how much a verdict would put right.

The value of a verdict is the expected value of information (Howard 1966, IEEE Transactions on Systems Science and
Cybernetics 2, 22–26): the probability that the machine is wrong about the two records, times the record pairs that
follow from it. A merge is held together by single joins; if one is wrong, the file falls in two, and every pair
across is wrong with it. A pair left apart costs as many when it should have been joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from ..engine.connection import connect
from ..linkage import probability

#: A join whose odds of being wrong are less than one in 2^DOUBTFUL (in bits: 1 in 16) is not offered.
DOUBTFUL = 4.0
#: Of so many records one doubtful merge is offered, and at least LEAST of them: they come before all else, and most turn
#: out to be right.
PER_RECORDS, LEAST = 500, 30

Record = tuple[str, str]


@dataclass(frozen=True)
class Doubt:
    """One pair to judge. left, right: (resource, key), the smaller first. merged: whether the machine has them in one
    file. value: record pairs a verdict is expected to put right. moves: records that would change their file.
    """

    left: Record
    right: Record
    score: float
    sentence_zh: str
    sentence_en: str
    merged: bool
    value: float
    moves: int


def found(edges: pa.Table, clusters: pa.Table, data_root: Path | None = None) -> Iterator[Doubt]:
    """What a linkage leaves to judge: its pairs marked for review, then the merges that hang by little.

    edges, clusters: of a `LinkResult`. data_root: where a large question may spill. The merges are the most valuable
    ones, at most one for `PER_RECORDS` records.
    """
    with connect(data_root) as db:
        db.register("edges", edges)
        db.register("clusters", clusters)
        yield from _apart(db)
        most = max(LEAST, clusters.num_rows // PER_RECORDS)
        yield from sorted(_merged(db), key=lambda each: (-each.value, each.left, each.right))[:most]


def wrong_if_apart(score: float) -> float:
    """The probability that two records left apart are one subject's; at most even, since something keeps them apart."""
    return min(0.5, probability(score))


def wrong_if_merged(score: float) -> float:
    """The probability that a join is wrong."""
    return 1 - probability(score)


_APART = """WITH sizes AS (SELECT cluster, count(*) AS n FROM clusters GROUP BY cluster)
SELECT e.left_resource, e.left_key, e.right_resource, e.right_key, e.score, e.sentence_zh, e.sentence_en, l.n, r.n
FROM edges e
JOIN clusters a ON a.resource = e.left_resource AND a.source_key = e.left_key JOIN sizes l ON l.cluster = a.cluster
JOIN clusters b ON b.resource = e.right_resource AND b.source_key = e.right_key JOIN sizes r ON r.cluster = b.cluster
WHERE e.decision = 'review'"""

# Only the joins of files that hang by a doubtful one: a tree each, of which every join is a bridge.
_TREES = f"""WITH doubtful AS (
  SELECT DISTINCT c.cluster FROM edges e
  JOIN clusters c ON c.resource = e.left_resource AND c.source_key = e.left_key
  WHERE e.decision = 'link' AND e.how <> 'judgement' AND e.score < {DOUBTFUL})
SELECT c.cluster, e.left_resource, e.left_key, e.right_resource, e.right_key, e.score, e.how, e.sentence_zh, e.sentence_en
FROM edges e JOIN clusters c ON c.resource = e.left_resource AND c.source_key = e.left_key
WHERE e.decision = 'link' AND c.cluster IN (SELECT cluster FROM doubtful)
ORDER BY c.cluster, e.left_resource, e.left_key, e.right_resource, e.right_key"""


def _apart(db: duckdb.DuckDBPyConnection) -> Iterator[Doubt]:
    for *ends, score, zh, en, one, two in db.execute(_APART).fetchall():
        left, right = sorted(((ends[0], ends[1]), (ends[2], ends[3])))
        yield Doubt(left, right, score, zh, en, False, wrong_if_apart(score) * one * two, min(one, two))


def _merged(db: duckdb.DuckDBPyConnection) -> Iterator[Doubt]:
    trees: dict[int, list[tuple[Record, Record, float, str, str, str]]] = defaultdict(list)
    for cluster, a, b, c, d, score, how, zh, en in db.execute(_TREES).fetchall():
        trees[cluster].append(((a, b), (c, d), score, how, zh, en))
    for joins in trees.values():
        sides = bridges([(left, right) for left, right, *_ in joins])
        for left, right, score, how, zh, en in joins:
            if how == "judgement" or score >= DOUBTFUL:
                continue
            one, two = sides.get((left, right), (0, 0))
            if one and two:
                first, second = sorted((left, right))
                value = wrong_if_merged(score) * one * two
                yield Doubt(first, second, score, zh, en, True, value, min(one, two))


def bridges(joins: Iterable[tuple[Record, Record]]) -> Mapping[tuple[Record, Record], tuple[int, int]]:
    """How many records stand on either side of each join that alone holds its file together.

    A join that another way leads around (two judgements and a score in a ring) is not in the answer. Linear in the
    joins (Tarjan 1974, Information Processing Letters 2, 160–161).
    """
    pairs = list(joins)
    near: dict[Record, list[tuple[Record, int]]] = defaultdict(list)
    for number, (left, right) in enumerate(pairs):
        near[left].append((right, number))
        near[right].append((left, number))
    entered: dict[Record, int] = {}
    lowest: dict[Record, int] = {}
    below: dict[Record, int] = {}
    answer: dict[tuple[Record, Record], tuple[int, int]] = {}
    for root in near:
        if root in entered:
            continue
        hanging: list[tuple[int, Record]] = []
        way: list[tuple[Record, int, Iterator[tuple[Record, int]]]] = [(root, -1, iter(near[root]))]
        entered[root] = lowest[root] = len(entered)
        below[root] = 1
        while way:
            node, came_by, rest = way[-1]
            step = next(rest, None)
            if step is None:
                way.pop()
                if way:
                    parent = way[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[node])
                    below[parent] += below[node]
                    if lowest[node] > entered[parent]:
                        hanging.append((came_by, node))
                continue
            other, number = step
            if number == came_by:
                continue
            if other in entered:
                lowest[node] = min(lowest[node], entered[other])
                continue
            entered[other] = lowest[other] = len(entered)
            below[other] = 1
            way.append((other, number, iter(near[other])))
        for number, node in hanging:
            left, right = pairs[number]
            inside = below[node]
            outside = below[root] - inside
            answer[left, right] = (inside, outside) if left == node else (outside, inside)
    return answer

"""`link`: records → identities → candidates → scores → clusters → edges, each step one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import pyarrow as pa

from .candidates import candidates
from .cluster import Origins, cluster
from .compare import are_bare, are_barred, in_chunks, score_pairs
from .decide import EDGES, edges, worth_review
from .identities import Identities, read_identities
from .judgements import Applied, Judgement, apply
from .kinds.base import Floats, Ints, Mask
from .model import LinkageModel
from .plausible import without_implausible
from .sure import SureJoins, are_sure, doubts, join_sure

FLOOR = -7.0  # pairs scoring less hardly ever come to be joined and are dropped at once
IDENTICAL = 3.0  # bits above the link threshold at which records with the same values are one identity

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LinkResult:
    """clusters: resource, source_key, cluster. edges: see `decide.EDGES`; score in bits (log2 odds).

    A cluster's number is the position of its first record in the order of (resource, source key); it is not
    stable from one run to the next: the pool gives stable subject ids. contradictions: judgements that
    could not be applied. seconds: time per step. counts: records, identities, pairs compared, clusters.
    """

    clusters: pa.Table
    edges: pa.Table
    contradictions: tuple[Judgement, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def link(
    records: pa.Table,
    *,
    model: LinkageModel,
    judgements: Sequence[Judgement] = (),
    progress: Progress | None = None,
    review_limit: int | None = None,
) -> LinkResult:
    """Find which records are about one subject.

    records: resource, source_key and any of the model's columns as standardised text, null where absent;
    one row per record, in any order: the result does not depend on it. judgements: stored verdicts, which
    override scores. progress: called with (step, done, total). review_limit: at most so many pairs to
    review (default: one per fifty records, at least 100). Raises HouseError "linkage.columns_missing" or
    "linkage.duplicate_key".
    """
    clock = _Clock(progress)
    everyone = read_identities(records, model)
    clock.tick("identities", everyone.size)
    number_of = _numbers(everyone, judgements)
    judged = np.array(sorted(number_of.values()), np.int64)
    identity, chosen = _collapse(everyone, model, judged)
    some = replace(everyone.take(chosen), times=np.bincount(identity, minlength=len(chosen)))
    applied = apply(
        judgements, {name: int(identity[number]) for name, number in number_of.items()}, some.size
    )
    clock.tick("collapse", some.size)
    left, right = candidates(some, model)
    clock.tick("candidates", len(left))
    kept, certain = _promising(some, model, left, right, progress)
    clock.tick("compare", len(left))
    sure = join_sure(left[certain], right[certain], applied.label, applied.apart)
    found = cluster(
        some,
        model,
        left[kept],
        right[kept],
        label=sure.label,
        apart=applied.apart,
        origins=Origins(identity, everyone.resource_number),
        progress=(lambda done: progress("cluster", done, some.size)) if progress else None,
    )
    found, undone = without_implausible(some, model, found, sure.label)
    clock.tick("cluster", some.size)
    limit = max(100, everyone.size // 50) if review_limit is None else review_limit
    review = worth_review(model, found.open, found.label, limit)
    tables = [
        *_identical_edges(everyone, model, identity, chosen),
        *edges(some, model, *_judged_edges(some, model, applied), "link"),
        *_sure_edges(some, model, sure),
        *(
            table
            for joined in found.joins
            for table in edges(
                some, model, joined.left, joined.right, joined.score, np.zeros(len(joined.left), bool), "link"
            )
        ),
        *edges(
            some, model, review.left, review.right, review.score, np.zeros(len(review.left), bool), "review"
        ),
        *edges(
            some, model, undone.left, undone.right, undone.score, np.zeros(len(undone.left), bool), "review"
        ),
    ]
    label = chosen[found.label][identity]
    clock.tick("edges", len(label))
    clusters = pa.table(
        {
            "resource": pa.array(everyone.resources, pa.string()),
            "source_key": pa.array(everyone.keys, pa.string()),
            "cluster": pa.array(label, pa.int64()),
        }
    )
    return LinkResult(
        clusters,
        pa.concat_tables(tables) if tables else EDGES.empty_table(),
        applied.contradictions,
        clock.seconds,
        {
            "records": everyone.size,
            "identities": some.size,
            "pairs": len(left),
            "clusters": len(np.unique(label)),
            "review": len(review.left) + len(undone.left),
        },
    )


class _Clock:
    """Seconds per step, passed on as progress."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._last = perf_counter()

    def tick(self, step: str, total: int) -> None:
        now = perf_counter()
        self.seconds[step] = round(now - self._last, 3)
        self._last = now
        if self._progress:
            self._progress(step, total, total)


def _numbers(everyone: Identities, judgements: Sequence[Judgement]) -> dict[tuple[str, str], int]:
    """Record numbers of the records that judgements name."""
    named = {side for judgement in judgements for side in (judgement.left, judgement.right)}
    if not named:
        return {}
    pairs = zip(everyone.resources, everyone.keys, strict=True)
    return {pair: number for number, pair in enumerate(pairs) if pair in named}


def _collapse(everyone: Identities, model: LinkageModel, judged: Ints) -> tuple[Ints, Ints]:
    """Records with the same values become one identity where those values are enough to be sure.

    Returns the identity of each record and the first record of each identity. Judged records stay themselves.
    """
    tuples = everyone.tuples()
    tuples[judged] = tuples.max(initial=0) + 1 + np.arange(len(judged))
    _, first, tuples, counts = np.unique(tuples, return_index=True, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts > 1)
    sure = np.zeros(len(first), bool)
    for part in in_chunks(len(several)):
        one = first[several[part]]
        scores = score_pairs(everyone, model, one, one)
        bare = are_bare(everyone, model, scores.bits)
        sure[several[part]] = (scores.total >= model.link + IDENTICAL) & ~bare
        sure[several[part]] &= ~are_barred(model, scores.levels)  # two newborns without a name are two
    owner = np.where(sure[tuples], first[tuples], np.arange(everyone.size))
    chosen, identity = np.unique(owner, return_inverse=True)
    return identity.astype(np.int64), chosen.astype(np.int64)


def _promising(
    identities: Identities, model: LinkageModel, left: Ints, right: Ints, progress: Progress | None
) -> tuple[Mask, Mask]:
    """Which pairs may come to be joined, and which are sure."""
    kept, certain = np.zeros(len(left), bool), np.zeros(len(left), bool)
    contradicting = doubts(identities, model)
    for part in in_chunks(len(left)):
        scores = score_pairs(identities, model, left[part], right[part])
        kept[part] = scores.total >= FLOOR
        certain[part] = are_sure(model, contradicting, scores.levels, left[part], right[part])
        if progress:
            progress("compare", part.stop, len(left))
    return kept | certain, certain


def _identical_edges(
    everyone: Identities, model: LinkageModel, identity: Ints, chosen: Ints
) -> list[pa.Table]:
    """Edges from the first record of an identity to each of its others."""
    others = np.flatnonzero(chosen[identity] != np.arange(everyone.size))
    first = chosen[identity[others]]
    score = np.empty(len(others))
    for part in in_chunks(len(others)):
        score[part] = score_pairs(everyone, model, first[part], others[part]).total
    return list(edges(everyone, model, first, others, score, np.zeros(len(others), bool), "link"))


def _judged_edges(some: Identities, model: LinkageModel, applied: Applied) -> tuple[Ints, Ints, Floats, Mask]:
    left, right = applied.same[:, 0], applied.same[:, 1]
    return left, right, score_pairs(some, model, left, right).total, np.ones(len(left), bool)


def _sure_edges(some: Identities, model: LinkageModel, sure: SureJoins) -> Iterator[pa.Table]:
    for part in in_chunks(len(sure.left)):
        left, right = sure.left[part], sure.right[part]
        score = np.maximum(score_pairs(some, model, left, right).total, model.link)
        yield from edges(some, model, left, right, score, np.zeros(len(left), bool), "link")

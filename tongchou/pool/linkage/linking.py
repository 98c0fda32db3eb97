"""`link`: records → identities → candidates → scores → clusters → edges, each step one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import pyarrow as pa

from .census import Census
from .cluster import Origins
from .decide import TOLD, edges, foremost, named
from .identities import Identities, name_hashes, read_identities
from .judgements import Judgement, apply
from .kinds.base import Ints, Mask
from .model import LinkageModel
from .resolving import (
    every_promising,
    identical_edges,
    penalty_by_name,
    penalty_by_number,
    resolve,
    say_enough,
    tuples_of,
)
from .state import Judged, State, named_by

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LinkResult:
    """clusters: resource, source_key, cluster. edges: see `decide.EDGES`; score in bits (log2 odds).

    A cluster's number is the number of its first record, which is not stable from one run to the next: the pool gives
    stable subject ids. contradictions: judgements that could not be applied. seconds: time per step. counts: records,
    identities, pairs compared, clusters. state: what `relinking.relink` starts from. decided: per row of `clusters`,
    whether this run decided about it; None when it decided about all. The edges of a run over what changed are those
    of the records it decided about, and all that are for review.
    """

    clusters: pa.Table
    edges: pa.Table
    contradictions: tuple[Judgement, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    state: State | None = None
    decided: Mask | None = None


def link(
    records: pa.Table,
    *,
    model: LinkageModel,
    judgements: Sequence[Judgement] = (),
    progress: Progress | None = None,
    review_limit: int | None = None,
    census: Census | None = None,
) -> LinkResult:
    """Find which records are about one subject.

    records: resource, source_key and any of the model's columns as standardised text, null where absent;
    one row per record, in any order: the result does not depend on it. judgements: stored verdicts, which
    override scores. progress: called with (step, done, total). review_limit: at most so many pairs to
    review (default: one per fifty records, at least 100). census: what is common; None counts it from the
    records. Raises HouseError "linkage.columns_missing" or "linkage.duplicate_key".
    """
    clock = Clock(progress)
    everyone = read_identities(records, model, census=census)
    assert everyone.census is not None
    clock.tick("identities", everyone.size)
    number_of = numbers_of(everyone, named_by(judgements))
    judged = np.array(sorted(number_of.values()), np.int64)
    tuples = tuples_of(everyone, judged)
    identity, chosen = _collapse(everyone, model, tuples)
    some = replace(everyone.take(chosen), times=np.bincount(identity, minlength=len(chosen)))
    applied = apply(
        judgements, {name: int(identity[number]) for name, number in number_of.items()}, some.size
    )
    clock.tick("collapse", some.size)
    left, right, certain, compared = every_promising(
        some, model, (lambda done, total: progress("compare", done, total)) if progress else None
    )
    clock.tick("compare", compared)
    resolved = resolve(
        some, model, left, right, certain,
        label=applied.label, same=applied.same, apart=applied.apart,
        origins=Origins(identity, everyone.resource_number),
        penalty=penalty_by_number(everyone.census, everyone.names),
        progress=(lambda done: progress("cluster", done, some.size)) if progress else None,
    )  # fmt: skip
    clock.tick("cluster", some.size)
    others = np.flatnonzero(chosen[identity] != np.arange(everyone.size))
    links = pa.concat_tables(
        [
            *identical_edges(everyone, model, chosen[identity[others]], others),
            renumbered(resolved.links, chosen),
        ]
    ).unify_dictionaries()
    known = replace(everyone.census, penalty=penalty_by_name(resolved.penalty, everyone.names))
    state = State(
        everyone=replace(everyone, census=known), tuples=tuples, identity=identity, chosen=chosen,
        left=left, right=right, certain=certain, label=resolved.label, part=resolved.part,
        judged=Judged(judged, chosen[applied.same], chosen[applied.apart]), links=links, open=resolved.open,
    )  # fmt: skip
    result = told(state, model, links, review_limit, applied.contradictions, clock)
    result.counts["pairs"] = compared
    return result


def told(
    state: State,
    model: LinkageModel,
    links: pa.Table,
    review_limit: int | None,
    contradictions: tuple[Judgement, ...],
    clock: Clock,
    decided: Mask | None = None,
) -> LinkResult:
    """The result of a run whose state is made. links: the joins to tell of."""
    everyone = state.everyone
    limit = max(100, everyone.size // 50) if review_limit is None else review_limit
    best = foremost(state.open, limit)
    review = edges(
        everyone, model, state.chosen[best.left], state.chosen[best.right], best.score,
        np.zeros(len(best.left), bool), "review",
    )  # fmt: skip
    whole = pa.concat_tables([TOLD.empty_table(), links, *review])
    clusters = state.clusters()
    result = LinkResult(
        clusters,
        named(whole, everyone),
        contradictions,
        clock.seconds,
        {
            "records": everyone.size,
            "identities": len(state.chosen),
            "clusters": int(np.count_nonzero(state.label == np.arange(len(state.label)))),
            "review": len(best.left),
        },
        state,
        decided,
    )
    clock.tick("edges", clusters.num_rows)
    return result


def renumbered(links: pa.Table, numbers: Ints) -> pa.Table:
    """Edges with other numbers for their records: `numbers[old]`."""
    for at, name in enumerate(("left", "right")):
        links = links.set_column(at, name, pa.array(numbers[links[name].to_numpy()], pa.int64()))
    return links


def numbers_of(everyone: Identities, names: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Record numbers of those of the named records that there are."""
    if not names or not everyone.size:
        return {}
    resources, keys = (pa.array(side, pa.string()) for side in zip(*names, strict=True))
    hashes = name_hashes(resources, keys)
    at = np.minimum(np.searchsorted(everyone.named, hashes), everyone.size - 1)
    found = np.flatnonzero(everyone.named[at] == hashes)
    return {names[number]: int(at[number]) for number in found}


class Clock:
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


def _collapse(everyone: Identities, model: LinkageModel, tuples: np.ndarray) -> tuple[Ints, Ints]:
    """Records with the same values become one identity where those values are enough to be sure.

    Returns the identity of each record and the first record of each identity.
    """
    _, first, which, counts = np.unique(tuples, return_index=True, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts > 1)
    sure = np.zeros(len(first), bool)
    sure[several] = say_enough(everyone, model, first[several])
    return identities_by(first, which, sure)


def identities_by(first: Ints, which: Ints, sure: Mask) -> tuple[Ints, Ints]:
    """The identity of each record and the first record of each. first: record of each group, which: group of each
    record, sure: the groups that are one identity.
    """
    owner = np.where(sure[which], first[which], np.arange(len(which)))
    return numbered(owner)


def numbered(owner: Ints) -> tuple[Ints, Ints]:
    """The identity of each record and the first record of each. owner: the first record of each record's identity."""
    heads = np.zeros(len(owner), bool)
    heads[owner] = True
    identity: Ints = (np.cumsum(heads) - 1)[owner]
    return identity, np.flatnonzero(heads)

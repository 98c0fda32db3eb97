"""Clusters from compared pairs: agreement grows from the surest outwards, and what contradicts stays apart.

Joining everything above a threshold chains strangers together: a guardian's phone joins two children. Here
two clusters are joined only when each is the other's best partner, best first, and a joined cluster is
weighed again as a whole: per column, the evidence of all pairs across the two clusters is averaged as a
mixture (log2 of the mean of 2^bits over the pairs that say anything). A record without a number thereby
meets every variant of name, phone and home that its person has shown so far, and one agreeing slip among
many disagreements counts for little.

Invariants: a stored "different" is never joined, not even through others; two clusters with different
numbers that both pass their check are never joined by score, nor is a pair for which a single weak column
speaks (the first are shown for review); in a small table a shared name joins only where something else
speaks for it too, and is shown for review otherwise; a source that hardly ever holds one subject twice, as far as the sure
links tell, makes joining two of its records harder. The outcome depends on the records' keys, not on their
order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .compare import CHUNK, Scores, are_bare, score_pairs, subtract_echoes
from .hashing import distinct
from .identities import Identities
from .kinds.base import ABSENT, Floats, Ints, Mask, among_levels
from .model import LinkageModel
from .steady import kept_apart, steady

MEMBERS = 12  # so many records of a cluster speak for it
TOLERATED = 3.0  # bits against: another phone and home are borne, another sex, date or number is not
SURE = 8.0  # bits above the link threshold that make a join sure enough to learn about sources from


@dataclass
class Joined:
    """One round of joins: per join the pair of records that spoke most for it, and the clusters' score."""

    left: Ints
    right: Ints
    score: Floats


@dataclass
class Weighed:
    """Pairs of clusters (smallest record numbers, one < two) and the best pair of records across.

    barred: two numbers that cannot be one subject's. thin: a single weak column speaks for them. bare: a shared
    name speaks for them and hardly anything else, in a table too small to show how common the name is. against:
    the bits (0 or less) of the columns that speak against them, those that say nothing either way left out.
    """

    one: Ints
    two: Ints
    score: Floats
    barred: Mask
    thin: Mask
    bare: Mask
    against: Floats
    left: Ints
    right: Ints

    def take(self, chosen: Ints | Mask) -> Weighed:
        """Some of the pairs."""
        return Weighed(*(values[chosen] for values in vars(self).values()))


@dataclass
class Clusters:
    """label: smallest record number of each record's cluster. joins: in the order made. open: pairs left
    apart. penalty: per resource number, as given or as learned (`duplicate_penalty`). part: smallest record number
    of what hangs together by pairs, inside which everything was decided.
    """

    label: Ints
    joins: list[Joined]
    open: Weighed
    penalty: Floats
    part: Ints


@dataclass(frozen=True)
class Origins:
    """Which records of which resources each identity stands for: identity and resource number per record."""

    identity: Ints
    resource: Ints

    def masks(self, size: int) -> NDArray[np.uint64]:
        """A bit per resource for each identity (resources beyond 64 share bits; they are not penalised)."""
        answer = np.zeros(size, np.uint64)
        np.bitwise_or.at(answer, self.identity, np.uint64(1) << (self.resource % 64).astype(np.uint64))
        return answer


def cluster(
    identities: Identities,
    model: LinkageModel,
    left: Ints,
    right: Ints,
    *,
    label: Ints,
    apart: Ints,
    origins: Origins,
    penalty: Floats | None = None,
    progress: Callable[[int], None] | None = None,
) -> Clusters:
    """Join identities into clusters.

    left, right: candidate pairs worth considering. label: clusters to start from (those judged "same"),
    each named by its smallest number. apart: n × 2, pairs judged "different". penalty: of a census; None learns it.

    What happens in one connected part of the pairs does not depend on any other part, the penalty apart: parts in
    which nothing more is joined are left alone, and a run over some whole parts gives what a run over all would.
    """
    joins: list[Joined] = []
    part = connected(
        len(label), np.concatenate([left, np.arange(len(label))]), np.concatenate([right, label])
    )
    weighed = _nothing()
    changed = np.ones(len(label), bool)
    masks = origins.masks(len(label))
    done = 0
    for threshold in (model.link + SURE, model.link):
        sure = threshold > model.link
        if not sure and penalty is None:
            penalty = duplicate_penalty(label[origins.identity], origins.resource)
        charged = np.zeros(64) if sure or penalty is None else penalty
        settled: list[Weighed] = []
        one, two = left, right
        while True:
            weighed = _weigh(identities, model, one, two, label, weighed, changed)
            scored = _charged(weighed, label, masks, charged)
            chosen = scored.take(_mutual_best(identities, model, scored, threshold, label, apart))
            if not len(chosen.one):
                settled.append(weighed)
                break
            busy = np.zeros(len(label), bool)
            busy[part[chosen.one]] = True
            settled.append(weighed.take(~busy[part[weighed.one]]))
            weighed = weighed.take(busy[part[weighed.one]])
            still = busy[part[one]]
            one, two = one[still], two[still]
            target = np.arange(len(label))
            target[chosen.two] = chosen.one
            label = target[label]
            changed = np.zeros(len(label), bool)
            changed[chosen.one] = True
            joins.append(Joined(chosen.left, chosen.right, chosen.score))
            done += len(chosen.one)
            if progress:
                progress(done)
        weighed = _joined(settled, len(label))
        changed = np.zeros(len(label), bool)
    assert penalty is not None
    scored = _charged(weighed, label, masks, penalty)
    return Clusters(label, joins, scored.take(~_are_apart(scored, label, apart)), penalty, part)


def connected(size: int, left: Ints, right: Ints) -> Ints:
    """The smallest number of each number's connected part, where `left[i]` and `right[i]` are connected."""
    label = np.arange(size)
    while len(left):
        one, two = label[left], label[right]
        other = one != two
        if not other.any():
            break
        left, right, one, two = left[other], right[other], one[other], two[other]
        label[np.maximum(one, two)] = np.minimum(one, two)
        while True:
            further = label[label]
            if np.array_equal(further, label):
                break
            label = further
    return label


def duplicate_penalty(label: Ints, resource: Ints) -> Floats:
    """Bits (0 to −8) against joining two records of one resource, learned from clusters already sure.

    A resource of which sure clusters hold far fewer pairs than chance would give keeps one record per
    subject.
    """
    answer = np.zeros(64)
    width = int(resource.max()) + 1 if len(resource) else 1
    held, counts = np.unique(label * width + resource, return_counts=True)
    of_resource = held % width
    totals = np.bincount(label).astype(np.float64)
    all_pairs = float((totals * (totals - 1) / 2).sum())
    for number in range(min(width, 64)):
        mine = counts[of_resource == number].astype(np.float64)
        share = mine.sum() / max(len(resource), 1)
        expected = all_pairs * share * share
        found = float((mine * (mine - 1) / 2).sum())
        if expected > 20 and width <= 64:
            answer[number] = float(np.clip(np.log2((found + 1) / expected), -8.0, 0.0))
    return answer


def _nothing() -> Weighed:
    none, no = np.empty(0, np.int64), np.empty(0, bool)
    return Weighed(none, none, np.empty(0), no, no, no, np.empty(0), none, none)


def _joined(pieces: list[Weighed], size: int) -> Weighed:
    """Several sets of pairs as one, in the order of their clusters."""
    both = Weighed(
        *(np.concatenate(values) for values in zip(*(vars(piece).values() for piece in pieces), strict=True))
    )
    return both.take(np.argsort(both.one * np.int64(size) + both.two, kind="stable"))


def _weigh(
    identities: Identities,
    model: LinkageModel,
    left: Ints,
    right: Ints,
    label: Ints,
    before: Weighed,
    changed: Mask,
) -> Weighed:
    """Score every pair of clusters that candidates connect; pairs of unchanged clusters keep their score."""
    size = np.int64(len(label))
    one, two = np.minimum(label[left], label[right]), np.maximum(label[left], label[right])
    codes = distinct((one * size + two)[one != two])
    one, two = codes // size, codes % size
    fresh = changed[one] | changed[two]
    keep = before.take(np.searchsorted(before.one * size + before.two, codes[~fresh]))
    return _joined([keep, _weigh_pairs(identities, model, one[fresh], two[fresh], label)], len(label))


def _charged(pairs: Weighed, label: Ints, masks: NDArray[np.uint64], penalty: Floats) -> Weighed:
    """The pairs with bits taken off where both clusters hold records of a resource without duplicates."""
    if not penalty.any():
        return pairs
    of_cluster = np.zeros(len(label), np.uint64)
    np.bitwise_or.at(of_cluster, label, masks)
    shared = of_cluster[pairs.one] & of_cluster[pairs.two]
    off = np.zeros(len(shared))
    for number in np.flatnonzero(penalty):
        off += np.where(shared >> np.uint64(number) & np.uint64(1), penalty[number], 0.0)
    return replace(pairs, score=pairs.score + off)


def _weigh_pairs(identities: Identities, model: LinkageModel, one: Ints, two: Ints, label: Ints) -> Weighed:
    """Score pairs of clusters from all pairs of their members."""
    wanted = np.zeros(len(label), bool)
    wanted[one] = wanted[two] = True
    members = np.flatnonzero(wanted[label])
    members = members[np.argsort(label[members], kind="stable")]
    counts = np.where(wanted, np.bincount(label, minlength=len(label)), 0)
    starts = np.cumsum(counts) - counts
    capped = np.minimum(counts, MEMBERS)
    pieces = [_nothing()]
    for part in _in_portions(capped[one] * capped[two]):
        a, b = one[part], two[part]
        wide, high = capped[a], capped[b]
        across = wide * high
        owner = np.repeat(np.arange(len(a)), across)
        first = np.cumsum(across) - across
        step = np.arange(int(across.sum())) - first[owner]
        left = members[starts[a][owner] + step // high[owner]]
        right = members[starts[b][owner] + step % high[owner]]
        scores = score_pairs(identities, model, left, right)
        total, barred, thin, against = mixture(model, scores, first)
        denied = steady(model, scores.levels, owner, left, right, identities.times, len(a))
        barred |= kept_apart(model, scores.levels, owner, len(a))
        total, against = total + denied, against + denied.sum(axis=1)
        bare = are_bare(identities, model, total)
        best = np.lexsort((-scores.total, owner))[first]
        summed = identities.prior + total.sum(axis=1)
        pieces.append(Weighed(a, b, summed, barred, thin, bare, against, left[best], right[best]))
    return Weighed(
        *(np.concatenate(values) for values in zip(*(vars(p).values() for p in pieces), strict=True))
    )


def _in_portions(work: Ints) -> Iterator[slice]:
    """Slices of pairs of clusters with about as many pairs of records each as are compared at once."""
    done = np.cumsum(work)
    first = 0
    while first < len(work):
        before = done[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(done, before + CHUNK // 2, "right")))
        yield slice(first, last)
        first = last


def mixture(model: LinkageModel, scores: Scores, first: Ints) -> tuple[Floats, Mask, Mask, Floats]:
    """Per column log2 of the mean of 2^bits over the pairs that say anything; and `barred`, `thin` and `against` of
    `Weighed`.
    """
    total = np.zeros((len(first), len(model.columns)))
    barred = np.zeros(len(first), bool)
    speaking = np.zeros(len(first), np.int64)
    for at, column in enumerate(model.columns):
        says = (scores.levels[:, at] != ABSENT).astype(np.float64)
        odds = np.add.reduceat(np.exp2(scores.own[:, at]) * says, first)
        saying = np.add.reduceat(says, first)
        heard = saying > 0
        total[heard, at] = np.log2(odds[heard] / saying[heard])
        if column.conflict:
            at_odds = among_levels(column.kind.levels, column.conflict)[scores.levels[:, at]]
            agreed = scores.levels[:, at] == 1  # every kind's first level is full agreement
            barred |= np.logical_or.reduceat(at_odds, first) & ~np.logical_or.reduceat(agreed, first)
        enough = among_levels(column.kind.levels, column.alone)[scores.levels[:, at]]
        speaking += (total[:, at] > 0) * (1 + np.logical_or.reduceat(enough, first))
    thin = speaking < min(2, len(model.columns))
    against: Floats = (np.minimum(total, 0.0) * ~_silent(model, scores, first)).sum(axis=1)
    subtract_echoes(model, total)
    return total, barred, thin, against


def _silent(model: LinkageModel, scores: Scores, first: Ints) -> Mask:
    """Per pair of clusters and column: whether all that is said is a level that says nothing either way. A child without a
    name yet costs bits, for lack of evidence; it does not contradict the child that has one."""
    answer = np.zeros((len(first), len(model.columns)), bool)
    for at, column in enumerate(model.columns):
        numbers = [number for number, level in enumerate(column.kind.levels) if level.silent]
        if numbers:
            levels = scores.levels[:, at]
            answer[:, at] = ~np.logical_or.reduceat((levels != ABSENT) & ~np.isin(levels, numbers), first)
    return answer


def _mutual_best(
    identities: Identities, model: LinkageModel, weighed: Weighed, threshold: float, label: Ints, apart: Ints
) -> Ints:
    """Pairs in which each cluster is the other's best partner; ties go to the smaller number.

    A cluster with two nearly equal partners that contradict one another is ambiguous (one 王伟 without a number,
    two 王伟 with) and joins neither. Partners that merely have nothing to say to one another (a visit with the
    number, a car with the home) are both its own.
    """
    if not len(weighed.one):
        return np.empty(0, np.int64)
    bars = weighed.barred | weighed.thin | weighed.bare | _are_apart(weighed, label, apart)
    may = np.flatnonzero((weighed.score >= threshold) & ~bars)
    one, two, score = weighed.one[may], weighed.two[may], weighed.score[may]
    node, partner = np.concatenate([one, two]), np.concatenate([two, one])
    both = np.concatenate([score, score])
    order = np.lexsort((partner, -both, node))
    node, partner, both = node[order], partner[order], both[order]
    top = np.flatnonzero(np.concatenate([[True], node[1:] != node[:-1]])) if len(node) else node
    best = np.full(len(label), -1, np.int64)
    best[node[top]] = partner[top]
    follows = top[(top + 1 < len(node))]
    follows = follows[
        (node[follows + 1] == node[follows]) & (both[follows] - both[follows + 1] < model.margin)
    ]
    first, second = partner[follows], partner[follows + 1]
    low, high = np.minimum(first, second), np.maximum(first, second)
    belong = _belong(identities, model, weighed, low, high, label, apart)
    best[node[follows[~belong]]] = -1
    mutual: Ints = may[(best[one] == two) & (best[two] == one)]
    return mutual


def _belong(
    identities: Identities,
    model: LinkageModel,
    weighed: Weighed,
    one: Ints,
    two: Ints,
    label: Ints,
    apart: Ints,
) -> Mask:
    """Which pairs of clusters may both be one subject's: nothing of weight speaks against them, or more for."""
    size = np.int64(len(label))
    codes, wanted = weighed.one * size + weighed.two, one * size + two
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    known = codes[at] == wanted
    answer = np.zeros(len(one), bool)
    for rows, pairs in (
        (known, weighed.take(at[known])),
        (~known, _weigh_pairs(identities, model, one[~known], two[~known], label)),
    ):
        fits = (pairs.score >= model.review) & ~pairs.thin
        answer[rows] = (
            (fits | (pairs.against > -TOLERATED)) & ~pairs.barred & ~_are_apart(pairs, label, apart)
        )
    return answer


def _are_apart(weighed: Weighed, label: Ints, apart: Ints) -> Mask:
    """Pairs of clusters that hold two records judged different."""
    if not len(apart):
        return np.zeros(len(weighed.one), bool)
    one, two = label[apart[:, 0]], label[apart[:, 1]]
    size = np.int64(len(label))
    codes = np.minimum(one, two) * size + np.maximum(one, two)
    answer: Mask = np.isin(weighed.one * size + weighed.two, codes)
    return answer

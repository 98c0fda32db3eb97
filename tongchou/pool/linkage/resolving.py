"""From promising pairs to decisions, for all records or for some whole connected parts of them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .candidates import Portion, inside, nearness, portions
from .census import Census
from .cluster import Clusters, Origins, cluster
from .compare import are_bare, are_barred, in_chunks, score_pairs
from .decide import TOLD, Open, edges, reviewable
from .hashing import Hashes, Known, distinct, together
from .identities import Identities
from .kinds.base import Floats, Ints, Mask, mix
from .model import LinkageModel
from .plausible import with_undone, without_implausible
from .sure import SureJoins, are_sure, doubts, join_sure

FLOOR = -7.0  # pairs scoring less hardly ever come to be joined and are dropped at once
IDENTICAL = 3.0  # bits above the link threshold at which records with the same values are one identity
_AT_ONCE = 1 << 18  # pairs a thread compares before it takes others
_IN_CACHE = 1 << 15  # pairs whose scores are worked out together
_JUDGED = np.int64(1 << 40)


@dataclass
class Resolved:
    """label, part: per identity (`cluster.Clusters`). links: edges between identities (`decide.TOLD`). open: pairs a
    steward might decide. penalty: per resource number, as given or learned.
    """

    label: Ints
    part: Ints
    links: pa.Table
    open: Open
    penalty: Floats


def resolve(
    some: Identities,
    model: LinkageModel,
    left: Ints,
    right: Ints,
    certain: Mask,
    *,
    label: Ints,
    same: Ints,
    apart: Ints,
    origins: Origins,
    penalty: Floats | None,
    progress: Callable[[int], None] | None = None,
) -> Resolved:
    """Join what belongs together. left, right: promising pairs, certain: the sure ones among them. label, same, apart:
    of applied judgements. penalty: None learns it. Everything by the numbers of `some`.
    """
    sure = join_sure(left[certain], right[certain], label, apart)
    found = cluster(
        some, model, left, right,
        label=sure.label, apart=apart, origins=origins, penalty=penalty, progress=progress,
    )  # fmt: skip
    found, undone = without_implausible(some, model, found, sure.label)
    told = [
        *edges(
            some, model, same[:, 0], same[:, 1], _scores(some, model, same), np.ones(len(same), bool), "link"
        ),
        *_sure_edges(some, model, sure),
        *_joined_edges(some, model, found),
    ]
    links = pa.concat_tables(told).unify_dictionaries() if told else TOLD.empty_table()
    waiting = with_undone(reviewable(model, found.open, found.label), undone)
    return Resolved(found.label, found.part, links, waiting, found.penalty)


def tuples_of(everyone: Identities, judged: Ints) -> Hashes:
    """A number per record, the same where all it says is the same; judged records stay themselves."""
    tuples = everyone.tuples()
    tuples[judged] = mix(everyone.named[judged], np.full(len(judged), _JUDGED))
    return tuples


def say_enough(everyone: Identities, model: LinkageModel, records: Ints) -> Mask:
    """Which of the records say enough that another one saying the same is about the same subject."""
    answer = np.zeros(len(records), bool)
    for part in in_chunks(len(records)):
        scores = score_pairs(everyone, model, records[part], records[part])
        bare = are_bare(everyone, model, scores.bits)
        answer[part] = (scores.total >= model.link + IDENTICAL) & ~bare
        answer[part] &= ~are_barred(model, scores.levels)  # two newborns without a name are two
    return answer


def every_promising(
    some: Identities, model: LinkageModel, progress: Callable[[int, int], None] | None
) -> tuple[Ints, Ints, Mask, int]:
    """All pairs that may come to be joined, ascending; which are sure; and how many were compared.

    One key after the other: a pair that a key before found promising is not compared again.
    """
    size = np.int64(some.size)
    near = nearness(some)
    contradicting = doubts(some, model)
    codes, sure = np.empty(0, np.int64), np.empty(0, bool)
    compared = 0
    # Arrays are worked on outside the interpreter's lock, so that threads do help: while some compare, one more
    # lays out the next key's blocks.
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads, ThreadPoolExecutor(1) as ahead:
        laid = deque([ahead.submit(portions, some, model, key, near) for key in model.keys[:1]])
        for number in range(len(model.keys)):
            parts = laid.popleft().result()
            laid.extend(
                ahead.submit(portions, some, model, key, near) for key in model.keys[number + 1 : number + 2]
            )
            known = Known(codes)

            def compare(part: Portion, known: Known = known) -> tuple[Ints, Mask, int]:
                left, right = inside(part)
                pairs = distinct(left * size + right)
                pairs = pairs[~known.has(pairs)]
                kept, safe = _promising(some, model, contradicting, pairs // size, pairs % size)
                return pairs[kept], safe[kept], len(pairs)

            found = list(threads.map(compare, parts))
            compared += sum(count for _, _, count in found)
            fresh, first = np.unique(
                np.concatenate([codes[:0], *(each[0] for each in found)]), return_index=True
            )
            safe = np.concatenate([sure[:0], *(each[1] for each in found)])[first]
            codes, at = together(codes, fresh)
            was, sure = sure, np.empty(len(codes), bool)
            stood = np.ones(len(codes), bool)
            stood[at] = False
            sure[stood], sure[at] = was, safe
            if progress:
                progress(number + 1, len(model.keys))
    return codes // size, codes % size, sure, compared


def promising(
    some: Identities, model: LinkageModel, contradicting: dict[str, Mask], left: Ints, right: Ints
) -> tuple[Mask, Mask]:
    """Which pairs may come to be joined, and which are sure."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        found = list(
            threads.map(
                lambda part: _promising(some, model, contradicting, left[part], right[part]),
                in_chunks(len(left), _AT_ONCE),
            )
        )
    none = np.empty(0, bool)
    return (
        np.concatenate([none, *(kept for kept, _ in found)]),
        np.concatenate([none, *(certain for _, certain in found)]),
    )


def _promising(
    some: Identities, model: LinkageModel, contradicting: dict[str, Mask], left: Ints, right: Ints
) -> tuple[Mask, Mask]:
    """`promising`, in this thread; a few at a time, so that what is made on the way stays in the processor's cache."""
    kept, certain = np.zeros(len(left), bool), np.zeros(len(left), bool)
    for part in in_chunks(len(left), _IN_CACHE):
        scores = score_pairs(some, model, left[part], right[part])
        certain[part] = are_sure(model, contradicting, scores.levels, left[part], right[part])
        kept[part] = (scores.total >= FLOOR) | certain[part]
    return kept, certain


def penalty_by_name(penalty: Floats, names: list[str]) -> dict[str, float]:
    """What is taken off, by resource."""
    return {name: float(penalty[number]) for number, name in enumerate(names[:64]) if penalty[number]}


def penalty_by_number(census: Census, names: list[str]) -> Floats | None:
    """What is taken off, by resource number; None when it is yet to be learned."""
    if census.penalty is None:
        return None
    answer = np.zeros(64)
    for number, name in enumerate(names if len(names) <= 64 else ()):
        answer[number] = census.penalty.get(name, 0.0)
    return answer


def identical_edges(
    everyone: Identities, model: LinkageModel, first: Ints, others: Ints
) -> Iterator[pa.Table]:
    """Edges between records that say the same: the first of an identity, and its others."""
    score = _scores(everyone, model, np.stack([first, others], axis=1))
    yield from edges(everyone, model, first, others, score, np.zeros(len(others), bool), "link")


def _scores(some: Identities, model: LinkageModel, pairs: Ints) -> Floats:
    score = np.empty(len(pairs))
    for part in in_chunks(len(pairs)):
        score[part] = score_pairs(some, model, pairs[part, 0], pairs[part, 1]).total
    return score


def _sure_edges(some: Identities, model: LinkageModel, sure: SureJoins) -> Iterator[pa.Table]:
    pairs = np.stack([sure.left, sure.right], axis=1)
    score = np.maximum(_scores(some, model, pairs), model.link)
    yield from edges(some, model, sure.left, sure.right, score, np.zeros(len(pairs), bool), "link")


def _joined_edges(some: Identities, model: LinkageModel, found: Clusters) -> Iterator[pa.Table]:
    for joined in found.joins:
        no = np.zeros(len(joined.left), bool)
        yield from edges(some, model, joined.left, joined.right, joined.score, no, "link")

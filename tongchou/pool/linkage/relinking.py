"""`relink`: what a full run would find, from what the last run knew and the records that changed since.

Every decision is made inside a connected part of the promising pairs, and a pair's score depends on its two records
and the census alone. So: lay the changed records among the others (`_Merged`); see which identities came and went;
see which pairs thereby came and went (`changes`); decide again in the parts they touch (`resolving`), and leave all
other parts as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from .changes import CAME, STAYED, WENT, changes
from .cluster import Origins
from .decide import Open
from .hashing import among, distinct, together
from .identities import Column, Identities
from .judgements import Applied, Judgement, apply
from .kinds.base import UNKNOWN, Bytes, Ints, Mask
from .linking import Clock, LinkResult, Progress, numbered, numbers_of, renumbered, told
from .merging import Merged, merge
from .model import LinkageModel
from .resolving import (
    Resolved,
    identical_edges,
    penalty_by_number,
    promising,
    resolve,
    say_enough,
    tuples_of,
)
from .state import Judged, State, named_by
from .sure import doubts


def relink(
    state: State,
    records: pa.Table,
    *,
    model: LinkageModel,
    judgements: Sequence[Judgement] = (),
    removed: Iterable[tuple[str, str]] = (),
    progress: Progress | None = None,
    review_limit: int | None = None,
) -> LinkResult:
    """The result of `link` over all records under the census of `state`, which must be of this model.

    records: those that are new or say something else, as for `link`; the others stay as the state has them. removed:
    names of records that are no more. judgements: all that stand now. Raises HouseError as `link` does.
    """
    clock = Clock(progress)
    merged = merge(state, records, model, removed)
    everyone = merged.everyone
    number_of = numbers_of(everyone, named_by(judgements))
    judged = np.array(sorted(number_of.values()), np.int64)
    tuples = _tuples(state, merged, judged)
    clock.tick("identities", everyone.size)
    identity, chosen = _identities(state, merged, model, tuples)
    some = replace(everyone.take(chosen), times=np.bincount(identity, minlength=len(chosen)))
    turned = _Turned(state, merged, tuples, identity, chosen)
    applied = apply(
        judgements, {name: int(identity[number]) for name, number in number_of.items()}, some.size
    )
    turned.judge(state, merged, applied, chosen)
    clock.tick("collapse", some.size)
    left, right, certain, compared = _pairs(state, some, model, turned)
    clock.tick("compare", compared)
    again = np.flatnonzero(turned.again())
    resolved = _decide(some, model, again, left, right, certain, applied, identity, everyone, progress)
    clock.tick("cluster", len(again))
    none = np.empty(0, np.int64)
    undecided = State(
        everyone=everyone, tuples=tuples, identity=identity, chosen=chosen, left=left, right=right, certain=certain,
        label=none, part=none, judged=Judged(judged, chosen[applied.same], chosen[applied.apart]),
        links=state.links, open=state.open,
    )  # fmt: skip
    whole, fresh, decided = _laid_over(state, merged, model, turned, again, resolved, undecided)
    result = told(whole, model, fresh, review_limit, applied.contradictions, clock, decided)
    result.counts["pairs"] = compared
    result.counts["decided"] = int(decided.sum())
    return result


def _tuples(state: State, merged: Merged, judged: Ints) -> np.ndarray:
    """The tuple of every record now: kept of records that stayed, unless a judgement names them now or did before."""
    tuples = np.zeros(merged.everyone.size, np.uint64)
    stayed = merged.was >= 0
    tuples[stayed] = state.tuples[merged.was[stayed]]
    named = merged.now[state.judged.records]
    anew = distinct(np.concatenate([np.flatnonzero(~stayed), named[named >= 0], judged]))
    tuples[anew] = tuples_of(merged.everyone.take(anew), np.searchsorted(anew, judged))
    return tuples


def _identities(state: State, merged: Merged, model: LinkageModel, tuples: np.ndarray) -> tuple[Ints, Ints]:
    """The identity of each record, and the first record of each; groups nobody joined or left are as they were."""
    stayed = np.flatnonzero(merged.was >= 0)
    other = np.ones(len(tuples), bool)
    other[stayed] = tuples[stayed] != state.tuples[merged.was[stayed]]
    left = np.ones(len(state.tuples), bool)
    left[merged.was[stayed]] = other[stayed]
    # Groups into or out of which somebody came; of all others the first record is the first of before.
    touched = among(tuples, distinct(np.concatenate([tuples[other], state.tuples[left]])))
    owner = np.arange(len(tuples))
    kept = np.flatnonzero(~touched)
    owner[kept] = merged.now[state.chosen[state.identity[merged.was[kept]]]]
    some = np.flatnonzero(touched)
    _, first, which, counts = np.unique(
        tuples[some], return_index=True, return_inverse=True, return_counts=True
    )
    several = np.flatnonzero(counts > 1)
    sure = np.zeros(len(first), bool)
    sure[several] = say_enough(merged.everyone, model, some[first[several]])
    owner[some] = np.where(sure[which], some[first[which]], some)
    return numbered(owner)


class _Turned:
    """Which identities of before are which now, and what must be decided again.

    now: per identity of before its number now, -1 when it is not one any more. was: the other way. part: the part
    each was in before, by a number of before. parts, newly: what must be decided again: parts of before, identities
    of now.
    """

    def __init__(
        self, state: State, merged: Merged, tuples: np.ndarray, identity: Ints, chosen: Ints
    ) -> None:
        record = merged.now[state.chosen]
        stood = np.flatnonzero(record >= 0)
        stood = stood[tuples[record[stood]] == state.tuples[state.chosen[stood]]]
        stood = stood[chosen[identity[record[stood]]] == record[stood]]
        self.now = np.full(len(state.chosen), -1, np.int64)
        self.now[stood] = identity[record[stood]]
        self.was = np.full(len(chosen), -1, np.int64)
        self.was[self.now[stood]] = stood
        self.part = state.part
        self.parts = np.zeros(len(state.chosen), bool)
        self.newly = self.was < 0
        self.parts[state.part[self.now < 0]] = True
        # An identity that lost or won a record is in another place than before, though it says the same.
        gone = merged.now < 0
        self.parts[state.part[state.identity[gone]]] = True
        here = np.flatnonzero(~gone)
        moved = here[self.now[state.identity[here]] != identity[merged.now[here]]]
        self.parts[state.part[state.identity[moved]]] = True
        self.newly[identity[merged.now[moved]]] = True
        self.newly[identity[merged.was < 0]] = True

    def touch(self, identities: Ints) -> None:
        """Decide again about these identities of now, and the parts they were in."""
        self.newly[identities] = True

    def judge(self, state: State, merged: Merged, applied: Applied, chosen: Ints) -> None:
        """Decide again about records between which a judgement holds that did not, or the other way round."""
        for before, now in ((state.judged.same, applied.same), (state.judged.apart, applied.apart)):
            told = {tuple(pair) for pair in chosen[now].tolist()}
            stood = merged.now[before]
            held = {tuple(pair) for pair in stood[(stood >= 0).all(axis=1)].tolist()}
            changed = sorted({record for pair in told ^ held for record in pair})
            self.touch(np.searchsorted(chosen, np.array(changed, np.int64)))
            for pair in before[(stood < 0).any(axis=1)].ravel():
                self.parts[state.part[state.identity[pair]]] = True

    def again(self) -> Mask:
        """The identities of now that must be decided again, with all of every part they were in."""
        stayed = self.was >= 0
        self.parts[self.part[self.was[stayed & self.newly]]] = True
        answer = self.newly.copy()
        answer[stayed] |= self.parts[self.part[self.was[stayed]]]
        return answer

    def status(self) -> Bytes:
        """STAYED or CAME for every identity of now, then WENT for those that went."""
        went = np.full(int((self.now < 0).sum()), WENT, np.uint8)
        return np.concatenate([np.where(self.was < 0, CAME, STAYED).astype(np.uint8), went])


def _pairs(
    state: State, some: Identities, model: LinkageModel, turned: _Turned
) -> tuple[Ints, Ints, Mask, int]:
    """The promising pairs now, ascending, which are sure, and how many were compared; touches where they changed."""
    size = np.int64(some.size)
    left, right = turned.now[state.left], turned.now[state.right]
    stood = (left >= 0) & (right >= 0)
    codes, certain = left[stood] * size + right[stood], state.certain[stood]
    gone = state.everyone.take(state.chosen[turned.now < 0])
    both = _together(some, gone)
    changed = changes(both, model, turned.status(), codes, int(size))
    come = changed.come[~among(changed.come, codes)]
    asked = np.zeros(some.size, bool)
    asked[come // size] = asked[come % size] = True
    kept, safe = promising(some, model, doubts(some, model, asked), come // size, come % size)
    lost = among(codes, changed.go)
    for each in (codes[lost], come[kept]):
        turned.touch(each // size)
        turned.touch(each % size)
    # Identities keep their order, so that the pairs of before still ascend.
    codes, at = together(codes[~lost], come[kept])
    stood = np.ones(len(codes), bool)
    stood[at] = False
    sure = np.empty(len(codes), bool)
    sure[stood], sure[at] = certain[~lost], safe[kept]
    return codes // size, codes % size, sure, len(come)


def _together(some: Identities, gone: Identities) -> Identities:
    """Identities of now and, after them, those that went; a value keeps its number when others are added."""

    def joined(one: Column, two: Column) -> Column:
        stated = np.concatenate([one.stated, two.stated])
        derived = stated if one.derived is one.stated else np.concatenate([one.derived, two.derived])
        return replace(one, stated=stated, derived=derived)

    return replace(
        some,
        named=np.concatenate([some.named, gone.named]),
        columns=tuple(joined(one, two) for one, two in zip(some.columns, gone.columns, strict=True)),
    )


def _decide(
    some: Identities,
    model: LinkageModel,
    again: Ints,
    left: Ints,
    right: Ints,
    certain: Mask,
    applied: Applied,
    identity: Ints,
    everyone: Identities,
    progress: Progress | None,
) -> Resolved:
    """Decide about some whole parts; the answer is by the numbers of `again`."""
    place = np.full(some.size, UNKNOWN, np.int64)
    place[again] = np.arange(len(again))
    inside = place[left] >= 0
    records = np.flatnonzero(place[identity] >= 0)
    census = everyone.census
    assert census is not None
    return resolve(
        some.take(again), model, place[left[inside]], place[right[inside]], certain[inside],
        label=place[applied.label[again]],
        same=_inside(applied.same, place), apart=_inside(applied.apart, place),
        origins=Origins(place[identity[records]], everyone.resource_number[records]),
        penalty=penalty_by_number(census, everyone.names),
        progress=(lambda done: progress("cluster", done, len(again))) if progress else None,
    )  # fmt: skip


def _inside(pairs: Ints, place: Ints) -> Ints:
    """The pairs whose both sides are decided again, by their places."""
    placed = place[pairs]
    return placed[(placed >= 0).all(axis=1)]


def _laid_over(
    state: State,
    merged: Merged,
    model: LinkageModel,
    turned: _Turned,
    again: Ints,
    resolved: Resolved,
    whole: State,
) -> tuple[State, pa.Table, Mask]:
    """`whole`, with decisions: those of before, and over them those made now. Also the joins made now, and which
    records they are about.
    """
    everyone, identity, chosen = merged.everyone, whole.identity, whole.chosen
    anew = np.zeros(len(chosen), bool)
    anew[again] = True
    kept = np.flatnonzero(~anew)
    label, part = np.empty(len(chosen), np.int64), np.empty(len(chosen), np.int64)
    for values, before, now in ((label, state.label, resolved.label), (part, state.part, resolved.part)):
        values[kept] = turned.now[before[turned.was[kept]]]
        values[again] = again[now]
    decided = anew[identity]
    others = np.flatnonzero(decided & (chosen[identity] != np.arange(everyone.size)))
    fresh = pa.concat_tables(
        [
            *identical_edges(everyone, model, chosen[identity[others]], others),
            renumbered(resolved.links, chosen[again]),
        ]
    ).unify_dictionaries()
    stays = np.concatenate([~decided, [False]])[merged.now]  # of records before; -1, those gone, is the last
    old = state.links.filter(pa.array(stays[state.links["left"].to_numpy()]))
    links = pa.concat_tables([renumbered(old, merged.now), fresh]).unify_dictionaries()
    was_open = np.flatnonzero(stays[state.chosen[state.open.left]])
    open_ = Open(
        np.concatenate([turned.now[state.open.left[was_open]], again[resolved.open.left]]),
        np.concatenate([turned.now[state.open.right[was_open]], again[resolved.open.right]]),
        np.concatenate([state.open.score[was_open], resolved.open.score]),
        np.concatenate([state.open.use[was_open], resolved.open.use]),
    )
    order = np.lexsort((open_.right, open_.left))
    return replace(whole, label=label, part=part, links=links, open=open_.take(order)), fresh, decided

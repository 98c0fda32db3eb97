"""A cluster that cannot be one subject, whatever its joins said, is taken apart again and shown to a steward.

Weights are learned from ordinary sources. A village whose every form bears one phone and one address, with one
surname and numbered given names, may still chain step by step; so at the end each cluster is looked at as a whole.
Somebody's name is misspelt, but not in a dozen ways on a dozen birthdays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .cluster import Clusters, Joined
from .decide import Open
from .hashing import distinct
from .identities import Identities
from .kinds.base import UNKNOWN, Floats, Ints, Mask
from .model import LinkageModel

ALLOWED = (
    6  # different names, and different dates, that one subject may bear; one more for every SLACK records
)
SLACK = 20
URGENT = 64.0  # use of judging such a pair, above that of any other
SHOWN = 20  # pairs shown of each cluster taken apart


def without_implausible(
    identities: Identities, model: LinkageModel, found: Clusters, before: Ints
) -> tuple[Clusters, Joined]:
    """The clusters, with implausible ones as they were before weighing; and the joins undone, the surest first.

    before: label per record from sure joins and judgements, which stand.
    """
    gone = implausible(identities, model, found.label)
    if not gone.any():
        return found, Joined(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    label = np.where(gone[found.label], before, found.label)
    undone, joins = [], []
    for joined in found.joins:
        taken = gone[found.label[joined.left]]
        undone.append(_some(joined, taken))
        joins.append(_some(joined, ~taken))
    shown = Joined(
        np.concatenate([each.left for each in undone]),
        np.concatenate([each.right for each in undone]),
        np.concatenate([each.score for each in undone]),
    )
    owner = found.label[shown.left]
    order = np.lexsort((shown.right, shown.left, -shown.score, owner))
    owner = owner[order]
    begins = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]])) if len(owner) else owner
    rank = np.arange(len(owner)) - np.repeat(begins, np.diff([*begins, len(owner)]))
    return replace(found, label=label, joins=joins), _some(shown, order[rank < SHOWN])


def with_undone(waiting: Open, undone: Joined) -> Open:
    """The pairs a steward might decide and, before them, those of clusters taken apart; in the order of records."""
    if not len(undone.left):
        return waiting
    use = np.full(len(undone.left), URGENT)
    parts = zip(waiting, Open(undone.left, undone.right, undone.score, use), strict=True)
    whole = Open(*(np.concatenate(both) for both in parts))
    return whole.take(np.lexsort((whole.right, whole.left)))


def implausible(identities: Identities, model: LinkageModel, label: Ints) -> Mask:
    """Per label: whether its cluster bears too many names and, where dates are known, too many birth dates."""
    size = len(label)
    allowed: Floats = ALLOWED + np.bincount(label, weights=identities.times, minlength=size) / SLACK
    answer = np.zeros(size, bool)
    if "name" not in model.column_at:
        return answer
    answer = _different(identities, model, "name", "coarse", label) > allowed
    if not answer.any() or "birth_date" not in model.column_at:
        return answer
    dates = _different(identities, model, "birth_date", "day", label)
    answer &= (dates > allowed) | (dates == 0)
    return answer


def _different(identities: Identities, model: LinkageModel, name: str, group: str, label: Ints) -> Ints:
    """How many different values of a column's group each cluster holds; 0 where the column's kind has no such group."""
    column = identities.columns[model.column_at[name]]
    numbers = column.folded.groups.get(group)
    if numbers is None or not len(numbers):
        return np.zeros(len(label), np.int64)
    value = column.effective
    known = np.where(value == UNKNOWN, UNKNOWN, numbers[value])
    seen = np.flatnonzero(known != UNKNOWN)
    if not len(seen):
        return np.zeros(len(label), np.int64)
    _, dense = np.unique(known[seen], return_inverse=True)
    width = int(dense.max()) + 1
    pairs = distinct(label[seen] * width + dense)
    counts: Ints = np.bincount(pairs // width, minlength=len(label))
    return counts


def _some(joined: Joined, chosen: Mask | Ints) -> Joined:
    return Joined(joined.left[chosen], joined.right[chosen], joined.score[chosen])

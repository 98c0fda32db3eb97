"""From scores to decisions: which joins are links, which pairs are worth a steward's look, in what words.

Every join becomes an edge that says how it came about: "number" where a number that identifies alone
agrees, "judgement" where a steward said so, "probability" otherwise. Pairs left apart that might be one
subject become "review" edges, the most useful first (the most uncertain, weighted by how many records a
verdict would move), at most `limit` of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from .cluster import Weighed
from .compare import Sentences, in_chunks, probability, score_pairs
from .identities import Identities
from .kinds.base import Bytes, Floats, Ints, Mask, mix
from .model import LinkageModel

EDGES = pa.schema(
    [
        ("left_resource", pa.string()),
        ("left_key", pa.string()),
        ("right_resource", pa.string()),
        ("right_key", pa.string()),
        ("score", pa.float64()),
        ("how", pa.string()),
        ("decision", pa.string()),
        ("sentence_zh", pa.string()),
        ("sentence_en", pa.string()),
    ]
)


_WORD = pa.dictionary(pa.int32(), pa.string())

TOLD = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("score", pa.float64()),
        ("how", _WORD),
        ("decision", _WORD),
        ("sentence_zh", _WORD),
        ("sentence_en", _WORD),
    ]
)
"""Edges by the numbers of their records, before they are named (`named`)."""


class Open(NamedTuple):
    """Pairs left apart that a steward might decide. left, right: record numbers. use: the higher, the more a
    verdict would help; it depends on nothing outside the pair's own connected part.
    """

    left: Ints
    right: Ints
    score: Floats
    use: Floats

    def take(self, chosen: Ints) -> Open:
        """Some of the pairs."""
        return Open(self.left[chosen], self.right[chosen], self.score[chosen], self.use[chosen])


def reviewable(model: LinkageModel, open_pairs: Weighed, label: Ints) -> Open:
    """The open pairs a steward might decide, in the order of their records.

    Pairs between the review and the link threshold, and pairs above it that a rule or ambiguity kept apart; not
    those of which a single column speaks: a steward who sees 王伟 and 王伟 and nothing else cannot decide either.
    """
    may = open_pairs.take((open_pairs.score >= model.review) & ~open_pairs.thin)
    counts = np.bincount(label, minlength=len(label))
    chance = np.array([probability(score) for score in may.score])
    doubt = np.where(may.score >= model.link, 1.0, 1 - np.abs(2 * chance - 1))
    use = doubt * np.log2(1.0 + counts[may.one] * counts[may.two])
    found = Open(may.left, may.right, may.score, use)
    return found.take(np.lexsort((may.right, may.left)))


def foremost(found: Open, limit: int) -> Open:
    """The most useful `limit` of the pairs, most useful first."""
    return found.take(np.lexsort((found.right, found.left, -found.use))[:limit])


def edges(
    identities: Identities,
    model: LinkageModel,
    left: Ints,
    right: Ints,
    score: Floats,
    judged: Mask,
    decision: str,
) -> Iterator[pa.Table]:
    """Tables of edges (`TOLD`) for pairs of records, in the order given."""
    sentences = Sentences(model)
    numbers = [at for at, column in enumerate(model.columns) if column.number]
    for part in in_chunks(len(left), 1 << 17):
        one, two = left[part], right[part]
        scores = score_pairs(identities, model, one, two)
        number = (scores.levels[:, numbers] == 1).any(axis=1)
        how = np.where(judged[part], 2, np.where(number, 1, 0)).astype(np.int32)
        rows, which = _distinct(scores.levels)
        told = sentences.of(rows)
        yield pa.table(
            [
                pa.array(one),
                pa.array(two),
                pa.array(np.round(score[part], 3)),
                _words(how, ["probability", "number", "judgement"]),
                _words(np.zeros(len(one), np.int32), [decision]),
                _words(which, [text.zh for text in told]),
                _words(which, [text.en for text in told]),
            ],
            schema=TOLD,
        )


def named(told: pa.Table, everyone: Identities) -> pa.Table:
    """Edges (`TOLD`) between records of `everyone` as `EDGES`."""
    sides = [told[side].to_numpy() for side in ("left", "right")]
    columns = [
        *(
            values
            for side in sides
            for values in (everyone.resources(side), everyone.keys.take(pa.array(side)))
        ),
        *(told[name].cast(EDGES.field(name).type) for name in EDGES.names[4:]),
    ]
    return pa.table(columns, schema=EDGES)


def _distinct(levels: Bytes) -> tuple[Bytes, Ints]:
    """The different rows of levels, and which of them each row is."""
    hashed = np.zeros(len(levels), np.uint64)
    for at in range(levels.shape[1]):
        hashed = mix(hashed, levels[:, at].astype(np.int64))
    _, first, which = np.unique(hashed, return_index=True, return_inverse=True)
    return levels[first], which.astype(np.int32)


def _words(which: np.ndarray, words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(which, pa.int32()), pa.array(words, pa.string()))

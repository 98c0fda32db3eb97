"""From scores to decisions: which joins are links, which pairs are worth a steward's look, in what words.

Every join becomes an edge that says how it came about: "number" where a number that identifies alone
agrees, "judgement" where a steward said so, "probability" otherwise. Pairs left apart that might be one
subject become "review" edges, the most useful first (the most uncertain, weighted by how many records a
verdict would move), at most `limit` of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from .cluster import Weighed
from .compare import Sentences, in_chunks, probability, score_pairs
from .identities import Identities
from .kinds.base import Floats, Ints, Mask
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


def worth_review(model: LinkageModel, open_pairs: Weighed, label: Ints, limit: int) -> Weighed:
    """The open pairs to show a steward, most useful first.

    Pairs between the review and the link threshold, and pairs above it that a rule or ambiguity kept apart; not
    those of which a single column speaks: a steward who sees 王伟 and 王伟 and nothing else cannot decide either.
    """
    may = open_pairs.take((open_pairs.score >= model.review) & ~open_pairs.thin)
    counts = np.bincount(label, minlength=len(label))
    chance = np.array([probability(score) for score in may.score])
    doubt = np.where(may.score >= model.link, 1.0, 1 - np.abs(2 * chance - 1))
    use = doubt * np.log2(1.0 + counts[may.one] * counts[may.two])
    return may.take(np.lexsort((may.right, may.left, -use))[:limit])


def edges(
    identities: Identities,
    model: LinkageModel,
    left: Ints,
    right: Ints,
    score: Floats,
    judged: Mask,
    decision: str,
) -> Iterator[pa.Table]:
    """Edge tables for pairs of records, in the order given."""
    sentences = Sentences(model)
    numbers = [at for at, column in enumerate(model.columns) if column.number]
    for part in in_chunks(len(left), 1 << 17):
        one, two = left[part], right[part]
        scores = score_pairs(identities, model, one, two)
        number = (scores.levels[:, numbers] == 1).any(axis=1)
        how = np.where(judged[part], "judgement", np.where(number, "number", "probability"))
        told = sentences.of(scores.levels)
        yield pa.table(
            {
                "left_resource": [identities.resources[at] for at in one],
                "left_key": [identities.keys[at] for at in one],
                "right_resource": [identities.resources[at] for at in two],
                "right_key": [identities.keys[at] for at in two],
                "score": np.round(score[part], 3),
                "how": how.tolist(),
                "decision": [decision] * len(one),
                "sentence_zh": [text.zh for text in told],
                "sentence_en": [text.en for text in told],
            },
            schema=EDGES,
        )

"""What an index of documents can do, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from .digests import DIGEST_BYTES

#: (subject id, sealed document, the digests it is found by, joined)
Row = tuple[str, bytes, bytes]
#: (kind of lookup, digest, subject id)
Lookup = tuple[str, bytes, str]


class Writing(Protocol):
    """An open refresh of one population; nothing of it is seen before it ends well.

    It writes what differs: a lookup that stays is not touched, nor is the place of a document that is written again.
    """

    def clear(self) -> None:
        """Forget the whole population, before anything is put."""

    def remove(self, subject_ids: Iterable[str]) -> None:
        """Forget these documents and their lookups."""

    def put(self, documents: Iterable[Row], lookups: Iterable[Lookup]) -> None:
        """Add documents, or write them again, with all their lookups; after `clear` none of them is there."""

    def finish(self, aliases: Iterable[tuple[str, str]], state: Mapping[str, Any]) -> None:
        """Replace the aliases and say what the index now stands for."""


def digests_in(joined: bytes) -> list[bytes]:
    """The digests that were joined."""
    return [joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES)]


def differing(
    held: Mapping[str, bytes], documents: Sequence[Row], lookups: Iterable[Lookup]
) -> tuple[list[tuple[bytes, str]], list[Lookup]]:
    """(lookups that are no more, lookups that are new). held: {subject id: joined digests} of those that are there."""
    before = {subject_id: frozenset(digests_in(joined)) for subject_id, joined in held.items()}
    nothing: frozenset[bytes] = frozenset()
    gone = [
        (each, subject_id)
        for subject_id, _, joined in documents
        if subject_id in before
        for each in before[subject_id].difference(digests_in(joined))
    ]
    return gone, [each for each in lookups if each[1] not in before.get(each[2], nothing)]


class Store(Protocol):
    """An index of documents."""

    def document(self, subject_id: str) -> tuple[str, bytes] | None:
        """(subject id, sealed document), following an alias to the id it was merged into; None when unknown."""

    def merged_into(self, subject_id: str) -> list[str]:
        """The ids that lead to this one, over however many merges."""

    def find(self, digest: bytes, limit: int) -> list[str]:
        """Up to `limit` subject ids under a digest, in the order of the ids."""

    def state(self, population: str) -> dict[str, Any]:
        """What the last finished refresh said of itself; empty before the first."""

    def count(self, population: str) -> int:
        """Documents of a population."""

    def writing(self, population: str, *, thoroughly: bool = False) -> AbstractContextManager[Writing]:
        """Refresh a population in one transaction. thoroughly: overwrite what is removed, where the store can."""

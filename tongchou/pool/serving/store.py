"""What an index of documents can do, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

#: (subject id, sealed document)
Row = tuple[str, bytes]
#: (kind of lookup, digest, subject id)
Lookup = tuple[str, bytes, str]


class Writing(Protocol):
    """An open refresh of one population; nothing of it is seen before it ends well."""

    def clear(self) -> None:
        """Forget the whole population."""

    def remove(self, subject_ids: Iterable[str]) -> None:
        """Forget these documents and their lookups."""

    def put(self, documents: Iterable[Row], lookups: Iterable[Lookup]) -> None:
        """Add documents that are not there, with their lookups."""

    def finish(self, aliases: Iterable[tuple[str, str]], state: Mapping[str, Any]) -> None:
        """Replace the aliases and say what the index now stands for."""


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

"""What a reader may see of the subjects around the one they read: each under the grants that are good for it.

A grant that demands a case is good for the subject of that case alone, so that opening one file under a case does not
open the family's. Documents are fetched once each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tongchou.accounts.actor import Actor
from tongchou.pool import queries as pool
from tongchou.pool import relations as pool_relations
from tongchou.pool.plans import Feed
from tongchou.pool.relations import Basis

from . import cases, dossiers, rules
from .dossiers import Found, Related, Seen
from .dossiers.relating import Stated, relate
from .rulebook import Rulebook


class Neighbours:
    """The subjects around one, for one reader. terms: the grants that fit the purpose. fields: as `read` takes them.

    What may be seen of a subject is found out once: several records of a family say something of each of it.
    """

    def __init__(
        self,
        *,
        by: Actor,
        book: Rulebook,
        terms: Sequence[rules.Terms],
        case_ref: str,
        on: date,
        known_at: datetime | None,
        fields: Mapping[str, Collection[str]] | None,
    ) -> None:
        self._by, self._book, self._terms, self._case_ref = by, book, terms, case_ref
        self._on, self._known_at, self._fields = on, known_at, fields
        self._documents: dict[str, dict[str, Any] | None] = {}
        self._scopes: dict[str, dict[str, rules.Scope]] = {}
        self._seen: dict[str, dict[tuple[str, str], Seen]] = {}

    def know(self, document: dict[str, Any], scope: Mapping[str, rules.Scope]) -> None:
        """Take over what was found of a subject already."""
        subject_id = document["subject_id"]
        self._documents[subject_id], self._scopes[subject_id] = document, dict(scope)

    def related(self, subject_id: str) -> tuple[tuple[Related, ...], tuple[tuple[str, str, str], ...]]:
        """What may be told of a subject's relations, and (resource, field, grant) of what says so."""
        found = pool_relations.relations_of(subject_id, valid_on=self._on, known_at=self._known_at)
        return relate(found, stated=self._stated, found=self._found, households=self._book.households)

    def shown_of(self, subject_id: str) -> list[str]:
        """Fields of a subject's own records that its glimpse tells of, as "resource.field"; none where only others name it."""
        document = self._document(subject_id)
        if document is None:
            return []
        seen = list(self._records(document).values())
        return dossiers.glimpsed_fields(document["kind"], seen, self._known(document["population"]))

    def _document(self, subject_id: str) -> dict[str, Any] | None:
        if subject_id not in self._documents:
            self._documents[subject_id] = pool.document(subject_id)
        return self._documents[subject_id]

    def _known(self, population: str) -> Mapping[str, Feed]:
        return self._book.feeds.get(population, {})

    def _scope(self, document: Mapping[str, Any]) -> dict[str, rules.Scope]:
        subject_id = document["subject_id"]
        if subject_id not in self._scopes:
            known = self._known(document["population"])
            terms = [each for each in self._terms if each.resource in known]
            if any(each.needs_case for each in terms) and not cases.live_case(
                by=self._by, subject_id=subject_id, case_ref=self._case_ref
            ):
                terms = [each for each in terms if not each.needs_case]
            self._scopes[subject_id] = rules.narrowed(
                self._book.scope_of(terms, document["population"]), self._fields
            )
        return self._scopes[subject_id]

    def _records(self, document: Mapping[str, Any]) -> dict[tuple[str, str], Seen]:
        """The records in force that may be seen of a subject, by resource and key, in the order of a dossier."""
        subject_id = document["subject_id"]
        if subject_id not in self._seen:
            found = dossiers.visible(document, self._scope(document), self._on, self._known_at)
            self._seen[subject_id] = {(each.resource, each.record["key"]): each for each in found}
        return self._seen[subject_id]

    def _stated(self, basis: Basis) -> Stated | None:
        document = self._document(basis.subject_id)
        if document is None:
            return None
        feed = self._known(document["population"]).get(basis.resource)
        seen = self._records(document).get((basis.resource, basis.key))
        return Stated(seen, feed) if feed is not None and seen is not None else None

    def _found(self, subject_id: str) -> Found | None:
        document = self._document(subject_id)
        if document is None:
            return None
        records = list(self._records(document).values())
        return dossiers.glimpsed(document, records, self._known(document["population"]))

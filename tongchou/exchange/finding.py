"""Who is found: rights first. What a searcher's grants do not cover is not found, not counted, and ranks nobody.

By a number, a subject is found whom the number stands for and of whom something is granted. By words, only on values
that are granted themselves – this field, of this row: the index is asked with the granted fields as a filter, and every
proposal is decided again on its document, record by record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.catalogue import finding as catalogue
from tongchou.pool import queries as pool
from tongchou.pool.plans import Feed
from tongchou.pool.search import asked as words
from tongchou.pool.search.finding import propose
from tongchou.pool.search.likeness import Likeness, likeness, namesakes
from tongchou.pool.search.searched import SEARCHED
from tongchou.standards.text import Text

from . import cases, dossiers, rules
from .dossiers import Found, FoundResource
from .rulebook import Rulebook
from .rules import Query, Scope

#: Results shown at most.
MOST_RESULTS = 20
#: Resources shown at most.
MOST_RESOURCES = 8
#: Likeness below which a result is only shown when there is no better one.
GOOD = 50


class Finder:
    """One search. found: the results so far, best first; is_ranked: whether they are the likeliest of possibly more."""

    def __init__(self, by: Actor, book: Rulebook, purpose: str, case_ref: str) -> None:
        self.by, self.book, self.purpose, self.case_ref = by, book, purpose, case_ref
        self.on = timezone.localdate()
        self.fitting = book.fitting(by, purpose, rules.QUERY, self.on)
        self.free = tuple(each for each in self.fitting if not each.needs_case)
        self.found: list[Found] = []
        self.is_ranked = False

    @property
    def grants(self) -> list[str]:
        """The grants by which subjects may be found."""
        known = {code for feeds in self.book.feeds.values() for code in feeds}
        return sorted({each.number for each in self.fitting if each.resource in known})

    def look(self, query: Query) -> None:
        """Look for one reading of what was typed; adds to `found`."""
        if query.kind == rules.WORDS:
            self._by_words(query.values[0])
            return
        self.is_ranked = False
        for subject_id in pool.find(query.kind, *query.values):
            document = pool.document(subject_id)
            if document is not None and document["population"] in self.book.kinds:
                self._add(self._glimpse(document, self._with_case(document["subject_id"])))

    def _add(self, found: Found | None) -> None:
        if found is not None and all(each.subject_id != found.subject_id for each in self.found):
            self.found.append(found)

    def _by_words(self, text: str) -> None:
        asked = words.read(text)
        if asked is None:
            return
        rest, wanted = without_document(text, self._document_labels())
        if wanted and (narrower := words.read(rest)) is not None:
            # "恒信达 许可证文件": whose document of that name the searcher may see.
            self._rank(narrower, wanted)
            if self.found:
                return
        self._rank(asked, frozenset())

    def _rank(self, asked: words.Asked, wanted: frozenset[str]) -> None:
        self.is_ranked = True
        ranked: list[tuple[Likeness, Found]] = []
        seen: set[str] = set()
        for weight, proposed in propose(asked, self._where()):
            if ranked and weight < words.SLIP / 2 and max(like.score for like, _ in ranked) >= GOOD:
                break  # what follows shares one character of two: it is only shown when there is nothing better
            document = pool.document(proposed)
            if (
                document is None
                or document["subject_id"] in seen
                or document["population"] not in self.book.kinds
            ):
                continue
            seen.add(document["subject_id"])
            found = self._alike(asked, document)
            if found is not None and wanted <= {each.zh for each in found[1].documents}:
                ranked.append(found)
            if len(ranked) > MOST_RESULTS and min(like.score for like, _ in ranked) >= GOOD:
                break
        ranked.sort(key=lambda each: (-each[0].score, each[1].subject_id))
        best = ranked[0][0].score if ranked else 0
        said = namesakes(asked, [like for like, _ in ranked])
        self.found += [
            replace(each, why=like.why)
            for like, (_, each) in zip(said, ranked, strict=True)
            if like.score >= GOOD or best < GOOD
        ]

    def _alike(self, asked: words.Asked, document: dict[str, Any]) -> tuple[Likeness, Found] | None:
        population, subject_id = document["population"], document["subject_id"]
        with_case = self._with_case(subject_id)
        like = self._likeness(asked, document, self._scope(population, with_case))
        needs_case = False
        if like is None and not with_case and len(self.free) < len(self.fitting):
            like, needs_case = self._likeness(asked, document, self._scope(population, True)), True
        if like is None:
            return None
        found = self._glimpse(document, with_case)
        if found is None:
            return None
        if needs_case:
            # Found by what may be read under a case only: no more is said of them than that.
            found = self._masked(document) or found
        held = () if found.needs_case else self._documents(document, with_case)
        return like, replace(found, documents=held)

    def _documents(self, document: dict[str, Any], with_case: bool) -> tuple[Text, ...]:
        population = document["population"]
        feeds = self.book.feeds.get(population, {})
        return documents_of(document, feeds, self._scope(population, with_case), self.on)

    def _document_labels(self) -> frozenset[str]:
        """What the documents are called that the searcher may find."""
        return frozenset(
            each.label.zh
            for population, feeds in self.book.feeds.items()
            for code, held in self._scope(population, True).items()
            for each in feeds[code].fields
            if each.element == dossiers.DOCUMENT and each.name in held.fields
        )

    def _likeness(
        self, asked: words.Asked, document: dict[str, Any], scope: Mapping[str, Scope]
    ) -> Likeness | None:
        population = document["population"]
        values = usable(document, self.book.feeds.get(population, {}), scope)
        return likeness(asked, values, self.book.kinds[population])

    def _with_case(self, subject_id: str) -> bool:
        """Whether all fitting grants may be used of this subject: none demands a case, or there is a live one."""
        if len(self.free) == len(self.fitting):
            return True
        return cases.live_case(by=self.by, subject_id=subject_id, case_ref=self.case_ref) is not None

    def _scope(self, population: str, with_case: bool) -> Mapping[str, Scope]:
        return self.book.scope_of(self.fitting if with_case else self.free, population)

    def _glimpse(self, document: dict[str, Any], with_case: bool) -> Found | None:
        population = document["population"]
        feeds = self.book.feeds.get(population, {})
        found = dossiers.glimpse_of(document, feeds, self._scope(population, with_case), self.on)
        return found if found is not None or with_case else self._masked(document)

    def _masked(self, document: dict[str, Any]) -> Found | None:
        """Somebody of whom only grants that demand a case say something: the masked name, and nothing else."""
        population = document["population"]
        feeds = self.book.feeds.get(population, {})
        found = dossiers.glimpse_of(document, feeds, self._scope(population, True), self.on)
        return replace(found, facts=(), needs_case=True) if found is not None else None

    def _where(self) -> dict[str, list[str]]:
        """{population: the granted fields by which somebody may be found, as "resource.field"}."""
        found: dict[str, list[str]] = {}
        for population, feeds in self.book.feeds.items():
            searched = SEARCHED.get(self.book.kinds.get(population, ""), {})
            scope = self._scope(population, True)
            places = [
                f"{code}.{each.name}"
                for code, held in scope.items()
                for each in feeds[code].fields
                if each.attribute in searched and each.name in held.fields
            ]
            if places:
                found[population] = places
        return found


def documents_of(
    document: Mapping[str, Any], feeds: Mapping[str, Feed], scope: Mapping[str, Scope], on: date
) -> tuple[Text, ...]:
    """What the documents are called that stand in records in force within the scope, each name once."""
    found: dict[Text, None] = {}
    for seen in dossiers.visible(document, scope, on, None):
        for each in feeds[seen.resource].fields:
            if (
                each.element == dossiers.DOCUMENT
                and each.name in seen.held.fields
                and seen.record["values"].get(each.name)
            ):
                found[each.label] = None
    return tuple(found)


def without_document(text: str, labels: Collection[str]) -> tuple[str, frozenset[str]]:
    """(the words that name no document, the names of documents among them). A word names it in full or as a part of
    three characters or more."""
    rest, wanted = [], set()
    for word in text.split():
        named = {each for each in labels if word == each or (len(word) > 2 and word in each)}
        if len(named) == 1:
            wanted |= named
        else:
            rest.append(word)
    return " ".join(rest), frozenset(wanted)


def usable(
    document: Mapping[str, Any], feeds: Mapping[str, Feed], scope: Mapping[str, Scope]
) -> dict[str, list[str]]:
    """{attribute: values} that records within the scope say of their subject, now or before."""
    found: dict[str, dict[str, None]] = {}
    for version in document["versions"]:
        held = scope.get(version["resource"])
        if version["op"] != "put" or held is None:
            continue
        held = held.of(version["values"])
        if held is None:
            continue
        for each in feeds[version["resource"]].fields:
            value = version["values"].get(each.name)
            if value and each.attribute in _COMPARED and each.name in held.fields:
                found.setdefault(each.attribute, {})[value] = None
    return {attribute: list(values) for attribute, values in found.items()}


_COMPARED = frozenset({"name", "legal_representative", "address", "birth_date"})


def resources(by: Actor, text: str) -> tuple[FoundResource, ...]:
    """Resources of the catalogue by the same words, for those who may look into it."""
    if not by.may("catalogue.view"):
        return ()
    return tuple(
        FoundResource(each.code, each.title, each.organisation, each.why)
        for each in catalogue.find(text, MOST_RESOURCES)
    )

"""What is searched of each kind of subject, and from what records say to entries of the index. Pure but for the keyed
tokens, so that it can be done in processes of its own (`apart`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from . import features

#: By kind of subject: attribute → how its features are made.
SEARCHED: dict[str, dict[str, Callable[[str], tuple[str, ...]]]] = {
    "person": {"name": features.of_person_name, "address": features.of_address},
    "enterprise": {
        "name": features.of_organisation_name,
        "legal_representative": features.of_person_name,
        "address": features.of_address,
    },
    "place": {"name": features.of_organisation_name, "address": features.of_address},
}
#: Read besides, to narrow names.
BESIDES = ("birth_date",)
COLUMNS = ("subject_id", "attribute", "value", "places")


class Entry(NamedTuple):
    """One value of one subject: its tokens (between blanks), and the fields that hold it."""

    subject_id: str
    tokens: str
    where: list[str]


class Maker:
    """Makes entries of one kind of subject. token: feature → token (`keyed`).

    What comes again is kept as tokens: names, birth dates, and of addresses, which seldom do, their parts.
    """

    def __init__(self, kind: str, token: Callable[[str], str]) -> None:
        self._token = token
        self._searched = SEARCHED[kind]
        self._named = lru_cache(maxsize=1 << 16)(self._of_name)
        self._born = lru_cache(maxsize=1 << 16)(lambda value: self._keyed(features.narrowing(births=[value])))
        self._part = lru_cache(maxsize=1 << 16)(lambda name: self._keyed(features.of_place_name(name)))
        self._beside = lru_cache(maxsize=1 << 16)(lambda name: self._keyed(features.narrowing_name(name)))

    def _keyed(self, found: Iterable[str]) -> str:
        return " ".join(map(self._token, found))

    def _of_name(self, attribute: str, value: str) -> str:
        return self._keyed(self._searched[attribute](value))

    def _of_value(self, attribute: str, value: str) -> str:
        if attribute != "address":
            return self._named(attribute, value)
        forms = features.place_forms(value)
        parts = [self._part(each) for each in forms.names]
        return " ".join((*parts, self._keyed(features.of_numbers(forms))))

    def _around(self, value: str) -> str:
        """What narrows a name by an address."""
        forms = features.place_forms(value)
        parts = [self._beside(each) for each in forms.names]
        return " ".join((*parts, self._keyed(features.narrowing_numbers(forms))))

    def entries(self, batch: Any) -> tuple[list[Entry], int]:
        """The entries of a batch (`COLUMNS`, the rows of a subject together), and of how many subjects they are."""
        found: list[Entry] = []
        subjects, held = 0, ""
        rows: list[tuple[str, str, list[str]]] = []
        columns = [batch.column(each).to_pylist() for each in COLUMNS]
        for subject_id, attribute, value, places in zip(*columns, strict=True):
            if subject_id != held:
                if rows:
                    found += self._of_subject(held, rows)
                held, rows, subjects = subject_id, [], subjects + 1
            rows.append((attribute, value, places))
        if rows:
            found += self._of_subject(held, rows)
        return found, subjects

    def _of_subject(self, subject_id: str, rows: list[tuple[str, str, list[str]]]) -> Iterator[Entry]:
        births = [self._born(value) for attribute, value, _ in rows if attribute == "birth_date"]
        homes = [self._around(value) for attribute, value, _ in rows if attribute == "address"]
        beside = " ".join(births + homes)
        for attribute, value, places in rows:
            if attribute not in self._searched:
                continue
            told = self._of_value(attribute, value)
            if told:
                yield Entry(subject_id, f"{told} {beside}" if attribute == "name" else told, places)

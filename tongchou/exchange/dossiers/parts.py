"""What a dossier is made of. Everything in it is already masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from tongchou.standards.text import Text

from ..tracing import Answer


@dataclass(frozen=True)
class Corrected:
    """That a value is not the source's own but was corrected (校核). was: what the source still says, as the reader may
    see it; number: of the correction; on: since when (YYYY-MM-DD); by: the department that accepted it."""

    was: str
    number: str
    on: str
    by: Text


@dataclass(frozen=True)
class File:
    """A document that a value refers to; its reference itself is never told. told: its form and size in words."""

    form: str
    size: int
    told: Text
    may_open: bool


@dataclass(frozen=True)
class Value:
    """One field of one record. shown: as the reader may see it. problems: what its check found wrong. corrected: when
    it is not what the source says. file: when it refers to a document. element: code of its data
    element."""

    field: str
    label: Text
    shown: str
    masked: bool
    may_reveal: bool
    problems: tuple[Text, ...] = ()
    corrected: Corrected | None = None
    file: File | None = None
    element: str = ""


@dataclass(frozen=True)
class Record:
    """One record. record: its reference in this dossier (the source's own key may be personal)."""

    resource: str
    record: str
    organisation_name: Text
    resource_name: Text
    values: tuple[Value, ...]
    valid_from: str | None
    valid_to: str | None
    recorded_on: str
    delivery: str
    row: int | None
    versions: int

    @property
    def source(self) -> Text:
        """Who says so, in which table, since when, and when we learned it."""
        zh = f"{self.organisation_name.zh} · {self.resource_name.zh} · {self.valid_from or self.recorded_on}"
        en = f"{self.organisation_name.en} · {self.resource_name.en} · {self.valid_from or self.recorded_on}"
        return Text(
            f"{zh}（{self.recorded_on} 入库，{self.delivery} 第 {self.row} 行）",
            f"{en} (recorded {self.recorded_on}, {self.delivery} row {self.row})",
        )

    def source_line(self, language: str) -> str:
        """`source` in one language."""
        return self.source.say(language)


@dataclass(frozen=True)
class Group:
    """All records of one department."""

    organisation: str
    organisation_name: Text
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Side:
    """One of several contradicting values, and who says so."""

    text: str
    sources: tuple[Text, ...]


@dataclass(frozen=True)
class Contradiction:
    """One attribute on which sources contradict each other."""

    label: Text
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Event:
    """One event on the timeline."""

    on: str
    label: Text
    source: Text


@dataclass(frozen=True)
class Why:
    """Why a record belongs to the subject."""

    title: Text
    how: Text
    score: float | None
    sentence: Text
    since: str


@dataclass(frozen=True)
class NotGranted:
    """A resource about such subjects that the reader holds no grant for; says nothing about this subject."""

    resource: str
    title: Text
    organisation: Text
    closed: bool


@dataclass(frozen=True)
class Taken:
    """One attribute as the base library's rules take it of what the reader may see. since: YYYY-MM-DD, since when the
    source says so; others: how many other values there are; rule: the pack's own words on the rule."""

    label: Text
    shown: str
    source: Text
    since: str
    why: Text
    others: int
    rule: Text


@dataclass(frozen=True)
class Identity:
    """Who the subject is, as far as the reader may know, masked by grade. Pairs of label and text."""

    title: str
    facts: tuple[tuple[Text, str], ...]


@dataclass(frozen=True)
class Related:
    """What another subject is to this one, told only where the reader may see who says so.

    kind, label: what the other is. section: "family", "work" or "place". other: its subject id; opening its dossier is
    a read of its own. name, facts: a glimpse of it, masked; "" where not even a name may be seen. since, until:
    YYYY-MM-DD, YYYY-MM, YYYY or "". how: "said" by a record or "inferred" from several. household: of one household by
    the register. address: (the address by which records say so, whether it is shown whole) of relations to places.
    """

    kind: str
    section: str
    label: Text
    other: str
    other_kind: str
    name: str
    facts: tuple[tuple[Text, str], ...]
    since: str
    until: str
    how: str
    sources: tuple[Text, ...]
    household: bool = False
    address: tuple[str, bool] | None = None


@dataclass(frozen=True)
class Spot:
    """A point on the dossier's map. exact: whether the reader may see the address whole; else only its community is
    told; position and grid are left out. longitude, latitude: degrees (WGS 84), None when not known or not told.
    grid: its name, empty when not known or not told."""

    label: Text
    other: str
    address: str
    community: str
    longitude: float | None
    latitude: float | None
    exact: bool
    grid: Text


@dataclass(frozen=True, kw_only=True)
class Dossier(Answer):
    """What `read` answers. valid_on: the day it was true on; known_at: by what was known then, None for now.

    related: whom and what it is related to. spots: where on the map.
    """

    subject_id: str
    kind: str
    population: str
    identity: Identity
    groups: tuple[Group, ...]
    contradictions: tuple[Contradiction, ...]
    events: tuple[Event, ...]
    links: tuple[Why, ...]
    not_granted: tuple[NotGranted, ...]
    valid_on: date
    known_at: datetime | None
    purpose: str
    case_ref: str
    taken: tuple[Taken, ...] = ()
    #: Resources granted for the purpose, but only under a case about this subject.
    needs_case: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    spots: tuple[Spot, ...] = ()

    @property
    def household(self) -> tuple[Related, ...]:
        """Those of one household with the subject, each once."""
        return tuple({each.other: each for each in reversed(self.related) if each.household}.values())[::-1]

    @property
    def record_count(self) -> int:
        """How many records it shows."""
        return sum(len(group.records) for group in self.groups)

    def as_json(self, language: str = "") -> dict[str, Any]:
        """The dossier as plain JSON values; words in one language, or in both when none is named."""
        told: dict[str, Any] = plain(
            {
                **asdict(self),
                "household": [asdict(each) for each in self.household],
                "receipt": str(self.receipt),
            },
            language,
        )
        return told


def plain(value: Any, language: str = "") -> Any:
    """Dataclasses' dictionaries as JSON values: words as {zh, en} or in one language, days and instants as text."""
    if isinstance(value, Text):
        return value.say(language) if language else {"zh": value.zh, "en": value.en}
    if isinstance(value, dict):
        return {key: plain(inner, language) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, language) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Found:
    """One subject among the results of a search, always masked."""

    subject_id: str
    kind: str
    name: str
    facts: tuple[tuple[Text, str], ...]
    #: Whether it can only be read under a case: then the masked name is all that is shown.
    needs_case: bool = False
    #: Why words found it; None when it was looked up by a number.
    why: Text | None = None
    #: What the documents in its file are called, as far as they are granted.
    documents: tuple[Text, ...] = ()

    def shown(self) -> list[str]:
        """The name and what tells the subject from others, in order."""
        return [self.name, *(text for _, text in self.facts)]


@dataclass(frozen=True)
class FoundResource:
    """One resource of the catalogue among the results. why: what is alike."""

    code: str
    title: Text
    organisation: Text
    why: Text


@dataclass(frozen=True, kw_only=True)
class Results(Answer):
    """What `search` answers: a sequence of subjects. kind: how was searched; more: whether less likely ones were left
    out; resources: of the catalogue, by the same words."""

    kind: str
    found: tuple[Found, ...]
    advice: Text | None = None
    more: bool = False
    resources: tuple[FoundResource, ...] = ()

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, place: int) -> Found:
        return self.found[place]

    def __iter__(self) -> Iterator[Found]:
        return iter(self.found)


@dataclass(frozen=True, kw_only=True)
class Revealed(Answer):
    """What `reveal` answers: one plain value."""

    text: str
    label: Text


@dataclass(frozen=True, kw_only=True)
class Opened(Answer):
    """What `open_document` answers: the bytes of one document. name: what to save it as, which tells of nobody."""

    data: bytes
    form: str
    media_type: str
    name: str
    inline: bool
    label: Text

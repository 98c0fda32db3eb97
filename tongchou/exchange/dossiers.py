"""A dossier (一人一档, 一企一档): what one reader may see of one subject, put together from its document.

Plain values in, plain values out: everything in it is already masked, so that whoever shows or sends it can show
nothing more. `actions.access.read` is the only way to get one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from tongchou.gather.problems import RULES
from tongchou.pool import rules as pool_rules
from tongchou.pool.base import ATTRIBUTES
from tongchou.pool.plans import Feed, FeedField
from tongchou.pool.queries import claims as claims_of
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.codes import code_list
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from .rules import Scope, glimpse, shown
from .tracing import Answer

HOW: dict[str, Text] = {
    "number": Text("号码一致", "same number"),
    "probability": Text("比对相似", "similar by comparison"),
    "judgement": Text("人工判定", "judged by a steward"),
    "single": Text("单条记录", "single record"),
}


@dataclass(frozen=True)
class Corrected:
    """That a value is not the source's own but was corrected (校核). was: what the source still says, as the reader may
    see it; number: of the correction; on: since when (YYYY-MM-DD); by: the department that accepted it."""

    was: str
    number: str
    on: str
    by: Text


@dataclass(frozen=True)
class Value:
    """One field of one record. shown: as the reader may see it. problems: what its check found wrong. corrected: when
    it is not what the source says."""

    field: str
    label: Text
    shown: str
    masked: bool
    may_reveal: bool
    problems: tuple[Text, ...] = ()
    corrected: Corrected | None = None


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
class Identity:
    """Who the subject is, as far as the reader may know, masked by grade. Pairs of label and text."""

    title: str
    facts: tuple[tuple[Text, str], ...]


@dataclass(frozen=True, kw_only=True)
class Dossier(Answer):
    """What `read` answers. valid_on: the day it was true on; known_at: by what was known then, None for now."""

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
    #: Resources granted for the purpose, but only under a case about this subject.
    needs_case: tuple[str, ...] = ()

    @property
    def record_count(self) -> int:
        """How many records it shows."""
        return sum(len(group.records) for group in self.groups)

    def as_json(self, language: str = "") -> dict[str, Any]:
        """The dossier as plain JSON values; words in one language, or in both when none is named."""
        told: dict[str, Any] = plain({**asdict(self), "receipt": str(self.receipt)}, language)
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


Failing = Callable[[str, Mapping[str, Any]], Mapping[str, Sequence[str]]]


def visible(
    document: pool_rules.Document, scope: Mapping[str, Scope], on: date, known_at: datetime | None
) -> list[pool_rules.Version]:
    """The records in force that lie within the scope."""
    return [each for each in pool_rules.as_of(document, on, known_at) if each["resource"] in scope]


def told(value: str, field: FeedField) -> str:
    """A code in the reader's words; anything else as it is."""
    if not field.code_list:
        return value
    label = code_list(field.code_list).label(value)
    return label.say(get_language() or "zh") if label else value


def label_of(kind: str, attribute: str) -> Text:
    """What an attribute of a subject is called on screen: by its element, or by its part where the element says less."""
    if attribute == "legal_representative":
        return Text("法定代表人", "Legal representative")
    code = ATTRIBUTES[kind].get(attribute)
    return element(code).label if code else Text(attribute, attribute)


def identity_of(
    records: Sequence[pool_rules.Version],
    feeds: Mapping[str, Feed],
    scope: Mapping[str, Scope],
    kind: str,
    show: Callable[[str, FeedField], str],
) -> Identity:
    """Who the subject is by the granted fields: of each attribute the value most records agree on."""
    claims = claims_of(records, dict(feeds), {code: set(each.fields) for code, each in scope.items()})
    best: dict[str, str] = {}
    for attribute in ATTRIBUTES[kind]:
        counted: dict[str, list[pool_rules.Claim]] = {}
        for claim in claims:
            if claim.attribute == attribute:
                counted.setdefault(pool_rules.fold_as(attribute, claim.value), []).append(claim)
        if counted:
            claim = min(
                counted.values(), key=lambda group: (-len(group), -len(group[0].value), group[0].value)
            )[0]
            field = feeds[claim.resource].field_named(claim.field)
            if field is not None:
                best[attribute] = show(claim.value, field)
    facts = tuple(
        (label_of(kind, attribute), text) for attribute, text in best.items() if attribute != "name"
    )
    return Identity(best.get("name", ""), facts)


def compose(
    document: pool_rules.Document,
    *,
    feeds: Mapping[str, Feed],
    scope: Mapping[str, Scope],
    on: date,
    known_at: datetime | None,
    purpose: str,
    case_ref: str,
    failing: Failing,
) -> Dossier:
    """The dossier of a document within a scope."""
    records = visible(document, scope, on, known_at)
    kind = document["kind"]
    fields = {code: set(each.fields) for code, each in scope.items()}
    return Dossier(
        subject_id=document["subject_id"],
        kind=kind,
        population=document["population"],
        identity=identity_of(
            records, feeds, scope, kind, lambda v, f: shown(told(v, f), f.element, f.grade).text
        ),
        groups=_groups(document, records, feeds, scope, failing),
        contradictions=_contradictions(
            pool_rules.conflicts(claims_of(records, dict(feeds), fields)), feeds, kind
        ),
        events=_events(records, feeds, fields, on),
        links=_links(document, records, feeds),
        not_granted=_not_granted(feeds, scope),
        valid_on=on,
        known_at=known_at,
        purpose=purpose,
        case_ref=case_ref,
    )


def _groups(
    document: pool_rules.Document,
    records: Sequence[pool_rules.Version],
    feeds: Mapping[str, Feed],
    scope: Mapping[str, Scope],
    failing: Failing,
) -> tuple[Group, ...]:
    versions: dict[tuple[str, str], int] = {}
    for each in document["versions"]:
        place = (each["resource"], each["key"])
        versions[place] = versions.get(place, 0) + 1
    by_organisation: dict[str, list[Record]] = {}
    for record in records:
        feed, held = feeds[record["resource"]], scope[record["resource"]]
        wrong = failing(feed.resource, record)
        values = tuple(
            _value(record["values"].get(each.name), each, held, wrong.get(each.name, ()))
            for each in feed.fields
            if each.name in held.fields
        )
        entry = Record(
            resource=feed.resource,
            record=record_reference(feed.resource, record["key"]),
            organisation_name=feed.organisation_title,
            resource_name=feed.title,
            values=values,
            valid_from=record["valid_from"],
            valid_to=record["valid_to"],
            recorded_on=record["recorded_at"][:10],
            delivery=record["delivery"],
            row=record["row"],
            versions=versions[(record["resource"], record["key"])],
        )
        by_organisation.setdefault(feed.organisation, []).append(entry)
    titles = {feed.organisation: feed.organisation_title for feed in feeds.values()}
    return tuple(
        Group(code, titles[code], tuple(entries)) for code, entries in sorted(by_organisation.items())
    )


def _value(value: str | None, field: FeedField, scope: Scope, problems: Collection[str]) -> Value:
    said = tuple(RULES[code].message if code in RULES else Text(code, code) for code in problems)
    if value is None:
        return Value(field.name, field.label, "", False, False, said)
    answer = shown(told(value, field), field.element, field.grade)
    return Value(
        field.name,
        field.label,
        answer.text,
        answer.masked,
        answer.masked and field.name in scope.revealable,
        said,
    )


def _contradictions(
    found: Sequence[pool_rules.Conflict], feeds: Mapping[str, Feed], kind: str
) -> tuple[Contradiction, ...]:
    answer = []
    for conflict in found:
        sides = []
        for group in conflict.claims:
            field = feeds[group[0].resource].field_named(group[0].field)
            if field is None:
                continue
            # The strictest grade among those who say it decides how it is shown.
            strictest = max(
                (feeds[claim.resource].field_named(claim.field) or field for claim in group),
                key=lambda f: f.grade,
            )
            text = shown(told(group[0].value, field), strictest.element, strictest.grade).text
            sides.append(Side(text, tuple(_source(feeds[claim.resource]) for claim in group)))
        answer.append(Contradiction(label_of(kind, conflict.attribute), tuple(sides)))
    return tuple(answer)


def _events(
    records: Sequence[pool_rules.Version], feeds: Mapping[str, Feed], fields: Mapping[str, set[str]], on: date
) -> tuple[Event, ...]:
    def date_field(resource: str) -> str:
        name = feeds[resource].timeline_on
        return name if name in fields.get(resource, ()) else ""

    answer = []
    for happening in pool_rules.timeline(records, date_field, on):
        feed = feeds[happening.resource]
        field = feed.field_named(feed.timeline_on)
        if field is not None:
            when = shown(happening.on, field.element, field.grade).text
            answer.append(Event(when, feed.timeline, _source(feed)))
    return tuple(answer)


def _links(
    document: pool_rules.Document, records: Sequence[pool_rules.Version], feeds: Mapping[str, Feed]
) -> tuple[Why, ...]:
    seen = {(each["resource"], each["key"]) for each in records}
    return tuple(
        Why(
            title=_source(feeds[each["resource"]]),
            how=HOW.get(each["how"], Text(each["how"], each["how"])),
            score=each["score"],
            sentence=Text(each["zh"] or "", each["en"] or ""),
            since=each["since"][:10],
        )
        for each in document["links"]
        if (each["resource"], each["key"]) in seen
    )


def _not_granted(feeds: Mapping[str, Feed], scope: Mapping[str, Scope]) -> tuple[NotGranted, ...]:
    return tuple(
        NotGranted(feed.resource, feed.title, feed.organisation_title, feed.share_class == "closed")
        for feed in sorted(feeds.values(), key=lambda each: (each.organisation, each.resource))
        if feed.resource not in scope
    )


def _source(feed: Feed) -> Text:
    return Text(
        f"{feed.organisation_title.zh} · {feed.title.zh}", f"{feed.organisation_title.en} · {feed.title.en}"
    )


@dataclass(frozen=True)
class Found:
    """One subject among the results of a search, always masked."""

    subject_id: str
    kind: str
    name: str
    facts: tuple[tuple[Text, str], ...]
    #: Whether it can only be read under a case: then the masked name is all that is shown.
    needs_case: bool = False

    def shown(self) -> list[str]:
        """The name and what tells the subject from others, in order."""
        return [self.name, *(text for _, text in self.facts)]


@dataclass(frozen=True, kw_only=True)
class Results(Answer):
    """What `search` answers: a sequence of subjects. kind: how was searched."""

    kind: str
    found: tuple[Found, ...]
    advice: Text | None = None

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


#: What a search result tells besides the name.
_GLIMPSED = {
    "person": ("sex", "birth_date", "address"),
    "enterprise": ("uscc", "industry", "address"),
}


def glimpse_of(
    document: pool_rules.Document, feeds: Mapping[str, Feed], scope: Mapping[str, Scope], on: date
) -> Found | None:
    """The subject as a search result; None when nothing of it is granted."""
    records = visible(document, scope, on, None)
    if not records:
        return None
    kind = document["kind"]
    labels = {label_of(kind, each) for each in _GLIMPSED[kind]}

    def show(value: str, field: FeedField) -> str:
        # Sex is needed to tell two results apart and hides nothing that the masked name does not.
        return told(value, field) if field.attribute == "sex" else glimpse(told(value, field), field.element)

    who = identity_of(records, feeds, scope, kind, show)
    return Found(
        document["subject_id"], kind, who.title, tuple(fact for fact in who.facts if fact[0] in labels)
    )

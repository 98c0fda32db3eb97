"""Decisions on one subject's document: what was true on a day, what contradicts what, what happened when. Pure.

A document is what the serving index holds: {"subject_id", "kind", "population", "links": [link …],
"versions": [version …]} with
    version  {"resource", "key", "op": "put"|"end", "valid_from", "valid_to": "YYYY-MM-DD"|null,
              "recorded_at": "YYYY-MM-DDTHH:MM:SS.ffffffZ", "failures": int, "delivery", "row", "values": {…}}
    link     {"resource", "key", "how", "score", "zh", "en", "since"}
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tongchou.standards import addresses
from tongchou.standards.characters import simplified

Version = Mapping[str, Any]
Document = Mapping[str, Any]

#: Attributes of which a subject has one at a time, so that two sources with two values contradict each other.
ONE_AT_A_TIME = (
    "name", "id_number", "passport_number", "uscc", "birth_date", "sex", "ethnicity", "nationality",
    "legal_representative", "address",
)  # fmt: skip


class Claim(NamedTuple):
    """That a record says something about its subject. value is personal: never logged, masked before shown."""

    attribute: str
    value: str
    resource: str
    key: str
    field: str


class Conflict(NamedTuple):
    """One attribute with more than one value, and who says what; the value most records share comes first."""

    attribute: str
    claims: tuple[tuple[Claim, ...], ...]


class Happening(NamedTuple):
    """One event on the timeline: on (YYYY-MM-DD, YYYY-MM or YYYY), in which record."""

    on: str
    resource: str
    key: str


def instant(moment: datetime) -> str:
    """An aware instant as documents write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def as_of(document: Document, valid_on: date, known_at: datetime | None = None) -> list[Version]:
    """The records as they were true on `valid_on`, by what was known at `known_at` (None: by all we know now).

    Of the versions of a record that were recorded by then and cover the day, the one recorded last holds; of
    several recorded together, the one that begins last. If it says that the record had ended, there is none.
    A version covers the days from valid_from (included; null: always) to valid_to (excluded; null: open).
    Ordered by resource and key.
    """
    day = valid_on.isoformat()
    until = instant(known_at) if known_at else None
    holding: dict[tuple[str, str], Version] = {}
    for version in document["versions"]:
        if until is not None and version["recorded_at"] > until:
            continue
        if not covers(version, day):
            continue
        place = (version["resource"], version["key"])
        held = holding.get(place)
        if held is None or precedence(version) > precedence(held):
            holding[place] = version
    return [holding[place] for place in sorted(holding) if holding[place]["op"] == "put"]


def covers(version: Version, day: str) -> bool:
    """Whether the version speaks about the day (YYYY-MM-DD)."""
    begins, ends = version["valid_from"], version["valid_to"]
    return (begins is None or begins <= day) and (ends is None or day < ends)


def precedence(version: Version) -> tuple[str, str, int]:
    """Which of two versions of a record that cover a day holds: the greater."""
    # Within one instant and one day a put outranks the end that a correction wrote beside it.
    return version["recorded_at"], version["valid_from"] or "", int(version["op"] == "put")


def in_order(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its links by resource and key, its versions also by what was known first."""
    document["links"].sort(key=lambda link: (link["resource"], link["key"]))
    document["versions"].sort(key=lambda version: (version["resource"], version["key"], *precedence(version)))
    return document


def history(document: Document, resource: str, key: str) -> list[Version]:
    """All versions of one record, oldest knowledge first."""
    found = [v for v in document["versions"] if v["resource"] == resource and v["key"] == key]
    return sorted(found, key=precedence)


def fold(value: str) -> str:
    """A value as it is compared between sources: width, case and blanks do not matter."""
    if value.isascii() and value.isalnum():
        return value.casefold()
    return "".join(unicodedata.normalize("NFKC", value).casefold().split())


def fold_as(attribute: str, value: str) -> str:
    """A value as it is compared and looked up: of names, traditional characters do not matter either; an address is
    the marks of its place, however it is written."""
    if attribute == "address":
        return addresses.parse(value).place.written() or fold(value)
    return (
        fold(simplified(value).replace("·", ""))
        if attribute in ("name", "legal_representative")
        else fold(value)
    )


#: Least similarity of two addresses that are the same home written differently.
SAME_HOME = 0.7


def agree(attribute: str, left: str, right: str) -> bool:
    """Whether two values of an attribute say the same.

    A date known less exactly agrees with its completion; an address agrees with the same home written otherwise
    (路/大道, 栋/座, levels left out).
    """
    one, two = fold_as(attribute, left), fold_as(attribute, right)
    if attribute == "address" and one != two:
        score, _ = addresses.similarity(addresses.parse(left), addresses.parse(right))
        return score >= SAME_HOME
    if attribute.endswith("date"):
        return one.startswith(two) or two.startswith(one)
    return one == two


def conflicts(claims: Iterable[Claim]) -> list[Conflict]:
    """Where sources contradict each other, by attribute in the order of `ONE_AT_A_TIME`.

    Values that agree are grouped; an attribute with one group is no conflict. A partial date that agrees with
    several groups stays with the first of them.
    """
    by_attribute: dict[str, list[Claim]] = {}
    for claim in claims:
        by_attribute.setdefault(claim.attribute, []).append(claim)
    found = []
    for attribute in ONE_AT_A_TIME:
        groups: list[list[Claim]] = []
        # The most exact values first, so that a bare year joins a full date and not the other way round.
        for claim in sorted(
            by_attribute.get(attribute, ()), key=lambda c: (-len(c.value), c.value, c.resource, c.key)
        ):
            for group in groups:
                if agree(attribute, group[0].value, claim.value):
                    group.append(claim)
                    break
            else:
                groups.append([claim])
        if len(groups) > 1:
            groups.sort(key=lambda group: (-len(group), group[0].resource, group[0].key))
            found.append(Conflict(attribute, tuple(tuple(group) for group in groups)))
    return found


#: How long after the last judgement the links follow: a steward judges one pair after another.
JUDGED_QUIET = timedelta(seconds=10)
#: How long after the first they follow at the latest, however busily judging goes on.
JUDGED_OVERDUE = timedelta(seconds=120)


def judgements_are_due(changed: Sequence[datetime], now: datetime) -> bool:
    """Whether to link now. changed: when judgements were made or withdrawn since the last run was asked for."""
    return bool(changed) and (now - max(changed) >= JUDGED_QUIET or now - min(changed) >= JUDGED_OVERDUE)


def timeline(records: Iterable[Version], date_field: Callable[[str], str], until: date) -> list[Happening]:
    """What happened to the subject, latest first.

    date_field: resource → the field that dates its event, "" for none. until: nothing after that day.
    """
    found = {
        Happening(str(when), record["resource"], record["key"])
        for record in records
        if (name := date_field(record["resource"]))
        and (when := record["values"].get(name))
        and str(when) <= until.isoformat()
    }
    return sorted(found, key=lambda each: (each.on, each.resource, each.key), reverse=True)

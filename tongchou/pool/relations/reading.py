"""What a relations document says on a day, as it was known at an instant: decided on plain values. Pure.

A relations document is {"subject_id", "kind", "records": [record …], "died": {subject id: death}, "left_out":
{kind: count}} with
    record   {"resource", "key", "subject", "kind": of its subject, "versions": [version …]}
    version  {"op", "valid_from", "valid_to", "recorded_at", "ties": [tie …], "homes": [home …]} (times as in `rules`)
    tie      {"kind", "code", "other", "other_kind", "fields", "since", "ended", "how"}: what the other is to the
             record's subject; ended: the day on which the record says it ended, "" when it does not
    home     {"number": a token of the household, "code": relation to its head, "fields", "born", "sex"}
    death    {"on", "recorded_at"}
It holds every record that speaks of the subject: its own, those that name it, those of its household, and those that
name the same parents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from tongchou.standards.text import Text

from .. import rules
from . import kin
from .kinds import KINDS, label_of


class Basis(NamedTuple):
    """One record that says so: about whom it is, and by which of its fields. key: the source's own, maybe personal."""

    resource: str
    key: str
    subject_id: str
    fields: tuple[str, ...]


class Relation(NamedTuple):
    """That `other` is something (`kind`, in words `label`) to the subject asked about, by what is said in `basis`.

    One relation for each basis: the same mother by the birth certificate and by the register are two.
    how: "said" by a record, or "inferred" from several. since, until: YYYY-MM-DD, YYYY-MM or YYYY, None when not known
    or open. code: of GB/T 4761 where a record gives one, else "".
    """

    kind: str
    label: Text
    other: str
    other_kind: str
    basis: tuple[Basis, ...]
    how: str = "said"
    since: str | None = None
    until: str | None = None
    code: str = ""

    @property
    def resource(self) -> str:
        """Code of the resource of the (first) record that says so."""
        return self.basis[0].resource

    @property
    def key(self) -> str:
        """Source key of that record: personal, never shown or logged."""
        return self.basis[0].key

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of that record which say so."""
        return self.basis[0].fields


Document = Mapping[str, Any]


@dataclass(frozen=True)
class _Held:
    """A record with the version of it that holds."""

    record: Mapping[str, Any]
    version: Mapping[str, Any]

    def basis(self, fields: Iterable[str]) -> Basis:
        return Basis(self.record["resource"], self.record["key"], self.record["subject"], tuple(fields))


def relations(document: Document, valid_on: date, known_at: datetime | None = None) -> list[Relation]:
    """The relations of the document's subject that held on `valid_on`, by what was known at `known_at` (None: now).

    Ordered by the order of `kinds.KINDS`, then by the other and the records that say so.
    """
    me, day = document["subject_id"], valid_on.isoformat()
    until = rules.instant(known_at) if known_at else None
    held = list(_holding(document, day, until))
    found = [*_said(me, held), *_by_parents(me, held), *_by_household(me, document["kind"], held)]
    ended = _endings(me, held)
    died = _died(document, until)
    order = {kind: place for place, kind in enumerate(KINDS)}
    begun = _begun(found)
    closed = [
        _closed(
            each, ended.get((each.kind, each.other), []), begun.get((each.kind, each.other), ""), died, me
        )
        for each in found
    ]
    standing = {each for each in closed if _in_force(each, day)}
    return sorted(
        standing, key=lambda each: (order[each.kind], each.other, each.how != "said", each.basis, each.code)
    )


def _holding(document: Document, day: str, until: str | None) -> Iterator[_Held]:
    for record in document["records"]:
        told = [
            each
            for each in record["versions"]
            if (until is None or each["recorded_at"] <= until) and rules.covers(each, day)
        ]
        best = max(told, key=rules.precedence, default=None)
        if best is not None and best["op"] == "put":
            yield _Held(record, best)


def _said(me: str, held: Iterable[_Held]) -> Iterator[Relation]:
    """What records say outright: of the subject, or of somebody who names it."""
    for each in held:
        about, kind_of_it = each.record["subject"], each.record["kind"]
        ties = [tie for tie in each.version["ties"] if not tie["ended"]]
        for tie in ties:
            since = tie["since"] or None
            if about == me and tie["other"] != me:
                yield Relation(
                    tie["kind"], label_of(tie["kind"], tie["code"]), tie["other"], tie["other_kind"],
                    (each.basis(tie["fields"]),), since=since, until=each.version["valid_to"], code=tie["code"],
                )  # fmt: skip
            elif tie["other"] == me and about != me:
                inverse = KINDS[tie["kind"]].inverse
                yield Relation(
                    inverse, KINDS[inverse].label, about, kind_of_it,
                    (each.basis(tie["fields"]),), since=since, until=each.version["valid_to"],
                )  # fmt: skip
        yield from _together(me, each, ties)


def _together(me: str, held: _Held, ties: list[dict[str, Any]]) -> Iterator[Relation]:
    """Mother and father of one child, when the subject is one of them."""
    mine = [tie for tie in ties if tie["kind"] == "parent" and tie["other"] == me]
    for tie in ties:
        if mine and tie["kind"] == "parent" and tie["other"] != me:
            fields = (*mine[0]["fields"], *tie["fields"])
            yield Relation(
                "coparent",
                KINDS["coparent"].label,
                tie["other"],
                tie["other_kind"],
                (held.basis(fields),),
                "inferred",
            )


def _by_parents(me: str, held: Iterable[_Held]) -> Iterator[Relation]:
    """Siblings: those of whom a record names the same parent."""
    mine: dict[str, Basis] = {}
    others: dict[tuple[str, str], Basis] = {}
    for each in held:
        about = each.record["subject"]
        for tie in each.version["ties"]:
            if tie["kind"] == "parent" and not tie["ended"] and tie["other"] != about:
                basis = each.basis(tie["fields"])
                if about == me:
                    mine.setdefault(tie["other"], basis)
                else:
                    others.setdefault((about, tie["other"]), basis)
    for (about, parent), basis in others.items():
        if parent in mine and about != parent:
            yield Relation(
                "sibling", KINDS["sibling"].label, about, "person", (mine[parent], basis), "inferred"
            )


def _by_household(me: str, kind: str, held: Iterable[_Held]) -> Iterator[Relation]:
    """Those of the same household, and what they are to one another by their relation to its head."""
    homes: dict[tuple[str, str], list[kin.Member]] = {}
    for each in held:
        for home in each.version["homes"]:
            place = (each.record["resource"], home["number"])
            homes.setdefault(place, []).append(
                kin.Member(
                    each.record["subject"],
                    home["code"],
                    home["born"],
                    home["sex"],
                    each.basis(home["fields"]),
                )
            )
    for members in homes.values():
        for mine in [each for each in members if each.subject_id == me]:
            for other in members:
                if other.subject_id == me:
                    continue
                both = (mine.basis, other.basis)
                yield Relation("household", KINDS["household"].label, other.subject_id, kind, both)
                tie = kin.between(mine, other, members)
                if tie is not None:
                    yield Relation(
                        tie.kind, label_of(tie.kind, tie.code), other.subject_id, kind, both,
                        "said" if tie.said else "inferred", code=tie.code,
                    )  # fmt: skip


def _endings(me: str, held: Iterable[_Held]) -> dict[tuple[str, str], list[str]]:
    """{(kind, other): days on which a record says it ended}, in order."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in held:
        about = each.record["subject"]
        for tie in each.version["ties"]:
            if not tie["ended"]:
                continue
            if about == me:
                found.setdefault((tie["kind"], tie["other"]), []).append(tie["ended"])
            elif tie["other"] == me:
                found.setdefault((KINDS[tie["kind"]].inverse, about), []).append(tie["ended"])
    return {place: sorted(days) for place, days in found.items()}


def _died(document: Document, until: str | None) -> dict[str, str]:
    return {
        subject_id: death["on"]
        for subject_id, death in document["died"].items()
        if until is None or death["recorded_at"] <= until
    }


def _begun(found: Iterable[Relation]) -> dict[tuple[str, str], str]:
    """{(kind, other): the day on which it last began}, of those of which a record says the day."""
    begun: dict[tuple[str, str], str] = {}
    for each in found:
        if each.since:
            place = (each.kind, each.other)
            begun[place] = max(begun.get(place, ""), each.since)
    return begun


def _closed(relation: Relation, ended: list[str], begun: str, died: Mapping[str, str], me: str) -> Relation:
    """The relation with the day it ended, when it did: by a record that says so, or by a death.

    ended: days on which records say it ended. begun: the day on which it last began, "" when none says so.
    """
    # A divorce ends the marriage that began before it, not the one that followed.
    days = [day for day in ended if day >= (relation.since or begun)][:1]
    if KINDS[relation.kind].ends_with_death:
        days += [died[each] for each in (me, relation.other) if each in died]
    if relation.until:
        days.append(relation.until)
    return relation._replace(until=min(days)) if days else relation


def _in_force(relation: Relation, day: str) -> bool:
    """Whether it holds on the day. A date known less exactly counts from its first day."""
    begins, ends = relation.since or "", relation.until
    return begins <= day and (ends is None or day < ends)

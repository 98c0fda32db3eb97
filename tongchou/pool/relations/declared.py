"""What the fields of resources say about relations, as the pack declares it: plain values out of `RelationRule`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.standards import expressions
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..models import RelationRule
from .kinds import KINDS

#: By what the other can be known, besides being linked to the same record (`at`).
KNOWN_BY = ("id_number", "passport_number", "uscc", "name", "phone", "birth_date")


@dataclass(frozen=True)
class Rule:
    """One rule. Names of fields; "" where it says nothing of it.

    kind: what the other is to the record's subject. population: of the other; known_by: {what: field} of `KNOWN_BY`.
    within: whether a bare name counts when exactly one of the subject's household bears it. at: the address field by
    which the record itself is linked to a place. relation: field with the relation as a code or word; code: a fixed one.
    since: field with the day it began; ends_when: condition under which the record tells that it ended on that day.
    number, head_relation: of a household. died_on: field with the day on which the subject died.
    """

    code: str
    resource: str
    kind: str = ""
    population: str = ""
    known_by: Mapping[str, str] | None = None
    within: bool = False
    at: str = ""
    relation: str = ""
    fixed_code: str = ""
    since: str = ""
    ends_when: str = ""
    number: str = ""
    head_relation: str = ""
    died_on: str = ""

    def fields(self) -> list[str]:
        """Every field it reads, each once."""
        named = [
            *(self.known_by or {}).values(), self.at, self.relation, self.since, self.number, self.head_relation,
            self.died_on,
        ]  # fmt: skip
        if self.ends_when:
            named += sorted(expressions.names(expressions.parse(self.ends_when)))
        return list(dict.fromkeys(each for each in named if each))

    def says_so(self) -> list[str]:
        """The fields by which a reader sees the relation: they need all of them granted."""
        if self.number:
            return [each for each in (self.number, self.head_relation) if each]
        return list(dict.fromkeys([*(self.known_by or {}).values(), *([self.at] if self.at else [])]))


def rules() -> list[Rule]:
    """The rules in force, by their codes. One query."""
    return [read(each.code, each.resource, each.spec) for each in RelationRule.objects.all()]


def read(code: str, resource: str, spec: Mapping[str, Any]) -> Rule:
    """A rule from what a pack says."""
    other, home = spec.get("other") or {}, spec.get("household") or {}
    return Rule(
        code=code,
        resource=resource,
        kind=str(spec.get("kind") or ""),
        population=str(other.get("population") or ""),
        known_by={what: str(other[what]) for what in KNOWN_BY if other.get(what)},
        within=bool(other.get("within_household")),
        at=str(other.get("address") or ""),
        relation=str(spec.get("relation") or ""),
        fixed_code=str(spec.get("code_of_relation") or ""),
        since=str(spec.get("since") or ""),
        ends_when=str(spec.get("ends_when") or ""),
        number=str(home.get("number") or ""),
        head_relation=str(home.get("relation") or ""),
        died_on=str(spec.get("died_on") or ""),
    )


def problems(spec: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Text]]:
    """(place, what is wrong) of a rule beyond its form. fields: {name: kind} of its resource, as conditions know them."""
    other, home = spec.get("other") or {}, spec.get("household") or {}
    said = [bool(other), bool(home), bool(spec.get("died_on"))]
    if sum(said) != 1:
        yield (
            (),
            Text(
                "other、household、died_on 三者须有且只有一个。",
                "Exactly one of other, household and died_on is needed.",
            ),
        )
    if other and spec.get("kind") not in KINDS:
        yield (
            ("kind",),
            Text(f"没有“{spec.get('kind')}”这种关系。", f"There is no relation {spec.get('kind')!r}."),
        )
    if other and not any(other.get(each) for each in (*KNOWN_BY, "address")):
        yield ("other",), Text("没有写明凭什么认定对方。", "It is not said by what the other is known.")
    places: list[tuple[tuple[str, ...], Any]] = [
        ((name,), spec.get(name)) for name in ("relation", "since", "died_on")
    ]
    places += [(("other", name), other.get(name)) for name in (*KNOWN_BY, "address")]
    places += [(("household", name), home.get(name)) for name in ("number", "relation")]
    for place, name in places:
        if name and name not in fields:
            yield place, Text(f"资源没有“{name}”这个字段。", f"The resource has no field {name!r}.")
    if spec.get("ends_when"):
        yield from ((("ends_when",), each) for each in _wrong(str(spec["ends_when"]), fields))


def _wrong(condition: str, fields: Mapping[str, str]) -> Sequence[Text]:
    try:
        return expressions.check(expressions.parse(condition), fields=dict(fields))
    except HouseError as unreadable:
        return [unreadable.what]

"""Where departments say something else than the base library took, grouped by who is to be asked. Counts, no values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from tongchou.catalogue.models import Resource
from tongchou.pool.base import disagreements, label_of
from tongchou.pool.models import Population
from tongchou.standards.text import Text

from ..models import Correction

State = Correction.State
OPEN = (State.WAITING, State.ESCALATED, State.REVIEW)
#: A value once asked about is not sent again, unless the asking was taken back.
_TAKEN_BACK = (State.WITHDRAWN, State.UNDONE)
#: How many corrections sent for disagreements may lie with one department at a time.
MOST_OPEN = 100
#: How many one press of the button sends.
MOST_AT_ONCE = 20


@dataclass(frozen=True)
class Line:
    """One field of one resource. against: resources whose values were taken. unsure: of these the link itself is in doubt.

    asked: corrections made of that field so far; open: of those, still to be decided.
    """

    population: str
    resource: str
    title: Text
    field: str
    label: Text
    attribute: Text
    against: tuple[Text, ...]
    sure: int
    unsure: int
    asked: int
    open: int

    @property
    def left(self) -> int:
        """How many could still be sent."""
        return max(0, self.sure - self.asked)


@dataclass(frozen=True)
class Group:
    """One department: its lines, the most disagreements first. room: how many more it may be sent now."""

    code: str
    name: Text
    lines: tuple[Line, ...]
    open: int

    @property
    def room(self) -> int:
        """How many more corrections may be sent to it."""
        return max(0, MOST_OPEN - self.open)

    @property
    def plain(self) -> tuple[Line, ...]:
        """The lines it can be asked about: records that are surely linked."""
        return tuple(each for each in self.lines if each.sure)

    @property
    def doubtful(self) -> tuple[Line, ...]:
        """The lines with records whose link is itself in doubt, the most first."""
        return tuple(sorted((each for each in self.lines if each.unsure), key=lambda each: -each.unsure))

    @property
    def largest(self) -> int:
        """The most disagreements of one line."""
        return max((each.sure for each in self.lines), default=0)

    @property
    def sure(self) -> int:
        """All its disagreements of records that are surely linked."""
        return sum(each.sure for each in self.lines)


def groups() -> list[Group]:
    """The departments with disagreements, the most first. A few queries and a small file for each population."""
    resources = {
        each.code: each for each in Resource.objects.select_related("organisation").prefetch_related("fields")
    }
    made = _made()
    found: dict[str, list[Line]] = {}
    for population in Population.objects.all():
        told: dict[tuple[str, str, str], list[tuple[str, bool, int]]] = {}
        for resource, field, attribute, against, sure, number in disagreements.counted(population.code):
            if resource in resources:
                told.setdefault((resource, field, attribute), []).append((against, sure, number))
        for (resource, field, attribute), parts in told.items():
            owner = resources[resource].organisation.code
            found.setdefault(owner, []).append(
                _line(population, resources, made, (resource, field, attribute), parts)
            )
    answer = []
    for code, lines in found.items():
        owner_of = next(each.organisation for each in resources.values() if each.organisation.code == code)
        lines.sort(key=lambda each: (-each.sure, each.resource, each.field))
        answer.append(
            Group(code, Text(owner_of.name, owner_of.name_en or owner_of.name), tuple(lines), open_of(code))
        )
    return sorted(answer, key=lambda each: (-each.sure, each.code))


def _line(
    population: Population,
    resources: Mapping[str, Resource],
    made: Mapping[tuple[str, str], tuple[int, int]],
    place: tuple[str, str, str],
    parts: list[tuple[str, bool, int]],
) -> Line:
    code, field, attribute = place
    resource = resources[code]
    described = next((each for each in resource.fields.all() if each.name == field), None)
    asked, still_open = made.get((code, field), (0, 0))
    return Line(
        population=population.code,
        resource=code,
        title=_title(resource),
        field=field,
        label=Text(described.label, described.label_en or described.label)
        if described
        else Text(field, field),
        attribute=label_of(population.kind, attribute),
        against=tuple(
            _title(resources[each]) for each in dict.fromkeys(each[0] for each in parts) if each in resources
        ),
        sure=sum(number for _, sure, number in parts if sure),
        unsure=sum(number for _, sure, number in parts if not sure),
        asked=asked,
        open=still_open,
    )


def _title(resource: Resource) -> Text:
    return Text(resource.name, resource.name_en or resource.name)


def _made() -> dict[tuple[str, str], tuple[int, int]]:
    """{(resource, field): (corrections made, of those open)}. One query."""
    rows = (
        Correction.objects.exclude(state__in=_TAKEN_BACK)
        .values("resource__code", "field")
        .annotate(made=Count("pk"), undecided=Count("pk", filter=Q(state__in=OPEN)))
    )
    return {(each["resource__code"], each["field"]): (each["made"], each["undecided"]) for each in rows}


def open_of(organisation: str) -> int:
    """How many corrections that nobody asked for themselves lie with a department."""
    return Correction.objects.filter(organisation__code=organisation, own=False, state__in=OPEN).count()


def asked_before(resource: str, field: str) -> set[str]:
    """References of the records about whose field a department was asked already."""
    found = Correction.objects.filter(resource__code=resource, field=field).exclude(state__in=_TAKEN_BACK)
    return set(found.values_list("record", flat=True))

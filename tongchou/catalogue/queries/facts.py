"""Which facts the catalogue holds already, for whoever is about to collect them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tongchou.standards.text import Text

from .. import asking, meaning, rules
from ..meaning import Item
from ..models import Resource, ResourceField, Responsibility
from ..rules import Held, Match


@dataclass(frozen=True)
class Hit:
    """One source that holds a wanted field: the match, its resource and field, and what to do about it."""

    match: Match
    resource: Resource
    field: ResourceField
    ask: Text
    ask_url: str

    @property
    def held_in(self) -> str:
        """The field as it goes on record."""
        return f"{self.resource.code}.{self.field.name}"


@dataclass(frozen=True)
class Pointed:
    """One wanted field with what holds it already, best first; strength: of the best, or ""."""

    item: Item
    hits: tuple[Hit, ...]

    @property
    def strength(self) -> str:
        return self.hits[0].match.strength if self.hits else ""


def item_of(field: ResourceField, resource: Resource) -> Item:
    """A field of the catalogue as the rules take it."""
    return Item(
        label=Text(field.label, field.label_en or field.label), element=field.element,
        subject=resource.subject_kind, about=resource.name, role=field.role, name=field.name,
    )  # fmt: skip


def claims() -> dict[tuple[str, str, str], set[str]]:
    """(family of the element, kind of subject, aspect) → who is answerable for it: codes of the resources that are named
    as the place where it is kept, and of the organisations that name none."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for one in Responsibility.objects.select_related("organisation", "resource"):
        key = (meaning.FAMILY.get(one.element, one.element), one.subject_kind, one.aspect)
        found.setdefault(key, set()).add(one.resource.code if one.resource else one.organisation.code)
    return found


def held(fields: Iterable[ResourceField]) -> list[Held]:
    """Fields with their resources and owners, as the rules take them."""
    answerable = claims()
    found = []
    for field in fields:
        resource = field.resource
        owner = resource.organisation.code
        item = item_of(field, resource)
        fact = meaning.reading(item)
        found.append(
            Held(
                resource=resource.code, field=field.name, item=item, organisation=owner,
                share_class=resource.share_class,
                answerable=any(
                    {owner, resource.code} & answerable.get((fact.element, fact.subject, aspect), set())
                    for aspect in (fact.aspect, "")
                ),
            )
        )  # fmt: skip
    return found


def published_fields() -> list[ResourceField]:
    """The fields of all published resources, with resource and owner."""
    return list(
        ResourceField.objects.filter(resource__state=Resource.State.PUBLISHED).select_related(
            "resource__organisation"
        )
    )


def pointed_out(wanted: Sequence[Item], *, besides: Collection[str] = ()) -> list[Pointed]:
    """For each wanted field who provides it already. Two queries, however many fields."""
    fields = published_fields()
    by_place = {(field.resource.code, field.name): field for field in fields}
    return [
        Pointed(item, tuple(_hit(match, by_place) for match in hits))
        for item, hits in zip(wanted, rules.matches(wanted, held(fields), besides=besides), strict=True)
    ]


def _hit(match: Match, by_place: dict[tuple[str, str], ResourceField]) -> Hit:
    field = by_place[match.held.resource, match.held.field]
    resource = field.resource
    owner = resource.organisation
    ask = rules.how_to_ask(
        resource.share_class,
        Text(owner.name, owner.name_en or owner.name),
        Text(resource.share_condition, resource.share_condition_en or resource.share_condition),
        Text(resource.legal_basis, resource.legal_basis_en or resource.legal_basis),
    )
    return Hit(match, resource, field, ask, asking.url_of(resource))


def unjustified(pointed: Sequence[Pointed], reasons: Sequence[str]) -> list[Pointed]:
    """Fields that are certainly held already and for which no reason is given."""
    return [
        one
        for one, reason in zip(pointed, reasons, strict=True)
        if one.strength == "same" and not reason.strip()
    ]

"""Which resources feed a population, read once from the catalogue as plain values.

A population of places is fed twice: by the resources whose rows are about places (schools, standard addresses), and
by the address of every record about a person or an enterprise. The second kind of feed has one field only; its links
say at which place the record's address is, and nothing else of the record reaches the place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tongchou.catalogue.models import Resource
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from .models import Population

#: Elements that mean the same about a subject wherever they occur, whatever the field is called.
SHARED_ELEMENTS = frozenset({"ethnicity", "nationality", "education", "industry", "passport_number"})


@dataclass(frozen=True)
class FeedField:
    """One field. attribute: what it says about the subject itself (name, id_number …); "" when it does not.

    code_list: the list its codes are told from, "" for none.
    """

    name: str
    label: Text
    element: str
    grade: int
    attribute: str = ""
    code_list: str = ""


@dataclass(frozen=True)
class Feed:
    """One resource whose rows are about the subjects of a population.

    address_only: its rows are about people or enterprises (those of `population`) and feed places by their address:
    they are linked to a place and give no versions to its document. population: whose documents hold its records.
    """

    resource: str
    title: Text
    organisation: str
    organisation_title: Text
    share_class: str
    fields: tuple[FeedField, ...]
    timeline_on: str = ""
    timeline: Text = field(default=Text("", ""))
    population: str = ""
    address_only: bool = False

    def by_attribute(self) -> dict[str, list[str]]:
        """{attribute: names of the fields that carry it, in the order of the resource}."""
        found: dict[str, list[str]] = {}
        for each in self.fields:
            if each.attribute:
                found.setdefault(each.attribute, []).append(each.name)
        return found

    def field_named(self, name: str) -> FeedField | None:
        """The field of that name, or None."""
        return next((each for each in self.fields if each.name == name), None)


def attribute_of(role: str, element: str) -> str:
    """What a field says about the subject itself: its role, or an element whose meaning is shared; else ""."""
    if role and role != "none":
        return role
    return element if not role and element in SHARED_ELEMENTS else ""


def feeds_of(population: str) -> tuple[Feed, ...]:
    """The resources that feed a population, by their codes; of places also the address-only ones. Three queries."""
    found = Resource.objects.select_related("organisation").prefetch_related("fields").order_by("code")
    of_places = set(Population.objects.filter(kind=Population.Kind.PLACE).values_list("code", flat=True))
    if population not in of_places:
        return tuple(_feed(each) for each in found.filter(population=population))
    feeding = (
        _feed(each) if each.population == population else address_feed(_feed(each))
        for each in found.exclude(population__in=[*(of_places - {population}), ""])
    )
    return tuple(each for each in feeding if each is not None)


def own_feeds_of(population: str) -> tuple[Feed, ...]:
    """The resources whose records stand in the documents of a population, by their codes. Two queries."""
    found = Resource.objects.filter(population=population).select_related("organisation")
    return tuple(_feed(each) for each in found.prefetch_related("fields").order_by("code"))


def served(feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    """The feeds whose records stand in the documents of a population: all but the address-only ones."""
    return tuple(each for each in feeds if not each.address_only)


def address_feed(feed: Feed) -> Feed | None:
    """What a resource about people or enterprises tells about places; None when it has no address.

    Of several addresses the one in the role "place" counts, then the subject's own, then the first of the resource.
    """
    addresses = [each for each in feed.fields if each.element == "address"]
    if not addresses:
        return None
    chosen = next(
        (each for role in ("place", "address") for each in addresses if each.attribute == role), addresses[0]
    )
    return replace(feed, fields=(replace(chosen, attribute="address"),), timeline_on="", address_only=True)


def feeds() -> dict[str, Feed]:
    """Every linked resource by its code. Two queries."""
    found = Resource.objects.exclude(population="").select_related("organisation").prefetch_related("fields")
    return {each.code: _feed(each) for each in found}


def ranked(population: Population, resources: Iterable[str]) -> dict[str, int]:
    """How authoritative each resource is for a population: 0 is best; those not named come after, alike."""
    order = {code: place for place, code in enumerate(population.authority)}
    return {code: order.get(code, len(order)) for code in resources}


def _feed(resource: Resource) -> Feed:
    owner = resource.organisation
    return Feed(
        resource=resource.code,
        title=Text(resource.name, resource.name_en or resource.name),
        organisation=owner.code,
        organisation_title=Text(owner.name, owner.name_en or owner.name),
        share_class=resource.share_class,
        fields=tuple(
            FeedField(
                name=each.name,
                label=Text(each.label, each.label_en or each.label),
                element=each.element,
                grade=each.grade,
                attribute=attribute_of(each.role, each.element),
                code_list=each.code_list or element(each.element).code_list or "",
            )
            for each in resource.fields.all()
        ),
        timeline_on=str(resource.timeline.get("on", "")),
        timeline=Text(str(resource.timeline.get("zh", "")), str(resource.timeline.get("en", ""))),
        population=resource.population,
    )

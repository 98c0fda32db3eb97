"""Reads for screens and interfaces."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from tongchou.accounts.models import Organisation

from .. import coding
from ..models import Resource, ResourceClass, ResourceField


def resources(
    *,
    text: str = "",
    organisation: str = "",
    share_class: str = "",
    subject_kind: str = "",
    element: str = "",
    class_code: str = "",
    state: str = "",
) -> QuerySet[Resource]:
    """Resources narrowed by words, owner, share class, kind of subject, a data element they carry, or their class.

    state: published ones unless said; "any" for withdrawn ones too. Each bears `field_count` and `highest_grade`.
    Words are looked for in codes, names, abstracts and field labels.
    """
    found = Resource.objects.select_related("organisation").annotate(
        field_count=Count("fields", distinct=True), highest_grade=Max("fields__grade")
    )
    for word in text.split():
        found = found.filter(
            Q(code__icontains=word)
            | Q(catalogue_code__startswith=word)
            | Q(name__icontains=word)
            | Q(name_en__icontains=word)
            | Q(abstract__icontains=word)
            | Q(abstract_en__icontains=word)
            | Q(organisation__name__icontains=word)
            | Q(
                pk__in=Resource.objects.filter(
                    Q(fields__label__icontains=word) | Q(fields__name=word)
                ).values("pk")
            )
        )
    if state != "any":
        found = found.filter(state=state if state in Resource.State.values else Resource.State.PUBLISHED)
    if class_code:
        found = found.filter(
            Q(resource_class__code=class_code) | Q(resource_class__code__startswith=f"{class_code}.")
        )
    if organisation:
        found = found.filter(organisation__code=organisation)
    if share_class:
        found = found.filter(share_class=share_class)
    if subject_kind:
        found = found.filter(subject_kind=subject_kind)
    if element:
        found = found.filter(pk__in=Resource.objects.filter(fields__element=element).values("pk"))
    return found.order_by("organisation__code", "code")


def owners() -> QuerySet[Organisation]:
    """Organisations that own at least one resource, with how many (`resource_count`)."""
    return (
        Organisation.objects.annotate(
            resource_count=Count("resources", filter=Q(resources__state=Resource.State.PUBLISHED))
        )
        .filter(resource_count__gt=0)
        .order_by("code")
    )


def overview() -> dict[str, Any]:
    """Counts for the catalogue's head: resources, owners, fields, and resources by share class."""
    published = Resource.objects.filter(state=Resource.State.PUBLISHED)
    by_class = dict(published.order_by().values_list("share_class").annotate(Count("id")))
    return {
        "resources": published.count(),
        "owners": published.values("organisation").distinct().count(),
        "fields": published.aggregate(n=Count("fields"))["n"],
        "by_class": [
            (label, int(by_class.get(value, 0)), value) for value, label in Resource.ShareClass.choices
        ],
    }


def elements_in_use() -> list[str]:
    """Codes of the data elements that published resources carry, commonest first."""
    found = (
        ResourceField.objects.filter(resource__state=Resource.State.PUBLISHED)
        .order_by()
        .values_list("element")
        .annotate(n=Count("id"))
        .order_by("-n", "element")
    )
    return [element for element, _n in found]


def classes_in_use() -> list[tuple[ResourceClass, int]]:
    """The classes that have published resources, and those above them, with how many there are below each."""
    counts: dict[str, int] = {}
    used = Resource.objects.filter(state=Resource.State.PUBLISHED, resource_class__isnull=False)
    for code in used.values_list("resource_class__code", flat=True):
        while code:
            counts[code] = counts.get(code, 0) + 1
            code = coding.parent_of(code)
    return [(one, counts[one.code]) for one in ResourceClass.objects.filter(code__in=counts)]

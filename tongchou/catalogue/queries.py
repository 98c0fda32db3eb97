"""Reads for screens and interfaces."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from tongchou.accounts.models import Organisation

from .models import Resource


def resources(
    *,
    text: str = "",
    organisation: str = "",
    share_class: str = "",
    subject_kind: str = "",
    element: str = "",
) -> QuerySet[Resource]:
    """Resources narrowed by words, owner, share class, kind of subject or a data element they carry.

    Each bears `field_count` and `highest_grade`. Words are looked for in codes, names, abstracts and field labels.
    """
    found = Resource.objects.select_related("organisation").annotate(
        field_count=Count("fields", distinct=True), highest_grade=Max("fields__grade")
    )
    for word in text.split():
        found = found.filter(
            Q(code__icontains=word)
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
        Organisation.objects.annotate(resource_count=Count("resources"))
        .filter(resource_count__gt=0)
        .order_by("code")
    )


def overview() -> dict[str, Any]:
    """Counts for the catalogue's head: resources, owners, fields, and resources by share class."""
    by_class = dict(Resource.objects.order_by().values_list("share_class").annotate(Count("id")))
    return {
        "resources": Resource.objects.count(),
        "owners": Resource.objects.values("organisation").distinct().count(),
        "fields": Resource.objects.aggregate(n=Count("fields"))["n"],
        "by_class": [
            (label, int(by_class.get(value, 0)), value) for value, label in Resource.ShareClass.choices
        ],
    }

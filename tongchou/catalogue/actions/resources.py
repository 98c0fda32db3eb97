"""Changing what the catalogue says of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor

from ..models import Resource, ResourceField

#: What may be changed on screen; the rest is the pack's.
EDITABLE = ("name", "name_en", "abstract", "abstract_en", "share_class", "cycle")


@action(permission="catalogue.edit", event="resource.changed")
def change(
    *, by: Actor, resource: Resource, values: Mapping[str, Any], grades: Mapping[str, int]
) -> Resource:
    """Set the editable values of a resource and the grades of its fields ({field name: 1–4})."""
    changed = []
    for name in EDITABLE:
        if name in values and getattr(resource, name) != values[name]:
            setattr(resource, name, values[name])
            changed.append(name)
    if changed:
        resource.save(update_fields=changed)
    for field in ResourceField.objects.filter(resource=resource, name__in=grades):
        if field.grade != grades[field.name]:
            field.grade = grades[field.name]
            field.save(update_fields=["grade"])
            changed.append(f"{field.name}.grade")
    note(resource=resource.code, changed=changed)
    return resource

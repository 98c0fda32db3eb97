"""The section of a pack that this room understands: resources with their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongchou.accounts.models import Organisation
from tongchou.accounts.pack import names
from tongchou.accounts.upsert import upsert
from tongchou.standards.elements import element
from tongchou.standards.packs import Change, Row
from tongchou.standards.text import Text

from .models import Resource, ResourceField

#: The linkage column a data element feeds unless the pack says otherwise.
ROLE_BY_ELEMENT = {
    "person_name": "name",
    "organisation_name": "name",
    "id_number": "id_number",
    "uscc": "uscc",
    "birth_date": "birth_date",
    "sex": "sex",
    "mobile": "phone",
    "phone": "phone",
    "address": "address",
}


def field_values(field: Mapping[str, Any], position: int, linked: bool) -> dict[str, Any]:
    """The columns of a ResourceField from one field of a pack; grade and role default by its element."""
    label = Text.of(field.get("label", field["name"]))
    role = field.get("role", ROLE_BY_ELEMENT.get(field["element"], "") if linked else "")
    return {
        "label": label.zh,
        "label_en": label.en,
        "element": field["element"],
        "grade": field.get("grade", element(field["element"]).grade),
        "position": position,
        "required": bool(field.get("required", False)),
        "on_failure": field.get("on_failure", "quarantine"),
        "code_list": field.get("code_list") or "",
        "role": "" if role == "none" else role,
    }


def resources(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring resources and their fields to `rows`; a field that left the pack leaves the catalogue."""
    changes = []
    for row in rows:
        data = row.data
        abstract = Text.of(data.get("abstract", ""))
        values: dict[str, Any] = {
            **names(data["name"]),
            "abstract": abstract.zh,
            "abstract_en": abstract.en,
            "share_class": data["share_class"],
            "cycle": data["cycle"],
            "subject_kind": data.get("subject", "none"),
            "population": data.get("population") or "",
            "key": list(data["key"]),
            "timeline": dict(data.get("timeline") or {}),
            "pack": pack,
        }
        owner = Organisation.objects.filter(code=data["organisation"]).first()
        if owner is not None:
            values["organisation"] = owner
        resource, change = upsert(
            Resource, section="resources", lookup={"code": data["code"]}, values=values, write=write
        )
        changes.append(change)
        changes += _fields(resource, data, write=write)
    return changes


def _fields(resource: Any, data: Mapping[str, Any], *, write: bool) -> list[Change]:
    linked = bool(data.get("population"))
    if resource is None:
        return [Change("create", "fields", f"{data['code']}/{field['name']}") for field in data["fields"]]
    changes = []
    for position, field in enumerate(data["fields"]):
        _, change = upsert(
            ResourceField,
            section="fields",
            lookup={"resource": resource, "name": field["name"]},
            values=field_values(field, position, linked),
            write=write,
        )
        changes.append(Change(change.kind, "fields", f"{data['code']}/{field['name']}", change.fields))
    if write:
        resource.fields.exclude(name__in=[field["name"] for field in data["fields"]]).delete()
    return changes

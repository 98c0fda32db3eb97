"""The sections of a pack that this room understands: classes, providers, resources with their fields, needs and
responsibilities; and what is wrong with them beyond their form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from tongchou.accounts.models import Organisation
from tongchou.accounts.pack import names
from tongchou.accounts.upsert import upsert
from tongchou.standards import credit
from tongchou.standards.elements import ELEMENTS, element
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from . import coding, demands, history
from .models import Need, Provider, Resource, ResourceClass, ResourceField, Responsibility

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


def _both(name: str, value: object) -> dict[str, str]:
    text = Text.of(value or "")
    return {name: text.zh, f"{name}_en": text.en}


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
        "data_type": field.get("data_type") or "",
        "length": field.get("length"),
        "role": "" if role == "none" else role,
    }


def classes(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring the classes of the national catalogue to `rows`."""
    changes = []
    for row in rows:
        values = {**names(row.data["name"]), "provisional": bool(row.data.get("provisional")), "pack": pack}
        _, change = upsert(
            ResourceClass, section="classes", lookup={"code": row.data["code"]}, values=values, write=write
        )
        changes.append(change)
    return changes


def providers(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring what is said of providers to `rows`."""
    changes = []
    for row in rows:
        code = row.data["organisation"]
        owner = Organisation.objects.filter(code=code).first()
        if owner is None:
            changes.append(Change("create", "providers", code))
            continue
        values = {
            "uscc": row.data.get("uscc") or "", **_both("contact", row.data.get("contact")), "pack": pack,
        }  # fmt: skip
        _, change = upsert(
            Provider, section="providers", lookup={"organisation": owner}, values=values, write=write
        )
        changes.append(Change(change.kind, "providers", code, change.fields))
    return changes


def resources(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring resources and their fields to `rows`; a field that left the pack leaves the catalogue."""
    changes = []
    for row in rows:
        data = row.data
        values: dict[str, Any] = {
            **names(data["name"]),
            **_both("abstract", data.get("abstract")),
            "share_class": data["share_class"],
            "cycle": data["cycle"],
            "subject_kind": data.get("subject", "none"),
            "population": data.get("population") or "",
            "key": list(data["key"]),
            "timeline": dict(data.get("timeline") or {}),
            "format_class": data.get("format_class", Resource.FormatClass.DATABASE.value),
            "format_type": data.get("format_type") or "",
            **_both("share_condition", data.get("share_condition")),
            "share_way": data.get("share_way", Resource.ShareWay.PLATFORM.value),
            **_both("legal_basis", data.get("legal_basis")),
            "is_open": bool(data.get("open", False)),
            **_both("open_condition", data.get("open_condition")),
            "related": list(data.get("related") or []),
            "pack": pack,
        }
        if data.get("published_on"):
            values["published_on"] = dt.date.fromisoformat(str(data["published_on"]))
        owner = Organisation.objects.filter(code=data["organisation"]).first()
        if owner is not None:
            values["organisation"] = owner
        classed = ResourceClass.objects.filter(code=data.get("class") or "").first()
        if classed is not None or not data.get("class"):
            values["resource_class"] = classed
        before = Resource.objects.filter(code=data["code"]).first()
        resource, change = upsert(
            Resource, section="resources", lookup={"code": data["code"]}, values=values, write=write
        )
        changes.append(change)
        changed = _fields(resource, data, write=write)
        changes += changed
        if write and resource is not None:
            _keep(resource, before, change, changed, pack)  # type: ignore[arg-type]
    return changes


def _keep(
    resource: Resource, before: Resource | None, change: Change, changed: Sequence[Change], pack: str
) -> None:
    """Give the resource its catalogue code, and enter what the pack changed in its history."""
    history.give_code(resource)
    fields = [one for one in changed if one.kind != "same"]
    if change.kind == "update" or (change.kind == "same" and fields):
        told: dict[str, list[Any]] = {
            name: [history.plain(getattr(one, name)) for one in (before, resource)] for name in change.fields
        }
        told |= {one.identifier.rpartition("/")[2]: ["", ", ".join(one.fields) or one.kind] for one in fields}
        Resource.objects.filter(pk=resource.pk).update(
            version=resource.version + 1, changed_at=timezone.now()
        )
        resource.version += 1
        history.enter(resource, kind="pack.applied", values=told, by=f"@pack {pack}", organisation="")


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


def needs(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Make the needs that do not exist yet; one that was made is answered on screen and no more changed by a pack."""
    changes = []
    for row in rows:
        data = row.data
        if Need.objects.filter(number=data["code"]).exists():
            changes.append(Change("same", "needs", data["code"]))
            continue
        changes.append(Change("create", "needs", data["code"]))
        if not write:
            continue
        title = Text.of(data["title"])
        met_by = Resource.objects.filter(code=data.get("met_by") or "").first()
        Need.objects.create(
            number=data["code"],
            organisation=Organisation.objects.get(code=data["organisation"]),
            title=title.zh,
            title_en=title.en,
            reason=data["reason"],
            matter=data.get("matter") or "",
            subject_kind=data.get("subject", "person"),
            fields=[
                {"label": each["label"], "element": each.get("element") or ""} for each in data["fields"]
            ],
            addressed_to=Organisation.objects.filter(code=data.get("addressed_to") or "").first(),
            state=Need.State.MET if met_by else Need.State.OPEN,
            met_by=met_by,
            answered_at=timezone.now() if met_by else None,
            stated_by=f"@pack {pack}",
            pack=pack,
        )
    return changes


def responsibilities(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring what each named organisation is answerable for to `rows`; what was claimed on screen stays."""
    changes = []
    for row in rows:
        owner = Organisation.objects.filter(code=row.data["organisation"]).first()
        for fact in row.data["facts"]:
            said = "/".join(
                (row.data["organisation"], fact["subject"], fact["element"], fact.get("aspect") or "")
            ).rstrip("/")
            if owner is None:
                changes.append(Change("create", "responsibilities", said))
                continue
            values: dict[str, Any] = {
                "resource": Resource.objects.filter(code=fact.get("resource") or "").first(),
                **_both("basis", fact.get("basis")),
                "claimed_by": f"@pack {pack}",
                "pack": pack,
            }
            lookup = {
                "organisation": owner, "element": fact["element"], "subject_kind": fact["subject"],
                "aspect": fact.get("aspect") or "",
            }  # fmt: skip
            _, change = upsert(
                Responsibility, section="responsibilities", lookup=lookup, values=values, write=write
            )
            changes.append(Change(change.kind, "responsibilities", said, change.fields))
    return changes


def problems(row: Row, section: str) -> Iterator[Problem]:
    """What is wrong with an entry of one of this room's sections, beyond its form and its references."""
    data = row.data

    def problem(what: Text, *place: Any) -> Problem:
        where = ".".join(str(part) for part in place)
        return Problem(row.file, row.line_of(*place), Text(f"{where}：{what.zh}", f"{where}: {what.en}"))

    if section == "resources":
        values = {**data, "is_open": data.get("open"), "resource_class": data.get("class")}
        for lack in demands.lacks(values, data["fields"]):
            if lack.demanded:
                yield problem(lack.what, {"is_open": "open"}.get(lack.place, lack.place))
        if data.get("published_on"):
            try:
                dt.date.fromisoformat(str(data["published_on"]))
            except ValueError:
                yield problem(Text("没有这一天。", "There is no such day."), "published_on")
    elif section == "classes":
        wrong = coding.problem_of(data["code"])
        if wrong is not None:
            yield problem(wrong, "code")
    elif section == "providers":
        _value, wrong_code = credit.examine(data["uscc"]) if data.get("uscc") else (None, None)
        if wrong_code:
            yield problem(
                Text("不是有效的统一社会信用代码。", "It is not a valid unified social credit code."), "uscc"
            )
    else:
        inner = "fields" if section == "needs" else "facts"
        for position, each in enumerate(data[inner]):
            if each.get("element") and each["element"] not in ELEMENTS:
                yield problem(
                    Text(f"没有“{each['element']}”这个数据元。", f"There is no data element {each['element']!r}."),
                    inner, position, "element",
                )  # fmt: skip

"""The section `themes` of a pack: theme tables and marts, which are resources of the catalogue as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from tongchou.accounts.upsert import upsert
from tongchou.catalogue import pack as catalogue
from tongchou.catalogue.models import Resource
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from .models import Population, Theme
from .themes import declared

FieldsOf = dict[str, dict[str, dict[str, Any]]]
"""{resource: {field: {"element", "grade", "label", "code_list"}}}"""


class PackRead(Protocol):
    """As much of a pack as is needed here."""

    rows: dict[str, list[Row]]


def themes(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring themes to `rows`: each in the catalogue and in the pool. One that left the pack is derived no more."""
    changes = []
    for row in rows:
        data = row.data
        kinds = dict(Population.objects.values_list("code", "kind"))
        made = declared.resource_row(data, _applied(), kinds.get(str(data.get("population")), ""))
        changes += catalogue.resources([Row(made, row.file, row.line, row.lines)], pack=pack, write=write)
        values = {"population": str(data.get("population") or ""), "spec": dict(data), "pack": pack}
        _, change = upsert(Theme, section="themes", lookup={"code": data["code"]}, values=values, write=write)
        changes.append(change)
    gone = Theme.objects.filter(pack=pack).exclude(code__in=[row.data["code"] for row in rows])
    changes += [Change("update", "themes", each.code, ("spec",)) for each in gone]
    if write:
        gone.delete()
    return changes


def _applied() -> FieldsOf:
    """The fields of every resource in the catalogue. Two queries."""
    found: FieldsOf = {}
    for resource in Resource.objects.prefetch_related("fields"):
        found[resource.code] = {
            each.name: {
                "element": each.element, "grade": each.grade, "label": {"zh": each.label, "en": each.label_en or each.label},
                **({"code_list": each.code_list} if each.code_list else {}),
            }
            for each in resource.fields.all()
        }  # fmt: skip
    return found


def theme_fields(packs: Sequence[PackRead]) -> FieldsOf:
    """The fields of the packs' themes, by what the packs say of the resources they draw on."""
    known = _said(packs)[0]
    return {code: known[code] for code in _codes(packs) if code in known}


def check(rows: Sequence[Row], packs: Sequence[PackRead]) -> Iterator[Problem]:
    """What is wrong with themes beyond their form."""
    known, kinds, classes, populations = _said(packs)
    for row in rows:
        if not isinstance(row.data.get("code"), str):
            continue
        for place, what in declared.problems(row.data, known, classes, kinds, populations):
            where = ".".join(str(each) for each in place)
            said = Text(f"{where}：{what.zh}", f"{where}: {what.en}") if where else what
            yield Problem(row.file, row.line_of(*place), said)


def _codes(packs: Sequence[PackRead]) -> list[str]:
    return [str(row.data.get("code")) for pack in packs for row in pack.rows.get("themes", [])]


def _said(packs: Sequence[PackRead]) -> tuple[FieldsOf, dict[str, str], dict[str, str], dict[str, str]]:
    """(fields, kinds of populations, share classes, populations of resources), of packs and of what is applied; packs win."""
    fields = _applied()
    kinds = dict(Population.objects.values_list("code", "kind"))
    classes = dict(Resource.objects.values_list("code", "share_class"))
    populations = dict(Resource.objects.values_list("code", "population"))
    for pack in packs:
        kinds |= {
            str(row.data.get("population")): str(row.data.get("kind")) for row in pack.rows.get("linkage", [])
        }
        for row in pack.rows.get("resources", []):
            code = str(row.data.get("code"))
            listed = [
                each for each in row.data.get("fields") or [] if isinstance(each, dict) and each.get("name")
            ]
            fields[code] = {str(each["name"]): dict(each) for each in listed}
            classes[code] = str(row.data.get("share_class"))
            populations[code] = str(row.data.get("population") or "")
    for pack in packs:
        for row in pack.rows.get("themes", []):
            fields[str(row.data.get("code"))] = _columns(row.data, fields, kinds)
            classes[str(row.data.get("code"))] = str(row.data.get("share_class"))
    return fields, kinds, classes, populations


def _columns(
    data: Mapping[str, Any], fields: FieldsOf, kinds: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """A theme's columns as fields; nothing of one whose form is wrong, which is told elsewhere."""
    lists = [data.get("columns") or [], data.get("measures") or []]
    if not all(isinstance(each, dict) and each.get("name") for held in lists for each in held):
        return {}
    made = declared.resource_row(
        {**data, "code": data.get("code")}, fields, kinds.get(str(data.get("population")), "")
    )
    return {str(each["name"]): each for each in made["fields"]}

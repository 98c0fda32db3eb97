"""Every problem of a pack at once, each with its file and line."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from django.apps import apps

from tongchou.accounts.permissions import PERMISSIONS
from tongchou.catalogue import pack as catalogue
from tongchou.catalogue.models import ResourceField
from tongchou.exchange.models import Statement
from tongchou.exchange.pack import check_grants, check_statements
from tongchou.exchange.rows import FieldSaid, kind_of
from tongchou.flow import pack as flows
from tongchou.flow.calendars import read_calendar
from tongchou.pool import pack_retention
from tongchou.pool.linkage import load_model
from tongchou.pool.pack import check_relations, check_survivorship, check_themes, theme_fields
from tongchou.standards.codes import code_list_names
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.packs import Problem, Row
from tongchou.standards.text import Text

from .reader import Pack

#: What a section's entries are found by in the database, so that a pack may build on what is already applied.
KEYS = {
    "organisations": ("code", "accounts.Organisation", "code"),
    "roles": ("code", "accounts.Role", "code"),
    "accounts": ("username", "accounts.User", "username"),
    "purposes": ("code", "exchange.Purpose", "code"),
    "linkage": ("population", "pool.Population", "code"),
    "areas": ("code", "pool.Area", "code"),
    "sources": ("code", "gather.Source", "code"),
    "resources": ("code", "catalogue.Resource", "code"),
    "statements": ("code", "exchange.Statement", "code"),
    "grants": ("code", "exchange.Grant", "number"),
    "clients": ("code", "exchange.Client", "code"),
    "calendars": ("year", "flow.WorkCalendar", "year"),
    "flows": ("code", "flow.Flow", "code"),
    "classes": ("code", "catalogue.ResourceClass", "code"),
    "providers": ("organisation", "catalogue.Provider", "organisation__code"),
    "needs": ("code", "catalogue.Need", "number"),
    "responsibilities": ("organisation", "catalogue.Responsibility", "organisation__code"),
    "relations": ("code", "pool.RelationRule", "code"),
    "survivorship": ("attribute", "pool.SurvivorshipRule", "attribute"),
    "themes": ("code", "pool.Theme", "code"),
}

#: Section → [(path to a reference, section it refers to)]; "*" in a path stands for every element of a list.
REFERENCES: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "organisations": [(("parent",), "organisations")],
    "accounts": [
        (("memberships", "*", "role"), "roles"),
        (("memberships", "*", "organisation"), "organisations"),
    ],
    "areas": [(("parent",), "areas")],
    "sources": [(("organisation",), "organisations")],
    "resources": [
        (("organisation",), "organisations"),
        (("population",), "linkage"),
        (("source", "code"), "sources"),
        (("class",), "classes"),
        (("related", "*"), "resources"),
    ],
    "providers": [(("organisation",), "organisations")],
    "needs": [
        (("organisation",), "organisations"),
        (("addressed_to",), "organisations"),
        (("met_by",), "resources"),
    ],
    "responsibilities": [
        (("organisation",), "organisations"),
        (("facts", "*", "resource"), "resources"),
    ],
    "statements": [(("resource",), "resources")],
    "survivorship": [(("population",), "linkage"), (("prefer", "*"), "resources")],
    "themes": [(("organisation",), "organisations"), (("population",), "linkage"), (("class",), "classes")],
    "relations": [(("resource",), "resources"), (("other", "population"), "linkage")],
    "clients": [(("organisation",), "organisations"), (("role",), "roles")],
    "grants": [
        (("organisation",), "organisations"),
        (("role",), "roles"),
        (("resource",), "resources"),
        (("purposes", "*"), "purposes"),
    ],
}


@functools.cache
def schema(section: str) -> dict[str, Any]:
    """The JSON Schema of a section's entries; "pack" is the head's."""
    path = Path(__file__).parent / "schemas" / f"{section}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def check(pack: Pack) -> list[Problem]:
    """Every problem of `pack` and of those it requires, in the order of their files and lines."""
    problems: list[Problem] = []
    chain = list(pack.with_required())
    known = {section: _known(chain, section) for section in KEYS}
    known["resources"] |= known["themes"]  # a theme is a resource, too
    around = flows.around(
        [row for one in chain for row in one.rows["flows"]],
        roles=known["roles"],
        organisations=known["organisations"],
    )
    for one in chain:
        found = list(one.problems)
        found += _against_schema(one.head, "pack")
        for section, rows in one.rows.items():
            for row in rows:
                wrong = list(_against_schema(row, section))
                found += wrong
                if not wrong:
                    found += _references(row, section, known)
                    found += _meaning(row, section, one)
                    if section == "flows":
                        found += flows.problems(row, around)
            if section not in (
                "calendars",
                "survivorship",
            ):  # one a division and year, one a population and attribute
                found += _twice(rows, KEYS[section][0])
        found += _circles(one.rows["organisations"])
        fields, statements = _declared(chain)
        found += check_statements(one.rows["statements"], fields)
        found += check_relations(one.rows["relations"], _kinds(fields))
        found += check_survivorship(one.rows["survivorship"])
        found += check_themes(one.rows["themes"], chain)
        found += check_grants(one.rows["grants"], fields, statements)
        prefix = "" if one is pack else f"{one.name}/"
        found.sort(key=lambda problem: (problem.file, problem.line))
        problems += [Problem(prefix + problem.file, problem.line, problem.what) for problem in found]
    return problems


def _declared(chain: list[Pack]) -> tuple[dict[str, list[FieldSaid]], dict[str, set[str]]]:
    """The fields and statements of every resource, of the packs and of what is applied already; packs win."""
    fields: dict[str, list[FieldSaid]] = {}
    for each in ResourceField.objects.select_related("resource"):
        said = FieldSaid(each.name, each.element, each.grade, each.code_list)
        fields.setdefault(each.resource.code, []).append(said)
    statements: dict[str, set[str]] = {}
    for code, resource in Statement.objects.values_list("code", "resource__code"):
        statements.setdefault(resource, set()).add(code)
    for pack in chain:
        for row in pack.rows["resources"]:
            read = [_field_said(each) for each in row.data.get("fields") or [] if isinstance(each, dict)]
            fields[str(row.data.get("code"))] = [each for each in read if each is not None]
    for code, read_fields in theme_fields(chain).items():
        told = [_field_said({"name": name, **each}) for name, each in read_fields.items()]
        fields[code] = [each for each in told if each is not None]
    for pack in chain:
        for row in pack.rows.get("statements", []):
            statements.setdefault(str(row.data.get("resource")), set()).add(str(row.data.get("code")))
    return fields, statements


def _kinds(fields: dict[str, list[FieldSaid]]) -> dict[str, dict[str, str]]:
    """{resource: {field: kind}}, as conditions know them."""
    return {code: {each.name: kind_of(each.element) for each in said} for code, said in fields.items()}


def _field_said(field: dict[str, Any]) -> FieldSaid | None:
    """A field of a pack for checking grants; None when the field itself is wrong, which is told elsewhere."""
    code = ELEMENTS.get(str(field.get("element")))
    grade = field.get("grade", code.grade if code else 0)
    if code is None or not isinstance(grade, int) or not field.get("name"):
        return None
    return FieldSaid(str(field["name"]), code.code, grade, str(field.get("code_list") or ""))


def _known(chain: list[Pack], section: str) -> set[str]:
    key, model, column = KEYS[section]
    codes = {str(row.data.get(key)) for pack in chain for row in pack.rows[section]}
    return codes | set(apps.get_model(model).objects.values_list(column, flat=True))


def _against_schema(row: Row, section: str) -> Iterator[Problem]:
    data = json.loads(json.dumps(row.data, default=str))  # dates as text, as the schema sees them
    for error in jsonschema.Draft202012Validator(schema(section)).iter_errors(data):
        path = tuple(error.absolute_path)
        place = ".".join(str(part) for part in path) or section
        yield Problem(
            row.file, row.line_of(*path), Text(f"{place}：{error.message}", f"{place}: {error.message}")
        )


def _at(
    data: Any, path: tuple[str, ...], so_far: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if not path:
        yield so_far, data
    elif path[0] == "*":
        for position, inner in enumerate(data or []):
            yield from _at(inner, path[1:], (*so_far, position))
    elif isinstance(data, dict) and data.get(path[0]) is not None:
        yield from _at(data[path[0]], path[1:], (*so_far, path[0]))


def _references(row: Row, section: str, known: dict[str, set[str]]) -> Iterator[Problem]:
    for path, target in REFERENCES.get(section, []):
        for place, value in _at(row.data, path):
            if value and str(value) not in known[target]:
                name = ".".join(str(part) for part in place)
                yield Problem(
                    row.file,
                    row.line_of(*place),
                    Text(f"{name}：{target} 中没有 {value!r}。", f"{name}: no {value!r} among {target}."),
                )


def _meaning(row: Row, section: str, pack: Pack) -> Iterator[Problem]:
    if section == "roles":
        for position, permission in enumerate(row.data["permissions"]):
            if permission not in PERMISSIONS:
                yield Problem(
                    row.file,
                    row.line_of("permissions", position),
                    Text(f"没有“{permission}”这项权限。", f"There is no permission {permission!r}."),
                )
    elif section == "resources":
        yield from _resource(row)
        yield from catalogue.problems(row, section)
        yield from pack_retention.retention_problems(row)
    elif section in ("classes", "providers", "needs", "responsibilities"):
        yield from catalogue.problems(row, section)
    elif section == "linkage":
        file = pack.folder / str(row.data["model"])
        try:
            load_model(file if file.is_file() else row.data["model"])
        except (HouseError, yaml.YAMLError) as error:
            said = Text(str(error), str(error))
            if isinstance(error, HouseError):
                said = Text(f"{error.what.zh}{error.next.zh}", f"{error.what.en} {error.next.en}")
            yield Problem(
                row.file,
                row.line_of("model"),
                Text(f"model：{row.data['model']}：{said.zh}", f"model: {row.data['model']}: {said.en}"),
            )
    elif section == "sources":
        for name, value in (row.data.get("settings") or {}).items():
            for setting in re.findall(r"\{(\w+)\}", value) if isinstance(value, str) else []:
                yield Problem(
                    row.file,
                    row.line_of("settings", name),
                    Text(
                        f"settings.{name}：数据包没有“{setting}”这项设置。",
                        f"settings.{name}: the pack has no setting {setting!r}.",
                    ),
                )
    elif section == "calendars":
        try:
            read_calendar(row.data)
        except HouseError as error:
            yield Problem(
                row.file,
                row.line,
                Text(f"{error.what.zh}{error.next.zh}", f"{error.what.en} {error.next.en}"),
            )
    elif section in ("grants", "clients"):
        try:
            dt.date.fromisoformat(str(row.data["until"]))
        except ValueError:
            yield Problem(
                row.file,
                row.line_of("until"),
                Text("until：不是日期（应为 2027-12-31 的形式）。", "until: not a date like 2027-12-31."),
            )


def _resource(row: Row) -> Iterator[Problem]:
    fields = [field["name"] for field in row.data["fields"]]
    for position, field in enumerate(row.data["fields"]):
        if field["element"] not in ELEMENTS:
            yield Problem(
                row.file,
                row.line_of("fields", position, "element"),
                Text(
                    f"没有“{field['element']}”这个数据元。", f"There is no data element {field['element']!r}."
                ),
            )
        if field.get("code_list") and field["code_list"] not in code_list_names():
            yield Problem(
                row.file,
                row.line_of("fields", position, "code_list"),
                Text(
                    f"没有“{field['code_list']}”这个代码表。",
                    f"There is no code list {field['code_list']!r}.",
                ),
            )
        if fields.index(field["name"]) != position:
            yield Problem(
                row.file,
                row.line_of("fields", position, "name"),
                Text(f"字段“{field['name']}”出现两次。", f"The field {field['name']!r} stands twice."),
            )
    named: list[tuple[tuple[Any, ...], str]] = [
        (("key", position), name) for position, name in enumerate(row.data["key"])
    ]
    if row.data.get("timeline"):
        named.append((("timeline", "on"), row.data["timeline"]["on"]))
    if (row.data.get("source") or {}).get("valid_from"):
        named.append((("source", "valid_from"), row.data["source"]["valid_from"]))
    for path, name in named:
        if name not in fields:
            place = ".".join(str(part) for part in path)
            yield Problem(
                row.file,
                row.line_of(*path),
                Text(f"{place}：没有“{name}”这个字段。", f"{place}: there is no field {name!r}."),
            )


def _twice(rows: list[Row], key: str) -> Iterator[Problem]:
    seen: dict[str, Row] = {}
    for row in rows:
        value = str(row.data.get(key))
        if value in seen:
            first = seen[value]
            yield Problem(
                row.file,
                row.line,
                Text(
                    f"“{value}”已在 {first.file}:{first.line} 定义。",
                    f"{value!r} already stands at {first.file}:{first.line}.",
                ),
            )
        seen.setdefault(value, row)


def _circles(rows: list[Row]) -> Iterator[Problem]:
    parents = {str(row.data.get("code")): str(row.data.get("parent") or "") for row in rows}
    for row in rows:
        seen, code = set(), str(row.data.get("code"))
        while code in parents and code not in seen:
            seen.add(code)
            code = parents[code]
        if code in seen:
            yield Problem(
                row.file,
                row.line_of("parent"),
                Text("上级机构形成了循环。", "The organisations above it form a circle."),
            )

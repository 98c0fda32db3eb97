"""What a pack says of a theme, as plain values, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tongchou.standards import expressions
from tongchou.standards.elements import ELEMENTS, element
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..base.attributes import ATTRIBUTES

#: Functions over all records of a subject in a resource, with the element of what they give ("" for the field's own).
FUNCTIONS = {"count": "integer", "exists": "yes_no", "sum": "decimal", "min": "", "max": ""}
MEASURES = {"count": "integer", "sum": "decimal", "mean": "decimal", "min": "", "max": ""}
#: A group of a mart with fewer rows is left out, unless the theme asks for more.
LEAST = 10

_CALL = re.compile(r"(count|exists|sum|min|max)\(([A-Za-z0-9_.-]+)\)").fullmatch
_PLACE = re.compile(r"([A-Za-z0-9_.-]+)\.([a-z][a-z0-9_]*)").fullmatch


@dataclass(frozen=True)
class Origin:
    """Where a column comes from: an attribute of the base library (resource ""), a field of a resource (the record in
    force that began last), or a function over all of a subject's records."""

    resource: str
    field: str
    function: str = ""


def origin_of(text: str) -> Origin | None:
    """`base.name`, `edu.pupils.school`, `count(vehicle.vehicles)`, `sum(land.property.area_m2)`; None when unreadable."""
    call = _CALL(text)
    if call and call[1] in ("count", "exists"):
        return Origin(call[2], "", call[1])
    place = _PLACE(call[2] if call else text)
    if place is None:
        return None
    if place[1] == "base":
        return None if call else Origin("", place[2])
    return Origin(place[1], place[2], call[1] if call else "")


Fields = Mapping[str, Mapping[str, Any]]
"""{field: what a pack says of it}: "element", "grade", "label", "code_list"."""


def resource_row(data: Mapping[str, Any], resources: Mapping[str, Fields], kind: str) -> dict[str, Any]:
    """The theme as an entry of the catalogue, as `resources/*.yaml` would have it.

    resources: the fields of every resource and theme. kind: of the theme's subjects; "" for a mart.
    """
    kept = ("code", "name", "abstract", "organisation", "share_class", "share_condition", "cycle", "class", "open",
            "open_condition")  # fmt: skip
    fields = [
        field_row(each, data, resources, kind) for each in [*(data.get("columns") or ()), *_grouped(data)]
    ]
    return {
        **{name: data[name] for name in kept if name in data},
        "subject": kind or "none",
        "key": list(data.get("group_by") or ()),
        "related": sorted(sources(data)),
        "format_class": "database",
        "format_type": "parquet",
        "fields": fields,
    }


def _grouped(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns of a mart: those it groups by, then its measures."""
    return [{"name": each} for each in data.get("group_by") or ()] + [
        dict(each) for each in data.get("measures") or ()
    ]


def field_row(
    column: Mapping[str, Any], data: Mapping[str, Any], resources: Mapping[str, Fields], kind: str
) -> dict[str, Any]:
    """One column as a field of the catalogue; what the pack does not say is its source's."""
    said = _source_of(column, data, resources, kind)
    made: dict[str, Any] = {"name": column["name"], "role": "none", "on_failure": "keep"}
    for what in ("label", "element", "grade", "code_list"):
        value = column.get(what, said.get(what))
        if value is not None:
            made[what] = value
    # A column may be told more carefully than its source, never less.
    floor = said.get("floor", said.get("grade"))
    if floor and made.get("grade", 4) < floor:
        made["grade"] = floor
    return made


def _source_of(
    column: Mapping[str, Any], data: Mapping[str, Any], resources: Mapping[str, Fields], kind: str
) -> dict[str, Any]:
    if data.get("of"):
        return _measured(column, resources.get(str(data["of"]), {}))
    origin = origin_of(str(column.get("from", "")))
    if origin is None:
        return {"element": "text", "grade": 4}
    if not origin.resource:
        code = ATTRIBUTES.get(kind, {}).get(origin.field, "text")
        label = element(code).label
        return {"element": code, "grade": element(code).grade, "label": {"zh": label.zh, "en": label.en}}
    fields = resources.get(origin.resource, {})
    if origin.function in ("count", "exists"):
        # That somebody has such a record at all is as delicate as what it says; a pack may decide otherwise.
        grades = [
            int(each.get("grade") or 2) for each in fields.values() if each.get("element") not in _IDENTITY
        ]
        return {"element": FUNCTIONS[origin.function], "grade": min(max([2, *grades]), 3), "floor": 2}
    held = dict(fields.get(origin.field, {"element": "text", "grade": 4}))
    held.setdefault("grade", element(str(held["element"])).grade if held["element"] in ELEMENTS else 4)
    if FUNCTIONS.get(origin.function):
        held["element"] = FUNCTIONS[origin.function]
    return held


_IDENTITY = frozenset(
    {"person_name", "id_number", "passport_number", "mobile", "phone", "address", "identifier"}
)


def _measured(column: Mapping[str, Any], theme: Fields) -> dict[str, Any]:
    """A mart's column: a group's own, or a measure, which tells of no one alone."""
    for function, gives in MEASURES.items():
        if function in column:
            held = theme.get(str(column[function]), {}) if column[function] is not True else {}
            return {"element": gives or held.get("element", "decimal"), "grade": 1}
    return dict(theme.get(str(column["name"]), {"element": "text", "grade": 4}))


def sources(data: Mapping[str, Any]) -> set[str]:
    """Codes of the resources a theme draws on; of a mart the theme it counts."""
    if data.get("of"):
        return {str(data["of"])}
    origins = [origin_of(str(each.get("from", ""))) for each in data.get("columns") or ()]
    return {each.resource for each in origins if each is not None and each.resource}


def problems(
    data: Mapping[str, Any], resources: Mapping[str, Fields], share_classes: Mapping[str, str], kinds: Mapping[str, str],
    populations: Mapping[str, str],
) -> Iterator[tuple[tuple[Any, ...], Text]]:  # fmt: skip
    """(place, what is wrong) of a theme beyond its form.

    share_classes: of resources and themes by code. kinds: of populations. populations: {resource: its population}.
    """
    if bool(data.get("of")) == bool(data.get("columns")):
        yield (), Text("columns 与 of 须有且只有一个。", "Exactly one of columns and of is needed.")
        return
    if data.get("of"):
        yield from _mart_problems(data, resources)
    else:
        yield from _column_problems(data, resources, kinds.get(str(data.get("population")), ""), populations)
    for code in sorted(sources(data)):
        held = share_classes.get(code)
        if held == "closed":
            yield (), Text(f"{code} 不予共享，不能进入主题表。", f"{code} is closed and can be in no theme.")
        elif held == "conditional" and data.get("share_class") == "unconditional" and not data.get("of"):
            yield (
                ("share_class",),
                Text(
                    f"{code} 有条件共享，主题表不能无条件共享。",
                    f"{code} is conditional; so must the theme be.",
                ),
            )


def _column_problems(
    data: Mapping[str, Any], resources: Mapping[str, Fields], kind: str, populations: Mapping[str, str]
) -> Iterator[tuple[tuple[Any, ...], Text]]:
    if not data.get("population"):
        yield ("population",), Text("没有写明关联库。", "Its population is missing.")
    for position, column in enumerate(data["columns"]):
        place = ("columns", position, "from")
        origin = origin_of(str(column.get("from", "")))
        if origin is None:
            yield place, Text(f"读不懂“{column.get('from')}”。", f"{column.get('from')!r} cannot be read.")
        elif not origin.resource:
            if origin.field not in ATTRIBUTES.get(kind, {}):
                yield (
                    place,
                    Text(f"基础库没有“{origin.field}”。", f"The base library keeps no {origin.field!r}."),
                )
        elif origin.resource not in resources:
            yield place, Text(f"没有资源“{origin.resource}”。", f"There is no resource {origin.resource!r}.")
        elif origin.field and origin.field not in resources[origin.resource]:
            yield (
                place,
                Text(
                    f"资源 {origin.resource} 没有“{origin.field}”。",
                    f"{origin.resource} has no field {origin.field!r}.",
                ),
            )
        elif populations.get(origin.resource) != data.get("population"):
            yield (
                place,
                Text(
                    f"资源 {origin.resource} 不属于该关联库。",
                    f"{origin.resource} is not of that population.",
                ),
            )
    if data.get("where"):
        fields = {each["name"]: field_row(each, data, resources, kind) for each in data["columns"]}
        yield from ((("where",), each) for each in condition_problems(str(data["where"]), kinds_of(fields)))


def _mart_problems(
    data: Mapping[str, Any], resources: Mapping[str, Fields]
) -> Iterator[tuple[tuple[Any, ...], Text]]:
    theme = resources.get(str(data["of"]))
    if theme is None:
        yield ("of",), Text(f"没有主题表“{data['of']}”。", f"There is no theme {data['of']!r}.")
        return
    for position, name in enumerate(data.get("group_by") or ()):
        if name not in theme:
            yield ("group_by", position), Text(f"没有“{name}”这一列。", f"There is no column {name!r}.")
        elif theme[name].get("element") in _IDENTITY:
            yield ("group_by", position), Text(f"“{name}”能指认到人。", f"{name!r} tells who somebody is.")
    if not data.get("measures"):
        yield ("measures",), Text("没有指标。", "There are no measures.")
    for position, measure in enumerate(data.get("measures") or ()):
        given = [each for each in MEASURES if each in measure]
        if len(given) != 1:
            yield (
                ("measures", position),
                Text("须有且只有一种计算。", "Exactly one way to measure is needed."),
            )
        elif measure[given[0]] is not True and measure[given[0]] not in theme:
            yield ("measures", position), Text("没有这一列。", f"There is no column {measure[given[0]]!r}.")


def kinds_of(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """{column: kind}, as conditions know them."""
    return {
        name: "yes_no" if each["element"] == "yes_no" else element(str(each["element"])).kind
        for name, each in fields.items()
        if each.get("element") in ELEMENTS
    }


def condition_problems(condition: str, kinds: Mapping[str, str]) -> list[Text]:
    """What is wrong with a condition over columns."""
    try:
        return list(expressions.check(expressions.parse(condition), fields=dict(kinds)))
    except HouseError as unreadable:
        return [unreadable.what]

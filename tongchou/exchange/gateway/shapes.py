"""Shapes of requests: the JSON Schema that the description publishes, compiled into a check. Pure.

The subset that requests need (2020-12): type, properties, required, additionalProperties, propertyNames, items, enum,
pattern, format "date", oneOf, and the limits of length, size and number. A check names the parts that are wrong and never
repeats their values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

Schema = Mapping[str, Any]
#: (value, its place) → places that are wrong; an empty list when it fits.
Check = Callable[[Any, str], list[str]]

_KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "format", "minLength",
    "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties", "oneOf", "description",
    "title", "examples", "default", "propertyNames",
}  # fmt: skip


def compiled(schema: Schema) -> Check:
    """The check of a schema. Raises ValueError for a keyword it does not know: nothing is described and not checked."""
    surplus = set(schema) - _KNOWN
    if surplus:
        raise ValueError(f"shapes does not check {', '.join(sorted(surplus))}")
    if "oneOf" in schema:
        return _by_keys(schema["oneOf"]) or _one_of([compiled(each) for each in schema["oneOf"]])
    kind = schema.get("type")
    makers: dict[Any, Callable[[Schema], Check]] = {
        "object": _object, "array": _array, "string": _string, "integer": _integer, "boolean": _boolean,
    }  # fmt: skip
    if isinstance(kind, list):
        return _one_of([compiled({**schema, "type": each}) for each in kind])
    return makers[kind](schema) if kind in makers else (lambda value, place: [])


def _place(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _object(schema: Schema) -> Check:
    checks = {name: compiled(each) for name, each in schema.get("properties", {}).items()}
    required = tuple(schema.get("required", ()))
    more = schema.get("additionalProperties", True)
    beyond = compiled(more) if isinstance(more, Mapping) else None
    names = compiled(schema["propertyNames"]) if "propertyNames" in schema else None
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", 1 << 30)

    def check(value: Any, place: str) -> list[str]:
        if type(value) is not dict:
            return [place or "body"]
        wrong: list[str] = []
        if not least <= len(value) <= most:
            wrong.append(place or "body")
        for name in required:
            if name not in value:
                wrong.append(_place(place, name))
        for name, inner in value.items():
            known = checks.get(name)
            if known is not None:
                wrong += known(inner, _place(place, name))
            elif more is False or (names is not None and names(name, "")):
                # A surplus name is the sender's own text and may be anything: only its place is told.
                wrong.append(_place(place, "*"))
            elif beyond is not None:
                wrong += beyond(inner, _place(place, "*"))
        return wrong

    return check


def _array(schema: Schema) -> Check:
    inner = compiled(schema.get("items", {}))
    least, most = schema.get("minItems", 0), schema.get("maxItems", 1 << 30)

    def check(value: Any, place: str) -> list[str]:
        if type(value) is not list or not least <= len(value) <= most:
            return [place or "body"]
        return [wrong for each in value for wrong in inner(each, place)]

    return check


def _string(schema: Schema) -> Check:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1 << 30)
    pattern = re.compile(schema["pattern"]) if "pattern" in schema else None
    options = frozenset(schema["enum"]) if "enum" in schema else None
    is_date = schema.get("format") == "date"

    def check(value: Any, place: str) -> list[str]:
        fits = (
            type(value) is str
            and least <= len(value) <= most
            and (options is None or value in options)
            and (pattern is None or pattern.search(value) is not None)
            and (not is_date or _is_day(value))
        )
        return [] if fits else [place or "body"]

    return check


def _is_day(text: str) -> bool:
    if len(text) != 10 or not text.isascii():
        return False
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _integer(schema: Schema) -> Check:
    least, most = schema.get("minimum", -(1 << 53) + 1), schema.get("maximum", (1 << 53) - 1)
    options = frozenset(schema["enum"]) if "enum" in schema else None

    def check(value: Any, place: str) -> list[str]:
        fits = type(value) is int and least <= value <= most and (options is None or value in options)
        return [] if fits else [place or "body"]

    return check


def _boolean(schema: Schema) -> Check:
    return lambda value, place: [] if type(value) is bool else [place or "body"]


def _by_keys(options: Sequence[Schema]) -> Check | None:
    """`oneOf` of closed objects that are told apart by their keys: only the one that can fit is checked."""
    closed = all(
        each.get("type") == "object"
        and each.get("additionalProperties") is False
        and set(each.get("required", ())) == set(each.get("properties", {}))
        for each in options
    )
    by_keys = {frozenset(each["properties"]): compiled(each) for each in options} if closed else {}
    if len(by_keys) != len(options):
        return None

    def check(value: Any, place: str) -> list[str]:
        fitting = by_keys.get(frozenset(value)) if type(value) is dict else None
        return fitting(value, place) if fitting is not None else [place or "body"]

    return check


def _one_of(checks: list[Check]) -> Check:
    def check(value: Any, place: str) -> list[str]:
        return [] if sum(not each(value, place) for each in checks) == 1 else [place or "body"]

    return check

"""The sections of a pack that this room understands: populations, relations, areas, how base libraries choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tongchou.accounts.upsert import upsert
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from .base.attributes import ATTRIBUTES
from .models import Area, Population, RelationRule, SurvivorshipRule
from .pack_themes import check as check_themes
from .pack_themes import theme_fields, themes
from .relations.declared import problems as relation_problems

__all__ = [
    "check_relations", "check_survivorship", "check_themes", "linkage", "relations", "survivorship", "theme_fields", "themes",
]  # fmt: skip


def linkage(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring populations to `rows`."""
    changes = []
    for row in rows:
        values = {"kind": row.data["kind"], "model": row.data["model"], "pack": pack}
        _, change = upsert(
            Population, section="linkage", lookup={"code": row.data["population"]}, values=values, write=write
        )
        changes.append(change)
    return changes


def relations(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring what records say about relations to `rows`."""
    changes = []
    for row in rows:
        spec = {name: value for name, value in row.data.items() if name not in ("code", "resource")}
        values = {"resource": row.data["resource"], "spec": spec, "pack": pack}
        _, change = upsert(
            RelationRule, section="relations", lookup={"code": row.data["code"]}, values=values, write=write
        )
        changes.append(change)
    return changes


def check_relations(rows: Sequence[Row], fields: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    """What is wrong with rules on relations beyond their form. fields: {resource: {field: kind}}."""
    for row in rows:
        if row.data.get("resource") not in fields:
            continue  # said already: there is no such resource
        for place, what in relation_problems(row.data, fields[row.data["resource"]]):
            where = ".".join(place)
            said = Text(f"{where}：{what.zh}", f"{where}: {what.en}") if where else what
            yield Problem(row.file, row.line_of(*place), said)


def survivorship(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring the rules by which base libraries choose to `rows`; one that left the pack is in force no more."""
    changes, kept = [], []
    for row in rows:
        place = {"population": row.data["population"], "attribute": row.data["attribute"]}
        spec = {name: value for name, value in row.data.items() if name not in place}
        _, change = upsert(
            SurvivorshipRule,
            section="survivorship",
            lookup=place,
            values={"spec": spec, "pack": pack},
            write=write,
        )
        changes.append(change)
        kept.append((place["population"], place["attribute"]))
    for rule in SurvivorshipRule.objects.filter(pack=pack):
        if (rule.population, rule.attribute) not in kept:
            changes.append(Change("update", "survivorship", str(rule), ("spec",)))
            if write:
                rule.delete()
    return changes


def check_survivorship(rows: Sequence[Row]) -> Iterator[Problem]:
    """What is wrong with those rules beyond their form: an attribute no library keeps, or two rules for one."""
    known = {attribute for attributes in ATTRIBUTES.values() for attribute in attributes}
    seen = set()
    for row in rows:
        attribute, place = row.data.get("attribute"), (row.data.get("population"), row.data.get("attribute"))
        if attribute not in known:
            said = Text(
                f"attribute：基础库没有“{attribute}”这一项。",
                f"attribute: no base library keeps {attribute!r}.",
            )
            yield Problem(row.file, row.line_of("attribute"), said)
        if place in seen:
            said = Text(f"“{attribute}”的取值规则出现两次。", f"There are two rules for {attribute!r}.")
            yield Problem(row.file, row.line, said)
        seen.add(place)


def areas(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring towns, communities and grids with their boundaries to `rows`."""
    changes = []
    for row in rows:
        name = Text.of(row.data["name"])
        values = {
            "name": name.zh,
            "name_en": name.en,
            "level": row.data["level"],
            "parent": row.data.get("parent") or "",
            "geometry": row.data["geometry"],
            "pack": pack,
        }
        _, change = upsert(
            Area, section="areas", lookup={"code": row.data["code"]}, values=values, write=write
        )
        changes.append(change)
    return changes

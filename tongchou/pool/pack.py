"""The sections of a pack that this room understands: populations, and what records say about relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tongchou.accounts.upsert import upsert
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from .models import Population, RelationRule
from .relations.declared import problems as relation_problems


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

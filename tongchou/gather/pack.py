"""The sections of a pack that this room understands: sources, and the mapping part of each resource."""

from __future__ import annotations

from collections.abc import Sequence

from tongchou.accounts.models import Organisation
from tongchou.accounts.pack import names
from tongchou.accounts.upsert import upsert
from tongchou.catalogue.models import Resource
from tongchou.standards.packs import Change, Row

from .models import Mapping, Source


def sources(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring sources to `rows`; their settings have had the pack's own settings filled in."""
    changes = []
    for row in rows:
        values = {
            **names(row.data["name"]),
            "connector": row.data["connector"],
            "settings": dict(row.data.get("settings") or {}),
            "pack": pack,
        }
        owner = Organisation.objects.filter(code=row.data["organisation"]).first()
        if owner is not None:
            values["organisation"] = owner
        _, change = upsert(
            Source, section="sources", lookup={"code": row.data["code"]}, values=values, write=write
        )
        changes.append(change)
    return changes


def mappings(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring the mapping of each resource that names a source to what the pack says."""
    changes = []
    for row in rows:
        origin = row.data.get("source")
        if not origin:
            continue
        resource = Resource.objects.filter(code=row.data["code"]).first()
        source = Source.objects.filter(code=origin["code"]).first()
        if resource is None or source is None:
            changes.append(Change("create", "mappings", row.data["code"]))
            continue
        values = {
            "source": source,
            "locator": {
                name: value for name, value in (origin.get("locator") or {}).items() if value is not None
            },
            "columns": {field["name"]: _headings(field) for field in row.data["fields"]},
            "mode": origin.get("mode", "full"),
            "valid_from": origin.get("valid_from") or "",
        }
        _, change = upsert(
            Mapping, section="mappings", lookup={"resource": resource}, values=values, write=write
        )
        changes.append(Change(change.kind, "mappings", row.data["code"], change.fields))
    return changes


def _headings(field: object) -> list[str]:
    assert isinstance(field, dict)
    columns = field.get("columns") or [field["name"]]
    return [columns] if isinstance(columns, str) else [str(column) for column in columns]

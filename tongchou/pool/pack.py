"""The sections of a pack that this room understands: the populations among whom records are linked, and areas."""

from __future__ import annotations

from collections.abc import Sequence

from tongchou.accounts.upsert import upsert
from tongchou.standards.packs import Change, Row
from tongchou.standards.text import Text

from .models import Area, Population


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

"""The section of a pack that this room understands: the populations among whom records are linked."""

from __future__ import annotations

from collections.abc import Sequence

from tongchou.accounts.upsert import upsert
from tongchou.standards.packs import Change, Row

from .models import Population


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

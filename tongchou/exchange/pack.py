"""The sections of a pack that this room understands: purposes and grants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.pack import names
from tongchou.accounts.upsert import upsert
from tongchou.catalogue.models import Resource
from tongchou.standards.packs import Change, Row

from .models import Grant, Purpose


def purposes(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring purposes to `rows`."""
    changes = []
    for row in rows:
        _, change = upsert(
            Purpose,
            section="purposes",
            lookup={"code": row.data["code"]},
            values=names(row.data["name"]),
            write=write,
        )
        changes.append(change)
    return changes


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def grants(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Make the grants that do not exist yet. A grant that was made is never changed by a pack: it is on record."""
    changes = []
    for row in rows:
        data = row.data
        if Grant.objects.filter(number=data["code"]).exists():
            changes.append(Change("same", "grants", data["code"]))
            continue
        changes.append(Change("create", "grants", data["code"]))
        if not write:
            continue
        until = data["until"]
        grant = Grant.objects.create(
            number=data["code"],
            organisation=Organisation.objects.get(code=data["organisation"]),
            role=Role.objects.get(code=data["role"]),
            resource=Resource.objects.get(code=data["resource"]),
            fields=_list(data["fields"]),
            unmasked=_list(data.get("unmasked")),
            until=until if isinstance(until, dt.date) else dt.date.fromisoformat(str(until)),
            granted_by=f"@pack {pack}",
            pack=pack,
        )
        grant.purposes.set(Purpose.objects.filter(code__in=data["purposes"]))
    return changes

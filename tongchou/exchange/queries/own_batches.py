"""Batches that may have held a person's record, said honestly: the ledger has one entry a batch, not one a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongchou.catalogue.models import Resource
from tongchou.ledger import queries as ledger
from tongchou.ledger.events import EVENTS
from tongchou.pool import queries as pool
from tongchou.standards.text import Text

from . import accesses
from .own_files import Self

#: So many of the latest batches are looked through, and shown.
LOOKED_THROUGH, MOST = 500, 10


@dataclass(frozen=True)
class OwnBatch:
    """One use of many rows at once. rows: how many, None where the entry does not say."""

    at: datetime
    label: Text
    organisation: str
    role: str
    purpose: str
    resource: Text
    grants: tuple[str, ...]
    rows: int | None


def kinds() -> list[str]:
    """The events that say that many rows left at once: those that speak of a resource and of rows, of no subject."""
    return sorted(
        code for code, event in EVENTS.items()
        if code.partition(".")[0] in ("access", "batch", "export", "subscription")
        and "subject_id" not in event.keys and "rows" in event.keys and {"resource", "resources"} & set(event.keys)
    )  # fmt: skip


def of_person(me: Self) -> list[OwnBatch]:
    """The latest batches of resources in which the person has a record."""
    document = pool.document(me.subject_id)
    mine = {each["resource"] for each in document["versions"]} if document else set()
    codes = kinds()
    if not (mine and codes):
        return []
    entries = ledger.entries().filter(kind__in=codes)[:LOOKED_THROUGH]
    told = [each for each in accesses.lines(entries) if not each.refused and mine.intersection(each.resources)][:MOST]
    titles = {each.code: Text(each.name, each.name_en or each.name) for each in Resource.objects.filter(code__in=mine)}
    return [
        OwnBatch(
            each.at, each.label, each.organisation, each.role, each.purpose,
            titles[next(code for code in each.resources if code in mine)], _grants(each.body), _rows(each.body),
        )
        for each in told
    ]  # fmt: skip


def _grants(body: Mapping[str, Any]) -> tuple[str, ...]:
    held = body.get("grants") or ([body["grant"]] if body.get("grant") else [])
    return tuple(map(str, held))


def _rows(body: Mapping[str, Any]) -> int | None:
    rows = body.get("rows")
    return rows if isinstance(rows, int) else None

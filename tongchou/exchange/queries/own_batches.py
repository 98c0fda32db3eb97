"""Batches that may have held a person's record, said honestly: the ledger has one entry a batch, not one a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongchou.catalogue.models import Resource
from tongchou.ledger import queries as ledger
from tongchou.pool import queries as pool
from tongchou.standards.text import Text

from . import accesses
from .own_files import Self

#: The events that say that many rows left at once.
KINDS = ("export.downloaded", "changes.read", "changes.sent")
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


def of_person(me: Self) -> list[OwnBatch]:
    """The latest batches of resources in which the person has a record."""
    document = pool.document(me.subject_id)
    mine = {each["resource"] for each in document["versions"]} if document else set()
    if not mine:
        return []
    entries = ledger.entries().filter(kind__in=KINDS)[:LOOKED_THROUGH]
    told = [
        each for each in accesses.lines(entries) if not each.refused and mine.intersection(each.resources)
    ][:MOST]
    titles = {
        each.code: Text(each.name, each.name_en or each.name)
        for each in Resource.objects.filter(code__in=mine)
    }
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

"""The sections of a pack that this room understands: purposes and grants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tongchou import ledger
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.pack import names
from tongchou.accounts.upsert import upsert
from tongchou.catalogue.models import Resource
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from . import clauses as terms
from . import giving
from .clauses import Clauses, ResourceSaid
from .models import Grant, Purpose
from .queries.standing import said_of
from .rows import FieldSaid


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


def _clauses(data: Mapping[str, Any]) -> Clauses:
    until = data["until"]
    return Clauses(
        fields=frozenset(_list(data["fields"])),
        unmasked=frozenset(_list(data.get("unmasked"))),
        masking=dict(data.get("masking") or {}),
        rows=str(data.get("rows") or ""),
        forms=frozenset(data.get("forms") or ["query"]),
        statements=frozenset(data.get("statements") or []),
        purposes=frozenset(data["purposes"]),
        needs_case=bool(data.get("needs_case")),
        quota_per_day=data.get("quota_per_day"),
        until=until if isinstance(until, dt.date) else dt.date.fromisoformat(str(until)),
    )


def check_grants(
    rows: Sequence[Row], fields: Mapping[str, Sequence[FieldSaid]], statements: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """What is wrong with what the grants of a pack say, besides their references.

    fields, statements: of every resource the pack may speak of. A grant that has run out is no problem of its pack.
    """
    for row in rows:
        try:
            wanted = _clauses(row.data)
        except (KeyError, TypeError, ValueError):
            continue  # told by the schema
        code = str(row.data.get("resource"))
        if code not in fields:
            continue
        said = ResourceSaid(code, "", "", tuple(fields[code]), frozenset(statements.get(code, ())))
        wrong = terms.problems(wanted, said, today=dt.date.min, latest=dt.date.max, by_provider=True)
        for place, sentence in wrong:
            path = place.split(".")
            told = Text(f"{place}：{sentence.zh}。", f"{place}: {sentence.en}.")
            yield Problem(row.file, row.line_of(*path), told)


def grants(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Make the grants that do not exist yet. A grant that was made is never changed by a pack: it is on record."""
    changes = []
    by = Actor.house(f"pack {pack}")
    for row in rows:
        data = row.data
        if Grant.objects.filter(number=data["code"]).exists():
            changes.append(Change("same", "grants", data["code"]))
            continue
        changes.append(Change("create", "grants", data["code"]))
        if not write:
            continue
        resource = Resource.objects.select_related("organisation").get(code=data["resource"])
        wanted = _clauses(data)
        grant = giving.give(
            by=by, clauses=wanted, said=said_of(resource), resource=resource, number=data["code"], pack=pack,
            organisation=Organisation.objects.get(code=data["organisation"]), role=Role.objects.get(code=data["role"]),
        )  # fmt: skip
        ledger.record(
            "grants.created",
            {
                **by.trace(),
                "grant": grant.number,
                **giving.holder_facts(grant),
                **terms.recorded(wanted),
                "outcome": "done",
            },
        )
    return changes

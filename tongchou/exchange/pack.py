"""The sections of a pack that this room understands: purposes, statements, grants and clients."""

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
from .models import Client, Grant, Purpose, Statement
from .queries.standing import said_of
from .rows import FieldSaid
from .statements import problems_of


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


def check_statements(rows: Sequence[Row], fields: Mapping[str, Sequence[FieldSaid]]) -> Iterator[Problem]:
    """What is wrong with the conditions and parameters of a pack's statements. fields: of every resource."""
    for row in rows:
        data = row.data
        known = fields.get(str(data.get("resource")))
        if known is None or not isinstance(data.get("parameters", {}), dict):
            continue  # told by the references or the schema
        parameters = {
            str(name): said for name, said in (data.get("parameters") or {}).items() if isinstance(said, dict)
        }
        wrong = problems_of(
            condition=str(data.get("condition") or ""), fields={each.name: each.element for each in known},
            parameters=parameters, at_least=data.get("at_least", 1),
        )  # fmt: skip
        for sentence in wrong:
            told = Text(f"{data.get('code')}：{sentence.zh}。", f"{data.get('code')}: {sentence.en}.")
            yield Problem(row.file, row.line_of("condition"), told)


def statements(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring statements to `rows`."""
    changes = []
    for row in rows:
        data = row.data
        resource = Resource.objects.filter(code=data["resource"]).first()
        values = {
            **names(data["name"]),
            "resource": resource,
            "condition": str(data.get("condition") or "").strip(),
            "at_least": data.get("at_least", 1),
            "absence_means_no": bool(data.get("absence_means_no")),
            "parameters": dict(data.get("parameters") or {}),
            "pack": pack,
        }
        _, change = upsert(
            Statement, section="statements", lookup={"code": data["code"]}, values=values, write=write
        )
        changes.append(change)
    return changes


def clients(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Register the clients that do not exist yet, without keys. One that exists is never changed by a pack."""
    changes = []
    by = Actor.house(f"pack {pack}")
    for row in rows:
        data = row.data
        if Client.objects.filter(code=data["code"]).exists():
            changes.append(Change("same", "clients", data["code"]))
            continue
        changes.append(Change("create", "clients", data["code"]))
        if not write:
            continue
        client = Client.objects.create(
            code=data["code"], **names(data["name"]), organisation=Organisation.objects.get(code=data["organisation"]),
            role=Role.objects.get(code=data["role"]), quota_per_day=data.get("quota_per_day"),
            expires_on=dt.date.fromisoformat(str(data["until"])), created_by=by.username, pack=pack,
        )  # fmt: skip
        ledger.record(
            "clients.registered",
            {
                **by.trace(),
                "client": client.code,
                "holder": client.organisation.code,
                "holder_role": client.role.code,
                "until": client.expires_on.isoformat(),
                "outcome": "done",
            },
        )
    return changes

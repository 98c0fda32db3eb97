"""The sections of a pack that this room understands: calendars and flows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tongchou import ledger
from tongchou.accounts.actor import Actor
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from . import publishing, reading
from .actions.calendars import publish_calendar
from .definitions import Definition, Place, Unreadable, parse
from .models import FlowVersion, WorkCalendar
from .rules import Known, check
from .soundness import child_flows


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a pack says as values that JSON knows: dates as texts."""
    made: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return made


def calendars(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Publish the calendars that are not the latest of their division and year yet."""
    changes = []
    for row in rows:
        content = plain(row.data)
        content.setdefault("division", "000000")
        last = (
            WorkCalendar.objects.filter(division=content["division"], year=content["year"])
            .order_by("-version")
            .first()
        )
        identifier = f"{content['division']}/{content['year']}"
        told = {key: value for key, value in (last.content if last else {}).items() if key != "version"}
        if last is not None and told == {key: value for key, value in content.items() if key != "version"}:
            changes.append(Change("same", "calendars", identifier))
            continue
        changes.append(
            Change("update" if last else "create", "calendars", identifier, ("content",) if last else ())
        )
        if write:
            publish_calendar(by=Actor.house(f"pack {pack}"), content=content, pack=pack)
    return changes


def flows(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Publish each flow whose content is not a version yet. A content that was published before is left as it is, be it
    the current version or one that was followed by what a district wrote itself: applying a pack undoes nobody's work."""
    changes = []
    for row in rows:
        definition = parse(plain(row.data))
        digest = reading.digest(definition.content)
        versions = FlowVersion.objects.filter(flow__code=definition.code)
        if versions.filter(digest=digest).exists():
            changes.append(Change("same", "flows", definition.code))
            continue
        known = versions.exists()
        changes.append(
            Change("update" if known else "create", "flows", definition.code, ("content",) if known else ())
        )
        if write:
            by = Actor.house(f"pack {pack}")
            version, _made = publishing.make_version(
                definition,
                reading.write(definition.content),
                edited_by=[],
                published_by=by.username,
                pack=pack,
            )
            ledger.record(
                "flow.published",
                {
                    **by.trace(), "flow": definition.code, "flow_version": version.number, "digest": digest,
                    "editors": [], "pack": pack, "outcome": "done",
                },
            )  # fmt: skip
    return changes


def around(rows: Sequence[Row], *, roles: set[str], organisations: set[str]) -> Known:
    """What the flows of a chain of packs may speak of: what the packs bring and what is applied already."""
    brought: dict[str, frozenset[str]] = {}
    for row in rows:
        definition = _definition(row)
        if definition is not None:
            brought[definition.code] = child_flows(definition)
    return Known(
        permissions=frozenset(PERMISSIONS),
        roles=roles,
        organisations=organisations,
        flows=publishing.known(brought).flows,
    )


def problems(row: Row, known: Known) -> list[Problem]:
    """Everything that is wrong with a flow of a pack, with file and line."""
    try:
        found = check(parse(plain(row.data)), known)
    except Unreadable as unreadable:
        found = reading.everything(unreadable, known)
    return [Problem(row.file, _line(row, one.place), _said(one.where, one.what)) for one in found]


def _definition(row: Row) -> Definition | None:
    try:
        return parse(plain(row.data))
    except Unreadable:
        return None  # told by `problems`


def _line(row: Row, place: Place) -> int:
    while place and place not in row.lines:
        place = place[:-1]
    return row.line_of(*place)


def _said(where: str, what: Text) -> Text:
    return Text(f"{where}：{what.zh}", f"{where}: {what.en}")

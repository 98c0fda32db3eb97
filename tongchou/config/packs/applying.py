"""Planning and applying a pack: each section is handed to its room, in an order in which references resolve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tongchou.accounts import pack as accounts
from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.catalogue import pack as catalogue
from tongchou.exchange import pack as exchange
from tongchou.flow import pack as flow
from tongchou.gather import pack as gather
from tongchou.pool import pack as pool
from tongchou.pool import pack_retention
from tongchou.standards.errors import HouseError
from tongchou.standards.packs import Change, Row
from tongchou.standards.text import Text

from .checking import check
from .reader import Pack

Section = Callable[..., list[Change]]

#: (section of the pack, the room's function), in the order in which they are applied.
ORDER: list[tuple[str, Section]] = [
    ("organisations", accounts.organisations),
    ("roles", accounts.roles),
    ("accounts", accounts.accounts),
    ("purposes", exchange.purposes),
    ("linkage", pool.linkage),
    ("areas", pool.areas),
    ("classes", catalogue.classes),
    ("providers", catalogue.providers),
    ("resources", catalogue.resources),
    ("needs", catalogue.needs),
    ("responsibilities", catalogue.responsibilities),
    ("relations", pool.relations),
    ("survivorship", pool.survivorship),
    ("themes", pool.themes),
    ("sources", gather.sources),
    ("resources", gather.mappings),
    ("resources", pack_retention.retention),
    ("statements", exchange.statements),
    ("grants", exchange.grants),
    ("clients", exchange.clients),
    ("calendars", flow.calendars),
    ("flows", flow.flows),
]


def _each(pack: Pack, *, write: bool) -> list[Change]:
    changes: list[Change] = []
    for one in pack.with_required():
        for section, function in ORDER:
            rows: Sequence[Row] = one.rows[section]
            if rows:
                changes += function(_resolved(one, section, rows), pack=one.name, write=write)
    return changes


def _resolved(pack: Pack, section: str, rows: Sequence[Row]) -> Sequence[Row]:
    """Linkage models that are files of the pack, by their full path; everything else as it is."""
    if section != "linkage":
        return rows
    resolved = []
    for row in rows:
        file = pack.folder / str(row.data["model"])
        data: dict[str, Any] = {**row.data, "model": str(file) if file.is_file() else row.data["model"]}
        resolved.append(Row(data, row.file, row.line, row.lines))
    return resolved


def plan(pack: Pack) -> list[Change]:
    """What applying `pack` would change; it must have no problems."""
    _refuse_problems(pack)
    return _each(pack, write=False)


@action(permission="packs.apply", event="pack.applied")
def apply(*, by: Actor, pack: Pack) -> list[Change]:
    """Apply `pack` and those it requires, all or nothing. Applied again, it changes nothing.

    Raises HouseError when the pack has problems; nothing is written then.
    """
    note(pack=pack.name)
    _refuse_problems(pack)
    changes = _each(pack, write=True)
    note(
        created=sum(change.kind == "create" for change in changes),
        updated=sum(change.kind == "update" for change in changes),
    )
    return changes


def _refuse_problems(pack: Pack) -> None:
    problems = check(pack)
    if problems:
        first = problems[0]
        raise HouseError(
            "pack.problems",
            Text(
                f"数据包有 {len(problems)} 处问题，第一处：{first.say('zh')}",
                f"The pack has {len(problems)} problems, the first: {first.say('en')}",
            ),
            Text("请运行 tongchou pack check 查看全部问题。", "Run `tongchou pack check` to see them all."),
            where=pack.name,
        )

"""Whole tables as of two times 历史查询: a page of what was true on a day as it was known on another, and what changed.

They are read under one named grant of form batch, which gives rows in number; of each page the ledger holds who saw it
under which grant, and for every person on it an entry of their own (`access.listed`), so that they find it in their trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from tongchou.accounts.actor import Actor
from tongchou.pool import rules as pool_rules
from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.connection import name as quoted
from tongchou.pool.folders import data_root
from tongchou.standards.codes import code_list
from tongchou.standards.text import Text

from .. import column_masks, holdings, selection
from ..days import VALID, check_days
from ..dossiers import plain
from ..holdings import Field, Holding
from ..opened import end_of
from ..selection import KEY, SUBJECT
from ..tracing import Answer, beside, count, tell, traced
from ..watermark import pseudonyms

#: Rows of a page, unless asked otherwise, and at most.
PAGE, MOST = 50, 100


@dataclass(frozen=True)
class Line:
    """One row, masked. row_ref: the recipient's own id of the record; kind: of a change, "" for a state. before: the
    values it had, of a change; cells that differ are named in `changed`."""

    row_ref: str
    values: tuple[str, ...]
    kind: str = ""
    before: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TablePage(Answer):
    """A page of a table as it was. total: rows in all; start: of the first one on the page, from 0."""

    resource: str
    title: Text
    fields: tuple[tuple[str, Text], ...]
    valid_on: date
    known_at: datetime
    total: int
    start: int
    lines: tuple[Line, ...]

    def as_json(self, language: str = "") -> dict[str, Any]:
        """Plain JSON values."""
        return dict(plain({**asdict(self), "receipt": str(self.receipt)}, language))


@dataclass(frozen=True, kw_only=True)
class TableChanges(Answer):
    """What changed of a table between two days: counts of all, and a page of them."""

    resource: str
    title: Text
    fields: tuple[tuple[str, Text], ...]
    earlier: date
    later: date
    axis: str
    new: int
    ended: int
    changed: int
    start: int
    lines: tuple[Line, ...]

    def as_json(self, language: str = "") -> dict[str, Any]:
        """Plain JSON values."""
        return dict(plain({**asdict(self), "receipt": str(self.receipt)}, language))


@traced(permission="exchange.export", event="table.read")
def table(
    *,
    by: Actor,
    grant: str,
    purpose: str,
    valid_on: date | None = None,
    known_on: date | None = None,
    start: int = 0,
    limit: int = PAGE,
    via: str = "",
) -> TablePage:
    """A page of what a grant of form batch covers, as it was true on a day by what was known at the end of another.

    Rows are in the order of the recipient's own ids, which says nothing. Raises what `holdings.holding` raises.
    """
    held = _held(by, grant, purpose, via)
    on, known = valid_on or timezone.localdate(), end_of(known_on) if known_on else timezone.now()
    names = [each.name for each in held.fields]
    rows, values = selection.state_sql(held, (KEY, *names), valid_on=on, known_at=known)
    with connect(data_root()) as db:
        total = int(db.execute(f"SELECT count(*) FROM ({rows})", values).fetchall()[0][0])
        page = f"SELECT * FROM ({rows}) ORDER BY hash({KEY}), {KEY} LIMIT {_few(limit)} OFFSET {max(0, int(start))}"
        found = db.sql(_with_subjects(held, page), params=values).to_arrow_table()
    lines = _lines(by, held, found, names)
    _trace(
        held,
        purpose,
        via,
        found,
        len(lines),
        {"valid_on": on.isoformat(), "known_at": pool_rules.instant(known)},
    )
    return TablePage(
        resource=held.resource, title=_title(held), fields=_fields(held), valid_on=on, known_at=known, total=total,
        start=start, lines=tuple(lines),
    )  # fmt: skip


@traced(permission="exchange.export", event="table.read")
def changes(
    *,
    by: Actor,
    grant: str,
    purpose: str,
    earlier: date,
    later: date,
    axis: str = VALID,
    start: int = 0,
    limit: int = PAGE,
    via: str = "",
) -> TableChanges:
    """What changed, among the granted fields and rows, between two days; see `history.changes` for the axes.

    Raises what `holdings.holding` raises, HouseError "exchange.history_days".
    """
    check_days(earlier, later, axis)
    held = _held(by, grant, purpose, via)
    names = [each.name for each in held.fields]
    sides, bindings = [], []
    for day in (earlier, later):
        on, known = (day, timezone.now()) if axis == VALID else (timezone.localdate(), end_of(day))
        rows, values = selection.state_sql(held, (KEY, *names), valid_on=on, known_at=known)
        sides.append(rows)
        bindings += values
    sql = _difference(sides, names)
    with connect(data_root()) as db:
        db.execute(f"CREATE TEMP TABLE differing AS {sql}", bindings)
        counted = {
            str(kind): int(n)
            for kind, n in db.execute("SELECT kind, count(*) FROM differing GROUP BY kind").fetchall()
        }
        page = f"SELECT * FROM differing ORDER BY hash({KEY}), {KEY} LIMIT {_few(limit)} OFFSET {max(0, int(start))}"
        found = db.sql(_with_subjects(held, page)).to_arrow_table()
    lines = _change_lines(by, held, found, names)
    _trace(held, purpose, via, found, len(lines), {"valid_on": later.isoformat()} if axis == VALID else
           {"known_at": pool_rules.instant(end_of(later))})  # fmt: skip
    return TableChanges(
        resource=held.resource, title=_title(held), fields=_fields(held), earlier=earlier, later=later, axis=axis,
        new=counted.get("new", 0), ended=counted.get("ended", 0), changed=counted.get("changed", 0), start=start,
        lines=tuple(lines),
    )  # fmt: skip


def _held(by: Actor, grant: str, purpose: str, via: str) -> Holding:
    if via:
        tell(via=via)
    tell(purpose=purpose)
    held = holdings.holding(by=by, grant=grant, form="batch", purpose=purpose)
    tell(grants=[grant], resource=held.resource, fields=[each.name for each in held.fields])
    count([held.terms])
    return held


def _few(limit: int) -> int:
    return max(1, min(int(limit), MOST))


def _difference(sides: Sequence[str], names: Sequence[str]) -> str:
    """Keys of which one side has a row and the other none or another one, with both sides' values."""
    told = ", ".join(
        f"a.{quoted(each)} AS {quoted('before ' + each)}, b.{quoted(each)} AS {quoted(each)}"
        for each in names
    )
    differ = " OR ".join(f"a.{quoted(each)} IS DISTINCT FROM b.{quoted(each)}" for each in names)
    return f"""SELECT coalesce(a.{KEY}, b.{KEY}) AS {KEY},
        CASE WHEN a.{KEY} IS NULL THEN 'new' WHEN b.{KEY} IS NULL THEN 'ended' ELSE 'changed' END AS kind, {told}
        FROM ({sides[0]}) a FULL JOIN ({sides[1]}) b ON a.{KEY} = b.{KEY}
        WHERE a.{KEY} IS NULL OR b.{KEY} IS NULL OR {differ}"""


def _with_subjects(held: Holding, page: str) -> str:
    links = selection.links_sql(held)
    if not links:
        return f"SELECT p.*, NULL::VARCHAR AS {SUBJECT} FROM ({page}) p"
    return f"SELECT p.*, l.subject_id AS {SUBJECT} FROM ({page}) p LEFT JOIN ({links}) l ON l.source_key = p.{KEY}"


def _lines(by: Actor, held: Holding, found: pa.Table, names: Sequence[str]) -> list[Line]:
    refs = _refs(by, held, found)
    columns = _shown(held, found, names, "")
    return [Line(ref, tuple(values)) for ref, *values in zip(refs, *columns, strict=True)]


def _change_lines(by: Actor, held: Holding, found: pa.Table, names: Sequence[str]) -> list[Line]:
    refs, kinds = _refs(by, held, found), found["kind"].to_pylist()
    after, before = _shown(held, found, names, ""), _shown(held, found, names, "before ")
    plain_after = [found[each].to_pylist() for each in names]
    plain_before = [found["before " + each].to_pylist() for each in names]
    lines = []
    for index, (ref, kind) in enumerate(zip(refs, kinds, strict=True)):
        differing = tuple(
            name
            for place, name in enumerate(names)
            if plain_after[place][index] != plain_before[place][index]
        )
        lines.append(
            Line(
                ref,
                tuple(column[index] for column in after),
                kind,
                tuple(column[index] for column in before),
                differing,
            )
        )
    return lines


def _refs(by: Actor, held: Holding, found: pa.Table) -> list[str]:
    keys = pseudonyms.keys_of(settings.WATERMARK_KEY, by.organisation)
    return list(pseudonyms.made(keys, f"record:{held.resource}", found[KEY].to_pylist()))


def _shown(held: Holding, found: pa.Table, names: Iterable[str], prefix: str) -> list[list[str]]:
    fields = {each.name: each for each in held.fields}
    return [_column(found[prefix + each], fields[each]) for each in names]


def _column(column: pa.ChunkedArray, field: Field) -> list[str]:
    """A column in words where it holds codes, under its mask."""
    if field.code_list:
        listed = code_list(field.code_list)
        said = {
            each: (label.say(get_language() or "zh") if (label := listed.label(each)) else each)
            for each in column.unique().to_pylist()
            if each is not None
        }
        column = pa.chunked_array([pa.array([said.get(each) for each in column.to_pylist()], pa.string())])
    return [each or "" for each in column_masks.masked(column, field.mask).to_pylist()]


def _trace(held: Holding, purpose: str, via: str, found: pa.Table, rows: int, when: dict[str, str]) -> None:
    tell(rows=rows, **when)
    for subject_id in sorted({each for each in found[SUBJECT].to_pylist() if each}):
        beside(
            "access.listed", subject_id=subject_id, purpose=purpose, via=via, grants=[held.grant.number],
            resource=held.resource, fields=[f"{held.resource}.{each.name}" for each in held.fields], **when,
        )  # fmt: skip


def _title(held: Holding) -> Text:
    resource = held.grant.resource
    return Text(resource.name, resource.name_en or resource.name)


def _fields(held: Holding) -> tuple[tuple[str, Text], ...]:
    return tuple((each.name, each.label) for each in held.fields)

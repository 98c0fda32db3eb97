"""What changed under a grant since a cursor: read from the record log, one page after the other.

A sweep goes over all records touched after one instant and up to another (`since`, `until`), in the order of their keys.
Both ends are fixed in the cursor when a sweep begins, at deliveries that are committed, and a delivery is recorded later
than every one before it: so whatever comes in meanwhile belongs to the next sweep, and nothing is lost or told twice. Of
a record that changed several times the last state counts. A record that left the grant's rows, or ended, is removed.

A record that was erased is in no version of the log any more. It is told from what was noted of it (`erased_rows`), before
the sweep's records, on pages of its own; a cursor says up to which of these notes was told (`told`) and is to be (`tell`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.connection import name as quoted
from tongchou.pool.folders import data_root
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import erased_rows, sealed, selection
from .exporting import Marking
from .holdings import Holding
from .models import Subscription
from .selection import KEY


def recipient_of(found: Subscription) -> Actor:
    """The subscriber as the one for whom is read what is sent."""
    return Actor(
        f"@subscription:{found.number}", found.number, found.organisation.code, found.role.code,
        frozenset({"exchange.subscribe"}),
    )  # fmt: skip


@dataclass(frozen=True)
class Cursor:
    """A place in the stream. since, until: of the sweep, None before the first and between two; after: the last key told.

    terms: what the grant gave when the stream began (`terms_of`). told, tell: numbers of the last erased record that was
    told, and of the last that is to be in this sweep.
    """

    terms: str
    since: datetime | None = None
    until: datetime | None = None
    after: str | None = None
    told: int = 0
    tell: int = 0

    def sealed(self, subscription: str) -> str:
        """As it is handed out: opaque, the same for the same place, good for this subscription only."""
        told = json.dumps(
            [
                self.terms,
                *(each.isoformat() if each else None for each in (self.since, self.until)),
                self.after,
                self.told,
                self.tell,
            ]
        )
        data = _cipher().encrypt(told.encode(), [subscription.encode()])
        return base64.urlsafe_b64encode(data).decode().rstrip("=")


def opened(text: str, subscription: str, holding: Holding) -> Cursor:
    """The place a cursor names; the beginning for "".

    Raises HouseError "exchange.cursor_unreadable" (damaged, or another subscription's), "exchange.cursor_outdated" when
    the grant gives other fields or rows than when the stream began.
    """
    terms = terms_of(holding)
    if not text:
        return Cursor(terms)
    found = _unsealed(text, subscription)
    if found.terms != terms:
        raise HouseError(
            "exchange.cursor_outdated",
            Text("授权的字段、脱敏或行范围已变更。", "The grant's fields, masks or rows have changed."),
            Text(
                "请不带游标从头开始，以新的内容替换已有的。",
                "Begin without a cursor, and replace what you have.",
            ),
            subscription,
        )
    return found


def has_news(found: Subscription) -> bool:
    """Whether there is something later than what was sent; asked without leaving a trace, as it reads no record."""
    resource = found.grant.resource.code
    last = selection.log_of_resource(resource).deliveries()
    if not last:
        return False
    if not found.cursor:
        return True
    reached = _unsealed(found.cursor, found.number)
    return (
        reached.until is not None
        or reached.since != last[-1].recorded_at
        or reached.told < erased_rows.newest(found.organisation.code, resource)
    )


def _unsealed(text: str, subscription: str) -> Cursor:
    try:
        if len(text) > 4000 or not text.isascii():
            raise ValueError
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        terms, since, until, after, *numbers = json.loads(_cipher().decrypt(data, [subscription.encode()]))
    except (ValueError, InvalidTag):
        raise HouseError(
            "exchange.cursor_unreadable",
            Text("游标无效，或属于另一个订阅。", "The cursor is damaged or another subscription's."),
            Text(
                "请原样使用上次回答中的游标；遗失的从头开始。",
                "Use the last answer's cursor as it is, or begin anew.",
            ),
            subscription,
        ) from None
    first, last = (datetime.fromisoformat(each) if each else None for each in (since, until))
    return Cursor(terms, first, last, after, *numbers)


def _cipher() -> AESSIV:
    return AESSIV(sealed.key_for("cursors") + sealed.key_for("cursors, second half"))


def terms_of(holding: Holding) -> str:
    """A fingerprint of what the grant gives."""
    told = [holding.grant.number, holding.grant.rows, [(each.name, each.mask) for each in holding.fields]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def pinned(cursor: Cursor, holding: Holding, found: Subscription) -> Cursor:
    """The cursor with its sweep's end fixed at the last committed delivery, and the last erased record noted."""
    if cursor.until is not None:
        return cursor
    notes = selection.log_of(holding).deliveries()
    recipient = found.organisation.code
    tell, told = erased_rows.newest(recipient, holding.resource), cursor.told
    if cursor.since is None:
        # Who begins anew may still have what was erased meanwhile; who begins has nothing from before.
        told = erased_rows.newest(recipient, holding.resource, until=found.created_at)
    return Cursor(cursor.terms, cursor.since, notes[-1].recorded_at if notes else None, None, told, tell)


def is_empty(cursor: Cursor) -> bool:
    """Whether a pinned cursor has nothing to tell."""
    return cursor.told >= cursor.tell and _no_records(cursor)


def _no_records(cursor: Cursor) -> bool:
    return cursor.until is None or (cursor.since is not None and cursor.until <= cursor.since)


@dataclass(frozen=True)
class Change:
    """One record's change. row_ref: the recipient's id of it. op: "put", "removed" (it ended, or left the grant's rows) or
    "erased" (copies must go as well). values: {field: as it is shown} of one that is put. recorded_at: when it became
    known here."""

    row_ref: str
    op: str
    recorded_at: str
    values: dict[str, str | None] | None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        told: dict[str, Any] = {"row_ref": self.row_ref, "op": self.op, "recorded_at": self.recorded_at}
        return told if self.values is None else {**told, "values": self.values}


@dataclass(frozen=True)
class Page:
    """One page. following: where the next begins; more: whether this sweep goes on there."""

    changes: tuple[Change, ...]
    following: Cursor
    more: bool


def page(holding: Holding, cursor: Cursor, marking: Marking, limit: int) -> Page:
    """The next `limit` changed records from a pinned cursor on."""
    if cursor.told < cursor.tell:
        return _erased(cursor, marking, limit)
    if _no_records(cursor):
        return Page((), replace(cursor, until=None, after=None), False)
    rows = _rows(holding, cursor, limit + 1)
    more = rows.num_rows > limit
    rows = rows.slice(0, limit)
    keys = rows.column(KEY).to_pylist()
    following = (
        replace(cursor, after=keys[-1])
        if more
        else replace(cursor, since=cursor.until, until=None, after=None)
    )
    return Page(tuple(_told(rows, keys, marking)), following, more)


def _erased(cursor: Cursor, marking: Marking, limit: int) -> Page:
    """The next erased records; the sweep's others follow."""
    noted = erased_rows.of(marking.recipient, marking.resource)
    found = list(noted.filter(pk__gt=cursor.told, pk__lte=cursor.tell)[: limit + 1])
    changes = tuple(Change(each.row_ref, "erased", _stamp(each.erased_at), None) for each in found[:limit])
    if len(found) > limit:
        return Page(changes, replace(cursor, told=found[limit - 1].pk), True)
    following = replace(cursor, told=cursor.tell)
    if _no_records(cursor):
        return Page(changes, replace(following, until=None, after=None), False)
    return Page(changes, following, True)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _rows(holding: Holding, cursor: Cursor, limit: int) -> pa.Table:
    """Keys in order with what they were (b_…) and are (a_…), of those that entered, left or may look different."""
    assert cursor.until is not None
    names = [each.name for each in holding.fields]
    condition, values = selection.fits(holding, timezone.localdate())
    every = selection.log_of(holding).rows_sql((KEY, "_op", "_valid_to", "_recorded_at", *holding.every))
    since = (cursor.since or datetime(1, 1, 1, tzinfo=UTC)).isoformat()
    until = cursor.until.isoformat()

    def state(bound: str) -> str:
        columns = ", ".join(quoted(each) for each in names)
        return f"""SELECT {KEY}, _recorded_at, (_op = 'put' AND {condition}) AS fits, {columns} FROM versions
            WHERE _recorded_at <= TIMESTAMPTZ '{bound}' AND {KEY} IN (FROM touched)
            QUALIFY row_number() OVER (PARTITION BY {KEY} ORDER BY _recorded_at DESC) = 1"""

    before = ", ".join(f"b.{quoted(each)} AS {quoted('b_' + each)}" for each in names)
    after = ", ".join(f"a.{quoted(each)} AS {quoted('a_' + each)}" for each in names)
    differs = " OR ".join(f"a.{quoted(each)} IS DISTINCT FROM b.{quoted(each)}" for each in names)
    sql = f"""WITH versions AS (SELECT * FROM ({every}) WHERE _valid_to IS NULL),
        touched AS (SELECT DISTINCT {KEY} FROM versions WHERE _recorded_at > TIMESTAMPTZ '{since}'
            AND _recorded_at <= TIMESTAMPTZ '{until}' AND {KEY} > ?)
        SELECT a.{KEY}, strftime(a._recorded_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS recorded_at, a.fits AS is_in,
            coalesce(b.fits, FALSE) AS was_in, {after}, {before}
        FROM ({state(until)}) a LEFT JOIN ({state(since)}) b ON a.{KEY} = b.{KEY}
        WHERE (a.fits AND (NOT coalesce(b.fits, FALSE) OR {differs})) OR (NOT a.fits AND coalesce(b.fits, FALSE))
        ORDER BY a.{KEY} LIMIT {int(limit)}"""
    with connect(data_root()) as db:
        return db.sql(sql, params=[cursor.after or "", *values, *values]).to_arrow_table()


def _told(rows: pa.Table, keys: list[str], marking: Marking) -> list[Change]:
    refs = marking.row_refs(keys)
    shown = {
        side + each.name: marking.shown(each, rows.column(side + each.name).combine_chunks()).to_pylist()
        for each in marking.fields
        for side in ("a_", "b_")
    }
    found = []
    entered, left = rows.column("is_in").to_pylist(), rows.column("was_in").to_pylist()
    stamps = rows.column("recorded_at").to_pylist()
    erased = _erased_at(marking, refs)
    for place, ref in enumerate(refs):
        if stamps[place] <= erased.get(ref, ""):
            continue  # told already to be erased, and about to be
        if not entered[place]:
            found.append(Change(ref, "removed", stamps[place], None))
            continue
        values = {each.name: shown["a_" + each.name][place] for each in marking.fields}
        if left[place] and all(shown["b_" + name][place] == value for name, value in values.items()):
            continue  # only what is hidden changed, and that it did is hidden too
        found.append(Change(ref, "put", stamps[place], values))
    return found


def _erased_at(marking: Marking, refs: list[str]) -> dict[str, str]:
    """{id: when it was last erased} of those that were."""
    noted = erased_rows.of(marking.recipient, marking.resource)
    if not noted.exists():
        return {}
    return {each.row_ref: _stamp(each.erased_at) for each in noted.filter(row_ref__in=refs)}

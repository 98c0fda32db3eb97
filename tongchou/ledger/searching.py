"""Looking for entries by what their bodies say, newest first, and the proof of what happened.

There is no second table that could be altered apart from the entries: the bodies themselves are searched, inside
the database, a stretch at a time. Where a subject is given its index serves. A look takes at most so long and
tells how far back it came, so that a page answers quickly however large the ledger is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Max, QuerySet

from .canonical import canonical, instant
from .errors import problem
from .models import Entry, Head
from .proofs import ABOUT, Proof, concerns
from .queries import head_at, index_of
from .receipts import Receipt
from .sequencer import alias, sequence, stored_tiles
from .tree import inclusion_proof
from .witnesses import newest_witnessed

STRETCH = 50_000
"""Entries searched by one statement."""

SKEW_S = 900
"""Instants and row ids rise together but for so many seconds: entries wait in queues and in transactions."""

LARGEST_PROOF = 5_000


@dataclass(frozen=True)
class Wanted:
    """What to look for. about: keys of `proofs.ABOUT` with their values; since ≤ at < until, as the ledger writes
    instants; kind: an event's code. Empty: anything.
    """

    about: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Found:
    """entries: newest first. before: where to go on looking (a row id), None when there is no more to look at.
    back_to: how far back was looked, as an instant; empty when all was.
    """

    entries: list[Entry]
    before: int | None
    back_to: str


def look(
    wanted: Wanted,
    *,
    before: int | None = None,
    most: int = 50,
    within_s: float = 1.5,
    bodies_only: bool = False,
) -> Found:
    """The newest entries that fit, older than the row `before`, at most `most` of them.

    bodies_only: do not trust the searchable column of the subject, which an attacker could have emptied.
    """
    deadline = time.monotonic() + within_s
    found: list[Entry] = []
    top = _top(wanted, before)
    floor = _row_at(wanted.since, -SKEW_S) if wanted.since else 0
    # A subject has its index, so that the whole is looked at in one go.
    by_column = not bodies_only and bool(wanted.about.get("subject"))
    step = max(1, top) if by_column else STRETCH
    while top > floor:
        low = max(floor, top - step)
        rows = _narrowed(wanted, by_column).filter(pk__lte=top, pk__gt=low).order_by("-pk")
        for entry in rows[: most + 1 - len(found)] if _exact(wanted) else rows.iterator(chunk_size=500):
            if fits(entry, wanted):
                found.append(entry)
                if len(found) > most:
                    return Found(found[:most], found[most - 1].pk, found[most - 1].at)
        top = low
        if top > floor and time.monotonic() > deadline:
            at = Entry.objects.using(alias()).filter(pk__lte=top).order_by("-pk").values_list("at", flat=True)
            return Found(found, top + 1, next(iter(at[:1]), ""))
    return Found(found, None, "")


def every(wanted: Wanted, *, within_s: float = 60.0) -> list[Entry]:
    """All entries that fit, oldest first. Raises HouseError `ledger.proof_too_large` beyond LARGEST_PROOF of them
    or when the looking takes too long.
    """
    found = look(wanted, most=LARGEST_PROOF, within_s=within_s, bodies_only=True)
    if found.before is not None:
        raise problem(
            "proof_too_large",
            f"符合的条目超过 {LARGEST_PROOF} 条，或账本过大，无法一次证明。",
            f"More than {LARGEST_PROOF} entries fit, or the ledger is too large to be searched at once.",
            "请用起止日期缩小范围。",
            "Narrow it with dates.",
        )
    return found.entries[::-1]


def fits(entry: Entry, wanted: Wanted) -> bool:
    """Whether an entry is what is wanted, by its body."""
    if (wanted.kind and entry.kind != wanted.kind) or (wanted.since and entry.at < wanted.since):
        return False
    if wanted.until and entry.at >= wanted.until:
        return False
    return not wanted.about or concerns(_body(entry), wanted.about)


def prove(wanted: Wanted) -> Proof:
    """The proof of what happened: all entries that fit, against one signed head. What waits is sequenced first.

    Raises HouseError `ledger.nothing_to_prove`, `ledger.proof_too_large`, and what `sequence` raises.
    """
    sequence(include_retired=True)
    entries = every(wanted)
    placed = [(index, each) for each in entries if (index := index_of(each.stream, each.seq)) is not None]
    last = Head.objects.using(alias()).order_by("-number").first()
    if not placed or last is None:
        raise problem(
            "nothing_to_prove",
            "账本中没有符合的条目。",
            "The ledger holds no entry that fits.",
            "请核对编号或放宽日期。",
            "Check the number, or widen the dates.",
        )
    under = newest_witnessed(at_least=max(index for index, _ in placed) + 1) or last
    checkpoint = head_at(under.size)
    assert checkpoint is not None
    tiles = stored_tiles(alias())
    told = tuple(
        Receipt(
            each.stream,
            each.seq,
            each.at,
            each.kind,
            bytes(each.body),
            index,
            tuple(inclusion_proof(index, under.size, tiles)),
            checkpoint.note,
        )
        for index, each in placed
    )
    return Proof(dict(wanted.about), instant(), checkpoint.note, told)


def _body(entry: Entry) -> Mapping[str, Any]:
    try:
        body = json.loads(bytes(entry.body))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _exact(wanted: Wanted) -> bool:
    """Whether the statement alone decides, so that no more rows need be fetched than are shown."""
    return not wanted.about


def _narrowed(wanted: Wanted, by_column: bool) -> QuerySet[Entry]:
    rows = Entry.objects.using(alias())
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    contains = "position(%s in body) > 0" if _postgres() else "instr(body, %s) > 0"
    for what, value in wanted.about.items():
        if what not in ABOUT:
            return rows.none()
        if what == "subject" and by_column:
            rows = rows.filter(subject_id=value)
            continue
        # Bodies are canonical JSON, so a value stands in them in one spelling only; `fits` reads them exactly.
        rows = rows.extra(where=[contains], params=[canonical(value)])  # noqa: S610 – the text is ours
    return rows


def _postgres() -> bool:
    return connections[alias()].vendor == "postgresql"


def _top(wanted: Wanted, before: int | None) -> int:
    last: int = Entry.objects.using(alias()).aggregate(last=Max("pk"))["last"] or 0
    top = min(last, before - 1) if before is not None else last
    return min(top, _row_at(wanted.until, SKEW_S)) if wanted.until else top


def _row_at(moment: str, skew_s: int) -> int:
    """The last row written before `moment` and `skew_s`, found by halving."""
    edge = instant(datetime.fromisoformat(moment) + timedelta(seconds=skew_s))
    rows = Entry.objects.using(alias())
    low, high = 0, rows.aggregate(last=Max("pk"))["last"] or 0
    while low < high:
        middle = (low + high + 1) // 2
        found = rows.filter(pk__gte=middle).order_by("pk").values_list("pk", "at").first()
        if found is None or found[1] >= edge:
            high = middle - 1
        else:
            low = min(high, max(middle, found[0]))
    return low

"""Committing uses: what was read, what it takes from quotas, and that its request was never seen before, at once.

Every traced read ends here (`tracing`). Whatever waits is committed by one thread in one transaction: the nonces of
signed requests, the counts of the day and the entries of the ledger stand or fall together. Whether a nonce is new
and whether a quota still holds is decided in that transaction, so that it is exact across processes and restarts, and
what is refused then is on the ledger as a refusal.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from tongchou.ledger.errors import AppendInsideTransaction, LedgerUnavailable
from tongchou.ledger.events import checked_body
from tongchou.ledger.flusher import Draft, Flusher, Position, flusher, insert
from tongchou.ledger.journal import LONGEST_WAIT_S
from tongchou.ledger.models import Entry

from . import errors, quotas
from .quotas import Claim, Counted, Key, Verdict

#: Nonces whose window is over are removed at most this often.
SWEEP_EVERY_S = 10


class Nonce(NamedTuple):
    """A signed request as it is remembered: 63 bits of a digest, and until when (seconds since 1970)."""

    digest: int
    expires_at: int


class Use(NamedTuple):
    """One read about to be committed. facts: what its entry says, without how it ended; reason: "" when answered."""

    kind: str
    facts: Mapping[str, Any]
    reason: str = ""
    claim: Claim | None = None
    nonce: Nonce | None = None


class Committed(NamedTuple):
    """A use on the ledger. verdict: why it is not answered after all, None when it is."""

    position: Position
    verdict: Verdict | None


class _Prepared(NamedTuple):
    at: str
    kind: str
    body: bytes
    subject_id: str
    use: Use


def submit(use: Use) -> Future[Committed]:
    """Queue a use; the future is done when it is committed, or fails with LedgerUnavailable.

    Raises UnknownEvent for a body the vocabulary does not allow, AppendInsideTransaction on SQLite inside an open
    transaction.
    """
    alias = router.db_for_write(Entry)
    connection = connections[alias]
    if connection.vendor == "sqlite" and connection.in_atomic_block:
        raise AppendInsideTransaction
    future: Future[Any] = flusher(alias, UseFlusher).submit(prepared(use))  # type: ignore[arg-type]
    return future


def commit(use: Use) -> Committed:
    """Commit a use and wait for it. Raises what `submit` raises, and LedgerUnavailable."""
    try:
        return submit(use).result(LONGEST_WAIT_S)
    except WaitedTooLong:
        raise LedgerUnavailable("timeout") from None


def check(committed: Committed) -> None:
    """Raise the refusal that was met while committing: Refused (exchange.gateway.unauthorised for a request that was seen
    before, exchange.refused.quota, .probed, .paused)."""
    verdict = committed.verdict
    if verdict is None:
        return
    if verdict.code == "replayed":
        raise errors.unauthorised()
    if verdict.code == "paused":
        raise errors.paused(verdict.wait_s)
    if verdict.code == "probed":
        raise errors.probed()
    raise errors.quota_spent(verdict.grant)


def prepared(use: Use) -> _Prepared:
    """A use as an entry without its place."""
    subject = use.facts.get("subject_id")
    at = datetime.now(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return _Prepared(at, use.kind, _body(use, use.reason), subject if isinstance(subject, str) else "", use)


def _body(use: Use, reason: str) -> bytes:
    ended = {"outcome": "refused", "reason": reason} if reason else {"outcome": "done"}
    return checked_body(use.kind, {**use.facts, **ended})


class _Hour(NamedTuple):
    """One hour of the district's clock, so that the calendar is asked once an hour. Seconds since 1970."""

    begins: float
    ends: float
    day: date
    hour: int


_hour = _Hour(0, 0, date.min, 0)


def _hour_of(now: float) -> _Hour:
    global _hour
    held = _hour
    if not held.begins <= now < held.ends:
        begins = now - now % 3600
        here = datetime.fromtimestamp(now, ZoneInfo(settings.TIME_ZONE))
        held = _hour = _Hour(begins, begins + 3600, here.date(), here.hour)
    return held


def today(now: float) -> date:
    """The day of an instant (seconds since 1970) here."""
    return _hour_of(now).day


def is_night(now: float) -> bool:
    """Whether nobody is at work at that instant: from 22 to 6 o'clock."""
    return not 6 <= _hour_of(now).hour < 22


class UseFlusher(Flusher):
    """The thread that commits this process's uses."""

    _swept_at = 0

    def write(
        self, connection: BaseDatabaseWrapper, stream: str, first_seq: int, drafts: Sequence[Any]
    ) -> Sequence[Any]:
        """Nonces, counts and entries of one batch; each future is done with a `Committed`."""
        now = int(time.time())
        prepared_uses: Sequence[_Prepared] = drafts
        replayed = self._replayed(connection, prepared_uses, now)
        verdicts = _count(connection, prepared_uses, replayed, now)
        entries = [
            Draft(
                each.at,
                each.kind,
                _body(each.use, REASONS[verdict.code]) if verdict else each.body,
                each.subject_id,
            )
            for each, verdict in zip(prepared_uses, verdicts, strict=True)
        ]
        positions = insert(connection, stream, first_seq, entries)
        return [Committed(*both) for both in zip(positions, verdicts, strict=True)]

    def _replayed(self, connection: BaseDatabaseWrapper, drafts: Sequence[_Prepared], now: int) -> set[int]:
        """Places in the batch of requests that were seen before."""
        claimed: dict[int, int] = {}
        again: set[int] = set()
        for place, each in enumerate(drafts):
            nonce = each.use.nonce
            if nonce is None:
                continue
            if nonce.digest in claimed:
                again.add(place)
            else:
                claimed[nonce.digest] = place
        if claimed:
            rows = [drafts[place].use.nonce for place in claimed.values()]
            new = _claim(connection, [each for each in rows if each is not None])
            again |= {place for digest, place in claimed.items() if digest not in new}
        if now - self._swept_at > SWEEP_EVERY_S:
            self._swept_at = now
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM exchange_seennonce WHERE expires_at < %s", [now])
                cursor.execute("DELETE FROM exchange_usage WHERE of = 'probe' AND day < %s", [today(now)])
        return again


#: What the ledger says of a verdict.
REASONS = {
    "replayed": "exchange.gateway.unauthorised",
    "quota": "exchange.refused.quota",
    "probed": "exchange.refused.probed",
    "paused": "exchange.refused.paused",
}


def _claim(connection: BaseDatabaseWrapper, nonces: Sequence[Nonce]) -> set[int]:
    """Remember nonces; returns the digests that were new."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "INSERT INTO exchange_seennonce (digest, expires_at) SELECT * FROM unnest(%s::bigint[], %s::bigint[]) "
                "ON CONFLICT DO NOTHING RETURNING digest",
                [[each.digest for each in nonces], [each.expires_at for each in nonces]],
            )
            return {row[0] for row in cursor.fetchall()}
        new: set[int] = set()
        for start in range(0, len(nonces), 400):
            part = nonces[start : start + 400]
            cursor.execute(
                "INSERT OR IGNORE INTO exchange_seennonce (digest, expires_at) VALUES "
                + ",".join(["(%s, %s)"] * len(part))
                + " RETURNING digest",
                [value for each in part for value in each],
            )
            new |= {row[0] for row in cursor.fetchall()}
        return new


_COLUMNS = (
    "uses",
    "misses",
    "night",
    "caseless",
    "refused",
    "last_at",
    "last_miss_at",
    "last_refused_at",
    "last_reason",
)


def _count(
    connection: BaseDatabaseWrapper, drafts: Sequence[_Prepared], replayed: set[int], now: int
) -> list[Verdict | None]:
    """Decide on every use of a batch in its order, and write the counts."""
    verdicts: list[Verdict | None] = [
        Verdict("replayed") if place in replayed else None for place in range(len(drafts))
    ]
    wanted = sorted({key for each in drafts if each.use.claim for key in quotas.keys_of(each.use.claim)})
    if not wanted:
        return verdicts
    day = today(now)
    with connection.cursor() as cursor:
        held = _held(cursor, connection.vendor, day, wanted)
        before = dict(held)
        for place, each in enumerate(drafts):
            use, claim = each.use, each.use.claim
            if claim is None:
                continue
            reason = use.reason
            if verdicts[place] is None and not reason:
                verdicts[place] = quotas.decide(claim, held, now)
            verdict = verdicts[place]
            if verdict is not None:
                reason = verdict.code
            held.update(
                quotas.refused(claim, held, reason, now) if reason else quotas.added(claim, held, now)
            )
        changed = [(key, counted) for key, counted in held.items() if counted != before[key]]
        _keep(cursor, day, changed)
    return verdicts


def _held(cursor: Any, vendor: str, day: date, keys: Sequence[Key]) -> dict[Key, Counted]:
    """The day's counts under these keys, held until the transaction ends (on SQLite it is the only writer)."""
    found = {key: Counted() for key in keys}
    lock = "FOR UPDATE" if vendor == "postgresql" else ""
    if vendor == "postgresql":
        # Rows are made first and locked in one order, so that two processes wait for one another and never deadlock.
        cursor.executemany(
            "INSERT INTO exchange_usage (day, of, key, uses, misses, night, caseless, refused, last_at, last_miss_at, "
            "last_refused_at, last_reason) VALUES (%s, %s, %s, 0, 0, 0, 0, 0, 0, 0, 0, '') ON CONFLICT DO NOTHING",
            [(day, *key) for key in keys],
        )
    for start in range(0, len(keys), 300):
        part = keys[start : start + 300]
        places = ",".join(["(%s, %s)"] * len(part))
        cursor.execute(
            f"SELECT of, key, {', '.join(_COLUMNS)} FROM exchange_usage WHERE day = %s AND (of, key) IN (VALUES {places}) "
            f"ORDER BY of, key {lock}",
            [day, *(value for key in part for value in key)],
        )
        for of, key, *numbers in cursor.fetchall():
            found[(of, key)] = Counted(*numbers)
    return found


def _keep(cursor: Any, day: date, changed: Iterable[tuple[Key, Counted]]) -> None:
    told = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
    cursor.executemany(
        f"INSERT INTO exchange_usage (day, of, key, {', '.join(_COLUMNS)}) VALUES (%s, %s, %s{', %s' * len(_COLUMNS)}) "
        f"ON CONFLICT (day, of, key) DO UPDATE SET {told}",
        [(day, *key, *counted) for key, counted in changed],
    )

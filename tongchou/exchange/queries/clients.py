"""Clients, what they did lately, and what is unusual about uses, for screens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongchou.accounts.actor import Actor

from ..models import Client, ClientKey, Grant, Statement, Usage, UsageAlert
from .grants import is_bureau

#: Days that a client's use is shown for.
DAYS = 14


def visible_to(by: Actor) -> QuerySet[Client]:
    """The clients an actor may see: all for the bureau and auditors, otherwise its own organisation's."""
    found = Client.objects.select_related("organisation", "role").prefetch_related("keys")
    if by.may("ledger.audit") or is_bureau(by):
        return found
    return found.filter(organisation__code=by.organisation)


@dataclass(frozen=True)
class Lately:
    """What a client did in the last days. days: (day, answered, refused), oldest first. Instants None for never."""

    days: tuple[tuple[date, int, int], ...]
    last_at: datetime | None
    last_refused_at: datetime | None
    last_reason: str

    @property
    def uses(self) -> int:
        """Answered requests."""
        return sum(uses for _, uses, _ in self.days)

    @property
    def refused(self) -> int:
        """Refused requests."""
        return sum(refused for _, _, refused in self.days)


def lately(codes: Iterable[str]) -> dict[str, Lately]:
    """The last days of clients, by their codes. One query."""
    today = timezone.localdate()
    since = today - timedelta(days=DAYS - 1)
    names = {f"@client:{code}": code for code in codes}
    rows: dict[str, list[Usage]] = {code: [] for code in names.values()}
    for row in Usage.objects.filter(of=Usage.Of.USER, key__in=list(names), day__gte=since):
        rows[names[row.key]].append(row)
    return {code: _lately(found, since) for code, found in rows.items()}


def _lately(rows: list[Usage], since: date) -> Lately:
    by_day = {row.day: row for row in rows}
    days = []
    for place in range(DAYS):
        day = since + timedelta(days=place)
        row = by_day.get(day)
        days.append((day, row.uses if row else 0, row.refused if row else 0))
    latest = max(rows, key=lambda row: row.last_refused_at, default=None)
    return Lately(
        tuple(days),
        _instant(max((row.last_at for row in rows), default=0)),
        _instant(latest.last_refused_at if latest else 0),
        latest.last_reason if latest else "",
    )


def _instant(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def good_keys(client: Client) -> list[ClientKey]:
    """The keys it may sign with now."""
    now = timezone.now()
    return [
        each
        for each in client.keys.all()
        if each.revoked_at is None and (each.valid_until is None or each.valid_until > now)
    ]


def statements() -> QuerySet[Statement]:
    """What can be verified."""
    return Statement.objects.filter(active=True).select_related("resource", "resource__organisation")


def alerts(by: Actor) -> QuerySet[UsageAlert]:
    """The alerts an actor may see: all for the bureau and auditors; otherwise those about uses of its resources."""
    if by.may("ledger.audit") or is_bureau(by):
        return UsageAlert.objects.all()
    holders = Grant.objects.filter(resource__organisation__code=by.organisation).values("organisation__code")
    return UsageAlert.objects.filter(
        Q(provider=by.organisation) | Q(of=Usage.Of.USER, organisation__in=holders)
    )


def open_alerts(by: Actor) -> QuerySet[UsageAlert]:
    """Those nobody has acknowledged."""
    return alerts(by).filter(acknowledged_at=None)

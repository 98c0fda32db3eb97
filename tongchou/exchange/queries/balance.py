"""How organisations stand: what they gave and took over a span of days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone

from tongchou.accounts.models import Organisation

from .. import balances
from ..balances import COLUMNS, Day, Standing
from ..models import Balance, BalanceState

#: Days a standing covers unless said.
SPAN_DAYS = 30
SPANS = (7, 30, 90, 365)


@dataclass(frozen=True)
class Row:
    """One organisation of the table of all; the organisation is None where its code is no more known."""

    code: str
    organisation: Organisation | None
    standing: Standing


@dataclass(frozen=True)
class Account:
    """One organisation's days in order, and how it stands."""

    days: tuple[tuple[dt.date, Day], ...]
    standing: Standing


def _days(since: dt.date, organisation: str = "") -> dict[str, list[tuple[dt.date, Day]]]:
    found: dict[str, list[tuple[dt.date, Day]]] = defaultdict(list)
    rows = Balance.objects.filter(day__gte=since).order_by("day")
    if organisation:
        rows = rows.filter(organisation=organisation)
    for row in rows:
        found[row.organisation].append((row.day, Day(**{name: getattr(row, name) for name in COLUMNS})))
    return found


def _since(span: int) -> dt.date:
    return timezone.localdate() - dt.timedelta(days=span - 1)


def _most_served(days: dict[str, list[tuple[dt.date, Day]]]) -> int:
    return max((sum(day.accesses_served for _on, day in one) for one in days.values()), default=0)


def table(span: int = SPAN_DAYS) -> list[Row]:
    """All organisations that give or take, those with the highest index first."""
    days = _days(_since(span))
    most = _most_served(days)
    organisations = {one.code: one for one in Organisation.objects.filter(code__in=days)}
    rows = [
        Row(
            code,
            organisations.get(code),
            balances.standing(code, [day for _on, day in one], most_served=most),
        )
        for code, one in days.items()
    ]
    return sorted(
        rows,
        key=lambda row: (
            row.standing.index is None,
            -(row.standing.index or 0),
            -row.standing.totals.accesses_served,
            row.code,
        ),
    )


def of_organisation(code: str, span: int = SPAN_DAYS) -> Account:
    """One organisation's balance over the last `span` days."""
    days = _days(_since(span))
    own = days.get(code, [])
    standing = balances.standing(code, [day for _on, day in own], most_served=_most_served(days))
    return Account(tuple(own), standing)


def drawn_at() -> dt.datetime | None:
    """When balances were last drawn; None before the first time."""
    state = BalanceState.objects.filter(pk=1).first()
    return state.drawn_at if state else None

"""Looking for unusual use: today's counts against the days before; what stands out becomes an alert, once a day."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tongchou.accounts.models import Membership

from . import changes, quotas
from .models import Client, Grant, Usage, UsageAlert
from .quotas import Counted

#: Days that today is compared with.
PAST_DAYS = 14


def look() -> int:
    """Raise alerts for what is unusual today, and tell those raised today of their new numbers; returns how many are new.

    The worker calls it every minute. A few queries, and some for each new alert. Adds up counted changes, too.
    """
    changes.tidy()
    today = timezone.localdate()
    rows = Usage.objects.filter(day__gte=today - timedelta(days=PAST_DAYS)).exclude(of=Usage.Of.PROBE)
    past: dict[tuple[str, str], list[Counted]] = {}
    present: dict[tuple[str, str], Counted] = {}
    for row in rows:
        counted = Counted(
            row.uses, row.misses, row.night, row.caseless, row.refused, row.last_at, row.last_miss_at
        )
        if row.day == today:
            present[(row.of, row.key)] = counted
        else:
            past.setdefault((row.of, row.key), []).append(counted)
    new = 0
    for (of, key), counted in present.items():
        for found in quotas.unusual(of, counted, past.get((of, key), ())):
            new += _raise(of, key, found)
    return new


def _raise(of: str, key: str, found: quotas.Unusual) -> bool:
    place = {"day": timezone.localdate(), "kind": found.kind, "of": of, "key": key}
    if UsageAlert.objects.filter(**place).update(number=found.number):
        return False
    organisation, provider = _parties(of, key)
    _, made = UsageAlert.objects.get_or_create(
        **place,
        defaults={
            "number": found.number, "usual": found.usual, "organisation": organisation, "provider": provider,
        },
    )  # fmt: skip
    return made


def _parties(of: str, key: str) -> tuple[str, str]:
    """Whose use it is, and whose data where that is one department's."""
    if of == Usage.Of.GRANT:
        grant = (
            Grant.objects.filter(number=key).select_related("organisation", "resource__organisation").first()
        )
        return (grant.organisation.code, grant.resource.organisation.code) if grant else ("", "")
    if key.startswith("@client:"):
        client = (
            Client.objects.filter(code=key.removeprefix("@client:")).select_related("organisation").first()
        )
        return (client.organisation.code if client else "", "")
    member = Membership.objects.filter(user__username=key).select_related("organisation").first()
    return (member.organisation.code if member else "", "")

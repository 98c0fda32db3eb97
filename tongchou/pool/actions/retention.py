"""Retention on record: the daily look at a rule, and what it begins."""

from __future__ import annotations

from datetime import date

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource

from .. import retention
from ..beginning import begin
from ..models import Erasure, RetentionRule

_OPEN = (Erasure.State.ASKED, Erasure.State.RUNNING)


@action(permission=None, event="retention.looked")
def look(*, by: Actor, rule: RetentionRule, today: date) -> Erasure | None:
    """See what of a rule's resource is over its time, and have it erased, or asked about; the worker calls it.

    Returns the erasure it began; None when nothing is over, or one of the resource is still open.
    """
    population = (
        Resource.objects.filter(code=rule.resource).values_list("population", flat=True).first() or ""
    )
    found = retention.over(rule, today, population=population)
    rule.looked_on, rule.over = today, found.count
    rule.save(update_fields=["looked_on", "over"])
    note(
        resource=rule.resource, before=found.before.isoformat(), over=found.count, held=found.held,
        at_end=rule.at_end,
    )  # fmt: skip
    open_one = Erasure.objects.filter(
        ground=Erasure.Ground.RETENTION,
        state__in=_OPEN,
        number__startswith="R-",
        number__endswith=f"-{rule.pk:04d}",
    )
    if not found.places or open_one.exists():
        return None
    made = Erasure.objects.create(
        number=f"R-{today:%Y%m%d}-{rule.pk:04d}", population=population, ground=Erasure.Ground.RETENTION,
        reason=rule.basis or f"{rule.resource}: {rule.months}", asked_by=by.username,
        records={rule.resource: found.count},
    )  # fmt: skip
    note(erasure=made.number)
    if rule.at_end == RetentionRule.AtEnd.ERASE:
        begin(made, retention.target_of(found, made.number, population))
    return made

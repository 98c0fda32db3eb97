"""The beginning of an erasure that was agreed to: who is meant is settled, and must not come back from now on."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from tongchou.accounts.action import note

from . import erasing, holding, retention, targets, tombstones
from .models import Erasure, RetentionRule


def begin(found: Erasure, target: erasing.Target | None = None) -> Erasure:
    """Settle who is meant and set the tombstones; the worker goes on. Within a transaction.

    target: given for records whose time is over. Raises as `actions.erasures.decide` does.
    """
    if target is None and not found.subject_id:
        target = _over_again(found)
    elif target is None:
        target = replace(targets.of_subject(found.subject_id), number=found.number)
    target = replace(target, beside=targets.beside(target))
    holding.check_free(target.ids, target.resources)
    stones = tombstones.place(found, target.records, target.numbers)
    found.records = targets.counted(target)
    found.sealed = targets.seal_target(target)
    found.state, found.steps, found.waits_for = Erasure.State.RUNNING, {}, ""
    found.save()
    note(records=len(target.records), resources=target.resources, tombstones=stones)
    return found


def _over_again(found: Erasure) -> erasing.Target:
    """What is over its time now, of an erasure by retention that somebody had to agree to."""
    rule = RetentionRule.objects.get(resource=next(iter(found.records)))
    told = retention.over(rule, timezone.localdate(), population=found.population)
    return retention.target_of(told, found.number, found.population)

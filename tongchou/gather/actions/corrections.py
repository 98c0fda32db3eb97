"""Corrections of values (校核) on their way into the pool: taken on, entered, taken back. Values are never on record."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.pool.serving.digests import record_reference

from ..capturing import Entered
from ..models import StandingCorrection
from ..phases.correct import Fix
from ..standing import IN_FORCE, State, fix_of, sealed_of, standard_value


@action(permission="corrections.decide", event="capture.accepted")
def take_on(
    *,
    by: Actor,
    number: str,
    resource: Resource,
    key: str,
    field: str,
    wrong: Sequence[str | None],
    right: str,
) -> StandingCorrection:
    """Let a value stand corrected from now on; the worker appends it (`correcting.perform_next`).

    number: of the correction. key: the record's key in the log. wrong: the standard values found wrong, the one the
    source delivers first (None: none was given). right: as typed. An earlier correction of the same value is ended,
    and what it called wrong stays wrong. Raises HouseError as `standing.standard_value` does.
    """
    record = record_reference(resource.code, key)
    note(correction=number, resource=resource.code, field=field, record=record)
    value = standard_value(resource, field, right)
    held = list(wrong)
    for earlier in StandingCorrection.objects.select_for_update().filter(
        resource=resource, record=record, field=field, state__in=(*IN_FORCE, State.UNDOING)
    ):
        before = fix_of(earlier)
        held = [*before.wrong, before.right, *held]
        earlier.state, earlier.ended_at = State.OVERTAKEN, timezone.now()
        earlier.save(update_fields=["state", "ended_at"])
    fix = Fix(number, key, field, tuple(each for each in dict.fromkeys(held) if each != value), value)
    return StandingCorrection.objects.create(
        number=number, resource=resource, field=field, record=record, sealed=sealed_of(fix)
    )


@action(permission="corrections.decide", event="capture.entered")
def close_entry(*, by: Actor, standing: StandingCorrection, entered: Entered) -> StandingCorrection:
    """Enter what became of appending a corrected value, or of undoing it."""
    undoing = standing.state == State.UNDOING
    note(
        correction=standing.number, resource=standing.resource.code, field=standing.field, record=standing.record,
        state=entered.state, undone=undoing,
    )  # fmt: skip
    now = timezone.now()
    if undoing:
        standing.state, standing.ended_at, standing.served_at = State.UNDONE, now, None
    elif entered.state in ("entered", "already"):
        standing.state, standing.entered_at = State.STANDING, entered.recorded_at or now
    elif entered.state == "overtaken":
        standing.state, standing.ended_at = State.OVERTAKEN, now
    else:
        standing.state, standing.ended_at, standing.error = State.FAILED, now, "gather.record_ended"
    standing.save()
    return standing


@action(permission=None, event="capture.withdrawn")
def take_back(*, by: Actor, number: str) -> bool:
    """Let the source's own value hold again; False when no such correction is in force. Who may is decided by the
    room that corrects (`exchange.actions.corrections`)."""
    note(correction=number)
    changed = StandingCorrection.objects.filter(number=number, state__in=IN_FORCE).update(state=State.UNDOING)
    return bool(changed)

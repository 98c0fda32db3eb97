"""Erasing on record: asking, deciding by a second person, carrying out, and letting somebody in again."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import holding, targets
from ..beginning import begin
from ..erasure_rules import check_decider, check_reason, check_state
from ..models import Erasure


@action(permission="erasures.ask", event="erasure.asked")
def ask(*, by: Actor, subject_id: str, ground: str, reason: str) -> Erasure:
    """Ask that everything about a subject be erased. Nothing happens before a second person agrees (`decide`).

    ground: one of `Erasure.Ground`; reason: on what decision or application, without anybody's name or number.
    Raises HouseError: pool.erasure_reason, pool.erasure_ground, pool.erasure_no_subject, pool.erasure_held,
    pool.erasure_open.
    """
    said = check_reason(reason)
    if ground not in Erasure.Ground.values or ground == Erasure.Ground.RETENTION:
        raise HouseError(
            "pool.erasure_ground",
            Text("没有选择删除的依据。", "No ground for the erasure was chosen."),
            Text("请选择依据。", "Choose one."),
        )
    target = targets.of_subject(subject_id)
    note(subject_id=target.ids[0], population=target.population, ground=ground)
    holding.check_free(target.ids, target.resources)
    try:
        with transaction.atomic():
            made = Erasure.objects.create(
                number=f"draft-{secrets.token_hex(8)}", subject_id=target.ids[0], population=target.population,
                ground=ground, reason=said, asked_by=by.username, records=targets.counted(target),
            )  # fmt: skip
    except IntegrityError:
        raise HouseError(
            "pool.erasure_open",
            Text("这个主体的删除已在办理。", "An erasure of this subject is under way already."),
            Text("请在删除清单中查看。", "See the list of erasures."),
            target.ids[0],
        ) from None
    return _numbered(made)


@action(permission="erasures.decide", event="erasure.decided")
def decide(*, by: Actor, number: str, agree: bool, opinion: str = "") -> Erasure:
    """Agree to an erasure somebody else asked for, or refuse it. Agreed, it is carried out and cannot be undone.

    Who they are is settled now, sealed, and tombstones are set, so that they do not come back meanwhile. Raises
    HouseError: pool.erasure_unknown, pool.erasure_state, pool.erasure_same_person, pool.erasure_held,
    pool.erasure_no_subject, pool.erasure_reason (a refusal says why).
    """
    found = _locked(number)
    note(erasure=number, subject_id=found.subject_id, agree=agree)
    check_state(found.state, (Erasure.State.ASKED, Erasure.State.HELD), number)
    check_decider(by.username, found.asked_by, number)
    found.decided_by, found.decided_at = by.username, timezone.now()
    if not agree:
        found.decision = check_reason(opinion)
        found.state = Erasure.State.REFUSED
        found.save()
        return found
    found.decision = check_reason(opinion) if opinion.strip() else ""
    return begin(found)


@action(permission="erasures.ask", event="erasure.withdrawn")
def withdraw(*, by: Actor, number: str) -> Erasure:
    """Take an erasure back that nobody has agreed to yet. Raises HouseError pool.erasure_unknown, pool.erasure_state."""
    found = _locked(number)
    note(erasure=number, subject_id=found.subject_id)
    check_state(found.state, (Erasure.State.ASKED, Erasure.State.HELD), number)
    found.state, found.decided_at = Erasure.State.WITHDRAWN, timezone.now()
    found.save()
    return found


@action(permission=None, event="erasure.done")
def close(*, by: Actor, erasure: Erasure) -> Erasure:
    """Enter that everything is gone; the worker calls it. What was meant is forgotten with it."""
    note(erasure=erasure.number, subject_id=erasure.subject_id, ground=erasure.ground,
         steps=[f"{name}: {removed}" for name, removed in erasure.steps.items()])  # fmt: skip
    erasure.state, erasure.finished_at = Erasure.State.DONE, timezone.now()
    erasure.sealed, erasure.waits_for = b"", ""
    erasure.save()
    return erasure


@action(permission=None, event="erasure.held")
def hold(*, by: Actor, erasure: Erasure, legal_hold: str) -> Erasure:
    """Enter that a hold was placed before anything was removed; it must be decided anew. The worker calls it."""
    note(erasure=erasure.number, subject_id=erasure.subject_id, hold=legal_hold)
    erasure.tombstones.all().delete()
    erasure.state, erasure.sealed, erasure.waits_for = Erasure.State.HELD, b"", "pool.erasure_held"
    erasure.save()
    return erasure


@action(permission="erasures.decide", event="erasure.readmitted")
def readmit(*, by: Actor, number: str, reason: str) -> Erasure:
    """Take the tombstones of a finished erasure away: the next delivery may bring the subject in again, as a new one.

    Raises HouseError pool.erasure_unknown, pool.erasure_state, pool.erasure_reason.
    """
    found = _locked(number)
    note(erasure=number, subject_id=found.subject_id)
    check_state(found.state, (Erasure.State.DONE,), number)
    found.tombstones.all().delete()
    found.readmitted_by, found.readmitted_at = by.username, timezone.now()
    found.readmitted_because = check_reason(reason)
    found.save()
    return found


def _locked(number: str) -> Erasure:
    found = Erasure.objects.select_for_update().filter(number=number).first()
    if found is None:
        raise HouseError(
            "pool.erasure_unknown",
            Text("没有这项删除。", "There is no such erasure."),
            Text("请在删除清单中查看。", "See the list of erasures."),
            number,
        )
    return found


def _numbered(made: Erasure) -> Erasure:
    made.number = f"X-{timezone.localdate():%Y}-{made.pk:06d}"
    made.save(update_fields=["number"])
    note(erasure=made.number)
    return made

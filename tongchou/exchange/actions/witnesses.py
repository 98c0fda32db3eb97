"""The auditor's acts on the ledger: adding and withdrawing witnesses, asking for a verification."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.ledger import witnesses
from tongchou.ledger.models import Verification, Witness
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


@action(permission="ledger.audit", event="witness.added")
def add(*, by: Actor, key: str, organisation: str = "") -> Witness:
    """Take the signatures of a witness from now on.

    key: its public key as its file witness.pub has it, which names it. organisation: who runs it, in words.
    Raises HouseError (ledger.witness_key, exchange.witness_known).
    """
    parsed = witnesses.parse_key(key)
    note(witness=parsed.name, key=parsed.id)
    if Witness.objects.filter(Q(name=parsed.name) | Q(key=str(parsed))).exists():
        raise HouseError(
            "exchange.witness_known",
            Text(
                "该见证方（名称或公钥）已经登记。", "This witness, by its name or its key, is known already."
            ),
            Text("见证方更换密钥时须用新名称。", "A witness that changes its key takes a new name."),
            parsed.name,
        )
    return Witness.objects.create(
        name=parsed.name,
        key=str(parsed),
        organisation=organisation.strip()[:200],
        added_by=by.username,
        added_at=timezone.now(),
    )


@action(permission="ledger.audit", event="witness.withdrawn")
def withdraw(*, by: Actor, witness: Witness) -> Witness:
    """Take no more signatures of a witness; those on record stay. Raises HouseError (exchange.witness_withdrawn)."""
    note(witness=witness.name)
    changed = Witness.objects.filter(pk=witness.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=by.username
    )
    if not changed:
        raise HouseError(
            "exchange.witness_withdrawn",
            Text("该见证方已经撤销。", "The witness was already withdrawn."),
            Text("无需再次操作。", "Nothing needs doing."),
            witness.name,
        )
    witness.refresh_from_db()
    return witness


@action(permission="ledger.audit", event="ledger.verification_asked")
def ask_verification(*, by: Actor) -> Verification:
    """Queue a verification of the whole ledger; one that waits or runs already is returned instead."""
    queued = Verification.objects.filter(
        state__in=(Verification.State.WAITING, Verification.State.RUNNING)
    ).first()
    if queued is None:
        queued = Verification.objects.create(asked_by=by.username, asked_at=timezone.now())
    note(verification=queued.pk)
    return queued

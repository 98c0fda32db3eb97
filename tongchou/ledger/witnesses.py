"""The witnesses of this ledger: their keys, the signatures they bring, and the alarms they raise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tongchou.standards.errors import HouseError

from .errors import problem
from .journal import record
from .models import Cosignature, Head, SplitView, Witness
from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint
from .sequencer import alias, key_folder, stored_tiles
from .signatures import COSIGNATURE
from .tree import DamagedTree, root_at
from .witnessing import Demand, cosignatures

LARGEST_NOTE_BYTES = 16_384
FUTURE_S = 600.0
"""A witness's clock may go before ours by so much."""


def known(*, live_only: bool = False) -> list[VerifierKey]:
    """The public keys of the witnesses, in the order in which they were added."""
    rows = Witness.objects.using(alias()).order_by("pk")
    if live_only:
        rows = rows.filter(withdrawn_at=None)
    return [VerifierKey.parse(text) for text in rows.values_list("key", flat=True)]


def parse_key(text: str) -> VerifierKey:
    """A witness's public key as it was handed over. Raises HouseError `ledger.witness_key`."""
    try:
        key = VerifierKey.parse(text)
        if key.kind is not COSIGNATURE:
            raise BadNote("it is a key for heads, not for cosignatures")
    except BadNote as bad:
        raise problem(
            "witness_key",
            "这不是见证方的公钥。",
            "This is not a witness's public key.",
            "请粘贴见证方 witness.pub 文件中的一行。",
            "Paste the line of the witness's file witness.pub.",
            str(bad)[:200],
        ) from None
    return key


def demand() -> Demand:
    """What a verification of this installation wants of its witnesses, as the settings say."""
    return Demand(
        tuple(known(live_only=True)),
        getattr(settings, "TONGCHOU_LEDGER_WITNESSES", 0),
        3600.0 * getattr(settings, "TONGCHOU_LEDGER_WITNESS_HOURS", 24),
        timezone.now().timestamp(),
    )


def receive(note: str, *, now: datetime | None = None) -> int:
    """Take a head that witnesses signed; returns how many new signatures were kept.

    Anyone may bring it: what counts are the signatures. A head that this ledger signed and a witness confirmed,
    but that is not part of this ledger, is kept as an alarm and recorded. Raises HouseError
    `ledger.cosignature_refused`, `ledger.split_view`.
    """
    moment = now or timezone.now()
    if len(note) > LARGEST_NOTE_BYTES:
        raise _refused("the note is too long")
    try:
        checkpoint = open_checkpoint(note, key_folder().trusted())
        held, wrong = cosignatures(note, known(live_only=True))
    except BadNote as bad:
        raise _refused(str(bad)) from None
    if wrong:
        raise _refused(f"the signature of {wrong[0]} is wrong")
    if not held:
        raise _refused("no known witness signed it")
    if any(one.moment > moment.timestamp() + FUTURE_S for one in held):
        raise _refused("a witness's clock is ahead")
    if not belongs(checkpoint):
        _alarm([one.key.name for one in held], checkpoint, note, moment)
        raise problem(
            "split_view",
            "警报：该树头由本账本签名，却不属于本账本现有内容（分叉或被截断）。",
            "ALARM: this ledger signed the head, but it does not belong to it as it is now (split view, or cut).",
            "请监督方立即核验账本，并与见证方核对。",
            "Let the auditor verify the ledger at once and compare with the witness.",
            str(checkpoint.size),
        )
    if not Head.objects.using(alias()).filter(size=checkpoint.size).exists():
        raise _refused("there is no head of this size")
    with transaction.atomic(using=alias()):
        before = Cosignature.objects.using(alias()).filter(size=checkpoint.size)
        had = set(before.values_list("witness", flat=True))
        new = [one for one in held if one.key.name not in had]
        Cosignature.objects.using(alias()).bulk_create(
            [
                Cosignature(size=checkpoint.size, witness=one.key.name, line=one.line, signed_at=one.at)
                for one in new
            ],
            ignore_conflicts=True,
        )
    return len(new)


def belongs(checkpoint: Checkpoint) -> bool:
    """Whether a head is part of the ledger as it is stored."""
    last = Head.objects.using(alias()).order_by("-number").first()
    if last is None or checkpoint.size > last.size:
        return False
    try:
        return root_at(checkpoint.size, stored_tiles(alias())) == checkpoint.root
    except DamagedTree:
        return False


def _alarm(witnesses: Sequence[str], checkpoint: Checkpoint, note: str, moment: datetime) -> None:
    with transaction.atomic(using=alias()):
        for name in witnesses:
            _, new = SplitView.objects.using(alias()).get_or_create(
                witness=name,
                size=checkpoint.size,
                root=checkpoint.root,
                defaults={"note": note, "seen_at": moment},
            )
            if new:
                record(
                    "ledger.split_view",
                    {"witness": name, "size": checkpoint.size, "root": checkpoint.root.hex()},
                )


def lines_of(database: str, sizes: Sequence[int]) -> dict[int, list[str]]:
    """The cosignature lines of heads, by the head's size."""
    found: dict[int, list[str]] = {}
    rows = Cosignature.objects.using(database).filter(size__gte=min(sizes), size__lte=max(sizes))
    for size, line in rows.order_by("pk").values_list("size", "line"):
        found.setdefault(size, []).append(line)
    return found


def newest_witnessed(*, at_least: int, quorum: int = 1, within: int = 200) -> Head | None:
    """The newest head of `at_least` leaves or more that `quorum` live witnesses signed; None where there is none.

    within: at most so many of the newest co-signed heads are looked at.
    """
    live = {key.name for key in known(live_only=True)}
    rows = (
        Cosignature.objects.using(alias())
        .filter(size__gte=at_least, witness__in=live)
        .order_by("-size", "pk")
    )
    by_size: dict[int, set[str]] = {}
    for size, name in islice(rows.values_list("size", "witness"), within * max(1, len(live))):
        by_size.setdefault(size, set()).add(name)
    for size, names in by_size.items():
        if len(names) >= quorum:
            return Head.objects.using(alias()).filter(size=size).first()
    return None


def orphans(database: str) -> list[int]:
    """Sizes that witnesses signed and of which there is no head any more."""
    sizes = Cosignature.objects.using(database).values_list("size", flat=True).distinct()
    return sorted(sizes.exclude(size__in=Head.objects.using(database).values("size"))[:100])


def _refused(why: str) -> HouseError:
    return problem(
        "cosignature_refused",
        "见证签名未被接受。",
        "The cosignature was not accepted.",
        "请确认见证方的公钥已由监督方登记，且树头取自本账本。",
        "Make sure that the auditor has added the witness's key and that the head is this ledger's.",
        why,
    )

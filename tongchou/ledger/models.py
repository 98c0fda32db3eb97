"""The ledger's tables. Entries, runs, heads and cosignatures are append-only; triggers refuse to change them (see
`triggers`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q


class Stream(models.Model):
    """One writer's dense row of entries, opened by the writer with its first entry.

    sequenced: how many of its entries are in the tree. retired: idle for so long that its writer has moved on
    to a new one (see `journal.STREAM_IDLE_HOURS`), so that the sequencer need not ask it every time.
    """

    name = models.CharField(max_length=24, unique=True)
    opened_at = models.DateTimeField()
    sequenced = models.BigIntegerField(default=0)
    sequenced_at = models.DateTimeField(null=True)
    retired = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["name"], condition=Q(retired=False), name="ledger_stream_live")]
        constraints = [models.CheckConstraint(condition=Q(sequenced__gte=0), name="ledger_stream_sequenced")]


class Entry(models.Model):
    """One event, kept as the bytes that were hashed. `subject_id` repeats the body's, so that it can be
    searched.
    """

    stream = models.CharField(max_length=24)
    seq = models.BigIntegerField()
    at = models.CharField(max_length=27)
    kind = models.CharField(max_length=64)
    body = models.BinaryField()
    leaf = models.BinaryField(max_length=32)
    subject_id = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="ledger_entry_stream_seq"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="ledger_entry_seq"),
        ]
        indexes = [
            models.Index(
                fields=["subject_id", "at"], condition=~Q(subject_id=""), name="ledger_entry_subject"
            )
        ]

    @property
    def happened_at(self) -> datetime:
        """The instant, as an aware datetime in UTC."""
        return datetime.strptime(self.at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


class Run(models.Model):
    """That entries first_seq … first_seq+length−1 of `stream` are the leaves first_index … of the tree, in
    order.
    """

    first_index = models.BigIntegerField(unique=True)
    length = models.BigIntegerField()
    stream = models.CharField(max_length=24)
    first_seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "first_seq"], name="ledger_run_stream_seq"),
            models.CheckConstraint(
                condition=Q(length__gte=1, first_seq__gte=1, first_index__gte=0), name="ledger_run_positive"
            ),
        ]


class Tile(models.Model):
    """Up to 256 neighbouring 32-byte hashes of one level of the tree: level 0 leaves, level 1 roots of 256
    leaves …
    """

    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="ledger_tile_place")]


class Head(models.Model):
    """A signed head: `note` is a C2SP checkpoint, the text that was signed with its signature; the rest
    repeats it.
    """

    number = models.BigIntegerField(unique=True)
    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()


class Witness(models.Model):
    """A node or department that co-signs heads. key: its public key, as `notes.VerifierKey` writes it."""

    name = models.CharField(max_length=120, unique=True)
    key = models.CharField(max_length=300, unique=True)
    organisation = models.CharField(max_length=200, blank=True, default="")
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=150, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)

    @property
    def live(self) -> bool:
        """Whether its signatures are taken and counted."""
        return self.withdrawn_at is None


class Cosignature(models.Model):
    """A witness's signature on the head of `size`; `line` is the line of the signed note."""

    size = models.BigIntegerField()
    witness = models.CharField(max_length=120)
    line = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["size", "witness"], name="ledger_cosignature_once"),
        ]


class SplitView(models.Model):
    """An alarm: a head signed by this ledger and by a witness, `note`, that does not belong to this ledger."""

    witness = models.CharField(max_length=120)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["witness", "size", "root"], name="ledger_split_view_once"),
        ]


class Verification(models.Model):
    """One checking of the whole ledger, asked for on screen; its report is kept (`findings.Report.as_json`)."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    report = models.JSONField(null=True)
    error = models.CharField(max_length=100, blank=True, default="")

    @property
    def percent(self) -> int | None:
        """How far it is, None before it is known."""
        return min(100, 100 * self.done // self.total) if self.total else None

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (self.State.WAITING, self.State.RUNNING)


class Sequencing(models.Model):
    """One row; whoever holds its lock is the sequencer. `turn` is written first, so that the lock is taken
    first.
    """

    turn = models.BigIntegerField(default=0)

"""Table of erasures: that a subject's data is to be removed for good, who asked, who agreed, how far it is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """删除: one subject, or records whose time is over, removed from everything the platform holds; no value is kept."""

    class State(models.TextChoices):
        ASKED = "asked", _("待复核")
        RUNNING = "running", _("删除中")
        DONE = "done", _("已删除")
        REFUSED = "refused", _("不予删除")
        WITHDRAWN = "withdrawn", _("已撤回")
        HELD = "held", _("因保全中止")

    class Ground(models.TextChoices):
        REQUEST = "request", _("本人申请")
        ORDER = "order", _("法院或主管机关决定")
        UNLAWFUL = "unlawful", _("收集没有依据")
        MISTAKE = "mistake", _("误收集")
        RETENTION = "retention", _("保存期满")

    number = models.CharField(_("删除号"), max_length=40, unique=True)
    #: Empty for records whose time is over, which are of many subjects.
    subject_id = models.CharField(max_length=20, db_index=True, blank=True)
    population = models.CharField(max_length=60, blank=True)
    ground = models.CharField(_("依据"), max_length=12, choices=Ground.choices)
    reason = models.CharField(_("理由"), max_length=500)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.CharField(_("申请人"), max_length=60)
    asked_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    decided_by = models.CharField(_("复核人"), max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(_("复核意见"), max_length=500, blank=True)
    #: How many records of which resources: {resource: count}.
    records = models.JSONField(default=dict)
    #: The target (`pool.erasing.Target`), sealed under the number, from the decision until all is removed; then empty.
    sealed = models.BinaryField(default=bytes, blank=True)
    #: {step: what was removed}, in the order done; a killed run goes on with the first that is missing.
    steps = models.JSONField(default=dict)
    #: Code of what keeps it waiting.
    waits_for = models.CharField(max_length=60, blank=True)
    finished_at = models.DateTimeField(null=True)
    #: When the tombstones were taken away again, and by whom.
    readmitted_at = models.DateTimeField(null=True)
    readmitted_by = models.CharField(max_length=60, blank=True)
    readmitted_because = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id"],
                condition=models.Q(state__in=["asked", "running"]) & ~models.Q(subject_id=""),
                name="one_open_erasure_a_subject",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Tombstone(models.Model):
    """墓碑: that a record, or whoever bears a number, was erased and must not come back; a keyed digest, no value."""

    class Kind(models.TextChoices):
        RECORD = "record", _("记录")
        NUMBER = "number", _("号码")

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="tombstones")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    #: Code of the resource of a record; of the population of a number.
    within = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=16)
    #: Twelve bits of the value, by which most rows are passed over without a keyed digest.
    bucket = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "within"])]

"""Table of explanations: a person asks why somebody looked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation


class Explanation(models.Model):
    """说明: a person asks the organisation that looked at their file why; question and answers are sealed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待答复")
        ANSWERED = "answered", _("已答复")
        ESCALATED = "escalated", _("已升级至监督部门")
        CLOSED = "closed", _("监督部门已答复")
        WITHDRAWN = "withdrawn", _("已撤回")

    number = models.CharField(_("编号"), max_length=40, unique=True)
    subject_id = models.CharField(max_length=20, db_index=True)
    #: The entry of the ledger that is asked about.
    stream = models.CharField(max_length=32)
    seq = models.BigIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="explanations")
    #: Who looked: they do not answer for themselves.
    about = models.CharField(max_length=60)
    #: {"question", "answer", "again", "verdict"}, sealed under the number.
    sealed = models.BinaryField()
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    answered_by = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    instance = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["organisation", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "seq", "asked_by"],
                condition=~models.Q(state="withdrawn"),
                name="one_explanation_an_access",
            ),
        ]

    def __str__(self) -> str:
        return self.number

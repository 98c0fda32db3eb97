"""Table of corrections: somebody says a value is wrong, and its department decides."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource


class Correction(models.Model):
    """校核: that one value of one record is said to be wrong; what is said and decided is sealed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待提供部门办理")
        ESCALATED = "escalated", _("已升级至统筹局")
        REFUSED = "refused", _("不予更正")
        REVIEW = "review", _("统筹局复核中")
        ACCEPTED = "accepted", _("已采纳")
        UPHELD = "upheld", _("复核维持")
        WITHDRAWN = "withdrawn", _("已撤回")
        UNDONE = "undone", _("采纳后撤回")

    number = models.CharField(_("校核号"), max_length=40, unique=True)
    subject_id = models.CharField(max_length=20, db_index=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="corrections")
    field = models.CharField(_("字段"), max_length=60)
    #: The record's reference in the dossier: its source's own key may be personal.
    record = models.CharField(max_length=16)
    #: {"key", "was", "proposed", "says", "evidence", "value", "reason", "again", "verdict"}, sealed under the number.
    sealed = models.BinaryField()
    #: Who must decide first: the department that provides the resource.
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="corrections")
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    #: Whether the person themselves asked, or somebody at a window for them.
    own = models.BooleanField(_("本人提出"), default=True)
    asked_by = models.CharField(_("提出人"), max_length=60)
    asked_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    instance = models.CharField(max_length=40, blank=True)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    reviewed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["organisation", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "record", "field"],
                condition=models.Q(state__in=["waiting", "escalated", "review"]),
                name="one_open_correction_a_value",
            ),
        ]

    def __str__(self) -> str:
        return self.number

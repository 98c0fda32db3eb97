"""Table of retention rules: how long a resource's records are kept, and what then becomes of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.standards.text import Text


class RetentionRule(models.Model):
    """保存期限: how long records of a resource are kept, from when it counts, and what happens at its end."""

    class CountedFrom(models.TextChoices):
        ENDED = "ended", _("记录终止之日")
        RECORDED = "recorded", _("最后入库之日")
        FIELD = "field", _("记录所载日期")

    class AtEnd(models.TextChoices):
        ERASE = "erase", _("自动删除")
        REVIEW = "review", _("复核后删除")

    resource = models.CharField(_("资源代码"), max_length=80, unique=True)
    months = models.PositiveSmallIntegerField(_("月数"))
    counted_from = models.CharField(_("起算"), max_length=10, choices=CountedFrom.choices)
    #: The date field, where it counts from one.
    field = models.CharField(max_length=60, blank=True)
    at_end = models.CharField(_("期满处理"), max_length=8, choices=AtEnd.choices)
    #: The law or decision that sets the time.
    basis = models.CharField(_("依据"), max_length=300, blank=True)
    basis_en = models.CharField(max_length=300, blank=True)
    #: The day it was last looked at, and what was found over its time then.
    looked_on = models.DateField(null=True)
    over = models.PositiveBigIntegerField(_("期满记录"), default=0)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["resource"]

    def __str__(self) -> str:
        return self.resource

    @property
    def said(self) -> Text:
        """The law or decision in both languages."""
        return Text(self.basis, self.basis_en or self.basis)

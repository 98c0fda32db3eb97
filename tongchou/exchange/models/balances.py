"""Tables of what organisations give and take, derived from the ledger and the control plane; all can be rebuilt."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessTally(models.Model):
    """访问计数: how often one organisation used one resource on one day, by kind of entry of the ledger."""

    day = models.DateField(_("日期"))
    resource = models.CharField(max_length=80)
    organisation = models.CharField(max_length=60)
    kind = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day", "resource", "organisation", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "resource", "organisation", "kind"], name="access_tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.resource} {self.organisation}"


class Balance(models.Model):
    """贡献账: what one organisation gave and took on one day. Stocks are as at the end of the day, flows within it."""

    organisation = models.CharField(_("机构"), max_length=60)
    day = models.DateField(_("日期"))
    resources = models.PositiveIntegerField(_("发布资源"), default=0)
    fresh = models.PositiveIntegerField(_("按时"), default=0)
    late = models.PositiveIntegerField(_("逾期"), default=0)
    never = models.PositiveIntegerField(_("尚未报送"), default=0)
    deliveries = models.PositiveIntegerField(_("批次"), default=0)
    rows_delivered = models.BigIntegerField(_("收到"), default=0)
    rows_quarantined = models.BigIntegerField(_("问题"), default=0)
    requests_answered = models.PositiveIntegerField(_("答复申请"), default=0)
    answer_minutes = models.BigIntegerField(_("答复用时（分钟）"), default=0)
    needs_met = models.PositiveIntegerField(_("满足需求"), default=0)
    grants_given = models.PositiveIntegerField(_("给出授权"), default=0)
    accesses_served = models.PositiveIntegerField(_("被访问"), default=0)
    grants_held = models.PositiveIntegerField(_("持有授权"), default=0)
    requests_made = models.PositiveIntegerField(_("提出申请"), default=0)
    accesses_made = models.PositiveIntegerField(_("访问他人"), default=0)

    class Meta:
        ordering = ["organisation", "day"]
        constraints = [models.UniqueConstraint(fields=["organisation", "day"], name="balance_once_a_day")]
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.organisation} {self.day}"


class BalanceState(models.Model):
    """记账位置: one row: how far the ledger has been counted, and up to which day balances were drawn."""

    #: Leaves of the ledger's tree that have been counted.
    position = models.BigIntegerField(default=0)
    #: The earliest day whose tallies changed since balances were last drawn.
    dirty_from = models.DateField(null=True)
    drawn_through = models.DateField(null=True)
    drawn_at = models.DateTimeField(null=True)
    #: Of everything that may change days long past: resources, grants, needs.
    digest = models.CharField(max_length=64, blank=True)

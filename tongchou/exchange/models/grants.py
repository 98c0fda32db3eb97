"""Tables of purposes and grants."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named, Organisation, Role
from tongchou.catalogue.models import Resource


class Purpose(Named):
    """用途: why data is read; a grant names the purposes it is good for."""

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["code"]


class Form(models.TextChoices):
    """使用方式: how a grant may be used."""

    QUERY = "query", _("查询")
    VERIFY = "verify", _("核验")
    BATCH = "batch", _("批量")
    SUBSCRIBE = "subscribe", _("订阅")
    AGGREGATE = "aggregate", _("统计")


def query_only() -> list[str]:
    """The forms of a grant that names none."""
    return [Form.QUERY.value]


class Grant(models.Model):
    """授权: that one role of one organisation may use certain fields and rows of a resource, in certain forms, for
    purposes, until a day."""

    class State(models.TextChoices):
        LIVE = "live", _("有效")
        SUSPENDED = "suspended", _("已暂停")
        WITHDRAWN = "withdrawn", _("已撤回")
        EXPIRED = "expired", _("已到期")

    number = models.CharField(_("授权号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="grants")
    #: Names of the granted fields; ["*"] for all.
    fields = models.JSONField(_("字段"), default=list)
    #: Names of granted fields whose plain value the holder may reveal; ["*"] for all.
    unmasked = models.JSONField(_("可显示字段"), default=list)
    #: {field: name of a mask of standards.masking}, where it is to differ from what the field's grade gives.
    masking = models.JSONField(_("脱敏方式"), default=dict, blank=True)
    #: Which rows: an expression of `standards.expressions` over declared fields of the resource; empty for all.
    rows = models.TextField(_("行范围"), blank=True)
    #: Of `Form`.
    forms = models.JSONField(_("使用方式"), default=query_only)
    #: Codes of the statements that may be verified under it.
    statements = models.JSONField(_("可核验陈述"), default=list, blank=True)
    purposes = models.ManyToManyField(Purpose, related_name="grants")
    #: Whether each use must name a live case that concerns the subject.
    needs_case = models.BooleanField(_("须有事由"), default=False)
    quota_per_day = models.PositiveIntegerField(_("每日限额"), null=True, blank=True)
    until = models.DateField(_("有效期至"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.LIVE)
    #: Raised by every change, so that two people who edit it at once do not overwrite one another.
    version = models.PositiveIntegerField(default=1)
    request = models.ForeignKey(
        "exchange.Request", models.PROTECT, null=True, blank=True, related_name="grants"
    )
    granted_by = models.CharField(max_length=60)
    granted_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["organisation", "role", "resource"])]

    def __str__(self) -> str:
        return self.number

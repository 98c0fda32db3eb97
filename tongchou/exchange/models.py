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


class Grant(models.Model):
    """授权: that one role of one organisation may read certain fields of a resource, for purposes, until a day."""

    class State(models.TextChoices):
        LIVE = "live", _("有效")
        WITHDRAWN = "withdrawn", _("已撤回")

    number = models.CharField(_("授权号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="grants")
    #: Names of the granted fields; ["*"] for all.
    fields = models.JSONField(_("字段"), default=list)
    #: Names of granted fields whose plain value the holder may reveal; ["*"] for all.
    unmasked = models.JSONField(_("可显示字段"), default=list)
    purposes = models.ManyToManyField(Purpose, related_name="grants")
    until = models.DateField(_("有效期至"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.LIVE)
    granted_by = models.CharField(max_length=60)
    granted_at = models.DateTimeField(auto_now_add=True)
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["organisation", "role", "resource"])]

    def __str__(self) -> str:
        return self.number

"""Table of requests for data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource

from .grants import Purpose, query_only


class Request(models.Model):
    """共享申请: one organisation asks for the use of a resource; what it may become is decided on a flow."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待提供部门决定")
        ESCALATED = "escalated", _("已升级至统筹局")
        RETURNED = "returned", _("退回补充")
        GRANTED = "granted", _("已授权")
        REFUSED = "refused", _("已拒绝")
        WITHDRAWN = "withdrawn", _("已撤销")
        LAPSED = "lapsed", _("逾期未补充")

    number = models.CharField(_("申请号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="requests")
    role = models.ForeignKey(Role, models.PROTECT, related_name="requests")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="requests")
    purposes = models.ManyToManyField(Purpose, related_name="requests")
    fields = models.JSONField(_("字段"), default=list)
    unmasked = models.JSONField(_("可显示字段"), default=list, blank=True)
    rows = models.TextField(_("行范围"), blank=True)
    forms = models.JSONField(_("使用方式"), default=query_only)
    statements = models.JSONField(_("可核验陈述"), default=list, blank=True)
    #: Why, in the requester's words, and the law or rule that allows it.
    reason = models.TextField(_("申请理由"))
    legal_basis = models.CharField(_("法律依据"), max_length=300, blank=True)
    until = models.DateField(_("有效期至"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    #: Number of its flow's instance; empty where it was granted at once.
    instance = models.CharField(max_length=40, blank=True)
    requested_by = models.CharField(max_length=60)
    #: User names of all who made or changed it; none of them decides on it.
    hands = models.JSONField(default=list, blank=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(_("决定理由"), blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in (self.State.WAITING, self.State.ESCALATED, self.State.RETURNED)

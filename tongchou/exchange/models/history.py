"""Table of what became of a grant."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .grants import Grant


class GrantEvent(models.Model):
    """授权变更: one step in the life of a grant, as its timeline tells it; the ledger holds the same for good."""

    class Kind(models.TextChoices):
        CREATED = "created", _("授权")
        CHANGED = "changed", _("更改")
        SUSPENDED = "suspended", _("暂停")
        RESUMED = "resumed", _("恢复")
        WITHDRAWN = "withdrawn", _("撤回")
        EXPIRED = "expired", _("到期")

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(_("变更"), max_length=12, choices=Kind.choices)
    #: Who, as text: history outlives accounts. organisation is empty for the house itself.
    username = models.CharField(max_length=60)
    organisation = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=40, blank=True)
    #: The version the grant has since.
    version = models.PositiveIntegerField()
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    #: [{"aspect", "before", "after", "wider"}] of a change.
    changes = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

"""Table of cases: why a front line reads about a subject."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation


class Case(models.Model):
    """事由: one piece of work about one subject, during which its organisation may read what grants demand it for."""

    class State(models.TextChoices):
        OPEN = "open", _("办理中")
        CLOSED = "closed", _("已办结")

    ref = models.CharField(_("事由号"), max_length=40, unique=True)
    #: Code of a kind declared by a room (`exchange.cases`).
    kind = models.CharField(_("类别"), max_length=40)
    subject_id = models.CharField(max_length=20, db_index=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases")
    #: What the case was opened from, in its own room (number of an application, a correction, a pair).
    origin = models.CharField(max_length=60, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    opened_by = models.CharField(max_length=60)
    opened_at = models.DateTimeField(auto_now_add=True)
    #: After this it counts as closed, whoever forgot to close it.
    until = models.DateField()
    closed_by = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True)
    #: Whether somebody opened it on a screen and no room stands behind it.
    by_hand = models.BooleanField(_("人工登记"), default=False)
    #: What is unusual about it (codes of `exchange.cases.UNUSUAL`), for the bureau to look at.
    unusual = models.JSONField(_("异常"), default=list, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["organisation", "state", "subject_id"])]

    def __str__(self) -> str:
        return self.ref

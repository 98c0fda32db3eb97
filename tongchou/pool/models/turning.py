"""Table of what became of subject ids."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SubjectTurn(models.Model):
    """主体变迁: that a subject id was merged into another, or that records under it are another subject's now."""

    class Kind(models.TextChoices):
        MERGED = "merged", _("合并")
        SPLIT = "split", _("拆分")

    population = models.CharField(_("关联库"), max_length=60)
    #: Of the links that brought it.
    version = models.PositiveIntegerField(_("关联版本"))
    kind = models.CharField(_("类别"), max_length=8, choices=Kind.choices)
    #: The id that was, and the one it was merged into or that part of it went to.
    subject_id = models.CharField(max_length=20, db_index=True)
    other_id = models.CharField(max_length=20, db_index=True)
    records = models.PositiveIntegerField(_("记录"), default=0)
    at = models.DateTimeField(_("时间"))
    #: When everybody who holds ids had been told.
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["population", "version", "subject_id", "other_id"], name="subject_turn_once"
            ),
        ]

"""Table of legal holds: what may not be erased, by whose decision."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalHold(models.Model):
    """法律保全: that a subject's data, or a whole resource, must be kept whatever its time or whoever asks."""

    number = models.CharField(_("保全号"), max_length=40, unique=True)
    #: One of the two is set: whom, or which resource, it protects.
    subject_id = models.CharField(max_length=20, blank=True, db_index=True)
    resource = models.CharField(max_length=80, blank=True, db_index=True)
    #: The decision it rests on, such as the number of a court's letter.
    basis = models.CharField(_("依据"), max_length=200)
    until = models.DateField(_("保全至"), null=True, blank=True)
    placed_by = models.CharField(_("登记人"), max_length=60)
    placed_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    lifted_by = models.CharField(_("解除人"), max_length=60, blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.CharField(_("解除理由"), max_length=200, blank=True)

    class Meta:
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject_id="") ^ models.Q(resource=""), name="hold_on_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return self.number

"""Table of linkage models trained on the district's own records: proposed, adopted, or not."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .populations import Population


class CandidateModel(models.Model):
    """待用模型: parameters of linkage proposed by training, with the report a steward decides on."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待定")
        ADOPTED = "adopted", _("已采用")
        DECLINED = "declined", _("不采用")
        REPLACED = "replaced", _("已停用")

    population = models.ForeignKey(Population, models.CASCADE, related_name="candidates")
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PROPOSED)
    #: The pack's model it was trained from; when the pack names another, an adopted candidate no longer holds.
    based_on = models.CharField(_("所依模型"), max_length=300)
    #: The parsed model and its digest (sha256 of its canonical JSON), which the ledger names.
    parameters = models.JSONField()
    digest = models.CharField(max_length=64)
    #: What `linkage.comparing.report` says: counts and bits, nobody's values.
    report = models.JSONField()
    trained_by = models.CharField(_("训练人"), max_length=60)
    trained_at = models.DateTimeField(_("训练时间"), auto_now_add=True)
    decided_by = models.CharField(_("决定人"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta:
        ordering = ["-trained_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["population"],
                condition=models.Q(state="adopted"),
                name="one_adopted_model_a_population",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.population_id}/{self.pk}"

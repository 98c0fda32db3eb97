"""Tables of pairs to judge and stored judgements."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .populations import Population


class ReviewPair(models.Model):
    """待判关联: two records that may be about one subject, for a steward to judge. Derived by a link run."""

    class State(models.TextChoices):
        OPEN = "open", _("待判")
        SAME = "same", _("同一主体")
        DIFFERENT = "different", _("不同主体")
        SETTLED = "settled", _("已自动解决")

    population = models.ForeignKey(Population, models.CASCADE, related_name="pairs")
    left_resource = models.CharField(max_length=80)
    left_key = models.CharField(max_length=200)
    right_resource = models.CharField(max_length=80)
    right_key = models.CharField(max_length=200)
    score = models.FloatField(_("分值"))
    #: Why they may be the same, in words that name fields and never values.
    sentence_zh = models.TextField()
    sentence_en = models.TextField()
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN)

    class Meta:
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["population", "left_resource", "left_key", "right_resource", "right_key"],
                name="review_pair_once",
            ),
        ]
        indexes = [models.Index(fields=["population", "state", "-score"])]


class Judgement(models.Model):
    """判定: a steward's word that two records are, or are not, about the same subject. Stored; links derive from it."""

    class Verdict(models.TextChoices):
        SAME = "same", _("同一主体")
        DIFFERENT = "different", _("不同主体")

    population = models.ForeignKey(Population, models.CASCADE, related_name="judgements")
    left_resource = models.CharField(max_length=80)
    left_key = models.CharField(max_length=200)
    right_resource = models.CharField(max_length=80)
    right_key = models.CharField(max_length=200)
    verdict = models.CharField(_("判定"), max_length=12, choices=Verdict.choices)
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    judged_by = models.CharField(_("判定人"), max_length=60)
    judged_at = models.DateTimeField(_("判定时间"), auto_now_add=True)
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-judged_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["population", "left_resource", "left_key", "right_resource", "right_key"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_judgement_a_pair",
            ),
        ]

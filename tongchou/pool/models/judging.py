"""Tables of pairs to judge and stored judgements."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .populations import Population


class ReviewPair(models.Model):
    """待判关联: two records that may be about one subject, for reviewers to judge. Most are derived by a link run."""

    class State(models.TextChoices):
        OPEN = "open", _("待判")
        SAME = "same", _("同一主体")
        DIFFERENT = "different", _("不同主体")
        DISPUTED = "disputed", _("意见不一")
        UNDECIDED = "undecided", _("无法判定")
        SETTLED = "settled", _("已自动解决")

    class Kind(models.IntegerChoices):
        """Why the pair is offered, in the order in which it is: what may be somebody else's data comes first."""

        QUESTIONED = 0, _("有人质疑")
        MERGED = 1, _("疑似误合")
        APART = 2, _("疑似漏合")
        SAMPLED = 3, _("质量抽样")

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
    kind = models.PositiveSmallIntegerField(_("由来"), choices=Kind.choices, default=Kind.APART)
    #: What a verdict is worth: how many record pairs it is expected to put right (`quality.doubts`).
    value = models.FloatField(_("判定价值"), default=0.0)
    #: How many records the verdict would move if the machine is wrong.
    moves = models.PositiveIntegerField(_("涉及记录"), default=0)
    #: Whether no further reviewer needs to be asked.
    closed = models.BooleanField(default=False)

    class Meta:
        ordering = ["kind", "-value", "-score", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["population", "left_resource", "left_key", "right_resource", "right_key"],
                name="review_pair_once",
            ),
        ]
        indexes = [models.Index(fields=["population", "state", "kind", "-value"])]


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

"""Tables of reviewers' verdicts and of samples drawn to measure the links."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .judging import ReviewPair
from .populations import LinkRun, Population


class Verdict(models.Model):
    """意见: what one reviewer says about one pair. A judgement follows from the verdicts that stand."""

    class Said(models.TextChoices):
        SAME = "same", _("同一主体")
        DIFFERENT = "different", _("不同主体")
        UNSURE = "unsure", _("不能确定")

    pair = models.ForeignKey(ReviewPair, models.CASCADE, related_name="verdicts")
    reviewer = models.CharField(_("判定人"), max_length=60)
    said = models.CharField(_("意见"), max_length=12, choices=Said.choices)
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "reviewer"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_verdict_a_reviewer",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-at"])]


class ReviewSample(models.Model):
    """质量抽样: record pairs drawn at random from the links of one run, for reviewers to judge, and what they tell."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待抽取")
        READY = "ready", _("可评审")
        FAILED = "failed", _("失败")

    population = models.ForeignKey(Population, models.CASCADE, related_name="samples")
    #: The run whose links were drawn from; None while the sample waits.
    run = models.ForeignKey(LinkRun, models.SET_NULL, null=True, related_name="samples")
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    seed = models.PositiveBigIntegerField(_("随机种子"))
    wanted = models.PositiveIntegerField(_("样本量"))
    #: Number of the published links drawn from, which with the seed makes the same sample again.
    version = models.PositiveIntegerField(default=0)
    #: Every stratum with what is known of it (`quality.frame.StratumFacts`).
    strata = models.JSONField(default=list, blank=True)
    requested_by = models.CharField(_("发起人"), max_length=60)
    requested_at = models.DateTimeField(_("发起时间"), auto_now_add=True)
    drawn_at = models.DateTimeField(_("抽取时间"), null=True)
    error = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["population"],
                condition=models.Q(state="waiting"),
                name="one_sample_drawn_at_a_time",
            ),
        ]


class SampledPair(models.Model):
    """样本对: one pair of a sample, with the stratum it stands for and what the machine had decided."""

    sample = models.ForeignKey(ReviewSample, models.CASCADE, related_name="pairs")
    pair = models.ForeignKey(ReviewPair, models.CASCADE, related_name="sampled")
    place = models.PositiveIntegerField()  #: in the random order in which reviewers are asked
    stratum = models.PositiveSmallIntegerField()
    linked = models.BooleanField()
    #: Log2 odds the machine gave the two records shown.
    score = models.FloatField(_("分值"))
    #: How often it was drawn, and how many record pairs it stands for in a stratum that was taken whole.
    times = models.PositiveIntegerField(default=1)
    size = models.FloatField(default=1.0)
    #: Groups of people it belongs to (`quality.groups`), sealed: they say something about somebody.
    groups = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "place"], name="sampled_place_once"),
        ]

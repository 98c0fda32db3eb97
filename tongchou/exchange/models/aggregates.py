"""Tables of statistics: how a provider protects a resource, what was asked, what privacy was spent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource

from .grants import Grant


class StatisticsRule(models.Model):
    """统计规则: how answers about a resource's groups are protected; its provider sets it."""

    class Method(models.TextChoices):
        SUPPRESSION = "suppression", _("隐去小单元")
        PRIVACY = "privacy", _("差分隐私")

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="statistics_rule")
    method = models.CharField(
        _("保护方法"), max_length=12, choices=Method.choices, default=Method.SUPPRESSION
    )
    #: The fewest records a group that is told of may have.
    least = models.PositiveSmallIntegerField(_("最小组"), default=10)
    #: No single record may make more of a sum than this share, in percent.
    dominance_percent = models.PositiveSmallIntegerField(_("单条占比上限（%）"), default=70)
    #: Different questions one organisation may ask in the period of one state of the data.
    most_questions = models.PositiveSmallIntegerField(_("每期问题数上限"), default=40)
    #: {field: [least, most]} in the field's unit: what a record may add to a private sum.
    bounds = models.JSONField(_("数值上下限"), default=dict, blank=True)
    #: Records of one subject that count in a private answer.
    records_per_subject = models.PositiveSmallIntegerField(_("每主体计入条数"), default=1)
    #: Millionths of epsilon: of a grant for its whole life, and of one answer.
    budget_micro = models.PositiveBigIntegerField(_("隐私预算（百万分之一 ε）"), default=1_000_000)
    cost_micro = models.PositiveBigIntegerField(_("每次消耗（百万分之一 ε）"), default=100_000)
    changed_by = models.CharField(max_length=60)
    changed_at = models.DateTimeField(auto_now=True)


class StatisticsQuestion(models.Model):
    """统计提问: one answered question. Kept so that a later one cannot be subtracted from it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="statistics_questions")
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="statistics_questions")
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="statistics_questions")
    #: The state of the data it was answered on.
    known_at = models.DateTimeField()
    #: Canonical form: {"rows", "where", "groups": [[field, mask]…], "measures": […], "hidden": [labels of hidden cells]}.
    question = models.JSONField()
    digest = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "resource", "known_at", "digest"], name="a_question_counts_once"
            )
        ]


class PrivacyBudget(models.Model):
    """隐私预算: what private answers under a grant have spent, in millionths of epsilon. It only grows."""

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="privacy_budgets")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="privacy_budgets")
    total_micro = models.PositiveBigIntegerField()
    spent_micro = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "resource"], name="one_budget_a_grant"),
            models.CheckConstraint(
                condition=models.Q(spent_micro__lte=models.F("total_micro")), name="no_budget_overspent"
            ),
        ]

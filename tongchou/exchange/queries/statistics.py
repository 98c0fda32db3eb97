"""Rules of statistics and what was spent, for actions and screens."""

from __future__ import annotations

from tongchou.catalogue.models import Resource

from ..models import PrivacyBudget, StatisticsRule


def rule_of(resource: Resource) -> StatisticsRule:
    """A resource's rule; the house's own where its provider set none."""
    return StatisticsRule.objects.filter(resource=resource).first() or StatisticsRule(resource=resource)


def left_micro(grant_number: str, rule: StatisticsRule) -> int:
    """What is left of a grant's privacy budget, in millionths of epsilon."""
    found = PrivacyBudget.objects.filter(grant__number=grant_number, resource=rule.resource).first()
    return (
        max(0, min(found.total_micro, rule.budget_micro) - found.spent_micro) if found else rule.budget_micro
    )

"""Table of how base libraries choose among several values."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SurvivorshipRule(models.Model):
    """取值规则: which of several sources' values of an attribute a base library takes (`base.rulebook` reads `spec`)."""

    population = models.CharField(_("关联库"), max_length=60)
    attribute = models.CharField(_("属性"), max_length=40)
    #: {"order": criteria, "prefer": resources, "disputed": bool, "about": {"zh", "en"}}
    spec = models.JSONField(_("规则"), default=dict)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["population", "attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["population", "attribute"], name="one_survivorship_rule_an_attribute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.population}.{self.attribute}"

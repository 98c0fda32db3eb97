"""Table of what resources say about relations."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RelationRule(models.Model):
    """关系规则: which fields of a resource say who is related to its subject (`relations.declared` reads `spec`)."""

    code = models.CharField(_("代码"), max_length=60, unique=True)
    resource = models.CharField(_("资源代码"), max_length=80, db_index=True)
    #: Fields, conditions and the population of the other, as the pack declares them.
    spec = models.JSONField(_("规则"), default=dict)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

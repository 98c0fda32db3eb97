"""Table of theme tables and marts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Theme(models.Model):
    """主题表: a table derived from base libraries and resources; in the catalogue it is a resource of the same code."""

    code = models.CharField(_("代码"), max_length=80, unique=True)
    #: Of the subjects its rows are about; "" for a mart, whose rows are groups.
    population = models.CharField(_("关联库"), max_length=60, blank=True)
    #: As the pack declares it (`themes.declared` reads it).
    spec = models.JSONField(_("定义"), default=dict)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)
    rows = models.BigIntegerField(_("行数"), default=0)
    derived_at = models.DateTimeField(_("生成时间"), null=True)
    #: Fingerprint of what it was last derived from (`themes.deriving`).
    made_of = models.CharField(max_length=64, blank=True)
    #: {"code", "zh", "en"} of what went wrong when it was last derived; {} for nothing.
    error = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

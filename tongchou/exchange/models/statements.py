"""Table of the statements that can be verified."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named
from tongchou.catalogue.models import Resource


class Statement(Named):
    """核验陈述: a sentence about a subject that a resource can confirm or deny, such as "owns housing in the district".

    True when at least `at_least` of the subject's records fit `condition`; without a record it is false if the
    resource is complete for its subjects (`absence_means_no`), otherwise not known.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="statements")
    #: An expression of `standards.expressions` over the resource's fields and declared parameters; empty: any record.
    condition = models.TextField(_("条件"), blank=True)
    at_least = models.PositiveIntegerField(_("至少几条"), default=1)
    absence_means_no = models.BooleanField(_("无记录即为否"), default=False)
    #: {name: {"element": data element, "zh": …, "en": …}}: values that the asker gives.
    parameters = models.JSONField(_("参数"), default=dict, blank=True)
    active = models.BooleanField(_("启用"), default=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]

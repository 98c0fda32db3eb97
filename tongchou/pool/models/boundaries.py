"""边界: where a town, community or grid lies. Outlines are the district's own data, out of its pack."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named


class Boundary(Named):
    """边界: the outline of one town, community or grid, as one ring of [longitude, latitude] in degrees (WGS 84)."""

    class Level(models.TextChoices):
        TOWN = "town", _("镇街")
        COMMUNITY = "community", _("社区")
        GRID = "grid", _("网格")

    code = models.CharField(_("代码"), max_length=60, unique=True)
    level = models.CharField(_("级别"), max_length=12, choices=Level.choices)
    #: Name of the town or community it lies in.
    within = models.CharField(_("所属"), max_length=60, blank=True)
    outline = models.JSONField(_("边界"))
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]

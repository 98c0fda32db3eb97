"""Table of areas: towns, communities and grids with their boundaries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Area(models.Model):
    """区域: a town, community or grid of the district with its boundary, into which places fall by their position."""

    class Level(models.TextChoices):
        TOWN = "town", _("镇街")
        COMMUNITY = "community", _("社区")
        GRID = "grid", _("网格")

    code = models.CharField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    level = models.CharField(_("层级"), max_length=12, choices=Level.choices)
    #: Code of the area it lies in; empty for the topmost.
    parent = models.CharField(_("上级"), max_length=60, blank=True)
    #: A GeoJSON Polygon or MultiPolygon (RFC 7946), longitude and latitude in degrees, WGS 84.
    geometry = models.JSONField(_("边界"))
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

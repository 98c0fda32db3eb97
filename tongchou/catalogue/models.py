"""Tables of resources and their fields."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named, Organisation


class Resource(Named):
    """信息资源: one table that a source delivers, the unit of the catalogue."""

    class ShareClass(models.TextChoices):
        UNCONDITIONAL = "unconditional", _("无条件共享")
        CONDITIONAL = "conditional", _("有条件共享")
        CLOSED = "closed", _("不予共享")

    class Cycle(models.TextChoices):
        REALTIME = "realtime", _("实时")
        DAILY = "daily", _("每日")
        WEEKLY = "weekly", _("每周")
        MONTHLY = "monthly", _("每月")
        QUARTERLY = "quarterly", _("每季")
        YEARLY = "yearly", _("每年")
        ONCE = "once", _("一次性")

    class SubjectKind(models.TextChoices):
        PERSON = "person", _("自然人")
        ENTERPRISE = "enterprise", _("法人")
        PLACE = "place", _("地点")
        NONE = "none", _("无主体")

    code = models.CharField(_("代码"), max_length=80, unique=True)
    abstract = models.TextField(_("摘要"), blank=True)
    abstract_en = models.TextField(blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="resources")
    share_class = models.CharField(_("共享属性"), max_length=16, choices=ShareClass.choices)
    cycle = models.CharField(_("更新周期"), max_length=12, choices=Cycle.choices)
    subject_kind = models.CharField(
        _("主体类别"), max_length=12, choices=SubjectKind.choices, default=SubjectKind.NONE
    )
    #: Code of the pool's population whose subjects its rows are about; empty when they are not linked.
    population = models.CharField(_("关联库"), max_length=60, blank=True)
    #: Names of the fields that identify a row at its source.
    key = models.JSONField(_("主键"), default=list)
    #: {"on": date field, "zh": …, "en": …}: what a row means on the timeline of its subject; {} for nothing.
    timeline = models.JSONField(default=dict, blank=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)
    published_on = models.DateField(_("发布日期"), auto_now_add=True)

    class Meta:
        ordering = ["code"]


class ResourceField(models.Model):
    """One field of a resource: its label, data element, grade and what an invalid value does to its row."""

    class OnFailure(models.TextChoices):
        QUARANTINE = "quarantine", _("列入问题数据")
        KEEP = "keep", _("保留并标记")

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="fields")
    name = models.CharField(_("字段"), max_length=60)
    label = models.CharField(_("名称"), max_length=80)
    label_en = models.CharField(max_length=120, blank=True)
    element = models.CharField(_("数据元"), max_length=40)
    grade = models.PositiveSmallIntegerField(
        _("安全等级"), validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    position = models.PositiveSmallIntegerField(default=0)
    required = models.BooleanField(_("必填"), default=False)
    on_failure = models.CharField(
        _("不合格时"), max_length=12, choices=OnFailure.choices, default=OnFailure.QUARANTINE
    )
    code_list = models.CharField(_("代码表"), max_length=40, blank=True)
    #: The linkage column the field feeds (name, id_number, …); empty for none.
    role = models.CharField(_("关联用途"), max_length=30, blank=True)

    class Meta:
        ordering = ["resource", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "name"], name="field_once_per_resource"),
            models.CheckConstraint(condition=models.Q(grade__gte=1, grade__lte=4), name="grade_from_1_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.resource.code}.{self.name}"

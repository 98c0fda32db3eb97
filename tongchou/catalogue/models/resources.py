"""Tables of resources, their fields and classes, and what was changed of them.

The national fields follow 政务信息资源目录编制指南（试行）, 发改高技〔2017〕1272号, as far as it is known here: digits of items
below a class, and the letters of data types, could not be compared with the printed text and are provisional.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named, Organisation


class ResourceClass(Named):
    """资源分类: a class 类, item 项, directory 目 or detail 细目 of the national catalogue; `code` is their path ("3.07.005")."""

    code = models.CharField(_("分类代码"), max_length=40, unique=True)
    #: Whether its digits could not be compared with the printed guide.
    provisional = models.BooleanField(_("暂定"), default=False)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]


class Provider(models.Model):
    """提供方: what the catalogue says of an organisation that provides resources."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="provider")
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    #: Whom to ask: an office and how to reach it, no person's name.
    contact = models.CharField(_("联系科室"), max_length=200, blank=True)
    contact_en = models.CharField(max_length=200, blank=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["organisation"]

    def __str__(self) -> str:
        return self.organisation.code


class Resource(Named):
    """信息资源: one table that a source delivers, the unit of the catalogue."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤下")

    class FormatClass(models.TextChoices):
        FILE = "file", _("电子文件")
        SHEET = "sheet", _("电子表格")
        DATABASE = "database", _("数据库")
        IMAGE = "image", _("图形图像")
        STREAM = "stream", _("流媒体")
        OWN = "own", _("自描述格式")

    class ShareWay(models.TextChoices):
        PLATFORM = "platform", _("共享平台")
        MAIL = "mail", _("邮件")
        DISK = "disk", _("拷盘")
        MEDIA = "media", _("介质交换")

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
    resource_class = models.ForeignKey(
        ResourceClass, models.PROTECT, null=True, blank=True, related_name="resources"
    )
    #: 信息资源代码: the digits of its class, a stroke, and its number within the class; empty while it has no class.
    catalogue_code = models.CharField(_("信息资源代码"), max_length=60, blank=True)
    format_class = models.CharField(
        _("格式分类"), max_length=12, choices=FormatClass.choices, default=FormatClass.DATABASE
    )
    format_type = models.CharField(_("格式类型"), max_length=40, blank=True)
    share_condition = models.CharField(_("共享条件"), max_length=500, blank=True)
    share_condition_en = models.CharField(max_length=500, blank=True)
    share_way = models.CharField(
        _("共享方式"), max_length=12, choices=ShareWay.choices, default=ShareWay.PLATFORM
    )
    #: The law, regulation or decision by which it is not shared.
    legal_basis = models.CharField(_("不予共享依据"), max_length=500, blank=True)
    legal_basis_en = models.CharField(max_length=500, blank=True)
    is_open = models.BooleanField(_("向社会开放"), default=False)
    open_condition = models.CharField(_("开放条件"), max_length=500, blank=True)
    open_condition_en = models.CharField(max_length=500, blank=True)
    #: Codes of resources it goes with (关联资源).
    related = models.JSONField(_("关联资源"), default=list, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.PUBLISHED)
    published_on = models.DateField(_("发布日期"), default=timezone.localdate)
    withdrawn_on = models.DateField(_("撤下日期"), null=True, blank=True)
    #: Raised by every change on screen, so that two people who edit it at once do not overwrite one another.
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["catalogue_code"], condition=~models.Q(catalogue_code=""), name="catalogue_code_once"
            )
        ]


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
    #: Letter of `demands.DATA_TYPES` (C text, N number, D date …); empty for its element's.
    data_type = models.CharField(_("数据类型"), max_length=2, blank=True)
    #: Longest value in characters; empty for its element's, if that sets one.
    length = models.PositiveIntegerField(_("长度"), null=True, blank=True)
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


class ResourceChange(models.Model):
    """目录变更: one change of what the catalogue says of a resource, with the values before and after.

    Descriptions of tables only, never what is in them. The ledger's entry of the change bears the same version and
    the digest of `values`, by which an altered row is found out. Text, no foreign keys: it outlives the resource.
    """

    resource = models.CharField(_("资源代码"), max_length=80, db_index=True)
    version = models.PositiveIntegerField(_("版本"))
    #: Event of the ledger: resource.registered, .changed, .published, .withdrawn.
    kind = models.CharField(max_length=40)
    #: {what: [before, after]}
    values = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(_("操作人"), max_length=60)
    organisation = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.resource} v{self.version}"

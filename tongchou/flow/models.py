"""Tables of flows: definitions in versions, instances, what happened to them, timers, calendars.

Versions and events are append-only and an instance keeps its version; triggers see to it (`triggers`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongchou.standards.text import Text


class Titled(models.Model):
    """Something with a Chinese title and an English one."""

    name = models.CharField(_("名称"), max_length=200)
    name_en = models.CharField(_("英文名称"), max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return Text(self.name, self.name_en or self.name)


class Flow(Titled):
    """流程: one flow under its code; what it says stands in its current version."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    current = models.ForeignKey("FlowVersion", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class FlowVersion(models.Model):
    """流程版本: a published definition; never changed. The same content is the same version."""

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    content = models.JSONField(_("定义"))
    text = models.TextField(_("定义文本"))
    digest = models.CharField(max_length=64)
    #: Who wrote it and who published it: user names, or "@pack name".
    edited_by = models.JSONField(_("编写人"), default=list)
    published_by = models.CharField(_("发布人"), max_length=80)
    published_at = models.DateTimeField(_("发布时间"))
    pack = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["flow", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_number"),
            models.UniqueConstraint(fields=["flow", "digest"], name="flow_version_digest"),
        ]


class FlowDraft(models.Model):
    """流程草稿: what is being written on a flow; at most one a flow. It may be wrong: it is checked, not refused."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    text = models.TextField(_("定义文本"))
    #: Raised with every save; whoever saves or publishes names the one they saw.
    revision = models.PositiveIntegerField(default=1)
    #: Everybody who wrote on it: none of them publishes it.
    editors = models.JSONField(default=list)
    #: Version it was begun from; 0 for a new flow.
    based_on = models.PositiveIntegerField(default=0)
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]


class Instance(Titled):
    """流转单: one thing on its way through one version of a flow."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("办成")
        REFUSED = "refused", _("不同意")
        WITHDRAWN = "withdrawn", _("撤销")
        LAPSED = "lapsed", _("逾期终止")

    number = models.CharField(_("流转号"), max_length=40, unique=True)
    definition = models.ForeignKey(FlowVersion, models.PROTECT, related_name="instances")
    flow = models.CharField(_("流程"), max_length=40)
    #: Number of the thing that flows.
    ref = models.CharField(_("对象编号"), max_length=80, blank=True)
    state = models.CharField(_("状态"), max_length=40)
    #: Raised with every change of the row; who acts names the one they saw.
    version = models.PositiveIntegerField(default=1)
    owner = models.CharField(_("主办机构"), max_length=60)
    starter = models.CharField(_("发起人"), max_length=80)
    starter_organisation = models.CharField(_("发起机构"), max_length=60, blank=True)
    starter_role = models.CharField(max_length=40, blank=True)
    #: Who must act now: organisation, what they must hold, and the one person where it is only theirs.
    holder = models.CharField(_("当前机构"), max_length=60, blank=True)
    holder_user = models.CharField(max_length=80, blank=True)
    needs_permission = models.CharField(max_length=60, blank=True)
    needs_role = models.CharField(max_length=40, blank=True)
    #: The bureau has been told that a limit passed.
    told = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)
    #: Running and standing limits by scope (a state's code, or "" for the whole), see `limits`.
    clocks = models.JSONField(default=dict)
    due_at = models.DateTimeField(_("时限"), null=True)
    standing = models.BooleanField(default=False)
    provisional = models.BooleanField(default=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    parent_state = models.CharField(max_length=40, blank=True)
    #: The parent's version when the child was begun: children of an earlier stay do not count.
    parent_version = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(_("开始时间"))
    entered_at = models.DateTimeField(_("进入时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome.choices, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="flow_instance_version"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="flow_instance_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["holder", "due_at"], condition=Q(ended_at__isnull=True), name="flow_instance_open"
            ),
            models.Index(fields=["flow", "ref"], name="flow_instance_ref"),
        ]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    """流转记录: one thing that happened to an instance; never changed."""

    class Kind(models.TextChoices):
        STARTED = "started", _("发起")
        ACTED = "acted", _("办理")
        REMINDED = "reminded", _("提醒")
        ESCALATED = "escalated", _("逾期上报")
        RECKONED = "reckoned", _("重算时限")
        FAILED = "failed", _("自动操作未完成")
        CANCELLED = "cancelled", _("随上级流转单终止")

    instance = models.ForeignKey(Instance, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    #: The instance's version after it; null for what does not change the row (a reminder).
    version = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=40, blank=True)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    user = models.CharField(max_length=80)
    organisation = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)
    #: Names of the facts that were given, never their values.
    facts = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "version"], condition=Q(version__isnull=False), name="flow_event_version"
            ),
        ]


class Timer(models.Model):
    """定时: something that is due on an instance at an instant: a reminder, or the end of a limit. Fires once."""

    class Kind(models.TextChoices):
        REMIND = "remind", _("提醒")
        LIMIT = "limit", _("时限")

    instance = models.ForeignKey(Instance, models.PROTECT, related_name="timers")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    #: The limit it belongs to: a state's code, or "" for the whole flow.
    scope = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)
    #: Code of the error that kept it from firing; it is tried again.
    failure = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(fired_at__isnull=True), name="flow_timer_due")]


class WorkCalendar(models.Model):
    """工作日历: which days of a year are worked, as published; a correction is a new version."""

    division = models.CharField(_("区划"), max_length=12)
    year = models.PositiveIntegerField(_("年份"))
    version = models.PositiveIntegerField(_("版本"))
    content = models.JSONField(_("内容"))
    source = models.CharField(_("来源"), max_length=300, blank=True)
    published_by = models.CharField(_("发布人"), max_length=80)
    published_at = models.DateTimeField(_("发布时间"))

    class Meta:
        ordering = ["-year", "division", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["division", "year", "version"], name="flow_calendar_version"),
        ]

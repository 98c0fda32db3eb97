"""Tables of populations and link runs. Records themselves are in the log."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Population(models.Model):
    """关联库: the subjects of one kind among whom records are linked; usually one each of people, enterprises, places."""

    class Kind(models.TextChoices):
        PERSON = "person", _("自然人")
        ENTERPRISE = "enterprise", _("法人")
        PLACE = "place", _("地点")

    code = models.CharField(_("代码"), max_length=60, unique=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    #: Name of a model shipped with linkage, or the path of a pack's own.
    model = models.CharField(_("模型"), max_length=300)
    #: Codes of resources, most authoritative first: whose value the base library prefers.
    authority = models.JSONField(_("权威来源"), default=list, blank=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class LinkRun(models.Model):
    """关联批次: one linking of one population."""

    class Extent(models.TextChoices):
        """Whether a run went over all records, or over what had changed and what hangs together with it."""

        ALL = "all", _("全部记录")
        CHANGES = "changes", _("有变化的记录")

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("失败")

    population = models.ForeignKey(Population, models.CASCADE, related_name="runs")
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    phase = models.CharField(max_length=20, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    requested_by = models.CharField(_("发起人"), max_length=60, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    #: Whether all records must be gone over, and what is common counted anew.
    recount = models.BooleanField(_("要求全量"), default=False)
    #: What it was; empty until it is known.
    extent = models.CharField(_("关联范围"), max_length=8, choices=Extent.choices, blank=True)
    #: Why it went over all records: a code of `linkstates.WHY_ALL`.
    why_all = models.CharField(max_length=20, blank=True)
    #: Records that are new or say something else, and records decided about.
    records_changed = models.BigIntegerField(_("变化记录"), default=0)
    records_decided = models.BigIntegerField(_("重新判断"), default=0)
    #: Subject ids that were merged into others, and ids that were given to what was split off.
    merged = models.BigIntegerField(_("合并主体"), default=0)
    split = models.BigIntegerField(_("拆分主体"), default=0)
    changed = models.BigIntegerField(_("更新档案"), default=0)
    records = models.BigIntegerField(_("记录"), default=0)
    subjects = models.BigIntegerField(_("主体"), default=0)
    pairs_to_judge = models.BigIntegerField(_("待判"), default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    error = models.JSONField(default=dict, blank=True)
    #: What its links look like, in numbers (`quality.describing`).
    report = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["population"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_link_run_at_a_time",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
